//! What stands in the parentheses of an attribute: keys with a value, with a list or alone, and
//! the words in which wrong ones are reported. What they mean is not known here.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Ident, LitStr, Path, Token};

use crate::service::errors::Sink;

/// The keys of one attribute, each known and given once.
pub(crate) struct Keys(Vec<Arg>);

impl Keys {
    /// Parses what stands in the parentheses of `subject`. A key in error is reported and
    /// skipped.
    pub(crate) fn parse(
        tokens: TokenStream,
        subject: &str,
        known: &[&str],
        sink: &Sink<'_>,
    ) -> Self {
        let mut keys = Vec::<Arg>::new();
        for arg in args(tokens, subject, known, sink) {
            if keys.iter().any(|earlier| earlier.key == arg.key) {
                arg.given_twice(sink);
            } else {
                keys.push(arg);
            }
        }
        Self(keys)
    }

    pub(crate) fn string(&mut self, key: &str, sink: &Sink<'_>) -> Option<LitStr> {
        self.take(key)?
            .value("a string in quotes, as in `name = \"Kv\"`", sink)
    }

    pub(crate) fn path(&mut self, key: &str, example: &str, sink: &Sink<'_>) -> Option<Path> {
        let expected = format!("a path without quotes, as in `{key} = {example}`");
        let ModPath(path) = self.take(key)?.value(&expected, sink)?;
        Some(path)
    }

    /// Whether a key is there that takes nothing.
    pub(crate) fn flag(&mut self, key: &str, sink: &Sink<'_>) -> bool {
        self.take(key).is_some_and(|arg| arg.alone(sink))
    }

    /// A key that takes nothing, if it is there.
    pub(crate) fn word(&mut self, key: &str, sink: &Sink<'_>) -> Option<Ident> {
        self.take(key)
            .filter(|arg| arg.alone(sink))
            .map(|arg| arg.key)
    }

    pub(crate) fn take(&mut self, key: &str) -> Option<Arg> {
        let index = self.0.iter().position(|arg| arg.key == key)?;
        Some(self.0.swap_remove(index))
    }
}

/// One key, and what was given for it, which is not looked at yet.
pub(crate) struct Arg {
    pub(crate) key: Ident,
    given: Given,
}

/// What stands behind a key.
enum Given {
    Nothing,
    /// `= value`
    Value(TokenStream),
    /// `(list)`
    List(TokenStream),
    /// Something else, which no key takes. It is parsed so that the error can say what is missing.
    Stray,
}

impl Arg {
    fn parse(input: ParseStream<'_>, known: &[&str]) -> syn::Result<Self> {
        if !input.peek(Ident::peek_any) {
            return Err(input.error(format_args!("expected {}", listed(known, "or"))));
        }
        let key = input.call(Ident::parse_any)?;
        let given = if input.parse::<Option<Token![=]>>()?.is_some() {
            Given::Value(input.parse()?)
        } else {
            Given::without_value(input.parse()?)
        };
        Ok(Self { key, given })
    }

    /// The value of a key that takes one, expected in the words of `expected`.
    pub(crate) fn value<T: Parse>(&self, expected: &str, sink: &Sink<'_>) -> Option<T> {
        let parsed = match &self.given {
            Given::Value(value) => syn::parse2(value.clone()).ok(),
            _ => None,
        };
        if parsed.is_none() {
            self.takes(expected, sink);
        }
        parsed
    }

    /// The list of a key that takes one, expected in the words of `expected`.
    pub(crate) fn list(&self, expected: &str, sink: &Sink<'_>) -> Option<TokenStream> {
        if let Given::List(list) = &self.given {
            return Some(list.clone());
        }
        self.takes(expected, sink);
        None
    }

    /// The strings of a key that takes one or a list of them, expected in the words of `expected`.
    pub(crate) fn strings(&self, expected: &str, sink: &Sink<'_>) -> Vec<LitStr> {
        let strings = match &self.given {
            Given::Value(value) => syn::parse2(value.clone()).map(|string| vec![string]),
            Given::List(list) => Punctuated::<LitStr, Token![,]>::parse_terminated
                .parse2(list.clone())
                .map(|strings| strings.into_iter().collect()),
            Given::Nothing | Given::Stray => Ok(Vec::new()),
        };
        let strings = strings.unwrap_or_default();
        if strings.is_empty() {
            self.takes(expected, sink);
        }
        strings
    }

    /// Whether nothing was given for a key that takes nothing.
    pub(crate) fn alone(&self, sink: &Sink<'_>) -> bool {
        let is_alone = matches!(self.given, Given::Nothing);
        if !is_alone {
            self.takes("no value: write it alone", sink);
        }
        is_alone
    }

