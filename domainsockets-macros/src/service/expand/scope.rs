//! The scope of generated functions, in which a pattern is a new name whatever the user has called so.
//!
//! A name in a pattern means a unit struct, a constant or a static of that name where there is one, and they
//! are no values that an argument could have. Programs do have such items: a table of `diesel` is a unit struct
//! for each column. No spelling of a pattern is free of it, and a macro's names are hygienic among local
//! variables only. But an item of a block hides those around the block, and a function is an item that a
//! pattern never means. So each name that the generated functions bind is a function of the block that holds
//! them. Types of the name are not hidden.

use std::collections::BTreeMap;

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::Ident;
use syn::ext::IdentExt;

use crate::service::expand::attrs;
use crate::service::expand::span::generated;
use crate::service::model::Service;

/// Returns the items in a scope where these names of functions of theirs, and of the user's arguments, are new
/// in patterns.
pub(super) fn scope<'a>(
    service: &Service<'_>,
    own: &[&str],
    arguments: impl IntoIterator<Item = &'a Ident>,
    items: &TokenStream,
) -> TokenStream {
    let own = own.iter().map(|name| Ident::new(name, Span::mixed_site()));
    let arguments = arguments.into_iter().map(generated);
    let names: BTreeMap<_, _> = own
        .chain(arguments)
        .map(|name| (name.unraw().to_string(), name))
        .collect();
    let names = names.values();
    let attrs = attrs::of_mention(service.attrs);
    quote_spanned! {Span::mixed_site()=>
        #attrs
        const _: () = {
            #(fn #names() {})*
            #items
        };
    }
}
