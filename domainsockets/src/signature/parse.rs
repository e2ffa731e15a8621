//! The parser of signatures, whose texts may come from a peer.

use super::function::Function;
use super::types::{Fields, Name, SCALARS, Type, is_of_word};

/// How deep types may nest.
const DEPTH_LIMIT: usize = 128;

/// The rest of a text.
pub(super) struct Parser<'t> {
    rest: &'t str,
    depth: usize,
}

/// Reads `fn name(argument: type, …) -> type`.
pub(super) fn function(text: &str) -> Option<Function> {
    let mut parser = Parser {
        rest: text.trim(),
        depth: 0,
    };
    parser.expect("fn ")?;
    let name = parser.word()?;
    parser.expect("(")?;
    let arguments = parser.list(")", Parser::field)?;
    let reply = if parser.eat("->") {
        parser.ty()?
    } else {
        Type::unit()
    };
    let is_whole = parser.rest.is_empty();
    is_whole.then(|| Function::new(name, arguments, reply))
}

impl<'t> Parser<'t> {
    /// Splits a text into its first word and the rest.
    pub(super) fn split_word(text: &'t str) -> Option<(String, &'t str)> {
        let mut parser = Self {
            rest: text,
            depth: 0,
        };
        Some((parser.word()?, parser.rest))
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn eat(&mut self, token: &str) -> bool {
        self.skip_space();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, token: &str) -> Option<()> {
        self.eat(token).then_some(())
    }

    /// Parses parts with commas between them, up to `end`. A comma behind the last one is allowed.
    fn list<T>(&mut self, end: &str, part: fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let mut parts = Vec::new();
        loop {
            if self.eat(end) {
                return Some(parts);
            }
            parts.push(part(self)?);
            if !self.eat(",") {
                self.expect(end)?;
                return Some(parts);
            }
        }
    }

    fn plain_word(&mut self) -> Option<&'t str> {
        self.skip_space();
        let end = self.rest.find(|char| !is_of_word(char));
        let (word, rest) = self.rest.split_at_checked(end.unwrap_or(self.rest.len()))?;
        self.rest = rest;
        (!word.is_empty()).then_some(word)
    }

    fn word(&mut self) -> Option<String> {
        if !self.eat("\"") {
            return self.plain_word().map(str::to_owned);
        }
        let mut word = String::new();
        let mut chars = self.rest.chars();
        loop {
            word.push(match chars.next()? {
                '"' => break,
                '\\' => match chars.next()? {
                    'n' => '\n',
                    'r' => '\r',
                    char => char,
                },
                char => char,
            });
        }
        self.rest = chars.as_str();
        Some(word)
    }

    fn name(&mut self) -> Option<Name> {
        let text = self.word()?;
        let ordinal = if self.eat("#") { self.number()? } else { 1 };
        Some(Name { text, ordinal })
    }

    fn number(&mut self) -> Option<usize> {
        self.plain_word()?.parse().ok()
    }

    fn field(&mut self) -> Option<(String, Type)> {
        let name = self.word()?;
        self.expect(":")?;
        Some((name, self.ty()?))
    }

    fn variant(&mut self) -> Option<(String, Fields)> {
        Some((self.word()?, self.body()?))
    }

    fn body(&mut self) -> Option<Fields> {
        Some(if self.eat("?") {
            Fields::Unknown
        } else if self.eat("(") {
            Fields::Tuple(self.list(")", Self::ty)?)
        } else if self.eat("{") {
            Fields::Named(self.list("}", Self::field)?)
        } else {
            Fields::Unit
        })
    }

    fn ty(&mut self) -> Option<Type> {
        if self.depth == DEPTH_LIMIT {
            return None;
        }
        self.depth += 1;
        let ty = self.ty_within();
        self.depth -= 1;
        ty
    }

    fn ty_within(&mut self) -> Option<Type> {
        self.skip_space();
        if self.rest.starts_with('"') {
            return self.name().map(Type::Mention);
        }
        if self.eat("(") {
            let parts = self.list(")", Self::ty)?;
            return Some(if parts.is_empty() {
                Type::unit()
            } else {
                Type::Tuple(parts)
            });
        }
        if self.eat("[") {
            let element = self.ty()?;
            let ty = if self.eat(";") {
                Type::Array(element.into(), self.number()?)
            } else {
                Type::seq(element)
            };
            self.expect("]")?;
            return Some(ty);
        }
        let before = self.rest;
        let word = self.plain_word()?;
        if let Some(scalar) = SCALARS.iter().find(|scalar| **scalar == word) {
            return Some(Type::Scalar(scalar));
        }
        Some(match word {
            "unknown" => Type::Unknown,
            "Option" => {
                let [value] = self.arguments()?;
                Type::Option(value.into())
            }
            "Map" => {
                let [key, value] = self.arguments()?;
                Type::Map(key.into(), value.into())
            }
            "Result" => {
                let [ok, err] = self.arguments()?;
                Type::Result(ok.into(), err.into())
            }
            "struct" => Type::Struct(self.name()?, self.body()?),
            "enum" => {
                let name = self.name()?;
                self.expect("{")?;
                Type::Enum(name, self.list("}", Self::variant)?)
            }
            _ => {
                self.rest = before;
                Type::Mention(self.name()?)
            }
        })
    }

    /// Parses the arguments in a type's angle brackets.
    fn arguments<const N: usize>(&mut self) -> Option<[Type; N]> {
        self.expect("<")?;
        self.list(">", Self::ty)?.try_into().ok()
    }
}
