//! The path of a server's socket: a file name in the temp dir, or an absolute path.

use std::env;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

/// The longest path of a socket in bytes: `sun_path` has 108, one of them for the terminating zero.
const LIMIT: usize = 107;

/// The length of the name of a connection's socket, which is in the directory of the server's.
const NEIGHBOUR: usize = "/c594277d-5a78-41e3-a297-689c215b1f1b".len();

/// The path of a server's socket. Its directory contains the sockets of the server's connections too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SocketPath {
    path: PathBuf,
}

impl SocketPath {
    /// Parses a name: a bare name is a file in the temp dir, as in the Go package, and an absolute path is used as
    /// it is. The error says what is wrong with the name.
    pub(crate) fn parse(name: &Path) -> Result<Self, String> {
        let path = if name.is_absolute() {
            if name.file_name().is_none() || name.as_os_str().as_bytes().ends_with(b"/") {
                return Err("it names no file".to_owned());
            }
            name.to_owned()
        } else {
            let mut components = name.components();
            match (components.next(), components.next()) {
                (Some(Component::Normal(file)), None) if file == name.as_os_str() => {}
                _ => return Err("it is neither a file name nor an absolute path".to_owned()),
            }
            temp_dir().join(name)
        };
        if path.as_os_str().as_bytes().contains(&0) {
            return Err("it contains a zero byte".to_owned());
        }
        let path = Self { path };
        let (own, size) = (path.path.display(), path.path.as_os_str().len());
        if size > LIMIT {
            return Err(format!(
                "{own} has {size} bytes, and a socket's path at most {LIMIT}: choose a shorter one"
            ));
        }
        let (directory, limit) = (path.directory().as_os_str().len(), LIMIT - NEIGHBOUR);
        if directory > limit {
            return Err(format!(
                "the directory of {own} has {directory} bytes, and at most {limit} leave room for the sockets of \
                 connections: choose a shorter one"
            ));
        }
        Ok(path)
    }

    pub(crate) fn as_path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn file_name(&self) -> &OsStr {
        self.path.file_name().unwrap_or_default()
    }

    /// Returns the path of another socket in the same directory.
    pub(crate) fn neighbour(&self, file_name: &str) -> PathBuf {
        self.path.with_file_name(file_name)
    }

    fn directory(&self) -> &Path {
        self.path.parent().unwrap_or(&self.path)
    }
}

/// Returns the temp dir as Go's `os.TempDir` does: an empty `TMPDIR` counts as unset.
fn temp_dir() -> PathBuf {
    let dir = env::temp_dir();
    if dir.as_os_str().is_empty() {
        PathBuf::from("/tmp")
    } else {
        dir
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::SocketPath;

    fn parse(name: &str) -> Result<SocketPath, String> {
        SocketPath::parse(Path::new(name))
    }

    #[test]
    fn a_bare_name_is_a_file_in_the_temp_dir() {
        let path = parse("kv").unwrap();
        assert_eq!(path.as_path(), std::env::temp_dir().join("kv"));
        assert_eq!(path.file_name(), "kv");
    }

    #[test]
    fn an_absolute_path_has_its_neighbours_beside_it() {
        let path = parse("/run/app/kv").unwrap();
        assert_eq!(path.as_path(), Path::new("/run/app/kv"));
        assert_eq!(path.neighbour("x"), Path::new("/run/app/x"));
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for name in [
            "", ".", "..", "a/b", "a/", "./a", "../a", "/", "/run/", "/run/..", "a\0b",
        ] {
            assert!(parse(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn paths_that_fit_no_address_are_refused() {
        assert!(parse(&format!("/{}", "a".repeat(106))).is_ok());
        let long = format!("/{}", "a".repeat(107));
        let text =
            format!("{long} has 108 bytes, and a socket's path at most 107: choose a shorter one");
        assert_eq!(parse(&long), Err(text));
        let deep = format!("/{}/kv", "d".repeat(70));
        let text = format!(
            "the directory of {deep} has 71 bytes, and at most 70 leave room for the sockets of connections: choose a \
             shorter one"
        );
        assert_eq!(parse(&deep), Err(text));
        assert!(parse(&format!("/{}/kv", "d".repeat(69))).is_ok());
    }

    #[test]
    fn a_path_that_is_too_long_is_named_as_a_whole() {
        let name = "n".repeat(107);
        let path = std::env::temp_dir().join(&name);
        let reason = parse(&name).unwrap_err();
        assert!(reason.starts_with(path.to_str().unwrap()), "{reason}");
    }
}
