//! Types out of what has been traced.

use std::collections::HashMap;

use super::type_graph::{self, Ask, Node, Part, ROOT, Shape, TypeGraph};
use super::types::{Body, Name, Type};

/// How deep types may be spelled out within each other.
const DEPTH_LIMIT: usize = 100;

/// How many types may be spelled out. A text of more helps nobody.
const TYPE_LIMIT: usize = 8192;

/// Spells out each type once, where it stands first.
struct Resolver {
    nodes: Vec<Node>,
    /// What is spelled out already.
    names: HashMap<usize, Name>,
    /// How many are called the same.
    ordinals: HashMap<&'static str, usize>,
    depth: usize,
    types: usize,
}

/// The arguments of a method, of which there are so many, and its result, as they were traced.
pub(super) fn types(trace: TypeGraph, arguments: usize) -> (Vec<Type>, Type) {
    let mut speller = Resolver {
        nodes: trace.nodes(),
        names: HashMap::new(),
        ordinals: HashMap::new(),
        depth: 0,
        types: 0,
    };
    let root = speller.nodes.get(ROOT).and_then(|root| root.bodies.first());
    let mut roots = root
        .map_or_else(Vec::new, |body| body.parts.clone())
        .into_iter();
    let (tuple, reply) = (roots.next(), roots.next());
    let mut parts = match tuple.and_then(|tuple| tuple.node) {
        Some(tuple) => speller.parts(tuple, 0),
        None => Vec::new(),
    };
    parts.resize(arguments, Type::Unknown);
    (parts, speller.part(reply.unwrap_or_default()))
}

impl Resolver {
    fn parts(&mut self, node: usize, body: usize) -> Vec<Type> {
        let body = self.nodes.get(node).and_then(|node| node.bodies.get(body));
        let parts = body.map_or_else(Vec::new, |body| body.parts.clone());
        parts.into_iter().map(|part| self.part(part)).collect()
    }

    fn part(&mut self, part: Part) -> Type {
        self.types += 1;
        if self.depth == DEPTH_LIMIT || TYPE_LIMIT < self.types {
            return Type::Unknown;
        }
        self.depth += 1;
        let ty = part.node.map_or(Type::Unknown, |node| self.ty(node));
        self.depth -= 1;
        ty
    }

    fn ty(&mut self, node: usize) -> Type {
        let Some(ask) = self.nodes.get(node).map(|node| node.ask.clone()) else {
            return Type::Unknown;
        };
        match ask {
            Ask::Unknown => Type::Unknown,
            Ask::Scalar(name) => Type::Scalar(name),
            Ask::Option => Type::Option(self.only(node, 0).into()),
            Ask::Seq => Type::seq(self.only(node, 0)),
            Ask::Map => match <[Type; 2]>::try_from(self.parts(node, 0)) {
                Ok([key, value]) => Type::Map(key.into(), value.into()),
                Err(_) => Type::Unknown,
            },
            Ask::Tuple(len) => self.tuple(node, len),
            Ask::Enum("Result", ["Ok", "Err"]) if self.is_result(node) => {
                let (ok, err) = (self.only(node, 0), self.only(node, 1));
                Type::Result(ok.into(), err.into())
            }
            Ask::Unit(name)
            | Ask::Newtype(name)
            | Ask::TupleStruct(name, _)
            | Ask::Struct(name, _) => match self.spell(node, name) {
                Ok(name) => Type::Struct(name, self.body(node, 0)),
                Err(mention) => mention,
            },
            Ask::Enum(name, variants) => match self.spell(node, name) {
                Ok(name) => {
                    let variants = variants.iter().enumerate();
                    let bodies = variants.map(|(index, variant)| {
                        let body = self.body(node, index);
                        ((*variant).to_owned(), body)
                    });
                    Type::Enum(name, bodies.collect())
                }
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

    fn only(&mut self, node: usize, body: usize) -> Type {
        self.parts(node, body)
            .into_iter()
            .next()
            .unwrap_or(Type::Unknown)
    }

    /// A tuple, which of equal elements is an array: serde does not tell them apart.
    fn tuple(&mut self, node: usize, len: usize) -> Type {
        let body = self.nodes.get(node).and_then(|node| node.bodies.first());
        let parts = body.map_or(&[][..], |body| &body.parts);
        let [first, others @ ..] = parts else {
            return Type::unit();
        };
        let first = *first;
        if 1 < len && others.iter().all(|part| part.node == first.node) {
            // Those that were looked at stand for all.
            return Type::Array(self.part(first).into(), len);
        }
        if parts.len() < len {
            return Type::Unknown;
        }
        Type::Tuple(self.parts(node, 0))
    }

    fn is_result(&self, node: usize) -> bool {
        let node = self.nodes.get(node);
        node.is_some_and(|node| {
            let mut bodies = node.bodies.iter();
            bodies.all(|body| body.shape == Some(Shape::Tuple(1)))
        })
    }

    fn body(&mut self, node: usize, body: usize) -> Body {
        let shape = self.nodes.get(node).and_then(|node| node.bodies.get(body));
        match shape.and_then(|body: &type_graph::Body| body.shape) {
            None | Some(Shape::Unknown) => Body::Unknown,
            Some(Shape::Unit) => Body::Unit,
            Some(Shape::Tuple(len)) => {
                let parts = self.parts(node, body);
                if parts.len() < len {
                    Body::Unknown
                } else {
                    Body::Tuple(parts)
                }
            }
            Some(Shape::Named(fields)) => {
                let fields = fields.iter().map(|field| (*field).to_owned());
                Body::Named(fields.zip(self.parts(node, body)).collect())
            }
        }
    }
}
