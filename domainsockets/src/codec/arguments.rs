//! The arguments of a call, written and read by their names or in their order.

use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde::ser::{Serialize, SerializeStruct, Serializer};

/// The names of a method's arguments, in their order.
pub(super) type Names = &'static [&'static str];

/// A tuple of arguments that can be written.
pub trait WriteArguments: Serialize {
    /// Writes each argument under its name.
    ///
    /// # Errors
    ///
    /// The serializer's errors.
    fn write_fields<S: SerializeStruct>(&self, names: Names, out: &mut S) -> Result<(), S::Error>;
}

/// A tuple of arguments that can be read.
pub trait ReadArguments<'de>: Deserialize<'de> {
    /// The arguments that were read so far.
    type Slots;

    /// Returns slots without arguments.
    fn slots() -> Self::Slots;

    /// Reads one argument.
    ///
    /// # Errors
    ///
    /// The deserializer's errors.
    fn read<D: Deserializer<'de>>(
        slots: &mut Self::Slots,
        index: usize,
        deserializer: D,
    ) -> Result<(), D::Error>;

    /// Passes the types of the arguments to `types`, in their order.
    fn types<T: ArgumentTypes<'de>>(types: &mut T);

    /// Returns the arguments.
    ///
    /// # Errors
    ///
    /// If an argument was not read and is no `Option`.
    fn finish<E: Error>(slots: Self::Slots, names: Names) -> Result<Self, E>;
}

/// A collector of the arguments' types.
pub trait ArgumentTypes<'de> {
    /// Takes the type of the next argument.
    fn add<T: Deserialize<'de>>(&mut self);
}

macro_rules! tuples {
    ($(($($index:tt $type:ident)*))*) => {$(
        impl<$($type: Serialize),*> WriteArguments for ($($type,)*) {
            fn write_fields<S: SerializeStruct>(
                &self,
                names: Names,
                out: &mut S,
            ) -> Result<(), S::Error> {
                let mut names = names.iter().copied();
                $(out.serialize_field(names.next().unwrap_or_default(), &self.$index)?;)*
                Ok(())
            }
        }

        impl<'de, $($type: Deserialize<'de>),*> ReadArguments<'de> for ($($type,)*) {
            type Slots = ($(Option<$type>,)*);

            fn slots() -> Self::Slots {
                ($(None::<$type>,)*)
            }

            fn read<De: Deserializer<'de>>(
                slots: &mut Self::Slots,
                index: usize,
                deserializer: De,
            ) -> Result<(), De::Error> {
                match index {
                    $($index => slots.$index = Some($type::deserialize(deserializer)?),)*
                    _ => return Err(De::Error::custom("there is no such argument")),
                }
                Ok(())
            }

            fn types<Ty: ArgumentTypes<'de>>(types: &mut Ty) {
                $(types.add::<$type>();)*
            }

            fn finish<Er: Error>(slots: Self::Slots, names: Names) -> Result<Self, Er> {
                let mut names = names.iter().copied();
                Ok(($(finished(slots.$index, names.next().unwrap_or_default())?,)*))
            }
        }
    )*};
}

impl WriteArguments for () {
    fn write_fields<S: SerializeStruct>(
        &self,
        _names: Names,
        _out: &mut S,
    ) -> Result<(), S::Error> {
        Ok(())
    }
}

impl<'de> ReadArguments<'de> for () {
    type Slots = ();

    fn slots() {}

    fn read<D: Deserializer<'de>>(_slots: &mut (), _index: usize, _: D) -> Result<(), D::Error> {
        Err(D::Error::custom("there are no arguments"))
    }

    fn types<T: ArgumentTypes<'de>>(_types: &mut T) {}

    fn finish<E: Error>(_slots: (), _names: Names) -> Result<(), E> {
        Ok(())
    }
}

tuples! {
    (0 A)
    (0 A 1 B)
    (0 A 1 B 2 C)
    (0 A 1 B 2 C 3 D)
    (0 A 1 B 2 C 3 D 4 E)
    (0 A 1 B 2 C 3 D 4 E 5 F)
    (0 A 1 B 2 C 3 D 4 E 5 F 6 G)
    (0 A 1 B 2 C 3 D 4 E 5 F 6 G 7 H)
    (0 A 1 B 2 C 3 D 4 E 5 F 6 G 7 H 8 I)
    (0 A 1 B 2 C 3 D 4 E 5 F 6 G 7 H 8 I 9 J)
    (0 A 1 B 2 C 3 D 4 E 5 F 6 G 7 H 8 I 9 J 10 K)
    (0 A 1 B 2 C 3 D 4 E 5 F 6 G 7 H 8 I 9 J 10 K 11 L)
    (0 A 1 B 2 C 3 D 4 E 5 F 6 G 7 H 8 I 9 J 10 K 11 L 12 M)
    (0 A 1 B 2 C 3 D 4 E 5 F 6 G 7 H 8 I 9 J 10 K 11 L 12 M 13 N)
    (0 A 1 B 2 C 3 D 4 E 5 F 6 G 7 H 8 I 9 J 10 K 11 L 12 M 13 N 14 O)
    (0 A 1 B 2 C 3 D 4 E 5 F 6 G 7 H 8 I 9 J 10 K 11 L 12 M 13 N 14 O 15 P)
}

