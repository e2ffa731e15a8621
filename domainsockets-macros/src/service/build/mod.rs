//! From the syntax of a trait to the model of its service. Every rule is applied on the way.

mod assumptions;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{
    ItemTrait, LitStr, Pat, PatIdent, PatType, ReturnType, Signature, TraitItem, TraitItemFn,
};

use crate::service::attr::{self, RpcArgs, ServiceArgs};
use crate::service::check::{self, conflicts, handler_name};
use crate::service::errors::Sink;
use crate::service::model::{
    Added, Argument, Cancellation, Completion, Constant, Encoding, Method, Run, Service,
};
use crate::service::names;
use crate::service::types::{Passing, Reply, split_context};

/// Reads a trait. A method in error is left out, so that the users of the others see no further errors. A
/// trait that is in error itself is no service.
pub(crate) fn service<'a>(
    args: &'a ServiceArgs,
    item: &'a ItemTrait,
    sink: &Sink<'_>,
) -> Option<Service<'a>> {
    let own = sink.child();
    check::trait_syntax(item, &own);
    if check::async_trait(item, &own) {
        // It has changed every method, so all of them would be in error.
        return None;
    }
    let methods = item.items.iter().filter_map(|part| match part {
        TraitItem::Fn(syntax) => method(args, item, syntax, &sink.child()),
        _ => None,
    });
    let methods = conflicts::without_clashes(methods.collect(), sink);
    let constants = item.items.iter().filter_map(|part| match part {
        TraitItem::Const(constant) => Some(Constant {
            ident: &constant.ident,
            attrs: &constant.attrs,
        }),
        _ => None,
    });
    (!own.failed()).then(|| Service {
        ident: &item.ident,
        vis: &item.vis,
        attrs: &item.attrs,
        generics: &item.generics,
        krate: &args.krate,
        codec: args.codec.as_ref(),
        signatures: args.signatures,
        constants: constants.collect(),
        methods,
        added: added(args, item),
    })
}

/// Returns names for the types that the expansion adds.
fn added(args: &ServiceArgs, item: &ItemTrait) -> Added {
    // All tokens of the user that the expansion writes beside them.
    let mut tokens = TokenStream::new();
    item.to_tokens(&mut tokens);
    args.krate.to_tokens(&mut tokens);
    args.codec.to_tokens(&mut tokens);
    Added {
        implementor: names::unused_type("T", &tokens),
        carrier: names::unused_type("C", &tokens),
        mention: names::unused_type("Mention", &tokens),
        used: names::unused_type("Used", &tokens),
        types: names::unused_type("Types", &tokens),
    }
}

fn method<'a>(
    args: &ServiceArgs,
    item: &ItemTrait,
    syntax: &'a TraitItemFn,
    sink: &Sink<'_>,
) -> Option<Method<'a>> {
    let Signature { ident, output, .. } = &syntax.sig;
    let mut rpc = RpcArgs::parse(&syntax.attrs, sink);
    rpc.aliases.retain(|name| handler_name::check(name, sink));
    check::method_syntax(syntax, &rpc, &args.krate, sink);
    let handler = rpc.name.take();
    let handler = handler.unwrap_or_else(|| default_handler(args, item, &syntax.sig));
    handler_name::check(&handler, sink);
    conflicts::own_names(&handler, &rpc.aliases, sink);
    let (context, inputs) = split_context(&syntax.sig, &args.krate);
    let mut arguments = Vec::new();
    for input in inputs {
        let argument = argument(args, &arguments, input, sink);
        arguments.extend(argument);
    }
    if args.codec.is_some() && rpc.raw.is_none() {
        conflicts::argument_names(&arguments, sink);
    }
    let reply_span = match output {
        ReturnType::Type(_, ty) => ty.span(),
        ReturnType::Default => ident.span(),
    };
    let encoding = match rpc.raw {
        Some(_) => Encoding::Raw,
        None => Encoding::Codec,
    };
    (!sink.failed()).then(|| Method {
        ident,
        attrs: &syntax.attrs,
        constant: names::constant(ident),
        run: run(&syntax.sig, &rpc),
        cancellation: cancellation(&rpc),
        completion: match rpc.oneway {
            Some(_) => Completion::Sent,
            None => Completion::Reply,
        },
        encoding,
        handler,
        aliases: rpc.aliases,
        allow: rpc.allow.or_else(|| args.allow.clone()),
        is_idempotent: rpc.idempotent.is_some(),
        deadline: rpc.deadline,
        context: context.map(|context| &*context.ty),
        arguments_span: arguments_span(&syntax.sig, &arguments),
        assumptions: assumptions::of(args, item, &syntax.sig, encoding),
        arguments,
        reply: Reply::new(output, rpc.fallible.is_some()),
        reply_span,
    })
}

/// Returns the handler name of a method that is given none: that of the trait, a dot and its own.
fn default_handler(args: &ServiceArgs, item: &ItemTrait, signature: &Signature) -> LitStr {
    let method = &signature.ident;
    let service = match &args.name {
        Some(name) => name.value(),
        None => item.ident.unraw().to_string(),
    };
    // A literal of the macro, so that the documentation of the constant shows its text. Of the user's, it would
    // show what the user has written there, which is the method's name.
    let span = Span::mixed_site().located_at(method.span());
    LitStr::new(&format!("{service}.{}", method.unraw()), span)
}

fn run(signature: &Signature, rpc: &RpcArgs) -> Run {
    match (&signature.asyncness, &rpc.blocking) {
        (_, Some(_)) => Run::Blocking,
        (Some(_), None) => Run::Async,
        (None, None) => Run::Plain,
    }
}

fn cancellation(rpc: &RpcArgs) -> Cancellation {
    // Nothing stops a thread, so a method that blocks one counts as running until it returns.
    if rpc.no_cancel.is_some() || rpc.blocking.is_some() {
        Cancellation::Never
    } else if rpc.wait.is_some() {
        Cancellation::CallerOrShutdown
    } else {
        Cancellation::Caller
    }
}

/// Reads an argument behind these.
fn argument<'a>(
    args: &ServiceArgs,
    earlier: &[Argument<'_>],
    input: &'a PatType,
    sink: &Sink<'_>,
) -> Option<Argument<'a>> {
    let rename = attr::rename(&input.attrs, sink);
    if let Some(name) = &rename {
        handler_name::check_argument(name, sink);
    }
    let Pat::Ident(PatIdent { ident, .. }) = &*input.pat else {
        return None;
    };
    let name = ident.unraw();
    // A macro's argument and that of its user can have the same name, and are still two.
    let is_taken = |ident: &syn::Ident| earlier.iter().any(|argument| argument.ident == *ident);
    let distinct = if is_taken(ident) {
        let numbered = (2_usize..).map(|n| format_ident!("{name}_{n}", span = ident.span()));
        { numbered }.find(|numbered| !is_taken(numbered))?
    } else {
        ident.clone()
    };
    Some(Argument {
        ident: distinct,
        wire_name: rename.unwrap_or_else(|| LitStr::new(&name.to_string(), ident.span())),
        ty: &input.ty,
        passing: Passing::new(&input.ty, &args.krate),
    })
}

/// Returns where an error about the arguments points to: the only one, or the whole list.
fn arguments_span(signature: &Signature, arguments: &[Argument<'_>]) -> Span {
    match arguments {
        [only] => only.ident.span(),
        _ => signature.paren_token.span.join(),
    }
}
