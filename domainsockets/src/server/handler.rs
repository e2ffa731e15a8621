//! A registered handler, and who may call it.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use super::poll_cost::PollCost;
use crate::call::Method;
use crate::request::Request;
use crate::wire::{Cause, Payload};
use crate::{Allow, Origin};

/// The result of a handler's future.
pub(crate) type HandlerResult = Result<Payload<'static>, Failure>;

pub(super) type HandlerFuture = Pin<Box<dyn Future<Output = HandlerResult> + Send>>;

/// The function that returns the future of a request. The aliases of a handler share it.
pub(super) type Run = Arc<dyn Fn(Request) -> HandlerFuture + Send + Sync>;

/// The reason why a handler returned no result.
#[derive(Clone, Debug)]
pub struct Failure(pub(crate) Cause);

/// A registered handler.
pub(crate) struct Handler {
    name: Arc<str>,
    run: Run,
    poll_cost: PollCost,
    /// The callers that may call it, if not all that may call the server.
    allow: Option<Allow>,
    /// Whether it runs on after its caller cancelled the call or disconnected.
    no_cancel: bool,
    /// The method that it implements. `None` for a handler without a declaration.
    method: Option<&'static Method>,
}

impl Handler {
    pub(super) fn new(name: Arc<str>, run: Run) -> Self {
        Self {
            name,
            run,
            poll_cost: PollCost::default(),
            allow: None,
            no_cancel: false,
            method: None,
        }
    }

    /// Returns the same handler under another name.
    pub(super) fn renamed(&self, name: Arc<str>) -> Self {
        Self {
            name,
            run: Arc::clone(&self.run),
            poll_cost: PollCost::default(),
            allow: self.allow.clone(),
            no_cancel: self.no_cancel,
            method: self.method,
        }
    }

    pub(super) fn set_allow(&mut self, allow: Allow) {
        self.allow = Some(allow);
    }

    pub(super) const fn set_no_cancel(&mut self) {
        self.no_cancel = true;
    }

    pub(super) const fn set_method(&mut self, method: &'static Method) {
        self.method = Some(method);
    }

    pub(crate) const fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// Checks that a caller may call the handler, and means the same method by it.
    ///
    /// `signature` is the hash of the caller's signature, if the caller has sent it.
    pub(super) fn admit(&self, origin: &Origin, signature: Option<u64>) -> Result<(), Cause> {
        if let Some(allow) = &self.allow
            && !allow.admits_origin(origin)
        {
            return Err(Cause::Denied);
        }
        if let Some(theirs) = signature {
            self.compare(theirs)?;
        }
        Ok(())
    }

    /// Returns the future of a request.
    pub(super) fn run(&self, request: Request) -> HandlerFuture {
        (self.run)(request)
    }

    /// Returns how long polls of the handler's futures take.
    pub(super) const fn poll_cost(&self) -> &PollCost {
        &self.poll_cost
    }

    /// Returns whether the handler runs on after its caller cancelled the call or disconnected.
    pub(crate) const fn is_no_cancel(&self) -> bool {
        self.no_cancel
    }

    /// Returns whether a codec reads the data. A codec has added lengths and names to the user's data.
    pub(super) fn is_encoded(&self) -> bool {
        self.method.is_some_and(|method| !method.is_raw())
    }

    /// Returns whether polls take so long that the handler gets a task of its own at once.
    pub(super) fn is_slow(&self) -> bool {
        self.poll_cost.is_slow()
    }

    /// Refuses a call by a client whose signature of the method differs.
    #[cold]
    fn compare(&self, theirs: u64) -> Result<(), Cause> {
        let method = self.method.filter(|method| method.is_compared());
        let own = method.map(Method::signature);
        match own.filter(|own| own.hash().is_some_and(|hash| hash != theirs)) {
            Some(own) => Err(Cause::Signature(own.to_string())),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Handler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handler")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
