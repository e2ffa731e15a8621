//! Calls with options, over what carries them.

use std::fmt;

use bytes::Bytes;

use super::Carrier;
use crate::wire::Payload;
use crate::{CallOptions, Error};

/// Carries calls with the same [`CallOptions`]: what a stub's `with` makes its stub over.
///
/// Of several around each other, the outermost goes first, which was made last: what it does not say is left
/// to those within. Of metadata that is each entry. A carrier of one's own is not told of any.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use domainsockets::{CallOptions, Context, Server, service};
///
/// #[service]
/// pub trait Archive {
///     async fn find(&self, ctx: &Context, title: &str) -> String;
/// }
///
/// struct Shelf;
///
/// impl Archive for Shelf {
///     async fn find(&self, ctx: &Context, title: &str) -> String {
///         let reader = ctx.metadata("reader").map(String::from_utf8_lossy);
///         format!("{title} for {}", reader.unwrap_or_default())
///     }
/// }
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// # let name = dir.path().join("archive");
/// let server = Server::bind(&name)?.add_service(ArchiveServer::new(Shelf))?.start()?;
/// let archive = ArchiveClient::dial(&name).await?;
///
/// let patient = CallOptions::new().deadline(Duration::from_secs(60));
/// let found = archive.with(patient).find("Emma").await?;
/// assert_eq!(found, "Emma for ");
///
/// let hers = archive.with(CallOptions::new().metadata("reader", "Ada"));
/// assert_eq!(hers.find("Emma").await?, "Emma for Ada");
/// # server.close().await;
/// # Ok(()) }
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
/// # .map_err(|error| error.to_string())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct With<'c, C: ?Sized> {
    carrier: &'c C,
    options: CallOptions,
}

impl<'c, C: ?Sized> With<'c, C> {
    /// Carries calls over `carrier`, with these options.
    #[must_use]
    pub const fn new(carrier: &'c C, options: CallOptions) -> Self {
        Self { carrier, options }
    }
}

impl<C: Carrier + ?Sized> Carrier for With<'_, C> {
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
        let options = options.or(&self.options);
        self.carrier.call_parts(handler, data, options).await
    }

    async fn send_parts(
        &self,
        handler: &str,
        data: Payload,
        options: CallOptions,
    ) -> Result<(), Error> {
        let options = options.or(&self.options);
        self.carrier.send_parts(handler, data, options).await
    }
}

impl<C: ?Sized> Clone for With<'_, C> {
    fn clone(&self) -> Self {
        Self::new(self.carrier, self.options.clone())
    }
}

impl<C: fmt::Debug + ?Sized> fmt::Debug for With<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("With")
            .field("carrier", &self.carrier)
            .field("options", &self.options)
            .finish()
    }
}
