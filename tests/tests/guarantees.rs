//! Checks that each test named in the documents exists, and that `tests/README.md` lists the files of
//! each code.

#![expect(
    clippy::unwrap_used,
    reason = "a test reports what is wrong by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const GUARANTEES: &str = "../domainsockets/docs/guarantees.md";

#[test]
fn tests_named_in_the_guarantees_exist() {
    let document = read(GUARANTEES);
    let tests: BTreeSet<_> = tests().into_iter().map(|test| test.name).collect();
    let codes: BTreeSet<_> = tests.iter().filter_map(|name| code(name)).collect();
    let mut named = 0;
    let mut missing = Vec::new();
    for word in quoted(&document) {
        let Some(code) = code(word) else {
            continue;
        };
        named += 1;
        // A code stands for all of its tests, a longer name for one.
        let exists = if word == code {
            codes.contains(code)
        } else {
            tests.contains(word)
        };
        if !exists {
            missing.push(word);
        }
    }
    assert!(named > 50, "only {named} names were found");
    assert!(missing.is_empty(), "no tests are called {missing:?}");
}

#[test]
fn files_of_each_code_are_listed() {
    let document = read("README.md");
    let mut listed = BTreeMap::new();
    for line in document.lines() {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        if let ["", letter, _, files, ""] = *cells
            && letter.len() == 1
        {
            let files: BTreeSet<_> = quoted(files).map(str::to_owned).collect();
            listed.insert(letter.to_owned(), files);
        }
    }
    let mut expected: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for test in tests() {
        if let Some(letter) = code(&test.name).and_then(|code| code.get(..1)) {
            let files = expected.entry(letter.to_owned()).or_default();
            files.insert(test.file);
        }
    }
    assert_eq!(
        listed, expected,
        "files that README.md lists, and files that exist"
    );
}

#[test]
fn codes_are_whole_words() {
    for (name, expected) in [
        ("f01", Some("f01")),
        ("f01_calls_end", Some("f01")),
        ("f012_calls_end", None),
        ("f0_calls_end", None),
        ("h264", None),
        ("F01", None),
        ("calls_end", None),
    ] {
        assert_eq!(code(name), expected, "{name}");
    }
}

/// A test in `tests/tests`.
struct Test {
    name: String,
    /// Its path below `tests/tests`.
    file: String,
}

fn tests() -> Vec<Test> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut tests = Vec::new();
    for path in sources(&root) {
        let text = fs::read_to_string(&path).unwrap();
        let file = path.strip_prefix(&root).unwrap().display().to_string();
        let mut is_test = false;
        for line in text.lines() {
            if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
                is_test = true;
            } else if is_test && let Some((_, signature)) = line.split_once("fn ") {
                let end = signature.find('(').unwrap();
                let name = signature[..end].to_owned();
                let file = file.clone();
                tests.push(Test { name, file });
                is_test = false;
            }
        }
    }
    tests
}

fn sources(root: &Path) -> Vec<PathBuf> {
    let mut sources = Vec::new();
    for entry in fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources.append(&mut self::sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push(path);
        }
    }
    sources
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// Returns the texts in backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Returns the code that is the first word of a name: a letter and two digits.
fn code(name: &str) -> Option<&str> {
    let word = name.split('_').next()?;
    let is_code = matches!(word.as_bytes(), [b'a'..=b'z', b'0'..=b'9', b'0'..=b'9']);
    is_code.then_some(word)
}
