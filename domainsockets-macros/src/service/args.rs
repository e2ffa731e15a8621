//! The arguments of `#[service(…)]` and `#[rpc(…)]`. What the values are used for is not known
//! here.

use proc_macro2::TokenStream;
use syn::punctuated::Punctuated;
use syn::{Attribute, Ident, LitStr, Meta, Path, Token, parse_quote};

use crate::service::allow::Allow;
use crate::service::errors::Sink;
use crate::service::keys::Keys;
use crate::service::{alias, check, time};

/// The arguments of `#[service(…)]`.
pub(crate) struct ServiceArgs {
    /// What stands in front of the dot in the handler names, unless it is the trait's name.
    pub(crate) name: Option<LitStr>,
    /// The path by which generated code finds the `domainsockets` crate.
    pub(crate) krate: Path,
    /// The type that arguments and replies are written and read with, unless it is the default one.
    pub(crate) codec: Option<Path>,
    /// Who may call the methods that do not say it themselves.
    pub(crate) allow: Option<Allow>,
}

impl ServiceArgs {
    /// Parses what stands in the parentheses. An argument in error is reported and skipped.
    pub(crate) fn parse(tokens: TokenStream, sink: &Sink<'_>) -> Self {
        let mut keys = Keys::parse(
            tokens,
            "`#[service]`",
            &["name", "crate", "codec", "allow"],
            sink,
        );
        Self {
            name: keys
                .string("name", sink)
                .filter(|name| check::handler_name(name, sink)),
            krate: keys
                .path("crate", "::domainsockets", sink)
                .unwrap_or_else(|| parse_quote!(::domainsockets)),
            codec: keys.path("codec", "domainsockets::codec::Json", sink),
            allow: allow(&mut keys, sink),
        }
    }
}

/// The arguments of a method's `#[rpc(…)]`.
#[derive(Default)]
pub(crate) struct RpcArgs {
    /// The whole handler name.
    pub(crate) name: Option<LitStr>,
    /// Who may call the method, if it says so itself.
    pub(crate) allow: Option<Allow>,
    /// Whether a call may run more than once.
    pub(crate) idempotent: Option<Ident>,
    /// Further handler names.
    pub(crate) aliases: Vec<LitStr>,
    /// Whether the method returns an alias of `Result` that is called otherwise.
    pub(crate) fallible: Option<Ident>,
    /// Whether data are passed on as they are.
    pub(crate) raw: Option<Ident>,
    /// Whether the method blocks its thread.
    pub(crate) blocking: Option<Ident>,
    /// Whether the method finishes when nobody waits for its reply any more.
    pub(crate) no_cancel: bool,
    /// How many microseconds a call may take, unless its caller says otherwise.
    pub(crate) deadline: Option<u64>,
    /// Whether nobody waits for the reply.
    pub(crate) oneway: bool,
}

/// The keys of `#[rpc(…)]`.
const RPC_KEYS: &[&str] = &[
    "name",
    "allow",
    "idempotent",
    "alias",
    "fallible",
    "raw",
    "blocking",
    "no_cancel",
    "deadline",
    "oneway",
];

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
        let mut keys = Keys::parse(tokens, "`#[rpc]`", RPC_KEYS, sink);
        Self {
            name: keys
                .string("name", sink)
                .filter(|name| check::handler_name(name, sink)),
            allow: allow(&mut keys, sink),
            idempotent: keys.word("idempotent", sink),
            aliases: keys
                .take("alias")
                .map(|arg| alias::parse(&arg, sink))
                .unwrap_or_default(),
            fallible: keys.word("fallible", sink),
            raw: keys.word("raw", sink),
            blocking: keys.word("blocking", sink),
            no_cancel: keys.flag("no_cancel", sink),
            deadline: keys
                .take("deadline")
                .and_then(|time| time::micros(&time, sink)),
            oneway: keys.flag("oneway", sink),
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

fn allow(keys: &mut Keys, sink: &Sink<'_>) -> Option<Allow> {
    Allow::parse(&keys.take("allow")?, sink)
}
