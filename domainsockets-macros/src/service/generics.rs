//! The parameters of a trait, and what is made of them.

use proc_macro2::Span;
use syn::visit::{self, Visit};
use syn::{
    GenericParam, Generics, ItemTrait, Path, Token, TraitBound, TypeParamBound, parse_quote_spanned,
};

use crate::service::errors::Sink;

/// The parameters that a service can have. The types among them cross threads, as the service does.
pub(crate) fn of(item: &ItemTrait) -> Generics {
    let mut generics = item.generics.clone();
    for parameter in generics.type_params_mut() {
        // There the compiler proposes other bounds.
        let site = Span::mixed_site().located_at(parameter.ident.span());
        parameter.colon_token.get_or_insert_with(|| Token![:](site));
        let bounds = [
            parse_quote_spanned!(site=> ::core::marker::Send),
            parse_quote_spanned!(site=> ::core::marker::Sync),
            parse_quote_spanned!(site=> 'static),
        ];
        parameter.bounds.extend::<[TypeParamBound; 3]>(bounds);
    }
    generics
}

/// The parameters without their bounds, as a type declares them.
pub(crate) fn unbounded(generics: &Generics) -> Generics {
    let mut generics = generics.clone();
    for parameter in generics.type_params_mut() {
        parameter.colon_token = None;
        parameter.bounds.clear();
    }
    generics.where_clause = None;
    generics
}

/// What no service can have among its parameters.
pub(crate) fn check(generics: &Generics, sink: &Sink<'_>) {
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

/// Looks through bounds for what only the trait itself can say.
struct Bounds<'s>(&'s Sink<'s>);

impl Visit<'_> for Bounds<'_> {
    fn visit_trait_bound(&mut self, bound: &TraitBound) {
        if let Some(question) = &bound.maybe {
            self.0.error(
                question,
                "what a service carries has a size: remove this bound",
            );
        }
        visit::visit_trait_bound(self, bound);
    }

    fn visit_path(&mut self, path: &Path) {
        match path.segments.first() {
            Some(first) if first.ident == "Self" => self.0.error(
                path,
                "the client does not know the server's `Self`: bind it behind the trait's name, as \
                 in `trait Name: Bound`",
            ),
            _ => visit::visit_path(self, path),
        }
    }
}
