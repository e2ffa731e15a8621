//! The two handshakes that the tests in `tests/it` run with. The variable `HANDSHAKE` chooses one.

use std::env;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use domainsockets::{ServeError, Server, ServerHandle};

/// The way in which clients and servers of a test connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handshake {
    /// The client passes one end of a socket pair with its setup message.
    Pair,
    /// Both sides name the files of sockets to each other, as the Go package does.
    Files,
}

/// The bit of a setup socket's mode that announces the handshake by a socket pair.
const MARK: u32 = 0o1000;

impl Handshake {
    /// Returns the handshake that the variable `HANDSHAKE` names: `pair`, which is the default, or `files`.
    pub fn current() -> Self {
        match env::var("HANDSHAKE").as_deref() {
            Err(env::VarError::NotPresent) | Ok("pair") => Self::Pair,
            Ok("files") => Self::Files,
            other => panic!("HANDSHAKE is `pair` or `files`, not {other:?}"),
        }
    }

    /// Returns whether the client passes one end of a socket pair.
    pub fn is_pair(self) -> bool {
        self == Self::Pair
    }

    /// Returns `pair` or `files`, depending on the handshake.
    pub fn either<T>(self, pair: T, files: T) -> T {
        match self {
            Self::Pair => pair,
            Self::Files => files,
        }
    }

    /// Takes the mark off the file of a setup socket, unless clients are to pass socket pairs.
    pub(crate) fn prepare(self, setup: &Path) {
        if self == Self::Files {
            unmark(setup);
        }
    }
}

/// Starts a server with the handshake of the test run.
pub trait StartServer {
    /// Does what [`Server::start`] does.
    fn started(self) -> Result<ServerHandle, ServeError>;
}

impl StartServer for Server {
    fn started(self) -> Result<ServerHandle, ServeError> {
        let server = self.start()?;
        Handshake::current().prepare(server.path());
        Ok(server)
    }
}

/// Returns whether the file of a setup socket announces the handshake by a socket pair.
pub fn is_marked(setup: &Path) -> bool {
    fs::symlink_metadata(setup).is_ok_and(|file| file.permissions().mode() & MARK != 0)
}

/// Marks the file of a setup socket, so that clients pass socket pairs.
pub fn mark(setup: &Path) {
    let mode = fs::metadata(setup).unwrap().permissions().mode();
    fs::set_permissions(setup, Permissions::from_mode(mode | MARK)).unwrap();
}

/// Opens a setup socket to all users, as it is on a file system without access lists. The server's own check remains,
/// and the mark, if there is one.
pub fn open_setup(setup: &Path) {
    let mode = fs::metadata(setup).unwrap().permissions().mode();
    fs::set_permissions(setup, Permissions::from_mode(0o666 | mode & MARK)).unwrap();
}

/// Takes the mark off the file of a setup socket, so that clients connect by files.
pub fn unmark(setup: &Path) {
    let mode = fs::metadata(setup).unwrap().permissions().mode();
    fs::set_permissions(setup, Permissions::from_mode(mode & !MARK)).unwrap();
}

/// Returns the path of the server that this command serves: `peer serve NAME`, also under another program.
pub(crate) fn served_by(command: &Command) -> PathBuf {
    let mut arguments = command
        .get_args()
        .skip_while(|argument| *argument != "serve");
    let name = Path::new(arguments.nth(1).expect("`serve` and a name"));
    let set = command.get_envs().find(|(name, _)| *name == "TMPDIR");
    let temp_dir = match set {
        Some((_, dir)) => dir.map_or_else(PathBuf::new, PathBuf::from),
        None => env::temp_dir(),
    };
    let temp_dir = if temp_dir.as_os_str().is_empty() {
        PathBuf::from("/tmp")
    } else {
        temp_dir
    };
    let working_dir = command.get_current_dir().map(Path::to_owned);
    working_dir.unwrap_or_default().join(temp_dir).join(name)
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixDatagram;
    use std::path::Path;
    use std::process::Command;

    use super::{is_marked, mark, served_by, unmark};
    use crate::scratch::Scratch;

    #[test]
    fn the_mark_of_a_socket_is_set_and_removed() {
        let scratch = Scratch::new();
        let path = scratch.path("socket");
        assert!(!is_marked(&path));
        let _socket = UnixDatagram::bind(&path).unwrap();
        assert!(!is_marked(&path));
        mark(&path);
        assert!(is_marked(&path));
        unmark(&path);
        assert!(!is_marked(&path));
    }

    #[test]
    fn the_path_of_a_command_s_server_is_known() {
        let mut command = Command::new("strace");
        command.args(["-f", "peer", "serve", "name", "--limit"]);
        command.env("TMPDIR", "/run/some");
        assert_eq!(served_by(&command), Path::new("/run/some/name"));
        command.env_remove("TMPDIR");
        assert_eq!(served_by(&command), Path::new("/tmp/name"));
        command.env("TMPDIR", "some").current_dir("/run");
        assert_eq!(served_by(&command), Path::new("/run/some/name"));
        let mut command = Command::new("peer");
        command.args(["serve", "/run/name"]);
        assert_eq!(served_by(&command), Path::new("/run/name"));
    }
}
