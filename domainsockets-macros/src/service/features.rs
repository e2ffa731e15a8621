//! Generated code that the library keeps or drops, by the features that it has.
//!
//! Cargo builds a procedural macro once for a whole build, with the features of all of its users, and a
//! library once for each set of features. So only the library's own macros know what is there.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::Path;

/// Keeps the tokens where the library has a server and a client for the runtime.
pub(crate) fn with_tokio(krate: &Path, tokens: &TokenStream) -> TokenStream {
    quote_spanned!(Span::mixed_site()=> #krate::__private::with_tokio! { #tokens })
}

/// Keeps the tokens where the library has a client that blocks its thread.
pub(crate) fn with_blocking(krate: &Path, tokens: &TokenStream) -> TokenStream {
    quote_spanned!(Span::mixed_site()=> #krate::__private::with_blocking! { #tokens })
}

/// Keeps the tokens where the library has its default codec. Elsewhere they become an error.
pub(crate) fn with_default_codec(krate: &Path, tokens: &TokenStream) -> TokenStream {
    quote_spanned!(Span::mixed_site()=> #krate::__private::with_default_codec! { #tokens })
}
