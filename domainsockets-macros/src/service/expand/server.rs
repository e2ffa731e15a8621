//! `KvServer<T>`: a service made of any `T: Kv`.

use proc_macro2::{Literal, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Path, Type};

use crate::service::allow::{Allow, Who};
use crate::service::expand::codec;
use crate::service::expand::item::naming;
use crate::service::expand::parameters::{self, Parameters};
use crate::service::expand::raw;
use crate::service::expand::signature;
use crate::service::expand::span::{at, generated, moved};
use crate::service::model::{Argument, Method, Passing, Service, unwrapped};

pub(crate) fn expand(service: &Service<'_>) -> TokenStream {
    let Service {
        ident,
        vis,
        krate,
        implementor,
        ..
    } = service;
    let server = format_ident!("{}Server", generated(ident));
    let Parameters { bounded, declared } = parameters::of_server(service);
    let (bounds, types, clause) = bounded.split_for_impl();
    let (names, ..) = declared.split_for_impl();
    let (phantom, phantom_value) = parameters::phantom(service).unzip();
    let naming_it = naming(service.attrs);
    let standing = service.attrs.cfg_and_standing();
    let registrations = service
        .methods
        .iter()
        .map(|method| registration(service, method));

    let server_doc = format!(" Serves a [`{ident}`]: hand it to `Server::add_service`.");
    let new_doc = format!(" Serves this [`{ident}`].");
    let from_arc_doc = format!(" Serves a [`{ident}`] that the program uses elsewhere too.");

    quote_spanned! {Span::mixed_site()=>
        #[doc = #server_doc]
        #(#standing)*
        #vis struct #server #declared {
            service: ::std::sync::Arc<#implementor>,
            #phantom
        }

        #naming_it
        impl #bounds #server #types #clause {
            #[doc = #new_doc]
            #[must_use]
            #vis fn new(service: #implementor) -> Self {
                Self::from_arc(::std::sync::Arc::new(service))
            }

            #[doc = #from_arc_doc]
            #[must_use]
            #vis fn from_arc(service: ::std::sync::Arc<#implementor>) -> Self {
                Self { service, #phantom_value }
            }
        }

        #naming_it
        #[automatically_derived]
        impl #bounds #krate::Service for #server #types #clause {
            fn register(
                self,
                methods: &mut #krate::__private::Methods,
            ) -> ::core::result::Result<(), #krate::ServeError> {
                #(#registrations)*
                ::core::result::Result::Ok(())
            }
        }

        #naming_it
        #[automatically_derived]
        impl #names ::core::clone::Clone for #server #types {
            fn clone(&self) -> Self {
                Self { service: ::core::clone::Clone::clone(&self.service), #phantom_value }
            }
        }

        #naming_it
        #[automatically_derived]
        impl #names ::core::fmt::Debug for #server #types {
            fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                formatter.debug_struct(::core::stringify!(#server)).finish_non_exhaustive()
            }
        }
    }
}

