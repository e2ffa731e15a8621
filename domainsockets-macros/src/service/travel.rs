//! Which types can go from process to process, as far as their syntax tells.

use syn::visit::{self, Visit};
use syn::{
    Lifetime, Path, Type, TypeFnPtr, TypeImplTrait, TypeNever, TypePtr, TypeReference,
    TypeTraitObject,
};

use crate::service::errors::Sink;
use crate::service::model::{self, is_borrowable, unwrapped};

/// The type of an argument.
pub(crate) fn argument(ty: &Type, sink: &Sink<'_>) {
    let mut travel = Travel {
        sink,
        is_reply: false,
    };
    match unwrapped(ty) {
        // This reference alone is made by the server, whatever it refers to.
        Type::Reference(reference) if reference.mutability.is_none() => {
            borrow_from_request(reference.lifetime.as_ref(), sink);
            travel.visit_type(&reference.elem);
        }
        ty => travel.visit_type(ty),
    }
}

/// The type of the argument that stands for the circumstances of a call. It does not travel: the
/// server makes it.
pub(crate) fn context(ty: &Type, sink: &Sink<'_>) {
    let mut referent = unwrapped(ty);
    if let Type::Reference(reference) = referent {
        if let Some(mutability) = &reference.mutability {
            sink.error(
                mutability,
                "the circumstances of a call do not change: take `&Context` or `Context`",
            );
        }
        borrow_from_request(reference.lifetime.as_ref(), sink);
        referent = &reference.elem;
    }
    let last = model::context_path(referent).and_then(|path| path.segments.last());
    if let Some(last) = last.filter(|last| !last.arguments.is_none()) {
        sink.error(
            &last.arguments,
            "the `Context` of a call takes nothing in brackets: remove them (and give a type of \
             your own another name)",
        );
    }
}

/// The type that a method returns.
pub(crate) fn reply(ty: &Type, sink: &Sink<'_>) {
    let mut travel = Travel {
        sink,
        is_reply: true,
    };
    travel.visit_type(ty);
}

/// Looks through a type for what cannot go from process to process.
struct Travel<'s> {
    sink: &'s Sink<'s>,
    is_reply: bool,
}

impl Visit<'_> for Travel<'_> {
    fn visit_type_reference(&mut self, reference: &TypeReference) {
        if model::context_path(&reference.elem).is_some_and(is_context) {
            self.visit_type(&reference.elem);
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
        } else if is_borrowable(&reference.elem) {
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
        self.sink.error(
            ty,
            "both processes must know this type: name it instead of `impl`",
        );
    }

    fn visit_type_trait_object(&mut self, ty: &TypeTraitObject) {
        self.sink.error(
            ty,
            "both processes must know this type: name it instead of `dyn`",
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
            "a function cannot go to another process: describe it with data",
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
            _ if is_context(path) => {
                self.sink.error(
                    path,
                    "the `Context` of a call does not travel: take it right behind `&self`, as \
                     `Context` or `&Context` (and give a type of your own another name)",
                );
            }
            _ => visit::visit_path(self, path),
        }
    }
}

/// Whether a path means the `Context` of a call. One with brackets is a type of the user's own.
fn is_context(path: &Path) -> bool {
    let last = path.segments.last();
    last.is_some_and(|last| last.ident == "Context" && last.arguments.is_none())
}

fn borrow_from_request(lifetime: Option<&Lifetime>, sink: &Sink<'_>) {
    if let Some(lifetime) = lifetime.filter(|lifetime| lifetime.ident == "static") {
        sink.error(
            lifetime,
            "an argument borrows from its request: leave the lifetime out",
        );
    }
}
