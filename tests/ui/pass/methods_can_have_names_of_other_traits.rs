//! A method can have the name of one that a trait in scope implements for every type.

#![deny(warnings)]

trait Pipe: Sized {
    fn pipe<T>(self, by: impl FnOnce(Self) -> T) -> T {
        by(self)
    }
    fn write(self) -> u8 {
        0
    }
    fn encode(self) -> u8 {
        0
    }
    fn add_method(self) -> u8 {
        0
    }
    fn clone(self) -> u8 {
        0
    }
}

impl<T> Pipe for T {}

#[domainsockets::service]
pub trait Conversion {
    async fn into(&self) -> u8;
    async fn try_into(&self) -> u8;
    async fn pipe(&self, by: &str) -> u8;
    fn borrow(&self, value: &[u8]) -> Vec<u8>;
    fn to_owned(&self) -> Result<u8, u8>;
    fn write(&self);
    #[rpc(raw)]
    fn data(&self, data: Vec<u8>) -> Vec<u8>;
    #[rpc(oneway)]
    async fn send(&self);
}

struct Same;

impl Conversion for Same {
    async fn into(&self) -> u8 {
        1
    }
    async fn try_into(&self) -> u8 {
        2
    }
    async fn pipe(&self, _by: &str) -> u8 {
        3
    }
    fn borrow(&self, _value: &[u8]) -> Vec<u8> {
        Vec::new()
    }
    fn to_owned(&self) -> Result<u8, u8> {
        Ok(4)
    }
    fn write(&self) {}
    fn data(&self, data: Vec<u8>) -> Vec<u8> {
        data
    }
    async fn send(&self) {}
}

fn main() {
    let conversion = ConversionBlockingClient::local(Same).unwrap();
    assert_eq!((&conversion).into().unwrap(), 1);
    assert_eq!((&conversion).try_into().unwrap(), 2);
    assert_eq!((&conversion).pipe("a").unwrap(), 3);
    assert_eq!(1_u8.pipe(|one| one), 1);
    assert_eq!(0_u8.write() + 0_u8.encode() + 0_u8.add_method() + Pipe::clone(0_u8), 0);
}
