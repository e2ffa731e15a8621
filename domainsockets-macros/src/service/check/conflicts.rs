//! The rules for what excludes each other: the keys of a method and its signature, the names of its
//! arguments, and the methods of a trait.

use syn::ext::IdentExt;
use syn::{Ident, LitStr, Path, ReturnType, Signature};

use crate::service::attr::RpcArgs;
use crate::service::check::raw;
use crate::service::errors::Sink;
use crate::service::model::{Argument, Method};
use crate::service::types::Reply;

/// Checks the keys of a method against its signature, and against each other.
pub(crate) fn keys(signature: &Signature, rpc: &RpcArgs, krate: &Path, sink: &Sink<'_>) {
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
    if rpc.oneway.is_some() {
        oneway(signature, rpc, sink);
    }
    if let Some(key) = &rpc.wait {
        wait(signature, rpc, key, sink);
    }
    if rpc.raw.is_some() {
        raw::signature(signature, &reply, krate, sink);
    }
}

/// Checks a method whose caller does not wait for a reply.
fn oneway(signature: &Signature, rpc: &RpcArgs, sink: &Sink<'_>) {
    if let ReturnType::Type(_, ty) = &signature.output {
        sink.error(
            ty,
            "a oneway method has no reply: remove this type, or `oneway`",
        );
    }
    if let Some(key) = &rpc.idempotent {
        sink.error(
            key,
            "a oneway call is never repeated, as its client does not learn that it was lost: \
             remove this, or `oneway`",
        );
    }
}

/// Checks a method that a shutdown ends.
fn wait(signature: &Signature, rpc: &RpcArgs, key: &Ident, sink: &Sink<'_>) {
    if rpc.oneway.is_some() {
        sink.error(
            key,
            "a oneway call has no reply to wait for: remove `wait`, or `oneway`",
        );
    } else if rpc.blocking.is_some() {
        sink.error(
            key,
            "a shutdown cannot end a thread: remove `wait`, or write an `async fn` without `blocking`",
        );
    } else if signature.asyncness.is_none() {
        sink.error(
            key,
            "a shutdown can end an async method only: write `async fn`, or remove `wait`",
        );
    }
    if rpc.no_cancel.is_some() {
        sink.error(
            key,
            "a shutdown ends a method with `wait`, and waits for one with `no_cancel`: keep one of \
             them",
        );
    }
}

/// Checks that the names of the arguments differ, in a service whose codec may send them.
pub(crate) fn argument_names(arguments: &[Argument<'_>], sink: &Sink<'_>) {
    for (index, argument) in arguments.iter().enumerate() {
        let earlier = arguments.iter().take(index);
        if { earlier }.any(|earlier| earlier.wire_name.value() == argument.wire_name.value()) {
            sink.error(
                &argument.wire_name,
                format_args!(
                    "an argument before this has the name `{}` as well: change one of them",
                    argument.wire_name.value()
                ),
            );
        }
    }
}

/// Checks that the names of one method differ.
pub(crate) fn own_names(handler: &LitStr, aliases: &[LitStr], sink: &Sink<'_>) {
    let mut names = vec![handler.value()];
    for alias in aliases {
        let name = alias.value();
        if names.contains(&name) {
            sink.error(alias, "the method has this name already: remove it");
        }
        names.push(name);
    }
}

/// Returns the name of `method` that `earlier` has as well.
fn shared<'m>(method: &'m Method<'_>, earlier: &Method<'_>) -> Option<&'m LitStr> {
    names(method).find(|name| names(earlier).any(|other| other.value() == name.value()))
}

fn names<'m>(method: &'m Method<'_>) -> impl Iterator<Item = &'m LitStr> {
    [&method.handler].into_iter().chain(&method.aliases)
}

/// Returns the methods whose names differ. A method with a name of an earlier one is reported and left out.
///
/// Of methods with a `#[cfg]`, only the compiler knows which exist together. It reports equal constants,
/// and the server reports equal handler names when the service is added.
pub(crate) fn without_clashes<'a>(methods: Vec<Method<'a>>, sink: &Sink<'_>) -> Vec<Method<'a>> {
    let mut distinct = Vec::<Method<'a>>::new();
    for method in methods {
        let own = sink.child();
        let is_conditional =
            |method: &Method<'_>| method.attrs.iter().any(|attr| attr.path().is_ident("cfg"));
        let rivals = distinct
            .iter()
            .filter(|earlier| !is_conditional(earlier) && !is_conditional(&method));
        for earlier in rivals {
            if let Some(name) = shared(&method, earlier) {
                own.error(
                    name,
                    format_args!(
                        "the handler name of `{}` is the same: change one of them",
                        earlier.ident.unraw()
                    ),
                );
            } else if earlier.constant == method.constant {
                own.error(
                    method.ident,
                    format_args!(
                        "the constant `{}` is that of `{}` as well: rename one of them",
                        method.constant,
                        earlier.ident.unraw()
                    ),
                );
            }
        }
        if !own.failed() {
            distinct.push(method);
        }
    }
    distinct
}
