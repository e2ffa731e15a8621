//! The event that completes a call for its caller: its reply, or that its request was sent.

/// The event that completes a call for its caller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Completion {
    /// The reply was received.
    #[default]
    Reply,
    /// The request was sent: the kernel has all of it. The reply is discarded, an error too.
    Sent,
}
