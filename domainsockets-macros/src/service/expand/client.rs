//! `KvClient<C>`: the stub, over anything that carries a raw call.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;

use crate::service::expand::item::naming;
use crate::service::expand::signature;
use crate::service::expand::span::{at, generated, moved};
use crate::service::model::{Argument, Method, Passing, Reply, Service};

pub(crate) fn expand(service: &Service<'_>) -> TokenStream {
    let Service {
        ident,
        vis,
        krate,
        methods,
        carrier,
        ..
    } = service;
    let client = format_ident!("{}Client", generated(ident));
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

    let client_doc = format!(" Calls a [`{ident}`] of another process.");
    let handlers_doc = format!(" The handler names of [`{ident}`], in the order of its methods.");

    quote_spanned! {Span::mixed_site()=>
        #[doc = #client_doc]
        #(#standing)*
        #[derive(::core::clone::Clone, ::core::fmt::Debug)]
        #vis struct #client<#carrier = #krate::Client> {
            carrier: #carrier,
        }

        #naming_it
        impl #client {
            #(#constants)*

            #[doc = #handlers_doc]
            #vis const HANDLERS: &'static [&'static str] = &[#(#handlers),*];

            #(#described)*

            #signatures

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
        impl<#carrier: #krate::Carrier> #client<#carrier> {
            /// Calls over this carrier.
            #[must_use]
            #vis fn new(carrier: #carrier) -> Self {
                Self { carrier }
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
            ) -> #client<#krate::With<'_, #carrier>> {
                #client::new(#krate::With::new(&self.carrier, options))
            }

            /// Gives the carrier back.
            #[must_use]
            #vis fn into_inner(self) -> #carrier {
                self.carrier
            }

            #(#stubs)*
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
    let doc = (!method.attrs.has_docs()).then(|| {
        let doc = format!(" Calls [`{}::{}`].", service.ident, method.ident.unraw());
        quote!(#[doc = #doc])
    });

    let output = match method.reply {
        Reply::Unit => quote!((), #krate::Error),
        Reply::Value(ty) => quote!(#ty, #krate::Error),
        Reply::Fallible(ok, err) => quote!(#ok, #krate::CallError<#err>),
    };
    let function = match (&method.reply, method.reply.is_bytes()) {
        _ if method.is_oneway => quote!(send),
        (Reply::Fallible(..), false) => quote!(call_fallible),
        (Reply::Fallible(..), true) => quote!(call_fallible_bytes),
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
    let arguments = quote_spanned!(at(method.parens.span.join())=> &(#(#written,)*));
    let call = moved(quote!(#krate::__private::#function), method.reply_span);
    let carrier = quote_spanned!(at(method.reply_span)=> &self.carrier);
    let carrier = if method.is_idempotent {
        quote!(&#krate::__private::Idempotent(#carrier))
    } else {
        carrier
    };
    let carrier = match method.deadline {
        Some(micros) => quote!(&#krate::__private::Deadline(#carrier, #micros)),
        None => carrier,
    };
    let call = quote_spanned! {at(method.reply_span)=>
        #call(#carrier, #described, #arguments).await
    };

    quote_spanned! {Span::mixed_site()=>
        #doc
        #(#attrs)*
        #vis async fn #name(
            &self,
            #(#idents: #types),*
        ) -> ::core::result::Result<#output> {
            #call
        }
    }
}
