//! The daemon's implementation. The properties are in memory, so trying it out changes nothing.

use std::fs;

use tokio::sync::watch;

use crate::service::{Chassis, Description, Hostname1, HostnameError};

/// The machine that the daemon runs on.
pub(crate) struct Machine {
    properties: watch::Sender<Description>,
}

impl Machine {
    /// Reads the properties of this machine.
    pub(crate) fn read() -> Self {
        let first_line = |path| {
            let text = fs::read_to_string(path).unwrap_or_default();
            text.lines().next().unwrap_or_default().to_owned()
        };
        let hostname = first_line("/proc/sys/kernel/hostname");
        let properties = Description {
            static_hostname: hostname.clone(),
            pretty_hostname: hostname.clone(),
            hostname,
            operating_system: operating_system(),
            kernel_release: first_line("/proc/sys/kernel/osrelease"),
            ..Description::default()
        };
        Self {
            properties: watch::Sender::new(properties),
        }
    }

    fn change(&self, change: impl FnOnce(&mut Description)) {
        self.properties.send_modify(|properties| {
            change(properties);
            properties.revision += 1;
        });
    }
}

impl Hostname1 for Machine {
    fn describe(&self) -> Description {
        self.properties.borrow().clone()
    }

    fn hostname(&self) -> String {
        self.properties.borrow().hostname.clone()
    }

    fn static_hostname(&self) -> String {
        self.properties.borrow().static_hostname.clone()
    }

    fn pretty_hostname(&self) -> String {
        self.properties.borrow().pretty_hostname.clone()
    }

    fn chassis(&self) -> Chassis {
        self.properties.borrow().chassis
    }

    async fn set_static_hostname(&self, name: &str) -> Result<(), HostnameError> {
        if !is_hostname(name) {
            return Err(HostnameError::Invalid(name.to_owned()));
        }
        self.change(|properties| name.clone_into(&mut properties.static_hostname));
        Ok(())
    }

    async fn set_pretty_hostname(&self, name: &str) -> Result<(), HostnameError> {
        if name.contains(char::is_control) {
            return Err(HostnameError::Invalid(name.to_owned()));
        }
        self.change(|properties| name.clone_into(&mut properties.pretty_hostname));
        Ok(())
    }

    async fn set_chassis(&self, chassis: Chassis) {
        self.change(|properties| properties.chassis = chassis);
    }

    async fn changed(&self, revision: u64) -> Description {
        let mut properties = self.properties.subscribe();
        let newer = properties.wait_for(|properties| revision < properties.revision);
        // It fails only if the sender was dropped, which lives as long as the service.
        newer
            .await
            .map_or_else(|_| Description::default(), |found| found.clone())
    }
}

/// Returns whether hostname(7) allows this name: labels of letters, digits and hyphens, 64 bytes in all.
fn is_hostname(name: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    name.len() <= 64 && name.split('.').all(is_label)
}

/// Returns the system's name from os-release(5).
fn operating_system() -> String {
    let text = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let name = text
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="));
    name.unwrap_or("Linux").trim_matches('"').to_owned()
}
