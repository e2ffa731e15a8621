//! How arguments and results become bytes and back. The names of the arguments are passed to the codec, which may
//! write them.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
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

/// Returns a path that has the codec between these tokens, which are moved to this place. The codec of a user stays where
/// it is written: the compiler then reports an unknown codec there, and only once.
pub(super) fn path(
    service: &Service<'_>,
    place: Span,
    before: TokenStream,
    after: TokenStream,
) -> TokenStream {
    let [before, after] = [before, after].map(|tokens| moved(tokens, place));
    let codec = of(service);
    let codec = match service.codec {
        Some(_) => codec,
        None => moved(codec, place),
    };
    quote!(#before #codec #after)
}

/// Returns the expression for a method's written arguments, from their tuple. `body` is the last argument if that
/// is trailing bytes.
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
    let described = descriptor::reference(service, stub, method);
    let arguments = path(
        service,
        span,
        quote_spanned!(site=> #krate::__private::ArgumentTuple::<),
        quote_spanned!(site=> , _>::new),
    );
    let names = names(method);
    let write = match body {
        None => quote_spanned!(site=> write(#described, #names)),
        Some(body) => quote_spanned!(site=> write_with_body(#described, #names, #body)),
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
    let described = descriptor::reference(service, stub, method);
    let is_bytes = method.reply.is_bytes(krate);
    let function = if is_bytes {
        quote_spanned!(site=> encode_bytes)
    } else {
        quote_spanned!(site=> encode)
    };
    let results = path(
        service,
        span,
        quote_spanned!(site=> #krate::__private::Results::<),
        quote_spanned!(site=> , _>::new),
    );
    // Bytes are given away, so that they need not be copied.
    let borrow = (!is_bytes).then(|| quote_spanned!(site=> &));
    quote_spanned!(site=> #results(#borrow #result).#function(#described))
}

/// Returns the statement that a server needs before it reads arguments, and the expression by which it reads
/// arguments of these types.
pub(super) fn decode(
    service: &Service<'_>,
    method: &Method<'_>,
    types: &TokenStream,
) -> (TokenStream, TokenStream) {
    let krate = service.krate;
    let span = method.arguments_span;
    let site = at(span);
    let codec = of(service);
    let kept = quote_spanned!(site=> #krate::__private::CodecOf::<#codec>::arena());
    let requests = path(
        service,
        span,
        quote_spanned!(site=> #krate::__private::Requests::<),
        quote_spanned!(site=> , #types>),
    );
    let names = names(method);
    (
        quote_spanned!(site=> let kept = #kept;),
        quote_spanned!(site=> #requests::decode(&request, &kept, #names)?),
    )
}

/// Returns the names of the arguments, as a request carries them.
pub(super) fn names(method: &Method<'_>) -> TokenStream {
    let names = method.arguments.iter().map(|argument| &argument.wire_name);
    quote_spanned!(Span::mixed_site()=> &[#(#names),*])
}
