use domainsockets::service;

#[service]
pub trait Kv<'a, T, const N: usize>
where
    T: Clone,
{
    fn len(&self) -> u64;
}

fn main() {}
