//! The differences of two signatures, as text.

use std::collections::HashSet;
use std::fmt::Display;

use super::function::Function;
use super::types::{Definitions, Fields, Name, Short, Type, UNIT, Word};

/// How many differences are shown.
const DIFFERENCES: usize = 8;

/// The length of one difference in characters. A peer's type can have any number of fields.
const WORDS_LIMIT: usize = 2048;

/// How deep types are compared.
const DEPTH_LIMIT: usize = 300;

/// How many types are compared. A peer's short text can mention the same type often.
const STEP_LIMIT: usize = 1 << 16;

/// The two sides of a comparison, which decide its wording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Voice {
    /// A server's and a client's.
    Peers,
    /// An earlier version's and this version's.
    Versions,
}

/// A comparison of two signatures.
struct Comparison<'t> {
    voice: Voice,
    /// The server's, or the earlier version's.
    theirs: Definitions<'t>,
    /// The client's, or this version's.
    ours: Definitions<'t>,
    /// Whether the result is compared.
    is_reply: bool,
    path: Vec<String>,
    /// The pairs that are compared already: types can be recursive.
    compared: HashSet<(&'t Name, &'t Name)>,
    steps: usize,
    differences: Vec<String>,
    /// The number of differences that are not shown.
    more: usize,
}

/// Describes how two declarations differ, a server's and a client's. Returns `None` if they agree.
pub(super) fn compare(server: &Function, client: &Function, voice: Voice) -> Option<String> {
    let agreed = server.hash.is_some() && server.hash == client.hash;
    let mut comparison = Comparison {
        voice,
        theirs: Definitions::of(server.types()),
        ours: Definitions::of(client.types()),
        is_reply: false,
        path: Vec::new(),
        compared: HashSet::new(),
        steps: 0,
        differences: Vec::new(),
        more: 0,
    };
    if !agreed {
        comparison.arguments(&server.arguments, &client.arguments);
        comparison.is_reply = true;
        comparison.path.push("result".to_owned());
        comparison.ty(&server.reply, &client.reply);
    }
    let mut differences = comparison.differences;
    if voice == Voice::Versions {
        differences.extend(names_of_arguments(server, client));
    }
    if differences.is_empty() {
        let disagree = server.hash.is_some() && client.hash.is_some() && !agreed;
        // Reached only if a difference has no words.
        return disagree.then(|| voice.between(false, server, client));
    }
    if comparison.more > 0 {
        differences.push(format!("and {} more", comparison.more));
    }
    Some(differences.join("; "))
}

/// Returns what changed about the arguments' names: names that travel differ, or names that do not travel are in another
/// order.
fn names_of_arguments(earlier: &Function, now: &Function) -> Option<String> {
    let (theirs, ours) = (names(&earlier.arguments), names(&now.arguments));
    let mut sorted = (theirs.clone(), ours.clone());
    sorted.0.sort_unstable();
    sorted.1.sort_unstable();
    let (is_change, what) = if now.is_named {
        let is_renamed = theirs.len() == ours.len() && sorted.0 != sorted.1;
        (is_renamed, "have other names, which travel")
    } else {
        let is_moved = theirs != ours && sorted.0 == sorted.1;
        (is_moved, "are in another order")
    };
    is_change.then(|| {
        let (theirs, ours) = (theirs.join(", "), ours.join(", "));
        format!("the arguments {what}: were ({theirs}), are now ({ours})")
    })
}

impl<'t> Comparison<'t> {
    fn arguments(&mut self, theirs: &'t [(String, Type)], ours: &'t [(String, Type)]) {
        if theirs.len() == ours.len() {
            for (index, ((_, one), (name, other))) in theirs.iter().zip(ours).enumerate() {
                self.within(argument(index, name), |own| own.ty(one, other));
            }
            return;
        }
        // The longer list may be the shorter one with an insertion.
        let (longer, shorter) = if theirs.len() < ours.len() {
            (ours, theirs)
        } else {
            (theirs, ours)
        };
        let is_missing = ours.len() < theirs.len();
        let mut rest = shorter.iter();
        let mut next = rest.next();
        let by_name = longer.iter().filter(|(name, _)| {
            let found = next.is_some_and(|(own, _)| own == name);
            if found {
                next = rest.next();
            }
            found
        });
        let is_put_in = by_name.count() == shorter.len();
        let mut matched = 0;
        for (index, (name, ty)) in longer.iter().enumerate() {
            let own = shorter.get(matched);
            if let Some((_, own)) = own.filter(|(own, _)| !is_put_in || own == name) {
                let (one, other) = if is_missing { (ty, own) } else { (own, ty) };
                self.within(argument(index, name), |own| own.ty(one, other));
                matched += 1;
            } else {
                let what = format!("`{}: {}`", Word(name), Short(ty));
                let difference = self.voice.one_sided(is_missing, &what);
                self.within(format!("argument {}", index + 1), |own| {
                    own.note(&difference);
                });
            }
        }
    }

