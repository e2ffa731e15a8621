//! The rules for raw methods, whose requests and replies are plain bytes.

use syn::{Path, Signature, Type};

use crate::service::attr::is_rpc;
use crate::service::errors::Sink;
use crate::service::types::{
    Passing, Reply, is_byte_buf, is_called_bytes, split_context, unwrapped,
};

/// Checks the signature of a raw method.
pub(crate) fn signature(signature: &Signature, reply: &Reply<'_>, krate: &Path, sink: &Sink<'_>) {
    arguments(signature, krate, sink);
    if let Some(ty) = value(reply).filter(|ty| !is_unit(ty) && !is_owned_bytes(ty)) {
        sink.error(
            ty,
            "a raw method returns the bytes of its reply: `Vec<u8>`, `Bytes`, nothing, or a `Result` \
             of one of them",
        );
    }
}

fn arguments(signature: &Signature, krate: &Path, sink: &Sink<'_>) {
    let (_, mut arguments) = split_context(signature, krate);
    if let Some(data) = arguments.next() {
        if !is_owned_bytes(&data.ty) && !matches!(Passing::new(&data.ty, krate), Passing::Bytes) {
            sink.error(
                &data.ty,
                "a raw method takes the bytes of its request: `&[u8]`, `Vec<u8>` or `Bytes`",
            );
        }
        for attr in data.attrs.iter().filter(|attr| is_rpc(attr)) {
            sink.error(
                attr,
                "a raw method's request carries no names: remove `#[rpc(…)]`",
            );
        }
    }
    for more in arguments {
        sink.error(
            &more.pat,
            "a raw method has one argument, the whole request: put this into it",
        );
    }
}

/// Returns the type of a raw method's success, unless an alias hides it.
fn value<'a>(reply: &Reply<'a>) -> Option<&'a Type> {
    match reply {
        Reply::Value(ty) | Reply::Fallible(ty, _) => Some(ty),
        Reply::Unit | Reply::Alias(_) => None,
    }
}

/// Whether a type may be owned bytes. Which `Bytes` it is, the compiler checks.
fn is_owned_bytes(ty: &Type) -> bool {
    is_byte_buf(ty) || is_called_bytes(ty)
}

fn is_unit(ty: &Type) -> bool {
    matches!(unwrapped(ty), Type::Tuple(tuple) if tuple.elems.is_empty())
}
