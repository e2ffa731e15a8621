//! Methods that only wait, which end as soon as the server begins to shut down.

use crate::request::Context;
use crate::server::Failure;
use crate::wire::{Cause, Payload};

/// Runs a method that waits, until the server of `context` begins to shut down. Then it drops the method's
/// future, and the caller gets [`ShuttingDown`](crate::Error::ShuttingDown).
///
/// # Errors
///
/// Those of the method; [`Failure`] if the server shuts down.
pub async fn unless_shutting_down<F>(
    context: Context,
    method: F,
) -> Result<Payload<'static>, Failure>
where
    F: Future<Output = Result<Payload<'static>, Failure>>,
{
    // A request that was received before and is read now has not begun yet.
    if context.is_shutting_down() {
        return Err(Failure(Cause::ShuttingDown));
    }
    tokio::select! {
        biased;
        // A result that is ready is not thrown away.
        result = method => result,
        () = context.shutting_down() => Err(Failure(Cause::ShuttingDown)),
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::Arc;
    use std::task::{self, Poll, Waker};

    use super::unless_shutting_down;
    use crate::peer::Peer;
    use crate::request::{ConnectionInfo, Context, OneShotEvent, RequestState};
    use crate::server::Failure;
    use crate::transport::this_process;
    use crate::wire::{Cause, Payload};

    fn context(shutting_down: &Arc<OneShotEvent>) -> Context {
        let origin = Peer::new(this_process(), None).into();
        let connection = ConnectionInfo::new(origin, Arc::clone(shutting_down));
        Context::new(RequestState::new(&"poll".into(), &connection, None))
    }

    #[test]
    fn a_method_is_not_begun_while_the_server_shuts_down() {
        let shutting_down = Arc::new(OneShotEvent::default());
        shutting_down.set();
        let method = async { panic!("it is polled") };
        let waiting = pin!(unless_shutting_down(context(&shutting_down), method));
        let polled = waiting.poll(&mut task::Context::from_waker(Waker::noop()));
        assert!(matches!(
            polled,
            Poll::Ready(Err(Failure(Cause::ShuttingDown)))
        ));
    }

    #[test]
    fn a_result_that_is_ready_counts() {
        let shutting_down = Arc::new(OneShotEvent::default());
        let method = async {
            shutting_down.set();
            Ok(Payload::from(vec![7]))
        };
        let waiting = pin!(unless_shutting_down(context(&shutting_down), method));
        let polled = waiting.poll(&mut task::Context::from_waker(Waker::noop()));
        assert!(matches!(polled, Poll::Ready(Ok(data)) if data.len() == 1));
    }
}
