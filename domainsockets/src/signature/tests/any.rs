//! Signatures as they come: what is written is read again, and words are found for all that differs.

use proptest::collection::vec;
use proptest::prelude::{
    BoxedStrategy, Just, Strategy, any, prop_assert, prop_assert_eq, proptest,
};
use proptest::prop_oneof;
use proptest::sample::select;

use super::super::types::{Fields, Name, SCALARS, Type};
use super::super::{Signature, diff::Voice, function::Function};

/// Types without names, under any of a few labels, so that many of them agree.
fn types() -> BoxedStrategy<Type> {
    let leaf = prop_oneof![
        8 => select(&SCALARS[..]).prop_map(Type::Scalar),
        1 => Just(Type::Unknown),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let pair = (inner.clone(), inner.clone());
        prop_oneof![
            inner.clone().prop_map(|value| Type::Option(value.into())),
            inner.clone().prop_map(Type::seq),
            pair.clone()
                .prop_map(|(key, value)| Type::Map(key.into(), value.into())),
            pair.prop_map(|(ok, err)| Type::Result(ok.into(), err.into())),
            (inner.clone(), 2_usize..4).prop_map(|(ty, len)| Type::Array(ty.into(), len)),
            vec(inner.clone(), 1..4).prop_map(Type::Tuple),
            bodies(inner.clone()).prop_map(|body| Type::Struct(unnamed(), body)),
            vec((label(), bodies(inner)), 0..3)
                .prop_map(|variants| Type::Enum(unnamed(), variants)),
        ]
    })
    .boxed()
}

fn bodies(types: impl Strategy<Value = Type> + Clone + 'static) -> BoxedStrategy<Fields> {
    prop_oneof![
        Just(Fields::Unit),
        vec(types.clone(), 1..3).prop_map(Fields::Tuple),
        vec((label(), types), 0..3).prop_map(Fields::Named),
    ]
    .boxed()
}

fn label() -> impl Strategy<Value = String> {
    select(vec!["a", "b", "u8", "a b", "\"\n"]).prop_map(str::to_owned)
}

fn unnamed() -> Name {
    Name {
        text: "T".to_owned(),
        ordinal: 0,
    }
}

/// Numbers the names, as they have to be.
fn number(ty: &mut Type, next: &mut usize) {
    let mut named = |name: &mut Name| {
        *next += 1;
        name.ordinal = *next;
    };
    match ty {
        Type::Struct(name, body) => {
            named(name);
            number_body(body, next);
        }
        Type::Enum(name, variants) => {
            named(name);
            for (_, body) in variants {
                number_body(body, next);
            }
        }
        Type::Option(part) | Type::Seq(part) | Type::Array(part, _) => number(part, next),
        Type::Map(one, other) | Type::Result(one, other) => {
            number(one, next);
            number(other, next);
        }
        Type::Tuple(parts) => parts.iter_mut().for_each(|part| number(part, next)),
        Type::Unknown | Type::Scalar(_) | Type::Mention(_) => {}
    }
}

fn number_body(body: &mut Fields, next: &mut usize) {
    match body {
        Fields::Tuple(parts) => parts.iter_mut().for_each(|part| number(part, next)),
        Fields::Named(fields) => fields.iter_mut().for_each(|(_, ty)| number(ty, next)),
        Fields::Unknown | Fields::Unit => {}
    }
}

fn signature(mut argument: Type, mut reply: Type) -> Signature {
    let mut next = 0;
    number(&mut argument, &mut next);
    number(&mut reply, &mut next);
    let arguments = vec![("a".to_owned(), argument)];
    Signature::new(
        "S.m".to_owned(),
        Function::new("m".to_owned(), arguments, reply),
    )
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(argument in types(), reply in types()) {
        let signature = signature(argument, reply);
        let text = signature.to_string();
        prop_assert!(!text.contains('\n'));
        let again = Signature::parse("S.m", &text);
        let again = again.ok_or_else(|| proptest::test_runner::TestCaseError::fail(text.clone()))?;
        prop_assert_eq!(again.to_string(), text);
        prop_assert_eq!(again.hash(), signature.hash());
    }

    #[test]
    fn words_are_found_for_what_differs_and_for_nothing_else(
        one in types(),
        other in types(),
        reply in types(),
    ) {
        let (one, other) = (signature(one, reply.clone()), signature(other, reply));
        let difference = one.difference(&other);
        if let (Some(a), Some(b)) = (one.hash(), other.hash()) {
            prop_assert_eq!(difference.is_some(), a != b, "\n{}\n{}", one, other);
            let words = difference.unwrap_or_default();
            prop_assert!(!words.contains("server expects fn"), "no words: {}", words);
        }
        prop_assert_eq!(Signature::compare(&one, &one, Voice::Versions), None);
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>(), tail in "[](){}<>,:;#?\"a-z0-9 ]{0,40}") {
        let _ = Signature::parse("S.m", &text);
        let _ = Signature::parse("S.m", &format!("fn m({tail}"));
        let _ = Signature::parse("S.m", &format!("fn m() -> {tail}"));
    }
}
