//! A table of what a method's types ask for when they are read. Values are compared with it when they are written.

use std::fmt::{self, Display, Formatter};
use std::ptr;
use std::sync::OnceLock;

/// The shapes of all types of a method.
#[derive(Debug, Default)]
pub(crate) struct ReadShapes {
    pub(crate) shapes: Vec<ReadShape>,
    pub(crate) arguments: RootShape,
    /// The shape of the arguments if the last one is bytes, and only their length is written.
    pub(crate) arguments_head: RootShape,
    pub(crate) reply: RootShape,
}

/// The shape of all arguments or of a result.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RootShape {
    pub(crate) shape: usize,
    /// Whether all types are the standard library's, so that what they write is what they read.
    pub(crate) is_standard: bool,
    /// Whether no `Option` holds a value that is written like `None`, and no part is a floating-point number: JSON
    /// cannot write all of those.
    pub(crate) is_unambiguous: bool,
    /// The name of the result's type.
    pub(crate) type_name: &'static str,
}

/// What a value is compared with when it is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExpectedShape<'c> {
    pub(super) shapes: &'c ReadShapes,
    pub(super) root: RootShape,
}

/// What the reader of a type asks for. Parts are indexes of other shapes.
#[derive(Debug)]
pub(crate) enum ReadShape {
    /// The reader is not known, so anything may be written.
    Unknown,
    Scalar(ScalarKind),
    Option(usize),
    Seq(usize),
    Map(usize, usize),
    Record(RecordShape),
    Enum(EnumShape),
    /// Any value, because of this attribute of the type.
    Any {
        name: &'static str,
        attribute: &'static str,
    },
}

/// A value without parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScalarKind {
    Bool,
    U8,
    U16,
    U32,
    U64,
    U128,
    I8,
    I16,
    I32,
    I64,
    I128,
    F32,
    F64,
    Char,
    Str,
    Bytes,
    Unit,
}

/// Parts in a fixed order: of a tuple, an array, a struct or a variant.
#[derive(Debug)]
pub(crate) struct RecordShape {
    /// The name of the struct or the enum, if it is one.
    pub(crate) name: Option<&'static str>,
    /// The variant, if it is one.
    pub(crate) variant: Option<&'static str>,
    /// An array has one entry for all of its elements.
    pub(crate) fields: Vec<FieldShape>,
    pub(crate) len: PartCount,
}

/// How many parts a record has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PartCount {
    Unknown,
    /// There is a field for each part.
    Fields,
    /// There are this many equal parts.
    Array(usize),
}

/// A part of a record.
#[derive(Debug, Default)]
pub(crate) struct FieldShape {
    /// The names that its reader accepts. A part without a name has none.
    pub(crate) names: Vec<&'static str>,
    pub(crate) shape: usize,
    /// The name of its type.
    pub(crate) type_name: &'static str,
    /// The type if it is the standard library's. Such a type writes what it reads.
    pub(crate) standard: Option<StandardType>,
}

/// A type of the standard library.
#[derive(Debug)]
pub(crate) struct StandardType {
    /// Its name with its path.
    name: &'static str,
    /// Whether no part of it is written like `None`, and none is a floating-point number.
    pub(super) is_unambiguous: bool,
    /// The name at the address where it was last seen. A program may have the same name at several addresses.
    seen: OnceLock<&'static str>,
}

/// An enum.
#[derive(Debug)]
pub(crate) struct EnumShape {
    pub(crate) name: &'static str,
    /// The variants, in the order of the indexes that a reader reads.
    pub(crate) variants: Vec<VariantShape>,
    /// The variant that an unknown one is read as.
    pub(crate) other: Option<usize>,
}

/// A variant of an enum.
#[derive(Debug)]
pub(crate) struct VariantShape {
    /// The names that its reader accepts.
    pub(crate) names: Vec<&'static str>,
    pub(crate) record: RecordShape,
}

impl ReadShapes {
    /// Returns what all arguments of the method are compared with.
    pub(crate) const fn of_arguments(&self) -> ExpectedShape<'_> {
        ExpectedShape {
            shapes: self,
            root: self.arguments,
        }
    }

    /// Returns what the arguments are compared with if only the length of the last one is written.
    pub(crate) const fn of_arguments_head(&self) -> ExpectedShape<'_> {
        ExpectedShape {
            shapes: self,
            root: self.arguments_head,
        }
    }

    /// Returns what the result of the method is compared with.
    pub(crate) const fn of_reply(&self) -> ExpectedShape<'_> {
        ExpectedShape {
            shapes: self,
            root: self.reply,
        }
    }

    /// Returns a shape.
    pub(super) fn get(&self, shape: usize) -> &ReadShape {
        self.shapes.get(shape).unwrap_or(&UNKNOWN)
    }
}

impl StandardType {
    pub(crate) const fn new(name: &'static str, is_unambiguous: bool) -> Self {
        Self {
            name,
            is_unambiguous,
            seen: OnceLock::new(),
        }
    }