    fn ty(&mut self, theirs: &'t Type, ours: &'t Type) {
        let theirs = unwrapped(&self.theirs, theirs);
        let ours = unwrapped(&self.ours, ours);
        self.steps += 1;
        if DEPTH_LIMIT < self.path.len() || STEP_LIMIT < self.steps {
            return;
        }
        if let (Some(one), Some(other)) = (theirs.name(), ours.name())
            && !self.compared.insert((one, other))
        {
            return;
        }
        match (theirs, ours) {
            (Type::Unknown | Type::Mention(_), _) | (_, Type::Unknown | Type::Mention(_)) => {}
            (Type::Scalar(one), Type::Scalar(other)) if one == other => {}
            (Type::Option(one), Type::Option(other)) => {
                self.within("its value".to_owned(), |own| own.ty(one, other));
            }
            (Type::Seq(one), Type::Seq(other)) => {
                self.within("its elements".to_owned(), |own| own.ty(one, other));
            }
            (Type::Map(one, one_value), Type::Map(other, other_value)) => {
                self.within("its keys".to_owned(), |own| own.ty(one, other));
                self.within("its values".to_owned(), |own| {
                    own.ty(one_value, other_value);
                });
            }
            (Type::Result(one, one_error), Type::Result(other, other_error)) => {
                self.within("`Ok`".to_owned(), |own| own.ty(one, other));
                self.within("`Err`".to_owned(), |own| own.ty(one_error, other_error));
            }
            (Type::Array(one, len), Type::Array(other, other_len)) if len == other_len => {
                self.within("its elements".to_owned(), |own| own.ty(one, other));
            }
            (Type::Struct(_, Fields::Named(one)), Type::Struct(_, Fields::Named(other))) => {
                if !self.fields(one, other) {
                    let notes = notes(self.voice, "field", &names(one), &names(other));
                    self.whole(theirs, ours, &notes);
                }
            }
            (Type::Enum(_, one), Type::Enum(_, other)) => {
                let (own, others) = (names(one), names(other));
                if own == others {
                    self.variants(one, other);
                } else {
                    let notes = notes(self.voice, "variant", &own, &others);
                    self.whole(theirs, ours, &notes);
                }
            }
            _ => match (parts(theirs), parts(ours)) {
                (Some(one), Some(other)) if one.len() == other.len() => self.parts(&one, &other),
                _ => self.whole(theirs, ours, ""),
            },
        }
    }

    /// Compares fields with the same names.
    fn fields(&mut self, theirs: &'t [(String, Type)], ours: &'t [(String, Type)]) -> bool {
        if names(theirs) != names(ours) {
            return false;
        }
        for ((name, one), (_, other)) in theirs.iter().zip(ours) {
            self.within(format!("field `{}`", Word(name)), |own| own.ty(one, other));
        }
        true
    }

    fn variants(&mut self, theirs: &'t [(String, Fields)], ours: &'t [(String, Fields)]) {
        for ((name, one), (_, other)) in theirs.iter().zip(ours) {
            self.within(format!("variant `{}`", Word(name)), |own| {
                match (one, other) {
                    (Fields::Unknown, _) | (_, Fields::Unknown) => {}
                    (Fields::Named(theirs), Fields::Named(ours)) if own.fields(theirs, ours) => {}
                    (Fields::Unit | Fields::Tuple(_), Fields::Unit | Fields::Tuple(_)) => {
                        let (theirs, ours) = (tuple(one), tuple(other));
                        if theirs.len() == ours.len() {
                            own.parts(&theirs, &ours);
                        } else {
                            own.bodies(one, other);
                        }
                    }
                    _ => own.bodies(one, other),
                }
            });
        }
    }

    fn parts(&mut self, theirs: &[&'t Type], ours: &[&'t Type]) {
        let is_only = theirs.len() == 1;
        for (index, (one, other)) in theirs.iter().zip(ours).enumerate() {
            if is_only {
                self.ty(one, other);
            } else {
                let path = format!("element {}", index + 1);
                self.within(path, |own| own.ty(one, other));
            }
        }
    }

