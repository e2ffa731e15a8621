//! What may be said of a single call.

use std::time::Duration;

/// How one call differs from what its client is set to.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// let options = domainsockets::CallOptions::new().deadline(Duration::from_millis(200));
/// assert_eq!(options.deadline, Some(Duration::from_millis(200)));
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct CallOptions {
    /// How long the call may take, if not as long as the client says.
    pub deadline: Option<Duration>,
    /// Whether the call may run more than once, so that a client that
    /// [reconnects](crate::ClientBuilder::reconnect) repeats it when its server is lost.
    pub idempotent: bool,
}

impl CallOptions {
    /// No difference.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how long the call may take: queueing, writing and waiting together.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Says that the call may run more than once.
    #[must_use]
    pub fn idempotent(mut self) -> Self {
        self.idempotent = true;
        self
    }
}
