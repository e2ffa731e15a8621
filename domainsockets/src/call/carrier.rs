//! What carries calls.

use std::sync::Arc;

use bytes::Bytes;

use crate::wire::Payload;
use crate::{CallOptions, Error};

/// What carries a raw call to a server and its reply back: a [`Client`](crate::Client), or
/// something that stands in for one.
///
/// A carrier of one's own is not told of [options](CallOptions), nor that a method is idempotent: what it
/// calls is not repeated, and has the deadline that the carrier gives it.
///
/// # Examples
///
/// A carrier that counts the calls it passes on:
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// use domainsockets::{Bytes, Carrier, Error};
///
/// struct Counting<C> {
///     carrier: C,
///     calls: AtomicU64,
/// }
///
/// impl<C: Carrier> Carrier for Counting<C> {
///     async fn call(&self, handler: &str, data: Bytes) -> Result<Bytes, Error> {
///         self.calls.fetch_add(1, Ordering::Relaxed);
///         self.carrier.call(handler, data).await
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not carry calls",
    note = "a stub is made over a `domainsockets::Client`, or over what implements `Carrier`"
)]
pub trait Carrier: Send + Sync {
    /// Calls a handler and returns the data of its reply.
    fn call(&self, handler: &str, data: Bytes)
    -> impl Future<Output = Result<Bytes, Error>> + Send;

    /// Calls a handler with data that may be in two pieces, of which large arguments are one. By
    /// default they are put together for [`call`](Self::call), which knows no options.
    #[doc(hidden)]
    fn call_parts(
        &self,
        handler: &str,
        data: Payload,
        _options: CallOptions,
    ) -> impl Future<Output = Result<Bytes, Error>> + Send {
        self.call(handler, data.into_bytes())
    }

    /// Calls a handler and returns when the request has left. By default that is not known before the
    /// reply has come, which is dropped.
    #[doc(hidden)]
    fn send_parts(
        &self,
        handler: &str,
        data: Payload,
        options: CallOptions,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        async { self.call_parts(handler, data, options).await.map(drop) }
    }
}

/// What refers to a carrier is one: calls are the carrier's own futures, with none around them.
macro_rules! carry_by {
    ($reference:ty) => {
        impl<C: Carrier + ?Sized> Carrier for $reference {
            fn call(
                &self,
                handler: &str,
                data: Bytes,
            ) -> impl Future<Output = Result<Bytes, Error>> + Send {
                C::call(self, handler, data)
            }

            fn call_parts(
                &self,
                handler: &str,
                data: Payload,
                options: CallOptions,
            ) -> impl Future<Output = Result<Bytes, Error>> + Send {
                C::call_parts(self, handler, data, options)
            }

            fn send_parts(
                &self,
                handler: &str,
                data: Payload,
                options: CallOptions,
            ) -> impl Future<Output = Result<(), Error>> + Send {
                C::send_parts(self, handler, data, options)
            }
        }
    };
}

carry_by!(&C);
carry_by!(Arc<C>);
