//! The names that the expansion forms from the user's, and those that it adds.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::Ident;
use syn::ext::IdentExt;

/// The methods that every stub has, whatever the trait: no method may have such a name.
pub(crate) const STUB_METHODS: &[&str] = &[
    "boxed",
    "new",
    "dial",
    "local",
    "carrier",
    "into_inner",
    "with",
    "signatures",
];

/// The constant that lists the handler names: no method's constant may have this name.
pub(crate) const HANDLERS: &str = "HANDLERS";

/// Returns the constant that holds the handler name of a method: `GET_ALL` for `get_all` and `getAll`.
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

/// Returns a name for a type that is declared beside `tokens`: `base`, with as many underscores in front as
/// it takes for the tokens not to mention it.
pub(crate) fn unused_type(base: &str, tokens: &TokenStream) -> Ident {
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

    use super::{constant, unused_type};

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
    fn added_types_hide_no_type_of_the_user() {
        assert_eq!(unused_type("T", &quote!(fn get(&self) -> U)), "T");
        assert_eq!(unused_type("T", &quote!(fn get(&self, t: Vec<T>))), "_T");
        assert_eq!(unused_type("T", &quote!(fn get(&self, t: (T, _T)))), "__T");
    }
}
