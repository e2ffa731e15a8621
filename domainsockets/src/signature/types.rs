//! The types of a signature, as serde sees them, and how they are shown.

use std::collections::HashMap;
use std::fmt::{self, Display, Formatter};

/// A type that serde can write and read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Type {
    /// A type that is not known. It agrees with every other.
    Unknown,
    /// One of [`SCALARS`].
    Scalar(&'static str),
    Option(Box<Self>),
    Seq(Box<Self>),
    Map(Box<Self>, Box<Self>),
    /// A number of elements of one type.
    Array(Box<Self>, usize),
    Tuple(Vec<Self>),
    Result(Box<Self>, Box<Self>),
    Struct(Name, Fields),
    Enum(Name, Vec<(String, Fields)>),
    /// A struct or an enum that is spelled out before, or that contains this.
    Mention(Name),
}

/// The name of a struct or an enum. serde knows neither its path nor its type arguments, so several types in a signature
/// may have the same name. They are numbered from the second on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Name {
    pub(super) text: String,
    pub(super) ordinal: usize,
}

/// The fields of a struct or a variant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fields {
    /// Those of a variant that is not known.
    Unknown,
    Unit,
    Tuple(Vec<Type>),
    Named(Vec<(String, Type)>),
}

/// The structs and enums that a signature spells out.
#[derive(Debug, Default)]
pub(super) struct Definitions<'t>(HashMap<&'t Name, &'t Type>);

/// A type that is shown without the types of its parts.
pub(super) struct Short<'t>(pub(super) &'t Type);

/// The types that have no parts. `usize` is a `u64` to serde, and `String` a `str`.
pub(super) const SCALARS: [&str; 17] = [
    "bool", "u8", "u16", "u32", "u64", "u128", "i8", "i16", "i32", "i64", "i128", "f32", "f64",
    "char", "str", "bytes", UNIT,
];

/// The name of the unit type.
pub(super) const UNIT: &str = "()";

/// Words with a meaning of their own. A type with such a name is quoted.
const RESERVED: [&str; 7] = ["unknown", "Option", "Result", "Map", "struct", "enum", "fn"];

impl Type {
    pub(super) const fn unit() -> Self {
        Self::Scalar(UNIT)
    }

    /// Returns a sequence. One of bytes is `bytes`: serde treats a `Vec<u8>` as a sequence of numbers, and the data are
    /// the same.
    pub(super) fn seq(element: Self) -> Self {
        if element == Self::Scalar("u8") {
            Self::Scalar("bytes")
        } else {
            Self::Seq(element.into())
        }
    }

    /// Returns the name of a struct or an enum.
    pub(super) const fn name(&self) -> Option<&Name> {
        match self {
            Self::Struct(name, _) | Self::Enum(name, _) => Some(name),
            _ => None,
        }
    }

    /// Writes the type, and spells out structs and enums up to `depth` levels.
    fn write(&self, f: &mut Formatter<'_>, depth: usize) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("unknown"),
            Self::Scalar(name) => f.write_str(name),
            Self::Option(value) => list(f, "Option<", ">", [value], |f, part| part.write(f, depth)),
            Self::Seq(element) => list(f, "[", "]", [element], |f, part| part.write(f, depth)),
            Self::Map(key, value) => {
                list(f, "Map<", ">", [key, value], |f, part| part.write(f, depth))
            }
            Self::Result(ok, err) => {
                list(f, "Result<", ">", [ok, err], |f, part| part.write(f, depth))
            }
            Self::Array(element, len) => {
                f.write_str("[")?;
                element.write(f, depth)?;
                write!(f, "; {len}]")
            }
            Self::Tuple(elements) => {
                let end = if elements.len() == 1 { ",)" } else { ")" };
                list(f, "(", end, elements, |f, part| part.write(f, depth))
            }
            Self::Struct(name, _) | Self::Enum(name, _) if depth == 0 => name.fmt(f),
            Self::Struct(name, body) => {
                write!(f, "struct {name}")?;
                body.write_behind_name(f, depth - 1)
            }
            Self::Enum(name, variants) => {
                write!(f, "enum {name} ")?;
                let (begin, end) = braces(variants.is_empty());
                list(f, begin, end, variants, |f, (variant, body)| {
                    Word(variant).fmt(f)?;
                    body.write_behind_name(f, depth - 1)
                })
            }
            Self::Mention(name) => name.fmt(f),
        }
    }
}

