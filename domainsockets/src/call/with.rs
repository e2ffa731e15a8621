//! Options for all calls of a stub.

use super::{Call, CallOptions, Carrier, Reply};
use crate::Error;

/// A carrier that adds the same [`CallOptions`] to every call.
///
/// A stub's method `with` returns a stub over it: `kv.with(options).get("a")`. Options of the call itself
/// take precedence, and metadata is merged by key. Of several nested `With` the outermost, made last, takes
/// precedence.
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
/// let patient = CallOptions::new().with_deadline(Duration::from_secs(60));
/// let found = archive.with(patient).find("Emma").await?;
/// assert_eq!(found, "Emma for ");
///
/// let hers = archive.with(CallOptions::new().with_metadata("reader", "Ada"));
/// assert_eq!(hers.find("Emma").await?, "Emma for Ada");
/// # server.close().await?;
/// # Ok(()) }
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
/// # .map_err(|error| error.to_string())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct With<C> {
    carrier: C,
    options: CallOptions,
}

impl<C> With<C> {
    /// Returns a carrier that makes its calls over `carrier` with these options.
    #[must_use]
    pub const fn new(carrier: C, options: CallOptions) -> Self {
        Self { carrier, options }
    }

    /// Returns the wrapped carrier.
    #[must_use]
    pub const fn carrier(&self) -> &C {
        &self.carrier
    }

    /// Returns the options that are added to every call.
    #[must_use]
    pub const fn options(&self) -> &CallOptions {
        &self.options
    }

    /// Adds the options to a call. Options of the call take precedence.
    pub(crate) fn apply<'a>(&self, mut call: Call<'a>) -> Call<'a> {
        call.options = call.options.or(&self.options);
        call
    }
}

impl<C: Carrier> Carrier for With<C> {
    fn execute(&self, call: Call<'_>) -> impl Future<Output = Result<Reply, Error>> + Send {
        self.carrier.execute(self.apply(call))
    }
}
