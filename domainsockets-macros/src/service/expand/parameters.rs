//! The parameters of the generated items, and the field for types that no other field mentions.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{GenericParam, Generics, Ident, Token, TypeParamBound, parse_quote_spanned};

use crate::service::expand::span::at;
use crate::service::model::Service;

/// The parameters of an item.
pub(super) struct Parameters {
    /// With their bounds.
    pub(super) bounded: Generics,
    /// Without, as the item is declared.
    pub(super) declared: Generics,
}

/// Returns the parameters of a trait with the bounds that a service adds: its types cross threads, as the
/// service does.
pub(super) fn served(generics: &Generics) -> Generics {
    let mut generics = generics.clone();
    for parameter in generics.type_params_mut() {
        // The place where the compiler proposes other bounds.
        let site = at(parameter.ident.span());
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

/// Returns the parameters without their bounds, as a type declares them.
pub(super) fn unbounded(generics: &Generics) -> Generics {
    let mut generics = generics.clone();
    for parameter in generics.type_params_mut() {
        parameter.colon_token = None;
        parameter.bounds.clear();
    }
    generics.where_clause = None;
    generics
}

/// Returns the parameters of the server adapter: in front of the trait's, the implementation.
pub(super) fn of_server(service: &Service<'_>) -> Parameters {
    let (site, implementor) = (Span::mixed_site(), &service.added.implementor);
    let of_trait = of_trait(service);
    let mut bounded = served(service.generics);
    let mut declared = unbounded(&bounded);
    bounded
        .params
        .insert(0, parse_quote_spanned!(site=> #implementor: #of_trait));
    declared
        .params
        .insert(0, parse_quote_spanned!(site=> #implementor));
    Parameters { bounded, declared }
}

/// Returns the parameters of a stub: behind the trait's, the carrier of its calls, with its trait and the
/// usual one.
pub(super) fn of_stub(
    service: &Service<'_>,
    bound: &TokenStream,
    usual: &TokenStream,
) -> Parameters {
    let (site, carrier) = (Span::mixed_site(), &service.added.carrier);
    let mut bounded = served(service.generics);
    let mut declared = unbounded(&bounded);
    bounded
        .params
        .push(parse_quote_spanned!(site=> #carrier: #bound));
    declared
        .params
        .push(parse_quote_spanned!(site=> #carrier = #usual));
    Parameters { bounded, declared }
}

/// Returns the trait with its parameters, as a bound or a path has it.
pub(super) fn of_trait(service: &Service<'_>) -> TokenStream {
    let ident = service.ident;
    let (_, types, _) = service.generics.split_for_impl();
    quote!(#ident #types)
}

/// Returns the angle brackets of a stub over this carrier.
pub(super) fn over(service: &Service<'_>, carrier: &TokenStream) -> TokenStream {
    let names = names(service);
    quote_spanned!(Span::mixed_site()=> <#(#names,)* #carrier>)
}

/// Returns the parameters of the trait, by their names.
pub(super) fn names<'a>(service: &'a Service<'_>) -> Vec<&'a Ident> {
    let names = service
        .generics
        .params
        .iter()
        .filter_map(|param| match param {
            GenericParam::Type(param) => Some(&param.ident),
            GenericParam::Const(param) => Some(&param.ident),
            GenericParam::Lifetime(_) => None,
        });
    names.collect()
}

/// Returns the field for the types that no other field mentions, if there are any, and its value.
pub(super) fn phantom(service: &Service<'_>) -> Option<(TokenStream, TokenStream)> {
    let types: Vec<_> = service.generics.type_params().map(|ty| &ty.ident).collect();
    let site = Span::mixed_site();
    (!types.is_empty()).then(|| {
        (
            quote_spanned!(site=> types: ::core::marker::PhantomData<fn() -> (#(#types,)*)>,),
            quote_spanned!(site=> types: ::core::marker::PhantomData,),
        )
    })
}
