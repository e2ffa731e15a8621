//! Finds out the types of a method: it decodes each type again and again, and records what the type asks for.
//!
//! Each question is answered with an error, so no value is made, no conversion runs, and nothing is dropped. The exception
//! are tuples: their later elements are only asked for once the earlier ones exist. Samples of those are made if only
//! serde's own code sees them. Samples are forgotten, not dropped.
//!
//! A hand-written `Deserialize` runs up to its first question. It gets no value either.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::type_graph::{
    Ask, BodyShape, ExploreTask, Goal, TypeBody, TypeEntry, TypeGraph, TypeNode,
};
use super::type_name::Author;

/// Explores the types of a graph until nothing more can be found out.
pub(super) fn explore(graph: &TypeGraph) {
    loop {
        while let Some(task) = graph.next_task() {
            run(graph, task);
        }
        // Types that were found since may have made samples possible.
        let mut is_stuck = true;
        for task in graph.take_stuck() {
            if is_ready(graph, task) {
                graph.add_task(task);
                is_stuck = false;
            } else {
                graph.add_stuck(task);
            }
        }
        if is_stuck {
            return;
        }
    }
}

/// Finds out what an element is while earlier ones exist that are not to be dropped. Returns whether a sample of it can
/// be made.
pub(super) fn explore_element(graph: &TypeGraph, entry: usize) -> bool {
    let walks = graph.walks.get();
    if walks == WALK_LIMIT {
        return false;
    }
    graph.walks.set(walks + 1);
    explore(graph);
    graph.walks.set(walks);
    graph.height(entry).is_some()
}

fn run(graph: &TypeGraph, task: ExploreTask) {
    match task {
        ExploreTask::Ask(entry) => attempt(graph, entry, Goal::Ask),
        ExploreTask::Variants(node) => variants(graph, node),
        ExploreTask::Fields { node, body } => fields(graph, node, body),
        ExploreTask::Elements { node, body } => elements(graph, node, body),
    }
}

/// Has a type decode itself.
fn attempt(graph: &TypeGraph, entry: usize, goal: Goal) {
    if let Some((attempt, question)) = graph.question(entry, goal) {
        // Nothing of what is kept is half changed when a type's own code runs.
        let tried = catch_unwind(AssertUnwindSafe(|| attempt(question)));
        if tried.is_err() {
            graph.refuse(entry);
        }
    }
}

/// Has the type of a node decode itself.
fn attempt_node(graph: &TypeGraph, node: usize, goal: Goal) {
    if let Some(explorer) = graph.with_node(node, |node| node.explorer) {
        attempt(graph, explorer, goal);
    }
}

/// Finds out which variants an enum has.
fn variants(graph: &TypeGraph, node: usize) {
    let ask = graph.with_node(node, |node| (node.ask.clone(), node.author));
    let Some((Ask::Enum(_, names), Author::Library | Author::Derive)) = ask else {
        return;
    };
    for body in 0..names.len() {
        graph.change_node(node, |node| node.bodies.push(TypeBody::default()));
        attempt_node(graph, node, Goal::Part { body, part: 0 });
        if graph.with_node(node, |node| node.variants.len()) != Some(body + 1) {
            break;
        }
    }
    let len = graph.with_node(node, |node| node.variants.len());
    let len = len.unwrap_or_default();
    graph.change_node(node, |node| node.bodies.truncate(len));
    if len < names.len() {
        for name in names {
            attempt_node(graph, node, Goal::Variant { name });
        }
    }
    attempt_node(graph, node, Goal::Variant { name: NO_NAME });
    graph.change_node(node, |node| {
        let by_name = &mut node.variants.by_name;
        let other = by_name.pop_if(|(name, _)| *name == NO_NAME);
        node.other = other.and_then(|(_, label)| node.variants.position(label));
    });
    for body in 0..len {
        match graph.with_node(node, |node| shape(node, body)).flatten() {
            Some(BodyShape::Named(_)) => graph.add_task(ExploreTask::Fields { node, body }),
            Some(BodyShape::Tuple(_)) => graph.add_task(ExploreTask::Elements { node, body }),
            _ => {}
        }
    }
}

/// Finds out which fields a struct or a variant has. They can be asked for in any order.
fn fields(graph: &TypeGraph, node: usize, body: usize) {
    let known = graph.with_node(node, |node| (shape(node, body), node.author));
    let Some((Some(BodyShape::Named(names)), author @ (Author::Library | Author::Derive))) = known
    else {
        return;
    };
    let len = || graph.with_node(node, |node| Some(node.bodies.get(body)?.fields.len()));
    for part in 0..names.len() {
        attempt_node(graph, node, Goal::Part { body, part });
        if len().flatten() != Some(part + 1) {
            break;
        }
    }
    let len = len().flatten().unwrap_or_default();
    graph.change_node(node, |node| {
        if let Some(body) = node.bodies.get_mut(body) {
            body.parts.truncate(len);
        }
    });
    if len < names.len() && author == Author::Derive {
        for name in names {
            attempt_node(graph, node, Goal::Field { body, name });
        }
    }
}

/// Finds out the next element of a tuple that is not known.
fn elements(graph: &TypeGraph, node: usize, body: usize) {
    let Some(part) = graph
        .with_node(node, |node| next_part(node, body))
        .flatten()
    else {
        return;
    };
    let task = ExploreTask::Elements { node, body };
    if !is_ready(graph, task) {
        graph.add_stuck(task);
        return;
    }
    attempt_node(graph, node, Goal::Part { body, part });
    if graph.part(node, body, part).is_some() {
        graph.change_node(node, |node| fill_array(node, body));
        graph.add_task(task);
    }
}

/// Returns whether samples of all elements before the next one can be made.
fn is_ready(graph: &TypeGraph, task: ExploreTask) -> bool {
    let ExploreTask::Elements { node, body } = task else {
        return true;
    };
    let explorer = graph.with_node(node, |node| node.explorer);
    // The samples are dropped unless the outer type stores them directly.
    let keeps = explorer.and_then(|explorer| graph.with_entry(explorer, TypeEntry::is_own));
    let known = graph.with_node(node, |node| {
        let parts = &node.bodies.get(body)?.parts;
        Some(parts.iter().map_while(|part| *part).collect::<Vec<_>>())
    });
    let known = known.flatten().unwrap_or_default();
    known.into_iter().all(|part| {
        graph.height(part).is_some() && (keeps == Some(true) || graph.drops_silently(part))
    })
}

fn shape(node: &TypeNode, body: usize) -> Option<BodyShape> {
    node.bodies.get(body)?.shape
}

fn next_part(node: &TypeNode, body: usize) -> Option<usize> {
    let mut parts = node.bodies.get(body)?.parts.iter();
    let next = parts.position(Option::is_none)?;
    // What a user has written gets no element, so that it does not ask for a second one.
    (next == 0 || node.author != Author::User).then_some(next)
}

/// An array's elements are all as the first one.
fn fill_array(node: &mut TypeNode, body: usize) {
    if let Some(body) = node.bodies.get_mut(body)
        && node.has_equal_elements
    {
        let first = body.parts.first().copied().flatten();
        body.parts.fill(first);
    }
}

/// A name that no variant has.
const NO_NAME: &str = "\0";

/// How many tuples may be looked at, each within an element of the one before.
const WALK_LIMIT: usize = 8;
