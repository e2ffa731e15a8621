//! The shapes of a method's types: what their readers ask for. The codec compares the data that it writes with them.

use crate::codec::{
    EnumShape, FieldShape, PartCount, ReadShape, ReadShapes, RecordShape, RootShape, ScalarKind,
    StandardType, VariantShape,
};

use super::type_graph::{Ask, BodyShape, TypeBody, TypeEntry, TypeNode};
use super::type_name::{Author, is_standard, is_unambiguous, short};

/// Returns the shapes of a method, from the names and types of its arguments and the type of its result.
pub(super) fn shapes(
    entries: &[TypeEntry],
    nodes: &[TypeNode],
    arguments: &[(&'static str, Option<usize>)],
    reply: Option<usize>,
) -> ReadShapes {
    let table = ShapeTable { entries, nodes };
    let mut shapes = vec![ReadShape::Unknown];
    shapes.extend(nodes.iter().map(|node| table.node(node)));
    let field = |(name, entry): &(&'static str, Option<usize>)| FieldShape {
        names: vec![name],
        shape: table.entry(*entry),
        type_name: table.type_name(*entry),
        standard: table.standard(*entry),
    };
    let record = |fields| {
        ReadShape::Record(RecordShape {
            name: None,
            variant: None,
            fields,
            len: PartCount::Fields,
        })
    };
    shapes.push(record(arguments.iter().map(field).collect()));
    let all = shapes.len() - 1;
    // A last argument of bytes is written apart. The head has its length in that place, which is not compared.
    let mut head: Vec<_> = arguments.iter().map(field).collect();
    if let Some(last) = head.last_mut() {
        *last = FieldShape::default();
    }
    shapes.push(record(head));
    let types = || arguments.iter().map(|(_, entry)| *entry);
    ReadShapes {
        arguments: table.root(all, types()),
        arguments_head: table.root(all + 1, types()),
        reply: table.root(table.entry(reply), [reply]),
        shapes,
    }
}

struct ShapeTable<'g> {
    entries: &'g [TypeEntry],
    nodes: &'g [TypeNode],
}

impl ShapeTable<'_> {
    fn root(&self, shape: usize, types: impl IntoIterator<Item = Option<usize>>) -> RootShape {
        let mut root = RootShape {
            shape,
            is_standard: true,
            is_unambiguous: true,
            type_name: "",
        };
        for entry in types {
            let name = entry.and_then(|entry| Some(self.entries.get(entry)?.name));
            root.is_standard &= name.is_some_and(is_standard);
            root.is_unambiguous &= name.is_some_and(is_unambiguous);
            root.type_name = self.type_name(entry);
        }
        root
    }

    /// Returns the index of a type's shape. Looks through structs that have one unnamed field.
    fn entry(&self, entry: Option<usize>) -> usize {
        let mut entry = entry;
        for _ in 0..NEWTYPE_LIMIT {
            let node = entry.and_then(|entry| self.entries.get(entry)?.node);
            let Some((index, node)) = node.and_then(|node| Some((node, self.nodes.get(node)?)))
            else {
                return 0;
            };
            if !matches!(node.ask, Ask::Newtype(_)) {
                return index + 1;
            }
            entry = node.bodies.first().and_then(|body| *body.parts.first()?);
        }
        0
    }

    fn type_name(&self, entry: Option<usize>) -> &'static str {
        let entry = entry.and_then(|entry| self.entries.get(entry));
        let entry = entry.filter(|entry| !is_standard(entry.name));
        entry.map_or("", |entry| short(entry.name))
    }

    fn standard(&self, entry: Option<usize>) -> Option<StandardType> {
        let name = entry.and_then(|entry| Some(self.entries.get(entry)?.name));
        let name = name.filter(|name| is_standard(name))?;
        Some(StandardType::new(name, is_unambiguous(name)))
    }

    fn node(&self, node: &TypeNode) -> ReadShape {
        if let Some(attribute) = node.asks_any {
            return self.any(node, attribute);
        }
        match &node.ask {
            Ask::Any(attribute) => self.any(node, attribute),
            Ask::Scalar(name) => ScalarKind::of(name).map_or(ReadShape::Unknown, ReadShape::Scalar),
            Ask::Unit(_) => ReadShape::Scalar(ScalarKind::Unit),
            Ask::Option => ReadShape::Option(self.part(node, 0)),
            Ask::Seq => ReadShape::Seq(self.part(node, 0)),
            Ask::Map => ReadShape::Map(self.part(node, 0), self.part(node, 1)),
            // A hand-written reader may read any number of the parts.
            _ if node.author == Author::User => ReadShape::Unknown,
            Ask::Tuple(len) if node.has_equal_elements => ReadShape::Record(RecordShape {
                name: None,
                variant: None,
                fields: vec![FieldShape {
                    shape: self.part(node, 0),
                    ..FieldShape::default()
                }],
                len: PartCount::Array(*len),
            }),
            Ask::Tuple(_) | Ask::Newtype(_) => self.record(node.bodies.first(), None),
            Ask::TupleStruct(name, _) | Ask::Struct(name, _) => {
                self.record(node.bodies.first(), Some(name))
            }
            Ask::Enum(name, all) => self.variants(node, name, all),
        }
    }

    fn any(&self, node: &TypeNode, attribute: &'static str) -> ReadShape {
        ReadShape::Any {
            name: self.type_name(Some(node.explorer)),
            attribute,
        }
    }

    fn part(&self, node: &TypeNode, part: usize) -> usize {
        let body = node.bodies.first();
        self.entry(body.and_then(|body| body.parts.get(part).copied().flatten()))
    }

    fn record(&self, body: Option<&TypeBody>, name: Option<&'static str>) -> ReadShape {
        let fields = body.and_then(|body| self.fields(body));
        fields.map_or(ReadShape::Unknown, |fields| {
            ReadShape::Record(RecordShape {
                name,
                variant: None,
                fields,
                len: PartCount::Fields,
            })
        })
    }

    fn fields(&self, body: &TypeBody) -> Option<Vec<FieldShape>> {
        let names = |part| match body.shape {
            Some(BodyShape::Named(all)) => body.fields.names_of(part, all),
            _ => Vec::new(),
        };
        let is_whole = match body.shape? {
            BodyShape::Unit => body.parts.is_empty(),
            BodyShape::Tuple(len) => body.parts.len() == len,
            BodyShape::Named(_) => body.parts.len() == body.fields.len(),
        };
        let fields = body.parts.iter().enumerate();
        let fields = fields.map(|(part, entry)| FieldShape {
            names: names(part),
            shape: self.entry(*entry),
            type_name: self.type_name(*entry),
            standard: self.standard(*entry),
        });
        is_whole.then(|| fields.collect())
    }

    fn variants(
        &self,
        node: &TypeNode,
        name: &'static str,
        all: &'static [&'static str],
    ) -> ReadShape {
        if node.bodies.is_empty() {
            // The enum has no variants, or they could not be found.
            return ReadShape::Unknown;
        }
        let variants = node.bodies.iter().enumerate();
        let variants = variants.map(|(index, body)| {
            let names = node.variants.names_of(index, all);
            let fields = self.fields(body);
            let len = match fields {
                Some(_) => PartCount::Fields,
                None => PartCount::Unknown,
            };
            let record = RecordShape {
                name: Some(name),
                variant: names.first().copied(),
                fields: fields.unwrap_or_default(),
                len,
            };
            VariantShape { names, record }
        });
        ReadShape::Enum(EnumShape {
            name,
            variants: variants.collect(),
            other: node.other,
        })
    }
}

/// How many nested structs with one unnamed field are looked through.
const NEWTYPE_LIMIT: usize = 64;
