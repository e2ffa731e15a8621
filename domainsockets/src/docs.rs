//! The documentation beyond the API: a guide, reference pages, and how the library works inside.
//!
//! | page | contents |
//! |---|---|
//! | [`guide`] | a service, its daemon, its command line tool, permissions and tests, step by step |
//! | [`errors`] | every error, its cause, and what to do about it |
//! | [`limits`] | every limit, its default, and what happens when it is reached |
//! | [`operations`] | directories and modes, systemd units, containers, shutdown, logs and counters |
//! | [`versioning`] | how to change a trait that is deployed |
//! | [`codecs`] | how arguments and results are encoded |
//! | [`go`] | calling Go programs, and being called by them |
//! | [`protocol`] | the messages, byte for byte |
//! | [`guarantees`] | what is promised, by which test, and the threat model |
//! | [`figures`] | what was measured under load and after faults |
//! | [`architecture`] | the modules, their dependencies, and the decisions behind them |

// `links.md` comes first on each page: it makes the pages' links lead to modules here, while the definitions
// at the end of each file serve readers of the repository. Of two definitions the first one counts.

/// A service, its daemon, its command line tool, permissions and tests, step by step.
///
#[doc = include_str!("../docs/links.md")]
#[doc = include_str!("../docs/guide.md")]
pub mod guide {}

/// Every error, its cause, and what to do about it.
///
#[doc = include_str!("../docs/links.md")]
#[doc = include_str!("../docs/errors.md")]
pub mod errors {}

/// Every limit, its default, and what happens when it is reached.
///
#[doc = include_str!("../docs/links.md")]
#[doc = include_str!("../docs/limits.md")]
pub mod limits {}

/// Directories and modes, systemd units, containers, shutdown, logs and counters.
///
#[doc = include_str!("../docs/links.md")]
#[doc = include_str!("../docs/operations.md")]
pub mod operations {}

/// How to change a trait that is deployed.
///
#[doc = include_str!("../docs/links.md")]
#[doc = include_str!("../docs/versioning.md")]
pub mod versioning {}

/// How arguments and results are encoded.
///
#[doc = include_str!("../docs/links.md")]
#[doc = include_str!("../docs/codecs.md")]
pub mod codecs {}

/// Calling Go programs, and being called by them.
///
#[doc = include_str!("../docs/links.md")]
#[doc = include_str!("../docs/go.md")]
pub mod go {}

/// The messages, byte for byte.
///
#[doc = include_str!("../docs/links.md")]
#[doc = include_str!("../docs/protocol.md")]
pub mod protocol {}

/// What is promised, by which test, and the threat model.
///
#[doc = include_str!("../docs/links.md")]
#[doc = include_str!("../docs/guarantees.md")]
pub mod guarantees {}

/// What was measured under load and after faults.
///
#[doc = include_str!("../docs/links.md")]
#[doc = include_str!("../docs/figures.md")]
pub mod figures {}

/// The modules, their dependencies, and the decisions behind them.
///
#[doc = include_str!("../docs/links.md")]
#[doc = include_str!("../docs/architecture.md")]
pub mod architecture {}
