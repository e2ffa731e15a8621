//! Attributes of a method that apply to everything generated for it.

use domainsockets::service;

use crate::macros::recorder::Recorder;

#[service]
trait Machine {
    /// Has a type that does not exist, so an expansion that keeps any part of this method does not compile.
    #[cfg(not(unix))]
    async fn drive(&self, letter: DriveLetter) -> DriveLetter;
    async fn load(&self) -> u8;
    #[cfg(unix)]
    #[rpc(name = "Machine.name")]
    fn host(&self) -> String;
    #[cfg(not(unix))]
    #[rpc(name = "Machine.name")]
    fn host(&self) -> DriveLetter;
}

struct Laptop;

impl Machine for Laptop {
    async fn load(&self) -> u8 {
        1
    }
    fn host(&self) -> String {
        "laptop".to_owned()
    }
}

#[test]
fn method_whose_condition_is_false_is_removed_everywhere() {
    assert_eq!(MachineClient::HANDLERS, ["Machine.load", "Machine.name"]);
    assert_eq!(MachineClient::HOST, "Machine.name");
    let _ = MachineServer::new(Laptop);
}

#[tokio::test]
async fn one_of_two_conditional_methods_remains() {
    let machine = MachineClient::new(Recorder::replying(b"\x01x"));
    assert_eq!(machine.host().await.unwrap(), "x");
}

mod retired {
    #[domainsockets::service]
    pub(crate) trait Clock {
        #[deprecated = "use `now`"]
        async fn time(&self) -> u8;
        async fn now(&self) -> u8;
    }
}

#[tokio::test]
async fn deprecated_method_is_deprecated_in_the_stub() {
    let clock = retired::ClockClient::new(Recorder::replying(b"\x09"));
    #[expect(deprecated, reason = "that this lint fires is what the test expects")]
    let time = clock.time().await;
    assert_eq!(time.unwrap(), clock.now().await.unwrap());
}
