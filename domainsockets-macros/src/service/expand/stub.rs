//! What the stubs have in common: their struct, the constants of the service, and a method for each of the
//! trait's.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::ext::IdentExt;
use syn::{Generics, Ident};

use crate::service::expand::arguments;
use crate::service::expand::attrs;
use crate::service::expand::descriptor;
use crate::service::expand::parameters::{self, Parameters, served};
use crate::service::expand::reply;
use crate::service::expand::scope::scope;
use crate::service::expand::signature;
use crate::service::expand::span::{at, generated, visibility};
use crate::service::model::{Method, Service};

/// The differences between the stubs.
pub(super) struct Stub {
    pub(super) ident: Ident,
    pub(super) doc: String,
    /// The trait of its carriers.
    pub(super) carrier: TokenStream,
    /// Its default carrier.
    pub(super) client: TokenStream,
    pub(super) calls: Calls,
    /// The impls that only this stub has, such as those that make its carrier.
    pub(super) impls: TokenStream,
}

/// How the methods of a stub call.
#[derive(Clone, Copy)]
pub(super) enum Calls {
    /// As futures.
    Async,
    /// On the thread of the caller.
    Blocking,
}

/// Returns a stub.
pub(super) fn expand(service: &Service<'_>, stub: &Stub) -> TokenStream {
    let Service {
        krate,
        methods,
        added,
        ..
    } = service;
    let Stub {
        ident,
        doc,
        impls: own_impls,
        ..
    } = stub;
    let site = Span::mixed_site();
    let vis = visibility(service.vis);
    let carrier = &added.carrier;
    let Parameters { bounded, declared } =
        parameters::of_stub(service, &stub.carrier, &stub.client);
    let (bounds, types, clause) = bounded.split_for_impl();
    let of_trait = served(service.generics);
    let (bounds_of_trait, _, clause_of_trait) = of_trait.split_for_impl();
    let usual = parameters::over(service, &stub.client);
    let with = parameters::over(service, &quote_spanned!(site=> #krate::With<#carrier>));
    let (phantom, phantom_value) = parameters::phantom(service).unzip();
    let attrs = attrs::of_struct(service);
    let constants = constants(service);
    let fallbacks = descriptor::fallbacks(krate);
    let functions = methods.iter().map(|method| function(service, stub, method));
    let impls = impls(ident, &declared, service);

    let items = quote_spanned! {site=>
        #fallbacks

        impl #bounds_of_trait #ident #usual #clause_of_trait {
            #constants
        }

        #own_impls

        impl #bounds #ident #types #clause {
            /// Makes a stub over this carrier.
            #[must_use]
            #vis fn new(carrier: #carrier) -> Self {
                Self { carrier, #phantom_value }
            }

            /// Returns the carrier of the calls.
            #[must_use]
            #vis fn carrier(&self) -> &#carrier {
                &self.carrier
            }

            /// Returns a stub over the same carrier whose calls have these options. They take precedence
            /// over the options of this stub.
            #[must_use]
            #vis fn with(
                &self,
                options: #krate::CallOptions,
            ) -> #ident #with
            where
                #carrier: ::core::clone::Clone,
            {
                #ident::new(#krate::With::new(
                    ::core::clone::Clone::clone(&self.carrier),
                    options,
                ))
            }

            /// Returns the carrier, without the stub.
            #[must_use]
            #vis fn into_inner(self) -> #carrier {
                self.carrier
            }

            #(#functions)*
        }

        #impls
    };
    let arguments = methods.iter().flat_map(|method| &method.arguments);
    let arguments = arguments.map(|argument| &argument.ident);
    let scope = scope(service, OWN_NAMES, arguments, &items);

    quote_spanned! {site=>
        #[doc = #doc]
        #attrs
        #vis struct #ident #declared {
            carrier: #carrier,
            #phantom
        }

        #scope
    }
}