    /// Returns whether this is the type of that name. This runs for each part that is written.
    #[inline]
    pub(super) fn is_called(&self, name: &'static str) -> bool {
        match self.seen.get() {
            Some(seen) if ptr::eq(*seen, name) => true,
            _ => self.compare(name),
        }
    }

    #[cold]
    fn compare(&self, name: &'static str) -> bool {
        let is_same = self.name == name;
        if is_same {
            let _ = self.seen.set(name);
        }
        is_same
    }
}

#[cfg(any(feature = "bincode", feature = "json", feature = "messagepack"))]
impl ExpectedShape<'static> {
    /// The shape of a value whose reader is not known.
    pub(crate) const UNKNOWN: Self = Self {
        shapes: &NO_SHAPES,
        root: RootShape::UNKNOWN,
    };
}

#[cfg(any(feature = "bincode", feature = "json", feature = "messagepack"))]
impl RootShape {
    const UNKNOWN: Self = Self {
        shape: 0,
        is_standard: false,
        is_unambiguous: false,
        type_name: "",
    };
}

impl ScalarKind {
    /// Returns the kind of this name in a signature.
    pub(crate) fn of(name: &str) -> Option<Self> {
        KINDS.iter().copied().find(|kind| kind.name() == name)
    }

    /// Returns its name in a signature.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::U8 => "u8",
            Self::U16 => "u16",
            Self::U32 => "u32",
            Self::U64 => "u64",
            Self::U128 => "u128",
            Self::I8 => "i8",
            Self::I16 => "i16",
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::I128 => "i128",
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::Char => "char",
            Self::Str => "str",
            Self::Bytes => "bytes",
            Self::Unit => "()",
        }
    }
}

impl Display for ReadShape {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown | Self::Any { .. } => f.write_str("anything"),
            Self::Scalar(kind) => f.write_str(kind.name()),
            Self::Option(_) => f.write_str("an `Option`"),
            Self::Seq(_) => f.write_str("a sequence"),
            Self::Map(..) => f.write_str("a map"),
            Self::Record(record) => record.fmt(f),
            Self::Enum(shape) => write!(f, "enum {}", shape.name),
        }
    }
}

impl Display for RecordShape {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match (self.name, self.variant, self.len) {
            (Some(name), Some(variant), _) => write!(f, "enum {name}, variant `{variant}`"),
            (Some(name), None, _) => write!(f, "struct {name}"),
            (None, _, PartCount::Array(len)) => write!(f, "an array of {len}"),
            _ => write!(f, "a tuple of {}", self.fields.len()),
        }
    }
}

impl RecordShape {
    /// Returns how many parts there are.
    pub(super) fn count(&self) -> Option<usize> {
        match self.len {
            PartCount::Unknown => None,
            PartCount::Fields => Some(self.fields.len()),
            PartCount::Array(len) => Some(len),
        }
    }

    pub(super) fn position(&self, key: &str) -> Option<usize> {
        let mut fields = self.fields.iter();
        fields.position(|field| field.is_called(key))
    }
}

impl FieldShape {
    #[inline]
    pub(super) fn is_called(&self, key: &str) -> bool {
        is_one_of(&self.names, key)
    }
}

impl EnumShape {
    /// Returns the variant that a number is read as.
    #[inline]
    pub(super) fn at(&self, index: u32) -> Option<&VariantShape> {
        let variant = self.variants.get(index as usize);
        variant.or_else(|| self.variants.get(self.other?))
    }
}

impl VariantShape {
    #[inline]
    pub(super) fn is_called(&self, variant: &str) -> bool {
        is_one_of(&self.names, variant)
    }
}

/// Returns whether a name is one of these. The writer's and the reader's name are mostly at the same address.
#[inline]
fn is_one_of(names: &[&'static str], name: &str) -> bool {
    match names {
        [first] => ptr::eq(*first, name) || *first == name,
        names => names.contains(&name),
    }
}

/// The shape of a type that is not known.
pub(super) static UNKNOWN: ReadShape = ReadShape::Unknown;

/// The parts of a type that is not known.
pub(super) static UNKNOWN_PARTS: RecordShape = RecordShape {
    name: None,
    variant: None,
    fields: Vec::new(),
    len: PartCount::Unknown,
};

#[cfg(any(feature = "bincode", feature = "json", feature = "messagepack"))]
static NO_SHAPES: ReadShapes = ReadShapes {
    shapes: Vec::new(),
    arguments: RootShape::UNKNOWN,
    arguments_head: RootShape::UNKNOWN,
    reply: RootShape::UNKNOWN,
};

const KINDS: [ScalarKind; 17] = [
    ScalarKind::Bool,
    ScalarKind::U8,
    ScalarKind::U16,
    ScalarKind::U32,
    ScalarKind::U64,
    ScalarKind::U128,
    ScalarKind::I8,
    ScalarKind::I16,
    ScalarKind::I32,
    ScalarKind::I64,
    ScalarKind::I128,
    ScalarKind::F32,
    ScalarKind::F64,
    ScalarKind::Char,
    ScalarKind::Str,
    ScalarKind::Bytes,
    ScalarKind::Unit,
];
