//! A bug of the tool's own: a panic, caught where it would take others with it, so that servers stop, directories
//! go and what ran is told. It hides nothing: the panic's own message is on standard error already.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Does `work`. What it owns is dropped when it panics, and the error says what the user can do about it.
///
/// What `work` borrows must be of no more use after an error than to be dropped or to be told.
///
/// # Errors
/// The panic, in words.
pub fn catch<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| {
        format!(
            "pgassay panicked ({}), which is a bug of its own and says nothing of the tests; please report it \
             with what stands above",
            words(payload.as_ref())
        )
    })
}

/// What the panic said.
fn words(payload: &(dyn Any + Send)) -> &str {
    match (
        payload.downcast_ref::<&str>(),
        payload.downcast_ref::<String>(),
    ) {
        (Some(text), _) => text,
        (None, Some(text)) => text,
        (None, None) => "without a word",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_words_and_what_it_owned_is_dropped() {
        struct Owned<'a>(&'a std::cell::Cell<bool>);
        impl Drop for Owned<'_> {
            fn drop(&mut self) {
                self.0.set(true);
            }
        }
        let dropped = std::cell::Cell::new(false);
        let owned = Owned(&dropped);
        let caught = catch(move || {
            let _owned = &owned;
            std::panic::resume_unwind(Box::new(format!("file {}", 7)));
        });
        assert!(caught.is_err_and(|text: String| text.contains("panicked (file 7)")));
        assert!(dropped.get());
        assert_eq!(catch(|| 3), Ok(3));
    }
}
