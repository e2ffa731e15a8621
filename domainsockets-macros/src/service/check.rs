//! Every rule about what a service may be, and the words in which its breach is reported; the
//! rules about single types are in [`travel`]. What the compiler says as well is left to the
//! compiler.

use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{
    Attribute, GenericParam, Generics, Ident, Item, ItemTrait, LitStr, Pat, PatType, Receiver,
    ReceiverKind, ReturnType, Safety, Signature, TraitItem, TraitItemFn,
};

use crate::service::args::{self, RpcArgs, is_rpc};
use crate::service::errors::Sink;
use crate::service::model::{self, Method};
use crate::service::names::{self, HANDLERS, STUB_METHODS};
use crate::service::{alias, fits, generics, travel};

/// The longest handler name that goes over the wire.
const MAX_HANDLER_NAME: usize = 1024;

/// The longest tuple that serde knows, and so the most arguments of a request.
const MAX_ARGUMENTS: usize = 16;

/// The attribute stands on something else.
pub(crate) fn not_a_trait(item: &Item, sink: &Sink<'_>) {
    let (keyword, kind): (&dyn ToTokens, _) = match item {
        Item::Enum(item) => (&item.enum_token, "an enum"),
        Item::Fn(item) => (&item.sig.fn_token, "a function"),
        Item::Impl(item) => (&item.impl_token, "an impl"),
        Item::Mod(item) => (&item.mod_token, "a module"),
        Item::Struct(item) => (&item.struct_token, "a struct"),
        Item::TraitAlias(item) => (&item.trait_token, "a trait alias"),
        item => (item, "something else"),
    };
    sink.error(
        keyword,
        format_args!("`#[service]` belongs on a trait: this is {kind}"),
    );
}

/// The trait itself, its methods aside.
pub(crate) fn trait_syntax(item: &ItemTrait, sink: &Sink<'_>) {
    if let Some(auto) = &item.modifiers.auto_token {
        sink.error(auto, "a service cannot be an auto trait: remove `auto`");
    }
    if let Some(unsafety) = &item.unsafety {
        sink.error(
            unsafety,
            "a service cannot be an unsafe trait: remove `unsafe`",
        );
    }
    generics::check(&item.generics, sink);
    attributes(&item.attrs, sink);
    for rpc in item.attrs.iter().filter(|attr| is_rpc(attr)) {
        sink.error(
            rpc,
            "`#[rpc(…)]` belongs on a method: a trait takes `#[service(…)]`",
        );
    }
    if item
        .items
        .iter()
        .all(|item| matches!(item, TraitItem::Const(_)))
    {
        sink.error(
            &item.ident,
            "a service needs a method: add one to this trait",
        );
    }
    for item in &item.items {
        match item {
            // A constant is the implementor's and its program's own, and stays in the trait.
            TraitItem::Fn(_) | TraitItem::Const(_) => {}
            TraitItem::Type(item) => sink.error(
                item.type_token,
                "the client does not know the server's types: move this associated type to \
                 another trait",
            ),
            TraitItem::Macro(item) => {
                sink.error(
                    &item.mac.path,
                    "a service cannot see into a macro: write its methods out",
                );
            }
            item => sink.error(
                item,
                "a service takes plain methods and constants only: `fn name(&self, …) -> T;`",
            ),
        }
    }
}

/// A method, its name's clashes with other methods' aside.
pub(crate) fn method_syntax(method: &TraitItemFn, rpc: &RpcArgs, sink: &Sink<'_>) {
    let Signature {
        constness,
        safety,
        abi,
        ident,
        generics: parameters,
        variadic,
        output,
        ..
    } = &method.sig;
    attributes(&method.attrs, sink);
    if let Some(constness) = constness {
        sink.error(
            constness,
            "a call over a socket is never constant: remove `const`",
        );
    }
    if let Safety::Unsafe(unsafety) = safety {
        sink.error(
            unsafety,
            "another process cannot uphold a safety contract: remove `unsafe`",
        );
    }
    if let Some(abi) = abi {
        sink.error(
            abi,
            "a method of a service has no ABI of its own: remove `extern`",
        );
    }
    stub_names(ident, sink);
    method_generics(parameters, sink);
    receiver(&method.sig, sink);
    arguments(&method.sig, sink);
    if let Some(variadic) = variadic {
        sink.error(
            variadic,
            "a request has a fixed number of arguments: take a `Vec` instead",
        );
    }
    fits::check(&method.sig, rpc, sink);
    // Of what a raw method returns, the error does not travel.
    if let (ReturnType::Type(_, ty), None) = (output, &rpc.raw) {
        travel::reply(ty, sink);
    }
}

/// What would hide other attributes from us.
fn attributes(attrs: &[Attribute], sink: &Sink<'_>) {
    for attr in attrs.iter().flat_map(args::in_cfg_attr) {
        if attr.is_ident("cfg") || attr.is_ident("rpc") {
            sink.error(
                attr,
                "`#[service]` cannot see into `cfg_attr`: write this attribute by itself",
            );
        }
    }
}

fn stub_names(ident: &Ident, sink: &Sink<'_>) {
    let name = ident.unraw().to_string();
    let constant = names::constant(ident);
    if STUB_METHODS.contains(&name.as_str()) {
        sink.error(
            ident,
            format_args!("the client stub has its own `{name}`: rename this method"),
        );
    } else if constant == HANDLERS {
        sink.error(
            ident,
            format_args!("the client stub has its own constant `{HANDLERS}`: rename this method"),
        );
    } else if constant == name {
        sink.error(
            ident,
            format_args!(
                "the constant `{constant}` for the handler name would clash with this method: \
                 write its name in small letters"
            ),
        );
    }
}

