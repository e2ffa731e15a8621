//! The interface `org.freedesktop.hostname1`, with methods for its properties.

use std::fmt;

use domainsockets::service;
use serde::{Deserialize, Serialize};

/// Describes the machine.
#[service(name = "org.freedesktop.hostname1")]
pub(crate) trait Hostname1 {
    /// Returns all properties.
    fn describe(&self) -> Description;

    /// Returns the name that the kernel has.
    fn hostname(&self) -> String;

    /// Returns the name that survives restarts.
    fn static_hostname(&self) -> String;

    /// Returns the name for people: any text.
    fn pretty_hostname(&self) -> String;

    /// Returns the kind of machine.
    fn chassis(&self) -> Chassis;

    /// Changes the static name. Root and the daemon's own user may do that.
    #[rpc(allow(root, own_user))]
    async fn set_static_hostname(&self, name: &str) -> Result<(), HostnameError>;

    /// Changes the name for people.
    #[rpc(allow(root, own_user))]
    async fn set_pretty_hostname(&self, name: &str) -> Result<(), HostnameError>;

    /// Changes the kind of machine.
    #[rpc(allow(root, own_user))]
    async fn set_chassis(&self, chassis: Chassis);

    /// Waits until the properties are newer than this revision, and returns them. It takes the place of the
    /// signal `PropertiesChanged` on D-Bus.
    #[rpc(idempotent, wait)]
    async fn changed(&self, revision: u64) -> Description;
}

/// The properties.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Description {
    /// The number of the last change.
    pub(crate) revision: u64,
    /// The name that the kernel has.
    pub(crate) hostname: String,
    /// The name that survives restarts.
    pub(crate) static_hostname: String,
    /// The name for people.
    pub(crate) pretty_hostname: String,
    /// The kind of machine.
    pub(crate) chassis: Chassis,
    /// The operating system, as it calls itself.
    pub(crate) operating_system: String,
    /// The kernel's release.
    pub(crate) kernel_release: String,
}

/// The kind of a machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Chassis {
    /// It is not known.
    #[default]
    Unknown,
    /// A machine on a desk.
    Desktop,
    /// A portable machine.
    Laptop,
    /// A machine in a rack.
    Server,
    /// A virtual machine.
    Vm,
    /// A container on another machine.
    Container,
}

/// Why the daemon refuses a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum HostnameError {
    /// Its characters or its length are not those of a host name.
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
