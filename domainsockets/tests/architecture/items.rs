//! Reads the items of a file from its tokens: what each module declares, and what `use` imports.

use crate::tokens::{Kind, Token};

/// An item of a module, an `impl` or a trait.
#[derive(Debug)]
pub(crate) struct Item<'a> {
    /// `struct`, `fn`, `use`, `impl` … Empty for a macro call, and for an item that is not recognized.
    pub(crate) keyword: &'a str,
    /// Empty for an item without a name. An `impl` without a trait has the name of its type.
    pub(crate) name: &'a str,
    pub(crate) line: usize,
    pub(crate) is_pub: bool,
    pub(crate) is_hidden: bool,
    /// The first paragraph of its documentation.
    pub(crate) summary: String,
    /// All tokens but those of its attributes and documentation.
    pub(crate) tokens: Vec<Token<'a>>,
    /// The items of a module, an `impl` or a trait.
    pub(crate) items: Vec<Self>,
}

/// Returns the items of a module.
pub(crate) fn items<'a>(tokens: &[Token<'a>]) -> Vec<Item<'a>> {
    let mut items = Vec::new();
    let mut rest = tokens;
    while !rest.is_empty() {
        let (item, after) = item(rest);
        items.extend(item);
        rest = after;
    }
    items
}

/// Returns the tokens without those of test-only items.
pub(crate) fn without_tests<'a>(tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    let mut kept = Vec::new();
    let mut rest = tokens;
    while let [first, after @ ..] = rest {
        if first.is_sign("#") {
            let (attribute, behind) = after.split_at(group_len(after));
            if is_test_only(attribute) {
                rest = item(behind).1;
                continue;
            }
        }
        kept.push(*first);
        rest = after;
    }
    kept
}

/// Returns the item at the beginning of `tokens`, and the tokens after it.
fn item<'a, 't>(tokens: &'t [Token<'a>]) -> (Option<Item<'a>>, &'t [Token<'a>]) {
    let mut lines = Vec::new();
    let mut is_hidden = false;
    let mut rest = tokens;
    loop {
        match rest {
            [doc, after @ ..] if doc.kind == Kind::Doc => {
                lines.push(doc.text);
                rest = after;
            }
            [hash, after @ ..] if hash.is_sign("#") => {
                let after = match after {
                    [inner, after @ ..] if inner.is_sign("!") => after,
                    _ => after,
                };
                let (attribute, after) = after.split_at(group_len(after));
                is_hidden |= attribute.iter().any(|token| token.is_word("hidden"));
                rest = after;
            }
            _ => break,
        }
    }
    let (own, after) = rest.split_at(item_len(rest));
    let Some(first) = own.first() else {
        return (None, after);
    };
    let (keyword, name, body) = head(own);
    let items = match keyword {
        "mod" | "impl" | "trait" => items(braced(body)),
        _ => Vec::new(),
    };
    let is_pub = matches!(own, [word, next, ..] if word.is_word("pub") && !next.is_sign("("));
    let paragraph: Vec<_> = lines
        .into_iter()
        .take_while(|line| !line.is_empty())
        .collect();
    let item = Item {
        keyword,
        name,
        line: first.line,
        is_pub,
        is_hidden,
        summary: paragraph.join(" "),
        tokens: own.to_vec(),
        items,
    };
    (Some(item), after)
}

/// Returns the keyword of an item, its name, and the tokens after them.
fn head<'a, 't>(own: &'t [Token<'a>]) -> (&'a str, &'a str, &'t [Token<'a>]) {
    let mut rest = own;
    while let [first, after @ ..] = rest {
        rest = after;
        match first.text {
            "pub" => {
                if rest.first().is_some_and(|token| token.is_sign("(")) {
                    rest = rest.get(group_len(rest)..).unwrap_or_default();
                }
            }
            "const" if matches!(rest, [next, ..] if ["fn", "unsafe", "async"].contains(&next.text)) =>
                {}
            "async" | "unsafe" | "default" | "auto" | "extern" => {}
            _ if first.kind == Kind::Literal => {}
            "use" => return (first.text, "", rest),
            "impl" => return (first.text, implemented(rest), rest),
            "mod" | "struct" | "enum" | "union" | "trait" | "type" | "fn" | "const" | "static" => {
                let name = rest
                    .iter()
                    .find(|token| !["mut", "_"].contains(&token.text));
                return (first.text, name.map_or("", |name| name.text), rest);
            }
            "macro_rules" => {
                let name = rest.iter().find(|token| token.kind == Kind::Word);
                return (first.text, name.map_or("", |name| name.text), rest);
            }
            _ => break,
        }
    }
    ("", "", rest)
}