impl Fields {
    fn write_behind_name(&self, f: &mut Formatter<'_>, depth: usize) -> fmt::Result {
        if matches!(self, Self::Named(_)) {
            f.write_str(" ")?;
        }
        self.write(f, depth)
    }

    fn write(&self, f: &mut Formatter<'_>, depth: usize) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("?"),
            Self::Unit => Ok(()),
            Self::Tuple(parts) => list(f, "(", ")", parts, |f, part| part.write(f, depth)),
            Self::Named(fields) => {
                let (begin, end) = braces(fields.is_empty());
                list(f, begin, end, fields, |f, (field, ty)| {
                    write!(f, "{}: ", Word(field))?;
                    ty.write(f, depth)
                })
            }
        }
    }
}

impl Display for Type {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.write(f, usize::MAX)
    }
}

impl Display for Fields {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("unknown"),
            Self::Unit => f.write_str("nothing"),
            Self::Tuple(_) | Self::Named(_) => self.write(f, 0),
        }
    }
}

impl Display for Short<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.write(f, 1)
    }
}

impl Display for Name {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let word = Word(&self.text);
        let text = self.text.as_str();
        if SCALARS.contains(&text) || RESERVED.contains(&text) {
            word.quote(f)?;
        } else {
            word.fmt(f)?;
        }
        if self.ordinal > 1 {
            write!(f, "#{}", self.ordinal)?;
        }
        Ok(())
    }
}

/// A name, which is quoted if it is no plain word: `rename` allows any text.
pub(super) struct Word<'t>(pub(super) &'t str);

impl Word<'_> {
    fn is_plain(&self) -> bool {
        let mut chars = self.0.chars();
        let begins = |first: char| first.is_alphabetic() || first == '_';
        chars.next().is_some_and(begins) && chars.all(is_of_word)
    }

    fn quote(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for char in self.0.chars() {
            match char {
                '"' | '\\' => write!(f, "\\{char}")?,
                // A signature is one line.
                '\n' => f.write_str("\\n")?,
                '\r' => f.write_str("\\r")?,
                char => write!(f, "{char}")?,
            }
        }
        f.write_str("\"")
    }
}

impl Display for Word<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.is_plain() {
            return f.write_str(self.0);
        }
        self.quote(f)
    }
}

/// Returns whether a plain word may have this character.
pub(super) fn is_of_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

impl<'t> Definitions<'t> {
    pub(super) fn of(types: impl IntoIterator<Item = &'t Type>) -> Self {
        let mut definitions = Self::default();
        for ty in types {
            definitions.collect(ty);
        }
        definitions
    }

    /// Returns the type that a mention stands for, or the type itself.
    pub(super) fn resolve(&self, ty: &'t Type) -> &'t Type {
        match ty {
            Type::Mention(name) => self.0.get(name).copied().unwrap_or(&Type::Unknown),
            ty => ty,
        }
    }

    fn collect(&mut self, ty: &'t Type) {
        match ty {
            Type::Unknown | Type::Scalar(_) | Type::Mention(_) => {}
            Type::Option(part) | Type::Seq(part) | Type::Array(part, _) => self.collect(part),
            Type::Map(one, other) | Type::Result(one, other) => {
                self.collect(one);
                self.collect(other);
            }
            Type::Tuple(parts) => parts.iter().for_each(|part| self.collect(part)),
            Type::Struct(name, body) => {
                self.0.insert(name, ty);
                self.collect_body(body);
            }
            Type::Enum(name, variants) => {
                self.0.insert(name, ty);
                for (_, body) in variants {
                    self.collect_body(body);
                }
            }
        }
    }

    fn collect_body(&mut self, body: &'t Fields) {
        match body {
            Fields::Unknown | Fields::Unit => {}
            Fields::Tuple(parts) => parts.iter().for_each(|part| self.collect(part)),
            Fields::Named(fields) => fields.iter().for_each(|(_, part)| self.collect(part)),
        }
    }
}

const fn braces(is_empty: bool) -> (&'static str, &'static str) {
    if is_empty { ("{", "}") } else { ("{ ", " }") }
}

/// Writes parts with commas between them.
pub(super) fn list<T>(
    f: &mut Formatter<'_>,
    begin: &str,
    end: &str,
    parts: impl IntoIterator<Item = T>,
    write: impl Fn(&mut Formatter<'_>, T) -> fmt::Result,
) -> fmt::Result {
    f.write_str(begin)?;
    for (index, part) in parts.into_iter().enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        write(f, part)?;
    }
    f.write_str(end)
}
