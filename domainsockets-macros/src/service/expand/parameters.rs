//! What the items of a service have in their angle brackets, and the field for those types that no
//! other field has.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{GenericParam, Generics, Ident, parse_quote_spanned};

use crate::service::expand::item::Made;
use crate::service::expand::span::generated;
use crate::service::generics::unbounded;
use crate::service::model::Service;

/// The parameters of an item.
pub(super) struct Parameters {
    /// With their bounds.
    pub(super) bounded: Generics,
    /// Without, as the item is declared.
    pub(super) declared: Generics,
}

/// The parameters of the server adapter: in front of the trait's, what implements it.
pub(super) fn of_server(service: &Service<'_>) -> Parameters {
    let (site, implementor) = (Span::mixed_site(), &service.implementor);
    let of_trait = of_trait(service);
    let mut bounded = service.generics.clone();
    let mut declared = unbounded(&bounded);
    bounded
        .params
        .insert(0, parse_quote_spanned!(site=> #implementor: #of_trait));
    declared
        .params
        .insert(0, parse_quote_spanned!(site=> #implementor));
    Parameters { bounded, declared }
}

/// The parameters of the stub: behind the trait's, what carries its calls.
pub(super) fn of_client(service: &Service<'_>, made: Made) -> Parameters {
    let Service { carrier, krate, .. } = service;
    let usual = if made.tokio {
        quote!(#krate::Client)
    } else {
        quote!(#krate::blocking::Client)
    };
    let site = Span::mixed_site();
    let mut bounded = service.generics.clone();
    let mut declared = unbounded(&bounded);
    bounded
        .params
        .push(parse_quote_spanned!(site=> #carrier: #krate::Carrier));
    declared
        .params
        .push(parse_quote_spanned!(site=> #carrier = #usual));
    Parameters { bounded, declared }
}

/// The trait with its parameters, as a bound or a path has it.
pub(super) fn of_trait(service: &Service<'_>) -> TokenStream {
    let kind = generated(service.ident);
    let (_, types, _) = service.generics.split_for_impl();
    quote!(#kind #types)
}

/// What stands in the angle brackets of the stub over this carrier.
pub(super) fn over(service: &Service<'_>, carrier: &TokenStream) -> TokenStream {
    let names = names(service);
    quote!(<#(#names,)* #carrier>)
}

/// The parameters of the trait, by their names.
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

/// The field for the types that no other field has, if there are any, and its value.
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
