//! `KvClient<C>`: the stub, over anything that carries a raw call.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Ident, Path};

use crate::service::expand::codec;
use crate::service::expand::item::{Made, naming};
use crate::service::expand::parameters::{self, Parameters};
use crate::service::expand::raw;
use crate::service::expand::signature;
use crate::service::expand::span::{at, generated, moved};
use crate::service::model::{Argument, Method, Passing, Reply, Service};

pub(crate) fn expand(service: &Service<'_>, made: Made) -> TokenStream {
    let Service {
        ident,
        vis,
        krate,
        methods,
        carrier,
        ..
    } = service;
    let client = format_ident!("{}Client", generated(ident));
    let Parameters { bounded, declared } = parameters::of_client(service, made);
    let (bounds, types, clause) = bounded.split_for_impl();
    let (bounds_of_trait, types_of_trait, clause_of_trait) = service.generics.split_for_impl();
    let (phantom, phantom_value) = parameters::phantom(service).unzip();
    // A derived impl would ask the same of the types that no field has.
    let derives = phantom.is_none().then(|| {
        quote_spanned! {Span::mixed_site()=> #[derive(::core::clone::Clone, ::core::fmt::Debug)]}
    });
    let impls = phantom.is_some().then(|| impls(service, &client, made));
    let naming_it = naming(service.attrs);
    let standing = service.attrs.cfg_and_standing();
    let constants = methods.iter().map(|method| constant(service, method));
    let handlers = methods.iter().map(|Method { attrs, handler, .. }| {
        let cfg = attrs.cfg();
        quote!(#(#cfg)* #handler)
    });
    let stubs = methods.iter().map(|method| stub(service, method));
    let described = methods
        .iter()
        .map(|method| signature::constant(service, method));
    let signatures = signature::list(service);
    let undecoded = signature::undecoded(service);

    let client_doc = format!(" Calls a [`{ident}`] of another process.");
    let makers = made.tokio.then(|| makers(service));
    let with = parameters::over(service, &quote!(#krate::With<#carrier>));
    let handlers_doc = format!(" The handler names of [`{ident}`], in the order of its methods.");

    quote_spanned! {Span::mixed_site()=>
        #[doc = #client_doc]
        #(#standing)*
        #derives
        #vis struct #client #declared {
            carrier: #carrier,
            #phantom
        }

        #undecoded

        #naming_it
        #[allow(non_upper_case_globals)]
        impl #bounds_of_trait #client #types_of_trait #clause_of_trait {
            #(#constants)*

            #[doc = #handlers_doc]
            #vis const HANDLERS: &'static [&'static str] = &[#(#handlers),*];

            #(#described)*

            #signatures
        }

        #makers

        #naming_it
        impl #bounds #client #types #clause {
            /// Calls over this carrier.
            #[must_use]
            #vis fn new(carrier: #carrier) -> Self {
                Self { carrier, #phantom_value }
            }

            /// What carries the calls.
            #[must_use]
            #vis fn carrier(&self) -> &#carrier {
                &self.carrier
            }

            /// Calls over the same carrier, with these options. They go before those of the stub that
            /// this is called on.
            #[must_use]
            #vis fn with(
                &self,
                options: #krate::CallOptions,
            ) -> #client #with
            where
                #carrier: ::core::clone::Clone,
            {
                #client::new(#krate::With::new(
                    ::core::clone::Clone::clone(&self.carrier),
                    options,
                ))
            }

            /// Gives the carrier back.
            #[must_use]
            #vis fn into_inner(self) -> #carrier {
                self.carrier
            }

            #(#stubs)*
        }

        #impls
    }
}

/// What makes a stub that needs a runtime, or its server.
fn makers(service: &Service<'_>) -> TokenStream {
    let Service {
        ident, vis, krate, ..
    } = service;
    let kind = generated(ident);
    let client = format_ident!("{kind}Client");
    let server = format_ident!("{kind}Server");
    let names = parameters::names(service);
    let local = parameters::over(service, &quote!(#krate::Local));
    let of_trait = parameters::of_trait(service);
    let (bounds, types, clause) = service.generics.split_for_impl();
    let naming_it = naming(service.attrs);
    let local_doc = format!(" Calls this [`{ident}`] in the same process, without a socket.");

    quote_spanned! {Span::mixed_site()=>
        #naming_it
        impl #bounds #client #types #clause {
            /// Connects to the server of this name: a bare name is a file in the directory for
            /// temporary files, an absolute path is used as it is.
            ///
            /// # Errors
            ///
            /// If no server can be reached there.
            ///
            /// # Cancel safety
            ///
            /// Dropping the future leaves no connection behind.
            #vis async fn dial(
                name: impl ::core::convert::AsRef<::std::path::Path>,
            ) -> ::core::result::Result<Self, #krate::Error> {
                ::core::result::Result::Ok(Self::new(#krate::Client::dial(name).await?))
            }
        }

        #naming_it
        impl #bounds #client #local #clause {
            #[doc = #local_doc]
            ///
            /// # Errors
            ///
            /// If somebody whom a method is to allow cannot be found.
            #vis fn local(
                service: impl #of_trait,
            ) -> ::core::result::Result<Self, #krate::ServeError> {
                let server = #server::<_, #(#names),*>::new(service);
                ::core::result::Result::Ok(Self::new(#krate::Local::new(server)?))
            }
        }
    }
}

