//! What serde has been seen to ask for: a graph of types that grows with each value that is made up.
//!
//! A type is made up again and again, each time with a variant or an element that has not been looked at.
//! All that is seen is kept, even of an attempt that fails; how much that can be, and how often it is
//! tried, is bounded. What has not been seen in the end is unknown.

use std::cell::RefCell;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::probe::Probe;

/// Makes up a value. Returns whether its type accepted what it was given.
pub(super) type Attempt = fn(Probe<'_>) -> bool;

/// Which value of a scalar is taken; a type that refuses one is given the next.
pub(super) type Sample = usize;

/// How many different values a type may refuse.
pub(super) const SAMPLES: Sample = 16;

/// How deep values may nest: as deep as they may when they are decoded.
const DEPTH_LIMIT: usize = 128;

/// How many types may be seen.
const NODE_LIMIT: usize = 4096;

/// How many questions may be asked in all.
const STEP_LIMIT: usize = 1 << 18;

/// How many attempts in a row may show nothing new.
const IDLE_LIMIT: usize = 16;

/// How many elements of a tuple are looked at, each on its own.
const TUPLE_LIMIT: usize = 64;

/// What a type asks a deserializer for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Ask {
    /// That cannot be answered, or not the same was asked for as before.
    Unknown,
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
}

/// A type, by what it asks for and who is to be given that: serde does not tell a type's path and its
/// arguments, the visitor's name does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    ask: Ask,
    visitor: &'static str,
}

/// Where a type stands within another one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) node: usize,
    /// The variant of an enum, or 0.
    pub(super) body: usize,
    pub(super) part: usize,
}

/// A type.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) ask: Ask,
    /// One, or that of each variant.
    pub(super) bodies: Vec<Body>,
}

/// What a type or a variant holds.
#[derive(Debug, Default)]
pub(super) struct Body {
    /// Known of a variant once it has been made up.
    pub(super) shape: Option<Shape>,
    pub(super) parts: Vec<Part>,
    /// How often it was looked at.
    visits: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Unit,
    Tuple(usize),
    Named(&'static [&'static str]),
    /// Not the same as before.
    Unknown,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Part {
    pub(super) node: Option<usize>,
    sample: Sample,
}

/// All that has been seen.
#[derive(Debug, Default)]
pub(super) struct TypeGraph(RefCell<State>);

#[derive(Debug, Default)]
struct State {
    nodes: Vec<Node>,
    index: HashMap<Key, usize>,
    steps: usize,
    /// Whether this attempt has shown anything new.
    progress: bool,
    /// Whether this attempt has failed, and it is known why.
    failed: bool,
    /// The types that are being made up, each within the one before.
    stack: Vec<usize>,
    /// Which types have anything in them that has not been seen, as of the beginning of this attempt.
    open: Vec<bool>,
    /// How deep values of each type are at least.
    heights: Vec<usize>,
    /// Which types have been looked at in this attempt: once is enough.
    visited: Vec<bool>,
}

/// The node in which all others are: a tuple of what is traced.
pub(super) const ROOT: usize = 0;

impl TypeGraph {
    /// Traces some types.
    pub(super) fn of(attempts: &[Attempt]) -> Self {
        let trace = Self::default();
        trace.0.borrow_mut().nodes.push(Node {
            ask: Ask::Tuple(attempts.len()),
            bodies: vec![Body {
                shape: None,
                parts: vec![Part::default(); attempts.len()],
                visits: 0,
            }],
        });
        for (part, attempt) in attempts.iter().enumerate() {
            trace.exhaust(part, *attempt);
        }
        trace
    }

    /// Makes values up as long as that shows anything new.
    fn exhaust(&self, part: usize, attempt: Attempt) {
        let place = Place {
            node: ROOT,
            body: 0,
            part,
        };
        let mut idle = 0;
        while idle < IDLE_LIMIT && self.begin(place) {
            // Nothing of what is kept is half changed when a type's own code runs.
            let tried = catch_unwind(AssertUnwindSafe(|| {
                if !attempt(self.tracer(place, 0)) {
                    self.blame(place);
                }
            }));
            if tried.is_err() {
                return;
            }
            idle = if self.0.borrow().progress {
                0
            } else {
                idle + 1
            };
        }
    }

    pub(super) fn nodes(self) -> Vec<Node> {
        self.0.into_inner().nodes
    }

    /// Begins another attempt. Returns whether there is anything to be seen.
    fn begin(&self, place: Place) -> bool {
        let state = &mut *self.0.borrow_mut();
        state.progress = false;
        state.failed = false;
        state.stack.clear();
        state.find_open();
        state.find_heights();
        state.visited.clear();
        let root = state.part(place).and_then(|part| part.node);
        let is_open = root.is_none_or(|root| state.is_open(root));
        is_open && state.steps < STEP_LIMIT
    }

