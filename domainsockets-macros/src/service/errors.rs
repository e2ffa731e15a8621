//! The errors of one use of the attribute. All of them are reported at once, and each part of the trait knows
//! whether it, or a part of it, is in error and must not be expanded.

use std::cell::{Cell, RefCell};
use std::fmt::Display;

use proc_macro2::TokenStream;
use quote::{ToTokens, TokenStreamExt};

/// All errors of one use of the attribute, in the order in which they were found.
///
/// Its tokens are one `compile_error!` per error.
#[derive(Default)]
pub(crate) struct Report {
    errors: RefCell<Vec<syn::Error>>,
}

impl Report {
    /// Returns the sink of the whole item. The sinks of its parts are children of it.
    pub(crate) fn sink(&self) -> Sink<'_> {
        Sink {
            report: self,
            parent: None,
            failed: Cell::new(false),
        }
    }
}

impl ToTokens for Report {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.append_all(
            self.errors
                .borrow()
                .iter()
                .map(syn::Error::to_compile_error),
        );
    }
}

/// Where one part of the item reports its errors.
pub(crate) struct Sink<'r> {
    report: &'r Report,
    parent: Option<&'r Self>,
    failed: Cell<bool>,
}

impl Sink<'_> {
    /// Returns the sink of a part of this part. An error there is an error here too, but not in its siblings.
    pub(crate) fn child(&self) -> Sink<'_> {
        Sink {
            report: self.report,
            parent: Some(self),
            failed: Cell::new(false),
        }
    }

    /// Reports an error that underlines `tokens`.
    pub(crate) fn error(&self, tokens: impl ToTokens, message: impl Display) {
        self.push(syn::Error::new_spanned(tokens, message));
    }

    /// Reports an error that has its place already.
    pub(crate) fn push(&self, error: syn::Error) {
        self.report.errors.borrow_mut().push(error);
        self.fail();
    }

    /// Whether this part or a part of it is in error.
    pub(crate) fn failed(&self) -> bool {
        self.failed.get()
    }

    fn fail(&self) {
        self.failed.set(true);
        if let Some(parent) = self.parent {
            parent.fail();
        }
    }
}

#[cfg(test)]
mod tests {
    use proc_macro2::TokenStream;
    use quote::{ToTokens, quote};

    use super::Report;

    #[test]
    fn failure_reaches_the_parents_but_not_the_siblings() {
        let report = Report::default();
        let root = report.sink();
        let (left, right) = (root.child(), root.child());
        let leaf = left.child();
        leaf.error(quote!(x), "wrong");
        assert!(leaf.failed() && left.failed() && root.failed());
        assert!(!right.failed());
    }

    #[test]
    fn every_error_is_reported() {
        let report = Report::default();
        let sink = report.sink();
        sink.error(quote!(x), "first");
        sink.child().error(quote!(y), "second");
        let tokens: TokenStream = report.into_token_stream();
        assert_eq!(
            tokens.to_string(),
            quote!(::core::compile_error! { "first" } ::core::compile_error! { "second" })
                .to_string(),
        );
    }
}
