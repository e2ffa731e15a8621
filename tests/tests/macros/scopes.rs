//! Where a service can be declared, and what may be next to it.

use std::sync::Arc;

use domainsockets::service;

use crate::macros::recorder::Recorder;

#[tokio::test]
async fn service_can_be_declared_in_a_function() {
    #[derive(Debug, serde::Deserialize, serde::Serialize)]
    struct Local(u8);

    #[service]
    trait Kv {
        async fn echo(&self, local: &Local) -> Local;
    }

    struct Store;

    impl Kv for Store {
        async fn echo(&self, local: &Local) -> Local {
            Local(local.0)
        }
    }

    let _ = KvServer::new(Store);
    let kv = KvClient::new(Recorder::replying(b"\x08"));
    assert_eq!(kv.echo(&Local(8)).await.unwrap().0, 8);
}

#[service]
trait Left {
    fn get(&self) -> u8;
}

#[service]
trait Right: Left {
    fn get(&self) -> u8;
}

struct Both;

/// Generated code must not call this `get` instead of that of a service.
impl Both {
    #[expect(
        dead_code,
        clippy::unused_self,
        reason = "this is here to be passed over"
    )]
    fn get(&self) -> ! {
        unreachable!("the service's method is meant")
    }
}

impl Left for Both {
    fn get(&self) -> u8 {
        1
    }
}

impl Right for Both {
    fn get(&self) -> u8 {
        2
    }
}

#[test]
fn services_can_share_method_names() {
    let both = Arc::new(Both);
    let left = LeftServer::from_arc(Arc::clone(&both));
    let right = RightServer::from_arc(both);
    assert_eq!(
        (LeftClient::GET, RightClient::GET),
        ("Left.get", "Right.get")
    );
    // Neither requires `Both` to be `Clone` or `Debug`.
    assert_eq!(format!("{:?}", left.clone()), "LeftServer { .. }");
    assert_eq!(format!("{:?}", right.clone()), "RightServer { .. }");
}

macro_rules! store_of {
    ($store:ident, $key:ident: $ty:ty) => {
        #[service]
        trait $store {
            async fn get(&self, $key: $ty, length: &u8) -> Option<u8>;
        }
    };
}

store_of!(Names, name: &str);
store_of!(Numbers, number: &u8);

#[tokio::test]
async fn service_can_be_made_by_a_macro() {
    let names = NamesClient::new(Recorder::replying(b"\x00"));
    assert_eq!(names.get("a", &1).await.unwrap(), None);
    let numbers = NumbersClient::new(Recorder::replying(b"\x01\x02"));
    assert_eq!(numbers.get(&1, &1).await.unwrap(), Some(2));
}
