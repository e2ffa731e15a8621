//! The names that the expansion makes out of the user's own.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::Ident;
use syn::ext::IdentExt;

/// The methods that every stub has, whatever the trait: a method may not be called so.
pub(crate) const STUB_METHODS: &[&str] = &[
    "new",
    "dial",
    "local",
    "carrier",
    "client",
    "into_inner",
    "with",
    "signatures",
];

/// The constant that lists the handler names: no method's constant may be called so.
pub(crate) const HANDLERS: &str = "HANDLERS";

/// The constant that holds the handler name of a method: `get_all` and `getAll` make
/// `GET_ALL`.
pub(crate) fn constant(method: &Ident) -> Ident {
    let name = method.unraw().to_string();
    let mut constant = String::with_capacity(name.len() + 2);
    let mut previous = None::<char>;
    let mut chars = name.chars().peekable();
    while let Some(char) = chars.next() {
        // A word begins after a small letter or a digit, and at the last capital of several.
        let begins_word = char.is_uppercase()
            && previous.is_some_and(|previous| {
                let next_is_small = chars.peek().is_some_and(|next| next.is_lowercase());
                previous != '_' && (!previous.is_uppercase() || next_is_small)
            });
        if begins_word {
            constant.push('_');
        }
        constant.extend(char.to_uppercase());
        previous = Some(char);
    }
    Ident::new(&constant, method.span())
}

/// A name for a type parameter next to which `tokens` are to be written: `base`, behind as
/// many underscores as it takes not to be a name that the tokens mention.
pub(crate) fn type_parameter(base: &str, tokens: &impl ToTokens) -> Ident {
    let tokens = tokens.to_token_stream();
    let mut name = base.to_owned();
    while mentions(tokens.clone(), &name) {
        name.insert(0, '_');
    }
    Ident::new(&name, Span::mixed_site())
}

fn mentions(tokens: TokenStream, name: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == name,
        TokenTree::Group(group) => mentions(group.stream(), name),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

#[cfg(test)]
mod tests {
    use quote::{format_ident, quote};

    use super::{constant, type_parameter};

    #[test]
    fn constants_are_in_screaming_snake_case() {
        for (method, expected) in [
            ("get", "GET"),
            ("get_all", "GET_ALL"),
            ("getAll", "GET_ALL"),
            ("get2", "GET2"),
            ("v2Get", "V2_GET"),
            ("HTTPGet", "HTTP_GET"),
            ("r#type", "TYPE"),
            ("_hidden", "_HIDDEN"),
            ("straße", "STRASSE"),
        ] {
            assert_eq!(constant(&format_ident!("{method}")).to_string(), expected);
        }
    }

    #[test]
    fn type_parameters_shadow_nothing() {
        assert_eq!(type_parameter("T", &quote!(fn get(&self) -> U)), "T");
        assert_eq!(type_parameter("T", &quote!(fn get(&self, t: Vec<T>))), "_T");
        assert_eq!(
            type_parameter("T", &quote!(fn get(&self, t: (T, _T)))),
            "__T"
        );
    }
}
