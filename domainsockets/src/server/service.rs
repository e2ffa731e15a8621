//! The trait of services.

use super::Methods;
use crate::ServeError;

/// A set of methods that [`Server::add_service`](crate::Server::add_service) registers.
///
/// The [`service`](macro@crate::service) attribute implements it for the server adapter of a trait.
pub trait Service {
    /// Registers the methods.
    ///
    /// # Errors
    ///
    /// [`ServeError::DuplicateHandler`] if there is a handler of the same name;
    /// [`ServeError::UnknownAccount`] or [`ServeError::Io`] if a user or group of an access rule cannot be found.
    fn register(self, methods: &mut Methods) -> Result<(), ServeError>;
}
