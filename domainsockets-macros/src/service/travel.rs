//! Which types can go from process to process, as far as their syntax tells.

use syn::visit::{self, Visit};
use syn::{
    Lifetime, Path, Type, TypeFnPtr, TypeImplTrait, TypeNever, TypePtr, TypeReference,
    TypeTraitObject,
};

use crate::service::errors::Sink;
use crate::service::model::{is_borrowable, unwrapped};

/// The type of an argument.
pub(crate) fn argument(ty: &Type, sink: &Sink<'_>) {
    let mut travel = Travel {
        sink,
        is_reply: false,
    };
    match unwrapped(ty) {
        // This reference alone is made by the server, whatever it refers to.
        Type::Reference(reference) if reference.mutability.is_none() => {
            travel.borrow_from_request(reference.lifetime.as_ref());
            travel.visit_type(&reference.elem);
        }
        ty => travel.visit_type(ty),
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

impl Travel<'_> {
    fn borrow_from_request(&self, lifetime: Option<&Lifetime>) {
        if let Some(lifetime) = lifetime.filter(|lifetime| lifetime.ident == "static") {
            self.sink.error(
                lifetime,
                "an argument borrows from its request: leave the lifetime out",
            );
        }
    }
}

impl Visit<'_> for Travel<'_> {
    fn visit_type_reference(&mut self, reference: &TypeReference) {
        if let Some(mutability) = &reference.mutability {
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
            self.borrow_from_request(reference.lifetime.as_ref());
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
            _ => visit::visit_path(self, path),
        }
    }
}
