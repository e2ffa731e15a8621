//! The rules for the names under which a server registers methods.

use syn::LitStr;

use crate::service::errors::Sink;

/// Reports a name that a server would not register, or that no message could carry.
///
/// Returns whether the name is right.
pub(crate) fn check(name: &LitStr, sink: &Sink<'_>) -> bool {
    let value = name.value();
    let wrong = if value.is_empty() {
        "is empty: write at least one character"
    } else if value.starts_with('$') {
        "begins with `$`, which is reserved for the protocol: begin it with something else"
    } else if value.contains(char::is_control) {
        "holds a control character: use printable ones only"
    } else if value.len() > MAX_HANDLER_NAME {
        "is longer than 1024 bytes: shorten it"
    } else {
        return true;
    };
    sink.error(name, format_args!("this handler name {wrong}"));
    false
}

/// Reports a name that no argument can have.
pub(crate) fn check_argument(name: &LitStr, sink: &Sink<'_>) {
    let value = name.value();
    let wrong = if value.is_empty() {
        "is empty: write at least one character"
    } else if value.contains(char::is_control) {
        "holds a control character: use printable ones only"
    } else {
        return;
    };
    sink.error(name, format_args!("this argument's name {wrong}"));
}

/// The longest handler name that a message carries.
const MAX_HANDLER_NAME: usize = 1024;
