//! The arguments of `#[service(…)]` and `#[rpc(…)]`: keys, their values, and what is wrong
//! with them. What the values are used for is not known here.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Ident, LitStr, Meta, Path, Token, parse_quote};

use crate::service::check;
use crate::service::errors::Sink;

/// The arguments of `#[service(…)]`.
pub(crate) struct ServiceArgs {
    /// What stands in front of the dot in the handler names, unless it is the trait's name.
    pub(crate) name: Option<LitStr>,
    /// The path by which generated code finds the `domainsockets` crate.
    pub(crate) krate: Path,
}

impl ServiceArgs {
    /// Parses what stands in the parentheses. An argument in error is reported and skipped.
    pub(crate) fn parse(tokens: TokenStream, sink: &Sink<'_>) -> Self {
        let mut args = Args::parse(tokens, "service", &["name", "crate"], sink);
        Self {
            name: args
                .string("name", sink)
                .filter(|name| check::handler_name(name, sink)),
            krate: args
                .path("crate", sink)
                .unwrap_or_else(|| parse_quote!(::domainsockets)),
        }
    }
}

/// The arguments of a method's `#[rpc(…)]`.
#[derive(Default)]
pub(crate) struct RpcArgs {
    /// The whole handler name.
    pub(crate) name: Option<LitStr>,
}

impl RpcArgs {
    /// Parses the one `#[rpc(…)]` that a method may have.
    pub(crate) fn parse(attrs: &[Attribute], sink: &Sink<'_>) -> Self {
        let mut rpcs = attrs.iter().filter(|attr| is_rpc(attr));
        let Some(rpc) = rpcs.next() else {
            return Self::default();
        };
        for repeated in rpcs {
            sink.error(
                repeated,
                "a method has one `#[rpc(…)]`: merge this into the first",
            );
        }
        let tokens = match &rpc.meta {
            Meta::List(list) if !list.tokens.is_empty() => list.tokens.clone(),
            _ => {
                sink.error(
                    rpc,
                    "`#[rpc]` says nothing here: write `#[rpc(name = \"…\")]` or remove it",
                );
                return Self::default();
            }
        };
        let mut args = Args::parse(tokens, "rpc", &["name"], sink);
        Self {
            name: args
                .string("name", sink)
                .filter(|name| check::handler_name(name, sink)),
        }
    }
}

/// Whether an attribute is ours.
pub(crate) fn is_rpc(attr: &Attribute) -> bool {
    attr.path().is_ident("rpc")
}

/// The attributes that a `cfg_attr` stands for.
pub(crate) fn in_cfg_attr(attr: &Attribute) -> Vec<Path> {
    if !attr.path().is_ident("cfg_attr") {
        return Vec::new();
    }
    let metas = attr
        .parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
        .unwrap_or_default();
    metas
        .iter()
        .skip(1)
        .map(|meta| meta.path().clone())
        .collect()
}

/// One attribute's `key = value` pairs, each key known and given once.
struct Args(Vec<Arg>);

impl Args {
    fn parse(tokens: TokenStream, attribute: &str, keys: &[&str], sink: &Sink<'_>) -> Self {
        let mut args = Vec::<Arg>::new();
        for tokens in split_at_commas(tokens) {
            let arg = match syn::parse2::<Arg>(tokens) {
                Ok(arg) => arg,
                Err(error) => {
                    sink.push(error);
                    continue;
                }
            };
            let key = arg.key.unraw().to_string();
            if !keys.contains(&key.as_str()) {
                sink.error(&arg.key, unknown_key(&key, attribute, keys));
            } else if args.iter().any(|earlier| earlier.key == arg.key) {
                sink.error(&arg.key, format_args!("`{key}` is given twice: keep one"));
            } else {
                args.push(arg);
            }
        }
        Self(args)
    }

    fn string(&mut self, key: &str, sink: &Sink<'_>) -> Option<LitStr> {
        self.value(key, "a string in quotes, as in `name = \"Kv\"`", sink)
    }

    fn path(&mut self, key: &str, sink: &Sink<'_>) -> Option<Path> {
        self.value::<ModPath>(
            key,
            "a path without quotes, as in `crate = ::domainsockets`",
            sink,
        )
        .map(|ModPath(path)| path)
    }

    fn value<T: Parse>(&mut self, key: &str, expected: &str, sink: &Sink<'_>) -> Option<T> {
        let index = self.0.iter().position(|arg| arg.key == key)?;
        let Arg { key: ident, value } = self.0.swap_remove(index);
        let value = value.unwrap_or_default();
        let parsed = syn::parse2(value.clone());
        if parsed.is_err() {
            let place = if value.is_empty() {
                ident.into_token_stream()
            } else {
                value
            };
            sink.error(place, format_args!("`{key}` takes {expected}"));
        }
        parsed.ok()
    }
}

/// One `key = value`, its value not looked at yet. `key` and `key(value)` are taken too, so
/// that the error can name what is missing.
struct Arg {
    key: Ident,
    value: Option<TokenStream>,
}

impl Parse for Arg {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if !input.peek(Ident::peek_any) {
            return Err(input.error("expected `key = value`"));
        }
        let key = input.call(Ident::parse_any)?;
        let value = if input.parse::<Option<Token![=]>>()?.is_some() {
            Some(input.parse()?)
        } else {
            // Whatever follows stands where no value can.
            input.parse::<TokenStream>()?;
            None
        };
        Ok(Self { key, value })
    }
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

fn unknown_key(key: &str, attribute: &str, keys: &[&str]) -> String {
    let near = keys.iter().find(|known| distance(key, known) <= 2);
    match near {
        Some(known) => format!("`#[{attribute}]` has no argument `{key}`: did you mean `{known}`?"),
        None => format!(
            "`#[{attribute}]` has no argument `{key}`: it takes `{}`",
            keys.join("` and `")
        ),
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
    use super::distance;

    #[test]
    fn distance_counts_edits() {
        assert_eq!(distance("name", "name"), 0);
        assert_eq!(distance("nme", "name"), 1);
        assert_eq!(distance("nmae", "name"), 2);
        assert_eq!(distance("create", "crate"), 1);
        assert_eq!(distance("", "name"), 4);
        assert_eq!(distance("codec", ""), 5);
    }
}
