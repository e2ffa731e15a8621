//! The registry of a server: its handlers, by name.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt::Display;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use bytes::Bytes;

use super::Failure;
use super::handler::{Handler, HandlerFuture};
use crate::call::Method;
use crate::request::Request;
use crate::wire::extension::PREFIX;
use crate::wire::{Cause, NAME_LIMIT, NAME_TOO_LONG, Payload};
use crate::{Allow, ServeError};

/// The handlers of a server, by name.
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
        self.insert(name, |name| Handler::new(name, run))
    }

    /// Adds another name for a handler, for the same callers.
    ///
    /// # Errors
    ///
    /// Those of [`add`](Self::add), and [`ServeError::NoSuchHandler`] if the handler has not been
    /// added.
    pub fn alias(&mut self, name: &str, alias: &str) -> Result<(), ServeError> {
        let handler = self.find(name).ok_or_else(|| not_added(name))?;
        let handler = Arc::clone(handler);
        self.insert(alias, |alias| handler.renamed(alias))
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
        self.handler(method.handler())?.set_method(method);
        Ok(())
    }

    /// Restricts a handler to some of the callers that may call the server.
    ///
    /// # Errors
    ///
    /// [`ServeError::NoSuchHandler`] if it has not been added.
    pub fn restrict(&mut self, name: &str, allow: Allow) -> Result<(), ServeError> {
        self.handler(name)?.set_allow(allow);
        Ok(())
    }

    /// Lets a handler finish after its caller cancelled the call or disconnected.
    ///
    /// # Errors
    ///
    /// [`ServeError::NoSuchHandler`] if it has not been added.
    pub fn set_no_cancel(&mut self, name: &str) -> Result<(), ServeError> {
        self.handler(name)?.set_no_cancel();
        Ok(())
    }

    /// Adds a raw handler. It is cloned for each request, and the caller receives its error as text.
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
        handler: impl FnOnce(Arc<str>) -> Handler,
    ) -> Result<(), ServeError> {
        if name.starts_with(PREFIX) {
            return Err(ServeError::ReservedHandler {
                handler: name.to_owned(),
            });
        }
        if name.len() > NAME_LIMIT {
            return Err(ServeError::InvalidName {
                name: name.to_owned(),
                reason: NAME_TOO_LONG.to_owned(),
            });
        }
        let name: Arc<str> = name.into();
        match self.handlers.entry(Arc::clone(&name)) {
            Entry::Occupied(_) => Err(ServeError::DuplicateHandler {
                handler: name.to_string(),
            }),
            Entry::Vacant(vacant) => {
                vacant.insert(Arc::new(handler(name)));
                Ok(())
            }
        }
    }

    fn handler(&mut self, name: &str) -> Result<&mut Handler, ServeError> {
        // Handlers are shared only once the server has started.
        let handler = self.handlers.get_mut(name).and_then(Arc::get_mut);
        handler.ok_or_else(|| not_added(name))
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

fn not_added(name: &str) -> ServeError {
    ServeError::NoSuchHandler {
        handler: name.to_owned(),
    }
}
