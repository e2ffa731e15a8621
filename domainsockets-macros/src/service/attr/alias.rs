//! Further names under which a server registers a method.

use syn::LitStr;

use crate::service::attr::keys::Arg;
use crate::service::errors::Sink;

/// Parses what was given for the key `alias`.
pub(crate) fn parse(arg: &Arg, sink: &Sink<'_>) -> Vec<LitStr> {
    let expected = "a handler name in quotes or a list of them, as in `alias = \"Old.name\"` or \
                    `alias(\"a\", \"b\")`";
    arg.strings(expected, sink)
}
