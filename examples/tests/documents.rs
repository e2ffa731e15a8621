//! Checks the documents: programs pasted from them build and run outside of the workspace, their units
//! are valid, and their tables are complete.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use rustix::process::Signal;

use crate::lab::Lab;
use crate::process::Process;

/// The packages that the documents tell readers to paste.
const PACKAGES: [(&str, &str); 2] = [
    ("envd", "README.md"),
    ("todo", "domainsockets/docs/guide.md"),
];

#[test]
fn the_quick_start_runs_outside_of_the_workspace() {
    let programs = build();
    let lab = Lab::new();
    let mut daemon = Process::start(lab.command(programs.join("envd")).env("COLOUR", "blue"));
    let line = daemon.skip_to("listening at");
    assert_eq!(
        line,
        format!("listening at {}\n", lab.path("envd").display())
    );
    let envctl = |key: &str| Process::run(lab.command(programs.join("envctl")).arg(key));
    assert_eq!(envctl("COLOUR").ok(), "blue\n");
    envctl("NO_SUCH_VARIABLE").failed(1, "no such variable");
    daemon.end(Signal::TERM).ok();
    envctl("COLOUR").failed(1, "envctl: no server listens at");
    assert_eq!(lab.files(), [""; 0]);
}

#[test]
fn the_guide_runs_outside_of_the_workspace() {
    let programs = build();
    let lab = Lab::new();
    let mut daemon = Process::start(&mut lab.command(programs.join("todod")));
    daemon.skip_to("listening at");
    let todo = |args: &[&str]| Process::run(lab.command(programs.join("todo")).args(args));
    assert_eq!(todo(&["add", "write"]).ok(), "1\n");
    assert_eq!(todo(&["add", "test"]).ok(), "2\n");
    assert_eq!(todo(&["list"]).ok(), "1\twrite\n2\ttest\n");
    todo(&["remove", "7"]).failed(1, "todo: there is no item 7\n");
    todo(&["remove", "2"]).ok();
    assert_eq!(todo(&["clear"]).ok(), "1 removed\n");
    todo(&["fly"]).failed(1, "usage: todo add TEXT");
    daemon.end(Signal::INT).ok();
    todo(&["list"]).failed(1, "no server listens at");
    assert_eq!(lab.files(), [""; 0]);

    let tested = cargo("test").args(["-p", "todo"]).output();
    let tested = tested.expect("cargo can be run");
    let printed = String::from_utf8_lossy(&tested.stdout);
    assert!(tested.status.success(), "{printed}");
    assert!(printed.contains("4 passed"), "{printed}");
}

/// The guide's doctests include the service from a separate file.
#[test]
fn the_guide_shows_the_service_that_its_examples_use() {
    let pasted = files_of("domainsockets/docs/guide.md");
    let used = fs::read_to_string(root().join("domainsockets/docs/todo.rs")).unwrap();
    assert_eq!(pasted["src/lib.rs"], used);
}

#[test]
fn systemd_accepts_the_units() {
    let mut command = Command::new("systemd-analyze");
    let found = command.arg("--version").stdout(Stdio::null()).status();
    if !found.is_ok_and(|status| status.success()) {
        // Unlike the output of `eprintln!`, this is shown although the test passes.
        let _ = writeln!(io::stderr(), "SKIPPED, since systemd-analyze cannot be run");
        return;
    }
    let units = files_of("domainsockets/docs/operations.md");
    let names: Vec<_> = units.keys().map(String::as_str).collect();
    assert_eq!(names, ["todo.service", "todo.socket"]);
    let lab = Lab::new();
    for (name, text) in &units {
        // The daemon is not installed here, but systemd checks that its program exists.
        fs::write(lab.path(name), text.replace("/usr/bin/todod", "/bin/true")).unwrap();
    }
    let verified = Command::new("systemd-analyze")
        .args(["verify", "--man=no"])
        .args(names.iter().map(|name| lab.path(name)))
        .output()
        .unwrap();
    // systemd-analyze also exits with 0 for a key that it does not know.
    let said = String::from_utf8_lossy(&verified.stderr);
    assert!(
        verified.status.success() && !said.contains("todo"),
        "{said}"
    );
}

#[test]
fn every_error_is_explained() {
    let source = fs::read_to_string(root().join("domainsockets/src/error.rs")).unwrap();
    let document = fs::read_to_string(root().join("domainsockets/docs/errors.md")).unwrap();
    let mut explained = 0;
    for name in ["pub enum Error {", "pub enum ServeError {"] {
        let (_, variants) = source.split_once(name).unwrap();
        let (variants, _) = variants.split_once("\n}").unwrap();
        let variants = variants
            .lines()
            .filter_map(|line| line.strip_prefix("    "));
        for line in variants.filter(|line| line.starts_with(char::is_uppercase)) {
            let variant: String = line.chars().take_while(|c| c.is_alphanumeric()).collect();
            let row = format!("\n| `{variant}");
            assert!(
                document.contains(&row),
                "errors.md has no row for {variant}"
            );
            explained += 1;
        }
    }
    assert!(explained > 25, "only {explained} variants were found");
}

