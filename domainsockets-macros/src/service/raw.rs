//! The rules for methods whose data no codec touches.

use syn::{Signature, Type};

use crate::service::errors::Sink;
use crate::service::model::{Passing, Reply, split_context, unwrapped};

/// The signature of a raw method.
pub(crate) fn signature(signature: &Signature, reply: &Reply<'_>, sink: &Sink<'_>) {
    arguments(signature, sink);
    if let Some(ty) = value(reply).filter(|ty| !is_unit(ty) && !is_owned_bytes(ty)) {
        sink.error(
            ty,
            "a raw method returns the data of its reply as they are: `Vec<u8>`, `Bytes`, \
             nothing, or a `Result` of one of them",
        );
    }
}

fn arguments(signature: &Signature, sink: &Sink<'_>) {
    let (_, mut arguments) = split_context(signature);
    if let Some(data) = arguments.next()
        && !is_owned_bytes(&data.ty)
        && !matches!(Passing::new(&data.ty), Passing::Bytes)
    {
        sink.error(
            &data.ty,
            "a raw method takes the data of its request as they are: `&[u8]`, `Vec<u8>` or `Bytes`",
        );
    }
    for more in arguments {
        sink.error(
            &more.pat,
            "a raw method has one argument, all of the request: put this into it",
        );
    }
}

/// The type of what a raw method returns if all goes well, as far as it can be seen.
fn value<'a>(reply: &Reply<'a>) -> Option<&'a Type> {
    match reply {
        Reply::Value(ty) | Reply::Fallible(ty, _) => Some(ty),
        Reply::Unit | Reply::Alias(_) => None,
    }
}

fn is_owned_bytes(ty: &Type) -> bool {
    matches!(Passing::new(ty), Passing::ByteBuf | Passing::Shared(_))
}

fn is_unit(ty: &Type) -> bool {
    matches!(unwrapped(ty), Type::Tuple(tuple) if tuple.elems.is_empty())
}
