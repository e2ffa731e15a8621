//! The user's lint levels hold for generated code, and the user's expectations are fulfilled.

#![deny(warnings, dead_code, unfulfilled_lint_expectations)]

/// Has arguments with the names of other languages, which are sent.
#[domainsockets::service(codec = domainsockets::codec::Json)]
pub trait Store {
    #[allow(non_snake_case)]
    async fn get(&self, #[allow(non_snake_case)] theKey: u8) -> u8;
    #[expect(non_snake_case, reason = "as elsewhere")]
    async fn getAll(&self) -> u8;
    #[cfg_attr(unix, expect(non_snake_case))]
    async fn getNone(&self) -> u8;
    fn renamed(&self, #[rpc(rename = "theKey")] the_key: u8) -> u8;
}

#[domainsockets::service]
#[allow(non_snake_case, non_camel_case_types)]
pub trait kv_Store {
    async fn getAll(&self, theKey: u8) -> u8;
}

/// Is not used.
#[domainsockets::service]
#[expect(dead_code, reason = "of a later version")]
trait Unused {
    async fn len(&self) -> u8;
}

#[domainsockets::service]
#[expect(unused, reason = "of a later version")]
trait UnusedToo {
    const MAX: u8 = 3;
    async fn len(&self, ctx: &domainsockets::Context) -> u8;
}

/// Has a method and a constant that are not used.
#[domainsockets::service]
trait Used {
    #[expect(dead_code, reason = "of a later version")]
    const MAX: u8 = 3;
    async fn len(&self) -> u8;
    #[expect(dead_code, reason = "of a later version")]
    fn later(&self, #[expect(unused_variables, reason = "of a later version")] size: u8) {}
}

/// Is deprecated under a condition.
#[domainsockets::service]
#[cfg_attr(unix, deprecated)]
pub trait Retired {
    #[cfg_attr(unix, deprecated = "use `count`")]
    fn len(&self) -> u8;
    fn count(&self) -> u8;
}

fn main() {
    assert_eq!(UsedClient::LEN, "Used.len");
    assert_eq!(StoreClient::GET_ALL, "Store.getAll");
}
