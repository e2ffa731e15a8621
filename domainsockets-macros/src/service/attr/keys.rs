//! The keys in the parentheses of an attribute, each with a value, with a list or alone, and the errors for
//! wrong ones. What the keys mean is not known here.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Ident, LitBool, LitStr, Path, Token};

use crate::service::errors::Sink;

/// What takes keys.
pub(crate) struct Subject {
    /// What it stands on, as the subject of a sentence.
    pub(crate) owner: &'static str,
    /// Its name, as the subject of a sentence.
    pub(crate) name: &'static str,
    /// The keys that it takes.
    pub(crate) keys: &'static [&'static str],
    /// Names that people know for these keys from elsewhere, each with the key that is meant.
    pub(crate) synonyms: &'static [(&'static str, &'static str)],
}

/// The keys of one attribute, each known and given once.
pub(crate) struct Keys(Vec<Arg>);

impl Keys {
    /// Parses the keys in the parentheses. A key in error is reported and skipped.
    pub(crate) fn parse(tokens: TokenStream, subject: &Subject, sink: &Sink<'_>) -> Self {
        let mut keys = Vec::<Arg>::new();
        for arg in args(tokens, subject, sink) {
            if keys.iter().any(|earlier| earlier.key == arg.key) {
                arg.given_twice(sink);
            } else {
                keys.push(arg);
            }
        }
        Self(keys)
    }

    /// Takes out a key whose value is a string.
    pub(crate) fn string(&mut self, key: &str, example: &str, sink: &Sink<'_>) -> Option<LitStr> {
        let expected = format!("a string in quotes, as in {example}");
        self.take(key)?.value(&expected, sink)
    }

    /// Takes out a key whose value is `true` or `false`.
    pub(crate) fn bool(&mut self, key: &str, sink: &Sink<'_>) -> Option<bool> {
        let expected = format!("`true` or `false`, as in `{key} = false`");
        let value: LitBool = self.take(key)?.value(&expected, sink)?;
        Some(value.value)
    }

    /// Takes out a key whose value is a path.
    pub(crate) fn path(&mut self, key: &str, example: &str, sink: &Sink<'_>) -> Option<Path> {
        let expected = format!("a path without quotes, as in `{key} = {example}`");
        let ModPath(path) = self.take(key)?.value(&expected, sink)?;
        Some(path)
    }

    /// Takes out a key that stands alone.
    pub(crate) fn word(&mut self, key: &str, sink: &Sink<'_>) -> Option<Ident> {
        self.take(key)
            .filter(|arg| arg.alone(sink))
            .map(|arg| arg.key)
    }

    /// Takes out a key, with what was given for it.
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
    fn parse(input: ParseStream<'_>, subject: &Subject) -> syn::Result<Self> {
        if !input.peek(Ident::peek_any) {
            return Err(input.error(format_args!("expected {}", listed(subject.keys, "or"))));
        }
        let key = input.call(Ident::parse_any)?;
        let given = if input.parse::<Option<Token![=]>>()?.is_some() {
            Given::Value(input.parse()?)
        } else {
            Given::without_value(input.parse()?)
        };
        Ok(Self { key, given })
    }

    /// Returns the value of a key that takes one. `expected` says in an error what it takes.
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

    /// Returns the list of a key that takes one. `expected` says in an error what it takes.
    pub(crate) fn list(&self, expected: &str, sink: &Sink<'_>) -> Option<TokenStream> {
        if let Given::List(list) = &self.given {
            return Some(list.clone());
        }
        self.takes(expected, sink);
        None
    }

    /// Returns the strings of a key that takes one or a list of them. `expected` says in an error what it
    /// takes.
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

    /// Whether a key stands alone, as it has to.
    pub(crate) fn alone(&self, sink: &Sink<'_>) -> bool {
        let is_alone = matches!(self.given, Given::Nothing);
        if !is_alone {
            self.takes("no value: write it alone", sink);
        }
        is_alone
    }

    /// Reports a key that was given before.
    pub(crate) fn given_twice(&self, sink: &Sink<'_>) {
        let key = self.key.unraw();
        sink.error(&self.key, format_args!("`{key}` is given twice: keep one"));
    }

    /// Reports a key for which something else was given than it takes.
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

/// Parses the keys between commas, of those that `subject` takes. Each may occur more than once.
pub(crate) fn args(tokens: TokenStream, subject: &Subject, sink: &Sink<'_>) -> Vec<Arg> {
    let mut args = Vec::new();
    for tokens in split_at_commas(tokens) {
        match (|input: ParseStream<'_>| Arg::parse(input, subject)).parse2(tokens) {
            Ok(arg) => {
                let key = arg.key.unraw().to_string();
                if subject.keys.contains(&key.as_str()) {
                    args.push(arg);
                } else {
                    sink.error(&arg.key, unknown_key(&key, subject));
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

fn unknown_key(key: &str, subject: &Subject) -> String {
    let Subject {
        name,
        keys,
        synonyms,
        ..
    } = subject;
    let synonym = synonyms.iter().find(|(other, _)| *other == key);
    let near = keys
        .iter()
        .map(|known| (distance(key, known), known))
        .filter(|(distance, _)| *distance <= 2)
        .min_by_key(|(distance, _)| *distance);
    match (synonym, near) {
        (Some((_, meant)), _) | (None, Some((_, meant))) => {
            format!("{name} has no argument `{key}`: did you mean `{meant}`?")
        }
        (None, None) => format!(
            "{name} has no argument `{key}`: it takes {}",
            listed(keys, "and")
        ),
    }
}

/// Returns keys as a list for a sentence: "`name`, `allow` and `idempotent`".
fn listed(keys: &[&str], conjunction: &str) -> String {
    match keys {
        [keys @ .., last] if !keys.is_empty() => {
            format!("`{}` {conjunction} `{last}`", keys.join("`, `"))
        }
        keys => format!("`{}`", keys.concat()),
    }
}

/// Returns the least number of characters to insert, remove or replace that makes `b` out of `a`.
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
