//! Durations as they are written in attributes: a number and its unit.

use syn::LitStr;

use crate::service::attr::keys::Arg;
use crate::service::errors::Sink;

/// Returns the duration, in microseconds, that is the value of an argument. Anything else is reported.
pub(crate) fn micros(arg: &Arg, sink: &Sink<'_>) -> Option<u64> {
    let expected = "a time in quotes, as in `deadline = \"500ms\"`";
    let text = arg.value::<LitStr>(expected, sink)?;
    let parsed = parse(&text.value());
    if let Err(wrong) = parsed {
        sink.error(&text, format_args!("this time {wrong}"));
    }
    parsed.ok()
}

fn parse(text: &str) -> Result<u64, &'static str> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let (_, micros) = UNITS
        .iter()
        .find(|(name, _)| *name == unit)
        .filter(|_| !number.is_empty())
        .ok_or(
            "is not a whole number and its unit: write it like `500us`, `20ms`, `5s`, `2m` or \
             `1h`",
        )?;
    let time = number
        .parse()
        .ok()
        .and_then(|number: u64| number.checked_mul(*micros))
        .ok_or("is longer than 2^64 microseconds: leave it out, or shorten it")?;
    if time == 0 {
        return Err("ends before the call is made: make it longer");
    }
    Ok(time)
}

/// The units, and how many microseconds each of them has.
const UNITS: [(&str, u64); 6] = [
    ("us", 1),
    ("ms", 1000),
    ("s", 1_000_000),
    ("m", 60_000_000),
    ("min", 60_000_000),
    ("h", 3_600_000_000),
];

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn times_are_whole_numbers_with_a_unit() {
        for (text, micros) in [
            ("1us", 1),
            ("500ms", 500_000),
            ("5s", 5_000_000),
            ("2min", 120_000_000),
            ("10m", 600_000_000),
            ("1h", 3_600_000_000),
            ("18446744073709551615us", u64::MAX),
        ] {
            assert_eq!(parse(text), Ok(micros), "{text}");
        }
        for text in [
            "",
            "5",
            "s",
            "5 s",
            "1.5s",
            "-1s",
            "5d",
            "5M",
            "5S",
            "5sec",
            "0s",
            "٥s",
            "18446744073709551616us",
            "18446744073709551615ms",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
