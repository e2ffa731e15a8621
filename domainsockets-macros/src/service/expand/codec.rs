//! What a service that has chosen its codec calls instead of what the others do. With it go the names
//! of the arguments.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;

use crate::service::expand::signature;
use crate::service::expand::span::{at, moved};
use crate::service::model::{Method, Service};

/// The arguments of a method as the stub hands them on, from their tuple.
pub(super) fn arguments(
    service: &Service<'_>,
    method: &Method<'_>,
    tuple: &TokenStream,
) -> TokenStream {
    let Service { krate, codec, .. } = service;
    let site = at(method.arguments_span);
    let described = signature::reference(service, method);
    let tuple = quote_spanned!(site=> &#tuple);
    let Some(codec) = codec else {
        let function = moved(quote!(#krate::__private::arguments), site);
        return quote_spanned!(site=> #function(#described, #tuple));
    };
    let function = moved(quote!(#krate::__private::arguments_as), site);
    let names = names(method);
    quote_spanned!(site=> #function::<#codec, _>(#described, #names, #tuple))
}

/// The function by which a server writes a result, without its argument.
pub(super) fn encode(service: &Service<'_>, method: &Method<'_>) -> TokenStream {
    let Service { krate, codec, .. } = service;
    let function = match (method.reply.is_bytes(), codec) {
        (false, None) => quote!(encode),
        (true, None) => quote!(encode_bytes),
        (false, Some(_)) => quote!(encode_as),
        (true, Some(_)) => quote!(encode_bytes_as),
    };
    let function = moved(quote!(#krate::__private::#function), method.reply_span);
    match codec {
        None => function,
        Some(codec) => quote_spanned!(at(method.reply_span)=> #function::<#codec, _>),
    }
}

/// The expression by which a server reads arguments of these types, and what it needs before it.
pub(super) fn decode(
    service: &Service<'_>,
    method: &Method<'_>,
    types: &TokenStream,
) -> (Option<TokenStream>, TokenStream) {
    let Service { krate, codec, .. } = service;
    let site = Span::mixed_site();
    let Some(codec) = codec else {
        let decoded = quote_spanned!(site=> #krate::__private::decode::<#types>(&request)?);
        return (None, decoded);
    };
    let names = names(method);
    (
        Some(quote_spanned!(site=> let kept = #krate::__private::Arena::new();)),
        quote_spanned! {site=>
            #krate::__private::decode_as::<#codec, #types>(&request, &kept, #names)?
        },
    )
}

/// The names of the arguments, as they travel.
pub(super) fn names(method: &Method<'_>) -> TokenStream {
    let names = method
        .arguments
        .iter()
        .map(|argument| argument.ident.unraw().to_string());
    quote!(&[#(#names),*])
}
