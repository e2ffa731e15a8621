//! `KvBlockingClient`: the stub whose methods wait.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;

use crate::service::expand::client::output;
use crate::service::expand::item::{naming, using};
use crate::service::expand::parameters;
use crate::service::expand::span::{at, generated};
use crate::service::generics::unbounded;
use crate::service::model::{Method, Service};

pub(crate) fn expand(service: &Service<'_>) -> TokenStream {
    let Service {
        ident,
        vis,
        krate,
        methods,
        ..
    } = service;
    let kind = generated(ident);
    let stub = format_ident!("{kind}Client");
    let client = format_ident!("{kind}BlockingClient");
    let declared = unbounded(&service.generics);
    let over = parameters::over(service, &quote!(#krate::blocking::Client));
    let (bounds, types, clause) = service.generics.split_for_impl();
    let naming_it = naming(service.attrs);
    let standing = service.attrs.cfg_and_standing();
    let using_it = using(service.attrs);
    let functions = methods.iter().map(|method| function(service, method));
    let client_doc = format!(" Calls a [`{ident}`] of another process, and waits.");

    quote_spanned! {Span::mixed_site()=>
        #[doc = #client_doc]
        #(#standing)*
        #using_it
        #vis struct #client #declared {
            stub: #stub #over,
        }

        #naming_it
        impl #bounds #client #types #clause {
            /// Connects to the server of this name: a bare name is a file in the directory for
            /// temporary files, an absolute path is used as it is.
            ///
            /// # Errors
            ///
            /// If no server can be reached there.
            #vis fn dial(
                name: impl ::core::convert::AsRef<::std::path::Path>,
            ) -> ::core::result::Result<Self, #krate::Error> {
                ::core::result::Result::Ok(Self::new(#krate::blocking::Client::dial(name)?))
            }

            /// Calls over this client.
            #[must_use]
            #vis fn new(client: #krate::blocking::Client) -> Self {
                Self { stub: #stub::new(client) }
            }

            /// What the calls are made over.
            #[must_use]
            #vis fn client(&self) -> &#krate::blocking::Client {
                self.stub.carrier()
            }

            /// Gives the client back.
            #[must_use]
            #vis fn into_inner(self) -> #krate::blocking::Client {
                self.stub.into_inner()
            }

            #(#functions)*
        }

        #naming_it
        #[automatically_derived]
        impl #bounds ::core::fmt::Debug for #client #types #clause {
            fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                formatter
                    .debug_struct(::core::stringify!(#client))
                    .field("client", self.client())
                    .finish()
            }
        }
    }
}

/// The function that calls one method of the service.
fn function(service: &Service<'_>, method: &Method<'_>) -> TokenStream {
    let Service {
        ident, vis, krate, ..
    } = service;
    let name = generated(method.ident);
    let idents = method.arguments.iter().map(|argument| argument.ident);
    let passed = idents.clone();
    let types = method.arguments.iter().map(|argument| argument.ty);
    let attrs = method.attrs.cfg_and_docs();
    let doc = method.attrs.doc_of_call(ident, &method.ident.unraw());
    let output = output(krate, method);
    let using_it = using(method.attrs);

    // What is wrong with the reply is reported there.
    let called = quote_spanned! {at(method.reply_span)=>
        #krate::__private::block_on(self.stub.#name(#(#passed),*))
    };

    quote_spanned! {Span::mixed_site()=>
        #doc
        #(#attrs)*
        #using_it
        #vis fn #name(
            &self,
            #(#idents: #types),*
        ) -> #output {
            #called
        }
    }
}
