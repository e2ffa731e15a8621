//! What the kernel reports about a process and about the machine.

use std::fs;
use std::path::Path;

/// Returns the CPU time that a process has used, in seconds.
pub(crate) fn cpu(process: u32) -> f64 {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name of the program may contain anything, and ends at the last parenthesis.
    let fields = text.rsplit(')').next().unwrap_or_default();
    let ticks: u64 = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    ticks as f64 / rustix::param::clock_ticks_per_second() as f64
}

/// Returns the resident memory of a process, in KiB.
pub(crate) fn resident(process: u32) -> f64 {
    kib(&format!("/proc/{process}/status"), "VmRSS:")
}

/// Returns how many descriptors a process has open.
pub(crate) fn descriptors(process: u32) -> f64 {
    entries(&format!("/proc/{process}/fd"))
}

/// Returns how many threads a process has.
pub(crate) fn threads(process: u32) -> f64 {
    entries(&format!("/proc/{process}/task"))
}

/// Returns the available memory of the machine, in KiB.
pub(crate) fn available() -> f64 {
    kib("/proc/meminfo", "MemAvailable:")
}

/// Returns the kernel memory of the unread datagrams that a process has sent, in KiB.
pub(crate) fn unread(process: u32) -> f64 {
    // `m` shows the memory of each socket, `p` its process: `skmem:(r0,rb…,t0,tb…,…,w…,…)`.
    let output = std::process::Command::new("ss")
        .args(["-xapmH"])
        .output()
        .expect("ss, of iproute2, shows what sockets hold");
    let text = String::from_utf8_lossy(&output.stdout);
    let owner = format!("pid={process},");
    let mut bytes = 0.0;
    let mut own = false;
    for line in text.lines() {
        if !line.starts_with(char::is_whitespace) {
            own = line.contains(&owner);
        }
        let Some((_, memory)) = line.split_once("skmem:(") else {
            continue;
        };
        if own {
            bytes += memory
                .split([',', ')'])
                .filter_map(|part| part.strip_prefix('t')?.parse::<f64>().ok())
                .sum::<f64>();
        }
    }
    bytes / 1024.0
}

/// Returns how many sockets are bound in a directory, with a file or without.
pub(crate) fn sockets(dir: &Path) -> f64 {
    let dir = format!("{}/", dir.display());
    let text = fs::read_to_string("/proc/net/unix").unwrap_or_default();
    text.lines().filter(|line| line.contains(&dir)).count() as f64
}

/// Returns how many files a directory has.
pub(crate) fn files(dir: &Path) -> f64 {
    entries(&dir.display().to_string())
}

fn entries(dir: &str) -> f64 {
    fs::read_dir(dir).map_or(f64::NAN, |entries| entries.count() as f64)
}

fn kib(file: &str, field: &str) -> f64 {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.lines()
        .find_map(|line| line.strip_prefix(field))
        .and_then(|value| value.trim().strip_suffix(" kB")?.trim().parse().ok())
        .unwrap_or(f64::NAN)
}