/// Returns the type's name in `impl Type`, or nothing for `impl Trait for Type`. The tokens begin after
/// `impl`.
fn implemented<'a>(tokens: &[Token<'a>]) -> &'a str {
    let mut depth = 0_usize;
    let mut name = "";
    let mut before = None::<&Token<'_>>;
    for token in tokens {
        match token.text {
            "<" => depth += 1,
            ">" if before.is_none_or(|before| !before.is_sign("-")) => {
                depth = depth.saturating_sub(1);
            }
            "{" | "where" if depth == 0 => break,
            "for" if depth == 0 => return "",
            _ if depth == 0 && token.kind == Kind::Word => name = token.text,
            _ => {}
        }
        before = Some(token);
    }
    name
}

/// Returns how many tokens an item has: up to its semicolon, or to the end of its braces.
fn item_len(tokens: &[Token<'_>]) -> usize {
    // A value may contain braces before the semicolon.
    let (keyword, ..) = head(tokens);
    let has_value = ["const", "static", "use", "type"].contains(&keyword);
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let rest = tokens.get(at..).unwrap_or_default();
        if token.is_sign(";") {
            return at + 1;
        }
        at += group_len(rest);
        if token.is_sign("{") && !has_value {
            return at;
        }
    }
    tokens.len()
}

/// Returns how many tokens the brackets at the beginning of `tokens` span, or one if there are none.
fn group_len(tokens: &[Token<'_>]) -> usize {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate() {
        if token.kind == Kind::Sign {
            match token.text {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        if depth == 0 {
            return index + 1;
        }
    }
    tokens.len()
}

/// Returns the tokens in the first braces.
fn braced<'a, 't>(tokens: &'t [Token<'a>]) -> &'t [Token<'a>] {
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let len = group_len(tokens.get(at..).unwrap_or_default());
        if token.is_sign(";") {
            break;
        }
        if token.is_sign("{") {
            return tokens.get(at + 1..at + len - 1).unwrap_or_default();
        }
        at += len;
    }
    &[]
}

/// Returns whether an attribute restricts an item to tests: `cfg(test)`, `cfg(all(test, …))`,
/// `cfg(doctest)`.
fn is_test_only(attribute: &[Token<'_>]) -> bool {
    let has = |word| {
        attribute
            .iter()
            .any(|token: &Token<'_>| token.is_word(word))
    };
    has("cfg") && (has("test") || has("doctest")) && !has("not") && !has("any")
}

#[test]
fn items_have_a_name_a_summary_and_what_they_contain() {
    let text = r"//! A file.
/// Holds
/// a value.
///
/// Not the summary.
pub struct One<T>(pub(crate) T);
#[doc(hidden)] pub const fn two() -> [u8; 2] { [1; 2] }
const THREE: Three = Three { three: 3 };
impl<T: for<'a> Fn(&'a T) -> T> One<T> where T: Copy {
    pub(crate) fn four() {}
    /// Five.
    pub fn five() {}
}
impl From<One<u8>> for u8 {}
#[cfg(all(test, unix))]
impl One<u8> { fn six() {} }
macro_rules! seven { () => {}; }
seven!();
mod eight { use super::One; }
";
    let tokens = without_tests(&crate::tokens::tokens(text));
    let items = items(&tokens);
    let heads: Vec<_> = items.iter().map(|item| (item.keyword, item.name)).collect();
    assert_eq!(
        heads,
        [
            ("struct", "One"),
            ("fn", "two"),
            ("const", "THREE"),
            ("impl", "One"),
            ("impl", ""),
            ("macro_rules", "seven"),
            ("", ""),
            ("mod", "eight"),
        ]
    );
    let [one, two, _, methods, ..] = items.as_slice() else {
        panic!("{items:?}");
    };
    assert_eq!((one.summary.as_str(), one.line), ("Holds a value.", 6));
    assert!(one.is_pub && !one.is_hidden && two.is_pub && two.is_hidden);
    let methods: Vec<_> = methods
        .items
        .iter()
        .map(|method| (method.name, method.is_pub, method.summary.as_str()))
        .collect();
    assert_eq!(methods, [("four", false, ""), ("five", true, "Five.")]);
    let inside = items.last().and_then(|module| module.items.first());
    assert_eq!(
        inside.map(|item| (item.keyword, item.tokens.len())),
        Some(("use", 5))
    );
}
