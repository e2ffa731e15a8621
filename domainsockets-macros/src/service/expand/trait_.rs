//! The trait itself, as implementations and callers see it.

use proc_macro2::Span;
use quote::quote_spanned;
use syn::{
    Attribute, FnArg, ItemTrait, Pat, ReturnType, Signature, TraitItem, TraitItemFn, parse_quote,
    parse_quote_spanned,
};

use crate::service::attr::{in_cfg_attr, is_rpc};
use crate::service::expand::parameters::served;
use crate::service::expand::span::at;

/// Returns the trait as one that can be served from any task of any thread.
///
/// Syntax that this attribute has reported is repaired, so that the compiler does not report it again in other
/// words.
pub(crate) fn expand(mut item: ItemTrait) -> ItemTrait {
    item.modifiers.auto_token = None;
    item.attrs.retain(is_for_the_compiler);
    let site = Span::mixed_site();
    item.generics = served(&item.generics);
    item.colon_token.get_or_insert_default();
    item.supertraits
        .push(parse_quote_spanned!(site=> ::core::marker::Send));
    item.supertraits
        .push(parse_quote_spanned!(site=> ::core::marker::Sync));
    item.supertraits.push(parse_quote_spanned!(site=> 'static));
    for item in &mut item.items {
        if let TraitItem::Fn(method) = item {
            method.attrs.retain(is_for_the_compiler);
            for input in &mut method.sig.inputs {
                attrs_of(input).retain(is_for_the_compiler);
            }
            repair(method);
            promise_send(method);
        }
    }
    item
}

fn is_for_the_compiler(attr: &Attribute) -> bool {
    !is_rpc(attr) && !in_cfg_attr(attr).iter().any(|attr| attr.is_ident("rpc"))
}

fn attrs_of(input: &mut FnArg) -> &mut Vec<Attribute> {
    match input {
        FnArg::Receiver(receiver) => &mut receiver.attrs,
        FnArg::Typed(argument) => &mut argument.attrs,
    }
}

fn repair(method: &mut TraitItemFn) {
    let Signature {
        constness,
        variadic,
        inputs,
        ..
    } = &mut method.sig;
    *constness = None;
    *variadic = None;
    if method.default.is_some() {
        // With a body, patterns are right, and the body needs what they bind.
        return;
    }
    for input in inputs {
        if let FnArg::Typed(argument) = input
            && !matches!(&*argument.pat, Pat::Ident(pat) if pat.mutability.is_none())
        {
            argument.pat = parse_quote!(_);
        }
    }
}

// Input:
//     async fn get(&self, key: &str) -> Option<Vec<u8>>;
//
// Output:
//     fn get(&self, key: &str)
//         -> impl ::core::future::Future<Output = Option<Vec<u8>>> + ::core::marker::Send;
fn promise_send(method: &mut TraitItemFn) {
    let Some(asyncness) = method.sig.asyncness.take() else {
        return;
    };
    let site = at(asyncness.span);
    let output = match &method.sig.output {
        ReturnType::Default => quote_spanned!(site=> ()),
        ReturnType::Type(_, ty) => quote_spanned!(site=> #ty),
    };
    method.sig.output = parse_quote_spanned! {site=>
        -> impl ::core::future::Future<Output = #output> + ::core::marker::Send
    };
    if let Some(body) = &method.default {
        method.default = Some(parse_quote_spanned!(site=> { async move #body }));
    }
}
