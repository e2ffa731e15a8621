//! `#[service]`, from tokens to tokens: the syntax is checked and read into a model that holds nothing but
//! valid parts, and the model is expanded.

mod attr;
mod build;
mod check;
mod errors;
mod expand;
mod features;
mod model;
mod names;
mod types;

#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::Item;

use crate::service::attr::ServiceArgs;
use crate::service::check::handler_name;
use crate::service::errors::Report;
use crate::service::expand::{blocking, client, mention, needs, server, trait_};
use crate::service::model::{Encoding, Service};

/// Expands `#[service(args)]` on an item.
///
/// The item is written again whatever is wrong with it, so that its users see no further errors.
pub(crate) fn service(args: TokenStream, item: TokenStream) -> TokenStream {
    let report = Report::default();
    let output = expand(args, item, &report);
    quote!(#output #report)
}

fn expand(args: TokenStream, item: TokenStream, report: &Report) -> TokenStream {
    let sink = report.sink();
    let mut args = ServiceArgs::parse(args, &sink);
    args.name = args.name.filter(|name| handler_name::check(name, &sink));
    let may_generate = !sink.failed();
    let item = match syn::parse2(item.clone()) {
        Ok(Item::Trait(item)) => item,
        Ok(other) => {
            check::not_a_trait(&other, &sink);
            return item;
        }
        Err(error) => {
            sink.push(error);
            return item;
        }
    };
    let mut output = trait_::expand(item.clone()).into_token_stream();
    if let Some(service) = build::service(&args, &item, &sink)
        && may_generate
    {
        output.extend(mention::expand(&service));
        output.extend(needs::expand(&service));
        output.extend(generated(&service));
    }
    output
}

/// Returns the server adapter and the stubs. The library's features decide which of them are compiled.
fn generated(service: &Service<'_>) -> TokenStream {
    let Service { krate, .. } = service;
    let mut tokio = server::expand(service);
    tokio.extend(client::expand(service));
    let mut generated = features::with_tokio(krate, &tokio);
    let blocking = blocking::expand(service);
    generated.extend(features::with_blocking(krate, &blocking));
    let mut methods = service.methods.iter();
    let is_coded = methods.any(|method| method.encoding == Encoding::Codec);
    if is_coded && service.codec.is_none() {
        generated = features::with_default_codec(krate, &generated);
    }
    generated
}
