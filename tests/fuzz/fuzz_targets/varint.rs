//! Varints, compared with a reader that uses wider integers.

#![no_main]

use domainsockets::wire::{WireError, varint};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let decoded = varint::decode(input);
    assert_eq!(decoded, reference(input));
    if let Ok(Some((value, width))) = decoded {
        check_round_trip(value, &input[..width]);
    }
    if let Some(first) = input.first_chunk() {
        let value = u64::from_le_bytes(*first);
        let mut bytes = Vec::new();
        varint::encode(value, &mut bytes);
        check_round_trip(value, &bytes);
    }
});

/// Asserts that `bytes` are the only encoding of `value`.
fn check_round_trip(value: u64, bytes: &[u8]) {
    let mut encoded = vec![0xff];
    varint::encode(value, &mut encoded);
    assert_eq!(encoded[1..], *bytes);
    assert_eq!(varint::len(value), bytes.len());
    assert_eq!(varint::decode(bytes), Ok(Some((value, bytes.len()))));
    for end in 0..bytes.len() {
        assert_eq!(varint::decode(&bytes[..end]), Ok(None));
    }
}

fn reference(input: &[u8]) -> Result<Option<(u64, usize)>, WireError> {
    let mut value = 0_u128;
    for (index, byte) in input.iter().enumerate() {
        value += u128::from(byte % 0x80) << (7 * index);
        let is_last = *byte < 0x80;
        if index == 9 && !is_last {
            return Err(WireError::VarintOverflow);
        }
        let within = u64::try_from(value).map_err(|_| WireError::VarintOverflow)?;
        if is_last {
            let padded = index > 0 && *byte == 0;
            return if padded {
                Err(WireError::VarintPadded)
            } else {
                Ok(Some((within, index + 1)))
            };
        }
    }
    Ok(None)
}
