//! What a connection knows of the methods that its server has: whether they are what the client means.

use std::sync::Arc;

use crate::signature::Signature;
use crate::signature::method::Method;

/// The methods that were called over a connection.
///
/// Methods are constants, and looked up by where they are: should the compiler have made two of one, it is
/// announced twice.
#[derive(Debug, Default)]
pub(super) struct Agreed {
    /// Those whose server has answered a call that announced them.
    agreed: Vec<&'static Method>,
    /// Those that the server has otherwise, and the difference in words.
    different: Vec<(&'static Method, Arc<str>)>,
}

/// What is known of a method.
#[derive(Debug)]
pub(super) enum Standing {
    Agreed,
    Different(Arc<str>),
    /// Nothing: a call has to announce it.
    New,
}

impl Agreed {
    pub(super) fn standing(&self, method: &'static Method) -> Standing {
        if self
            .agreed
            .iter()
            .any(|agreed| std::ptr::eq(*agreed, method))
        {
            return Standing::Agreed;
        }
        let mut different = self.different.iter();
        match different.find(|(different, _)| std::ptr::eq(*different, method)) {
            Some((_, difference)) => Standing::Different(Arc::clone(difference)),
            None => Standing::New,
        }
    }

    pub(super) fn agree(&mut self, method: &'static Method) {
        if matches!(self.standing(method), Standing::New) {
            self.agreed.push(method);
        }
    }

    pub(super) fn differ(&mut self, method: &'static Method, difference: &str) {
        if matches!(self.standing(method), Standing::New) {
            self.different.push((method, difference.into()));
        }
    }
}

/// What a client and its server do not agree about, by what the server has said.
pub(super) fn difference(own: &Signature, said: &str) -> String {
    let theirs = Signature::parse(own.handler(), said);
    let difference = theirs.and_then(|theirs| theirs.difference(own));
    // A later version may write what this one cannot read, or compare what this one does not.
    difference.unwrap_or_else(|| format!("server has {said}, this client {own}"))
}
