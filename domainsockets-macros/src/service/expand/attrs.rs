//! The user's attributes that generated items inherit from the trait or the method.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Meta, Path, Token};

use crate::service::expand::docs::Docs;
use crate::service::expand::span::at;
use crate::service::model::{Method, Service};

/// Returns the attributes of a struct that is generated for the trait: whether it exists, should be used and
/// is shown, and the user's lint levels.
pub(super) fn of_struct(service: &Service<'_>) -> TokenStream {
    inherited(service.attrs, inherited_by_items)
}

/// Returns the attributes of what mentions the trait: whether it exists, the user's lint levels, and that a
/// deprecated trait may be mentioned.
pub(super) fn of_mention(attrs: &[Attribute]) -> TokenStream {
    let kept = inherited(attrs, |meta| {
        if is(meta, "cfg") {
            return Some(meta.to_token_stream());
        }
        level(meta)
    });
    let allowed = allow_deprecated(attrs);
    quote!(#kept #allowed)
}

/// Returns the attributes of the constant with a method's handler name.
pub(super) fn of_constant(method: &Method<'_>) -> TokenStream {
    inherited(method.attrs, |meta| {
        is_standing(meta).then(|| meta.to_token_stream())
    })
}

/// Returns the attributes of a stub's method: those of a struct, and the documentation.
pub(super) fn of_stub(service: &Service<'_>, method: &Method<'_>) -> TokenStream {
    let mut docs = Docs::new(service);
    let kept = inherited(method.attrs, |meta| {
        if is_doc_comment(meta) {
            Some(docs.of_stub(meta))
        } else {
            inherited_by_items(meta)
        }
    });
    let missing = (!method.attrs.iter().any(|attr| is_doc_comment(&attr.meta)))
        .then(|| Docs::of_call(service, method));
    quote!(#missing #kept)
}

/// Returns the attributes that say whether a thing exists.
pub(super) fn cfg(attrs: &[Attribute]) -> TokenStream {
    let cfg = attrs.iter().filter(|attr| is(&attr.meta, "cfg"));
    quote!(#(#cfg)*)
}

/// Returns the attributes of a statement that uses a method: whether it exists, and that a deprecated one may
/// be used.
pub(super) fn of_use(attrs: &[Attribute]) -> TokenStream {
    let (cfg, allowed) = (cfg(attrs), allow_deprecated(attrs));
    quote!(#cfg #allowed)
}

/// Whether these attributes expect their item to be dead code.
pub(super) fn expect_dead_code(attrs: &[Attribute]) -> bool {
    let mut is_expected = false;
    inherited(attrs, |meta| {
        is_expected |= expected(meta).iter().flatten().any(is_dead_code);
        None
    });
    is_expected
}

/// Returns the attribute that allows the use of a deprecated item. Its callers are warned, the generated code
/// that makes it callable is not.
fn allow_deprecated(attrs: &[Attribute]) -> TokenStream {
    inherited(attrs, |meta| {
        let site = at(meta.span());
        is(meta, "deprecated").then(|| {
            quote_spanned! {site=>
                allow(deprecated, reason = "its callers are warned, not what makes it callable")
            }
        })
    })
}

/// Returns the attributes that `keep` keeps, in its form, inside of `cfg_attr` too.
fn inherited(
    attrs: &[Attribute],
    mut keep: impl FnMut(&Meta) -> Option<TokenStream>,
) -> TokenStream {
    let kept = attrs.iter().filter_map(|attr| {
        let meta = inherited_meta(&attr.meta, &mut keep)?;
        let site = at(attr.span());
        Some(quote_spanned!(site=> #[#meta]))
    });
    kept.collect()
}

fn inherited_meta(
    meta: &Meta,
    keep: &mut dyn FnMut(&Meta) -> Option<TokenStream>,
) -> Option<TokenStream> {
    let Meta::List(list) = meta else {
        return keep(meta);
    };
    if !list.path.is_ident("cfg_attr") {
        return keep(meta);
    }
    let mut tokens = list.tokens.clone().into_iter();
    let condition: TokenStream = tokens
        .by_ref()
        .take_while(|token| !matches!(token, TokenTree::Punct(comma) if comma.as_char() == ','))
        .collect();
    let metas = Punctuated::<Meta, Token![,]>::parse_terminated;
    // What cannot be parsed, the compiler reports in the trait.
    let metas = metas.parse2(tokens.collect()).unwrap_or_default();
    let kept: Vec<_> = metas
        .iter()
        .filter_map(|meta| inherited_meta(meta, keep))
        .collect();
    let path = &list.path;
    (!kept.is_empty()).then(|| quote_spanned!(at(list.path.span())=> #path(#condition, #(#kept),*)))
}

/// Returns an attribute that every item has from what it is generated for, in the form that it has there.
fn inherited_by_items(meta: &Meta) -> Option<TokenStream> {
    if is_standing(meta) {
        return Some(meta.to_token_stream());
    }
    level(meta)
}

/// Returns a lint level as generated code can have it. An expectation is fulfilled in the trait, and need not be
/// in the stub as well. If dead code is expected, nothing may allow it: what is allowed to be dead counts as
/// used, with everything that it uses.
fn level(meta: &Meta) -> Option<TokenStream> {
    let Some(lints) = expected(meta) else {
        return is_lint(meta).then(|| meta.to_token_stream());
    };
    let lints = lints.iter().filter(|lint| !is_dead_code(lint));
    let lints: Vec<_> = lints.collect();
    let is_any = lints.iter().any(|lint| !is(lint, "reason"));
    is_any.then(|| quote_spanned!(at(meta.span())=> allow(#(#lints),*)))
}

/// Returns the arguments of an `expect`.
fn expected(meta: &Meta) -> Option<Vec<Meta>> {
    match meta {
        Meta::List(list) if list.path.is_ident("expect") => {
            let lints = Punctuated::<Meta, Token![,]>::parse_terminated;
            let lints = lints.parse2(list.tokens.clone()).unwrap_or_default();
            Some(lints.into_iter().collect())
        }
        _ => None,
    }
}

/// Whether a lint finds dead code, or is a group of lints that does.
fn is_dead_code(lint: &Meta) -> bool {
    ["dead_code", "unused", "warnings"]
        .iter()
        .any(|name| is(lint, name))
}

/// Whether an attribute says if a thing exists, should be used, or is shown.
fn is_standing(meta: &Meta) -> bool {
    is(meta, "cfg") || is(meta, "deprecated") || (is(meta, "doc") && !is_doc_comment(meta))
}

fn is_lint(meta: &Meta) -> bool {
    ["allow", "warn", "deny", "forbid"]
        .iter()
        .any(|level| is(meta, level))
}

fn is_doc_comment(meta: &Meta) -> bool {
    matches!(meta, Meta::NameValue(_)) && is(meta, "doc")
}

fn is(meta: &Meta, name: &str) -> bool {
    let path: &Path = meta.path();
    path.is_ident(name)
}