    pub(crate) fn given_twice(&self, sink: &Sink<'_>) {
        let key = self.key.unraw();
        sink.error(&self.key, format_args!("`{key}` is given twice: keep one"));
    }

    /// Reports that something else was given than the key takes.
    pub(crate) fn takes(&self, expected: &str, sink: &Sink<'_>) {
        let place = match &self.given {
            Given::Value(value) if !value.is_empty() => value.clone(),
            _ => self.key.to_token_stream(),
        };
        let key = self.key.unraw();
        sink.error(place, format_args!("`{key}` takes {expected}"));
    }
}

impl Given {
    fn without_value(tokens: TokenStream) -> Self {
        let mut tokens = tokens.into_iter();
        match (tokens.next(), tokens.next()) {
            (None, _) => Self::Nothing,
            (Some(TokenTree::Group(group)), None)
                if group.delimiter() == Delimiter::Parenthesis =>
            {
                Self::List(group.stream())
            }
            _ => Self::Stray,
        }
    }
}

/// The keys between commas, of those that `subject` knows. Each may come more than once.
pub(crate) fn args(
    tokens: TokenStream,
    subject: &str,
    known: &[&str],
    sink: &Sink<'_>,
) -> Vec<Arg> {
    let mut args = Vec::new();
    for tokens in split_at_commas(tokens) {
        match (|input: ParseStream<'_>| Arg::parse(input, known)).parse2(tokens) {
            Ok(arg) => {
                let key = arg.key.unraw().to_string();
                if known.contains(&key.as_str()) {
                    args.push(arg);
                } else {
                    sink.error(&arg.key, unknown_key(&key, subject, known));
                }
            }
            Err(error) => sink.push(error),
        }
    }
    args
}

/// A path without generic arguments.
struct ModPath(Path);

impl Parse for ModPath {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Path::parse_mod_style(input).map(Self)
    }
}

/// Each argument is parsed on its own, so that one in error does not hide the next.
fn split_at_commas(tokens: TokenStream) -> Vec<TokenStream> {
    let mut pieces = vec![TokenStream::new()];
    for token in tokens {
        match (&token, pieces.last_mut()) {
            (TokenTree::Punct(punct), _) if punct.as_char() == ',' => {
                pieces.push(TokenStream::new());
            }
            (_, Some(piece)) => piece.extend(quote!(#token)),
            (_, None) => {}
        }
    }
    // One comma may end the list.
    pieces.pop_if(|piece| piece.is_empty());
    pieces
}

fn unknown_key(key: &str, subject: &str, known: &[&str]) -> String {
    let near = known
        .iter()
        .map(|known| (distance(key, known), known))
        .filter(|(distance, _)| *distance <= 2)
        .min_by_key(|(distance, _)| *distance);
    match near {
        Some((_, near)) => format!("{subject} has no argument `{key}`: did you mean `{near}`?"),
        None => format!(
            "{subject} has no argument `{key}`: it takes {}",
            listed(known, "and")
        ),
    }
}

/// Keys in a sentence: "`name`, `allow` and `idempotent`".
fn listed(keys: &[&str], conjunction: &str) -> String {
    match keys {
        [keys @ .., last] if !keys.is_empty() => {
            format!("`{}` {conjunction} `{last}`", keys.join("`, `"))
        }
        keys => format!("`{}`", keys.concat()),
    }
}

/// The least number of characters to insert, remove or replace that makes `b` out of `a`.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut left = i + 1;
        let mut next = vec![left];
        for ((y, above), diagonal) in b.chars().zip(row.iter().skip(1)).zip(&row) {
            left = (left + 1)
                .min(above + 1)
                .min(diagonal + usize::from(x != y));
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{distance, listed};

    #[test]
    fn distance_counts_edits() {
        assert_eq!(distance("name", "name"), 0);
        assert_eq!(distance("nme", "name"), 1);
        assert_eq!(distance("nmae", "name"), 2);
        assert_eq!(distance("create", "crate"), 1);
        assert_eq!(distance("", "name"), 4);
        assert_eq!(distance("codec", ""), 5);
    }

    #[test]
    fn keys_are_listed_in_a_sentence() {
        assert_eq!(listed(&["name"], "and"), "`name`");
        assert_eq!(listed(&["uid", "gid"], "or"), "`uid` or `gid`");
        assert_eq!(
            listed(&["user", "uid", "gid"], "or"),
            "`user`, `uid` or `gid`"
        );
    }
}
