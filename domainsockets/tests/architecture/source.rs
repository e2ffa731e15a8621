//! Reads the sources: their paths, and which part of the library each of them leads to.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Everything below `src`.
pub(crate) fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Vec::new();
    let mut directories = vec![root.clone()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(&directory).expect("src can be listed") {
            let path: PathBuf = entry.expect("src can be listed").path();
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).expect("it is below src");
                let text = fs::read_to_string(&path).expect("sources are text");
                sources.push(Source::new(name.display().to_string(), text));
            }
        }
    }
    sources.sort_by(|one, other| one.name.cmp(&other.name));
    sources
}

/// A file.
pub(crate) struct Source {
    /// Its path below `src`.
    pub(crate) name: String,
    pub(crate) text: String,
    /// The text without comments, strings and unit tests; its lines have the same numbers.
    code: String,
    /// In the order of the code; a name that stands alone is one too.
    pub(crate) paths: Vec<Named>,
}

impl Source {
    pub(crate) fn new(name: String, text: String) -> Self {
        let is_test = name.ends_with("/tests.rs") || name.contains("/tests/");
        let code = if is_test {
            String::new()
        } else {
            without_tests(&without_words(&text))
        };
        let paths = Reader::read(&code);
        Self {
            name,
            text,
            code,
            paths,
        }
    }

    /// The part that the file belongs to: a directory of `src`, or a file in it.
    pub(crate) fn part(&self) -> &str {
        self.name.split(['/', '.']).next().unwrap_or_default()
    }

    /// What a path names in the root of the crate, if it leads there.
    pub(crate) fn name_at_root<'p>(&self, path: &'p Named) -> Option<&'p str> {
        let module = self.name.trim_end_matches(".rs");
        let depth = module
            .split('/')
            .filter(|name| !["lib", "mod"].contains(name))
            .count();
        let ups = path
            .names
            .iter()
            .take_while(|name| *name == "super")
            .count();
        let leads = path.names.first().is_some_and(|name| name == "crate");
        let index = match ups {
            0 if leads => 1,
            0 => return None,
            _ if ups < depth => return None,
            _ => ups,
        };
        path.names.get(index).map(String::as_str)
    }

    pub(crate) fn declares(&self, module: &str) -> bool {
        let mut pairs = self.paths.iter().zip(self.paths.iter().skip(1));
        pairs.any(|(one, next)| one.text() == "mod" && next.text() == module)
    }

    pub(crate) fn at(&self, path: &Named) -> String {
        let before = self.code.get(..path.offset).unwrap_or_default();
        format!("src/{}:{}", self.name, before.matches('\n').count() + 1)
    }
}

/// What the names in the root of the crate belong to.
pub(crate) struct Root {
    parts: BTreeSet<String>,
    /// Names that `lib.rs` exports, and their parts.
    exported: Vec<(String, String)>,
}

impl Root {
    pub(crate) fn read(sources: &[Source]) -> Self {
        let parts: BTreeSet<_> = sources
            .iter()
            .map(|source| source.part().to_owned())
            .collect();
        let lib = sources
            .iter()
            .find(|source| source.name == "lib.rs")
            .expect("lib.rs is there");
        let exported = lib
            .paths
            .iter()
            .filter_map(|path| match path.names.as_slice() {
                [part, .., name] if parts.contains(part) => Some((name.clone(), part.clone())),
                _ => None,
            });
        Self {
            exported: exported.collect(),
            parts,
        }
    }

    pub(crate) fn part_of(&self, name: &str) -> Option<&str> {
        let exported = || {
            self.exported
                .iter()
                .find(|(export, _)| export == name)
                .map(|(_, part)| part)
        };
        self.parts.get(name).or_else(exported).map(String::as_str)
    }
}

/// A path as it stands in the code, with the braces of a `use` resolved: one name or more.
pub(crate) struct Named {
    pub(crate) names: Vec<String>,
    offset: usize,
}

