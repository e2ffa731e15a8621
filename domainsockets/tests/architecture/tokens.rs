//! Splits Rust source into tokens. It knows only the grammar of words, comments and literals.

/// A piece of source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    pub(crate) kind: Kind,
    pub(crate) text: &'a str,
    /// The line number, counted from one.
    pub(crate) line: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A keyword or an identifier.
    Word,
    /// One character of punctuation, or `::`.
    Sign,
    /// A number, a string, a character or a lifetime.
    Literal,
    /// A line of outer documentation, without its slashes.
    Doc,
}

impl Token<'_> {
    pub(crate) fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text == word
    }

    pub(crate) fn is_sign(&self, sign: &str) -> bool {
        self.kind == Kind::Sign && self.text == sign
    }
}

/// Returns the tokens of `text`, without comments other than documentation.
pub(crate) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut line = 1;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (kind, len) = next(rest, first);
        let (piece, after) = rest.split_at_checked(len).unwrap_or((rest, ""));
        match kind {
            Some(Kind::Doc) => {
                let text = piece.trim_start_matches('/').trim();
                let kind = Kind::Doc;
                tokens.push(Token { kind, text, line });
            }
            Some(kind) => {
                let text = piece.trim_start_matches("r#");
                tokens.push(Token { kind, text, line });
            }
            None => {}
        }
        line += piece.matches('\n').count();
        rest = after;
    }
    tokens
}

/// Returns the kind of the token at the beginning of `rest`, and its length in bytes. Space and comments
/// have no kind.
fn next(rest: &str, first: char) -> (Option<Kind>, usize) {
    if first.is_whitespace() {
        return (None, first.len_utf8());
    }
    if rest.starts_with("//") {
        let is_doc = rest.starts_with("///") && !rest.starts_with("////");
        let len = rest.find('\n').unwrap_or(rest.len());
        return (is_doc.then_some(Kind::Doc), len);
    }
    if rest.starts_with("/*") {
        return (None, block_comment_len(rest));
    }
    if let Some(len) = string_len(rest) {
        return (Some(Kind::Literal), len);
    }
    if first == '\'' {
        return (Some(Kind::Literal), quote_len(rest));
    }
    if is_name(first) {
        let raw = if rest.starts_with("r#") { 2 } else { 0 };
        let name = rest.get(raw..).unwrap_or_default();
        let len = name.find(|c| !is_name(c)).unwrap_or(name.len()) + raw;
        let kind = if first.is_ascii_digit() {
            Kind::Literal
        } else {
            Kind::Word
        };
        return (Some(kind), len);
    }
    let len = if rest.starts_with("::") {
        "::".len()
    } else {
        first.len_utf8()
    };
    (Some(Kind::Sign), len)
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Returns the length of a comment, which may contain nested comments.
fn block_comment_len(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut pairs = rest.char_indices().zip(rest.chars().skip(1));
    while let Some(((index, one), other)) = pairs.next() {
        match (one, other) {
            ('/', '*') => depth += 1,
            ('*', '/') => depth -= 1,
            _ => continue,
        }
        if depth == 0 {
            return index + "*/".len();
        }
        // The second character cannot begin another pair.
        pairs.next();
    }
    rest.len()
}

/// Returns the length of a string of any kind, if there is one here.
fn string_len(rest: &str) -> Option<usize> {
    let quote = rest.find('"')?;
    let prefix = rest.get(..quote)?;
    let hashes = prefix.trim_start_matches(['b', 'c', 'r']);
    if !hashes.chars().all(|c| c == '#') || prefix.len() - hashes.len() > 2 {
        return None;
    }
    let start = quote + 1;
    let body = rest.get(start..)?;
    if prefix.contains('r') {
        let end = format!("\"{hashes}");
        return Some(start + body.find(&end).map_or(body.len(), |at| at + end.len()));
    }
    if !hashes.is_empty() {
        return None;
    }
    let mut is_escaped = false;
    let end = body.find(|c| {
        let closes = c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        closes
    });
    Some(start + end.map_or(body.len(), |end| end + 1))
}

/// Returns the length of a character or of a lifetime.
fn quote_len(rest: &str) -> usize {
    let mut inside = rest.char_indices().skip(1);
    let first = inside.next().map_or(' ', |(_, c)| c);
    if first == '\\' {
        // The escaped character may be a quote.
        inside.next();
        return inside
            .find(|(_, c)| *c == '\'')
            .map_or(rest.len(), |(index, _)| index + 1);
    }
    if let Some((index, '\'')) = inside.next() {
        return index + 1;
    }
    let name = rest.get(1..).unwrap_or_default();
    1 + name.find(|c| !is_name(c)).unwrap_or(name.len())
}

#[test]
fn tokens_are_words_signs_literals_and_documentation() {
    let text = r##"/// Documents "it".
//// Not this.
fn r#type<'a>(c: char) /* not /* this */ either */ -> &'a str {
    ['"', '\'', '\u{1f}'], "a \" string", r#"raw " string"#, b"x", 0x1F; a::b
}"##;
    let found = tokens(text);
    let of = |kind| -> Vec<_> {
        let of_kind = found.iter().filter(|token| token.kind == kind);
        of_kind.map(|token| token.text).collect()
    };
    assert_eq!(of(Kind::Doc), ["Documents \"it\"."]);
    assert_eq!(of(Kind::Word), ["fn", "type", "c", "char", "str", "a", "b"]);
    assert_eq!(
        of(Kind::Literal),
        [
            "'a",
            "'a",
            "'\"'",
            r"'\''",
            r"'\u{1f}'",
            r#""a \" string""#,
            r##"r#"raw " string"#"##.trim_start_matches("r#"),
            "b\"x\"",
            "0x1F",
        ]
    );
    assert!(of(Kind::Sign).contains(&"::"));
    let last = found.last().map(|token| (token.text, token.line));
    assert_eq!(last, Some(("}", 5)));
}
