//! `KvClient<C>`: the stub whose calls are futures.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote_spanned};
use syn::ext::IdentExt;

use crate::service::expand::parameters::{self, served};
use crate::service::expand::span::{generated, visibility};
use crate::service::expand::stub::{self, Calls, Stub};
use crate::service::model::Service;

/// Returns the stub of a service.
pub(crate) fn expand(service: &Service<'_>) -> TokenStream {
    let Service { ident, krate, .. } = service;
    let site = Span::mixed_site();
    let stub = Stub {
        ident: format_ident!("{}Client", generated(ident)),
        doc: format!(
            " A stub that calls [`{}`] in another process.",
            ident.unraw()
        ),
        carrier: quote_spanned!(site=> #krate::Carrier),
        client: quote_spanned!(site=> #krate::Client),
        calls: Calls::Async,
        impls: impls(service),
    };
    stub::expand(service, &stub)
}

/// Returns the functions that make the carrier of a stub, or change its type.
fn impls(service: &Service<'_>) -> TokenStream {
    let Service { ident, krate, .. } = service;
    let vis = visibility(service.vis);
    let site = Span::mixed_site();
    let client = format_ident!("{}Client", generated(ident));
    let remote = quote_spanned!(site=> #krate::Client);
    let local = quote_spanned!(site=> #krate::Local);
    let boxed = quote_spanned!(site=> #krate::BoxCarrier);
    let [of_remote, of_local, of_boxed] =
        [&remote, &local, &boxed].map(|carrier| parameters::over(service, carrier));
    let bound = quote_spanned!(site=> #krate::Carrier + 'static);
    let any = parameters::of_stub(service, &bound, &remote);
    let (any_bounds, any_types, _) = any.bounded.split_for_impl();
    let generics = served(service.generics);
    let (bounds, _, clause) = generics.split_for_impl();
    let of_trait = parameters::of_trait(service);
    let server = server(service);
    let local_doc = local_doc(service);

    quote_spanned! {site=>
        impl #bounds #client #of_remote #clause {
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
                ::core::result::Result::Ok(Self::new(#remote::dial(name).await?))
            }
        }

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

        impl #any_bounds #client #any_types #clause {
            /// Returns this stub with its carrier in a box: stubs over different carriers then have one type.
            #[must_use]
            #vis fn boxed(self) -> #client #of_boxed {
                #client::new(#boxed::new(self.carrier))
            }
        }
    }
}

/// Returns the path of the server adapter for an implementation of the trait.
pub(super) fn server(service: &Service<'_>) -> TokenStream {
    let server = format_ident!("{}Server", generated(service.ident));
    let names = parameters::names(service);
    quote_spanned!(Span::mixed_site()=> #server::<_, #(#names),*>)
}

/// Returns the documentation of the function that makes a stub of an implementation.
pub(super) fn local_doc(service: &Service<'_>) -> String {
    format!(
        " Makes a stub that calls this implementation of [`{}`] in the same process, without a socket.",
        service.ident.unraw()
    )
}
