//! Requirements of tests that not every machine meets. Where one is missing, the test reports that and
//! does nothing. Where the variable `CI` is set, it fails.

use std::env;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::fs::{XattrFlags, setxattr};
use tempfile::NamedTempFile;

/// Returns whether the tool `strace` can be run, which makes system calls fail.
pub fn strace() -> bool {
    runs("strace", "-V")
}

/// Returns whether `python3` can be run, which sets socket options that have no safe function.
pub fn python() -> bool {
    runs("python3", "--version")
}

/// Returns whether this process is root, which can act as any user.
pub fn root() -> bool {
    rustix::process::geteuid().is_root()
        || missing("this process is not root, which can act as other users")
}

/// Returns whether users can create namespaces here.
pub fn namespaces() -> bool {
    let mut unshare = Command::new("unshare");
    unshare.args(["--user", "--pid", "--fork", "true"]);
    match unshare.stderr(Stdio::null()).status() {
        Ok(status) if status.success() => true,
        Ok(status) => missing(&format!("`unshare --user --pid` ended with {status}")),
        Err(error) => missing(&format!("unshare cannot be run: {error}")),
    }
}

/// Returns whether root can mount file systems here.
pub fn mounts() -> bool {
    let mut mount = Command::new("unshare");
    mount.args(["--mount", "mount", "-t", "ramfs", "none", "/tmp"]);
    match mount.stderr(Stdio::null()).status() {
        Ok(status) if status.success() => true,
        Ok(status) => missing(&format!("`mount` ended with {status}")),
        Err(error) => missing(&format!("unshare cannot be run: {error}")),
    }
}

/// Returns whether files in this directory can have access control lists.
pub fn access_lists(dir: &Path) -> bool {
    let file = NamedTempFile::new_in(dir).unwrap();
    // Owner and user 7: read and write. Group: nothing. Mask: read and write. Others: nothing.
    let entries: [(u16, u16, u32); 5] = [
        (1, 6, u32::MAX),
        (2, 6, 7),
        (4, 0, u32::MAX),
        (16, 6, u32::MAX),
        (32, 0, u32::MAX),
    ];
    let mut list = 2_u32.to_le_bytes().to_vec();
    for (tag, permissions, id) in entries {
        list.extend(tag.to_le_bytes());
        list.extend(permissions.to_le_bytes());
        list.extend(id.to_le_bytes());
    }
    match setxattr(
        file.path(),
        "system.posix_acl_access",
        &list,
        XattrFlags::empty(),
    ) {
        Ok(()) => true,
        Err(error) => missing(&format!(
            "files in {} have no access lists: {error}",
            dir.display()
        )),
    }
}

/// Returns whether the compiler has this version, whose messages are known.
pub fn rustc(version: &str) -> bool {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let said = match Command::new(rustc).arg("--version").output() {
        Ok(output) => String::from_utf8_lossy(&output.stdout).into_owned(),
        Err(error) => return missing(&format!("rustc cannot be run: {error}")),
    };
    said.starts_with(&format!("rustc {version}."))
        || missing(&format!("this is {}, not {version}", said.trim_end()))
}

fn runs(tool: &str, argument: &str) -> bool {
    let mut command = Command::new(tool);
    match command.arg(argument).stdout(Stdio::null()).status() {
        Ok(status) if status.success() => true,
        Ok(status) => missing(&format!("`{tool} {argument}` ended with {status}")),
        Err(error) => missing(&format!("{tool} cannot be run: {error}")),
    }
}

fn missing(reason: &str) -> bool {
    // Unlike the output of `eprintln!`, this is shown although the test passes.
    let _ = writeln!(io::stderr(), "SKIPPED, since {reason}");
    assert!(
        env::var_os("CI").is_none(),
        "in CI nothing is skipped: {reason}"
    );
    false
}
