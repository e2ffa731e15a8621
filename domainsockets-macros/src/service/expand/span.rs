//! Where generated tokens stand. They are the macro's own, so that they clash with nothing of
//! the user's and lints about them do not fall upon the user; but what the compiler has to say
//! about them, it says at the user's token that they were made for.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::Ident;

/// The place of a user's token.
pub(super) fn at(span: Span) -> Span {
    Span::mixed_site().located_at(span)
}

/// The same name at the same place, but as the macro's own.
pub(super) fn generated(ident: &Ident) -> Ident {
    let mut ident = ident.clone();
    ident.set_span(at(ident.span()));
    ident
}

/// The same tokens, all at one place: the compiler underlines an expression from its first to
/// its last token, and so should find both there.
pub(super) fn moved(tokens: impl ToTokens, span: Span) -> TokenStream {
    let moved_one = |token| {
        let mut token = match token {
            TokenTree::Group(group) => {
                TokenTree::Group(Group::new(group.delimiter(), moved(group.stream(), span)))
            }
            token => token,
        };
        token.set_span(at(span));
        token
    };
    tokens
        .into_token_stream()
        .into_iter()
        .map(moved_one)
        .collect()
}
