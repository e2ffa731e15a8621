//! Reads the lines of a file such as `/etc/services` as entries.

use std::collections::BTreeMap;

/// Reads a text as entries: `KEY VALUE` on a line, with comments from a `#` to the line's end.
///
/// One name can have a port for each protocol (`ssh 22/tcp`, `ssh 22/udp`). So if a value begins with a number
/// and a protocol, the protocol becomes a part of the key: `ssh/tcp`. The values of a key that still occurs
/// several times become lines of one value, so that nothing is lost.
pub(crate) fn parse(text: &str) -> BTreeMap<String, String> {
    let mut entries = BTreeMap::new();
    for (key, value) in text.lines().filter_map(entry) {
        let values: &mut Vec<_> = entries.entry(key).or_default();
        if !values.contains(&value) {
            values.push(value);
        }
    }
    let joined = entries.into_iter();
    joined
        .map(|(key, values)| (key, values.join("\n")))
        .collect()
}

fn entry(line: &str) -> Option<(String, &str)> {
    let (line, _comment) = line.split_once('#').unwrap_or((line, ""));
    let line = line.trim();
    let (key, value) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let value = value.trim_start();
    match protocol(value) {
        _ if key.is_empty() => None,
        Some(protocol) => Some((format!("{key}/{protocol}"), value)),
        None => Some((key.to_owned(), value)),
    }
}

/// Returns the `tcp` of a value that begins with `22/tcp`.
fn protocol(value: &str) -> Option<&str> {
    let (port, protocol) = value.split_whitespace().next()?.split_once('/')?;
    let is_port = port.parse::<u16>().is_ok();
    (is_port && !protocol.is_empty()).then_some(protocol)
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn check(text: &str, expected: &[(&str, &str)]) {
        let entries = parse(text);
        let found: Vec<_> = entries
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect();
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn comments_and_blank_lines_are_skipped() {
        check("# services\n\n   \n\t# more\n", &[]);
        check("a 1 # one\n b\t 2#two\n", &[("a", "1"), ("b", "2")]);
    }

    #[test]
    fn the_protocol_is_part_of_the_key() {
        check(
            "ssh\t22/tcp  # Secure Shell\nssh 22/udp\nhttp 80/tcp www\n",
            &[
                ("http/tcp", "80/tcp www"),
                ("ssh/tcp", "22/tcp"),
                ("ssh/udp", "22/udp"),
            ],
        );
        check("a b/c\nd 1/\n", &[("a", "b/c"), ("d", "1/")]);
    }

    #[test]
    fn values_of_one_key_become_lines() {
        check(
            "::1 localhost\n::1 ip6-loopback\n::1 localhost\nalone\n",
            &[("::1", "localhost\nip6-loopback"), ("alone", "")],
        );
    }
}