    /// A deserializer for what stands at a place within something for which this sample is taken.
    pub(super) fn tracer(&self, place: Place, around: Sample) -> Probe<'_> {
        let own = self
            .0
            .borrow_mut()
            .part(place)
            .map_or(0, |part| part.sample);
        Probe::new(self, place, own.max(around))
    }

    /// Keeps that something was asked for. Returns its node, and whether the type is being made up within
    /// itself; nothing if nothing more can be kept.
    pub(super) fn enter(&self, place: Place, ask: Ask, visitor: &'static str) -> Option<usize> {
        let state = &mut *self.0.borrow_mut();
        if state.stack.len() == DEPTH_LIMIT || !state.step() {
            state.failed = true;
            return None;
        }
        let node = state.node(Key { ask, visitor })?;
        let part = state.part(place)?;
        match part.node {
            None => {
                part.node = Some(node);
                state.progress = true;
            }
            Some(known) if known == node => {}
            Some(_) => {
                let unknown = Key {
                    ask: Ask::Unknown,
                    visitor: "",
                };
                let unknown = state.node(unknown);
                if let Some(part) = state.part(place) {
                    part.node = unknown;
                }
            }
        }
        Some(node)
    }

    /// Begins to make a type up.
    pub(super) fn push(&self, node: usize) {
        self.0.borrow_mut().stack.push(node);
    }

    /// Ends making a type up.
    pub(super) fn pop(&self) {
        self.0.borrow_mut().stack.pop();
    }

    /// Whether the value of an option, or an element of a sequence is to be made up.
    pub(super) fn goes_on(&self, node: usize, sample: Sample) -> bool {
        let state = &mut *self.0.borrow_mut();
        // One that refuses to be empty may accept to be full.
        !state.stack.contains(&node) && (state.visits(node) || sample % 2 == 1)
    }

    /// Which variant is to be made up.
    pub(super) fn variant(&self, node: usize) -> Option<usize> {
        let state = &mut *self.0.borrow_mut();
        let looks = !state.stack.contains(&node) && state.visits(node);
        let unseen = looks.then(|| state.least_visited(node)).flatten();
        let chosen = unseen
            .or_else(|| state.lowest(node))
            .or_else(|| state.least_visited(node));
        let Some(body) = chosen.and_then(|variant| state.body(node, variant)) else {
            state.failed = true;
            return None;
        };
        body.visits += 1;
        if body.visits == 1 {
            state.progress = true;
        }
        chosen
    }

    /// Keeps what a variant holds.
    pub(super) fn shape(&self, node: usize, variant: usize, shape: Shape) {
        let state = &mut *self.0.borrow_mut();
        let Some(body) = state.body(node, variant) else {
            return;
        };
        match body.shape {
            None => {
                body.shape = Some(shape);
                body.parts = vec![Part::default(); shape.parts()];
                state.progress = true;
            }
            Some(known) if known == shape => {}
            Some(_) => body.shape = Some(Shape::Unknown),
        }
    }

    /// Counts a question that is not about a type. Returns whether there may be more.
    pub(super) fn step(&self) -> bool {
        self.0.borrow_mut().step()
    }

    /// Has another value taken at a place the next time, as this one was refused.
    pub(super) fn blame(&self, place: Place) {
        let state = &mut *self.0.borrow_mut();
        if std::mem::replace(&mut state.failed, true) {
            return;
        }
        let Some(part) = state.part(place) else {
            return;
        };
        if part.sample + 1 < SAMPLES {
            part.sample += 1;
            state.progress = true;
        }
    }

    /// Says that this attempt has failed for a reason that another value does not change.
    pub(super) fn fail(&self) {
        self.0.borrow_mut().failed = true;
    }
}

impl State {
    fn step(&mut self) -> bool {
        self.steps += 1;
        self.steps <= STEP_LIMIT
    }

    fn node(&mut self, key: Key) -> Option<usize> {
        if let Some(node) = self.index.get(&key) {
            return Some(*node);
        }
        if self.nodes.len() == NODE_LIMIT {
            self.failed = true;
            return None;
        }
        let node = self.nodes.len();
        self.nodes.push(Node::new(key.ask.clone()));
        self.index.insert(key, node);
        Some(node)
    }

    fn body(&mut self, node: usize, body: usize) -> Option<&mut Body> {
        self.nodes.get_mut(node)?.bodies.get_mut(body)
    }

