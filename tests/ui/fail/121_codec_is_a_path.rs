use domainsockets::service;

#[service(codec = "domainsockets::codec::Json")]
pub trait Quoted {
    fn len(&self) -> u64;
}

#[service(codec)]
pub trait Nothing {
    fn len(&self) -> u64;
}

#[service(codec(domainsockets::codec::Json))]
pub trait List {
    fn len(&self) -> u64;
}

#[service(codec = Versioned<3>)]
pub trait Generic {
    fn len(&self) -> u64;
}

#[service(codec = domainsockets::codec::Json, codec = domainsockets::codec::Bincode)]
pub trait Twice {
    fn len(&self) -> u64;
}

#[service(codex = domainsockets::codec::Json)]
pub trait Misspelt {
    fn len(&self) -> u64;
}

#[service]
pub trait OfAMethod {
    #[rpc(codec = domainsockets::codec::Json)]
    fn len(&self) -> u64;
}

fn main() {}
