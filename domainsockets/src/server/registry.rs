//! The handlers of a server, by their names.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt::Display;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use bytes::Bytes;

use super::Failure;
use super::handler::{Handler, HandlerFuture, Run};
use super::poll_cost::PollCost;
use crate::Allow;
use crate::ServeError;
use crate::call::Method;
use crate::request::Request;
use crate::wire::extension::PREFIX;
use crate::wire::{Cause, NAME_LIMIT, NAME_TOO_LONG, Payload};

/// The handlers that a server has, by their names.
#[derive(Debug, Default)]
pub struct Methods {
    handlers: HashMap<Arc<str>, Arc<Handler>, BuildHasherDefault<NameHasher>>,
}

/// FNV-1a, which is fast on short names. A peer can look names up but not add any, so it cannot make
/// them collide.
#[derive(Debug)]
struct NameHasher(u64);

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
