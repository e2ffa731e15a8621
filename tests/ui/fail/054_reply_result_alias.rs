use domainsockets::service;

use std::{fmt, io};

#[service]
pub trait Kv {
    async fn sync(&self) -> io::Result<()>;
    fn format(&self) -> fmt::Result;
}

fn main() {}
