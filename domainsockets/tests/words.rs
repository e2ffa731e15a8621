//! Checks how the project is written: that summaries of methods begin with a verb, that no text has a
//! certain word, and the length of the README.

#[path = "architecture/items.rs"]
mod items;
#[path = "architecture/tokens.rs"]
mod tokens;

use std::fs;
use std::path::{Path, PathBuf};

use items::{Item, items, without_tests};
use tokens::tokens;

/// The most summaries that may begin without a verb. This number may only shrink.
const REMAINING_SUMMARIES: usize = 0;

/// The most lines that may have the unwanted word. This number may only shrink.
const REMAINING_LINES: usize = 0;

/// Methods, as `file::method`, whose summaries read better without a verb in front.
const EXCEPTIONS: &[&str] = &[];

/// The number of methods that must exist for each exception.
const METHODS_PER_EXCEPTION: usize = 20;

/// Words that end like a verb in the third person but are none.
const NOT_VERBS: [&str; 11] = [
    "Always", "As", "Besides", "Bytes", "Its", "Perhaps", "Plus", "This", "Thus", "Unless",
    "Whereas",
];

/// Words that follow a noun and not a verb, as in "Names of …".
const BEHIND_NOUNS: [&str; 6] = ["are", "have", "of", "were", "which", "whose"];

/// The most words in the README.
const README_WORDS: usize = 900;

#[test]
fn summaries_of_public_methods_begin_with_a_verb() {
    let methods = public_methods();
    let (exceptions, methods): (Vec<_>, Vec<_>) = methods
        .into_iter()
        .partition(|method| EXCEPTIONS.contains(&method.name.as_str()));
    let needed = exceptions
        .iter()
        .filter(|method| !begins_with_verb(&method.summary))
        .count();
    assert_eq!(
        needed,
        EXCEPTIONS.len(),
        "EXCEPTIONS lists methods that do not exist, or begin with a verb"
    );
    assert!(
        EXCEPTIONS.len() * METHODS_PER_EXCEPTION <= methods.len(),
        "{} exceptions are too many for {} methods",
        EXCEPTIONS.len(),
        methods.len()
    );
    let wrong = methods
        .iter()
        .filter(|method| !begins_with_verb(&method.summary))
        .map(|method| format!("{}:{}: {}", method.name, method.line, method.summary));
    assert_at_most(
        REMAINING_SUMMARIES,
        "summaries that begin with no verb in the third person",
        &wrong.collect::<Vec<_>>(),
    );
}

#[test]
fn no_text_has_the_unwanted_word() {
    // Split, so that this file does not contain it.
    let unwanted = ["who", "ever"].concat();
    let root = root();
    let mut wrong = Vec::new();
    for path in files(&root) {
        let bytes = fs::read(&path).expect("files can be read");
        let name = path.strip_prefix(&root).unwrap_or(&path).display();
        let text = String::from_utf8_lossy(&bytes);
        let lines = text.lines().enumerate();
        wrong.extend(
            lines
                .filter(|(_, line)| line.to_lowercase().contains(&unwanted))
                .map(|(index, line)| format!("{name}:{}: {}", index + 1, line.trim())),
        );
    }
    assert_at_most(
        REMAINING_LINES,
        &format!("lines that have \"{unwanted}\""),
        &wrong,
    );
}

#[test]
fn readme_is_short() {
    let text = fs::read_to_string(root().join("README.md")).expect("README.md is text");
    let words = words(&text);
    assert!(
        words <= README_WORDS,
        "README.md has {words} words without code and tables, of at most {README_WORDS}"
    );
}

#[test]
fn words_are_counted_without_code_and_tables() {
    let text = "# Two words\n\n```rust\nlet code = 1;\n```\n\n| a | table |\n|---|---|\n\nOne, `two` - three.\n";
    assert_eq!(words(text), 5);
}

#[test]
fn verbs_are_distinguished_from_other_words() {
    for verb in ["Returns the value.", "Fails, with words.", "Does so."] {
        assert!(begins_with_verb(verb), "{verb}");
    }
    for other in [
        "The value.",
        "Names of methods.",
        "This returns it.",
        "Return it.",
        "Less than that.",
        "`a` sends.",
        "",
    ] {
        assert!(!begins_with_verb(other), "{other}");
    }
}

/// A method or function that users of the library can call.
struct Method {
    /// Its file, `::`, and its name.
    name: String,
    line: usize,
    summary: String,
}

fn public_methods() -> Vec<Method> {
    let mut methods = Vec::new();
    let folder = root().join("domainsockets/src");
    for path in files(&folder) {
        let text = fs::read_to_string(&path).expect("sources are text");
        let file = path.strip_prefix(&folder).unwrap_or(&path);
        let tokens = without_tests(&tokens(&text));
        add_methods(&items(&tokens), false, file, &mut methods);
    }
    methods
}

/// Adds the methods among `items`. Methods of a trait are as public as the trait.
fn add_methods(items: &[Item<'_>], of_trait: bool, file: &Path, methods: &mut Vec<Method>) {
    for item in items.iter().filter(|item| !item.is_hidden) {
        match item.keyword {
            "fn" if item.is_pub || of_trait => methods.push(Method {
                name: format!("{}::{}", file.display(), item.name),
                line: item.line,
                summary: item.summary.clone(),
            }),
            "trait" if item.is_pub => add_methods(&item.items, true, file, methods),
            "impl" | "mod" => add_methods(&item.items, false, file, methods),
            _ => {}
        }
    }
}

fn begins_with_verb(summary: &str) -> bool {
    let mut words = summary.split_whitespace();
    let first = words.next().unwrap_or_default().trim_end_matches(',');
    let next = words.next().unwrap_or_default();
    first.starts_with(|c: char| c.is_ascii_uppercase())
        && first.chars().all(|c| c.is_ascii_alphabetic())
        && first.ends_with('s')
        && !first.ends_with("ss")
        && !NOT_VERBS.contains(&first)
        && !BEHIND_NOUNS.contains(&next)
}

/// Returns how many words a document has outside of code blocks and tables.
fn words(text: &str) -> usize {
    let mut is_code = false;
    let mut words = 0;
    for line in text.lines().map(str::trim) {
        if line.starts_with("```") {
            is_code = !is_code;
        } else if !is_code && !line.starts_with('|') {
            let has_letters = |word: &&str| word.contains(char::is_alphanumeric);
            words += line.split_whitespace().filter(has_letters).count();
        }
    }
    words
}

/// Returns the folder of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Returns every file below a folder, in order, without build output.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder can be listed") {
            let path = entry.expect("the folder can be listed").path();
            let name = path.file_name().unwrap_or_default();
            let is_left = name == "target" || name == ".git" || name == "Cargo.lock";
            if path.is_dir() && !is_left {
                folders.push(path);
            } else if path.is_file() && !is_left {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

fn assert_at_most(limit: usize, what: &str, wrong: &[String]) {
    assert!(
        wrong.len() <= limit,
        "{} {what}, of at most {limit}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
