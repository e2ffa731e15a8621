//! What a service is once its syntax is known to be right: the expansion reads nothing else.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{
    Attribute, FnArg, GenericArgument, Generics, Ident, ItemTrait, LitStr, Meta, Pat, PatType,
    Path, PathArguments, ReturnType, Signature, TraitItem, TraitItemFn, Type, TypePath, Visibility,
};

use crate::service::alias;
use crate::service::allow::Allow;
use crate::service::args::{RpcArgs, ServiceArgs};
use crate::service::check;
use crate::service::errors::Sink;
use crate::service::generics;
use crate::service::names;

/// A trait whose methods can be called from another process.
pub(crate) struct Service<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) vis: &'a Visibility,
    pub(crate) attrs: Attrs<'a>,
    /// The parameters of the trait.
    pub(crate) generics: Generics,
    /// The path of the `domainsockets` crate.
    pub(crate) krate: &'a Path,
    /// The type of the codec, unless it is the default one.
    pub(crate) codec: Option<&'a Path>,
    pub(crate) methods: Vec<Method<'a>>,
    /// The parameter of the server adapter.
    pub(crate) implementor: Ident,
    /// The parameter of the stub.
    pub(crate) carrier: Ident,
}

impl<'a> Service<'a> {
    /// Reads a trait. A method in error is left out, and what remains is still a service, so
    /// that its users see no errors but those that matter; a trait that is in error itself is
    /// none.
    pub(crate) fn new(args: &'a ServiceArgs, item: &'a ItemTrait, sink: &Sink<'_>) -> Option<Self> {
        let own = sink.child();
        check::trait_syntax(item, &own);
        let prefix = match &args.name {
            Some(name) => name.value(),
            None => item.ident.unraw().to_string(),
        };
        let methods = item
            .items
            .iter()
            .filter_map(|item| match item {
                TraitItem::Fn(method) => Some(method),
                _ => None,
            })
            .filter_map(|method| Method::new(args, &prefix, method, &sink.child()))
            .collect();
        let methods = check::without_clashes(methods, sink);
        (!own.failed()).then(|| Self {
            ident: &item.ident,
            vis: &item.vis,
            attrs: Attrs(&item.attrs),
            generics: generics::of(item),
            krate: &args.krate,
            codec: args.codec.as_ref(),
            methods,
            implementor: names::type_parameter("T", item),
            carrier: names::type_parameter("C", item),
        })
    }
}

/// A method of a service.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each stands for a word that is there or is not"
)]
pub(crate) struct Method<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) attrs: Attrs<'a>,
    /// The name under which a server registers the method.
    pub(crate) handler: LitStr,
    /// The constant that holds this name.
    pub(crate) constant: Ident,
    /// Who may call the method, if not everyone who may call its server.
    pub(crate) allow: Option<Allow>,
    /// Whether a call may run more than once.
    pub(crate) is_idempotent: bool,
    /// The other names under which a server registers the method.
    pub(crate) aliases: Vec<LitStr>,
    /// Whether data are passed on as they are.
    pub(crate) is_raw: bool,
    /// Whether the method blocks its thread.
    pub(crate) is_blocking: bool,
    /// Whether the method finishes when nobody waits for its reply any more.
    pub(crate) finishes: bool,
    /// How many microseconds a call may take, unless its caller says otherwise.
    pub(crate) deadline: Option<u64>,
    /// Whether nobody waits for the reply.
    pub(crate) is_oneway: bool,
    pub(crate) is_async: bool,
    /// Where what the request carries stands, or would stand.
    pub(crate) arguments_span: Span,
    /// The type of the argument that stands for the circumstances of the call and is no part of
    /// the request, if there is one.
    pub(crate) context: Option<&'a Type>,
    /// What the request carries.
    pub(crate) arguments: Vec<Argument<'a>>,
    pub(crate) reply: Reply<'a>,
    /// Where the type of the reply stands, or would stand.
    pub(crate) reply_span: Span,
}

