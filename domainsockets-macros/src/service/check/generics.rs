//! The rules for generic parameters.

use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{GenericParam, Generics, Path, TraitBound};

use crate::service::errors::Sink;

/// Checks the parameters of the trait.
pub(crate) fn of_trait(generics: &Generics, sink: &Sink<'_>) {
    for parameter in &generics.params {
        if let GenericParam::Lifetime(parameter) = parameter {
            sink.error(
                &parameter.lifetime,
                "a service cannot have lifetimes: leave them out, replies own what they hold",
            );
        }
    }
    Bounds(sink).visit_generics(generics);
}

/// Checks the parameters of a method, which can have none.
pub(crate) fn of_method(generics: &Generics, sink: &Sink<'_>) {
    for param in &generics.params {
        let (name, instead): (&dyn ToTokens, _) = match param {
            GenericParam::Lifetime(param) => (
                &param.lifetime,
                "leave lifetimes out, replies own what they hold",
            ),
            GenericParam::Type(param) => (&param.ident, "name the type that goes over the wire"),
            GenericParam::Const(param) => (&param.ident, "write the number in its place"),
        };
        sink.error(
            name,
            format_args!("a method of a service cannot be generic: {instead}"),
        );
    }
    if let Some(clause) = &generics.where_clause {
        sink.error(
            clause.where_token,
            "a method of a service cannot have a where clause: remove it",
        );
    }
}

/// Looks through bounds for those that the generated items could not have.
struct Bounds<'s>(&'s Sink<'s>);

impl Visit<'_> for Bounds<'_> {
    fn visit_trait_bound(&mut self, bound: &TraitBound) {
        if let Some(question) = &bound.maybe {
            self.0.error(
                question,
                "a request and a reply carry types with a size only: remove this bound",
            );
        }
        visit::visit_trait_bound(self, bound);
    }

    fn visit_path(&mut self, path: &Path) {
        match path.segments.first() {
            Some(first) if first.ident == "Self" => self.0.error(
                path,
                "the client does not know the server's `Self`: write the bound behind the trait's \
                 name, as in `trait Name: Bound`",
            ),
            _ => visit::visit_path(self, path),
        }
    }
}