#[test]
fn every_limit_is_listed() {
    let document = fs::read_to_string(root().join("domainsockets/docs/limits.md")).unwrap();
    let mut listed = 0;
    for file in [
        "client/builder.rs",
        "blocking/builder.rs",
        "server/builder.rs",
        "client/reconnect.rs",
    ] {
        let source = root().join("domainsockets/src").join(file);
        let source = fs::read_to_string(source).unwrap();
        let methods = source.lines().map(str::trim);
        for method in methods.filter_map(|line| line.strip_prefix("pub fn ")) {
            let (setter, argument) = method.split_once('(').unwrap();
            let Some(argument) = argument.strip_prefix("mut self, ") else {
                continue;
            };
            let (_, kind) = argument.split_once(": ").unwrap();
            if ["usize)", "u32)", "Duration)"]
                .iter()
                .any(|limit| kind.starts_with(limit))
            {
                assert!(
                    document.contains(setter),
                    "limits.md lacks {setter} of {file}"
                );
                listed += 1;
            }
        }
    }
    assert!(listed > 15, "only {listed} setters were found");
}

#[test]
fn every_file_that_the_architecture_names_exists() {
    let document = fs::read_to_string(root().join("domainsockets/docs/architecture.md")).unwrap();
    let mut named = 0;
    let is_path = |word: &&str| {
        let is_source = Path::new(word)
            .extension()
            .is_some_and(|extension| extension == "rs");
        is_source && !word.contains(' ')
    };
    for path in document.split('`').filter(is_path) {
        let found = ["domainsockets/src", ""].map(|folder| root().join(folder).join(path));
        assert!(found.iter().any(|path| path.exists()), "there is no {path}");
        named += 1;
    }
    assert!(named > 30, "only {named} files were found");
}

/// Builds the programs that the documents show, and returns their directory.
fn build() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let workspace = directory();
        let library = format!("\"{}\"", root().join("domainsockets").display());
        for (package, document) in PACKAGES {
            for (name, text) in files_of(document) {
                let path = workspace.join(package).join(name);
                let directory = path.parent().expect("a file is in a directory");
                fs::create_dir_all(directory).expect("the directory can be made");
                write(&path, &text.replace(PASTED_PATH, &library));
            }
        }
        let members: Vec<_> = PACKAGES.iter().map(|(package, _)| *package).collect();
        let manifest = format!("[workspace]\nresolver = \"3\"\nmembers = {members:?}\n");
        write(&workspace.join("Cargo.toml"), &manifest);
        // Uses the versions of this workspace, since nothing may be downloaded.
        let copied = fs::copy(root().join("Cargo.lock"), workspace.join("Cargo.lock"));
        copied.expect("files can be written");
        // Builds all targets at once, so that the library is built once, with the features of all of
        // them.
        let built = cargo("build").arg("--all-targets").output();
        let built = built.expect("cargo can be run");
        let said = String::from_utf8_lossy(&built.stderr);
        assert!(built.status.success(), "{said}");
        assert!(!said.contains("warning"), "{said}");
        workspace.join("target/debug")
    })
}

/// Returns a cargo command for the pasted packages.
fn cargo(what: &str) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .args([what, "--offline", "--manifest-path"])
        .arg(directory().join("Cargo.toml"))
        .arg("--target-dir")
        .arg(directory().join("target"))
        .env("CARGO_PROFILE_DEV_DEBUG", "0");
    command
}

/// Returns the directory of the pasted packages. It is kept, so that another run reuses the build.
fn directory() -> PathBuf {
    let test = env::current_exe().expect("a process has a path");
    let target = test.ancestors().nth(3);
    target
        .expect("it is target/PROFILE/deps/TEST")
        .join("documents")
}

/// Writes a file, unless it has this text already: cargo would take a new file for a change.
fn write(path: &Path, text: &str) {
    if fs::read_to_string(path).is_ok_and(|is| is == text) {
        return;
    }
    fs::write(path, text).expect("files can be written");
}

/// Returns the files that a document shows: code blocks whose first line names a file. Further blocks
/// can append to a file.
fn files_of(document: &str) -> BTreeMap<String, String> {
    let text = fs::read_to_string(root().join(document)).expect("documents are text");
    let mut files = BTreeMap::<_, String>::new();
    for block in text.split("\n```").skip(1).step_by(2) {
        let (_, code) = block.split_once('\n').expect("a block has lines");
        let first = code.lines().next().unwrap_or_default();
        let Some(named) = first
            .strip_prefix("// ")
            .or_else(|| first.strip_prefix("# "))
        else {
            continue;
        };
        let (name, rest) = named.split_once(", ").unwrap_or((named, ""));
        if name.contains(' ') || !name.contains('.') {
            continue;
        }
        let is_rust = first.starts_with("//");
        let mut lines = String::new();
        // Lines of Rust that begin like this are for doctests, and hidden from readers.
        for line in code
            .lines()
            .filter(|line| !is_rust || !line.starts_with("# "))
        {
            lines.push_str(line);
            lines.push('\n');
        }
        if rest == "at the end" {
            let begun = files.get_mut(name);
            let begun = begun.expect("the file was shown before");
            begun.push('\n');
            begun.push_str(&lines);
        } else {
            let shown_before = files.insert(name.to_owned(), lines);
            assert_eq!(shown_before, None, "{document} shows {name} twice");
        }
    }
    files
}

/// Returns the directory of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The path of the library in the documents.
const PASTED_PATH: &str = "\"../domainsockets/domainsockets\"";
