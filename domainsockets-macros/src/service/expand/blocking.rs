//! `KvBlockingClient<C>`: the stub whose calls block their thread.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote_spanned};
use syn::ext::IdentExt;

use crate::service::expand::client::{local_doc, server};
use crate::service::expand::parameters::{self, served};
use crate::service::expand::span::{generated, visibility};
use crate::service::expand::stub::{self, Calls, Stub};
use crate::service::features;
use crate::service::model::Service;

/// Returns the stub of a service.
pub(crate) fn expand(service: &Service<'_>) -> TokenStream {
    let Service { ident, krate, .. } = service;
    let site = Span::mixed_site();
    let stub = Stub {
        ident: format_ident!("{}BlockingClient", generated(ident)),
        doc: format!(
            " A stub that calls [`{}`] in another process, and blocks the thread until it has the reply.",
            ident.unraw()
        ),
        carrier: quote_spanned!(site=> #krate::blocking::Carrier),
        client: quote_spanned!(site=> #krate::blocking::Client),
        calls: Calls::Blocking,
        impls: impls(service),
    };
    stub::expand(service, &stub)
}

/// Returns the functions that make the carrier of a stub.
fn impls(service: &Service<'_>) -> TokenStream {
    let Service { ident, krate, .. } = service;
    let vis = visibility(service.vis);
    let site = Span::mixed_site();
    let client = format_ident!("{}BlockingClient", generated(ident));
    let remote = quote_spanned!(site=> #krate::blocking::Client);
    let local = quote_spanned!(site=> #krate::blocking::Local);
    let [of_remote, of_local] = [&remote, &local].map(|carrier| parameters::over(service, carrier));
    let generics = served(service.generics);
    let (bounds, _, clause) = generics.split_for_impl();
    let of_trait = parameters::of_trait(service);
    let server = server(service);
    let local_doc = local_doc(service);

    // A service is for the runtime, whatever calls it.
    let with_tokio = features::with_tokio(
        krate,
        &quote_spanned! {site=>
            impl #bounds #client #of_local #clause {
                #[doc = #local_doc]
                ///
                /// # Errors
                ///
                /// If a user or group that a method allows does not exist.
                #vis fn local(
                    service: impl #of_trait,
                ) -> ::core::result::Result<Self, #krate::ServeError> {
                    ::core::result::Result::Ok(Self::new(#local::new(#server::new(service))?))
                }
            }
        },
    );

    quote_spanned! {site=>
        impl #bounds #client #of_remote #clause {
            /// Connects to the server of this name: a bare name is a file in the directory for
            /// temporary files, an absolute path is used as it is.
            ///
            /// # Errors
            ///
            /// If no server can be reached there.
            #vis fn dial(
                name: impl ::core::convert::AsRef<::std::path::Path>,
            ) -> ::core::result::Result<Self, #krate::Error> {
                ::core::result::Result::Ok(Self::new(#remote::dial(name)?))
            }
        }

        #with_tokio
    }
}