impl<'a> Method<'a> {
    fn new(
        args: &ServiceArgs,
        prefix: &str,
        method: &'a TraitItemFn,
        sink: &Sink<'_>,
    ) -> Option<Self> {
        let Signature { ident, .. } = &method.sig;
        let rpc = RpcArgs::parse(&method.attrs, sink);
        check::method_syntax(method, &rpc, sink);
        let handler = rpc
            .name
            .unwrap_or_else(|| LitStr::new(&format!("{prefix}.{}", ident.unraw()), ident.span()));
        check::handler_name(&handler, sink);
        alias::own_clashes(&handler, &rpc.aliases, sink);
        let (context, arguments) = split_context(&method.sig);
        (!sink.failed()).then(|| Self {
            ident,
            attrs: Attrs(&method.attrs),
            handler,
            constant: names::constant(ident),
            allow: rpc.allow.or_else(|| args.allow.clone()),
            is_idempotent: rpc.idempotent.is_some(),
            aliases: rpc.aliases,
            is_raw: rpc.raw.is_some(),
            is_blocking: rpc.blocking.is_some(),
            // Nothing stops a thread, so what blocks one has to be waited for.
            finishes: rpc.no_cancel || rpc.blocking.is_some(),
            deadline: rpc.deadline,
            is_oneway: rpc.oneway,
            is_async: method.sig.asyncness.is_some(),
            arguments_span: arguments_span(&method.sig),
            context: context.map(|context| &*context.ty),
            arguments: arguments.filter_map(Argument::new).collect(),
            reply: Reply::new(&method.sig.output, rpc.fallible.is_some()),
            reply_span: match &method.sig.output {
                ReturnType::Type(_, ty) => ty.span(),
                ReturnType::Default => ident.span(),
            },
        })
    }
}

/// An argument that the request carries.
pub(crate) struct Argument<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) ty: &'a Type,
    pub(crate) passing: Passing<'a>,
}

impl<'a> Argument<'a> {
    fn new(input: &'a PatType) -> Option<Self> {
        let Pat::Ident(pat) = &*input.pat else {
            return None;
        };
        Some(Self {
            ident: &pat.ident,
            ty: &input.ty,
            passing: Passing::new(&input.ty),
        })
    }
}

/// The arguments behind `&self`: the circumstances of the call, if the method asks for them, and
/// what the request carries.
pub(crate) fn split_context(
    signature: &Signature,
) -> (Option<&PatType>, impl Iterator<Item = &PatType>) {
    let mut arguments = signature
        .inputs
        .iter()
        .filter_map(|input| match input {
            FnArg::Typed(argument) => Some(argument),
            FnArg::Receiver(_) => None,
        })
        .peekable();
    let context = arguments.next_if(|argument| is_context(&argument.ty));
    (context, arguments)
}

/// Where the arguments stand that a request carries: the name of the only one, or all of the list.
fn arguments_span(signature: &Signature) -> Span {
    let (_, mut arguments) = split_context(signature);
    match (arguments.next(), arguments.next()) {
        (Some(only), None) => only.pat.span(),
        _ => signature.paren_token.span.join(),
    }
}

/// Whether a type is called `Context`, or refers to one that is.
fn is_context(ty: &Type) -> bool {
    match unwrapped(ty) {
        Type::Reference(reference) => context_path(&reference.elem).is_some(),
        ty => context_path(ty).is_some(),
    }
}

/// The path of a type whose last word is `Context`.
pub(crate) fn context_path(ty: &Type) -> Option<&Path> {
    let Type::Path(TypePath {
        qself: None, path, ..
    }) = unwrapped(ty)
    else {
        return None;
    };
    let last = path.segments.last();
    last.is_some_and(|last| last.ident == "Context")
        .then_some(path)
}

