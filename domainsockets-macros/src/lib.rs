//! The `#[service]` attribute of the `domainsockets` crate.
//!
//! Do not depend on this crate: `domainsockets` exports the attribute, and both are released together.

use proc_macro::TokenStream;

mod service;

/// This attribute belongs to the crate `domainsockets`, which exports it and documents it as
/// `domainsockets::service`.
#[proc_macro_attribute]
pub fn service(args: TokenStream, item: TokenStream) -> TokenStream {
    service::service(args.into(), item.into()).into()
}
