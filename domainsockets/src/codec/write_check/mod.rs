//! What is written is compared with what its reader asks for, value by value, before it is sent.
//!
//! Serde lets a type write something else than it reads: fields and variants can be left out, renamed and converted on
//! one side. A format without names then reads the bytes as something else, and nobody notices. The comparison also
//! bounds how deep values nest, and refuses a `Some` that looks like `None`.

mod position;
mod serializer;

pub(super) use position::WriteCheck;
pub(super) use serializer::CheckedRoot;
