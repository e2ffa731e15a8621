//! The rules for what a service may be, and the errors for breaking them. What the compiler reports as well
//! is left to the compiler.

pub(crate) mod conflicts;
mod generics;
pub(crate) mod handler_name;
mod raw;
mod wire_types;

use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{
    Attribute, GenericParam, Ident, Item, ItemTrait, Lifetime, Pat, PatType, Path, Receiver,
    ReceiverKind, ReturnType, Safety, Signature, TraitItem, TraitItemFn,
};

use crate::service::attr::{self, RpcArgs, is_rpc};
use crate::service::errors::Sink;
use crate::service::names::{self, HANDLERS, STUB_METHODS};
use crate::service::types;

/// Reports an attribute that does not stand on a trait.
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

/// Checks the trait itself, without its methods.
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
    generics::of_trait(&item.generics, sink);
    attributes(&item.attrs, sink);
    for attr in &item.attrs {
        if is_rpc(attr) {
            sink.error(
                attr,
                "`#[rpc(…)]` belongs on a method: a trait takes `#[service(…)]`",
            );
        }
        let name = attr.path().segments.last();
        if name.is_some_and(|name| name.ident == "async_trait") {
            sink.error(attr, ASYNC_TRAIT);
        }
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
            // A constant belongs to the implementation and its program, and stays in the trait.
            TraitItem::Fn(_) | TraitItem::Const(_) => {}
            TraitItem::Type(item) => sink.error(
                item.type_token,
                "the client does not know the server's types: move this associated type to \
                 another trait",
            ),
            TraitItem::Macro(item) => {
                sink.error(
                    &item.mac.path,
                    "`#[service]` cannot see into a macro: write its methods out",
                );
            }
            item => sink.error(
                item,
                "a service takes plain methods and constants only: `fn name(&self, …) -> T;`",
            ),
        }
    }
}

/// Reports a trait that the attribute `async_trait` has changed before this one saw it.
///
/// Returns whether the trait is one.
pub(crate) fn async_trait(item: &ItemTrait, sink: &Sink<'_>) -> bool {
    let lifetime = item.items.iter().find_map(|item| match item {
        TraitItem::Fn(method) => lifetime_of_async_trait(&method.sig),
        _ => None,
    });
    if let Some(lifetime) = lifetime {
        sink.push(syn::Error::new(lifetime.ident.span(), ASYNC_TRAIT));
    }
    lifetime.is_some()
}

fn lifetime_of_async_trait(signature: &Signature) -> Option<&Lifetime> {
    signature
        .generics
        .params
        .iter()
        .find_map(|parameter| match parameter {
            GenericParam::Lifetime(parameter) if parameter.lifetime.ident == "async_trait" => {
                Some(&parameter.lifetime)
            }
            _ => None,
        })
}

/// Checks a method, except for conflicts with other methods.
pub(crate) fn method_syntax(method: &TraitItemFn, rpc: &RpcArgs, krate: &Path, sink: &Sink<'_>) {
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
            "a call to another process is never constant: remove `const`",
        );
    }
    if let Safety::Unsafe(unsafety) = safety {
        sink.error(
            unsafety,
            "another process cannot uphold a safety contract: remove `unsafe`",
        );
    }
    if let Some(abi) = abi {
        sink.error(abi, "a method of a service has no ABI: remove `extern`");
    }
    stub_names(ident, sink);
    generics::of_method(parameters, sink);
    receiver(&method.sig, sink);
    arguments(&method.sig, krate, sink);
    if let Some(variadic) = variadic {
        sink.error(
            variadic,
            "a request has a fixed number of arguments: take a `Vec` instead",
        );
    }
    conflicts::keys(&method.sig, rpc, krate, sink);
    // A raw method's error is sent as its text, so its type does not matter.
    if let (ReturnType::Type(_, ty), None) = (output, &rpc.raw) {
        wire_types::reply(ty, krate, sink);
    }
}

/// Reports `cfg_attr` around attributes that have to be seen.
fn attributes(attrs: &[Attribute], sink: &Sink<'_>) {
    for attr in attrs.iter().flat_map(attr::in_cfg_attr) {
        if attr.is_ident("cfg") || attr.is_ident("rpc") {
            sink.error(attr, HIDDEN_IN_CFG_ATTR);
        }
    }
}

fn stub_names(ident: &Ident, sink: &Sink<'_>) {
    let name = ident.unraw().to_string();
    let constant = names::constant(ident);
    if STUB_METHODS.contains(&name.as_str()) {
        sink.error(
            ident,
            format_args!(
                "the stub has a method `{name}` already: rename this one (`#[rpc(name = \"…\")]` \
                 can keep its handler name)"
            ),
        );
    } else if constant == HANDLERS {
        sink.error(
            ident,
            format_args!("the stub has a constant `{HANDLERS}` already: rename this method"),
        );
    } else if constant == name {
        sink.error(
            ident,
            format_args!(
                "the constant `{constant}` for the handler name would have the name of the method: \
                 write the method in small letters"
            ),
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
    no_rename(attrs, sink);
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

fn arguments(signature: &Signature, krate: &Path, sink: &Sink<'_>) {
    let (context, arguments) = types::split_context(signature, krate);
    if let Some(context) = context {
        argument(context, sink);
        no_rename(&context.attrs, sink);
        wire_types::context(&context.ty, sink);
    }
    for (index, carried) in arguments.enumerate() {
        if index == MAX_ARGUMENTS {
            sink.error(
                &carried.pat,
                format_args!(
                    "a request has at most {MAX_ARGUMENTS} arguments: put some into a struct"
                ),
            );
        }
        argument(carried, sink);
        wire_types::argument(&carried.ty, krate, sink);
    }
}

/// Checks an argument, without its type.
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

/// Checks the attributes of an argument. All but `rpc` stay in the trait, where the compiler handles them.
fn argument_attributes(attrs: &[Attribute], sink: &Sink<'_>) {
    let hidden = attrs.iter().flat_map(attr::in_cfg_attr);
    for path in hidden.clone().filter(|path| path.is_ident("rpc")) {
        sink.error(path, HIDDEN_IN_CFG_ATTR);
    }
    let paths = attrs.iter().map(|attr| attr.path().clone()).chain(hidden);
    for path in paths.filter(|path| path.is_ident("cfg")) {
        sink.error(
            path,
            "client and server must agree on what a request carries: put `#[cfg]` on the method, \
             and write it a second time without this argument",
        );
    }
}

/// Reports `#[rpc(…)]` on an argument that no request carries.
fn no_rename(attrs: &[Attribute], sink: &Sink<'_>) {
    for attr in attrs.iter().filter(|attr| is_rpc(attr)) {
        sink.error(
            attr,
            "no request carries this, so it has no name there: remove `#[rpc(…)]`",
        );
    }
}

/// The longest tuple that serde knows, and so the most arguments of a request.
const MAX_ARGUMENTS: usize = 16;

const ASYNC_TRAIT: &str = "a service can have `async fn` without `#[async_trait]`: remove it here, and from \
                           the implementations";

const HIDDEN_IN_CFG_ATTR: &str =
    "`#[service]` cannot see into `cfg_attr`: write this attribute by itself";
