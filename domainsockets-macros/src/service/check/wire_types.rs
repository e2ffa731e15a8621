//! The rules for the types of arguments and replies, as far as their syntax tells.

use syn::visit::{self, Visit};
use syn::{
    Ident, Lifetime, Path, Type, TypeFnPtr, TypeImplTrait, TypeNever, TypeParamBound, TypePtr,
    TypeReference, TypeTraitObject,
};

use crate::service::errors::Sink;
use crate::service::types::{is_borrowable, is_context, unwrapped};

/// Checks the type of an argument.
pub(crate) fn argument(ty: &Type, krate: &Path, sink: &Sink<'_>) {
    let mut wire = WireType {
        krate,
        sink,
        is_reply: false,
    };
    match unwrapped(ty) {
        // The server makes the outermost reference, whatever it refers to.
        Type::Reference(reference) if reference.mutability.is_none() => {
            borrow_from_request(reference.lifetime.as_ref(), sink);
            wire.visit_type(&reference.elem);
        }
        ty => wire.visit_type(ty),
    }
}

/// Checks the type of the argument that is the context of a call.
pub(crate) fn context(ty: &Type, sink: &Sink<'_>) {
    if let Type::Reference(reference) = unwrapped(ty) {
        if let Some(mutability) = &reference.mutability {
            sink.error(
                mutability,
                "the context of a call does not change: take `&Context` or `Context`",
            );
        }
        borrow_from_request(reference.lifetime.as_ref(), sink);
    }
}

/// Checks the type that a method returns.
pub(crate) fn reply(ty: &Type, krate: &Path, sink: &Sink<'_>) {
    let mut wire = WireType {
        krate,
        sink,
        is_reply: true,
    };
    wire.visit_type(ty);
}

/// Looks through a type for what a message cannot carry.
struct WireType<'s> {
    krate: &'s Path,
    sink: &'s Sink<'s>,
    is_reply: bool,
}

impl Visit<'_> for WireType<'_> {
    fn visit_type_reference(&mut self, reference: &TypeReference) {
        let referent = unwrapped(&reference.elem);
        let is_context = matches!(
            referent,
            Type::Path(ty) if ty.qself.is_none() && is_context(&ty.path, self.krate)
        );
        if is_context {
            self.visit_type(referent);
        } else if let Some(mutability) = &reference.mutability {
            self.sink.error(
                mutability,
                "another process cannot write to this reference: return the new value instead",
            );
        } else if self.is_reply {
            self.sink.error(
                reference,
                "a reply owns what it holds: return `String`, `Vec<T>` or `T` instead of a \
                 reference",
            );
        } else if is_borrowable(referent) {
            borrow_from_request(reference.lifetime.as_ref(), self.sink);
        } else {
            self.sink.error(
                reference,
                "inside another type only `&str`, `&[u8]` and `&Path` can borrow from the \
                 request: take the value itself",
            );
        }
    }

    fn visit_lifetime(&mut self, lifetime: &Lifetime) {
        if self.is_reply && lifetime.ident != "static" {
            self.sink.error(
                lifetime,
                "a reply owns what it holds: only `'static` can stand here",
            );
        }
    }

    fn visit_type_impl_trait(&mut self, ty: &TypeImplTrait) {
        let traits = ty.bounds.iter().filter_map(name_of_trait);
        let names: Vec<_> = traits.map(ToString::to_string).collect();
        let is_any = |known: &[&str]| names.iter().any(|name| known.contains(&&**name));
        let message = if is_any(&["Stream", "Iterator", "AsyncIterator"]) {
            if self.is_reply {
                "a method returns one reply, and no stream: return a `Vec`, or let the client ask \
                 for one part after another"
            } else {
                "a request carries all of its arguments at once, and no stream: take a slice or a \
                 `Vec`"
            }
        } else if is_any(&["Future", "IntoFuture"]) && self.is_reply {
            "write `async fn` and the type that the future gives: the trait then returns an \
             `impl Future`"
        } else {
            "both processes must know this type: write its name instead of `impl`"
        };
        self.sink.error(ty, message);
    }

    fn visit_type_trait_object(&mut self, ty: &TypeTraitObject) {
        self.sink.error(
            ty,
            "both processes must know this type: write its name instead of `dyn`",
        );
    }

    fn visit_type_ptr(&mut self, ty: &TypePtr) {
        self.sink.error(
            ty,
            "a pointer means nothing to another process: take the value itself",
        );
    }

    fn visit_type_fn_ptr(&mut self, ty: &TypeFnPtr) {
        self.sink.error(
            ty,
            "a function cannot be sent to another process: describe it with data",
        );
    }

    fn visit_type_never(&mut self, ty: &TypeNever) {
        self.sink.error(
            ty,
            "a call must end with a reply: return `()` instead of `!`",
        );
    }

    fn visit_path(&mut self, path: &Path) {
        match path.segments.first() {
            Some(first) if first.ident == "Self" => {
                self.sink.error(
                    path,
                    "the client does not know the server's `Self`: name a type",
                );
            }
            _ if is_context(path, self.krate) => {
                self.sink.error(
                    path,
                    "no message carries the `Context` of a call: take it as the first argument, as \
                     `Context` or `&Context` (write a type of your own with its path, as in \
                     `crate::Context`)",
                );
            }
            _ => visit::visit_path(self, path),
        }
    }
}

fn name_of_trait(bound: &TypeParamBound) -> Option<&Ident> {
    match bound {
        TypeParamBound::Trait(bound) => bound.path.segments.last().map(|last| &last.ident),
        _ => None,
    }
}

fn borrow_from_request(lifetime: Option<&Lifetime>, sink: &Sink<'_>) {
    if let Some(lifetime) = lifetime.filter(|lifetime| lifetime.ident == "static") {
        sink.error(
            lifetime,
            "an argument borrows from its request: leave the lifetime out",
        );
    }
}