/// What is derived for a stub that has no parameters but its carrier.
fn impls(service: &Service<'_>, client: &Ident, made: Made) -> TokenStream {
    let Parameters { declared, .. } = parameters::of_client(service, made);
    let (names, types, _) = declared.split_for_impl();
    let (_, phantom_value) = parameters::phantom(service).unzip();
    let naming_it = naming(service.attrs);
    let carrier = &service.carrier;

    quote_spanned! {Span::mixed_site()=>
        #naming_it
        #[automatically_derived]
        impl #names ::core::clone::Clone for #client #types
        where
            #carrier: ::core::clone::Clone,
        {
            fn clone(&self) -> Self {
                Self { carrier: ::core::clone::Clone::clone(&self.carrier), #phantom_value }
            }
        }

        #naming_it
        #[automatically_derived]
        impl #names ::core::fmt::Debug for #client #types
        where
            #carrier: ::core::fmt::Debug,
        {
            fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                formatter
                    .debug_struct(::core::stringify!(#client))
                    .field("carrier", &self.carrier)
                    .finish()
            }
        }
    }
}

/// The constant that holds the handler name of one method.
fn constant(service: &Service<'_>, method: &Method<'_>) -> TokenStream {
    let Service { vis, .. } = service;
    let Method {
        handler, constant, ..
    } = method;
    let constant = generated(constant);
    let standing = method.attrs.cfg_and_standing();
    let doc = format!(
        " The handler name of [`{}::{}`].",
        service.ident,
        method.ident.unraw()
    );

    quote_spanned! {Span::mixed_site()=>
        #[doc = #doc]
        #(#standing)*
        #vis const #constant: &'static str = #handler;
    }
}

/// The method of the stub that calls one method of the service.
fn stub(service: &Service<'_>, method: &Method<'_>) -> TokenStream {
    let Service { vis, krate, .. } = service;
    let described = signature::reference(service, method);
    let name = generated(method.ident);
    let idents: Vec<_> = method
        .arguments
        .iter()
        .map(|argument| argument.ident)
        .collect();
    let types = method.arguments.iter().map(|argument| argument.ty);

    let attrs = method.attrs.cfg_and_docs();
    let doc = method
        .attrs
        .doc_of_call(service.ident, &method.ident.unraw());
    let output = output(krate, method);
    let function = match (&method.reply, method.reply.is_bytes()) {
        _ if method.is_oneway && method.is_raw => quote!(send_raw),
        _ if method.is_oneway => quote!(send),
        _ if method.is_raw => quote!(call_raw),
        (Reply::Fallible(..) | Reply::Alias(_), false) => quote!(call_fallible),
        (Reply::Fallible(..) | Reply::Alias(_), true) => quote!(call_fallible_bytes),
        (_, false) => quote!(call),
        (_, true) => quote!(call_bytes),
    };

    // What cannot be encoded is reported at the arguments, what cannot be decoded at the reply.
    let written = method
        .arguments
        .iter()
        .map(|Argument { ident, passing, .. }| match passing {
            Passing::Bytes => quote!(#krate::__private::AsBytes(#ident)),
            Passing::ByteBuf | Passing::Shared(_) => quote!(#krate::__private::AsBytes(&#ident)),
            _ => quote!(#ident),
        });
    let arguments = if method.is_raw {
        raw::data(krate, method)
    } else {
        let tuple = quote_spanned!(at(method.arguments_span)=> (#(#written,)*));
        codec::arguments(service, method, &tuple)
    };
    let call = moved(quote!(#krate::__private::#function), method.reply_span);
    let carrier = quote_spanned!(at(method.reply_span)=> &self.carrier);
    let call = quote_spanned! {at(method.reply_span)=>
        #call(#carrier, #described, #arguments).await
    };

    quote_spanned! {Span::mixed_site()=>
        #doc
        #(#attrs)*
        #vis async fn #name(
            &self,
            #(#idents: #types),*
        ) -> #output {
            #call
        }
    }
}

/// What the stub's method returns.
pub(super) fn output(krate: &Path, method: &Method<'_>) -> TokenStream {
    if method.is_raw {
        return raw::output(krate, method);
    }
    let types = match method.reply {
        Reply::Unit => quote!((), #krate::Error),
        Reply::Value(ty) => quote!(#ty, #krate::Error),
        Reply::Fallible(ok, err) => quote!(#ok, #krate::CallError<#err>),
        Reply::Alias(ty) => {
            let site = at(method.reply_span);
            return quote_spanned!(site=> <#ty as #krate::__private::Fallible>::Called);
        }
    };
    quote!(::core::result::Result<#types>)
}
