//! What the keys of a method ask of its signature, and of each other.

use syn::{ReturnType, Signature};

use crate::service::args::RpcArgs;
use crate::service::errors::Sink;
use crate::service::model::Reply;
use crate::service::raw;

pub(crate) fn check(signature: &Signature, rpc: &RpcArgs, sink: &Sink<'_>) {
    let reply = Reply::new(&signature.output, rpc.fallible.is_some());
    if let (Some(key), Reply::Unit | Reply::Fallible(..)) = (&rpc.fallible, &reply) {
        sink.error(
            key,
            "`fallible` is for a method that returns an alias of `Result` with another name: \
             remove it",
        );
    }
    if let (Some(key), Some(_)) = (&rpc.blocking, &signature.asyncness) {
        sink.error(
            key,
            "an async method must not block its thread: remove `async`, or `blocking`",
        );
    }
    if rpc.oneway {
        oneway(signature, rpc, sink);
    }
    if rpc.raw.is_some() {
        raw::signature(signature, &reply, sink);
    }
}

/// A method for whose reply nobody waits.
fn oneway(signature: &Signature, rpc: &RpcArgs, sink: &Sink<'_>) {
    if let ReturnType::Type(_, ty) = &signature.output {
        sink.error(
            ty,
            "nobody waits for what a oneway method returns: remove this type, or `oneway`",
        );
    }
    if let Some(key) = &rpc.idempotent {
        sink.error(
            key,
            "a oneway call is never repeated, as nobody learns that it was lost: remove this, or \
             `oneway`",
        );
    }
}
