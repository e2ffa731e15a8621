//! The declaration of a method, as a signature shows it.

use std::fmt::{self, Display, Formatter};

use super::hash::hash;
use super::types::{Type, UNIT, Word, list};

/// The name of a method, its arguments and its result.
#[derive(Clone, Debug)]
pub(super) struct Function {
    pub(super) name: String,
    pub(super) arguments: Vec<(String, Type)>,
    pub(super) reply: Type,
    /// The hash of the types. `None` if one is unknown.
    pub(super) hash: Option<u64>,
    /// Whether the names of the arguments are sent.
    pub(super) is_named: bool,
}

impl Function {
    pub(super) fn new(name: String, arguments: Vec<(String, Type)>, reply: Type) -> Self {
        let hash = hash(&arguments, &reply);
        Self {
            name,
            arguments,
            reply,
            hash,
            is_named: false,
        }
    }

    /// Returns the types of the arguments, and the type of the result.
    pub(super) fn types(&self) -> impl Iterator<Item = &Type> {
        let arguments = self.arguments.iter().map(|(_, ty)| ty);
        arguments.chain([&self.reply])
    }
}

impl Display for Function {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "fn {}", Word(&self.name))?;
        list(f, "(", ")", &self.arguments, |f, (name, ty)| {
            write!(f, "{}: {ty}", Word(name))
        })?;
        if self.reply != Type::Scalar(UNIT) {
            write!(f, " -> {}", self.reply)?;
        }
        Ok(())
    }
}
