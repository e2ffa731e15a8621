//! Resolves paths to the files that declare their items, and finds cycles among files and folders.

use std::collections::{BTreeMap, BTreeSet};
use std::slice;

use crate::source::{Named, Place, Scope, Source};

/// Every module of a crate, by its path.
pub(crate) struct Modules<'s> {
    modules: BTreeMap<&'s [String], Module<'s>>,
    apart: Vec<Apart<'s>>,
}

/// A method outside the file of its type. Its callers use the file of the method.
struct Apart<'s> {
    method: &'s str,
    file: &'s str,
    of: &'s str,
}

struct Module<'s> {
    file: &'s str,
    scope: &'s Scope,
}

/// What a path resolves to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Found<'s> {
    Module(&'s [String]),
    /// The file that declares an item.
    Item(&'s str),
}

/// A file that uses another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Edge<'s> {
    pub(crate) from: &'s str,
    pub(crate) to: &'s str,
}

impl<'s> Modules<'s> {
    pub(crate) fn read(sources: &'s [Source]) -> Self {
        let mut modules = BTreeMap::new();
        for source in sources {
            for scope in &source.scopes {
                let file = source.name.as_str();
                modules.insert(scope.module.as_slice(), Module { file, scope });
            }
        }
        let mut read = Self {
            modules,
            apart: Vec::new(),
        };
        read.apart = read
            .modules
            .values()
            .flat_map(|module| read.apart(module))
            .collect();
        read
    }

    fn apart(&self, module: &Module<'s>) -> Vec<Apart<'s>> {
        let mut apart = Vec::new();
        let file = module.file;
        for (name, method) in &module.scope.methods {
            for found in self.find(&module.scope.module, slice::from_ref(name)) {
                match found {
                    Found::Item(of) if of != file => apart.push(Apart { method, file, of }),
                    _ => {}
                }
            }
        }
        apart
    }

    /// Returns which file uses which other file, with a line that shows it.
    pub(crate) fn edges(&self) -> BTreeMap<Edge<'s>, usize> {
        let mut edges = BTreeMap::new();
        for module in self.modules.values() {
            let from = module.file;
            for path in &module.scope.paths {
                for found in self.used(module, path) {
                    let to = match found {
                        Found::Item(file) => file,
                        Found::Module(names) => match self.modules.get(names) {
                            Some(module) if !is_map(module.file) => module.file,
                            _ => continue,
                        },
                    };
                    if from != to {
                        edges.entry(Edge { from, to }).or_insert(path.line);
                    }
                }
            }
        }
        for module in self.modules.values() {
            let from = module.file;
            for path in &module.scope.paths {
                for apart in self
                    .apart
                    .iter()
                    .filter(|apart| path.ends_with(apart.method))
                {
                    let to = apart.file;
                    let of = Edge { from, to: apart.of };
                    if path.is_call() && from != to && (from == apart.of || edges.contains_key(&of))
                    {
                        edges.entry(Edge { from, to }).or_insert(path.line);
                    }
                }
            }
        }
        edges
    }

    /// Returns what `path` resolves to, if it counts as a use.
    fn used(&self, module: &Module<'s>, path: &Named) -> BTreeSet<Found<'s>> {
        let found = self.find(&module.scope.module, &path.names);
        match &path.place {
            // A `mod.rs` re-exports the items of its folder without using them.
            Place::Use { is_pub: true, .. } if is_map(module.file) => found
                .into_iter()
                .filter(|found| !self.is_below(*found, module))
                .collect(),
            Place::Member | Place::Declared => BTreeSet::new(),
            // A single word may be a variable with the name of a module.
            Place::Code if path.names.len() == 1 => found
                .into_iter()
                .filter(|found| matches!(found, Found::Item(_)))
                .collect(),
            Place::Use { .. } | Place::Code => found,
        }
    }

    fn is_below(&self, found: Found<'_>, module: &Module<'_>) -> bool {
        let folder = module
            .file
            .rsplit_once('/')
            .map_or("", |(folder, _)| folder);
        let file = match found {
            Found::Item(file) => file,
            Found::Module(names) => self.modules.get(names).map_or("", |module| module.file),
        };
        folder.is_empty()
            || file
                .strip_prefix(folder)
                .is_some_and(|rest| rest.starts_with('/'))
    }

    /// Returns everything that `names` may refer to in the module `from`, with every combination of
    /// features.
    pub(crate) fn find(&self, from: &[String], names: &[String]) -> BTreeSet<Found<'s>> {
        let mut seen = BTreeSet::new();
        self.follow(from, names, &mut seen)
    }

