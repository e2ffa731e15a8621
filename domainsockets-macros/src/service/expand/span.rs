//! Which tokens are the expansion's own, and what the compiler underlines.
//!
//! A token has a place, a resolution (what it can name) and an edition (whether it is a keyword). The
//! expansion's own tokens have the place of the user's token that they are generated for, so that errors
//! point there, and the resolution and edition of this crate, so that lints about them do not reach the
//! user. A token of the user keeps its resolution and edition wherever it is written: it may be a `$crate`, or
//! a word that is a keyword in this crate's edition only.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Ident, Visibility};

/// Returns the span of an own token at the place of the user's.
pub(super) fn at(span: Span) -> Span {
    Span::mixed_site().located_at(span)
}

/// Returns an own name that is spelt like the user's, at its place.
pub(super) fn generated(ident: &Ident) -> Ident {
    let span = at(ident.span());
    if *ident == "gen" {
        // A keyword in this crate's edition.
        return Ident::new_raw("gen", span);
    }
    let mut ident = ident.clone();
    ident.set_span(span);
    ident
}

/// Returns the visibility of a generated item, which is the trait's. The keyword is an own token: an item is
/// taken for the macro's or the user's by its first token, and lints go by that.
pub(super) fn visibility(vis: &Visibility) -> TokenStream {
    let mut tokens = vis.to_token_stream().into_iter();
    let keyword = tokens.next().map(|mut keyword| {
        keyword.set_span(at(keyword.span()));
        keyword
    });
    keyword.into_iter().chain(tokens).collect()
}

/// Returns the tokens with all of them at one place: the compiler underlines an expression from its first to
/// its last token. Each keeps its resolution and edition.
pub(super) fn moved(tokens: impl ToTokens, place: Span) -> TokenStream {
    let moved_one = |token| {
        let mut token = match token {
            TokenTree::Group(group) => {
                let mut moved = Group::new(group.delimiter(), moved(group.stream(), place));
                moved.set_span(group.span());
                TokenTree::Group(moved)
            }
            token => token,
        };
        token.set_span(token.span().located_at(place));
        token
    };
    tokens
        .into_token_stream()
        .into_iter()
        .map(moved_one)
        .collect()
}
