//! What a handler may know of its call, where nothing is handled.

use std::iter;
use std::time::Instant;

use crate::Peer;

/// The circumstances of a call. Without the feature `tokio` there are no servers, so there is none: it is
/// here for the traits of services whose methods take one, of which only the stubs are used.
#[derive(Clone, Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "with the feature it is another type"
)]
pub enum Context {}

impl Context {
    /// The name under which the handler was called.
    #[must_use]
    pub const fn handler(&self) -> &str {
        match *self {}
    }

    /// The process that has called, as the kernel knows it.
    #[must_use]
    pub const fn peer(&self) -> Peer {
        match *self {}
    }

    /// When the caller waits no more, if it has said so.
    #[must_use]
    pub const fn deadline(&self) -> Option<Instant> {
        match *self {}
    }

    /// What the caller has set under this key.
    #[must_use]
    pub const fn metadata(&self, _key: &str) -> Option<&[u8]> {
        match *self {}
    }

    /// All that the caller has set, in the order of its setting.
    pub fn metadata_entries(&self) -> impl Iterator<Item = (&str, &[u8])> {
        iter::empty()
    }

    /// Ends when nobody waits for the call any more.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost if the future is dropped.
    #[expect(
        clippy::unused_async,
        reason = "it is as where there are calls to be handled"
    )]
    pub async fn cancelled(&self) {
        match *self {}
    }

    /// Whether nobody waits for the call any more.
    #[must_use]
    pub const fn is_cancelled(&self) -> bool {
        match *self {}
    }
}

#[cfg(feature = "blocking")]
#[cfg(test)]
mod tests {
    use super::Context;

    /// A service whose methods ask who calls, as a program sees it that only calls them.
    #[crate::service(crate = crate)]
    trait Accounts {
        fn whoami(&self, context: &Context) -> u32 {
            context.peer().uid
        }
        async fn wait(&self, context: Context) {
            context.cancelled().await;
        }
    }

    #[test]
    fn stub_takes_no_context() {
        assert_eq!(
            AccountsClient::HANDLERS,
            ["Accounts.whoami", "Accounts.wait"]
        );
        assert!(
            AccountsBlockingClient::dial("nobody-is-there")
                .and_then(|accounts| accounts.whoami())
                .is_err()
        );
    }
}
