//! The hash of what both sides of a signature have to agree on.

use std::collections::HashMap;

use super::types::{Definitions, Fields, Name, Type};

/// How many types may be hashed in all. A type is hashed again within each recursive type that contains it.
const STEP_LIMIT: usize = 1 << 16;

/// How deep types may nest. A text can name nested types one after the other, so the parser's limit does not bound this.
const DEPTH_LIMIT: usize = 256;

/// FNV-1a, which is the same everywhere.
struct Fnv(u64);

/// The hash of a type, and the outermost type around it that it mentions, by that type's level. A type that mentions
/// none has the same hash everywhere.
#[derive(Clone, Copy)]
struct Digest {
    hash: u64,
    back: usize,
}

struct Hasher<'t> {
    definitions: Definitions<'t>,
    /// The structs and enums around the current type, with their levels. Structs around a single field have no level.
    around: Vec<(&'t Name, usize)>,
    known: HashMap<&'t Name, u64>,
    steps: usize,
    depth: usize,
}

/// Returns the hash of a signature, or `None` if a type in it is unknown.
pub(super) fn hash<'t>(arguments: &'t [(String, Type)], reply: &'t Type) -> Option<u64> {
    let types = arguments.iter().map(|(_, ty)| ty);
    let mut hasher = Hasher {
        definitions: Definitions::of(types.clone().chain([reply])),
        around: Vec::new(),
        known: HashMap::new(),
        steps: 0,
        depth: 0,
    };
    let arguments = hasher.all(types, 0)?;
    let reply = hasher.ty(reply, 0)?;
    Some(Fnv::of(VERSION).number(arguments.hash).number(reply.hash).0)
}

/// The version of the hash. It changes with what is hashed, or how.
const VERSION: &str = "signature 1";

impl<'t> Hasher<'t> {
    fn ty(&mut self, ty: &'t Type, level: usize) -> Option<Digest> {
        self.steps += 1;
        if STEP_LIMIT < self.steps || DEPTH_LIMIT <= self.depth {
            return None;
        }
        self.depth += 1;
        let digest = self.ty_within(ty, level);
        self.depth -= 1;
        digest
    }

    fn ty_within(&mut self, ty: &'t Type, level: usize) -> Option<Digest> {
        match self.definitions.resolve(ty) {
            Type::Unknown | Type::Mention(_) => None,
            Type::Scalar(name) => Some(Fnv::of(name).alone()),
            Type::Option(value) => self.composed("option", [&**value], level),
            Type::Seq(element) => self.composed("seq", [&**element], level),
            Type::Map(key, value) => self.composed("map", [&**key, &**value], level),
            Type::Result(ok, err) => self.composed("result", [&**ok, &**err], level),
            Type::Array(element, len) => {
                let element = self.ty(element, level)?;
                Some(element.times(*len))
            }
            Type::Tuple(parts) => self.all(parts, level),
            Type::Struct(name, Fields::Tuple(parts)) if parts.len() == 1 => {
                self.named(name, level, |hasher| hasher.all(parts, level))
            }
            Type::Struct(name, body) => {
                self.named(name, level, |hasher| hasher.body(body, level + 1))
            }
            Type::Enum(name, variants) => self.named(name, level, |hasher| {
                let mut sum = Fnv::of("enum").counted(variants.len());
                let mut back = usize::MAX;
                for (variant, body) in variants {
                    let body = hasher.body(body, level + 1)?;
                    sum = sum.text(variant).number(body.hash);
                    back = back.min(body.back);
                }
                Some(Digest { hash: sum.0, back })
            }),
        }
    }

    /// Hashes a type that others may mention.
    fn named(
        &mut self,
        name: &'t Name,
        level: usize,
        count: impl FnOnce(&mut Self) -> Option<Digest>,
    ) -> Option<Digest> {
        if let Some(hash) = self.known.get(name) {
            return Some(Digest {
                hash: *hash,
                back: usize::MAX,
            });
        }
        if let Some((_, back)) = self.around.iter().find(|(around, _)| *around == name) {
            let hash = Fnv::of("back").counted(level.saturating_sub(*back)).0;
            return Some(Digest { hash, back: *back });
        }
        self.around.push((name, level));
        let digest = count(self);
        self.around.pop();
        let mut digest = digest?;
        if level <= digest.back {
            self.known.insert(name, digest.hash);
            digest.back = usize::MAX;
        }
        Some(digest)
    }

    fn body(&mut self, body: &'t Fields, level: usize) -> Option<Digest> {
        match body {
            Fields::Unknown => None,
            Fields::Unit => self.all([], level),
            Fields::Tuple(parts) => self.all(parts, level),
            Fields::Named(fields) => {
                let mut sum = Fnv::of("struct").counted(fields.len());
                let mut back = usize::MAX;
                for (field, ty) in fields {
                    let ty = self.ty(ty, level)?;
                    sum = sum.text(field).number(ty.hash);
                    back = back.min(ty.back);
                }
                Some(Digest { hash: sum.0, back })
            }
        }
    }

    fn composed<const N: usize>(
        &mut self,
        what: &str,
        parts: [&'t Type; N],
        level: usize,
    ) -> Option<Digest> {
        let mut sum = Fnv::of(what);
        let mut back = usize::MAX;
        for part in parts {
            let part = self.ty(part, level)?;
            sum = sum.number(part.hash);
            back = back.min(part.back);
        }
        Some(Digest { hash: sum.0, back })
    }

    /// Hashes types in order. A single type has its own hash, and none have the unit type's.
    fn all(&mut self, types: impl IntoIterator<Item = &'t Type>, level: usize) -> Option<Digest> {
        let mut digests = Vec::new();
        for ty in types {
            digests.push(self.ty(ty, level)?);
        }
        let Some(first) = digests.first().copied() else {
            return Some(Fnv::of("()").alone());
        };
        if digests.iter().all(|digest| digest.hash == first.hash) {
            return Some(first.times(digests.len()));
        }
        let mut sum = Fnv::of("tuple").counted(digests.len());
        let mut back = usize::MAX;
        for digest in digests {
            sum = sum.number(digest.hash);
            back = back.min(digest.back);
        }
        Some(Digest { hash: sum.0, back })
    }
}

impl Digest {
    /// Returns the hash of `len` of these in a row.
    fn times(self, len: usize) -> Self {
        match len {
            0 => Fnv::of("()").alone(),
            1 => self,
            len => Self {
                hash: Fnv::of("array").counted(len).number(self.hash).0,
                back: self.back,
            },
        }
    }
}

impl Fnv {
    fn of(text: &str) -> Self {
        Self(0xcbf2_9ce4_8422_2325).text(text)
    }

    fn bytes(self, bytes: &[u8]) -> Self {
        bytes.iter().fold(self, |Self(hash), byte| {
            Self((hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
        })
    }

    fn number(self, number: u64) -> Self {
        self.bytes(&number.to_le_bytes())
    }

    fn counted(self, count: usize) -> Self {
        self.number(count as u64)
    }

    fn text(self, text: &str) -> Self {
        self.counted(text.len()).bytes(text.as_bytes())
    }

    const fn alone(self) -> Digest {
        Digest {
            hash: self.0,
            back: usize::MAX,
        }
    }
}