    fn follow(
        &self,
        from: &[String],
        names: &[String],
        seen: &mut BTreeSet<(Vec<String>, String)>,
    ) -> BTreeSet<Found<'s>> {
        let mut rest = names;
        let mut start = from;
        if let [first, after @ ..] = rest {
            match first.as_str() {
                "crate" => (start, rest) = (&[], after),
                "self" => rest = after,
                _ => {}
            }
        }
        while let [first, after @ ..] = rest {
            let [parents @ .., _] = start else { break };
            if first != "super" {
                break;
            }
            (start, rest) = (parents, after);
        }
        let Some((start, _)) = self.modules.get_key_value(start) else {
            return BTreeSet::new();
        };
        let mut found = BTreeSet::from([Found::Module(start)]);
        for name in rest {
            let mut next = BTreeSet::new();
            for found in &found {
                if let Found::Module(module) = found {
                    next.extend(self.look_up(module, name, seen));
                }
            }
            if next.is_empty() {
                // The remaining names are a variant, a constant or a function of a type.
                found.retain(|found| matches!(found, Found::Item(_)));
                break;
            }
            found = next;
        }
        found
    }

    /// Returns what a name refers to in a module.
    fn look_up(
        &self,
        names: &'s [String],
        name: &str,
        seen: &mut BTreeSet<(Vec<String>, String)>,
    ) -> BTreeSet<Found<'s>> {
        let Some(module) = self.modules.get(names) else {
            return BTreeSet::new();
        };
        // Imports may be cyclic.
        if !seen.insert((names.to_vec(), name.to_owned())) {
            return BTreeSet::new();
        }
        let mut found = BTreeSet::new();
        let mut child = names.to_vec();
        child.push(name.to_owned());
        if let Some((child, _)) = self.modules.get_key_value(child.as_slice()) {
            found.insert(Found::Module(child));
        }
        let scope = module.scope;
        if scope.declared.iter().any(|(_, declared)| declared == name) {
            found.insert(Found::Item(module.file));
        }
        if names.is_empty() {
            // Exported macros are at the root of the crate, no matter which file declares them.
            let macros = self.modules.values().filter(|module| {
                let mut declared = module.scope.declared.iter();
                declared.any(|(keyword, declared)| keyword == "macro_rules" && declared == name)
            });
            found.extend(macros.map(|module| Found::Item(module.file)));
        }
        for path in &scope.paths {
            match &path.place {
                Place::Use {
                    alias: Some(alias), ..
                } if alias == name => {
                    found.extend(self.follow(names, &path.names, seen));
                }
                Place::Use { alias: None, .. } => {
                    for glob in self.follow(names, &path.names, seen) {
                        if let Found::Module(module) = glob {
                            found.extend(self.look_up(module, name, seen));
                        }
                    }
                }
                _ => {}
            }
        }
        seen.remove(&(names.to_vec(), name.to_owned()));
        found
    }
}

/// Returns the cycles in each folder: groups of files and folders that depend on one another.
pub(crate) fn cycles<'s>(edges: impl IntoIterator<Item = Edge<'s>>) -> Vec<Vec<String>> {
    let mut folders: BTreeMap<String, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for edge in edges {
        let (folder, from, to) = siblings(edge);
        folders
            .entry(folder)
            .or_default()
            .entry(from)
            .or_default()
            .insert(to);
    }
    folders.values().flat_map(groups).collect()
}

/// Returns the deepest folder that contains both files, and the next part of each path.
fn siblings(edge: Edge<'_>) -> (String, String, String) {
    let mut shared = 0;
    while let (Some(one), Some(other)) = (child(edge.from, shared), child(edge.to, shared)) {
        if one != other || !one.ends_with('/') {
            break;
        }
        shared = one.len();
    }
    let folder = edge.from.get(..shared).unwrap_or_default();
    let node = |file| child(file, shared).unwrap_or(file).to_owned();
    (folder.to_owned(), node(edge.from), node(edge.to))
}

/// Returns the path of `file` up to the next folder or file after the first `len` bytes.
fn child(file: &str, len: usize) -> Option<&str> {
    let rest = file.get(len..)?;
    let end = rest.find('/').map_or(file.len(), |end| len + end + 1);
    file.get(..end)
}

/// Returns the groups of two or more nodes that depend on one another.
fn groups(edges: &BTreeMap<String, BTreeSet<String>>) -> Vec<Vec<String>> {
    let reached: BTreeMap<&str, BTreeSet<&str>> = edges
        .keys()
        .map(|node| (node.as_str(), reached(node, edges)))
        .collect();
    let leads = |one: &str, other: &str| reached.get(one).is_some_and(|all| all.contains(other));
    let mut groups: Vec<Vec<String>> = Vec::new();
    for node in edges.keys().filter(|node| leads(node, node)) {
        let group = groups.iter_mut().find(|group| {
            group
                .first()
                .is_some_and(|first| leads(first, node) && leads(node, first))
        });
        match group {
            Some(group) => group.push(node.clone()),
            None => groups.push(vec![node.clone()]),
        }
    }
    groups
}

fn reached<'e>(node: &str, edges: &'e BTreeMap<String, BTreeSet<String>>) -> BTreeSet<&'e str> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<_> = edges.get(node).into_iter().flatten().collect();
    while let Some(next) = open.pop() {
        if reached.insert(next.as_str()) {
            open.extend(edges.get(next).into_iter().flatten());
        }
    }
    reached
}

/// Returns whether a file is the `mod.rs` of its folder, or `lib.rs`.
fn is_map(file: &str) -> bool {
    file == "lib.rs" || file == "mod.rs" || file.ends_with("/mod.rs")
}
