//! Text of the file for JavaScript.

use napi::{Env, JsString, Result};

/// Makes a string. The bytes are UTF-8 if they were written by a store; if a stranger has written otherwise, `JSON.parse` is to
/// judge them.
pub fn text<'env>(env: &'env Env, bytes: &[u8]) -> Result<JsString<'env>> {
    // What most text is takes no decoding.
    if bytes.is_ascii() {
        return env.create_string_latin1(bytes);
    }
    env.create_string(String::from_utf8_lossy(bytes))
}
