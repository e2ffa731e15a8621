//! What the syntax of a type tells: how an argument is passed, and what kind of reply a method has.
//!
//! A type whose name has a meaning here is recognised by its path where it has one, and by the bare name
//! otherwise. What a bare name means the compiler checks in the generated code.

use syn::{
    FnArg, GenericArgument, PatType, Path, PathArguments, ReturnType, Signature, Type, TypePath,
};

/// How a server reads an argument, and how it passes that to the method.
pub(crate) enum Passing<'a> {
    /// The argument's own type, as it is. If it borrows, it borrows from the request.
    AsIs(&'a Type),
    /// For `&T`, a `T` and a reference to it.
    Referent(&'a Type),
    /// For `&Path`, as the type says: `std::path::Path` borrows from the request, any other is a `&T`.
    Path(&'a Type),
    /// For `&[T]`, a `Vec<T>` and a reference to it.
    Elements(&'a Type),
    /// For `&[u8]`, bytes of the request.
    Bytes,
    /// For `Vec<u8>`, bytes of the request and a copy of them.
    ByteBuf,
    /// For `Bytes`, a share in the request.
    Shared(&'a Type),
}

impl<'a> Passing<'a> {
    /// Returns how an argument of this type is passed, where `krate` is the path of the library.
    pub(crate) fn new(ty: &'a Type, krate: &Path) -> Self {
        match unwrapped(ty) {
            Type::Reference(reference) => match unwrapped(&reference.elem) {
                referent if is_bytes(referent) => Self::Bytes,
                referent if is_str(referent) || is_std_path(referent) => Self::AsIs(ty),
                Type::Slice(slice) => Self::Elements(&slice.elem),
                referent if last_word(referent, "Path").is_some() => Self::Path(referent),
                referent => Self::Referent(referent),
            },
            ty if is_byte_buf(ty) => Self::ByteBuf,
            ty if is_shared_bytes(ty, krate) => Self::Shared(ty),
            ty => Self::AsIs(ty),
        }
    }
}

/// What a method returns.
pub(crate) enum Reply<'a> {
    /// Nothing.
    Unit,
    /// Any type but a `Result`.
    Value(&'a Type),
    /// `Result<T, E>`.
    Fallible(&'a Type, &'a Type),
    /// An alias of some `Result<T, E>`.
    Alias(&'a Type),
}

impl<'a> Reply<'a> {
    /// Returns what a method with this return type replies, whose attribute says or does not say that it
    /// is an alias of `Result`.
    pub(crate) fn new(output: &'a ReturnType, is_alias: bool) -> Self {
        let ReturnType::Type(_, ty) = output else {
            return Self::Unit;
        };
        match result_types(ty).as_deref() {
            Some(&[ok, err]) => Self::Fallible(ok, err),
            Some(_) => Self::Alias(ty),
            None if is_alias => Self::Alias(ty),
            None => Self::Value(ty),
        }
    }

    /// Whether the reply is bytes, which are written and read as a whole.
    pub(crate) fn is_bytes(&self, krate: &Path) -> bool {
        match self {
            Self::Unit => false,
            Self::Value(ty) | Self::Fallible(ty, _) => holds_bytes(ty, krate),
            // The only type in the brackets is that of the value, as in every such alias.
            Self::Alias(ty) => {
                matches!(result_types(ty).as_deref(), Some(&[ok]) if holds_bytes(ok, krate))
            }
        }
    }
}

/// Splits the arguments behind `&self` into the context of the call, if the method takes it, and what a
/// request carries.
pub(crate) fn split_context<'a>(
    signature: &'a Signature,
    krate: &Path,
) -> (Option<&'a PatType>, impl Iterator<Item = &'a PatType>) {
    let mut arguments = signature
        .inputs
        .iter()
        .filter_map(|input| match input {
            FnArg::Typed(argument) => Some(argument),
            FnArg::Receiver(_) => None,
        })
        .peekable();
    let context = arguments.next_if(|argument| {
        let ty = match unwrapped(&argument.ty) {
            Type::Reference(reference) => &reference.elem,
            ty => ty,
        };
        plain_path(ty).is_some_and(|path| is_context(path, krate))
    });
    (context, arguments)
}

/// Whether a path means the `Context` of a call.
pub(crate) fn is_context(path: &Path, krate: &Path) -> bool {
    is_named(path, "Context", krate, &[&["domainsockets"]])
}

/// Whether a path means the `Bytes` of the crate `bytes`.
pub(crate) fn is_bytes_path(path: &Path, krate: &Path) -> bool {
    is_named(path, "Bytes", krate, &[&["domainsockets"], &["bytes"]])
}

/// Whether a type is the `Bytes` of the crate `bytes`.
pub(crate) fn is_shared_bytes(ty: &Type, krate: &Path) -> bool {
    plain_path(ty).is_some_and(|path| is_bytes_path(path, krate))
}

/// Whether a type is called `Bytes`, by whatever path.
pub(crate) fn is_called_bytes(ty: &Type) -> bool {
    last_word(ty, "Bytes").is_some()
}

/// Whether a type is `Vec<u8>`.
pub(crate) fn is_byte_buf(ty: &Type) -> bool {
    let path = plain_path(ty).filter(|path| {
        is_at(
            path,
            "Vec",
            &[&[], &["vec"], &["std", "vec"], &["alloc", "vec"]],
        )
    });
    matches!(
        path.and_then(type_arguments).as_deref(),
        Some(&[element]) if is_u8(element)
    )
}

/// Whether serde can read a reference to this type by borrowing from the request.
pub(crate) fn is_borrowable(referent: &Type) -> bool {
    is_str(referent) || is_bytes(referent) || is_std_path(referent) || is_path_by_name(referent)
}

/// Whether a type may be `std::path::Path`, by its bare name or behind a module that is called `path`.
pub(crate) fn is_path_by_name(ty: &Type) -> bool {
    last_word(ty, "Path").is_some_and(|path| is_at(path, "Path", &[&[], &["path"]]))
}

/// Returns a type without the parentheses around it, whether the user or a macro has written them.
pub(crate) fn unwrapped(ty: &Type) -> &Type {
    match ty {
        Type::Paren(inner) => unwrapped(&inner.elem),
        Type::Group(inner) => unwrapped(&inner.elem),
        ty => ty,
    }
}

/// Whether a type is `Vec<u8>` or `Bytes`, or an `Option` of one.
fn holds_bytes(ty: &Type, krate: &Path) -> bool {
    let option = plain_path(ty).filter(|path| {
        let homes: [&[&str]; 4] = [&[], &["option"], &["std", "option"], &["core", "option"]];
        is_at(path, "Option", &homes)
    });
    is_byte_buf(ty)
        || is_shared_bytes(ty, krate)
        || matches!(
            option.and_then(type_arguments).as_deref(),
            Some(&[inner]) if holds_bytes(inner, krate)
        )
}

fn is_bytes(ty: &Type) -> bool {
    matches!(unwrapped(ty), Type::Slice(slice) if is_u8(&slice.elem))
}

fn is_u8(ty: &Type) -> bool {
    plain_path(ty).is_some_and(|path| path.is_ident("u8"))
}

fn is_str(ty: &Type) -> bool {
    plain_path(ty).is_some_and(|path| path.is_ident("str"))
}

fn is_std_path(ty: &Type) -> bool {
    last_word(ty, "Path").is_some_and(|path| is_at(path, "Path", &[&["std", "path"]]))
}

/// Returns the types in the brackets of a `Result`, which is any type whose last word is that: there are
/// more aliases of it than can be known.
fn result_types(ty: &Type) -> Option<Vec<&Type>> {
    let path = plain_path(ty)?;
    let last = path.segments.last()?;
    if last.ident != "Result" {
        return None;
    }
    match &last.arguments {
        PathArguments::AngleBracketed(arguments) => {
            let types = arguments.args.iter().filter_map(|argument| match argument {
                GenericArgument::Type(ty) => Some(ty),
                _ => None,
            });
            Some(types.collect())
        }
        _ => Some(Vec::new()),
    }
}

/// Returns the generic arguments of a path, if all of them are types.
fn type_arguments(path: &Path) -> Option<Vec<&Type>> {
    let PathArguments::AngleBracketed(arguments) = &path.segments.last()?.arguments else {
        return None;
    };
    let types = arguments.args.iter().map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    types.collect()
}

/// Returns the path of a type whose last word is this, without brackets.
fn last_word<'a>(ty: &'a Type, name: &str) -> Option<&'a Path> {
    plain_path(ty).filter(|path| {
        let last = path.segments.last();
        last.is_some_and(|last| last.ident == name && last.arguments.is_none())
    })
}

/// Whether a path without brackets means the type of this name: by itself, in the library, or in one of
/// these modules.
fn is_named(path: &Path, name: &str, krate: &Path, homes: &[&[&str]]) -> bool {
    let last = path.segments.last();
    let is_plain = last.is_some_and(|last| last.arguments.is_none());
    is_plain && (is_at(path, name, &[&[]]) || is_at(path, name, homes) || is_in(path, name, krate))
}

/// Whether a path is this name in one of these modules.
fn is_at(path: &Path, name: &str, homes: &[&[&str]]) -> bool {
    let mut words = path.segments.iter().rev();
    let is_name = words.next().is_some_and(|last| last.ident == name);
    let is_home = |home: &&[&str]| {
        let home = home.iter().rev();
        words.clone().map(|word| &word.ident).eq(home)
    };
    is_name && homes.iter().any(is_home)
}

/// Whether a path is this name in that module.
fn is_in(path: &Path, name: &str, module: &Path) -> bool {
    let mut words = path.segments.iter().map(|word| &word.ident).rev();
    words.next().is_some_and(|last| last == name)
        && words.eq(module.segments.iter().map(|word| &word.ident).rev())
}

/// Returns the path of a type that is one, and no `<T as Trait>::Type`.
fn plain_path(ty: &Type) -> Option<&Path> {
    match unwrapped(ty) {
        Type::Path(TypePath {
            qself: None, path, ..
        }) => Some(path),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use syn::{Path, Type, parse_quote};

    use super::{Passing, is_byte_buf, is_context, is_shared_bytes};

    #[test]
    fn types_are_known_by_their_path_or_by_their_bare_name() {
        let krate: Path = parse_quote!(my::ds);
        for path in ["Context", "my::ds::Context", "::domainsockets::Context"] {
            let path = syn::parse_str(path).unwrap();
            assert!(is_context(&path, &krate));
        }
        for path in ["render::Context", "ds::Context", "Context<u8>", "Contexts"] {
            let path = syn::parse_str(path).unwrap();
            assert!(!is_context(&path, &krate));
        }
        for ty in ["Bytes", "bytes::Bytes", "(domainsockets::Bytes)"] {
            let ty = syn::parse_str(ty).unwrap();
            assert!(is_shared_bytes(&ty, &krate));
        }
        for ty in ["own::Bytes", "Bytes<u8>", "&Bytes"] {
            let ty = syn::parse_str(ty).unwrap();
            assert!(!is_shared_bytes(&ty, &krate));
        }
        for ty in ["Vec<u8>", "std::vec::Vec<u8>", "::std::vec::Vec<u8>"] {
            assert!(is_byte_buf(&syn::parse_str(ty).unwrap()), "{ty}");
        }
        // Elsewhere there are other vectors, such as those of a fixed capacity.
        for ty in ["Vec<u8, 4>", "heapless::Vec<u8>", "Vec<i8>", "Vec"] {
            assert!(!is_byte_buf(&syn::parse_str(ty).unwrap()), "{ty}");
        }
    }

    #[test]
    fn references_borrow_what_serde_can() {
        let krate: Path = parse_quote!(::domainsockets);
        let passing = |ty: &str| {
            let ty: Type = syn::parse_str(ty).unwrap();
            match Passing::new(&ty, &krate) {
                Passing::AsIs(_) => "as is",
                Passing::Referent(_) => "referent",
                Passing::Path(_) => "path",
                Passing::Elements(_) => "elements",
                Passing::Bytes => "bytes",
                Passing::ByteBuf => "byte buf",
                Passing::Shared(_) => "shared",
            }
        };
        assert_eq!(passing("&str"), "as is");
        assert_eq!(passing("&std::path::Path"), "as is");
        assert_eq!(passing("&Path"), "path");
        assert_eq!(passing("&canvas::Path"), "path");
        assert_eq!(passing("&Path<u8>"), "referent");
        assert_eq!(passing("&Point"), "referent");
        assert_eq!(passing("&[u8]"), "bytes");
        assert_eq!(passing("&[&str]"), "elements");
        assert_eq!(passing("Vec<u8>"), "byte buf");
        assert_eq!(passing("Bytes"), "shared");
        assert_eq!(passing("Path"), "as is");
    }
}
