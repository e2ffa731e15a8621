//! The handlers of a server, by their names.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt::{self, Display};
use std::hash::{BuildHasherDefault, Hasher};
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;

use super::poll_cost::PollCost;
use super::running::Running;
use crate::call::Method;
use crate::proto::RequestMeta;
use crate::request::{ConnectionInfo, Request, RequestState};
use crate::wire::extension::PREFIX;
use crate::wire::{Cause, NAME_LIMIT, NAME_TOO_LONG, Payload};
use crate::{Allow, ServeError};

/// What a handler's future gives.
pub(crate) type HandlerResult = Result<Payload<'static>, Failure>;

pub(super) type HandlerFuture = Pin<Box<dyn Future<Output = HandlerResult> + Send>>;

/// What makes the future. The aliases of a handler share it.
type Run = Arc<dyn Fn(Request) -> HandlerFuture + Send + Sync>;

/// Why a handler gave no result.
#[derive(Clone, Debug)]
pub struct Failure(pub(crate) Cause);

/// The handlers that a server has, by their names.
#[derive(Debug, Default)]
pub struct Methods {
    handlers: HashMap<Arc<str>, Arc<Handler>, BuildHasherDefault<NameHasher>>,
}

/// FNV-1a, which is fast on short names. A peer can look names up but not add any, so it cannot make
/// them collide.
#[derive(Debug)]
struct NameHasher(u64);

/// A registered handler.
pub(crate) struct Handler {
    name: Arc<str>,
    run: Run,
    pace: PollCost,
    /// Who may call it, if not everyone who may call the server.
    allow: Option<Allow>,
    /// Whether it is let finish when nobody waits for its reply any more.
    finishes: bool,
    /// What it is, if it is no raw one.
    method: Option<&'static Method>,
    /// Whether a codec reads the data, in which it has added lengths and names to what the user passes.
    is_encoded: bool,
}

impl Methods {
    /// Adds a handler.
    ///
    /// # Errors
    ///
    /// [`ServeError::DuplicateHandler`], [`ServeError::ReservedHandler`],
    /// [`ServeError::InvalidName`].
    pub fn add<H, F>(&mut self, name: &str, handler: H) -> Result<(), ServeError>
    where
        H: Fn(Request) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Payload<'static>, Failure>> + Send + 'static,
    {
        let run = Arc::new(move |request| -> HandlerFuture { Box::pin(handler(request)) });
        self.insert(name, run, None, false)
    }

    /// Adds another name for a handler, for the same callers.
    ///
    /// # Errors
    ///
    /// Those of [`add`](Self::add), and [`ServeError::NoSuchHandler`] if the handler has not been
    /// added.
    pub fn alias(&mut self, name: &str, alias: &str) -> Result<(), ServeError> {
        let handler = self.handler(name)?;
        let (run, allow) = (Arc::clone(&handler.run), handler.allow.clone());
        let (finishes, method) = (handler.finishes, handler.method);
        let is_encoded = handler.is_encoded;
        self.insert(alias, run, allow, finishes)?;
        let handler = self.handler(alias)?;
        handler.method = method;
        handler.is_encoded = is_encoded;
        Ok(())
    }

    /// Adds a handler that is a method of a service.
    ///
    /// # Errors
    ///
    /// As [`add`](Self::add).
    pub fn add_method<H, F>(
        &mut self,
        method: &'static Method,
        handler: H,
    ) -> Result<(), ServeError>
    where
        H: Fn(Request) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Payload<'static>, Failure>> + Send + 'static,
    {
        self.add(method.handler(), handler)?;
        let handler = self.handler(method.handler())?;
        handler.method = method.is_compared().then_some(method);
        handler.is_encoded = !method.is_raw();
        Ok(())
    }

    /// Lets only these call a handler, of those who may call the server.
    ///
    /// # Errors
    ///
    /// [`ServeError::NoSuchHandler`] if it has not been added.
    pub fn restrict(&mut self, name: &str, allow: Allow) -> Result<(), ServeError> {
        self.handler(name)?.allow = Some(allow);
        Ok(())
    }

    /// Lets a handler finish although its caller has cancelled the call or is gone.
    ///
    /// # Errors
    ///
    /// [`ServeError::NoSuchHandler`] if it has not been added.
    pub fn finish(&mut self, name: &str) -> Result<(), ServeError> {
        self.handler(name)?.finishes = true;
        Ok(())
    }

    /// Adds a raw handler, which is cloned for each request, and whose error becomes a text.
    pub(crate) fn add_raw<H, F, B, E>(&mut self, name: &str, handler: H) -> Result<(), ServeError>
    where
        H: FnOnce(Request) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Result<B, E>> + Send + 'static,
        B: Into<Bytes>,
        E: Display,
    {
        self.add(name, move |request| {
            let reply = handler.clone()(request);
            async move {
                match reply.await {
                    Ok(data) => Ok(Payload::from(data)),
                    Err(error) => Err(Failure(Cause::Handler(error.to_string()))),
                }
            }
        })
    }

    fn insert(
        &mut self,
        name: &str,
        run: Run,
        allow: Option<Allow>,
        finishes: bool,
    ) -> Result<(), ServeError> {
        if name.starts_with(PREFIX) {
            return Err(ServeError::ReservedHandler {
                handler: name.to_owned(),
            });
        }
        if name.len() > NAME_LIMIT {
            return Err(ServeError::InvalidName {
                name: name.to_owned(),
                reason: NAME_TOO_LONG,
            });
        }
        let name: Arc<str> = name.into();
        match self.handlers.entry(Arc::clone(&name)) {
            Entry::Occupied(_) => Err(ServeError::DuplicateHandler {
                handler: name.to_string(),
            }),
            Entry::Vacant(vacant) => {
                vacant.insert(Arc::new(Handler {
                    name,
                    run,
                    pace: PollCost::default(),
                    allow,
                    finishes,
                    method: None,
                    is_encoded: false,
                }));
                Ok(())
            }
        }
    }

    fn handler(&mut self, name: &str) -> Result<&mut Handler, ServeError> {
        // Handlers are shared only once the server has started.
        let handler = self.handlers.get_mut(name).and_then(Arc::get_mut);
        handler.ok_or_else(|| ServeError::NoSuchHandler {
            handler: name.to_owned(),
        })
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Arc<Handler>> {
        self.handlers.get(name)
    }
}

impl Default for NameHasher {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for NameHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
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
