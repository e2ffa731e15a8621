//! `#[service]`, from tokens to tokens: the syntax is checked and read into a model that
//! holds nothing but valid parts, and the model is expanded.

mod alias;
mod allow;
mod args;
mod check;
mod errors;
mod expand;
mod fits;
mod generics;
mod keys;
mod model;
mod names;
mod raw;
mod time;
mod travel;

pub(crate) use expand::{Made, service};
