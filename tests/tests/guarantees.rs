//! That the document of guarantees names tests that there are.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

#[test]
fn every_case_that_is_named_is_a_test() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = package.join("../domainsockets/docs/guarantees.md");
    let document = fs::read_to_string(document).unwrap();
    let named: BTreeSet<_> = document.split('`').filter(|word| is_case(word)).collect();
    assert!(named.len() > 50, "{named:?}");

    let mut cases = BTreeSet::new();
    for directory in ["tests/it", "tests/macros", "tests"] {
        for file in fs::read_dir(package.join(directory)).unwrap() {
            let file = file.unwrap().path();
            if file.extension().is_some_and(|extension| extension == "rs") {
                let source = fs::read_to_string(file).unwrap();
                let functions = source.split("fn ").skip(1);
                let begins = functions.filter_map(|function| function.get(..3));
                cases.extend(begins.map(str::to_owned));
            }
        }
    }
    let missing: Vec<_> = named
        .iter()
        .filter(|case| !cases.contains(**case))
        .collect();
    assert!(missing.is_empty(), "no tests begin with {missing:?}");
}

/// Whether it is a letter and two digits.
fn is_case(word: &str) -> bool {
    matches!(word.as_bytes(), [b'a'..=b'z', b'0'..=b'9', b'0'..=b'9'])
}
