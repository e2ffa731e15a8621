//! Which methods client and server agree on, as far as a connection has learned it.

use super::Method;
use crate::Error;
use crate::proto::Outcome;
use crate::signature::Signature;
use crate::wire::{Cause, ServerMsgType, printable};

/// What a connection has learned about the methods that were called over it.
///
/// The first call of a method announces the method's signature, and the server's answer tells whether it
/// agrees. Later calls need no announcement.
///
/// Methods are constants, compared by address. If the compiler has duplicated a constant, its method is
/// announced twice, which costs a few bytes and is otherwise harmless.
#[derive(Debug, Default)]
pub(crate) struct Compatibility {
    /// Methods that the server agrees on: it has answered a call that announced them.
    same: Vec<&'static Method>,
    /// Methods with another signature at the server, and the difference in words.
    different: Vec<(&'static Method, String)>,
}

impl Compatibility {
    /// Returns whether the server is known to agree on the method.
    pub(crate) fn has(&self, method: &'static Method) -> bool {
        let mut same = self.same.iter();
        same.any(|same| std::ptr::eq(*same, method))
    }

    /// Fails if the server is known to have another signature for the method.
    ///
    /// # Errors
    ///
    /// [`Error::SignatureMismatch`].
    pub(crate) fn check(&self, method: &'static Method) -> Result<(), Error> {
        let mut different = self.different.iter();
        let found = different.find(|(different, _)| std::ptr::eq(*different, method));
        found.map_or(Ok(()), |(_, difference)| {
            Err(Error::SignatureMismatch {
                handler: method.handler().to_owned(),
                difference: difference.clone(),
            })
        })
    }

    /// Records what the outcome of a call that announced its method says about the method.
    #[cold]
    pub(crate) fn learn(&mut self, method: &'static Method, outcome: &Outcome) {
        let Outcome::Reply {
            kind,
            data,
            announced,
        } = outcome
        else {
            return;
        };
        let cause = match kind {
            ServerMsgType::Data => None,
            ServerMsgType::Error => {
                let text = String::from_utf8_lossy(data);
                Some(Cause::parse(&text, method.handler(), *announced))
            }
        };
        let is_known = self.has(method) || self.check(method).is_err();
        match cause {
            _ if is_known => {}
            Some(Cause::Signature(said)) => {
                self.different.push((method, difference(method, &said)));
            }
            // With any other error the server may have refused the call before it compared signatures. A
            // server that compares none answers the same way, and needs no announcement either.
            None | Some(Cause::Handler(_) | Cause::Panicked | Cause::Codec(_)) => {
                self.same.push(method);
            }
            Some(_) => {}
        }
    }
}

/// Returns the difference between the client's signature and the one that the server sent, in words.
fn difference(method: &'static Method, said: &str) -> String {
    let own = method.signature();
    let theirs = Signature::parse(own.handler(), said);
    let difference = theirs.and_then(|theirs| theirs.difference(own));
    // A later version of this library may write a signature that this one cannot parse, or find a difference
    // that this one ignores.
    printable(difference.unwrap_or_else(|| format!("server has {said}, this client {own}")))
}
