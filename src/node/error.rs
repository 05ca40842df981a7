//! The core's errors as errors of JavaScript: `code`, `message`, and the facts that
//! `lib/file/native-errors.js` needs to make its own of them.

use super::leases::Holder;
use crate::Error;
use crate::error::posix_name;
use napi::bindgen_prelude::{FromNapiValue, JsObjectValue, Object, Unknown};
use napi::{Env, JsError, JsValue};

/// The property by which `lib/file/native-errors.js` recognizes these errors. Their prototype
/// differs in a realm that a test runner has made, and an error of the user's could have the same
/// code.
const MARK: &str = "isPersistLockNative";

/// Throws the error of a call of the core, if there is one.
pub trait OrThrow<T> {
    /// Returns the value, or the error as one of JavaScript.
    fn or_throw(self, env: Env) -> napi::Result<T>;
}

impl<T> OrThrow<T> for crate::Result<T> {
    fn or_throw(self, env: Env) -> napi::Result<T> {
        self.map_err(|error| match thrown(env, &error) {
            Ok(thrown) => napi::Error::from(thrown),
            Err(error) => error,
        })
    }
}

/// Makes the JavaScript error of an error.
pub fn thrown<'env>(env: Env, error: &Error) -> napi::Result<Unknown<'env>> {
    let bare = napi::Error::new(error.code(), error.to_string());
    let unknown = JsError::from(bare).into_unknown(env);
    let mut object = Object::from_unknown(unknown)?;
    object.set_named_property(MARK, true)?;
    if let Some(path) = error.path() {
        object.set_named_property("path", path.to_string_lossy().into_owned())?;
    }
    if let Some(path) = error.repairable() {
        object.set_named_property("repairable", path.to_string_lossy().into_owned())?;
    }
    if let Error::LockTimeout { waited, holder, .. } = error {
        object.set_named_property("timeout", waited.as_secs_f64() * 1000.0)?;
        object.set_named_property("holder", holder.as_ref().map(Holder::from))?;
    }
    if let Some(refusal) = error.os_error() {
        object.set_named_property("errno", refusal.raw_os_error())?;
        object.set_named_property("kind", posix_name(refusal))?;
    }
    Ok(object.to_unknown())
}
