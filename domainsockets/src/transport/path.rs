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
    pub(crate) fn parse(name: &Path) -> Result<Self, &'static str> {
        let path = if name.is_absolute() {
            if name.file_name().is_none() || name.as_os_str().as_bytes().ends_with(b"/") {
                return Err("it names no file");
            }
            name.to_owned()
        } else {
            let mut components = name.components();
            match (components.next(), components.next()) {
                (Some(Component::Normal(file)), None) if file == name.as_os_str() => {}
                _ => return Err("it is neither a file name nor an absolute path"),
            }
            temp_dir().join(name)
        };
        if path.as_os_str().as_bytes().contains(&0) {
            return Err("it contains a zero byte");
        }
        let path = Self { path };
        let directory = path.directory().as_os_str().len();
        if path.path.as_os_str().len() > LIMIT || directory + NEIGHBOUR > LIMIT {
            return Err("its path does not fit the 107 bytes of a socket address");
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

    fn parse(name: &str) -> Result<SocketPath, &'static str> {
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
        assert!(parse(&format!("/{}", "a".repeat(107))).is_err());
        let deep = format!("/{}/kv", "d".repeat(80));
        assert!(
            parse(&deep).is_err(),
            "its connections' sockets would not fit"
        );
    }
}
