//! Unsigned LEB128 varints, strict: only the encoding that Go's `binary.PutUvarint` writes.

use super::WireError;

/// The length of the longest encoding in bytes: ten groups of seven bits hold 64 bits.
pub const MAX_LEN: usize = 10;

/// Appends the encoded `value` to `out`.
///
/// # Examples
///
/// ```
/// let mut out = Vec::new();
/// domainsockets::wire::varint::encode(300, &mut out);
/// assert_eq!(out, [0xac, 0x02]);
/// ```
#[inline]
pub fn encode(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(low_bits(value) | 0x80);
        value >>= 7;
    }
    out.push(low_bits(value));
}

/// Decodes the varint at the start of `src`. Returns its value and its length in bytes, or `None` if `src`
/// ends before the varint does.
///
/// # Errors
///
/// [`WireError::VarintOverflow`] if it exceeds 64 bits, [`WireError::VarintPadded`] if a shorter
/// encoding exists.
///
/// # Examples
///
/// ```
/// use domainsockets::wire::varint;
///
/// assert_eq!(varint::decode(&[0xac, 0x02, 0xff])?, Some((300, 2)));
/// assert_eq!(varint::decode(&[0xac])?, None);
/// assert!(varint::decode(&[0x80, 0x00]).is_err());
/// # Ok::<(), domainsockets::wire::WireError>(())
/// ```
#[inline]
pub fn decode(src: &[u8]) -> Result<Option<(u64, usize)>, WireError> {
    let mut value = 0;
    for (index, &byte) in src.iter().take(MAX_LEN).enumerate() {
        // The tenth byte holds only bit 63, so a higher bit, the continuation bit included, overflows.
        if index == MAX_LEN - 1 && byte > 1 {
            return Err(WireError::VarintOverflow);
        }
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte < 0x80 {
            if byte == 0 && index > 0 {
                return Err(WireError::VarintPadded);
            }
            return Ok(Some((value, index + 1)));
        }
    }
    Ok(None)
}

/// Returns the length of the encoded `value` in bytes, 1 to 10.
#[inline]
#[must_use]
pub const fn len(value: u64) -> usize {
    match value {
        0 => 1,
        _ => (value.ilog2() as usize) / 7 + 1,
    }
}

const fn low_bits(value: u64) -> u8 {
    (value & 0x7f) as u8
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert_eq, proptest};

    use super::{MAX_LEN, WireError, decode, encode, len};

    fn encoded(value: u64) -> Vec<u8> {
        let mut out = Vec::new();
        encode(value, &mut out);
        out
    }

    #[test]
    fn widths_change_at_powers_of_128() {
        for bits in 0..64 {
            let value = 1_u64 << bits;
            assert_eq!(encoded(value).len(), bits / 7 + 1);
            assert_eq!(len(value), bits / 7 + 1);
            assert_eq!(len(value - 1), encoded(value - 1).len());
        }
        assert_eq!(encoded(u64::MAX).len(), MAX_LEN);
    }

    #[test]
    fn overflow_is_refused() {
        let mut eleven = [0x80; 11];
        eleven[10] = 1;
        assert_eq!(decode(&eleven), Err(WireError::VarintOverflow));
        let mut two_to_64 = [0x80; 10];
        two_to_64[9] = 2;
        assert_eq!(decode(&two_to_64), Err(WireError::VarintOverflow));
        two_to_64[9] = 0x81;
        assert_eq!(decode(&two_to_64), Err(WireError::VarintOverflow));
    }

    #[test]
    fn padding_is_refused() {
        assert_eq!(decode(&[0x81, 0x80, 0x00]), Err(WireError::VarintPadded));
        assert_eq!(decode(&[0x00]), Ok(Some((0, 1))));
    }

    #[test]
    fn every_prefix_is_incomplete() {
        let whole = encoded(u64::MAX);
        for end in 0..whole.len() {
            assert_eq!(decode(&whole[..end]), Ok(None));
        }
    }

    proptest! {
        #[test]
        fn decode_inverts_encode(value in any::<u64>(), rest in any::<[u8; 3]>()) {
            let mut bytes = encoded(value);
            let width = bytes.len();
            prop_assert_eq!(width, len(value));
            bytes.extend(rest);
            prop_assert_eq!(decode(&bytes), Ok(Some((value, width))));
        }

        #[test]
        fn each_value_has_one_encoding(bytes in any::<[u8; 12]>()) {
            if let Ok(Some((value, width))) = decode(&bytes) {
                prop_assert_eq!(encoded(value), &bytes[..width]);
            }
        }
    }
}
