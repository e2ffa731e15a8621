//! The whole way of an item through the attribute.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::Item;

use crate::service::args::ServiceArgs;
use crate::service::check;
use crate::service::errors::Report;
use crate::service::expand::{blocking, client, server, trait_};
use crate::service::model::{Attrs, Service};

/// What is made of a service, beside its trait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Made {
    /// A server, and a stub over a client of a runtime.
    pub(crate) tokio: bool,
    /// A stub that waits.
    pub(crate) blocking: bool,
}

impl Made {
    /// What the library has, which turns these features on.
    pub(crate) const ENABLED: Self = Self {
        tokio: cfg!(feature = "tokio"),
        blocking: cfg!(feature = "blocking"),
    };
}

/// Expands `#[service(args)]` on an item.
///
/// Whatever is wrong with it, the item comes out again, so that what else refers to it is
/// not in error as well.
pub(crate) fn service(args: TokenStream, item: TokenStream, made: Made) -> TokenStream {
    let report = Report::default();
    let output = expand(args, item, made, &report);
    quote!(#output #report)
}

fn expand(args: TokenStream, item: TokenStream, made: Made, report: &Report) -> TokenStream {
    let sink = report.sink();
    let args = ServiceArgs::parse(args, &sink);
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
    if let Some(service) = Service::new(&args, &item, &sink)
        && may_generate
    {
        if made.tokio {
            output.extend(server::expand(&service));
        }
        if made.tokio || made.blocking {
            output.extend(client::expand(&service, made));
        }
        if made.blocking {
            output.extend(blocking::expand(&service));
        }
    }
    output
}

/// The attributes of an item or statement that names what these attributes stand on: it
/// exists under the same conditions, and is no use of a deprecated thing.
pub(super) fn naming(attrs: Attrs<'_>) -> TokenStream {
    let cfg = attrs.cfg();
    let deprecated = using(attrs);
    quote!(#(#cfg)* #deprecated)
}

/// The attribute of what uses the thing that these attributes stand on, if it is deprecated.
pub(super) fn using(attrs: Attrs<'_>) -> Option<TokenStream> {
    attrs.is_deprecated().then(|| {
        quote!(#[allow(deprecated, reason = "what calls it is warned, not what makes it callable")])
    })
}