fn method_generics(generics: &Generics, sink: &Sink<'_>) {
    for param in &generics.params {
        let (name, instead): (&dyn ToTokens, _) = match param {
            GenericParam::Lifetime(param) => (
                &param.lifetime,
                "leave lifetimes out, replies own what they hold",
            ),
            GenericParam::Type(param) => (&param.ident, "name the type that goes over the wire"),
            GenericParam::Const(param) => (&param.ident, "write the number in its place"),
        };
        sink.error(
            name,
            format_args!("a method of a service cannot be generic: {instead}"),
        );
    }
    if let Some(clause) = &generics.where_clause {
        sink.error(
            clause.where_token,
            "a method of a service cannot have a where clause: remove it",
        );
    }
}

fn receiver(signature: &Signature, sink: &Sink<'_>) {
    let Some(receiver) = signature.receiver() else {
        sink.error(
            &signature.ident,
            "a method of a service takes `&self`: add it in front of the arguments",
        );
        return;
    };
    let Receiver {
        attrs,
        mutability,
        self_token,
        kind,
    } = receiver;
    argument_attributes(attrs, sink);
    let (place, found): (&dyn ToTokens, _) = match kind {
        ReceiverKind::Reference(_, None, None) => return,
        ReceiverKind::Reference(_, _, Some(mutability)) => (
            mutability,
            "not `&mut self`: keep what changes behind a lock",
        ),
        ReceiverKind::Reference(_, Some(lifetime), None) => (lifetime, "without a lifetime"),
        ReceiverKind::Typed(_, ty) => (ty, "not a `self` of some type"),
        _ => match mutability {
            Some(mutability) => (mutability, "not `mut self`"),
            None => (self_token, "not `self`: many calls share one value"),
        },
    };
    sink.error(
        place,
        format_args!("a method of a service takes `&self`, {found}"),
    );
}

fn arguments(signature: &Signature, sink: &Sink<'_>) {
    let (context, arguments) = model::split_context(signature);
    if let Some(context) = context {
        argument(context, sink);
        travel::context(&context.ty, sink);
    }
    for (index, carried) in arguments.enumerate() {
        if index == MAX_ARGUMENTS {
            sink.error(
                &carried.pat,
                format_args!(
                    "a request has at most {MAX_ARGUMENTS} arguments: gather some in a struct"
                ),
            );
        }
        argument(carried, sink);
        travel::argument(&carried.ty, sink);
    }
}

/// An argument, its type aside.
fn argument(argument: &PatType, sink: &Sink<'_>) {
    argument_attributes(&argument.attrs, sink);
    match &*argument.pat {
        Pat::Ident(pat)
            if pat.by_ref.is_none() && pat.mutability.is_none() && pat.subpat.is_none() => {}
        pat => sink.error(
            pat,
            "an argument of a service is a plain name: `name: Type`",
        ),
    }
}

/// Attributes stay on the argument, in the trait. What they mean there, the compiler knows.
fn argument_attributes(attrs: &[Attribute], sink: &Sink<'_>) {
    let hidden = attrs.iter().flat_map(args::in_cfg_attr);
    let paths = attrs.iter().map(|attr| attr.path().clone()).chain(hidden);
    for path in paths.filter(|path| path.is_ident("cfg")) {
        sink.error(
            path,
            "client and server must agree on what a request carries: put `#[cfg]` on the method, \
             and write it a second time without this argument",
        );
    }
}

/// A name under which a server could not register, or which the wire would not carry.
///
/// Returns whether the name is right.
pub(crate) fn handler_name(name: &LitStr, sink: &Sink<'_>) -> bool {
    let value = name.value();
    let wrong = if value.is_empty() {
        "is empty: write at least one character"
    } else if value.starts_with('$') {
        "begins with `$`, as only the protocol's own names do: begin it with something else"
    } else if value.contains(char::is_control) {
        "holds a control character: use printable ones only"
    } else if value.len() > MAX_HANDLER_NAME {
        "is longer than 1024 bytes: shorten it"
    } else {
        return true;
    };
    sink.error(name, format_args!("this handler name {wrong}"));
    false
}

/// The methods that can stand side by side. A method that takes what an earlier one has is
/// reported and left out.
///
/// Of methods with a `#[cfg]`, only the compiler knows which of them meet. Those are left to
/// it, and to the registration.
pub(crate) fn without_clashes<'a>(methods: Vec<Method<'a>>, sink: &Sink<'_>) -> Vec<Method<'a>> {
    let mut distinct = Vec::<Method<'a>>::new();
    for method in methods {
        let own = sink.child();
        let is_conditional = |method: &Method<'_>| method.attrs.cfg().next().is_some();
        let rivals = distinct
            .iter()
            .filter(|earlier| !is_conditional(earlier) && !is_conditional(&method));
        for earlier in rivals {
            if let Some(name) = alias::shared(&method, earlier) {
                own.error(
                    name,
                    format_args!(
                        "the handler name of `{}` is the same: change one of them",
                        earlier.ident
                    ),
                );
            } else if earlier.constant == method.constant {
                own.error(
                    method.ident,
                    format_args!(
                        "the constant `{}` would stand for `{}` as well: rename one of them",
                        method.constant, earlier.ident
                    ),
                );
            }
        }
        if !own.failed() {
            distinct.push(method);
        }
    }
    distinct
}
