//! What a connection knows of the methods that its server has: whether they are what the client means.

use super::Method;
use crate::Error;
use crate::proto::Outcome;
use crate::signature::Signature;
use crate::wire::{Cause, ServerMsgType};

/// The methods that were called over a connection, on which `S` stands for a call.
///
/// Methods are constants, and looked up by where they are: should the compiler have made two of one, it is
/// announced twice.
#[derive(Debug)]
pub(crate) struct Compatibility<S> {
    /// Those whose server has answered a call that announced them.
    same: Vec<&'static Method>,
    /// Those that the server has otherwise, and the difference in words.
    different: Vec<(&'static Method, String)>,
    /// Calls that announce a method, and for whose replies nobody waits.
    left: Vec<(S, &'static Method)>,
}

impl<S: PartialEq> Compatibility<S> {
    /// Whether the server is known to have the method.
    pub(crate) fn has(&self, method: &'static Method) -> bool {
        let mut same = self.same.iter();
        same.any(|same| std::ptr::eq(*same, method))
    }

    /// Refuses a method that the server is known to have otherwise.
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

    /// Learns from the outcome of a call that has announced its method.
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
            // Only then has the server compared them, or is one that does not.
            None | Some(Cause::Handler(_) | Cause::Panicked | Cause::Codec(_)) => {
                self.same.push(method);
            }
            Some(_) => {}
        }
    }

    /// Keeps that nobody waits for the reply to a call that has announced its method.
    pub(crate) fn leave(&mut self, slot: S, method: &'static Method) {
        self.left.push((slot, method));
    }

    /// Learns from the outcome of a call for which nobody waits, if it was such a one.
    #[inline]
    pub(crate) fn end(&mut self, slot: &S, outcome: &Outcome) {
        if self.left.is_empty() {
            return;
        }
        let found = self.left.iter().position(|(left, _)| left == slot);
        if let Some(index) = found {
            let (_, method) = self.left.swap_remove(index);
            self.learn(method, outcome);
        }
    }
}

/// What a client and its server do not agree about, by what the server has said.
fn difference(method: &'static Method, said: &str) -> String {
    let own = method.signature();
    let theirs = Signature::parse(own.handler(), said);
    let difference = theirs.and_then(|theirs| theirs.difference(own));
    // A later version may write what this one cannot read, or compare what this one does not.
    difference.unwrap_or_else(|| format!("server has {said}, this client {own}"))
}

impl<S> Default for Compatibility<S> {
    fn default() -> Self {
        Self {
            same: Vec::new(),
            different: Vec::new(),
            left: Vec::new(),
        }
    }
}
