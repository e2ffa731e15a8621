//! What a stub's method returns, and the function that calls for it.

use proc_macro2::TokenStream;
use quote::quote_spanned;
use syn::Path;

use crate::service::expand::codec;
use crate::service::expand::raw;
use crate::service::expand::span::{at, moved};
use crate::service::model::{Completion, Encoding, Method, Service};
use crate::service::types::Reply;

/// Returns the type that the stub's method returns.
pub(super) fn output(krate: &Path, method: &Method<'_>) -> TokenStream {
    if method.encoding == Encoding::Raw {
        return raw::output(krate, method);
    }
    let site = at(method.reply_span);
    let types = match method.reply {
        Reply::Unit => quote_spanned!(site=> (), #krate::Error),
        Reply::Value(ty) => quote_spanned!(site=> #ty, #krate::Error),
        Reply::Fallible(ok, err) => quote_spanned!(site=> #ok, #krate::CallError<#err>),
        Reply::Alias(ty) => {
            return quote_spanned!(site=> <#ty as #krate::__private::Fallible>::Called);
        }
    };
    quote_spanned!(site=> ::core::result::Result<#types>)
}

/// Returns the type of the method's result.
pub(super) fn result(method: &Method<'_>) -> TokenStream {
    let site = at(method.reply_span);
    match method.reply {
        Reply::Unit => quote_spanned!(site=> ()),
        Reply::Value(ty) | Reply::Alias(ty) => quote_spanned!(site=> #ty),
        Reply::Fallible(ok, err) => quote_spanned!(site=> ::core::result::Result<#ok, #err>),
    }
}

/// Returns the function of the library that makes the calls of this method. `calls` is the library's type for
/// a stub's calls.
pub(super) fn function(
    service: &Service<'_>,
    method: &Method<'_>,
    calls: &TokenStream,
) -> TokenStream {
    let krate = service.krate;
    let site = at(method.reply_span);
    let place = method.reply_span;
    let typed = |result: TokenStream, call: TokenStream| {
        codec::path(
            service,
            place,
            quote_spanned!(site=> #krate::__private::#calls::<),
            quote_spanned!(site=> , #result>::#call),
        )
    };
    let raw = |result: TokenStream, call: TokenStream| {
        moved(
            quote_spanned!(site=> #krate::__private::#calls::<(), #result>::#call),
            place,
        )
    };
    let is_fallible = matches!(method.reply, Reply::Fallible(..) | Reply::Alias(_));
    match (method.completion, method.encoding) {
        (Completion::Sent, Encoding::Raw) => {
            raw(quote_spanned!(site=> ()), quote_spanned!(site=> send_raw))
        }
        (Completion::Sent, Encoding::Codec) => {
            typed(quote_spanned!(site=> ()), quote_spanned!(site=> send))
        }
        (Completion::Reply, Encoding::Raw) => {
            raw(raw::success(krate, method), quote_spanned!(site=> call_raw))
        }
        (Completion::Reply, Encoding::Codec) => {
            let call = match (is_fallible, method.reply.is_bytes(krate)) {
                (true, false) => quote_spanned!(site=> call_fallible),
                (true, true) => quote_spanned!(site=> call_fallible_bytes),
                (false, false) => quote_spanned!(site=> call),
                (false, true) => quote_spanned!(site=> call_bytes),
            };
            typed(result(method), call)
        }
    }
}
