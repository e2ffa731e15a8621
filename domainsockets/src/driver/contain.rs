//! Code of the user that must not unwind into the library: destructors, wakers and subscribers to the log.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs code of the user. Its panic ends here, for a caller that has more to do or may be unwinding already: a
/// second panic would abort the process. The panic hook has reported it.
pub(crate) fn contain_panic(code: impl FnOnce()) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(code)) {
        // The value that the code panicked with may panic when it is dropped.
        if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
            mem::forget(again);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::panic_any;

    use super::contain_panic;

    struct PanicsInDrop(u8);

    impl Drop for PanicsInDrop {
        fn drop(&mut self) {
            if let Some(left) = self.0.checked_sub(1) {
                panic_any(Self(left));
            }
        }
    }

    #[test]
    fn a_panic_ends_here_even_if_its_value_panics_in_turn() {
        for panics in 0..4 {
            contain_panic(|| drop(PanicsInDrop(panics)));
        }
    }
}
