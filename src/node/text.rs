//! Text of the data file as strings of JavaScript.

use napi::{Env, JsString, Result};

/// Makes a string. Text written by a store is UTF-8; `JSON.parse` judges any other.
pub fn text<'env>(env: &'env Env, bytes: &[u8]) -> Result<JsString<'env>> {
    // ASCII, as most text is, needs no decoding.
    if bytes.is_ascii() {
        return env.create_string_latin1(bytes);
    }
    env.create_string(String::from_utf8_lossy(bytes))
}
