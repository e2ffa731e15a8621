//! The graph of a method's types: what each type asks a deserializer for, and the types of its parts.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet, VecDeque};
use std::mem;

use super::type_name::{Author, author, is_array, is_standard, is_visitor_of};

/// Has a type decode itself from a [`Question`].
pub(super) type DecodeAttempt = fn(Question<'_>);

/// The types that were found.
#[derive(Debug, Default)]
pub(super) struct TypeGraph {
    found: RefCell<FoundTypes>,
    /// The number of explorations in progress, each of them within an element of the one before.
    pub(super) walks: Cell<usize>,
}

/// A question to a type, which decodes itself from it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question<'g> {
    pub(super) graph: &'g TypeGraph,
    /// The type that the question is about.
    pub(super) entry: usize,
    /// How many types around it still have to be passed.
    pub(super) hops: usize,
    pub(super) goal: Goal,
}

/// What to find out about a type.
#[derive(Clone, Copy, Debug)]
pub(super) enum Goal {
    /// What it asks a deserializer for. The answer is an error.
    Ask,
    /// The type of one part of one of its bodies. It gets samples of the parts before.
    Part { body: usize, part: usize },
    /// The field that its reader knows by this name. It gets the name.
    Field { body: usize, name: &'static str },
    /// The variant that its reader knows by this name.
    Variant { name: &'static str },
    /// A sample, so that the type around it asks for a later part.
    Sample {
        /// Whether the value is for a type of the standard library, which may refuse a large number.
        is_small: bool,
    },
}

/// What a type asks a deserializer for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Ask {
    Scalar(&'static str),
    Option,
    Seq,
    Map,
    Tuple(usize),
    Unit(&'static str),
    Newtype(&'static str),
    TupleStruct(&'static str, usize),
    Struct(&'static str, &'static [&'static str]),
    Enum(&'static str, &'static [&'static str]),
    /// Any type (`deserialize_any`), because of this attribute.
    Any(&'static str),
}

/// A type, by its name where a value of it is asked for.
#[derive(Debug)]
pub(super) struct TypeEntry {
    pub(super) name: &'static str,
    attempt: DecodeAttempt,
    /// How many types the attempt passes before it is at this one.
    hops: usize,
    /// Whether dropping a value does anything.
    pub(super) needs_drop: bool,
    /// The node of what it asks for. `None` if that is not known.
    pub(super) node: Option<usize>,
    /// Whether the outer type stores this type directly, without a conversion.
    is_reached_directly: bool,
    making: Making,
}

/// The way in which values of a type are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Making {
    /// Unknown, or from values of another type.
    Conversion,
    /// By its own visitor.
    Own,
    /// The type asks for something else each time, or has refused a sample.
    Inconsistent,
}

/// A request to the deserializer, shared by types that are read alike.
#[derive(Debug)]
pub(super) struct TypeNode {
    pub(super) ask: Ask,
    pub(super) author: Author,
    /// Whether dropping what its visitor makes does anything.
    needs_drop: bool,
    /// The type that is decoded to find out more. If possible, the visitor is this type's own.
    pub(super) explorer: usize,
    /// Set if its visitor was seen to ask for any type instead, because of this attribute.
    pub(super) asks_any: Option<&'static str>,
    /// One body, or one of each variant.
    pub(super) bodies: Vec<TypeBody>,
    /// The variants, by index and by name.
    pub(super) variants: Labels,
    /// Whether all elements are of the same type.
    pub(super) has_equal_elements: bool,
    /// The variant for unknown names: that with `#[serde(other)]`.
    pub(super) other: Option<usize>,
}

/// The contents of a type or a variant.
#[derive(Debug, Default)]
pub(super) struct TypeBody {
    /// How the parts are written. `None` for a variant that was not read yet.
    pub(super) shape: Option<BodyShape>,
    /// The types of its parts, as far as they are known.
    pub(super) parts: Vec<Option<usize>>,
    /// The fields, by index and by name.
    pub(super) fields: Labels,
}

/// How the parts of a type or a variant are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyShape {
    Unit,
    Tuple(usize),
    Named(&'static [&'static str]),
}

/// The fields or variants of a type. Its reader distinguishes them by an enum of its own. A label is a number for a
/// variant of that enum.
#[derive(Debug, Default)]
pub(super) struct Labels {
    /// The labels that the indexes from 0 stand for.
    by_index: Vec<u64>,
    /// The same labels, without their order.
    known: HashSet<u64>,
    /// How many of them come before the first one that repeats an earlier one.
    len: usize,
    /// The labels that names stand for, if their order differs from that of the indexes.
    pub(super) by_name: Vec<(&'static str, u64)>,
}

/// A task of the exploration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ExploreTask {
    Ask(usize),
    Variants(usize),
    Fields { node: usize, body: usize },
    Elements { node: usize, body: usize },
}

#[derive(Debug, Default)]
struct FoundTypes {
    entries: Vec<TypeEntry>,
    entry_of: HashMap<(&'static str, usize, usize), usize>,
    nodes: Vec<TypeNode>,
    node_of: HashMap<(Ask, &'static str), usize>,
    tasks: VecDeque<ExploreTask>,
    /// Tasks that wait for samples of earlier elements.
    stuck: Vec<ExploreTask>,
    attempts: usize,
    /// The least depth of a sample of each node, if a sample can be made.
    heights: Vec<Option<usize>>,
    /// Whether the heights are up to date.
    is_counted: bool,
}

impl TypeGraph {
    /// Returns the entry of a type that is asked for.
    pub(super) fn entry(
        &self,
        name: &'static str,
        needs_drop: bool,
        attempt: DecodeAttempt,
    ) -> Option<usize> {
        self.found.borrow_mut().push_entry(TypeEntry {
            name,
            attempt,
            hops: 0,
            needs_drop,
            node: None,
            is_reached_directly: true,
            making: Making::Conversion,
        })
    }

    /// Returns the entry of a type that is reached through another one: by the same attempt.
    pub(super) fn inner_entry(&self, outer: usize, name: &'static str) -> Option<usize> {
        let found = &mut *self.found.borrow_mut();
        let outer = found.entries.get(outer)?;
        let inner = TypeEntry {
            name,
            attempt: outer.attempt,
            hops: outer.hops + 1,
            // There is no telling.
            needs_drop: true,
            node: None,
            is_reached_directly: outer.is_own(),
            making: Making::Conversion,
        };
        found.push_entry(inner)
    }

    /// Returns how to ask a type, unless that has been done too often.
    pub(super) fn question(
        &self,
        entry: usize,
        goal: Goal,
    ) -> Option<(DecodeAttempt, Question<'_>)> {
        let found = &mut *self.found.borrow_mut();
        found.attempts += 1;
        if ATTEMPT_LIMIT < found.attempts {
            return None;
        }
        let TypeEntry { attempt, hops, .. } = *found.entries.get(entry)?;
        let question = Question {
            graph: self,
            entry,
            hops,
            goal,
        };
        Some((attempt, question))
    }

    /// Keeps what a type asks for, which is the first time that it is asked itself.
    pub(super) fn answer(&self, entry: usize, ask: Ask, visitor: &'static str, needs_drop: bool) {
        let found = &mut *self.found.borrow_mut();
        let Some(TypeEntry {
            name,
            is_reached_directly,
            ..
        }) = found.entries.get(entry)
        else {
            return;
        };
        let making = if *is_reached_directly && is_visitor_of(visitor, name) {
            Making::Own
        } else {
            Making::Conversion
        };
        let key = (ask, visitor);
        let node = match found.node_of.get(&key) {
            Some(node) => *node,
            None => found.push_node(key, entry, needs_drop),
        };
        if let Some(entry) = found.entries.get_mut(entry) {
            entry.node = Some(node);
            entry.making = making;
        }
        found.is_counted = false;
        let explorer = found.nodes.get(node).map(|node| node.explorer);
        let is_explored = explorer.and_then(|explorer| found.entries.get(explorer));
        if making == Making::Own
            && !is_explored.is_some_and(TypeEntry::is_own)
            && let Some(node) = found.nodes.get_mut(node)
        {
            node.explorer = entry;
        }
    }

    /// Returns what a type has asked for before. If it asks for something else now, nothing is known of it.
    pub(super) fn known(&self, entry: usize, ask: &Ask, visitor: &'static str) -> Option<usize> {
        let found = &mut *self.found.borrow_mut();
        let node = found.entries.get(entry)?.node?;
        // Not by the key: the name of the visitor may be found at two addresses.
        if found.node_of.get(&(ask.clone(), visitor)) == Some(&node) {
            return Some(node);
        }
        if let Some(entry) = found.entries.get_mut(entry) {
            entry.node = None;
            entry.making = Making::Inconsistent;
        }
        found.is_counted = false;
        None
    }

    /// Records that no sample of a type can be made.
    pub(super) fn refuse(&self, entry: usize) {
        let found = &mut *self.found.borrow_mut();
        if let Some(entry) = found.entries.get_mut(entry) {
            entry.making = Making::Inconsistent;
        }
        found.is_counted = false;
    }

    /// Returns something of an entry.
    pub(super) fn with_entry<R>(
        &self,
        entry: usize,
        read: impl FnOnce(&TypeEntry) -> R,
    ) -> Option<R> {
        self.found.borrow().entries.get(entry).map(read)
    }

    /// Returns something of a node.
    pub(super) fn with_node<R>(&self, node: usize, read: impl FnOnce(&TypeNode) -> R) -> Option<R> {
        self.found.borrow().nodes.get(node).map(read)
    }

    /// Changes a node.
    pub(super) fn change_node(&self, node: usize, change: impl FnOnce(&mut TypeNode)) {
        let found = &mut *self.found.borrow_mut();
        found.is_counted = false;
        if let Some(node) = found.nodes.get_mut(node) {
            change(node);
        }
    }

    /// Keeps how the parts of a variant are written.
    pub(super) fn set_shape(&self, node: usize, body: usize, shape: BodyShape) {
        self.change_node(node, |node| {
            if let Some(body) = node.bodies.get_mut(body)
                && body.shape.is_none()
            {
                *body = TypeBody::of(shape);
            }
        });
    }

    /// Keeps the type of a part.
    pub(super) fn set_part(&self, node: usize, body: usize, part: usize, entry: Option<usize>) {
        self.change_node(node, |node| {
            let body = node.bodies.get_mut(body);
            if let Some(slot) = body.and_then(|body| body.parts.get_mut(part)) {
                *slot = slot.or(entry);
            }
        });
    }

    /// Returns the type of a part.
    pub(super) fn part(&self, node: usize, body: usize, part: usize) -> Option<usize> {
        self.with_node(node, |node| {
            let body = node.bodies.get(body)?;
            body.parts.get(part).copied().flatten()
        })?
    }

    /// Adds something that is to be found out.
    pub(super) fn add_task(&self, task: ExploreTask) {
        self.found.borrow_mut().tasks.push_back(task);
    }

    /// Adds something that cannot be found out yet.
    pub(super) fn add_stuck(&self, task: ExploreTask) {
        self.found.borrow_mut().stuck.push(task);
    }

    /// Takes what is to be found out next.
    pub(super) fn next_task(&self) -> Option<ExploreTask> {
        self.found.borrow_mut().tasks.pop_front()
    }

    /// Takes all that could not be found out.
    pub(super) fn take_stuck(&self) -> Vec<ExploreTask> {
        mem::take(&mut self.found.borrow_mut().stuck)
    }

    /// Says whether a sample of a type can be made without running a user's code that looks at values, and how deep it
    /// is.
    pub(super) fn height(&self, entry: usize) -> Option<usize> {
        let found = &mut *self.found.borrow_mut();
        found.update_heights();
        found.entry_height(entry)
    }

    /// Returns the variant whose sample is the least deep.
    pub(super) fn lowest_variant(&self, node: usize) -> Option<usize> {
        let found = &mut *self.found.borrow_mut();
        found.update_heights();
        let bodies = found.nodes.get(node)?.bodies.iter().enumerate();
        bodies
            .filter_map(|(index, body)| Some((found.body_height(body)?, index)))
            .min()
            .map(|(_, index)| index)
    }

    /// Returns whether dropping a sample of a type runs only code of the standard library.
    pub(super) fn drops_silently(&self, entry: usize) -> bool {
        self.with_entry(entry, |entry| !entry.needs_drop || is_standard(entry.name))
            .unwrap_or(false)
    }

    /// Returns all nodes and entries.
    pub(super) fn into_parts(self) -> (Vec<TypeEntry>, Vec<TypeNode>) {
        let found = self.found.into_inner();
        (found.entries, found.nodes)
    }
}

impl FoundTypes {
    fn push_node(&mut self, key: (Ask, &'static str), explorer: usize, needs_drop: bool) -> usize {
        let node = self.nodes.len();
        let (ask, visitor) = &key;
        self.nodes.push(TypeNode {
            needs_drop,
            has_equal_elements: is_array(visitor),
            ..TypeNode::new(ask.clone(), author(visitor), explorer)
        });
        let task = match ask {
            Ask::Scalar(_) | Ask::Unit(_) | Ask::Any(_) => None,
            Ask::Enum(..) => Some(ExploreTask::Variants(node)),
            Ask::Struct(..) => Some(ExploreTask::Fields { node, body: 0 }),
            _ => Some(ExploreTask::Elements { node, body: 0 }),
        };
        self.tasks.extend(task);
        self.node_of.insert(key, node);
        node
    }

    fn push_entry(&mut self, entry: TypeEntry) -> Option<usize> {
        let key = (entry.name, entry.attempt as usize, entry.hops);
        if let Some(entry) = self.entry_of.get(&key) {
            return Some(*entry);
        }
        if self.entries.len() == TYPE_LIMIT {
            return None;
        }
        let index = self.entries.len();
        self.entries.push(entry);
        self.entry_of.insert(key, index);
        self.tasks.push_back(ExploreTask::Ask(index));
        Some(index)
    }

    /// Counts how deep samples are, if anything has changed.
    fn update_heights(&mut self) {
        if self.is_counted {
            return;
        }
        self.is_counted = true;
        self.heights = vec![None; self.nodes.len()];
        let mut changed = true;
        while mem::take(&mut changed) {
            for (index, node) in self.nodes.iter().enumerate() {
                let height = node.sample_height(|body| self.body_height(body));
                if let Some(slot) = self.heights.get_mut(index)
                    && height.is_some_and(|height| slot.is_none_or(|slot| height < slot))
                {
                    *slot = height;
                    changed = true;
                }
            }
        }
    }

    fn body_height(&self, body: &TypeBody) -> Option<usize> {
        body.shape?;
        let mut height = 0;
        for part in &body.parts {
            height = height.max(self.entry_height((*part)?)? + 1);
        }
        Some(height)
    }

    fn entry_height(&self, entry: usize) -> Option<usize> {
        let entry = self.entries.get(entry)?;
        let node = entry.node.filter(|_| entry.is_own())?;
        if self.drops_itself(node) {
            return None;
        }
        let height = self.heights.get(node).copied().flatten();
        height.filter(|height| *height < DEPTH_LIMIT)
    }

    /// Returns whether a user's type has its own `Drop`: it needs dropping, but none of its parts does.
    fn drops_itself(&self, node: usize) -> bool {
        let Some(node) = self.nodes.get(node) else {
            return true;
        };
        let mut parts = node.bodies.iter().flat_map(|body| &body.parts).flatten();
        let needs_drop = |part: &usize| {
            let part = self.entries.get(*part);
            part.is_some_and(|part| part.needs_drop)
        };
        node.author == Author::Derive && node.needs_drop && !parts.any(needs_drop)
    }
}

impl TypeEntry {
    /// Whether the values that its visitor makes are its own, without a conversion.
    pub(super) fn is_own(&self) -> bool {
        self.making == Making::Own
    }
}

impl TypeNode {
    fn new(ask: Ask, author: Author, explorer: usize) -> Self {
        let shape = match &ask {
            Ask::Scalar(_) | Ask::Unit(_) | Ask::Any(_) => Some(BodyShape::Unit),
            Ask::Option | Ask::Seq | Ask::Newtype(_) => Some(BodyShape::Tuple(1)),
            Ask::Map => Some(BodyShape::Tuple(2)),
            Ask::Tuple(len) | Ask::TupleStruct(_, len) => Some(BodyShape::Tuple(*len)),
            Ask::Struct(_, fields) => Some(BodyShape::Named(fields)),
            Ask::Enum(..) => None,
        };
        Self {
            ask,
            author,
            needs_drop: true,
            explorer,
            asks_any: None,
            bodies: shape.into_iter().map(TypeBody::of).collect(),
            variants: Labels::default(),
            has_equal_elements: false,
            other: None,
        }
    }

    /// Returns how deep a sample is at least.
    fn sample_height(&self, of_body: impl Fn(&TypeBody) -> Option<usize>) -> Option<usize> {
        if self.author == Author::User || self.asks_any.is_some() {
            return None;
        }
        match self.ask {
            Ask::Any(_) => None,
            // They are empty.
            Ask::Option | Ask::Seq | Ask::Map => Some(0),
            _ => self.bodies.iter().filter_map(of_body).min(),
        }
    }
}

impl TypeBody {
    fn of(shape: BodyShape) -> Self {
        Self {
            shape: Some(shape),
            parts: vec![None; shape.parts()],
            fields: Labels::default(),
        }
    }
}

impl BodyShape {
    /// Returns how many parts are looked at. Those of a longer tuple are not known.
    fn parts(self) -> usize {
        match self {
            Self::Unit => 0,
            Self::Tuple(len) => len.min(PART_LIMIT),
            Self::Named(fields) => fields.len(),
        }
    }
}

impl Labels {
    /// Adds the label that an index stands for, if that is the next index.
    pub(super) fn push(&mut self, index: usize, label: u64) {
        if index != self.by_index.len() {
            return;
        }
        if self.known.insert(label) && index == self.len {
            self.len += 1;
        }
        self.by_index.push(label);
    }

    /// Returns the number of fields or variants. The first index whose label repeats an earlier one is beyond the last
    /// field or variant.
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Returns for how many indexes the label is known.
    pub(super) const fn indexes(&self) -> usize {
        self.by_index.len()
    }

    /// Returns the index of a field or variant.
    pub(super) fn position(&self, label: u64) -> Option<usize> {
        self.by_index.iter().position(|other| *other == label)
    }

    /// Returns the names by which the field or variant of an index is known, out of all names.
    pub(super) fn names_of(&self, index: usize, all: &[&'static str]) -> Vec<&'static str> {
        if self.by_name.is_empty() {
            return all.get(index).copied().into_iter().collect();
        }
        let label = self.by_index.get(index);
        let names = self.by_name.iter();
        let same = names.filter(|(_, other)| Some(other) == label);
        same.map(|(name, _)| *name).collect()
    }
}

/// How many types may be seen.
const TYPE_LIMIT: usize = 8192;

/// How often types may be asked in all.
const ATTEMPT_LIMIT: usize = 1 << 16;

/// How deep samples may be.
const DEPTH_LIMIT: usize = 64;

/// How many elements of a tuple are looked at.
const PART_LIMIT: usize = 1024;

#[cfg(test)]
mod tests {
    use super::Labels;

    #[test]
    fn fields_end_at_the_first_index_that_repeats_one() {
        let mut labels = Labels::default();
        for (index, (label, len)) in [(7, 1), (8, 2), (7, 2), (9, 2)].into_iter().enumerate() {
            labels.push(index, label);
            assert_eq!(labels.len(), len);
        }
        assert_eq!((labels.indexes(), labels.position(9)), (4, Some(3)));
        labels.push(9, 10);
        assert_eq!((labels.indexes(), labels.position(10)), (4, None));
    }

    /// Fields are counted after each of them. If that compared each with all others, this would take days.
    #[test]
    fn many_fields_are_counted_one_by_one() {
        let mut labels = Labels::default();
        for index in 0..200_000 {
            labels.push(index, index as u64);
            assert_eq!(labels.len(), index + 1);
        }
    }
}
