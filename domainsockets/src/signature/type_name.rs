//! Parses the names of types that the compiler gives (`std::any::type_name`): who wrote the code of a visitor, and for
//! which type.
//!
//! The compiler does not promise the form of the names. A visitor with an unknown name counts as a user's code, and gets
//! no values.

/// The author of a visitor's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Author {
    /// Serde's, for the types of the standard library, or this library's.
    Library,
    /// Serde's derive macro.
    Derive,
    /// Anyone's.
    User,
}

/// Returns the author of a visitor's code, by the visitor's name.
pub(super) fn author(visitor: &str) -> Author {
    let (path, _) = split_arguments(visitor);
    if path.ends_with("::__Visitor") && path.contains("::deserialize::") {
        Author::Derive
    } else if visitor.starts_with("serde_core::de::") || visitor.starts_with(OWN) {
        Author::Library
    } else {
        Author::User
    }
}

/// Returns whether a visitor makes values of exactly this type. Otherwise the type converts the values of another type,
/// and a sample would run that conversion.
pub(super) fn is_visitor_of(visitor: &str, asked: &str) -> bool {
    match author(visitor) {
        Author::User => false,
        // Only serde can write the `Deserialize` of a type of the standard library.
        Author::Library => is_standard_path(asked),
        Author::Derive => is_derived_for(visitor, asked),
    }
}

/// Returns whether a type and all of its arguments are of the standard library. Then no code of a user runs when its
/// values are made, written or dropped.
pub(super) fn is_standard(name: &str) -> bool {
    let ends_word = |char: char| !(char.is_alphanumeric() || "_:'".contains(char));
    name.split(ends_word)
        .all(|path| !path.contains("::") || is_standard_path(path))
}

/// Says whether every `Option` in a type of the standard library holds something that does not look like `None`, and
/// nothing is a floating-point number.
pub(super) fn is_unambiguous(name: &str) -> bool {
    let has_plain_options = name.split("core::option::Option<").skip(1).all(|value| {
        let mut plain = PLAIN.iter();
        plain.any(|plain| value.starts_with(plain))
    });
    let mut words = name.split(|char: char| !char.is_alphanumeric());
    has_plain_options && !words.any(|word| ["f32", "f64"].contains(&word))
}

