//! Extension messages: hellos, notices, and the metadata of a call.

#![no_main]

use std::fmt::Debug;

use domainsockets::wire::{Hello, Meta, Notice, WireError, varint};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    check_hello(input);
    check_notice(input);
    check_meta(input);
});

/// Asserts that longer data decode to the same, or are refused for being too long.
fn assert_same<T: Debug + PartialEq>(decoded: Result<T, WireError>, expected: &T) {
    match decoded {
        Ok(decoded) => assert_eq!(decoded, *expected),
        Err(error) => assert!(is_limit(error), "{error}"),
    }
}

fn is_refusal(error: WireError) -> bool {
    error == WireError::BadExtension || is_limit(error)
}

fn is_limit(error: WireError) -> bool {
    matches!(
        error,
        WireError::ExtensionTooLong { .. } | WireError::TooManyFields { .. }
    )
}

fn check_hello(data: &[u8]) {
    let decoded = Hello::decode(data);
    match decoded {
        Ok(hello) => {
            assert_eq!(hello.is_announced(), hello.version > 0);
            let bytes = encoded(&hello);
            assert_eq!(Hello::decode(&bytes), Ok(hello));

            // A field that only later versions know is ignored, wherever it is.
            let unknown = [5, 3, 0xff, 0xff, 0xff];
            assert_same(Hello::decode(&[&unknown, data].concat()), &hello);
            assert_same(Hello::decode(&[data, &unknown].concat()), &hello);

            // Repeating the fields changes nothing, either.
            assert_same(Hello::decode(&[data, &bytes].concat()), &hello);
        }
        Err(error) => assert!(is_refusal(error), "{error}"),
    }
}

fn check_meta(data: &[u8]) {
    match Meta::decode(data) {
        Ok(meta) => {
            let mut bytes = Vec::new();
            meta.encode(&mut bytes);
            assert_eq!(Meta::decode(&bytes), Ok(meta.clone()));
            let (count, size) = meta.entries().fold((0, 0), |(count, size), (key, value)| {
                (count + 1, size + key.len() + value.len())
            });
            assert!(count <= 32 && size <= 8192);

            // A field that only later versions know is ignored.
            let unknown = [5, 3, 0xff, 0xff, 0xff];
            assert_same(Meta::decode(&[&unknown, data].concat()), &meta);
            assert_same(Meta::decode(&[data, &unknown].concat()), &meta);
        }
        Err(error) => assert!(is_refusal(error), "{error}"),
    }
}

fn check_notice(data: &[u8]) {
    let which = varint::decode(data);
    match Notice::decode(data) {
        Ok(Notice::Hello(hello)) => {
            let Ok(Some((0, width))) = which else {
                panic!("{which:?} is not a hello");
            };
            assert_eq!(Hello::decode(&data[width..]), Ok(hello));
            check_again(Notice::Hello(hello));
        }
        Ok(notice) => {
            assert!(
                !matches!(which, Ok(Some((0, _)))),
                "a hello was taken for {notice:?}"
            );
            check_again(notice);
        }
        Err(error) => {
            assert!(is_refusal(error), "{error}");
            assert!(
                matches!(which, Ok(Some((0, _)))),
                "only a hello can be malformed"
            );
        }
    }
}

fn check_again(notice: Notice) {
    let mut bytes = Vec::new();
    notice.encode(&mut bytes);
    assert_eq!(Notice::decode(&bytes), Ok(notice));
}

fn encoded(hello: &Hello) -> Vec<u8> {
    let mut out = Vec::new();
    hello.encode(&mut out);
    out
}
