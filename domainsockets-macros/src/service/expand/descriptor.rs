//! The constants that describe the methods, by their names.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote_spanned};
use syn::Path;

use crate::service::expand::parameters;
use crate::service::expand::span::{at, generated};
use crate::service::model::{Method, Service};

/// Returns a reference to the description of one method, which this stub has.
pub(super) fn reference(service: &Service<'_>, stub: &Ident, method: &Method<'_>) -> TokenStream {
    let types = parameters::names(service);
    let site = at(method.reply_span);
    let types = (!types.is_empty()).then(|| quote_spanned!(site=> ::<#(#types),*>));
    let name = name(method);
    quote_spanned!(site=> &#stub #types::#name)
}

/// Returns the name of the constant. The small letters keep it apart from the user's constants, whatever the
/// methods are called.
pub(super) fn name(method: &Method<'_>) -> Ident {
    format_ident!("method_{}", generated(&method.constant))
}

/// Returns the statement that lets generated code fall back to what compiles for a type that lacks something.
pub(super) fn fallbacks(krate: &Path) -> TokenStream {
    quote_spanned!(Span::mixed_site()=> #krate::__private::import_fallbacks! {})
}
