//! What a method takes and returns, for the library to find out: constants of the stub, which the server
//! adapter uses as well.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Path;

use crate::service::expand::codec;
use crate::service::expand::parameters;
use crate::service::expand::server::decoded;
use crate::service::expand::span::{at, generated, moved};
use crate::service::model::{Method, Reply, Service};

/// The constant that describes one method. It is private: what of it is for users is in the list.
pub(super) fn constant(service: &Service<'_>, method: &Method<'_>) -> TokenStream {
    let Service { krate, codec, .. } = service;
    let name = name(method);
    let cfg = method.attrs.cfg();
    let site = Span::mixed_site();
    let made = if method.is_raw {
        let handler = &method.handler;
        quote_spanned!(site=> raw(#handler))
    } else {
        traced(krate, method)
    };
    let codec = codec.filter(|_| !method.is_raw);
    let written = codec.map(|codec| quote_spanned!(site=> .written_by::<#codec>()));
    let aliases = &method.aliases;
    let also = (!aliases.is_empty()).then(|| quote_spanned!(site=> .also(&[#(#aliases),*])));
    let deadline = method
        .deadline
        .map(|micros| quote_spanned!(site=> .within(#micros)));
    let idempotent = method
        .is_idempotent
        .then(|| quote_spanned!(site=> .idempotent()));

    quote_spanned! {site=>
        #(#cfg)*
        const #name: #krate::__private::Method =
            #krate::__private::Method::#made #also #written #deadline #idempotent;
    }
}

/// What lets a type that cannot be decoded have a description all the same: that it cannot is reported once,
/// where it is decoded.
pub(super) fn undecoded(service: &Service<'_>) -> TokenStream {
    let Service { krate, attrs, .. } = service;
    let cfg = attrs.cfg();
    quote_spanned! {Span::mixed_site()=>
        #(#cfg)*
        #[allow(unused_imports)]
        use #krate::__private::Unmade as _;
    }
}

/// What makes the description of a method whose types are to be found out.
fn traced(krate: &Path, method: &Method<'_>) -> TokenStream {
    let Method {
        handler, arguments, ..
    } = method;
    let types = arguments.iter().map(|argument| decoded(krate, argument));
    let types = quote_spanned!(at(method.arguments_span)=> (#(#types,)*));
    let reply = match method.reply {
        Reply::Unit => quote!(()),
        Reply::Value(ty) | Reply::Alias(ty) => quote!(#ty),
        Reply::Fallible(ok, err) => quote!(::core::result::Result<#ok, #err>),
    };
    let reply = if method.reply.is_bytes() {
        quote!(#krate::__private::AsBytes<#reply>)
    } else {
        reply
    };
    let names = codec::names(method);
    let [types, reply] = [
        moved(
            quote!(#krate::__private::Made::<#types>::BY),
            method.arguments_span,
        ),
        moved(
            quote!(#krate::__private::Made::<#reply>::BY),
            method.reply_span,
        ),
    ];
    quote_spanned!(Span::mixed_site()=> new(#handler, #names, [#types, #reply]))
}

/// The description of one method.
pub(super) fn reference(service: &Service<'_>, method: &Method<'_>) -> TokenStream {
    let client = format_ident!("{}Client", generated(service.ident));
    let types = parameters::names(service);
    let types = (!types.is_empty()).then(|| quote!(::<#(#types),*>));
    let name = name(method);
    quote_spanned!(at(method.reply_span)=> &#client #types::#name)
}

/// The function that lists the signatures of all methods.
pub(super) fn list(service: &Service<'_>) -> TokenStream {
    let Service {
        ident,
        vis,
        krate,
        methods,
        ..
    } = service;
    let doc = format!(
        " What the methods of [`{ident}`] take and return, in their order, down to the fields of their types."
    );
    let compared = methods.iter().filter(|method| !method.is_raw);
    let names = compared.map(|method| {
        let name = name(method);
        let cfg = method.attrs.cfg();
        quote!(#(#cfg)* Self::#name)
    });

    quote_spanned! {Span::mixed_site()=>
        #[doc = #doc]
        #[must_use]
        #vis fn signatures() -> ::std::vec::Vec<#krate::signature::Signature> {
            #krate::__private::list(&[#(#names),*])
        }
    }
}

/// The small letters keep it apart from the constants that are the user's, whatever the methods are called.
fn name(method: &Method<'_>) -> Ident {
    format_ident!("method_{}", generated(&method.constant))
}
