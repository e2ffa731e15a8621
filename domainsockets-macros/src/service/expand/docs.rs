//! The documentation of a stub's methods, which is the user's for the trait.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::ext::IdentExt;
use syn::{Expr, ExprLit, Lit, Meta};

use crate::service::expand::span::at;
use crate::service::model::{Method, Service};

/// The documentation of one method, line by line.
pub(super) struct Docs {
    /// The paths of the trait's constants, inside and outside of the trait.
    constants: Vec<(String, String)>,
    /// Whether the next line is in a block of code.
    is_code: bool,
}

impl Docs {
    pub(super) fn new(service: &Service<'_>) -> Self {
        let service_name = service.ident.unraw();
        let names = service.constants.iter().map(|constant| {
            let name = constant.ident.unraw();
            (format!("Self::{name}"), format!("{service_name}::{name}"))
        });
        Self {
            constants: names.collect(),
            is_code: false,
        }
    }

    /// Returns a line as the stub has it. Only the trait has its constants, so a link to `Self::MAX` has to
    /// name the trait.
    pub(super) fn of_stub(&mut self, meta: &Meta) -> TokenStream {
        let Some((text, span)) = text(meta) else {
            // A macro, whose text is not known here.
            return meta.to_token_stream();
        };
        let lines: Vec<_> = text.split('\n').map(|line| self.line(line)).collect();
        let changed = lines.join("\n");
        if changed == text {
            return meta.to_token_stream();
        }
        let mut literal = Literal::string(&changed);
        literal.set_span(span);
        quote_spanned!(at(span)=> doc = #literal)
    }

    /// Returns the documentation of a method that has none.
    pub(super) fn of_call(service: &Service<'_>, method: &Method<'_>) -> TokenStream {
        let doc = format!(
            " Calls [`{}::{}`].",
            service.ident.unraw(),
            method.ident.unraw()
        );
        quote_spanned!(at(method.ident.span())=> #[doc = #doc])
    }

    fn line(&mut self, line: &str) -> String {
        let begin = line.trim_start();
        if begin.starts_with("```") || begin.starts_with("~~~") {
            self.is_code = !self.is_code;
            return line.to_owned();
        }
        if self.is_code {
            return line.to_owned();
        }
        self.constants
            .iter()
            .fold(line.to_owned(), |line, (inside, outside)| {
                replace_words(&line, inside, outside)
            })
    }
}

fn text(meta: &Meta) -> Option<(String, proc_macro2::Span)> {
    let Meta::NameValue(meta) = meta else {
        return None;
    };
    match &meta.value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some((text.value(), text.span())),
        _ => None,
    }
}

/// Replaces a path where it is not part of a longer one.
fn replace_words(line: &str, word: &str, by: &str) -> String {
    let is_part = |char: char| char.is_alphanumeric() || char == '_';
    let mut replaced = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once(word) {
        let is_whole = !before.ends_with(is_part)
            && !before.ends_with(':')
            && !after.starts_with(is_part)
            && !after.starts_with("::");
        replaced += before;
        replaced += if is_whole { by } else { word };
        rest = after;
    }
    replaced + rest
}

#[cfg(test)]
mod tests {
    use syn::{Attribute, parse_quote};

    use super::Docs;

    fn rewritten(attrs: &[Attribute]) -> String {
        let mut docs = Docs {
            constants: vec![("Self::MAX".to_owned(), "Wide::MAX".to_owned())],
            is_code: false,
        };
        let lines = attrs.iter().map(|attr| docs.of_stub(&attr.meta));
        lines.map(|line| line.to_string() + "\n").collect()
    }

    #[test]
    fn links_to_constants_name_the_trait() {
        let attrs: [Attribute; 6] = [
            parse_quote!(#[doc = " At most [`Self::MAX`], see [the constant](Self::MAX)."]),
            parse_quote!(#[doc = " [Self::MAXIMUM], [my::Self::MAX], [Self::MAX::get], [Self::put]"]),
            parse_quote!(#[doc = " ```"]),
            parse_quote!(#[doc = " let all = [Self::MAX];"]),
            parse_quote!(#[doc = " ```\n [max]: Self::MAX"]),
            parse_quote!(#[doc = include_str!("put.md")]),
        ];
        assert_eq!(
            rewritten(&attrs),
            r#"doc = " At most [`Wide::MAX`], see [the constant](Wide::MAX)."
doc = " [Self::MAXIMUM], [my::Self::MAX], [Self::MAX::get], [Self::put]"
doc = " ```"
doc = " let all = [Self::MAX];"
doc = " ```\n [max]: Wide::MAX"
doc = include_str ! ("put.md")
"#
        );
    }
}
