//! How arguments and results become bytes and back, in a service that names a codec and in one that does not. The
//! names of the arguments go with a codec that is named, since it may write them.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::Ident;

use crate::service::expand::descriptor;
use crate::service::expand::span::{at, moved};
use crate::service::model::{Method, Service};

/// Returns the codec of the service.
pub(super) fn of(service: &Service<'_>) -> TokenStream {
    let Service { krate, codec, .. } = service;
    codec.map_or_else(
        || quote_spanned!(Span::mixed_site()=> #krate::codec::Bincode),
        ToTokens::to_token_stream,
    )
}

/// Returns the expression for a method's written arguments, from their tuple. A `body` follows them as it is;
/// only the default codec can have one.
pub(super) fn arguments(
    service: &Service<'_>,
    stub: &Ident,
    method: &Method<'_>,
    tuple: &TokenStream,
    body: Option<&Ident>,
) -> TokenStream {
    let krate = service.krate;
    let span = method.arguments_span;
    let site = at(span);
    let codec = of(service);
    let described = descriptor::reference(service, stub, method);
    let arguments = quote_spanned!(site=> #krate::__private::ArgumentTuple::<#codec, _>::new);
    let arguments = moved(arguments, span);
    let write = match (service.codec, body) {
        (None, None) => quote_spanned!(site=> write(#described)),
        (None, Some(body)) => quote_spanned!(site=> write_with_body(#described, #body)),
        (Some(_), _) => {
            let names = names(method);
            quote_spanned!(site=> write_as(#described, #names))
        }
    };
    quote_spanned!(site=> #arguments(&#tuple).#write)
}

/// Returns the expression by which a server writes the result of this expression.
pub(super) fn encode(
    service: &Service<'_>,
    stub: &Ident,
    method: &Method<'_>,
    result: &TokenStream,
) -> TokenStream {
    let krate = service.krate;
    let span = method.reply_span;
    let site = at(span);
    let codec = of(service);
    let described = descriptor::reference(service, stub, method);
    let is_bytes = method.reply.is_bytes(krate);
    let function = match (is_bytes, service.codec) {
        (false, None) => quote_spanned!(site=> encode),
        (true, None) => quote_spanned!(site=> encode_bytes),
        (false, Some(_)) => quote_spanned!(site=> encode_as),
        (true, Some(_)) => quote_spanned!(site=> encode_bytes_as),
    };
    let results = quote_spanned!(site=> #krate::__private::Results::<#codec, _>::new);
    let results = moved(results, span);
    // Bytes are given away, so that they need not be copied.
    let borrow = (!is_bytes).then(|| quote_spanned!(site=> &));
    quote_spanned!(site=> #results(#borrow #result).#function(#described))
}

/// Returns the expression by which a server reads arguments of these types, and the statement that it needs
/// before it.
pub(super) fn decode(
    service: &Service<'_>,
    method: &Method<'_>,
    types: &TokenStream,
) -> (Option<TokenStream>, TokenStream) {
    let krate = service.krate;
    let span = method.arguments_span;
    let site = at(span);
    let codec = of(service);
    let requests = quote_spanned!(site=> #krate::__private::Requests::<#codec, #types>);
    let requests = moved(requests, span);
    if service.codec.is_none() {
        return (None, quote_spanned!(site=> #requests::decode(&request)?));
    }
    let names = names(method);
    (
        Some(quote_spanned!(site=> let kept = #krate::__private::Arena::new();)),
        quote_spanned!(site=> #requests::decode_as(&request, &kept, #names)?),
    )
}

/// Returns the names of the arguments, as a request carries them.
pub(super) fn names(method: &Method<'_>) -> TokenStream {
    let names = method.arguments.iter().map(|argument| &argument.wire_name);
    quote_spanned!(Span::mixed_site()=> &[#(#names),*])
}
