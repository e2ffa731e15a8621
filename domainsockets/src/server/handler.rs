//! The handlers of a server, by their names.

use std::any::Any;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt::{self, Display};
use std::hash::{BuildHasherDefault, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{self, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::Request;
use crate::context::Context;
use crate::method::Method;
use crate::ongoing::Ongoing;
use crate::proto::Beside;
use crate::scope::Scope;
use crate::wire::extension::PREFIX;
use crate::wire::{Cause, NAME_LIMIT, Payload};
use crate::{Allow, Peer, ServeError};

/// What a handler's future gives.
pub(crate) type Reply = Result<Payload, Failure>;

type HandlerFuture = Pin<Box<dyn Future<Output = Reply> + Send>>;

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
    pace: Pace,
    /// Who may call it, if not everyone who may call the server.
    allow: Option<Allow>,
    /// Whether it is let finish when nobody waits for its reply any more.
    finishes: bool,
    /// What it is, if it is no raw one.
    method: Option<&'static Method>,
}

/// A request that is being handled. Whatever its handler does, polling and dropping it do not
/// panic.
pub(crate) struct Running {
    handler: Arc<Handler>,
    /// None once what is left of it has been taken.
    call: Option<Arc<Ongoing>>,
    future: Option<HandlerFuture>,
    is_done: bool,
}

/// How long the handler's future takes to be polled. Reading the clock takes as long as a fast
/// handler does, so it is read for some polls only. Races lose counts, which an average can bear.
#[derive(Debug, Default)]
struct Pace {
    polls: AtomicU32,
    /// A moving average in nanoseconds.
    mean: AtomicU32,
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
        F: Future<Output = Result<Payload, Failure>> + Send + 'static,
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
        self.insert(alias, run, allow, finishes)?;
        self.handler(alias)?.method = method;
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
        F: Future<Output = Result<Payload, Failure>> + Send + 'static,
    {
        self.add(method.handler(), handler)?;
        self.handler(method.handler())?.method = method.is_compared().then_some(method);
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

    /// Adds a raw handler, whose error becomes a text.
    pub(crate) fn add_raw<H, F, B, E>(&mut self, name: &str, handler: H) -> Result<(), ServeError>
    where
        H: Fn(Request) -> F + Send + Sync + 'static,
        F: Future<Output = Result<B, E>> + Send + 'static,
        B: Into<Bytes>,
        E: Display,
    {
        self.add(name, move |request| {
            let reply = handler(request);
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
            let reason = "a handler name has at most 1024 bytes";
            return Err(ServeError::InvalidName {
                name: name.to_owned(),
                reason,
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
                    pace: Pace::default(),
                    allow,
                    finishes,
                    method: None,
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

    /// Begins to handle a request, if its peer may make it. `spare` is a call that was answered.
    pub(crate) fn handle(
        self: &Arc<Self>,
        peer: Peer,
        beside: Option<Box<Beside>>,
        data: Bytes,
        spare: Option<Arc<Ongoing>>,
    ) -> Result<Running, Cause> {
        if self
            .allow
            .as_ref()
            .is_some_and(|allow| !allow.admits(&peer))
        {
            return Err(Cause::Denied);
        }
        if let Some(theirs) = beside.as_ref().and_then(|beside| beside.signature) {
            self.compare(theirs)?;
        }
        let call = Ongoing::reusing(spare, &self.name, peer, beside);
        let request = Request::new(Context::new(Arc::clone(&call)), data);
        let future = catch_unwind(AssertUnwindSafe(|| (self.run)(request))).map_err(panicked)?;
        Ok(Running {
            handler: Arc::clone(self),
            call: Some(call),
            future: Some(future),
            is_done: false,
        })
    }

    /// Whether it is let finish when nobody waits for its reply any more.
    pub(crate) const fn finishes(&self) -> bool {
        self.finishes
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

impl Running {
    /// When the handler is to be stopped.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.call.as_ref()?.deadline()
    }

    /// What is left of a call that is answered.
    pub(crate) fn take_call(&mut self) -> Option<Arc<Ongoing>> {
        self.call.take()
    }
}

impl Future for Running {
    type Output = Result<Payload, Cause>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Self::Output> {
        let Self {
            handler,
            call,
            future,
            ..
        } = &mut *self;
        let Some(future) = future else {
            return Poll::Ready(Err(Cause::Panicked));
        };
        let _scope = call.as_ref().and_then(Scope::enter);
        let begun = handler.pace.is_due().then(Instant::now);
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx)));
        if let Some(begun) = begun {
            handler.pace.count(begun.elapsed());
        }
        self.is_done = !matches!(polled, Ok(Poll::Pending));
        match polled {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(reply)) => Poll::Ready(reply.map_err(|Failure(cause)| cause)),
            Err(panic) => Poll::Ready(Err(panicked(panic))),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.is_done
            && let Some(call) = &self.call
        {
            call.stop();
        }
        if let Some(future) = self.future.take() {
            // What the handler holds may panic when it goes; that is the handler's panic too.
            let _ = catch_unwind(AssertUnwindSafe(|| drop(future)));
        }
    }
}

impl Pace {
    /// Whether the next poll is to be timed.
    fn is_due(&self) -> bool {
        let polls = self.polls.load(Ordering::Relaxed);
        self.polls.store(polls.wrapping_add(1), Ordering::Relaxed);
        polls.is_multiple_of(TIMED)
    }

    fn count(&self, took: Duration) {
        let took = u32::try_from(took.as_nanos()).unwrap_or(u32::MAX);
        let mean = self.mean.load(Ordering::Relaxed);
        let mean = if mean < took {
            mean + (took - mean) / WEIGHT
        } else {
            mean - (mean - took) / WEIGHT
        };
        self.mean.store(mean, Ordering::Relaxed);
    }

    fn is_slow(&self) -> bool {
        self.mean.load(Ordering::Relaxed) > SLOW.subsec_nanos()
    }
}

/// Drops a panic's payload, which may panic itself.
fn panicked(panic: Box<dyn Any + Send>) -> Cause {
    let _ = catch_unwind(AssertUnwindSafe(|| drop(panic)));
    Cause::Panicked
}

/// A handler beyond this is spawned, which costs about a microsecond, instead of holding up its
/// connection.
const SLOW: Duration = Duration::from_micros(20);

/// One over the weight of the newest poll in the average.
const WEIGHT: u32 = 4;

/// One of so many polls is timed.
const TIMED: u32 = 8;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Pace;

    #[test]
    fn one_slow_poll_is_forgiven_and_a_habit_is_not() {
        let pace = Pace::default();
        pace.count(Duration::from_micros(70));
        assert!(!pace.is_slow());
        for _ in 0..8 {
            pace.count(Duration::from_micros(50));
        }
        assert!(pace.is_slow());
        for _ in 0..16 {
            pace.count(Duration::from_micros(1));
        }
        assert!(!pace.is_slow());
    }
}
