//! The descriptions of the methods, by which the library knows them: constants of the stubs, which the server
//! adapter uses as well.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::Path;
use syn::ext::IdentExt;

use crate::service::expand::arguments;
use crate::service::expand::attrs;
use crate::service::expand::codec;
use crate::service::expand::descriptor::name;
use crate::service::expand::reply;
use crate::service::expand::span::{at, moved, visibility};
use crate::service::model::{Encoding, Method, Service};

/// Returns the constant that describes one method. It is private; users get what is in the list.
pub(super) fn constant(service: &Service<'_>, method: &Method<'_>) -> TokenStream {
    let Service { krate, codec, .. } = service;
    let name = name(method);
    let cfg = attrs::cfg(method.attrs);
    let site = Span::mixed_site();
    let handler = &method.handler;
    let made = match method.encoding {
        Encoding::Raw => quote_spanned!(site=> raw(#handler)),
        Encoding::Codec if !service.signatures => {
            quote_spanned!(site=> without_signature(#handler))
        }
        Encoding::Codec => typed(krate, method),
    };
    let is_typed = service.signatures && method.encoding == Encoding::Codec;
    let codec = codec.filter(|_| is_typed);
    let encoded = codec.map(
        |codec| quote_spanned!(site=> .encoded(#krate::__private::CodecOf::<#codec>::IS_NAMED)),
    );
    let aliases = &method.aliases;
    let also = (!aliases.is_empty()).then(|| quote_spanned!(site=> .also(&[#(#aliases),*])));
    let deadline = method
        .deadline
        .map(|micros| quote_spanned!(site=> .within(#micros)));
    let idempotent = method
        .is_idempotent
        .then(|| quote_spanned!(site=> .idempotent()));

    quote_spanned! {site=>
        #cfg
        const #name: #krate::__private::Method =
            #krate::__private::Method::#made #also #encoded #deadline #idempotent;
    }
}

/// Returns what makes the description of a method whose types are to be found out.
fn typed(krate: &Path, method: &Method<'_>) -> TokenStream {
    let (arguments, reply) = (arguments::read(krate, method), reply_type(krate, method));
    let names = codec::names(method);
    let site = Span::mixed_site();
    // Each argument is found out on its own, so that one whose type cannot be says nothing of the others.
    let arguments = moved(
        quote_spanned!(site=> #krate::__private::TypeOf::<#arguments>::ARGUMENTS),
        method.arguments_span,
    );
    let reply = moved(
        quote_spanned!(site=> #krate::__private::TypeOf::<#reply>::VALUE),
        method.reply_span,
    );
    let handler = &method.handler;
    quote_spanned!(site=> new(#handler, #names, [#arguments, #reply]))
}

fn reply_type(krate: &Path, method: &Method<'_>) -> TokenStream {
    let site = at(method.reply_span);
    let result = reply::result(method);
    if method.reply.is_bytes(krate) {
        quote_spanned!(site=> #krate::__private::AsBytes<#result>)
    } else {
        result
    }
}

/// Returns the function that lists the signatures of all methods.
pub(super) fn list(service: &Service<'_>) -> TokenStream {
    let Service {
        ident,
        krate,
        methods,
        ..
    } = service;
    let site = Span::mixed_site();
    let vis = visibility(service.vis);
    let doc = format!(
        " Returns the signatures of the methods of [`{}`], in their order: what each method takes and returns, \
         down to the fields of its types.",
        ident.unraw()
    );
    let compared = methods
        .iter()
        .filter(|method| service.signatures && method.encoding == Encoding::Codec);
    let names = compared.map(|method| {
        let name = name(method);
        let cfg = attrs::cfg(method.attrs);
        quote_spanned!(site=> #cfg Self::#name)
    });

    quote_spanned! {site=>
        #[doc = #doc]
        #[must_use]
        #vis fn signatures() -> ::std::vec::Vec<#krate::signature::Signature> {
            #krate::__private::list(&[#(#names),*])
        }
    }
}
