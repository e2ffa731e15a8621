use domainsockets::service;

#[service]
pub trait Kv {}

fn main() {}
