//! Separate packages, for what depends on how cargo builds one: features, editions, build dependencies.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tests::scratch::Scratch;

/// A workspace with some of the packages in `tests/packages`.
struct Packages {
    scratch: Scratch,
}

impl Packages {
    fn new(members: &[&str]) -> Self {
        let scratch = Scratch::new();
        let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
        for member in members {
            copy(&tests.join("packages").join(member), &scratch.path(member));
        }
        let manifest = format!("[workspace]\nresolver = \"3\"\nmembers = {members:?}\n");
        fs::write(scratch.path("Cargo.toml"), manifest).unwrap();
        // Uses the dependencies that this workspace has compiled.
        fs::copy(tests.join("../Cargo.lock"), scratch.path("Cargo.lock")).unwrap();
        Self { scratch }
    }

    fn cargo(&self, arguments: &[&str]) -> Output {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .args(arguments)
            .arg("--offline")
            .current_dir(self.scratch.dir())
            // All of these tests share one target directory.
            .env(
                "CARGO_TARGET_DIR",
                Path::new(env!("CARGO_TARGET_TMPDIR")).join("packages"),
            )
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env_remove("RUSTFLAGS")
            .output();
        output.unwrap()
    }

    fn succeed(&self, arguments: &[&str]) {
        let output = self.cargo(arguments);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "cargo {arguments:?}: {stderr}");
    }
}

/// Copies a directory, and inserts the path of the library into its manifest.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let from = entry.unwrap().path();
        let to = to.join(from.file_name().unwrap());
        if from.is_dir() {
            copy(&from, &to);
        } else if from.extension() == Some(OsStr::new("toml")) {
            let library = concat!(env!("CARGO_MANIFEST_DIR"), "/../domainsockets");
            let manifest = fs::read_to_string(from).unwrap();
            fs::write(to, manifest.replace("DOMAINSOCKETS", library)).unwrap();
        } else {
            fs::copy(from, to).unwrap();
        }
    }
}

#[test]
fn library_can_be_a_dependency_and_a_build_dependency_with_other_features() {
    let packages = Packages::new(&["build_dependency"]);
    // Checking also runs the build script.
    packages.succeed(&["check"]);
}

#[test]
fn blocking_program_compiles_with_the_features_of_one_with_a_runtime() {
    let packages = Packages::new(&["blocking_only", "with_tokio"]);
    packages.succeed(&["check", "--package", "blocking_only"]);
    // Built together, both packages have the features of both.
    packages.succeed(&["check", "--workspace"]);
}

#[test]
fn keywords_of_later_editions_can_be_names() {
    // Both packages have the same source.
    let packages = Packages::new(&["edition_2018", "edition_2021"]);
    packages.succeed(&["check", "--workspace"]);
}

#[test]
fn documentation_of_the_stubs_has_no_broken_links() {
    let packages = Packages::new(&["documented"]);
    packages.succeed(&["doc", "--no-deps", "--document-private-items"]);
}

#[test]
fn service_without_a_codec_is_refused_with_a_helpful_error() {
    let packages = Packages::new(&["names_its_codec", "without_default_codec"]);
    packages.succeed(&["check", "--package", "names_its_codec"]);
    let output = packages.cargo(&["check", "--package", "without_default_codec"]);
    assert!(!output.status.success());
    let stderr = String::from_utf8_lossy(&output.stderr);
    let errors: Vec<_> = stderr
        .lines()
        .filter(|line| line.starts_with("error"))
        .collect();
    assert!(
        matches!(errors[..], [error, aborting] if error.contains("names no codec")
            && error.contains("`#[service(codec = domainsockets::codec::Json)]`")
            && aborting.contains("could not compile")),
        "{stderr}"
    );
}