/// The statement that registers one method.
fn registration(service: &Service<'_>, method: &Method<'_>) -> TokenStream {
    let Service {
        krate, implementor, ..
    } = service;
    let kind = parameters::of_trait(service);
    let Method { arguments, .. } = method;
    let described = signature::reference(service, method);
    let name = generated(method.ident);
    let naming_it = naming(method.attrs);

    // What cannot be decoded is reported at the arguments, what cannot be encoded at the reply.
    let types = arguments.iter().map(|argument| decoded(krate, argument));
    let types = quote_spanned!(at(method.arguments_span)=> (#(#types,)*));
    let (kept, decoded) = codec::decode(service, method, &types);
    let binding = (!arguments.is_empty()).then(|| {
        let idents = arguments.iter().map(|argument| argument.ident);
        quote!(let (#(#idents,)*) =)
    });
    let passed = method
        .context
        .map(|ty| context(krate, ty))
        .into_iter()
        .chain(arguments.iter().map(|argument| {
            if method.is_raw {
                raw::passed(krate, argument)
            } else {
                passed(argument)
            }
        }));
    let awaited = method.is_async.then(|| quote!(.await));
    let takes_reference = !method.is_raw && !method.reply.is_bytes();
    let borrow = takes_reference.then(|| quote_spanned!(at(method.reply_span)=> &));
    let encode = if method.is_raw {
        moved(raw::encode(krate, method), method.reply_span)
    } else {
        codec::encode(service, method)
    };
    let function = moved(quote!(<#implementor as #kind>::#name), method.reply_span);
    let first = (!method.is_raw).then(|| quote_spanned!(at(method.reply_span)=> #described,));
    let encoded = quote_spanned! {at(method.reply_span)=>
        #encode(#first #borrow #function(&service, #(#passed),*) #awaited)
    };

    let restriction = method
        .allow
        .as_ref()
        .map(|allow| restriction(krate, method, allow));

    let more = more(method);
    let site = Span::mixed_site();
    let decoding = (!method.is_raw).then(|| quote_spanned!(site=> #kept #binding #decoded;));
    let run = quote_spanned!(site=> #decoding #encoded);
    let run = if method.is_blocking {
        quote_spanned!(site=> #krate::__private::blocking(move || { #run }))
    } else {
        quote_spanned!(site=> async move { #run })
    };

    quote_spanned! {Span::mixed_site()=>
        #naming_it
        methods.add_method(#described, {
            let service = ::core::clone::Clone::clone(&self.service);
            move |request: #krate::__private::Request| {
                let service = ::core::clone::Clone::clone(&service);
                #run
            }
        })?;
        #restriction
        #more
    }
}

/// The statements that let a method finish, and give it more names.
fn more(method: &Method<'_>) -> TokenStream {
    let Method { attrs, handler, .. } = method;
    let cfg: Vec<_> = attrs.cfg().collect();
    let finish = method
        .finishes
        .then(|| quote_spanned!(Span::mixed_site()=> #(#cfg)* methods.finish(#handler)?;));
    let aliases = method.aliases.iter().map(
        |alias| quote_spanned!(Span::mixed_site()=> #(#cfg)* methods.alias(#handler, #alias)?;),
    );
    quote!(#finish #(#aliases)*)
}

/// The statement that lets only some call a method.
fn restriction(krate: &Path, method: &Method<'_>, allow: &Allow) -> TokenStream {
    let Method { attrs, handler, .. } = method;
    let cfg = attrs.cfg();
    let whom = allow.0.iter().map(|who| match who {
        Who::Anyone => quote!(anyone()),
        Who::Root => quote!(root()),
        Who::OwnUser => quote!(own_user()),
        Who::User(name) => quote!(user(#name)?),
        Who::Group(name) => quote!(group(#name)?),
        Who::Uid(id) => {
            let id = Literal::u32_unsuffixed(*id);
            quote!(uid(#id))
        }
        Who::Gid(id) => {
            let id = Literal::u32_unsuffixed(*id);
            quote!(gid(#id))
        }
    });
    let nobody = (allow.0 != [Who::Anyone]).then(|| quote!(nobody().));

    quote_spanned! {Span::mixed_site()=>
        #(#cfg)*
        methods.restrict(#handler, #krate::Allow::#nobody #(#whom).*)?;
    }
}

/// The expression that hands the circumstances of the call to the method. Should the method mean
/// another type, the compiler says so at that type.
fn context(krate: &Path, ty: &Type) -> TokenStream {
    let site = at(ty.span());
    let context = quote_spanned!(site=> request.context());
    if matches!(unwrapped(ty), Type::Reference(_)) {
        context
    } else {
        quote_spanned!(site=> <#krate::Context as ::core::clone::Clone>::clone(#context))
    }
}

/// The type that is decoded for an argument.
pub(super) fn decoded(krate: &Path, argument: &Argument<'_>) -> TokenStream {
    match argument.passing {
        Passing::AsIs(ty) | Passing::Referent(ty) => quote!(#ty),
        Passing::Elements(ty) => quote!(::std::vec::Vec<#ty>),
        Passing::Bytes | Passing::ByteBuf => quote!(&[u8]),
        Passing::Shared(ty) => quote!(#krate::__private::AsBytes<#ty>),
    }
}

/// The expression that hands an argument to the method.
fn passed(argument: &Argument<'_>) -> TokenStream {
    let Argument { ident, .. } = argument;
    match argument.passing {
        Passing::AsIs(_) | Passing::Bytes => quote!(#ident),
        Passing::ByteBuf => quote!(#ident.to_vec()),
        Passing::Shared(_) => quote!(#ident.0),
        Passing::Referent(_) | Passing::Elements(_) => quote!(&#ident),
    }
}
