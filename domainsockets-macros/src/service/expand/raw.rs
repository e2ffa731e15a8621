//! Methods whose requests and replies are plain bytes.

use proc_macro2::TokenStream;
use quote::quote_spanned;
use syn::Path;
use syn::spanned::Spanned;

use crate::service::expand::span::{at, generated, moved};
use crate::service::model::{Argument, Method};
use crate::service::types::{Passing, Reply};

/// Returns the expression for what a stub sends.
pub(super) fn sent(krate: &Path, method: &Method<'_>) -> TokenStream {
    let Some(Argument {
        ident, ty, passing, ..
    }) = method.arguments.first()
    else {
        return quote_spanned!(at(method.arguments_span)=> #krate::__private::Bytes::new());
    };
    let (ident, site) = (generated(ident), at(ty.span()));
    if matches!(passing, Passing::Bytes) {
        let copy = quote_spanned!(site=> #krate::__private::Bytes::copy_from_slice);
        let copy = moved(copy, ty.span());
        return quote_spanned!(site=> #copy(#ident));
    }
    let argument = quote_spanned!(site=> #krate::__private::RawArgument);
    let argument = moved(argument, ty.span());
    quote_spanned!(site=> #argument(#ident).data())
}

/// Returns the expression that a server passes to the method.
pub(super) fn passed(krate: &Path, argument: &Argument<'_>) -> TokenStream {
    let (ty, span) = (argument.ty, argument.ty.span());
    let site = at(span);
    if matches!(argument.passing, Passing::Bytes) {
        return quote_spanned!(site=> request.data());
    }
    let request = quote_spanned!(site=> #krate::__private::RawRequest::<#ty>);
    let request = moved(request, span);
    quote_spanned!(site=> #request::argument(&request))
}

/// Returns the expression that makes a reply of the result of this expression.
pub(super) fn encode(krate: &Path, method: &Method<'_>, result: &TokenStream) -> TokenStream {
    let site = at(method.reply_span);
    let reply = moved(
        quote_spanned!(site=> #krate::__private::RawResult),
        method.reply_span,
    );
    match method.reply {
        Reply::Unit | Reply::Value(_) => quote_spanned!(site=> #reply(#result).value()),
        Reply::Fallible(..) | Reply::Alias(_) => quote_spanned!(site=> #reply(#result).result()),
    }
}

/// Returns the type of the method's success.
pub(super) fn success(krate: &Path, method: &Method<'_>) -> TokenStream {
    let site = at(method.reply_span);
    match method.reply {
        Reply::Unit => quote_spanned!(site=> ()),
        Reply::Value(ty) | Reply::Fallible(ty, _) => quote_spanned!(site=> #ty),
        Reply::Alias(ty) => quote_spanned!(site=> <#ty as #krate::__private::Fallible>::Ok),
    }
}

/// Returns what the stub's method returns. The method's own error is a text there.
pub(super) fn output(krate: &Path, method: &Method<'_>) -> TokenStream {
    let site = at(method.reply_span);
    let ok = success(krate, method);
    quote_spanned!(site=> ::core::result::Result<#ok, #krate::Error>)
}
