//! What raw methods take and return: data that no codec encodes.

use bytes::Bytes;

/// An argument or result of a raw method: the whole data of a request or a reply.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not bytes",
    label = "a raw method takes and returns bytes or nothing",
    note = "a service takes types called `Vec<u8>` and `Bytes` for those of `std` and of the crate \
            `bytes`"
)]
pub trait RawValue {
    /// Converts the value into data.
    fn into_data(self) -> Bytes;

    /// Converts data into a value.
    fn from_data(data: Bytes) -> Self;
}

impl RawValue for () {
    fn into_data(self) -> Bytes {
        Bytes::new()
    }

    fn from_data(_data: Bytes) {}
}

impl RawValue for Bytes {
    fn into_data(self) -> Bytes {
        self
    }

    fn from_data(data: Bytes) -> Self {
        data
    }
}

impl RawValue for Vec<u8> {
    fn into_data(self) -> Bytes {
        self.into()
    }

    fn from_data(data: Bytes) -> Self {
        data.into()
    }
}
