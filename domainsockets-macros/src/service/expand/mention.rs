//! A use of the trait, whichever items are generated for it.
//!
//! A program that only calls does not use the trait, and no caller uses all of its methods. The compiler would
//! call them dead code. An attribute that allows that would be an error where the program forbids the lint,
//! so the trait is used.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

use crate::service::expand::attrs;
use crate::service::expand::parameters::{self, Parameters};
use crate::service::model::Service;

/// Returns items that are not dead code, and use the trait, its methods and its constants.
pub(crate) fn expand(service: &Service<'_>) -> TokenStream {
    if attrs::expect_dead_code(service.attrs) {
        // The compiler has to find it, since the user expects that.
        return TokenStream::new();
    }
    let site = Span::mixed_site();
    let (implementor, mention, used) = (
        &service.added.implementor,
        &service.added.mention,
        &service.added.used,
    );
    let of_trait = parameters::of_trait(service);
    let Parameters { bounded, declared } = parameters::of_server(service);
    let (bounds, types, clause) = bounded.split_for_impl();
    let parameters = declared.type_params().map(|parameter| &parameter.ident);
    let methods = service
        .methods
        .iter()
        .map(|method| (method.ident, method.attrs));
    let constants = service.constants.iter();
    let constants = constants.map(|constant| (constant.ident, constant.attrs));
    let mentioned = methods
        .chain(constants)
        .filter(|(_, attrs)| !attrs::expect_dead_code(attrs))
        .map(|(ident, attrs)| {
            let attrs = attrs::of_use(attrs);
            quote_spanned!(site=> #attrs let _ = <#implementor as #of_trait>::#ident;)
        });

    let attrs = attrs::of_mention(service.attrs);
    // The compiler takes an impl of another crate's trait for used where the type is.
    quote_spanned! {site=>
        #attrs
        const _: () = {
        struct #mention #declared(::core::marker::PhantomData<fn() -> (#(#parameters,)*)>);
        struct #used;
        impl #bounds ::core::convert::From<#mention #types> for #used #clause {
            fn from(_: #mention #types) -> Self {
                #(#mentioned)*
                Self
            }
        }
        let _ = #used;
        };
    }
}
