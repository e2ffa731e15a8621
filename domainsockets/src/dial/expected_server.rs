//! The server that a client has passed one end of a socket pair to, until it answers.

use std::path::PathBuf;
use std::time::Duration;

use super::DialConfig;
use crate::peer::Credentials;
use crate::transport::{Process, SocketPath};
use crate::wire::SetupRefusal;
use crate::{Allow, Error, Peer};

/// What is known of a server that has not sent anything.
#[derive(Debug)]
pub(crate) struct ExpectedServer {
    path: PathBuf,
    /// The rule for who may serve the client.
    allow: Allow,
    /// How long the client waits for the greeting.
    timeout: Duration,
}

impl ExpectedServer {
    pub(crate) fn new(config: &DialConfig, path: &SocketPath) -> Self {
        Self {
            path: path.as_path().to_owned(),
            allow: config.allow.clone(),
            timeout: config.dial_timeout,
        }
    }

    /// Returns the error for a server that has not greeted in time.
    pub(crate) fn unanswered(&self) -> Error {
        Error::HandshakeTimeout {
            path: self.path.clone(),
            after: self.timeout,
        }
    }

    /// Returns the server if it may serve this client, and its process if that is visible and has not ended.
    ///
    /// # Errors
    ///
    /// [`Error::AccessDenied`].
    pub(crate) fn admit(
        &self,
        sender: Option<Credentials>,
    ) -> Result<(Peer, Option<Process>), Error> {
        let Some(sender) = sender.filter(|sender| !sender.is_anonymous()) else {
            return Err(self.denied("the kernel does not know which process answers"));
        };
        // The kernel may have reused the process ID in the meantime, but only if the server has ended. Then its end of
        // the pair is closed.
        let process = if sender.is_visible() {
            Process::watch(sender.pid).ok()
        } else {
            None
        };
        let server = Peer::new(sender, process.as_ref().and_then(Process::group_reader));
        if self.allow.admits(&server) {
            Ok((server, process))
        } else {
            Err(self.denied(&format!(
                "{sender} answers, which may not serve this client"
            )))
        }
    }

    /// Returns the error for a server that refuses the client for this reason.
    pub(crate) fn refused(&self, refusal: SetupRefusal) -> Error {
        match refusal {
            SetupRefusal::Denied(reason) => self.denied(&reason),
            SetupRefusal::Overloaded(what) => Error::Overloaded { what },
            SetupRefusal::ShuttingDown => Error::ShuttingDown,
        }
    }

    fn denied(&self, reason: &str) -> Error {
        Error::AccessDenied {
            path: self.path.clone(),
            owner: None,
            reason: Some(reason.into()),
        }
    }
}