impl Named {
    pub(crate) fn text(&self) -> String {
        self.names.join("::")
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.names.iter().any(|own| own == name)
    }

    pub(crate) fn starts_with(&self, path: &str) -> bool {
        let mut own = self.names.iter();
        path.split("::")
            .all(|name| own.next().is_some_and(|own| own == name))
    }

    pub(crate) fn ends_with(&self, path: &str) -> bool {
        let mut own = self.names.iter().rev();
        path.rsplit("::")
            .all(|name| own.next().is_some_and(|own| own == name))
    }
}

/// Finds the paths in code.
struct Reader<'a> {
    rest: &'a str,
    whole: usize,
    found: Vec<Named>,
}

impl<'a> Reader<'a> {
    fn read(code: &'a str) -> Vec<Named> {
        let mut reader = Self {
            rest: code,
            whole: code.len(),
            found: Vec::new(),
        };
        while let Some(start) = reader.rest.find(is_name) {
            reader.skip(start);
            reader.path(&[]);
        }
        reader.found
    }

    /// A path that begins here, below `parents`.
    fn path(&mut self, parents: &[String]) {
        let offset = self.whole - self.rest.len();
        let mut names = parents.to_vec();
        loop {
            let end = self.rest.find(|c| !is_name(c)).unwrap_or(self.rest.len());
            if let Some(name) = self.rest.get(..end).filter(|name| !name.is_empty()) {
                names.push(name.to_owned());
            }
            self.skip(end);
            match self.rest.strip_prefix("::") {
                Some(group) if group.starts_with('{') => {
                    self.skip("::{".len());
                    return self.group(&names);
                }
                Some(next) if next.starts_with(is_name) => self.skip("::".len()),
                _ => break,
            }
        }
        self.found.push(Named { names, offset });
    }

    /// The paths up to the closing brace.
    fn group(&mut self, parents: &[String]) {
        loop {
            self.skip(
                self.rest
                    .find(|c: char| c != ',' && !c.is_whitespace())
                    .unwrap_or(0),
            );
            if self.rest.is_empty() || self.rest.starts_with('}') {
                return self.skip(1);
            }
            self.path(parents);
            // An alias and the star of a glob say nothing more.
            self.skip(self.rest.find([',', '}']).unwrap_or(self.rest.len()));
        }
    }

    fn skip(&mut self, len: usize) {
        self.rest = self.rest.get(len..).unwrap_or_default();
    }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The text with comments and strings blanked out.
fn without_words(text: &str) -> String {
    let text = text.replace("'\"'", "' '").replace("'\\\"'", "' '");
    let mut code = String::new();
    let mut rest = text.as_str();
    while let Some(start) = rest.find(['/', '"']) {
        let (before, word) = rest.split_at(start);
        code.push_str(before);
        let end = match word.strip_prefix('"') {
            Some(string) => string_end(string) + 1,
            None if word.starts_with("//") => word.find('\n').unwrap_or(word.len()),
            None => 1,
        };
        let (word, after) = word.split_at(end.min(word.len()));
        code.extend(word.chars().filter(|c| *c == '\n'));
        code.push(' ');
        rest = after;
    }
    code + rest
}

/// Where what follows the opening quote of a string ends.
fn string_end(string: &str) -> usize {
    let mut is_escaped = false;
    let end = string.find(|c| {
        let closes = c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        closes
    });
    end.map_or(string.len(), |end| end + 1)
}

/// The code up to a module of unit tests, which ends a file.
fn without_tests(code: &str) -> String {
    let mut tests = code.match_indices("#[cfg(test)]\nmod ");
    let inline = tests.find(|(start, _)| {
        let declared = code
            .get(start + "#[cfg(test)]\n".len()..)
            .unwrap_or_default();
        declared
            .lines()
            .next()
            .is_some_and(|line| line.ends_with('{'))
    });
    let end = inline.map_or(code.len(), |(start, _)| start);
    code.get(..end).unwrap_or_default().to_owned()
}