/// Arguments that are written as a struct with their names.
pub(super) struct NamedArguments<'a, A> {
    pub(super) names: Names,
    pub(super) arguments: &'a A,
}

impl<A: WriteArguments> Serialize for NamedArguments<'_, A> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct(NAME, self.names.len())?;
        self.arguments.write_fields(self.names, &mut fields)?;
        fields.end()
    }
}

/// A seed and visitor that reads arguments.
pub(super) struct Arguments<'f, A> {
    names: Names,
    /// Whether the arguments may have names.
    has_names: bool,
    /// The argument that could not be read. The error itself keeps the codec's text.
    failed: &'f Cell<Option<&'static str>>,
    tuple: PhantomData<A>,
}

impl<'f, A> Arguments<'f, A> {
    pub(super) const fn new(
        names: Names,
        has_names: bool,
        failed: &'f Cell<Option<&'static str>>,
    ) -> Self {
        Self {
            names,
            has_names,
            failed,
            tuple: PhantomData,
        }
    }
}

impl<'de, A: ReadArguments<'de>> Arguments<'_, A> {
    /// Returns the arguments of a request without data.
    pub(super) fn none<E: Error>(&self) -> Result<A, E> {
        A::finish(A::slots(), self.names)
    }

    fn slot<'s>(&'s self, slots: &'s mut A::Slots, index: usize) -> ArgumentSlot<'s, 'de, A> {
        let name = self.names.get(index).copied().unwrap_or_default();
        ArgumentSlot {
            slots,
            index,
            name,
            failed: self.failed,
        }
    }
}

impl<'de, A: ReadArguments<'de>> DeserializeSeed<'de> for Arguments<'_, A> {
    type Value = A;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<A, D::Error> {
        match self.names.len() {
            _ if self.has_names => deserializer.deserialize_struct(NAME, self.names, self),
            0 => deserializer.deserialize_unit(self),
            len => deserializer.deserialize_tuple(len, self),
        }
    }
}

impl<'de, A: ReadArguments<'de>> Visitor<'de> for Arguments<'_, A> {
    type Value = A;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the arguments ({})", self.names.join(", "))
    }

    fn visit_unit<E: Error>(self) -> Result<A, E> {
        self.none()
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut elements: S) -> Result<A, S::Error> {
        let mut slots = A::slots();
        for index in 0..self.names.len() {
            if elements
                .next_element_seed(self.slot(&mut slots, index))?
                .is_none()
            {
                return A::finish(slots, self.names);
            }
        }
        if elements.next_element::<IgnoredAny>()?.is_some() {
            let len = self.names.len();
            return Err(S::Error::custom(format_args!("there are more than {len}")));
        }
        A::finish(slots, self.names)
    }

    fn visit_map<M: MapAccess<'de>>(self, mut entries: M) -> Result<A, M::Error> {
        let mut slots = A::slots();
        let mut seen = 0_u32;
        while let Some(index) = entries.next_key_seed(ArgumentName(self.names))? {
            let slot = self.slot(&mut slots, index);
            if seen & (1 << index) != 0 {
                let name = slot.name;
                return Err(M::Error::custom(format_args!("`{name}` is given twice")));
            }
            seen |= 1 << index;
            entries.next_value_seed(slot)?;
        }
        A::finish(slots, self.names)
    }
}

/// A seed that reads one argument into its slot.
struct ArgumentSlot<'s, 'de, A: ReadArguments<'de>> {
    slots: &'s mut A::Slots,
    index: usize,
    name: &'static str,
    failed: &'s Cell<Option<&'static str>>,
}

impl<'de, A: ReadArguments<'de>> DeserializeSeed<'de> for ArgumentSlot<'_, 'de, A> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let Self {
            slots,
            index,
            name,
            failed,
        } = self;
        A::read(slots, index, deserializer).inspect_err(|_| failed.set(Some(name)))
    }
}

/// A seed that reads an argument's name as its index.
struct ArgumentName(Names);

impl<'de> DeserializeSeed<'de> for ArgumentName {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for ArgumentName {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of an argument")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<usize, E> {
        let index = self.0.iter().position(|name| *name == key);
        index.ok_or_else(|| match self.0 {
            [] => E::custom(format_args!("there is no {key:?}, nor any other")),
            names => {
                let names = names.join("`, `");
                E::custom(format_args!("there is no {key:?}, there are `{names}`"))
            }
        })
    }
}

/// Returns an argument that was read, or `None` for a missing `Option`.
fn finished<'de, T: Deserialize<'de>, E: Error>(
    slot: Option<T>,
    name: &'static str,
) -> Result<T, E> {
    let missing = MissingArgument {
        name,
        error: PhantomData,
    };
    slot.map_or_else(|| T::deserialize(missing), Ok)
}

/// A deserializer for a missing argument. Only an `Option` can be read from it.
struct MissingArgument<E> {
    name: &'static str,
    error: PhantomData<E>,
}

impl<'de, E: Error> Deserializer<'de> for MissingArgument<E> {
    type Error = E;

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, E> {
        Err(E::custom(format_args!("`{}` is missing", self.name)))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_none()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// The name of the struct of arguments.
const NAME: &str = "Arguments";
