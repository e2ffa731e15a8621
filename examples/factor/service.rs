//! The service that the daemon and its command line tool share.

use std::fmt;

use domainsockets::{Context, service};
use serde::{Deserialize, Serialize};

/// Factors numbers.
#[service]
pub(crate) trait Factor {
    /// Returns the prime factors of a number, in order. It can take long.
    #[rpc(idempotent)]
    async fn factor(&self, ctx: &Context, number: u128) -> Result<Vec<u128>, FactorError>;
}

/// Why there are no factors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum FactorError {
    /// Zero has no prime factors.
    Zero,
    /// The caller did not wait any longer.
    Stopped,
}

impl fmt::Display for FactorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zero => f.write_str("0 has no prime factors"),
            Self::Stopped => f.write_str("stopped"),
        }
    }
}

impl std::error::Error for FactorError {}
