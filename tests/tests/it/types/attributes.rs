//! What serde's attributes do to values: a value is read as it was written, or refused with a text that
//! says what to do. The table in the documentation of the codecs is checked against the outcomes here.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Debug;

use domainsockets::codec::{Bincode, Json, MessagePack};
use domainsockets::{Error, service};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A type for each row of the table.
mod row {
    use super::{BTreeMap, Cow, Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    pub(super) struct Renamed {
        #[serde(rename = "n")]
        pub(super) number: u8,
        pub(super) other_number: u8,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct OneSided {
        #[serde(rename(serialize = "written"), default)]
        pub(super) read: u8,
        pub(super) more: u8,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) enum OneSidedVariant {
        Zero,
        #[serde(rename(serialize = "Written"))]
        Read,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct Aliased {
        #[serde(alias = "before", alias = "zzz")]
        pub(super) field: Vec<u8>,
        pub(super) level: AliasedLevel,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) enum AliasedLevel {
        #[serde(alias = "a", alias = "Zero")]
        Off,
        On,
    }

    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    pub(super) struct Defaulted {
        pub(super) one: u8,
        #[serde(default = "seven")]
        pub(super) other: u8,
    }

    fn seven() -> u8 {
        7
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(transparent)]
    pub(super) struct Transparent {
        pub(super) text: String,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(from = "u32", into = "u32")]
    pub(super) struct Converted(pub(super) u32);

    impl From<u32> for Converted {
        fn from(number: u32) -> Self {
            Self(number)
        }
    }

    impl From<Converted> for u32 {
        fn from(Converted(number): Converted) -> Self {
            number
        }
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(try_from = "u32", into = "String")]
    pub(super) struct Crossed(pub(super) u32);

    impl TryFrom<u32> for Crossed {
        type Error = String;

        fn try_from(number: u32) -> Result<Self, String> {
            Ok(Self(number))
        }
    }

    impl From<Crossed> for String {
        fn from(Crossed(number): Crossed) -> Self {
            number.to_string()
        }
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "kind")]
    pub(super) enum Tagged {
        Number { number: u8 },
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "kind")]
    pub(super) struct TaggedStruct {
        pub(super) number: u8,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "kind", content = "value")]
    pub(super) enum Adjacent {
        Number(u8),
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(untagged)]
    pub(super) enum Untagged {
        Number(u8),
        Text(String),
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) enum PartlyUntagged {
        Number(u8),
        #[serde(untagged)]
        Text(String),
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct Flat {
        pub(super) number: u8,
        #[serde(flatten)]
        pub(super) rest: BTreeMap<String, u8>,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) enum FlatVariant {
        Number {
            number: u8,
            #[serde(flatten)]
            rest: BTreeMap<String, u8>,
        },
    }

    /// A type of another crate.
    mod foreign {
        #[derive(Clone, Debug, PartialEq)]
        pub(crate) struct Size {
            width: u8,
        }

        impl Size {
            pub(crate) const fn new(width: u8) -> Self {
                Self { width }
            }

            pub(crate) const fn width(&self) -> u8 {
                self.width
            }
        }
    }

    pub(super) use foreign::Size;

    #[derive(Serialize, Deserialize)]
    #[serde(remote = "Size")]
    struct SizeDef {
        #[serde(getter = "Size::width")]
        width: u8,
    }

    impl From<SizeDef> for Size {
        fn from(SizeDef { width }: SizeDef) -> Self {
            Self::new(width)
        }
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct Remote {
        #[serde(with = "SizeDef")]
        pub(super) size: Size,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(bound = "T: Serialize + for<'x> Deserialize<'x>", expecting = "a box")]
    pub(super) struct Bound<T> {
        pub(super) value: T,
    }

    #[derive(Serialize, Deserialize)]
    pub(super) struct Borrowed<'a> {
        #[serde(borrow)]
        pub(super) text: Cow<'a, str>,
    }

    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    pub(super) struct Skipped {
        pub(super) one: u8,
        #[serde(skip)]
        pub(super) between: u8,
        pub(super) other: u8,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct Unwritten {
        #[serde(skip_serializing, default)]
        pub(super) args: Vec<u8>,
        pub(super) retries: u8,
        pub(super) env: Vec<u8>,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct Unread {
        #[serde(skip_deserializing)]
        pub(super) args: Vec<u8>,
        pub(super) retries: u8,
        pub(super) env: Vec<u8>,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct Job {
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub(super) args: Vec<u8>,
        pub(super) retries: u8,
        pub(super) env: Vec<u8>,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct Pair(
        #[serde(default, skip_serializing_if = "Vec::is_empty")] pub(super) Vec<u8>,
        #[serde(default)] pub(super) Vec<u8>,
    );

    mod hex {
        use super::{Deserialize, Deserializer, Serializer};

        #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it")]
        pub(super) fn serialize<S: Serializer>(number: &u32, out: S) -> Result<S::Ok, S::Error> {
            out.serialize_str(&format!("{number:x}"))
        }

        pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<u32, D::Error> {
            let text = String::deserialize(input)?;
            u32::from_str_radix(&text, 16).map_err(serde::de::Error::custom)
        }
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct With {
        #[serde(with = "hex")]
        pub(super) number: u32,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct SerializeWith {
        #[serde(serialize_with = "hex::serialize")]
        pub(super) number: u32,
    }

    /// Functions that pass on only numbers that are not zero, but announce the length of all.
    mod positive {
        use super::{BTreeMap, Serializer};
        use serde::ser::{SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple};

        pub(super) fn list<S: Serializer>(list: &[u8], out: S) -> Result<S::Ok, S::Error> {
            let mut out = out.serialize_seq(Some(list.len()))?;
            for number in list.iter().filter(|number| **number != 0) {
                out.serialize_element(number)?;
            }
            out.end()
        }

        pub(super) fn map<S: Serializer>(
            map: &BTreeMap<u8, u8>,
            out: S,
        ) -> Result<S::Ok, S::Error> {
            let mut out = out.serialize_map(Some(map.len()))?;
            for (key, value) in map.iter().filter(|(_, value)| **value != 0) {
                out.serialize_entry(key, value)?;
            }
            out.end()
        }

        /// Writes a tuple of two that it announces as an empty one.
        #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it")]
        pub(super) fn pair<S: Serializer>(pair: &(u8, u8), out: S) -> Result<S::Ok, S::Error> {
            let mut out = out.serialize_tuple(0)?;
            out.serialize_element(&pair.0)?;
            out.serialize_element(&pair.1)?;
            out.end()
        }

        /// Writes a struct of one field that it announces as one of two.
        pub(super) fn inner<S: Serializer>(
            inner: &super::Transparent,
            out: S,
        ) -> Result<S::Ok, S::Error> {
            let mut out = out.serialize_struct("Inner", 2)?;
            out.serialize_field("text", &inner.text)?;
            out.end()
        }
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct LongList {
        #[serde(serialize_with = "positive::list")]
        pub(super) list: Vec<u8>,
        pub(super) more: Vec<u8>,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct LongMap {
        #[serde(serialize_with = "positive::map")]
        pub(super) map: BTreeMap<u8, u8>,
        pub(super) more: Vec<u8>,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct ShortPair {
        #[serde(serialize_with = "positive::pair")]
        pub(super) pair: (u8, u8),
        pub(super) more: u8,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct Inner {
        text: String,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct LongStruct {
        #[serde(serialize_with = "positive::inner", deserialize_with = "from_inner")]
        pub(super) inner: Transparent,
        pub(super) text: String,
    }

    fn from_inner<'de, D: Deserializer<'de>>(input: D) -> Result<Transparent, D::Error> {
        let Inner { text } = Inner::deserialize(input)?;
        Ok(Transparent { text })
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct Shifted(
        #[serde(skip_serializing, default)] pub(super) u16,
        #[serde(default)] pub(super) u8,
        #[serde(skip_deserializing)] pub(super) u16,
    );

    mod swapped {
        use super::{Deserialize, Deserializer, Serialize, Serializer};

        #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it")]
        pub(super) fn serialize<S: Serializer>(
            pair: &(u8, u16),
            out: S,
        ) -> Result<S::Ok, S::Error> {
            (pair.1, pair.0).serialize(out)
        }

        pub(super) fn deserialize<'de, D: Deserializer<'de>>(
            input: D,
        ) -> Result<(u8, u16), D::Error> {
            Deserialize::deserialize(input)
        }
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct Swapped {
        #[serde(with = "swapped")]
        pub(super) pair: (u8, u16),
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) enum Level {
        Off,
        #[serde(skip)]
        Internal,
        Low,
        High,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) enum LastSkipped {
        Low,
        High,
        #[serde(skip)]
        #[expect(dead_code, reason = "it is never written")]
        Internal,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) enum VariantUnwritten {
        Off,
        #[serde(skip_serializing)]
        Internal,
        Low,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) enum VariantUnread {
        Off,
        #[serde(skip_deserializing)]
        Internal,
        Low,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) enum Other {
        Low,
        #[serde(skip_deserializing)]
        Secret,
        #[serde(other)]
        Unknown,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct Empty;
}

/// The outcome of sending a value.
#[derive(Debug, PartialEq)]
enum Outcome {
    /// The method received the same value, and so did its caller.
    Works,
    /// The method or the caller received another value.
    Changed(String),
    Refused(String),
}

// Each value follows an argument whose type cannot be probed, since no value of it can be made.
macro_rules! rows {
    ($($method:ident: $type:ty = $value:expr;)*) => {
        #[service(codec = Bincode)]
        trait InBincode { $(async fn $method(&self, before: row::Converted, value: $type) -> $type;)* }
        #[service(codec = Json)]
        trait InJson { $(async fn $method(&self, before: row::Converted, value: $type) -> $type;)* }
        #[service(codec = MessagePack)]
        trait InMessagePack { $(async fn $method(&self, before: row::Converted, value: $type) -> $type;)* }
        #[service]
        trait ByDefault { $(async fn $method(&self, before: row::Converted, value: $type) -> $type;)* }

        impl InBincode for Echo { $(async fn $method(&self, _: row::Converted, value: $type) -> $type { value })* }
        impl InJson for Echo { $(async fn $method(&self, _: row::Converted, value: $type) -> $type { value })* }
        impl InMessagePack for Echo { $(async fn $method(&self, _: row::Converted, value: $type) -> $type { value })* }
        impl ByDefault for Echo { $(async fn $method(&self, _: row::Converted, value: $type) -> $type { value })* }

        /// Sends a value of each row with each codec, and returns the outcomes.
        async fn outcomes() -> BTreeMap<&'static str, [Outcome; 3]> {
            let plain = ByDefaultClient::local(Echo).unwrap();
            let bincode = InBincodeClient::local(Echo).unwrap();
            let json = InJsonClient::local(Echo).unwrap();
            let packed = InMessagePackClient::local(Echo).unwrap();
            let mut outcomes = BTreeMap::new();
            $({
                let value: $type = $value;
                let by_default = outcome(&value, plain.$method(row::Converted(7), value.clone()).await);
                let in_bincode = outcome(&value, bincode.$method(row::Converted(7), value.clone()).await);
                assert_eq!(by_default, in_bincode);
                let in_json = outcome(&value, json.$method(row::Converted(7), value.clone()).await);
                let in_messagepack = outcome(&value, packed.$method(row::Converted(7), value.clone()).await);
                outcomes.insert(stringify!($method), [in_bincode, in_json, in_messagepack]);
            })*
            outcomes
        }
    };
}

struct Echo;

type Nested = Option<Option<u8>>;

rows! {
    renamed: row::Renamed = row::Renamed { number: 1, other_number: 2 };
    one_sided: row::OneSided = row::OneSided { read: 1, more: 2 };
    one_sided_variant: row::OneSidedVariant = row::OneSidedVariant::Read;
    aliased: row::Aliased = row::Aliased { field: vec![1], level: row::AliasedLevel::On };
    defaulted: row::Defaulted = row::Defaulted { one: 1, other: 2 };
    transparent: row::Transparent = row::Transparent { text: "a".to_owned() };
    converted: row::Converted = row::Converted(7);
    crossed: row::Crossed = row::Crossed(7);
    tagged: row::Tagged = row::Tagged::Number { number: 1 };
    tagged_struct: row::TaggedStruct = row::TaggedStruct { number: 1 };
    adjacent: row::Adjacent = row::Adjacent::Number(1);
    untagged: row::Untagged = row::Untagged::Text("a".to_owned());
    partly_untagged: row::PartlyUntagged = row::PartlyUntagged::Text("a".to_owned());
    flat: row::Flat = row::Flat { number: 1, rest: BTreeMap::from([("a".to_owned(), 2)]) };
    flat_variant: row::FlatVariant = row::FlatVariant::Number { number: 1, rest: BTreeMap::from([("a".to_owned(), 2)]) };
    remote: row::Remote = row::Remote { size: row::Size::new(7) };
    bound: row::Bound<u8> = row::Bound { value: 1 };
    skipped: row::Skipped = row::Skipped { one: 1, between: 0, other: 2 };
    unwritten: row::Unwritten = row::Unwritten { args: vec![], retries: 0, env: vec![1, 7] };
    unread: row::Unread = row::Unread { args: vec![], retries: 0, env: vec![1, 7] };
    job: row::Job = row::Job { args: vec![], retries: 0, env: vec![1, 7] };
    whole_job: row::Job = row::Job { args: vec![1], retries: 0, env: vec![1, 7] };
    pair: row::Pair = row::Pair(vec![], vec![1]);
    with_both: row::With = row::With { number: 255 };
    serialize_with: row::SerializeWith = row::SerializeWith { number: 255 };
    long_list: row::LongList = row::LongList { list: vec![1, 0], more: vec![3] };
    long_map: row::LongMap = row::LongMap { map: BTreeMap::from([(1, 1), (2, 0)]), more: vec![3] };
    short_pair: row::ShortPair = row::ShortPair { pair: (1, 2), more: 3 };
    long_struct: row::LongStruct = row::LongStruct { inner: row::Transparent { text: "a".to_owned() }, text: "b".to_owned() };
    shifted: row::Shifted = row::Shifted(0, 2, 0);
    swapped: row::Swapped = row::Swapped { pair: (1, 2) };
    level_before: row::Level = row::Level::Off;
    level: row::Level = row::Level::Low;
    level_at_end: row::Level = row::Level::High;
    level_itself: row::Level = row::Level::Internal;
    last_skipped: row::LastSkipped = row::LastSkipped::High;
    variant_unwritten: row::VariantUnwritten = row::VariantUnwritten::Low;
    variant_unwritten_itself: row::VariantUnwritten = row::VariantUnwritten::Internal;
    variant_unread: row::VariantUnread = row::VariantUnread::Low;
    variant_unread_itself: row::VariantUnread = row::VariantUnread::Internal;
    other: row::Other = row::Other::Low;
    other_itself: row::Other = row::Other::Unknown;
    other_unread: row::Other = row::Other::Secret;
    nested_none: Nested = Some(None);
    nested_some: Nested = Some(Some(1));
    some_unit: Option<()> = Some(());
    some_empty: Option<row::Empty> = Some(row::Empty);
    infinite: f64 = f64::INFINITY;
    some_infinite: Option<f64> = Some(f64::INFINITY);
}

fn outcome<T: PartialEq + Debug>(sent: &T, received: Result<T, Error>) -> Outcome {
    match received {
        Ok(received) if received == *sent => Outcome::Works,
        Ok(received) => Outcome::Changed(format!("{received:?}")),
        Err(Error::Codec(text)) => Outcome::Refused(text),
        Err(error) => panic!("{error:?}"),
    }
}

/// A value that borrows cannot be returned.
macro_rules! borrowing {
    ($($trait:ident $client:ident $codec:ident;)*) => {
        $(
            #[service(codec = $codec)]
            trait $trait {
                async fn text(&self, value: row::Borrowed<'_>) -> String;
            }

            impl $trait for Echo {
                async fn text(&self, value: row::Borrowed<'_>) -> String {
                    value.text.into_owned()
                }
            }
        )*

        async fn borrowed() -> [Outcome; 3] {
            [$({
                let value = row::Borrowed { text: Cow::Borrowed("a \" b") };
                let received = $client::local(Echo).unwrap().text(value).await;
                outcome(&"a \" b".to_owned(), received)
            }),*]
        }
    };
}

borrowing! {
    BorrowsInBincode BorrowsInBincodeClient Bincode;
    BorrowsInJson BorrowsInJsonClient Json;
    BorrowsInMessagePack BorrowsInMessagePackClient MessagePack;
}

/// The value that shows what a row of the document says.
const SHOWN: [(&str, &str); ROWS] = [
    ("`rename`, `rename_all`, `deny_unknown_fields`", "renamed"),
    ("`rename` of a field on one side", "one_sided"),
    ("`rename` of a variant on one side", "one_sided_variant"),
    ("`alias`", "aliased"),
    ("`default`", "defaulted"),
    ("`transparent`", "transparent"),
    ("`from` and `into` of the same type", "converted"),
    ("`into` of another type than `try_from`", "crossed"),
    ("`tag`", "tagged"),
    ("`tag` of a struct", "tagged_struct"),
    ("`tag` and `content`", "adjacent"),
    ("`untagged`", "untagged"),
    ("`untagged` on one variant", "partly_untagged"),
    ("`flatten`", "flat"),
    ("`flatten` in a variant", "flat_variant"),
    ("`remote`, `getter`", "remote"),
    ("`bound`, `expecting`", "bound"),
    ("`borrow`", "borrowed"),
    ("`with`", "with_both"),
    ("`serialize_with` alone", "serialize_with"),
    ("a sequence that announces another length", "long_list"),
    ("a map that announces another length", "long_map"),
    ("a tuple that announces another length", "short_pair"),
    ("a struct that announces another length", "long_struct"),
    ("`with`, two numbers of a tuple are swapped", "swapped"),
    ("`skip` on a field", "skipped"),
    ("`skip_serializing` on a field with `default`", "unwritten"),
    ("`skip_deserializing` on a field", "unread"),
    (
        "`skip_serializing` and `skip_deserializing` in a tuple struct",
        "shifted",
    ),
    ("`skip_serializing_if`, the field is left out", "job"),
    ("`skip_serializing_if`, the field is written", "whole_job"),
    ("`skip_serializing_if` in a tuple struct", "pair"),
    ("`skip` on a variant, one in front of it", "level_before"),
    ("`skip` on a variant, one behind it", "level"),
    (
        "`skip` on a variant, the last one behind it",
        "level_at_end",
    ),
    ("`skip` on a variant, that variant", "level_itself"),
    ("`skip` on the last variant", "last_skipped"),
    (
        "`skip_serializing` on a variant, another one",
        "variant_unwritten",
    ),
    (
        "`skip_serializing` on a variant, that variant",
        "variant_unwritten_itself",
    ),
    (
        "`skip_deserializing` on a variant, one behind it",
        "variant_unread",
    ),
    (
        "`skip_deserializing` on a variant, that variant",
        "variant_unread_itself",
    ),
    ("`other`", "other"),
    ("`other`, that variant", "other_itself"),
    (
        "`other`, a variant with `skip_deserializing`",
        "other_unread",
    ),
    ("`Some(None)`", "nested_none"),
    ("`Some(Some(…))`", "nested_some"),
    ("`Some(())`", "some_unit"),
    ("`Some(…)` of a struct without fields", "some_empty"),
    ("a number that is not finite", "infinite"),
    ("`Some(…)` of a number that is not finite", "some_infinite"),
];

const ROWS: usize = 50;

#[tokio::test]
async fn the_documented_table_of_attributes_is_correct() {
    let document = include_str!("../../../../domainsockets/docs/codecs.md");
    let mut outcomes = outcomes().await;
    outcomes.insert("borrowed", borrowed().await);
    for (label, row) in SHOWN {
        let begin = format!("| {label} | ");
        let line = document.lines().find(|line| line.starts_with(&begin));
        let line = line.unwrap_or_else(|| panic!("no row {label}"));
        let cells: Vec<_> = line[begin.len()..]
            .trim_end_matches(" |")
            .split(" | ")
            .collect();
        let outcomes = outcomes
            .remove(row)
            .unwrap_or_else(|| panic!("no value {row}"));
        assert_eq!(cells.len(), outcomes.len(), "{label}");
        for (cell, outcome) in cells.into_iter().zip(outcomes) {
            match outcome {
                Outcome::Works => assert_eq!(cell, "works", "{label}"),
                Outcome::Refused(text) => {
                    let word = cell
                        .strip_prefix("refused: `")
                        .and_then(|word| word.strip_suffix('`'));
                    let word = word.unwrap_or_else(|| panic!("{label}: {cell}, but {text}"));
                    assert!(text.contains(word), "{label}: {text}");
                }
                Outcome::Changed(value) => panic!("{label}: read as {value}"),
            }
        }
    }
    assert!(outcomes.is_empty(), "not in the table: {outcomes:?}");
    let rows = document
        .lines()
        .filter(|line| line.contains("| works |") || line.contains("| refused: "));
    assert_eq!(rows.count(), ROWS, "rows without a value");
}

/// Values whose names meet under `flatten`, and the field that has another value when they are read.
mod unseen {
    use super::{BTreeMap, Deserialize, Serialize};

    type Map = BTreeMap<String, u8>;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct TwoMaps {
        #[serde(flatten)]
        pub(super) one: Map,
        #[serde(flatten)]
        pub(super) other: Map,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct Inner {
        x: u8,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct Optional {
        #[serde(flatten)]
        pub(super) inner: Option<Inner>,
        #[serde(flatten)]
        pub(super) map: Map,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct LeftOut {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub(super) x: Option<u8>,
        #[serde(flatten)]
        pub(super) map: Map,
    }

    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    pub(super) struct Defaults {
        #[serde(skip_serializing_if = "Option::is_none")]
        x: Option<u8>,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct Defaulted {
        #[serde(flatten)]
        pub(super) defaults: Defaults,
        #[serde(flatten)]
        pub(super) map: Map,
    }

    pub(super) fn map(key: &str) -> Map {
        Map::from([(key.to_owned(), 1)])
    }
}

#[service(codec = Json)]
trait Unseen {
    async fn two_maps(&self, value: unseen::TwoMaps) -> unseen::TwoMaps;
    async fn optional(&self, value: unseen::Optional) -> unseen::Optional;
    async fn left_out(&self, value: unseen::LeftOut) -> unseen::LeftOut;
    async fn defaulted(&self, value: unseen::Defaulted) -> unseen::Defaulted;
}

impl Unseen for Echo {
    async fn two_maps(&self, value: unseen::TwoMaps) -> unseen::TwoMaps {
        value
    }
    async fn optional(&self, value: unseen::Optional) -> unseen::Optional {
        value
    }
    async fn left_out(&self, value: unseen::LeftOut) -> unseen::LeftOut {
        value
    }
    async fn defaulted(&self, value: unseen::Defaulted) -> unseen::Defaulted {
        value
    }
}

/// The document lists these. If one of them is refused or works, the document has to say so.
#[tokio::test]
async fn names_that_meet_under_flatten_are_read_as_documented() {
    let unseen = UnseenClient::local(Echo).unwrap();
    let (a, x) = (unseen::map("a"), unseen::map("x"));
    let both = unseen::TwoMaps {
        one: a.clone(),
        other: x.clone(),
    };
    let read = unseen.two_maps(both).await.unwrap();
    assert_eq!(read.one, read.other);
    assert_eq!(read.one.len(), 2);
    let optional = unseen::Optional {
        inner: None,
        map: x.clone(),
    };
    let read = unseen.optional(optional).await.unwrap();
    assert!(read.inner.is_some(), "{read:?}");
    let left_out = unseen::LeftOut {
        x: None,
        map: x.clone(),
    };
    let read = unseen.left_out(left_out).await.unwrap();
    assert_eq!(read.x, Some(1));
    let defaults = unseen::Defaults::default();
    let defaulted = unseen::Defaulted {
        defaults: defaults.clone(),
        map: x,
    };
    let read = unseen.defaulted(defaulted).await.unwrap();
    assert_ne!(read.defaults, defaults);
}

#[service(signatures = false)]
trait Uncompared {
    async fn list(&self, value: row::LongList) -> row::LongList;
}

impl Uncompared for Echo {
    async fn list(&self, value: row::LongList) -> row::LongList {
        value
    }
}

#[tokio::test]
async fn lengths_are_checked_without_signatures_too() {
    let uncompared = UncomparedClient::local(Echo).unwrap();
    let list = |list| row::LongList {
        list,
        more: vec![3],
    };
    let whole = list(vec![1, 2]);
    assert_eq!(uncompared.list(whole.clone()).await.unwrap(), whole);
    match uncompared.list(list(vec![1, 0])).await {
        Err(Error::Codec(text)) => assert!(text.contains("length 2"), "{text}"),
        other => panic!("expected a refusal, got {other:?}"),
    }
}

/// A refusal names the argument, the type and the attribute, and says what to do.
#[tokio::test]
async fn values_that_would_be_misread_are_refused_with_a_helpful_error() {
    let outcomes = outcomes().await;
    for (row, words) in [
        (
            "level",
            &[
                "`value`",
                "enum Level",
                "`Low`",
                "`High`",
                "`skip`",
                "`codec = Json`",
            ][..],
        ),
        (
            "job",
            &["`value`", "struct Job", "`args`", "`codec = Json`"],
        ),
        ("pair", &["`value`", "struct Pair"]),
        ("unwritten", &["`value`", "struct Unwritten", "`args`"]),
        ("unread", &["`value`", "struct Unread", "`args`"]),
        ("one_sided", &["`value`", "struct OneSided"]),
        ("one_sided_variant", &["`value`", "enum OneSidedVariant"]),
        ("tagged_struct", &["`value`", "struct TaggedStruct"]),
        (
            "serialize_with",
            &["`value`", "struct SerializeWith", "`number`", "str", "u32"],
        ),
        (
            "long_list",
            &[
                "`value`",
                "struct LongList",
                "`list`",
                "length 2",
                "1 elements",
            ],
        ),
        (
            "long_map",
            &["`value`", "struct LongMap", "length 2", "1 entries"],
        ),
        (
            "short_pair",
            &["`value`", "ShortPair", "length 0", "2 parts"],
        ),
        ("shifted", &["`value`", "struct Shifted", "u8", "u16"]),
        ("crossed", &["`value`", "Crossed", "str", "u32"]),
        ("tagged", &["`value`", "Tagged", "`codec = Json`"]),
        ("adjacent", &["`value`", "Adjacent", "`codec = Json`"]),
        ("untagged", &["`value`", "Untagged", "`codec = Json`"]),
        ("flat", &["`value`", "Flat", "`codec = Json`"]),
        (
            "flat_variant",
            &["`value`", "FlatVariant", "`codec = Json`"],
        ),
    ] {
        let Outcome::Refused(text) = &outcomes[row][0] else {
            panic!("{row} works");
        };
        for word in words {
            assert!(text.contains(word), "{row}: no {word} in {text}");
        }
    }
}
