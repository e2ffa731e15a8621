//! Setup messages, which become file names.

#![no_main]

use std::path::Path;

use domainsockets::wire::{LEN_TOTAL, WireError, setup_decode};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|datagram: &[u8]| {
    let is_setup = datagram.len() == LEN_TOTAL
        && datagram
            .iter()
            .all(|byte| b"0123456789abcdef-".contains(byte));
    match setup_decode(datagram) {
        Ok(setup) => {
            assert!(is_setup);
            assert_eq!(setup.as_bytes(), datagram);
            assert_eq!(setup.as_str().as_bytes(), datagram);
            assert_eq!(setup.to_string(), setup.as_str());
            let path = Path::new("/dir").join(setup.as_str());
            assert_eq!(path.parent(), Some(Path::new("/dir")));
            assert_eq!(path.file_name(), Some(setup.as_str().as_ref()));
        }
        Err(error) => {
            assert!(!is_setup);
            assert_eq!(error, WireError::BadSetup);
        }
    }
});
