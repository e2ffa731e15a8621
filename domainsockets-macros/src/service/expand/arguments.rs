//! The arguments of a method: how a stub writes them, how a server reads them, and how it passes them on.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Ident, Path, Type};

use crate::service::expand::codec;
use crate::service::expand::raw;
use crate::service::expand::span::{at, generated, moved};
use crate::service::model::{Argument, Encoding, Method, Service};
use crate::service::types::Passing;

/// Returns the arguments as a stub's method declares them.
pub(super) fn declared(method: &Method<'_>) -> TokenStream {
    let arguments = method.arguments.iter().map(|Argument { ident, ty, .. }| {
        let ident = generated(ident);
        quote_spanned!(ident.span()=> #ident: #ty)
    });
    quote_spanned!(Span::mixed_site()=> #(#arguments),*)
}

/// Returns the expression for what this stub sends.
pub(super) fn sent(service: &Service<'_>, stub: &Ident, method: &Method<'_>) -> TokenStream {
    let krate = service.krate;
    if method.encoding == Encoding::Raw {
        return raw::sent(krate, method);
    }
    let site = at(method.arguments_span);
    let mut arguments: Vec<_> = method
        .arguments
        .iter()
        .map(|argument| written(krate, argument))
        .collect();
    let mut body = None;
    if let Some(last) = method.arguments.last()
        && matches!(last.passing, Passing::Bytes)
    {
        // Some codecs write bytes as they are, so they need not be copied behind the other arguments.
        let last = generated(&last.ident);
        let codec = codec::of(service);
        arguments.pop();
        arguments.push(
            quote_spanned!(last.span()=> #krate::__private::TrailingBytes::<#codec>::new(#last)),
        );
        body = Some(last);
    }
    let tuple = quote_spanned!(site=> (#(#arguments,)*));
    codec::arguments(service, stub, method, &tuple, body.as_ref())
}

/// Returns the expression for an argument as it is written.
fn written(krate: &Path, argument: &Argument<'_>) -> TokenStream {
    let ident = generated(&argument.ident);
    let site = ident.span();
    match argument.passing {
        Passing::Bytes => quote_spanned!(site=> #krate::__private::AsBytes(#ident)),
        Passing::ByteBuf | Passing::Shared(_) => {
            quote_spanned!(site=> #krate::__private::AsBytes(&#ident))
        }
        _ => ident.to_token_stream(),
    }
}

/// Returns the types that a server reads for the arguments.
pub(super) fn read(krate: &Path, method: &Method<'_>) -> TokenStream {
    let types = method.arguments.iter().map(|argument| {
        let site = at(argument.ty.span());
        match argument.passing {
            Passing::AsIs(ty) | Passing::Referent(ty) => quote!(#ty),
            Passing::Path(ty) => {
                let referent = quote_spanned!(site=> #krate::__private::Referent<'_>);
                let referent = moved(referent, ty.span());
                quote_spanned!(site=> <#ty as #referent>::Read)
            }
            Passing::Elements(ty) => quote_spanned!(site=> ::std::vec::Vec<#ty>),
            Passing::Bytes | Passing::ByteBuf => quote_spanned!(site=> &[u8]),
            Passing::Shared(ty) => quote_spanned!(site=> #krate::__private::AsBytes<#ty>),
        }
    });
    quote_spanned!(at(method.arguments_span)=> (#(#types,)*))
}

/// Returns the variables of a server for the arguments that it has read.
pub(super) fn variables(method: &Method<'_>) -> Vec<Ident> {
    let arguments = method.arguments.iter().enumerate();
    let variables = arguments.map(|(index, argument)| {
        format_ident!("argument_{index}", span = at(argument.ident.span()))
    });
    variables.collect()
}

/// Returns the expressions that a server passes to the method.
pub(super) fn passed(krate: &Path, method: &Method<'_>) -> Vec<TokenStream> {
    let context = method.context.map(|ty| context(krate, ty));
    let arguments = method.arguments.iter().zip(variables(method));
    let arguments = arguments.map(|(argument, variable)| match method.encoding {
        Encoding::Raw => raw::passed(krate, argument),
        Encoding::Codec => passed_one(krate, argument, &variable),
    });
    context.into_iter().chain(arguments).collect()
}

fn passed_one(krate: &Path, argument: &Argument<'_>, variable: &Ident) -> TokenStream {
    let site = variable.span();
    match argument.passing {
        Passing::AsIs(_) | Passing::Bytes => quote!(#variable),
        Passing::ByteBuf => quote_spanned!(site=> #variable.to_vec()),
        Passing::Shared(_) => quote_spanned!(site=> #variable.0),
        Passing::Referent(_) | Passing::Elements(_) => quote_spanned!(site=> &#variable),
        Passing::Path(ty) => {
            quote_spanned!(site=> <#ty as #krate::__private::Referent<'_>>::lend(&#variable))
        }
    }
}

/// Returns the expression for the context of the call, as the method takes it.
fn context(krate: &Path, ty: &Type) -> TokenStream {
    let site = at(ty.span());
    let taken = quote_spanned!(site=> #krate::__private::TakenContext);
    let taken = moved(taken, ty.span());
    quote_spanned!(site=> #taken::<#ty>::of(&request))
}
