//! The types of a signature, spelled out of what was found out.

use std::collections::HashMap;

use super::type_graph::{Ask, BodyShape, Labels, TypeBody, TypeEntry, TypeNode};
use super::types::{Fields, Name, Type};

/// Spells out each type once, where it comes first.
pub(super) struct Resolver<'g> {
    entries: &'g [TypeEntry],
    nodes: &'g [TypeNode],
    /// What is spelled out already.
    names: HashMap<usize, Name>,
    /// How many are called the same.
    ordinals: HashMap<&'static str, usize>,
    depth: usize,
    types: usize,
}

impl<'g> Resolver<'g> {
    pub(super) fn new(entries: &'g [TypeEntry], nodes: &'g [TypeNode]) -> Self {
        Self {
            entries,
            nodes,
            names: HashMap::new(),
            ordinals: HashMap::new(),
            depth: 0,
            types: 0,
        }
    }

    /// Spells out a type.
    pub(super) fn entry(&mut self, entry: Option<usize>) -> Type {
        self.types += 1;
        let node = entry.and_then(|entry| self.entries.get(entry)?.node);
        let Some((index, node)) = node.and_then(|node| Some((node, self.nodes.get(node)?))) else {
            return Type::Unknown;
        };
        if self.depth == DEPTH_LIMIT || TYPE_LIMIT < self.types {
            return Type::Unknown;
        }
        self.depth += 1;
        let ty = self.node(index, node);
        self.depth -= 1;
        ty
    }

    fn node(&mut self, index: usize, node: &'g TypeNode) -> Type {
        if node.asks_any.is_some() {
            return Type::Unknown;
        }
        match &node.ask {
            Ask::Any(_) => Type::Unknown,
            Ask::Scalar(name) => Type::Scalar(name),
            Ask::Option => Type::Option(self.only(node, 0).into()),
            Ask::Seq => Type::seq(self.only(node, 0)),
            Ask::Map => match <[Type; 2]>::try_from(self.parts(node, 0)) {
                Ok([key, value]) => Type::Map(key.into(), value.into()),
                Err(_) => Type::Unknown,
            },
            Ask::Tuple(len) => self.tuple(node, *len),
            Ask::Enum("Result", ["Ok", "Err"]) if is_result(node) => {
                let (ok, err) = (self.only(node, 0), self.only(node, 1));
                Type::Result(ok.into(), err.into())
            }
            Ask::Unit(name)
            | Ask::Newtype(name)
            | Ask::TupleStruct(name, _)
            | Ask::Struct(name, _) => match self.spell(index, name) {
                Ok(name) => Type::Struct(name, self.body(node, 0)),
                Err(mention) => mention,
            },
            Ask::Enum(name, variants) => match self.spell(index, name) {
                Ok(name) => Type::Enum(name, self.variants(node, variants)),
                Err(mention) => mention,
            },
        }
    }

    /// The name under which a type is spelled out, or a mention of it.
    fn spell(&mut self, node: usize, text: &'static str) -> Result<Name, Type> {
        if let Some(name) = self.names.get(&node) {
            return Err(Type::Mention(name.clone()));
        }
        let ordinal = self.ordinals.entry(text).or_default();
        *ordinal += 1;
        let name = Name {
            text: text.to_owned(),
            ordinal: *ordinal,
        };
        self.names.insert(node, name.clone());
        Ok(name)
    }

    fn parts(&mut self, node: &TypeNode, body: usize) -> Vec<Type> {
        let body = node.bodies.get(body);
        let parts = body.map_or(&[][..], |body| &body.parts);
        parts.iter().map(|part| self.entry(*part)).collect()
    }

    fn only(&mut self, node: &TypeNode, body: usize) -> Type {
        let body = node.bodies.get(body);
        let part = body.and_then(|body| body.parts.first().copied().flatten());
        self.entry(part)
    }

    /// A tuple, which of equal elements is an array: serde does not tell them apart.
    fn tuple(&mut self, node: &TypeNode, len: usize) -> Type {
        let body = node.bodies.first();
        let parts = body.map_or(&[][..], |body| &body.parts);
        let [first, others @ ..] = parts else {
            return Type::unit();
        };
        let is_array = others.iter().all(|part| self.are_alike(*first, *part));
        if 1 < len && is_array {
            // Those that were looked at stand for all.
            return Type::Array(self.entry(*first).into(), len);
        }
        if parts.len() < len {
            return Type::Unknown;
        }
        Type::Tuple(self.parts(node, 0))
    }

    /// Whether two types are the same to serde. Those without parts may have visitors of their own.
    fn are_alike(&self, one: Option<usize>, other: Option<usize>) -> bool {
        let node = |entry: Option<usize>| self.entries.get(entry?)?.node;
        let ask = |node: usize| self.nodes.get(node).map(|node| &node.ask);
        let (Some(one), Some(other)) = (node(one), node(other)) else {
            return false;
        };
        one == other || matches!(ask(one), Some(Ask::Scalar(_))) && ask(one) == ask(other)
    }

    fn variants(&mut self, node: &TypeNode, all: &'static [&'static str]) -> Vec<(String, Fields)> {
        // Nothing but names is known of an enum that somebody reads by hand.
        let len = match node.variants.indexes() {
            0 => all.len(),
            _ => node.variants.len(),
        };
        let variants = (0..len).map(|variant| {
            let name = name_of(&node.variants, variant, all);
            (name, self.body(node, variant))
        });
        variants.collect()
    }

    fn body(&mut self, node: &TypeNode, index: usize) -> Fields {
        let Some(
            body @ TypeBody {
                shape: Some(shape), ..
            },
        ) = node.bodies.get(index)
        else {
            return Fields::Unknown;
        };
        match *shape {
            BodyShape::Unit => Fields::Unit,
            BodyShape::Tuple(len) if body.parts.len() < len => Fields::Unknown,
            BodyShape::Tuple(_) => Fields::Tuple(self.parts(node, index)),
            BodyShape::Named(all) => {
                let names = (0..).map(|field| name_of(&body.fields, field, all));
                Fields::Named(names.zip(self.parts(node, index)).collect())
            }
        }
    }
}

fn is_result(node: &TypeNode) -> bool {
    let mut bodies = node.bodies.iter();
    bodies.len() == 2 && bodies.all(|body| body.shape == Some(BodyShape::Tuple(1)))
}

/// The name of a field or a variant: the first of those by which it is read.
fn name_of(labels: &Labels, index: usize, all: &[&'static str]) -> String {
    let names = labels.names_of(index, all);
    names.first().copied().unwrap_or_default().to_owned()
}

/// How deep types may be spelled out within each other.
const DEPTH_LIMIT: usize = 100;

/// How many types may be spelled out. A text of more helps nobody.
const TYPE_LIMIT: usize = 8192;
