//! Reads the sources of a crate: the declarations of each file, and every path that it names.

use std::fs;
use std::path::{Path, PathBuf};

use crate::items::{Item, items, without_tests};
use crate::tokens::{Kind, Token, tokens};

/// Returns every file below `src` of a crate, given as a path relative to this one.
pub(crate) fn sources(krate: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(krate)
        .join("src");
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

/// A file, without its unit tests.
pub(crate) struct Source {
    /// Its path below `src`.
    pub(crate) name: String,
    pub(crate) text: String,
    /// Its module, and inline modules.
    pub(crate) scopes: Vec<Scope>,
}

/// The part of a module that one file contains.
pub(crate) struct Scope {
    /// The names of the modules from the root to this one.
    pub(crate) module: Vec<String>,
    /// Modules that it declares.
    pub(crate) children: Vec<String>,
    /// The keywords and names of types, functions, constants and macros.
    pub(crate) declared: Vec<(String, String)>,
    /// Methods that it declares, each after its type.
    pub(crate) methods: Vec<(String, String)>,
    /// In the order of the code. A single name is a path as well.
    pub(crate) paths: Vec<Named>,
}

/// A path as written in the code, with the braces of a `use` resolved: one name or more.
#[derive(Debug)]
pub(crate) struct Named {
    pub(crate) names: Vec<String>,
    pub(crate) place: Place,
    pub(crate) line: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a `use`, which imports it under this name, or everything in it if there is none.
    Use {
        alias: Option<String>,
        is_pub: bool,
    },
    Code,
    /// After a dot or a type's parameters: a field or a method.
    Member,
    /// The name that an item declares.
    Declared,
}

impl Source {
    pub(crate) fn new(name: String, text: String) -> Self {
        let is_test = name.ends_with("/tests.rs") || name.contains("/tests/");
        let module = name.trim_end_matches(".rs").split('/');
        let module = module.filter(|name| !["lib", "mod"].contains(name));
        let mut scopes = Vec::new();
        if !is_test {
            let items = items(&without_tests(&tokens(&text)));
            Scope::read(module.map(str::to_owned).collect(), &items, &mut scopes);
        }
        Self { name, text, scopes }
    }

    pub(crate) fn paths(&self) -> impl Iterator<Item = &Named> {
        self.scopes.iter().flat_map(|scope| &scope.paths)
    }

    pub(crate) fn declares(&self, module: &str) -> bool {
        let mut children = self.scopes.iter().flat_map(|scope| &scope.children);
        children.any(|child| child == module)
    }

    pub(crate) fn at(&self, path: &Named) -> String {
        format!("src/{}:{}", self.name, path.line)
    }
}

impl Scope {
    fn read(module: Vec<String>, items: &[Item<'_>], scopes: &mut Vec<Self>) {
        let mut scope = Self {
            module,
            children: Vec::new(),
            declared: Vec::new(),
            methods: Vec::new(),
            paths: Vec::new(),
        };
        let mut inner = Vec::new();
        for item in items {
            match item.keyword {
                "mod" => {
                    scope.children.push(item.name.to_owned());
                    if !item.items.is_empty() {
                        let mut module = scope.module.clone();
                        module.push(item.name.to_owned());
                        Self::read(module, &item.items, &mut inner);
                    }
                    continue;
                }
                "impl" if !item.name.is_empty() => {
                    let methods = item.items.iter().map(|method| method.name);
                    let methods = methods.map(|method| (item.name.to_owned(), method.to_owned()));
                    scope.methods.extend(methods);
                }
                "use" | "impl" | "" => {}
                keyword => {
                    let declared = (keyword.to_owned(), item.name.to_owned());
                    scope.declared.push(declared);
                }
            }
            scope.paths.extend(paths(item));
        }
        scopes.push(scope);
        scopes.append(&mut inner);
    }
}

impl Named {
    pub(crate) fn text(&self) -> String {
        self.names.join("::")
    }

    /// Returns whether the path begins at the root of the crate, or at a module above.
    pub(crate) fn is_own(&self) -> bool {
        ["crate", "super"]
            .iter()
            .any(|start| self.starts_with(start))
    }

    /// Returns whether the path may call a method, with a dot or on its type.
    pub(crate) fn is_call(&self) -> bool {
        match self.place {
            Place::Member => true,
            Place::Code => self.names.len() > 1,
            Place::Use { .. } | Place::Declared => false,
        }
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

/// Returns the paths of an item.
fn paths(item: &Item<'_>) -> Vec<Named> {
    let mut reader = Reader {
        rest: &item.tokens,
        item,
        found: Vec::new(),
    };
    if item.keyword == "use" {
        // Starts after the visibility, which may name a module.
        let start = item.tokens.iter().position(|token| token.is_word("use"));
        reader.skip(start.unwrap_or_default() + 1);
    }
    let mut place = Place::Code;
    let mut is_declared = item.name.is_empty() || item.keyword == "impl";
    while let [first, after @ ..] = reader.rest {
        if first.kind == Kind::Word {
            // A declared name is not a use of it.
            if !is_declared && first.text == item.name {
                is_declared = true;
                place = Place::Declared;
            }
            reader.path(&[], &place);
            place = Place::Code;
            continue;
        }
        place = if first.is_sign(".") || first.is_sign("::") {
            Place::Member
        } else {
            Place::Code
        };
        reader.rest = after;
    }
    reader.found
}

/// Finds the paths in tokens.
struct Reader<'r, 'a> {
    rest: &'r [Token<'a>],
    item: &'r Item<'a>,
    found: Vec<Named>,
}

impl Reader<'_, '_> {
    /// Reads a path that begins here, below `parents`.
    fn path(&mut self, parents: &[String], place: &Place) {
        let line = self.rest.first().map_or(0, |token| token.line);
        let mut names = parents.to_vec();
        let mut is_glob = false;
        loop {
            match self.rest {
                [name, after @ ..] if name.kind == Kind::Word => {
                    names.push(name.text.to_owned());
                    self.rest = after;
                }
                [star, after @ ..] if star.is_sign("*") => {
                    is_glob = true;
                    self.rest = after;
                    break;
                }
                _ => {}
            }
            match self.rest {
                [colons, brace, ..] if colons.is_sign("::") && brace.is_sign("{") => {
                    self.skip(2);
                    return self.group(&names, place);
                }
                [colons, next, ..] if colons.is_sign("::") && continues(next) => self.skip(1),
                _ => break,
            }
        }
        // `self` in a group is the module before it.
        if names.len() > 1 && names.last().is_some_and(|name| name == "self") {
            names.pop();
        }
        let place = match self.item.keyword {
            "use" => {
                let alias = self.alias().or_else(|| names.last().cloned());
                Place::Use {
                    alias: alias.filter(|_| !is_glob),
                    is_pub: self
                        .item
                        .tokens
                        .first()
                        .is_some_and(|token| token.is_word("pub")),
                }
            }
            _ => place.clone(),
        };
        self.found.push(Named { names, place, line });
    }

    /// Reads the paths up to the closing brace.
    fn group(&mut self, parents: &[String], place: &Place) {
        while let [first, after @ ..] = self.rest {
            if first.is_sign("}") {
                self.rest = after;
                return;
            }
            if first.kind == Kind::Word || first.is_sign("*") {
                self.path(parents, place);
            } else {
                self.rest = after;
            }
        }
    }

    /// Reads the name after `as`.
    fn alias(&mut self) -> Option<String> {
        match self.rest {
            [keyword, name, after @ ..] if keyword.is_word("as") => {
                self.rest = after;
                Some(name.text.to_owned())
            }
            _ => None,
        }
    }

    fn skip(&mut self, count: usize) {
        self.rest = self.rest.get(count..).unwrap_or_default();
    }
}

fn continues(token: &Token<'_>) -> bool {
    token.kind == Kind::Word || token.is_sign("*")
}
