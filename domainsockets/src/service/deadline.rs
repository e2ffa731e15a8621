//! Calls of methods that have a deadline of their own.

use std::time::Duration;

use bytes::Bytes;

use super::Carrier;
use crate::wire::Payload;
use crate::{CallOptions, Error};

/// Carries calls that may take so many microseconds, unless their caller says otherwise.
#[derive(Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "generated code makes it around its carrier"
)]
pub struct Deadline<'c, C: ?Sized>(pub &'c C, pub u64);

impl<C: Carrier + ?Sized> Carrier for Deadline<'_, C> {
    async fn call(&self, handler: &str, data: Bytes) -> Result<Bytes, Error> {
        self.call_parts(handler, data.into(), CallOptions::new())
            .await
    }

    async fn call_parts(
        &self,
        handler: &str,
        data: Payload,
        options: CallOptions,
    ) -> Result<Bytes, Error> {
        let options = options.usually(Duration::from_micros(self.1));
        self.0.call_parts(handler, data, options).await
    }

    async fn send_parts(
        &self,
        handler: &str,
        data: Payload,
        options: CallOptions,
    ) -> Result<(), Error> {
        let options = options.usually(Duration::from_micros(self.1));
        self.0.send_parts(handler, data, options).await
    }
}
