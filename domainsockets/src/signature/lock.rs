//! The lock file: the signatures of a released service.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use super::Signature;
use super::diff::Voice;
use super::parse::Parser;
use super::types::{Word, is_of_word};

/// The environment variable that makes a test write the file.
const VARIABLE: &str = "DOMAINSOCKETS_LOCK";

const HEAD: &str = "\
# What the methods of a service take and return: clients and servers that are in use rely on it.
# Written by domainsockets::signature::assert_lock; do not edit.
";

/// Fails if a method differs from its signature in the lock file, and says what differs. Call it from a test of the
/// program that has the service:
///
/// ```no_run
/// # use domainsockets::service;
/// # #[service]
/// # pub trait Kv {
/// #     async fn get(&self, key: &str) -> Option<Vec<u8>>;
/// # }
/// #[test]
/// fn older_clients_can_still_call() {
///     domainsockets::signature::assert_lock("kv.lock", &KvClient::signatures());
/// }
/// ```
///
/// A relative path begins in the directory of the package, where Cargo runs its tests.
///
/// New methods pass, since no released client calls them. A method fails that is gone, that does not
/// [agree](crate::signature#what-is-compared) with its earlier signature, or whose arguments were swapped.
///
/// With `DOMAINSOCKETS_LOCK=overwrite` in its environment it writes the file and does not fail. Do so at first, when you
/// release a version with new methods, and when you change a method on purpose. Keep the file beside the source, so that
/// a review shows its changes.
///
/// A test reads the file, not the attribute `service`: an attribute sees only the names of types, so it would not notice
/// a new field, and it does not run again when only the file changes.
///
/// # Panics
///
/// Panics if a method has changed, if the file cannot be read or written, or if it is no lock file.
///
/// # Examples
///
/// ```
/// use domainsockets::service;
/// use domainsockets::signature::assert_lock;
///
/// mod released {
///     #[domainsockets::service]
///     pub trait Kv {
///         async fn put(&self, key: &str, value: &[u8]);
///     }
/// }
///
/// #[service]
/// pub trait Kv {
///     async fn put(&self, key: &str, value: &[u8], ttl: u32);
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("kv.lock");
/// # std::fs::write(&path, format!("Kv.put: {}\n", released::KvClient::signatures()[0]))?;
/// assert_lock(&path, &released::KvClient::signatures());
///
/// let failed = std::panic::catch_unwind(|| assert_lock(&path, &KvClient::signatures()));
/// let message = *failed.unwrap_err().downcast::<String>().unwrap();
/// assert!(message.contains("Kv.put: argument 3: `ttl: u32` has been added"));
/// # Ok::<(), std::io::Error>(())
/// ```
#[track_caller]
pub fn assert_lock(path: impl AsRef<Path>, signatures: &[Signature]) {
    let overwrites = env::var_os(VARIABLE).is_some_and(|value| value == "overwrite");
    if let Err(message) = check(path.as_ref(), signatures, overwrites) {
        panic!("{message}");
    }
}

/// Compares signatures with a lock file, or writes it.
pub(super) fn check(path: &Path, signatures: &[Signature], overwrites: bool) -> Result<(), String> {
    let shown = path.display();
    if overwrites {
        return fs::write(path, text(signatures))
            .map_err(|error| format!("cannot write {shown}: {error}"));
    }
    let text = fs::read_to_string(path).map_err(|error| {
        format!("cannot read {shown}: {error}\n(to write it, run with {VARIABLE}=overwrite)")
    })?;
    let mut changes = String::new();
    let mut is_lenient = true;
    for line in text.lines() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let earlier = parse(line).ok_or_else(|| format!("{shown} is no lock: {line:?}"))?;
        let now = find(signatures, &earlier);
        let difference = match now {
            Some(now) => Signature::compare(&earlier, now, Voice::Versions),
            None => Some("the method is gone".to_owned()),
        };
        if let Some(difference) = difference {
            let _ = write!(changes, "\n  {}: {difference}", earlier.handler());
            // A codec that writes names reads some changed types, such as one with a new optional field.
            is_lenient &= now.is_some_and(|now| now.function.is_named);
        }
    }
    if changes.is_empty() {
        return Ok(());
    }
    Err(if is_lenient {
        format!(
            "methods differ from what was released, by {shown}:{changes}\n\
             (if released clients and servers can still call each other, or nobody has them, run with \
             {VARIABLE}=overwrite)"
        )
    } else {
        format!(
            "clients and servers that were built before cannot call each other any more, by {shown}:{changes}\n\
             (if that is meant, or nobody has them, run with {VARIABLE}=overwrite)"
        )
    })
}

fn text(signatures: &[Signature]) -> String {
    let mut text = HEAD.to_owned();
    for signature in signatures {
        let handler = signature.handler();
        let is_plain = |char: char| is_of_word(char) || ".-".contains(char);
        let _ = if handler.chars().all(is_plain) {
            writeln!(text, "{handler}: {signature}")
        } else {
            writeln!(text, "{}: {signature}", Word(handler))
        };
    }
    text
}

