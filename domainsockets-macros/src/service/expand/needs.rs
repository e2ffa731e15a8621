//! The bounds that the types of a service need, each stated once.
//!
//! All other generated code compiles for any type, so that the compiler reports a type that lacks something
//! here, at the type, and nowhere else.

use std::collections::HashSet;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Path, Type};

use crate::service::expand::attrs;
use crate::service::expand::parameters::{self, served, unbounded};
use crate::service::expand::raw;
use crate::service::expand::span::{at, moved};
use crate::service::model::{Argument, Assumption, Completion, Encoding, Method, Service};
use crate::service::types::{Passing, Reply};

/// Returns the items that are in error if a type lacks what it needs.
pub(crate) fn expand(service: &Service<'_>) -> TokenStream {
    let krate = service.krate;
    let site = Span::mixed_site();
    let attrs = attrs::of_mention(service.attrs);
    let generics = served(service.generics);
    let (bounds, types, clause) = generics.split_for_impl();
    let declared = unbounded(service.generics);
    let (phantom, _) = parameters::phantom(service).unzip();
    let holder = &service.added.types;
    let codec = service.codec.map(|codec| need(&quote!(codec), codec));
    let mut said = HashSet::new();
    let needs = service.methods.iter().map(|method| {
        let needs = of_method(krate, method);
        let cfg = attrs::cfg(method.attrs);
        if !cfg.is_empty() {
            // The method may not exist, so no other method relies on what it states.
            return quote_spanned!(site=> #cfg { #(#needs)* });
        }
        let new = needs.iter().filter(|need| said.insert(need.to_string()));
        quote_spanned!(site=> #(#new)*)
    });
    let needs: TokenStream = codec.into_iter().chain(needs).collect();

    quote_spanned! {site=>
        #attrs
        const _: () = {
            fn argument<'de, T>()
            where
                T: #krate::codec::Serialize + #krate::codec::Deserialize<'de>,
            {}
            fn written<T: #krate::codec::Serialize + ?::core::marker::Sized>() {}
            fn reply<T>()
            where
                T: #krate::codec::Serialize + for<'de> #krate::codec::Deserialize<'de>,
            {}
            fn bytes<T: #krate::__private::ByteValue>() {}
            fn raw<T: #krate::__private::RawValue>() {}
            fn codec<T: #krate::codec::Codec>() {}
            struct #holder #declared { #phantom }
            // The parameters of an impl may have bounds in both places, as the user has written them.
            impl #bounds #holder #types #clause {
                fn types() {
                    #needs
                }
            }
        };
    }
}

/// Returns the statements for what the types of a method need.
fn of_method(krate: &Path, method: &Method<'_>) -> Vec<TokenStream> {
    let assumptions = method.assumptions.iter();
    let mut needs: Vec<_> = assumptions
        .map(|assumption| of_assumption(krate, assumption))
        .collect();
    match method.encoding {
        Encoding::Raw => {
            let arguments = method.arguments.iter();
            let owned = arguments.filter(|argument| !matches!(argument.passing, Passing::Bytes));
            needs.extend(owned.map(|argument| need(&quote!(raw), argument.ty)));
            if method.completion == Completion::Reply {
                let success = raw::success(krate, method);
                needs.push(quote_spanned!(at(method.reply_span)=> raw::<#success>();));
            }
        }
        Encoding::Codec => {
            for argument in &method.arguments {
                needs.extend(of_argument(krate, argument));
            }
            needs.extend(of_reply(krate, method));
        }
    }
    needs
}

fn of_argument(krate: &Path, argument: &Argument<'_>) -> Vec<TokenStream> {
    match argument.passing {
        Passing::AsIs(ty) | Passing::Referent(ty) | Passing::Elements(ty) => {
            vec![need(&quote!(argument), ty)]
        }
        Passing::Path(ty) => {
            let site = at(ty.span());
            let referent = quote_spanned!(site=> #krate::__private::Referent<'_>);
            let referent = moved(referent, ty.span());
            vec![
                need(&quote!(written), ty),
                quote_spanned!(site=> let _ = <#ty as #referent>::lend;),
            ]
        }
        Passing::Bytes | Passing::ByteBuf => Vec::new(),
        Passing::Shared(ty) => vec![need(&quote!(bytes), ty)],
    }
}

fn of_reply(krate: &Path, method: &Method<'_>) -> Vec<TokenStream> {
    let is_bytes = method.reply.is_bytes(krate);
    let value = |ty: &Type| {
        let function = if is_bytes {
            quote!(bytes)
        } else {
            quote!(reply)
        };
        need(&function, ty)
    };
    match method.reply {
        Reply::Unit => Vec::new(),
        Reply::Value(ty) => vec![value(ty)],
        Reply::Fallible(ok, err) => vec![value(ok), need(&quote!(reply), err)],
        Reply::Alias(ty) if is_bytes => vec![need(&quote!(bytes), ty)],
        Reply::Alias(ty) => vec![need(&quote!(reply), ty)],
    }
}

/// Returns the statement that checks an assumption about a type.
fn of_assumption(krate: &Path, assumption: &Assumption<'_>) -> TokenStream {
    match assumption {
        Assumption::Context(ty) => {
            let site = at(ty.span());
            let context = moved(quote_spanned!(site=> #krate::__private::context), ty.span());
            quote_spanned!(site=> #context::<#ty>();)
        }
        Assumption::StdPath(ty) => {
            let site = at(ty.span());
            let std_path = moved(
                quote_spanned!(site=> #krate::__private::std_path),
                ty.span(),
            );
            quote_spanned!(site=> #std_path::<#ty>();)
        }
        Assumption::NotContext(path) => {
            let message = "this is the `Context` of a call by another path: write it as `Context` \
                           or `domainsockets::Context`, as the first argument";
            let is_known = quote_spanned!(at(path.span())=> IS_CONTEXT);
            unknown(krate, path, &is_known, message)
        }
        Assumption::NotBytes(path) => {
            let message = "this is the `Bytes` of the crate `bytes` by another path: write it as \
                           `Bytes` or `domainsockets::Bytes`";
            let is_known = quote_spanned!(at(path.span())=> IS_BYTES);
            unknown(krate, path, &is_known, message)
        }
    }
}

/// Returns the item that is an error with this message if a path means the known type after all.
fn unknown(krate: &Path, path: &Path, is_known: &TokenStream, message: &str) -> TokenStream {
    let site = at(path.span());
    let known = moved(
        quote_spanned!(site=> #krate::__private::KnownType),
        path.span(),
    );
    let known = quote_spanned!(site=> #known::<#path>::#is_known);
    quote_spanned! {site=>
        const _: () = {
            #krate::__private::import_fallbacks! {}
            ::core::assert!(!#known, #message);
        };
    }
}

/// Returns the statement that a type fulfils the bound of this function. The type keeps its place, so that all
/// of it is underlined.
fn need(function: &TokenStream, ty: &(impl ToTokens + Spanned)) -> TokenStream {
    let site = at(ty.span());
    let function = moved(function, site);
    quote_spanned!(site=> #function::<#ty>();)
}
