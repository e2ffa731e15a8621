//! Methods whose data no codec touches.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Path;
use syn::spanned::Spanned;

use crate::service::expand::span::{at, moved};
use crate::service::model::{Argument, Method, Passing, Reply};

/// The expression that hands the data of a request to the method.
pub(super) fn passed(krate: &Path, argument: &Argument<'_>) -> TokenStream {
    let span = argument.ty.span();
    if matches!(argument.passing, Passing::Bytes) {
        quote_spanned!(at(span)=> request.data())
    } else {
        moved(quote!(#krate::__private::raw_argument(&request)), span)
    }
}

/// The function that makes a reply of what the method returns.
pub(super) fn encode(krate: &Path, method: &Method<'_>) -> TokenStream {
    match method.reply {
        Reply::Unit | Reply::Value(_) => quote!(#krate::__private::raw_value),
        Reply::Fallible(..) | Reply::Alias(_) => quote!(#krate::__private::raw_result),
    }
}

/// The expression for what the stub sends.
pub(super) fn data(krate: &Path, method: &Method<'_>) -> TokenStream {
    let Some(Argument { ident, ty, passing }) = method.arguments.first() else {
        return quote!(#krate::__private::Bytes::new());
    };
    let function = if matches!(passing, Passing::Bytes) {
        quote!(#krate::__private::Bytes::copy_from_slice)
    } else {
        quote!(#krate::__private::raw_data)
    };
    let function = moved(function, ty.span());
    quote_spanned!(at(ty.span())=> #function(#ident))
}

/// What the stub's method returns. The method's own error is a text.
pub(super) fn output(krate: &Path, method: &Method<'_>) -> TokenStream {
    let site = at(method.reply_span);
    let ok = match method.reply {
        Reply::Unit => quote!(()),
        Reply::Value(ty) | Reply::Fallible(ty, _) => quote!(#ty),
        Reply::Alias(ty) => quote_spanned!(site=> <#ty as #krate::__private::Fallible>::Ok),
    };
    quote!(::core::result::Result<#ok, #krate::Error>)
}