/// Parses a line: a handler and its signature.
fn parse(line: &str) -> Option<Signature> {
    let (handler, text) = if line.starts_with('"') {
        let (handler, rest) = Parser::split_word(line)?;
        (handler, rest.strip_prefix(": ")?)
    } else {
        let (handler, text) = line.split_once(": ")?;
        (handler.to_owned(), text)
    };
    Signature::parse(&handler, text)
}

fn find<'s>(signatures: &'s [Signature], earlier: &Signature) -> Option<&'s Signature> {
    let mut signatures = signatures.iter();
    signatures.find(|signature| signature.answers(earlier.handler()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Signature, check};
    use crate::call::{Method, list};
    use crate::signature::lazy::TypeOf;

    fn signatures(lines: &[(&str, &str)]) -> Vec<Signature> {
        let parse = |(handler, text): &(&str, &str)| Signature::parse(handler, text).unwrap();
        lines.iter().map(parse).collect()
    }

    #[test]
    fn a_lock_fails_when_a_method_changes_or_goes_and_says_how_to_write_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("kv.lock");
        let before = signatures(&[
            ("Kv.get", "fn get(key: str) -> Option<bytes>"),
            ("odd: \"name\"", "fn \"odd: \\\"name\\\"\"(a: u8)"),
        ]);
        let missing = check(&path, &before, false).unwrap_err();
        assert!(
            missing.contains("DOMAINSOCKETS_LOCK=overwrite"),
            "{missing}"
        );

        check(&path, &before, true).unwrap();
        let written = fs::read_to_string(&path).unwrap();
        assert!(
            written.contains("\nKv.get: fn get(key: str) -> Option<bytes>\n"),
            "{written}"
        );
        check(&path, &before, false).unwrap();

        let more = signatures(&[
            ("Kv.len", "fn len() -> u64"),
            ("odd: \"name\"", "fn odd(other: struct W(u8))"),
            ("Kv.get", "fn get(name: str) -> Option<bytes>"),
        ]);
        check(&path, &more, false).unwrap();
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            written,
            "it is not written unasked"
        );

        let changed = signatures(&[("Kv.get", "fn get(key: str) -> Option<str>")]);
        let words = check(&path, &changed, false).unwrap_err();
        assert!(
            words.contains("\n  Kv.get: result, its value: was bytes, is now str\n"),
            "{words}"
        );
        assert!(
            words.contains("\n  odd: \"name\": the method is gone\n"),
            "{words}"
        );
        assert!(words.contains("DOMAINSOCKETS_LOCK=overwrite"), "{words}");

        check(&path, &changed, true).unwrap();
        check(&path, &changed, false).unwrap();
    }

    #[test]
    fn a_method_that_has_another_name_is_known_by_its_alias() {
        static GET: Method = Method::new(
            "Kv.find",
            &["key"],
            [TypeOf::<(u8,)>::ARGUMENTS, TypeOf::<u8>::VALUE],
        )
        .also(&["Kv.get"]);

        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("kv.lock");
        let before = signatures(&[("Kv.get", "fn get(key: u8) -> u8")]);
        check(&path, &before, true).unwrap();
        check(&path, &list(&[GET]), false).unwrap();

        let changed = signatures(&[("Kv.get", "fn get(key: u16) -> u8")]);
        check(&path, &changed, true).unwrap();
        let words = check(&path, &list(&[GET]), false).unwrap_err();
        assert!(
            words.contains("argument 1 (`key`): was u16, is now u8"),
            "{words}"
        );
    }

    #[test]
    fn changes_that_a_codec_with_names_may_read_are_not_called_breaking() {
        static PUT: Method = Method::new(
            "Kv.put",
            &["key", "ttl"],
            [TypeOf::<(u8, Option<u8>)>::ARGUMENTS, TypeOf::<u8>::VALUE],
        );

        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("kv.lock");
        check(
            &path,
            &signatures(&[("Kv.put", "fn put(key: u8) -> u8")]),
            true,
        )
        .unwrap();
        let breaking = "clients and servers that were built before cannot call each other any more";
        let mild = "methods differ from what was released";
        for (is_named, head) in [(true, mild), (false, breaking)] {
            let words = check(&path, &list(&[PUT.encoded(is_named)]), false).unwrap_err();
            assert!(words.starts_with(head), "{words}");
            assert!(
                words.contains("`ttl: Option<u8>` has been added"),
                "{words}"
            );
        }
        let words = check(&path, &[], false).unwrap_err();
        assert!(words.starts_with(breaking), "{words}");
    }

    #[test]
    fn what_is_no_lock_is_said_so() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("kv.lock");
        fs::write(&path, "Kv.get = fn()\n").unwrap();
        let words = check(&path, &[], false).unwrap_err();
        assert!(words.contains("is no lock: \"Kv.get = fn()\""), "{words}");
    }
}
