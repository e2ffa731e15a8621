//! `KvServer<T>`: the server adapter, a service made of any `T: Kv`.

use proc_macro2::{Literal, Span, TokenStream};
use quote::{format_ident, quote_spanned};
use syn::ext::IdentExt;
use syn::{Ident, Path};

use crate::service::attr::allow::{Allow, Who};
use crate::service::expand::arguments;
use crate::service::expand::attrs;
use crate::service::expand::codec;
use crate::service::expand::descriptor;
use crate::service::expand::parameters::{self, Parameters};
use crate::service::expand::raw;
use crate::service::expand::scope::scope;
use crate::service::expand::span::{at, generated, moved, visibility};
use crate::service::model::{Cancellation, Encoding, Method, Run, Service};

/// Returns the server adapter of a service.
pub(crate) fn expand(service: &Service<'_>) -> TokenStream {
    let Service {
        ident,
        krate,
        added,
        ..
    } = service;
    let vis = visibility(service.vis);
    let implementor = &added.implementor;
    let server = format_ident!("{}Server", generated(ident));
    let Parameters { bounded, declared } = parameters::of_server(service);
    let (bounds, types, clause) = bounded.split_for_impl();
    let (names, ..) = declared.split_for_impl();
    let (phantom, phantom_value) = parameters::phantom(service).unzip();
    let attrs = attrs::of_struct(service);
    let registrations = service
        .methods
        .iter()
        .map(|method| registration(service, method));

    let name = ident.unraw();
    let server_doc =
        format!(" The server adapter of [`{name}`], a service for `Server::add_service`.");
    let new_doc = format!(" Serves this implementation of [`{name}`].");
    let from_arc_doc = format!(" Serves an implementation of [`{name}`] shared through an `Arc`.");

    let fallbacks = descriptor::fallbacks(krate);
    let items = quote_spanned! {Span::mixed_site()=>
        #fallbacks

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

        #[automatically_derived]
        impl #names ::core::clone::Clone for #server #types {
            fn clone(&self) -> Self {
                Self { service: ::core::clone::Clone::clone(&self.service), #phantom_value }
            }
        }

        #[automatically_derived]
        impl #names ::core::fmt::Debug for #server #types {
            fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                formatter.debug_struct(::core::stringify!(#server)).finish_non_exhaustive()
            }
        }
    };
    let variables: Vec<_> = service
        .methods
        .iter()
        .flat_map(arguments::variables)
        .collect();
    let scope = scope(service, OWN_NAMES, &variables, &items);

    quote_spanned! {Span::mixed_site()=>
        #[doc = #server_doc]
        #attrs
        #vis struct #server #declared {
            service: ::std::sync::Arc<#implementor>,
            #phantom
        }

        #scope
    }
}

/// Returns the statements that register one method.
fn registration(service: &Service<'_>, method: &Method<'_>) -> TokenStream {
    let Service { ident, krate, .. } = service;
    let site = Span::mixed_site();
    let client = format_ident!("{}Client", generated(ident));
    let described = descriptor::reference(service, &client, method);
    let used = attrs::of_use(method.attrs);
    let run = run(service, &client, method);
    let more = more(krate, method);

    quote_spanned! {site=>
        #used
        methods.add_method(#described, {
            let service = ::core::clone::Clone::clone(&self.service);
            move |request: #krate::__private::Request| {
                let service = ::core::clone::Clone::clone(&service);
                #run
            }
        })?;
        #more
    }
}

/// Returns the future that answers a request for one method.
fn run(service: &Service<'_>, client: &Ident, method: &Method<'_>) -> TokenStream {
    let krate = service.krate;
    let site = Span::mixed_site();
    let decoding = (method.encoding == Encoding::Codec).then(|| {
        // Arguments that cannot be read are reported at their types.
        let types = arguments::read(krate, method);
        let (kept, decoded) = codec::decode(service, method, &types);
        let variables = arguments::variables(method);
        let binding =
            (!variables.is_empty()).then(|| quote_spanned!(site=> let (#(#variables,)*) =));
        quote_spanned!(site=> #kept #binding #decoded;)
    });
    let answer = answer(service, client, method);
    let run = quote_spanned!(site=> #decoding #answer);
    match method.run {
        Run::Async if method.cancellation == Cancellation::CallerOrShutdown => {
            quote_spanned! {site=>
                #krate::__private::unless_shutting_down(
                    ::core::clone::Clone::clone(request.context()),
                    async move { #run },
                )
            }
        }
        Run::Blocking => quote_spanned!(site=> #krate::__private::blocking(move || { #run })),
        Run::Plain | Run::Async => quote_spanned!(site=> async move { #run }),
    }
}

/// Returns the expression that calls one method, and writes its result.
fn answer(service: &Service<'_>, client: &Ident, method: &Method<'_>) -> TokenStream {
    let Service { krate, added, .. } = service;
    let implementor = &added.implementor;
    // A result that cannot be written is reported at its type.
    let site = at(method.reply_span);
    let of_trait = parameters::of_trait(service);
    let name = method.ident;
    let function = quote_spanned!(site=> <#implementor as #of_trait>::#name);
    let function = moved(function, method.reply_span);
    let passed = arguments::passed(krate, method);
    let awaited = (method.run == Run::Async).then(|| quote_spanned!(site=> .await));
    let result = quote_spanned!(site=> #function(&service, #(#passed),*) #awaited);
    match method.encoding {
        Encoding::Raw => raw::encode(krate, method, &result),
        Encoding::Codec => codec::encode(service, client, method, &result),
    }
}

/// Returns the statements that restrict the callers of a method, let it finish, and give it more names.
fn more(krate: &Path, method: &Method<'_>) -> TokenStream {
    let site = Span::mixed_site();
    let cfg = attrs::cfg(method.attrs);
    let handler = &method.handler;
    let restrict = method.allow.as_ref().map(|allow| {
        let callers = callers(krate, allow);
        quote_spanned!(site=> #cfg methods.restrict(#handler, #callers)?;)
    });
    let finish = (method.cancellation == Cancellation::Never)
        .then(|| quote_spanned!(site=> #cfg methods.set_no_cancel(#handler)?;));
    let aliases = method
        .aliases
        .iter()
        .map(|alias| quote_spanned!(site=> #cfg methods.alias(#handler, #alias)?;));
    // An alias copies the callers and the ending of its method, so it is registered behind them.
    quote_spanned!(site=> #restrict #finish #(#aliases)*)
}

/// Returns the expression for the callers that a method allows.
fn callers(krate: &Path, allow: &Allow) -> TokenStream {
    let site = Span::mixed_site();
    let whom = allow.0.iter().map(|who| match who {
        Who::Anyone => quote_spanned!(site=> anyone()),
        Who::Root => quote_spanned!(site=> root()),
        Who::OwnUser => quote_spanned!(site=> own_user()),
        Who::User(name) => quote_spanned!(site=> user(#name)?),
        Who::Group(name) => quote_spanned!(site=> group(#name)?),
        Who::Uid(id) => {
            let id = Literal::u32_unsuffixed(*id);
            quote_spanned!(site=> uid(#id))
        }
        Who::Gid(id) => {
            let id = Literal::u32_unsuffixed(*id);
            quote_spanned!(site=> gid(#id))
        }
    });
    let nobody = (allow.0 != [Who::Anyone]).then(|| quote_spanned!(site=> nobody().));
    quote_spanned!(site=> #krate::Allow::#nobody #(#whom).*)
}

/// The names that the adapter's functions bind.
const OWN_NAMES: &[&str] = &["formatter", "kept", "methods", "request", "service"];
