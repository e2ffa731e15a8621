//! A registered handler.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;

use super::poll_cost::PollCost;
use super::running::Running;
use crate::Allow;
use crate::call::Method;
use crate::proto::RequestMeta;
use crate::request::{ConnectionInfo, Request, RequestState};
use crate::wire::{Cause, Payload};

/// What a handler's future gives.
pub(crate) type HandlerResult = Result<Payload<'static>, Failure>;

pub(super) type HandlerFuture = Pin<Box<dyn Future<Output = HandlerResult> + Send>>;

/// What makes the future. The aliases of a handler share it.
pub(super) type Run = Arc<dyn Fn(Request) -> HandlerFuture + Send + Sync>;

/// Why a handler gave no result.
#[derive(Clone, Debug)]
pub struct Failure(pub(crate) Cause);

/// A registered handler.
pub(crate) struct Handler {
    pub(super) name: Arc<str>,
    pub(super) run: Run,
    pub(super) pace: PollCost,
    /// Who may call it, if not everyone who may call the server.
    pub(super) allow: Option<Allow>,
    /// Whether it is let finish when nobody waits for its reply any more.
    pub(super) finishes: bool,
    /// What it is, if it is no raw one.
    pub(super) method: Option<&'static Method>,
    /// Whether a codec reads the data, in which it has added lengths and names to what the user passes.
    pub(super) is_encoded: bool,
}

impl Handler {
    pub(crate) fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// Begins to handle a request, if its origin may make it.
    pub(crate) fn handle(
        self: &Arc<Self>,
        connection: &Arc<ConnectionInfo>,
        meta: Option<Box<RequestMeta>>,
        data: Bytes,
    ) -> Result<Running, Cause> {
        if let Some(allow) = &self.allow
            && !allow.admits_origin(connection.origin())
        {
            return Err(Cause::Denied);
        }
        if let Some(theirs) = meta.as_ref().and_then(|meta| meta.signature) {
            self.compare(theirs)?;
        }
        let state = RequestState::new(&self.name, connection, meta);
        Running::begin(self, state, data)
    }

    /// Makes the future of a request.
    pub(super) fn run(&self, request: Request) -> HandlerFuture {
        (self.run)(request)
    }

    /// How long its futures take to be polled.
    pub(super) const fn pace(&self) -> &PollCost {
        &self.pace
    }

    /// Whether it is let finish when nobody waits for its reply any more.
    pub(crate) const fn finishes(&self) -> bool {
        self.finishes
    }

    /// Returns whether a codec reads the data.
    pub(crate) const fn is_encoded(&self) -> bool {
        self.is_encoded
    }

    /// Refuses a call of a client that means something else by the method.
    #[cold]
    fn compare(&self, theirs: u64) -> Result<(), Cause> {
        let own = self.method.map(Method::signature);
        match own.filter(|own| own.hash().is_some_and(|hash| hash != theirs)) {
            Some(own) => Err(Cause::Signature(own.to_string())),
            None => Ok(()),
        }
    }

    /// Whether it takes so long to be polled that its connection should not wait for it.
    pub(crate) fn is_slow(&self) -> bool {
        self.pace.is_slow()
    }
}

impl fmt::Debug for Handler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handler")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