    fn part(&mut self, place: Place) -> Option<&mut Part> {
        let parts = &mut self.body(place.node, place.body)?.parts;
        let last = parts.len().checked_sub(1)?;
        parts.get_mut(place.part.min(last))
    }

    /// Types that have just been found are open.
    fn is_open(&self, node: usize) -> bool {
        self.open.get(node).copied().unwrap_or(true)
    }

    /// Whether a type is to be looked at now, which is then done.
    fn visits(&mut self, node: usize) -> bool {
        if self.visited.len() <= node {
            self.visited.resize(node + 1, false);
        }
        let is_open = self.is_open(node);
        let visited = self.visited.get_mut(node);
        is_open && visited.is_some_and(|visited| !std::mem::replace(visited, true))
    }

    /// Of the variants in which something is to be seen, the one that was looked at least.
    fn least_visited(&self, node: usize) -> Option<usize> {
        let bodies = self.nodes.get(node)?.bodies.iter().enumerate();
        let open = bodies.filter(|(_, body)| self.is_body_open(body));
        open.min_by_key(|(_, body)| body.visits)
            .map(|(variant, _)| variant)
    }

    /// The variant that takes the fewest values within each other.
    fn lowest(&self, node: usize) -> Option<usize> {
        let bodies = self.nodes.get(node)?.bodies.iter().enumerate();
        bodies
            .filter_map(|(variant, body)| Some((self.height(body)?, variant)))
            .min()
            .map(|(_, variant)| variant)
    }

    fn is_body_open(&self, body: &Body) -> bool {
        body.visits == 0
            || body
                .parts
                .iter()
                .any(|part| part.node.is_none_or(|node| self.is_open(node)))
    }

    fn find_open(&mut self) {
        let mut open = vec![false; self.nodes.len()];
        loop {
            let mut changed = false;
            for (index, node) in self.nodes.iter().enumerate() {
                let is_enum = matches!(node.ask, Ask::Enum(..));
                let is_open = node.bodies.iter().any(|body| {
                    let is_unseen = is_enum && body.visits == 0;
                    let is_open = |node| open.get(node).copied().unwrap_or(true);
                    is_unseen || body.parts.iter().any(|part| part.node.is_none_or(is_open))
                });
                if let Some(slot) = open.get_mut(index)
                    && *slot != is_open
                {
                    *slot = is_open;
                    changed = true;
                }
            }
            if !changed {
                self.open = open;
                return;
            }
        }
    }

    fn height(&self, body: &Body) -> Option<usize> {
        body.shape?;
        let mut height = 0;
        for part in &body.parts {
            let part = self.heights.get(part.node?).copied()?;
            height = height.max(part.checked_add(1)?);
        }
        Some(height)
    }

    fn find_heights(&mut self) {
        self.heights = vec![usize::MAX; self.nodes.len()];
        loop {
            let mut changed = false;
            for index in 0..self.nodes.len() {
                let Some(node) = self.nodes.get(index) else {
                    return;
                };
                let height = match node.ask {
                    Ask::Option | Ask::Seq | Ask::Map => Some(0),
                    _ => {
                        let heights = node.bodies.iter().filter_map(|body| self.height(body));
                        heights.min()
                    }
                };
                if let (Some(height), Some(slot)) = (height, self.heights.get_mut(index))
                    && height < *slot
                {
                    *slot = height;
                    changed = true;
                }
            }
            if !changed {
                return;
            }
        }
    }
}

impl Node {
    fn new(ask: Ask) -> Self {
        let shape = match &ask {
            Ask::Unknown | Ask::Scalar(_) | Ask::Unit(_) => Shape::Unit,
            Ask::Option | Ask::Seq | Ask::Newtype(_) => Shape::Tuple(1),
            Ask::Map => Shape::Tuple(2),
            Ask::Tuple(len) | Ask::TupleStruct(_, len) => Shape::Tuple(*len),
            Ask::Struct(_, fields) => Shape::Named(fields),
            Ask::Enum(_, variants) => {
                let bodies = variants.iter().map(|_| Body::default()).collect();
                return Self { ask, bodies };
            }
        };
        let body = Body {
            shape: Some(shape),
            parts: vec![Part::default(); shape.parts()],
            visits: 0,
        };
        Self {
            ask,
            bodies: vec![body],
        }
    }
}

impl Shape {
    /// How many parts are looked at: of a long tuple all others are taken to be as the last one.
    fn parts(self) -> usize {
        match self {
            Self::Unit | Self::Unknown => 0,
            Self::Tuple(len) => len.min(TUPLE_LIMIT + 1),
            Self::Named(fields) => fields.len(),
        }
    }
}
