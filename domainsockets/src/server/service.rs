//! What a server takes its handlers from.

use super::Methods;
use crate::ServeError;

/// A set of methods that a [`Server`](crate::Server) can have. The [`service`](macro@crate::service)
/// attribute implements it for the server adapter that it makes of a trait.
pub trait Service {
    /// Adds the methods.
    ///
    /// # Errors
    ///
    /// [`ServeError::DuplicateHandler`] if one of the names is taken;
    /// [`ServeError::UnknownAccount`] or [`ServeError::Io`] if a user or group who is to be allowed
    /// cannot be found.
    fn register(self, methods: &mut Methods) -> Result<(), ServeError>;
}
