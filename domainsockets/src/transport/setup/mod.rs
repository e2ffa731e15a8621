//! The setup socket of a server: its name, its lock file, and who may send to it.

mod access;
mod acl;
mod adopt;
mod bind;
mod bind_error;
mod directory;
mod lock_file;
mod setup_file;

pub(crate) use access::SetupAccess;
pub(crate) use adopt::adopt_setup;
pub(crate) use bind::bind_setup;
pub(crate) use bind_error::BindError;
pub(crate) use directory::Directory;
pub(crate) use setup_file::SetupFile;