/// What a server decodes for an argument, and how it hands that to the method.
pub(crate) enum Passing<'a> {
    /// The argument's own type, as it is. If it borrows, it borrows from the request.
    AsIs(&'a Type),
    /// For `&T`, a `T` and a reference to it.
    Referent(&'a Type),
    /// For `&[T]`, a `Vec<T>` and a reference to it.
    Elements(&'a Type),
    /// For `&[u8]`, bytes of the request.
    Bytes,
    /// For `Vec<u8>`, bytes of the request and a copy of them.
    ByteBuf,
    /// For `Bytes`, a share in the request.
    Shared(&'a Type),
}

impl<'a> Passing<'a> {
    pub(crate) fn new(ty: &'a Type) -> Self {
        match unwrapped(ty) {
            Type::Reference(reference) if is_bytes(&reference.elem) => Self::Bytes,
            Type::Reference(reference) if !is_borrowable(&reference.elem) => {
                match unwrapped(&reference.elem) {
                    Type::Slice(slice) => Self::Elements(&slice.elem),
                    referent => Self::Referent(referent),
                }
            }
            ty if is_byte_buf(ty) => Self::ByteBuf,
            ty if is_shared_bytes(ty) => Self::Shared(ty),
            ty => Self::AsIs(ty),
        }
    }
}

/// What a method returns.
pub(crate) enum Reply<'a> {
    /// Nothing.
    Unit,
    /// Any type but a `Result`.
    Value(&'a Type),
    /// `Result<T, E>`.
    Fallible(&'a Type, &'a Type),
    /// An alias of some `Result<T, E>`.
    Alias(&'a Type),
}

impl<'a> Reply<'a> {
    pub(crate) fn new(output: &'a ReturnType, is_alias: bool) -> Self {
        let ReturnType::Type(_, ty) = output else {
            return Self::Unit;
        };
        match result_types(ty).as_deref() {
            Some(&[ok, err]) => Self::Fallible(ok, err),
            Some(_) => Self::Alias(ty),
            None if is_alias => Self::Alias(ty),
            None => Self::Value(ty),
        }
    }

    /// Whether it is bytes, which are written and read in one go.
    pub(crate) fn is_bytes(&self) -> bool {
        match self {
            Self::Unit => false,
            Self::Value(ty) | Self::Fallible(ty, _) => holds_bytes(ty),
            // The one type in the brackets is that of the value, as everywhere.
            Self::Alias(ty) => {
                matches!(result_types(ty).as_deref(), Some(&[ok]) if holds_bytes(ok))
            }
        }
    }
}

/// Whether a type is `Vec<u8>` or `Bytes`, or an `Option` of one.
fn holds_bytes(ty: &Type) -> bool {
    let option = type_arguments(ty, "Option");
    is_byte_buf(ty)
        || is_shared_bytes(ty)
        || matches!(option.as_deref(), Some(&[inner]) if holds_bytes(inner))
}

fn is_byte_buf(ty: &Type) -> bool {
    matches!(type_arguments(ty, "Vec").as_deref(), Some(&[element]) if is_u8(element))
}

fn is_shared_bytes(ty: &Type) -> bool {
    matches!(type_arguments(ty, "Bytes").as_deref(), Some(&[]))
}

fn is_bytes(ty: &Type) -> bool {
    matches!(unwrapped(ty), Type::Slice(slice) if is_u8(&slice.elem))
}

fn is_u8(ty: &Type) -> bool {
    matches!(unwrapped(ty), Type::Path(path) if path.path.is_ident("u8"))
}

/// The type arguments of a type whose last word is `Result`.
fn result_types(ty: &Type) -> Option<Vec<&Type>> {
    type_arguments(ty, "Result")
}

/// The type arguments of a type whose last word is `name`.
fn type_arguments<'a>(ty: &'a Type, name: &str) -> Option<Vec<&'a Type>> {
    let Type::Path(path) = unwrapped(ty) else {
        return None;
    };
    let last = path
        .path
        .segments
        .last()
        .filter(|last| last.ident == name)?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return Some(Vec::new());
    };
    let types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    Some(types.collect())
}

/// Whether serde can decode a reference to this type by borrowing from the request.
pub(crate) fn is_borrowable(referent: &Type) -> bool {
    match unwrapped(referent) {
        Type::Path(path) => {
            path.path.is_ident("str")
                || path
                    .path
                    .segments
                    .last()
                    .is_some_and(|last| last.ident == "Path")
        }
        ty => is_bytes(ty),
    }
}

/// A type without the parentheses around it, be they written or left by a macro.
pub(crate) fn unwrapped(ty: &Type) -> &Type {
    match ty {
        Type::Paren(inner) => unwrapped(&inner.elem),
        Type::Group(inner) => unwrapped(&inner.elem),
        ty => ty,
    }
}

/// The attributes of a trait or a method, and which of them concern what is made of it.
#[derive(Clone, Copy)]
pub(crate) struct Attrs<'a>(&'a [Attribute]);

impl<'a> Attrs<'a> {
    /// Whether the thing exists: goes with everything that is made of it.
    pub(crate) fn cfg(self) -> impl Iterator<Item = &'a Attribute> {
        self.named(&["cfg"])
    }

    /// Whether the thing exists, and should be used and shown, as in `#[doc(hidden)]`: goes
    /// with what is named after it.
    pub(crate) fn cfg_and_standing(self) -> impl Iterator<Item = &'a Attribute> {
        self.named(&["cfg", "deprecated", "doc"])
            .filter(|attr| !is_doc_comment(attr))
    }

    /// The above and the documentation: goes with what stands for the thing itself.
    pub(crate) fn cfg_and_docs(self) -> impl Iterator<Item = &'a Attribute> {
        self.named(&["cfg", "cfg_attr", "deprecated", "doc"])
    }

    /// Whether the thing is deprecated, so that even generated code may not use it in silence.
    pub(crate) fn is_deprecated(self) -> bool {
        self.named(&["deprecated"]).next().is_some()
    }

    /// The documentation of what calls a method that has none.
    pub(crate) fn doc_of_call(self, service: &Ident, method: &Ident) -> Option<TokenStream> {
        (!self.0.iter().any(is_doc_comment)).then(|| {
            let doc = format!(" Calls [`{service}::{method}`].");
            quote!(#[doc = #doc])
        })
    }

    fn named(self, names: &'static [&'static str]) -> impl Iterator<Item = &'a Attribute> {
        self.0
            .iter()
            .filter(|attr| names.iter().any(|name| attr.path().is_ident(name)))
    }
}

fn is_doc_comment(attr: &Attribute) -> bool {
    matches!(&attr.meta, Meta::NameValue(meta) if meta.path.is_ident("doc"))
}