    fn within(&mut self, path: String, compare: impl FnOnce(&mut Self)) {
        self.path.push(path);
        compare(self);
        self.path.pop();
    }

    fn whole(&mut self, theirs: &Type, ours: &Type, notes: &str) {
        let words = self
            .voice
            .between(self.is_reply, &Short(theirs), &Short(ours));
        self.note(&format!("{words}{notes}"));
    }

    fn bodies(&mut self, theirs: &Fields, ours: &Fields) {
        let words = self.voice.between(self.is_reply, theirs, ours);
        self.note(&words);
    }

    fn note(&mut self, words: &str) {
        if self.differences.len() == DIFFERENCES {
            self.more += 1;
            return;
        }
        let shown: String = words.chars().take(WORDS_LIMIT).collect();
        let cut = if shown.len() < words.len() { "…" } else { "" };
        self.differences
            .push(format!("{}: {shown}{cut}", self.path.join(", ")));
    }
}

/// Returns a type without the structs around it that have no other field.
fn unwrapped<'t>(definitions: &Definitions<'t>, ty: &'t Type) -> &'t Type {
    let mut ty = definitions.resolve(ty);
    for _ in 0..DEPTH_LIMIT {
        ty = match ty {
            Type::Struct(_, Fields::Tuple(parts)) | Type::Tuple(parts) => match &**parts {
                [only] => definitions.resolve(only),
                _ => return ty,
            },
            Type::Array(only, 1) => definitions.resolve(only),
            ty => return ty,
        };
    }
    &Type::Unknown
}

/// Returns the elements of a tuple or of a struct without names.
fn parts(ty: &Type) -> Option<Vec<&Type>> {
    match ty {
        Type::Scalar(name) if *name == UNIT => Some(Vec::new()),
        Type::Tuple(parts) => Some(parts.iter().collect()),
        // No program writes out a longer one.
        Type::Array(element, len) if *len < 1024 => Some(vec![element; *len]),
        Type::Struct(_, body @ (Fields::Unit | Fields::Tuple(_))) => Some(tuple(body)),
        _ => None,
    }
}

fn tuple(body: &Fields) -> Vec<&Type> {
    match body {
        Fields::Tuple(parts) => parts.iter().collect(),
        _ => Vec::new(),
    }
}

fn names<T>(named: &[(String, T)]) -> Vec<&str> {
    named.iter().map(|(name, _)| name.as_str()).collect()
}

fn argument(index: usize, name: &str) -> String {
    format!("argument {} (`{}`)", index + 1, Word(name))
}

/// Returns the names that are in only one of two lists.
fn notes(voice: Voice, kind: &str, theirs: &[&str], ours: &[&str]) -> String {
    let only_in = |these: &[&str], others: &[&str]| -> Vec<String> {
        let only = these.iter().filter(|name| !others.contains(name));
        only.map(|name| format!("`{}`", Word(name))).collect()
    };
    let missing = only_in(theirs, ours);
    let new = only_in(ours, theirs);
    let plural = |names: &[String]| if names.len() == 1 { "" } else { "s" };
    let mut notes = Vec::new();
    if !missing.is_empty() {
        let begin = match voice {
            Voice::Peers => "this client lacks",
            Voice::Versions => "without",
        };
        let end = plural(&missing);
        notes.push(format!("{begin} {kind}{end} {}", missing.join(", ")));
    }
    if !new.is_empty() {
        let begin = match voice {
            Voice::Peers => "the server lacks",
            Voice::Versions => "with another",
        };
        let end = plural(&new);
        notes.push(format!("{begin} {kind}{end} {}", new.join(", ")));
    }
    if notes.is_empty() {
        notes.push("in another order".to_owned());
    }
    format!(" ({})", notes.join(", "))
}

impl Voice {
    fn between(self, is_reply: bool, theirs: &impl Display, ours: &impl Display) -> String {
        match (self, is_reply) {
            (Self::Versions, _) => format!("was {theirs}, is now {ours}"),
            (Self::Peers, false) => format!("server expects {theirs}, this client sends {ours}"),
            (Self::Peers, true) => format!("server returns {theirs}, this client expects {ours}"),
        }
    }

    /// Describes an argument that only one of them has.
    fn one_sided(self, is_theirs: bool, what: &str) -> String {
        match (self, is_theirs) {
            (Self::Peers, true) => {
                format!("server expects {what}, which this client does not send")
            }
            (Self::Peers, false) => {
                format!("this client sends {what}, which server does not expect")
            }
            (Self::Versions, true) => format!("{what} has been removed"),
            (Self::Versions, false) => format!("{what} has been added"),
        }
    }
}
