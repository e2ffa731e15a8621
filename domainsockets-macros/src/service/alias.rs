//! Further names under which a server registers a method.

use syn::LitStr;

use crate::service::check;
use crate::service::errors::Sink;
use crate::service::keys::Arg;
use crate::service::model::Method;

/// Parses what was given for the key `alias`. A name in error is reported and skipped.
pub(crate) fn parse(arg: &Arg, sink: &Sink<'_>) -> Vec<LitStr> {
    let expected = "a handler name in quotes or a list of them, as in `alias = \"Old.name\"` or \
                    `alias(\"a\", \"b\")`";
    let mut names = arg.strings(expected, sink);
    names.retain(|name| check::handler_name(name, sink));
    names
}

/// A method that has a name twice.
pub(crate) fn own_clashes(handler: &LitStr, aliases: &[LitStr], sink: &Sink<'_>) {
    let mut names = vec![handler.value()];
    for alias in aliases {
        let name = alias.value();
        if names.contains(&name) {
            sink.error(alias, "this is a name of the method already: remove it");
        }
        names.push(name);
    }
}

/// The name of `method` that `earlier` has as well.
pub(crate) fn shared<'m>(method: &'m Method<'_>, earlier: &Method<'_>) -> Option<&'m LitStr> {
    names(method).find(|name| names(earlier).any(|other| other.value() == name.value()))
}

fn names<'m>(method: &'m Method<'_>) -> impl Iterator<Item = &'m LitStr> {
    [&method.handler].into_iter().chain(&method.aliases)
}
