//! Behaviour around calls, over any carrier.

use super::{Call, Carrier, Reply};
use crate::Error;

/// Adds one behaviour around every call of a carrier: see [`Carrier::layered`].
///
/// The layer gets the whole call, and passes it on to `next` once, several times or not at all.
pub trait Layer: Send + Sync {
    /// Makes a call by means of the `next` carrier.
    ///
    /// # Errors
    ///
    /// Those of `next`, and the layer's own.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the call.
    fn execute<C: Carrier>(
        &self,
        call: Call<'_>,
        next: &C,
    ) -> impl Future<Output = Result<Reply, Error>> + Send;
}

/// A carrier with a [`Layer`] around it.
#[derive(Clone, Debug)]
pub struct Layered<L, C> {
    layer: L,
    carrier: C,
}

impl<L, C> Layered<L, C> {
    pub(crate) const fn new(layer: L, carrier: C) -> Self {
        Self { layer, carrier }
    }

    /// Returns the layer.
    #[must_use]
    pub const fn layer(&self) -> &L {
        &self.layer
    }

    /// Returns the carrier inside of the layer.
    #[must_use]
    pub const fn carrier(&self) -> &C {
        &self.carrier
    }
}

impl<L: Layer, C: Carrier> Carrier for Layered<L, C> {
    fn execute(&self, call: Call<'_>) -> impl Future<Output = Result<Reply, Error>> + Send {
        self.layer.execute(call, &self.carrier)
    }
}
