//! A service whose syntax is right. The expansion reads nothing else.

use proc_macro2::Span;
use syn::{Attribute, Generics, Ident, LitStr, Path, Type, Visibility};

use crate::service::attr::allow::Allow;
use crate::service::types::{Passing, Reply};

/// A trait whose methods can be called from another process.
pub(crate) struct Service<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) vis: &'a Visibility,
    pub(crate) attrs: &'a [Attribute],
    /// The parameters of the trait.
    pub(crate) generics: &'a Generics,
    /// The path of the `domainsockets` crate.
    pub(crate) krate: &'a Path,
    /// The codec, unless it is the default one.
    pub(crate) codec: Option<&'a Path>,
    /// Whether the types of the methods are to be found out.
    pub(crate) signatures: bool,
    /// The associated constants of the trait.
    pub(crate) constants: Vec<Constant<'a>>,
    pub(crate) methods: Vec<Method<'a>>,
    /// The names of the types that the expansion adds.
    pub(crate) added: Added,
}

/// Names of types that no token of the user mentions.
pub(crate) struct Added {
    /// The parameter of the server adapter.
    pub(crate) implementor: Ident,
    /// The parameter of the stubs.
    pub(crate) carrier: Ident,
    /// A struct that mentions the trait.
    pub(crate) mention: Ident,
    /// A struct that is used.
    pub(crate) used: Ident,
    /// A struct with the parameters of the trait.
    pub(crate) types: Ident,
}

/// An associated constant of a service's trait.
pub(crate) struct Constant<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) attrs: &'a [Attribute],
}

/// A method of a service.
pub(crate) struct Method<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) attrs: &'a [Attribute],
    /// The name under which a server registers the method.
    pub(crate) handler: LitStr,
    /// The constant that holds this name.
    pub(crate) constant: Ident,
    /// The other names under which a server registers the method.
    pub(crate) aliases: Vec<LitStr>,
    /// Who may call the method, if not everyone who may call its server.
    pub(crate) allow: Option<Allow>,
    pub(crate) run: Run,
    pub(crate) cancellation: Cancellation,
    pub(crate) completion: Completion,
    pub(crate) encoding: Encoding,
    /// Whether a call may run more than once.
    pub(crate) is_idempotent: bool,
    /// How many microseconds a call may take, unless its caller sets another deadline.
    pub(crate) deadline: Option<u64>,
    /// The type of the argument that is the context of the call, if the method takes it.
    pub(crate) context: Option<&'a Type>,
    /// The arguments that the request carries.
    pub(crate) arguments: Vec<Argument<'a>>,
    /// Where an error about the arguments points to.
    pub(crate) arguments_span: Span,
    pub(crate) reply: Reply<'a>,
    /// Where an error about the reply points to.
    pub(crate) reply_span: Span,
    /// What the compiler has to check, since the attribute sees names only.
    pub(crate) assumptions: Vec<Assumption<'a>>,
}

/// How a server runs a method.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Run {
    /// As a plain function, on the task that has received the request.
    Plain,
    /// As a future.
    Async,
    /// As a plain function, on a thread that it may block.
    Blocking,
}

/// What ends a method before it returns.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Cancellation {
    /// The cancellation of its call, or the end of its caller.
    Caller,
    /// Also the beginning of the server's shutdown.
    CallerOrShutdown,
    /// Nothing.
    Never,
}

/// When a stub's call is complete.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Completion {
    /// When its reply is received.
    Reply,
    /// When its request is sent.
    Sent,
}

/// How arguments and replies become bytes.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Encoding {
    /// The codec of the service writes them.
    Codec,
    /// They are bytes.
    Raw,
}

/// An argument that the request carries.
pub(crate) struct Argument<'a> {
    /// Its name in the stub, which no other argument of the method has.
    pub(crate) ident: Ident,
    /// Its name in a request.
    pub(crate) wire_name: LitStr,
    pub(crate) ty: &'a Type,
    pub(crate) passing: Passing<'a>,
}

/// What is taken for granted about a type because of its name.
pub(crate) enum Assumption<'a> {
    /// It is the context of a call, or a reference to that.
    Context(&'a Type),
    /// It is `std::path::Path`.
    StdPath(&'a Type),
    /// It is not the context of a call, although its last word is `Context`.
    NotContext(&'a Path),
    /// It is not the `Bytes` of the crate `bytes`, although its last word is `Bytes`.
    NotBytes(&'a Path),
}
