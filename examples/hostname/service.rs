//! The interface: what `org.freedesktop.hostname1` is on D-Bus, with methods for its properties.

use std::fmt;

use domainsockets::service;
use serde::{Deserialize, Serialize};

/// What the machine is called, and what it is.
#[service(name = "org.freedesktop.hostname1")]
pub(crate) trait Hostname1 {
    /// All properties at once.
    fn describe(&self) -> Description;

    /// The name that the kernel has.
    fn hostname(&self) -> String;

    /// The name that is kept over restarts.
    fn static_hostname(&self) -> String;

    /// The name that is shown to people: any text.
    fn pretty_hostname(&self) -> String;

    /// What kind of machine it is.
    fn chassis(&self) -> Chassis;

    /// Changes the static name. Root may do that, and the daemon's own user.
    #[rpc(allow(root, own_user))]
    async fn set_static_hostname(&self, name: &str) -> Result<(), HostnameError>;

    /// Changes the name that is shown to people.
    #[rpc(allow(root, own_user))]
    async fn set_pretty_hostname(&self, name: &str) -> Result<(), HostnameError>;

    /// Changes what kind of machine it is.
    #[rpc(allow(root, own_user))]
    async fn set_chassis(&self, chassis: Chassis);

    /// Waits until the properties are newer than this revision, and returns them. This is what the signal
    /// `PropertiesChanged` is on D-Bus.
    #[rpc(idempotent)]
    async fn changed(&self, revision: u64) -> Description;
}

/// The properties.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Description {
    /// Grows with each change.
    pub(crate) revision: u64,
    /// The name that the kernel has.
    pub(crate) hostname: String,
    /// The name that is kept over restarts.
    pub(crate) static_hostname: String,
    /// The name that is shown to people.
    pub(crate) pretty_hostname: String,
    /// What kind of machine it is.
    pub(crate) chassis: Chassis,
    /// The operating system, as it calls itself.
    pub(crate) operating_system: String,
    /// The kernel's release.
    pub(crate) kernel_release: String,
}

/// What kind of machine it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Chassis {
    /// Nobody has said.
    #[default]
    Unknown,
    /// It stands on a desk.
    Desktop,
    /// It is carried about.
    Laptop,
    /// It stands in a rack.
    Server,
    /// It is simulated.
    Vm,
    /// It is a part of another one.
    Container,
}

/// Why a name was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum HostnameError {
    /// It has a character, or a length, that host names do not have.
    Invalid(String),
}

impl fmt::Display for HostnameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(name) => write!(f, "{name:?} is no name for a host"),
        }
    }
}

impl std::error::Error for HostnameError {}

impl fmt::Display for Chassis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Unknown => "unknown",
            Self::Desktop => "desktop",
            Self::Laptop => "laptop",
            Self::Server => "server",
            Self::Vm => "vm",
            Self::Container => "container",
        };
        f.write_str(name)
    }
}
