//! Panics turned into errors: a panic in a call or on a thread must not end the process that uses
//! the store.

use crate::error::{Error, Result};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs a call, and turns a panic in it into an error.
pub fn caught<T>(call: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|payload| {
        let text = payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_string())
            .or_else(|| payload.downcast_ref::<String>().cloned());
        // Dropping a payload may panic too.
        std::mem::forget(payload);
        Err(Error::Panicked {
            message: text.unwrap_or_else(|| "no message".to_string()),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::caught;
    use crate::error::Error;

    #[test]
    fn a_panic_becomes_an_error_that_says_why() {
        struct PanicsInTurn;
        impl Drop for PanicsInTurn {
            fn drop(&mut self) {
                panic!("in its drop");
            }
        }
        let said = |error| match error {
            Error::Panicked { message } => message,
            other => panic!("{other}"),
        };
        assert_eq!(caught(|| Ok(1)).unwrap(), 1);
        assert_eq!(said(caught::<()>(|| panic!("why")).unwrap_err()), "why");
        let formatted = caught::<()>(|| panic!("number {}", 7)).unwrap_err();
        assert_eq!(said(formatted), "number 7");
        let odd = caught::<()>(|| std::panic::panic_any(PanicsInTurn)).unwrap_err();
        assert_eq!(said(odd), "no message");
        let error = caught::<()>(|| Err(Error::Closed)).unwrap_err();
        assert!(matches!(error, Error::Closed), "an error stays what it is");
    }
}