/// Returns the associated items that a stub has whatever its carrier is: the handler names and the
/// descriptions of the methods.
fn constants(service: &Service<'_>) -> TokenStream {
    let Service { ident, methods, .. } = service;
    let site = Span::mixed_site();
    let vis = visibility(service.vis);
    let constants = methods.iter().map(|method| constant(service, method));
    let handlers = methods.iter().map(|method| {
        let cfg = attrs::cfg(method.attrs);
        let handler = &method.handler;
        quote_spanned!(site=> #cfg #handler)
    });
    let described = methods
        .iter()
        .map(|method| signature::constant(service, method));
    let signatures = signature::list(service);
    let handlers_doc = format!(
        " The handler names of [`{}`], in the order of its methods.",
        ident.unraw()
    );

    quote_spanned! {site=>
        #(#constants)*

        #[doc = #handlers_doc]
        #vis const HANDLERS: &'static [&'static str] = &[#(#handlers),*];

        #(#described)*

        #signatures
    }
}

/// Returns the method of this stub that calls one method of the service.
fn function(service: &Service<'_>, stub: &Stub, method: &Method<'_>) -> TokenStream {
    let krate = service.krate;
    let vis = visibility(service.vis);
    let name = generated(method.ident);
    let attrs = attrs::of_stub(service, method);
    let arguments = arguments::declared(method);
    let output = reply::output(krate, method);

    // A reply that cannot be read is reported at its type, arguments that cannot be written at theirs.
    let site = at(method.reply_span);
    let sent = arguments::sent(service, &stub.ident, method);
    let described = descriptor::reference(service, &stub.ident, method);
    let (asyncness, calls, awaited) = match stub.calls {
        Calls::Async => (
            Some(quote_spanned!(site=> async)),
            quote_spanned!(site=> StubCalls),
            Some(quote_spanned!(site=> .await)),
        ),
        Calls::Blocking => (None, quote_spanned!(site=> BlockingStubCalls), None),
    };
    let function = reply::function(service, method, &calls);
    let call = quote_spanned!(site=> #function(&self.carrier, #described, #sent) #awaited);

    quote_spanned! {Span::mixed_site()=>
        #attrs
        #vis #asyncness fn #name(
            &self,
            #arguments
        ) -> #output {
            #call
        }
    }
}

/// Returns the constant that holds the handler name of one method.
fn constant(service: &Service<'_>, method: &Method<'_>) -> TokenStream {
    let ident = service.ident;
    let vis = visibility(service.vis);
    let constant = generated(&method.constant);
    let handler = &method.handler;
    let attrs = attrs::of_constant(method);
    let doc = format!(
        " The handler name of [`{}::{}`].",
        ident.unraw(),
        method.ident.unraw()
    );

    quote_spanned! {Span::mixed_site()=>
        #[doc = #doc]
        #attrs
        #vis const #constant: &'static str = #handler;
    }
}

/// Returns the impls of `Clone` and `Debug` for a stub. Derived ones would ask the same of the types that no
/// field holds.
fn impls(stub: &Ident, declared: &Generics, service: &Service<'_>) -> TokenStream {
    let (names, types, _) = declared.split_for_impl();
    let (_, phantom) = parameters::phantom(service).unzip();
    let carrier = &service.added.carrier;

    quote_spanned! {Span::mixed_site()=>
        #[automatically_derived]
        impl #names ::core::clone::Clone for #stub #types
        where
            #carrier: ::core::clone::Clone,
        {
            fn clone(&self) -> Self {
                Self { carrier: ::core::clone::Clone::clone(&self.carrier), #phantom }
            }
        }

        #[automatically_derived]
        impl #names ::core::fmt::Debug for #stub #types
        where
            #carrier: ::core::fmt::Debug,
        {
            fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                formatter
                    .debug_struct(::core::stringify!(#stub))
                    .field("carrier", &self.carrier)
                    .finish()
            }
        }
    }
}

/// The names that the functions of a stub bind, beside the arguments of the user's methods.
const OWN_NAMES: &[&str] = &[
    "carrier",
    "formatter",
    "name",
    "options",
    "server",
    "service",
];
