//! Compares each value with what its reader asks for, while it is written.
//!
//! serde lets a type write something else than it reads: fields and variants can be left out, renamed and converted on one
//! side. A format without names would read such bytes as another value. The comparison also bounds how deep values nest,
//! and refuses a `Some` that looks like `None`.

mod check;
mod count;
mod position;
mod record;
mod serializer;

pub(super) use check::WriteCheck;
pub(super) use serializer::CheckedRoot;