/// Returns the type argument of an `Option`'s visitor: the type of its value.
pub(super) fn option_value(visitor: &'static str) -> Option<&'static str> {
    let arguments = visitor.strip_prefix("serde_core::de::impls::OptionVisitor<")?;
    arguments.strip_suffix('>')
}

/// Returns whether a visitor is that of an array.
pub(super) fn is_array(visitor: &str) -> bool {
    visitor.starts_with("serde_core::de::impls::ArrayVisitor<")
}

/// Returns the last part of a type's path, without its type arguments. Looks through types of the standard library that
/// have one argument, such as `Box`.
pub(super) fn short(mut name: &'static str) -> &'static str {
    loop {
        let (path, arguments) = split_arguments(name);
        let mut types = types_of(arguments);
        match (types.next(), types.next()) {
            (Some(only), None) if is_standard_path(path) => name = only,
            _ => return path.rsplit("::").next().unwrap_or(path),
        }
    }
}

/// Returns whether serde's derive macro wrote the visitor for this type. Looks through types of the standard library
/// that pass the deserializer on to their only argument, such as `Box`.
fn is_derived_for(visitor: &str, mut asked: &str) -> bool {
    let (path, made) = split_arguments(visitor);
    let Some(owner) = path.strip_suffix(">::deserialize::__Visitor") else {
        return false;
    };
    let Some((_, owner)) = owner
        .split_once("<impl serde_core::de::Deserialize")
        .and_then(|(_, owner)| owner.split_once(" for "))
    else {
        return false;
    };
    let (owner, _) = split_arguments(owner);
    loop {
        let (path, arguments) = split_arguments(asked);
        if path == owner {
            return types_of(arguments).eq(types_of(made));
        }
        let mut types = types_of(arguments);
        match (types.next(), types.next()) {
            (Some(only), None) if is_standard_path(path) => asked = only,
            _ => return false,
        }
    }
}

fn is_standard_path(name: &str) -> bool {
    let (path, _) = split_arguments(name);
    let is_of_language = !path.contains("::") || path.starts_with(['(', '[', '&']);
    is_of_language || ROOTS.iter().any(|root| path.starts_with(root))
}

/// Splits a name into its path and what is between the angle brackets at its end.
fn split_arguments(name: &str) -> (&str, &str) {
    let Some(inner) = name.strip_suffix('>') else {
        return (name, "");
    };
    let mut depth = 1_usize;
    for (index, char) in inner.char_indices().rev() {
        match char {
            // The `>` of an arrow (`->`) closes no bracket.
            '>' if inner
                .get(..index)
                .is_some_and(|before| before.ends_with('-')) => {}
            '>' => depth += 1,
            '<' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let (path, arguments) = inner.split_at(index);
            return (path, arguments.get(1..).unwrap_or_default());
        }
    }
    (name, "")
}

/// Splits arguments at their commas, and leaves lifetimes out.
fn types_of(arguments: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    let parts = arguments.split(move |char: char| {
        match char {
            '<' | '(' | '[' => depth += 1,
            '>' | ')' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        char == ',' && depth == 0
    });
    let parts = parts.map(str::trim);
    parts.filter(|part| !part.is_empty() && !part.starts_with('\''))
}

/// Where this library's own visitors are.
const OWN: &str = "domainsockets::codec::bytes::";

/// How the names of types begin that look like `None` in no format.
const PLAIN: [&str; 22] = [
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
    "usize",
    "i8",
    "i16",
    "i32",
    "i64",
    "i128",
    "isize",
    "bool",
    "char",
    "&str",
    "&[",
    "alloc::string::",
    "alloc::vec::",
    "alloc::collections::",
    "std::collections::",
    "std::path::",
    "bytes::",
];

/// Paths of types that belong to the language, or to this library.
const ROOTS: [&str; 5] = [
    "core::",
    "alloc::",
    "std::",
    "bytes::bytes::Bytes",
    "domainsockets::codec::bytes::AsBytes",
];

#[cfg(test)]
mod tests {
    use std::any::type_name;
    use std::borrow::Cow;
    use std::cell::RefCell;
    use std::collections::HashMap;
    use std::sync::{Arc, Mutex};

    use super::{Author, author, is_standard, is_visitor_of, option_value, short, types_of};
    use crate::codec::bytes::AsBytes;

    const OF_JOB: &str =
        "it::_::<impl serde_core::de::Deserialize<'_> for it::Job>::deserialize::__Visitor<'_>";

    #[test]
    fn a_derived_visitor_is_that_of_its_own_type_alone() {
        assert_eq!(author(OF_JOB), Author::Derive);
        for own in [
            "it::Job",
            "alloc::boxed::Box<it::Job>",
            "core::cell::RefCell<it::Job>",
        ] {
            assert!(is_visitor_of(OF_JOB, own), "{own}");
        }
        for other in [
            "it::Jobs",
            "it::Job<u8>",
            "other::Box<it::Job>",
            "u8",
            "it::x::Job",
        ] {
            assert!(!is_visitor_of(OF_JOB, other), "{other}");
        }
        let page = "it::_::<impl serde_core::de::Deserialize<'_> for it::Page<'_, _, K>>\
                    ::deserialize::__Visitor<'_, '_, alloc::vec::Vec<(u8, u16)>, 4>";
        assert!(is_visitor_of(
            page,
            "it::Page<'_, alloc::vec::Vec<(u8, u16)>, 4>"
        ));
        assert!(!is_visitor_of(
            page,
            "it::Page<'_, alloc::vec::Vec<(u8, u16)>, 5>"
        ));
        assert!(!is_visitor_of(page, "it::Page<'_, u8, 4>"));
        let remote = "it::_::<impl it::Job>::deserialize::__Visitor<'_>";
        assert_eq!(author(remote), Author::Derive);
        assert!(!is_visitor_of(remote, "it::Job"));
    }

    #[test]
    fn serdes_own_visitors_are_those_of_the_standard_library() {
        let of_number = "serde_core::de::impls::<impl serde_core::de::Deserialize<'_> for u32>::deserialize::PrimitiveVisitor";
        assert_eq!(author(of_number), Author::Library);
        assert!(is_visitor_of(of_number, "u32"));
        assert!(is_visitor_of(of_number, "core::sync::atomic::AtomicU32"));
        assert!(!is_visitor_of(of_number, "it::Percent"));
        assert_eq!(
            author("uuid::external::serde_support::UuidVisitor"),
            Author::User
        );
        assert_eq!(
            option_value("serde_core::de::impls::OptionVisitor<alloc::vec::Vec<u8>>"),
            Some("alloc::vec::Vec<u8>")
        );
        assert_eq!(option_value(of_number), None);
    }

    #[test]
    fn types_of_the_standard_library_are_known_by_their_names() {
        for name in [
            type_name::<(u8, &str, [bool; 3])>(),
            type_name::<HashMap<String, Option<Vec<Cow<'_, str>>>>>(),
            type_name::<Result<Arc<Mutex<RefCell<u8>>>, ()>>(),
            type_name::<AsBytes<Option<bytes_of::Plain>>>(),
        ] {
            assert!(is_standard(name), "{name}");
        }
        for name in [
            type_name::<Author>(),
            type_name::<Vec<(u8, Author)>>(),
            type_name::<Option<Box<Author>>>(),
        ] {
            assert!(!is_standard(name), "{name}");
        }
        assert_eq!(short(type_name::<Author>()), "Author");
        assert_eq!(short("it::Page<'_, u8>"), "Page");
        assert!(types_of("'_, (u8, u16), it::Page<u8, 4>").eq(["(u8, u16)", "it::Page<u8, 4>"]));
    }

    mod bytes_of {
        pub(super) type Plain = Vec<u8>;
    }
}
