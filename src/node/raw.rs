//! Reads of single items that cost less than a method of napi-rs. This is the only file of the
//! project with unsafe code.
//!
//! `getText` and `getCounter` are plain functions of Node-API, with the store in their data
//! pointer. Every other read, and every error, is left to `reads`.

#![allow(unsafe_code)]

use super::reads::value_of;
use super::text::text;
use super::{PersistLock, State, lock};
use crate::panics::caught;
use napi::bindgen_prelude::{FromNapiValue, Result, Unknown};
use napi::{Env, JsValue, check_status, sys};
use napi_derive::napi;
use std::ffi::{CStr, c_void};
use std::ptr::null_mut;
use std::sync::{Arc, Mutex};

#[napi]
impl PersistLock {
    /// Makes a function `getText(key)`. It returns the JSON text of a key's value as of the last
    /// look, `null` if there is none, or `undefined` where `readValue` must be asked.
    #[napi(
        ts_return_type = "(key: string) => string | null | undefined",
        catch_unwind
    )]
    pub fn text_reader<'env>(&self, env: &'env Env) -> Result<Unknown<'env>> {
        function(env, c"getText", get_text, &self.state)
    }

    /// Makes a function `getCounter()`. It returns an integer that has changed if there may be
    /// news, or `undefined` where the files must be looked at. The counter is read and not mapped:
    /// shortening a mapped file, as `cp` does before it writes, kills the processes that read it.
    #[napi(catch_unwind, ts_return_type = "() => number | undefined")]
    pub fn counter_reader<'env>(&self, env: &'env Env) -> Result<Unknown<'env>> {
        function(env, c"getCounter", get_counter, &self.state)
    }
}

type Callback = unsafe extern "C" fn(sys::napi_env, sys::napi_callback_info) -> sys::napi_value;

/// Makes a function whose data pointer is a reference of its own to the state.
fn function<'env>(
    env: &'env Env,
    name: &CStr,
    callback: Callback,
    state: &Arc<Mutex<State>>,
) -> Result<Unknown<'env>> {
    let state = Arc::into_raw(state.clone()).cast_mut().cast();
    let mut function = null_mut();
    // SAFETY: the finalizer gives the reference back when nobody can call the function any more. If
    // the finalizer cannot be added, the reference is never given back.
    unsafe {
        check_status!(sys::napi_create_function(
            env.raw(),
            name.as_ptr(),
            -1,
            Some(callback),
            state,
            &mut function,
        ))?;
        check_status!(sys::napi_add_finalizer(
            env.raw(),
            function,
            state,
            Some(drop_state),
            null_mut(),
            null_mut(),
        ))?;
        Unknown::from_napi_value(env.raw(), function)
    }
}

unsafe extern "C" fn get_counter(
    env: sys::napi_env,
    info: sys::napi_callback_info,
) -> sys::napi_value {
    let mut count = 0;
    let mut data = null_mut();
    // SAFETY: no argument is requested. The data pointer comes from `function`.
    let state = unsafe {
        let none = null_mut();
        sys::napi_get_cb_info(env, info, &mut count, none, null_mut(), &mut data);
        &*data.cast_const().cast::<Mutex<State>>()
    };
    // A panic must not reach JavaScript. The look at the files, which follows, reports it.
    let counter = caught(|| Ok(lock(state).store()?.counter()));
    let Ok(Some(counter)) = counter else {
        return null_mut();
    };
    let mut value = null_mut();
    // SAFETY: writes only to `value`. A signed integer, since V8 allocates nothing for it.
    unsafe { sys::napi_create_int32(env, counter as i32, &mut value) };
    value
}

/// The longest key that `getText` handles, in bytes.
const LONGEST_KEY: usize = 250;
/// Room for a quotation mark, the longest key, one more character by which a longer key is known,
/// and a NUL.
const ROOM: usize = 1 + LONGEST_KEY + 4 + 1;

unsafe extern "C" fn get_text(
    env: sys::napi_env,
    info: sys::napi_callback_info,
) -> sys::napi_value {
    let mut count = 1;
    let mut key = null_mut();
    let mut data = null_mut();
    let mut quotation = [b'"'; ROOM];
    let mut length = 0;
    // SAFETY: everything written to lies on this stack, and each call is told its size. The data
    // pointer comes from `function`.
    let (state, is_string) = unsafe {
        sys::napi_get_cb_info(env, info, &mut count, &mut key, null_mut(), &mut data);
        let room = quotation.as_mut_ptr().add(1).cast();
        let status = sys::napi_get_value_string_utf8(env, key, room, ROOM - 1, &mut length);
        let state = &*data.cast_const().cast::<Mutex<State>>();
        (state, status == sys::Status::napi_ok)
    };
    let Some(key) = quoted(&mut quotation, length).filter(|_| is_string) else {
        return null_mut();
    };
    // An item that expires needs the time. A panic must not reach JavaScript. `readValue` handles
    // both.
    let found = caught(|| {
        lock(state)
            .store()?
            .read(key, 0, |item| match value_of(item) {
                Some((json, None)) => {
                    text(&Env::from_raw(env), json).map_or(null_mut(), |text| text.raw())
                }
                _ => null_mut(),
            })
    });
    match found {
        Ok(Some(text)) => text,
        Ok(None) => null(env),
        Err(_) => null_mut(),
    }
}

/// Returns the JSON text of the key after the first quotation mark, with its quotes. `None` if the
/// key needs escapes.
fn quoted(text: &mut [u8; ROOM], length: usize) -> Option<&[u8]> {
    /// The replacement by Node-API of a lone surrogate, which needs an escape.
    const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();
    let needs_none = |byte: &u8| *byte >= b' ' && !matches!(byte, b'"' | b'\\');
    let key = text
        .get(1..=length)
        .filter(|key| key.len() <= LONGEST_KEY)?;
    let is_plain = key.iter().all(needs_none)
        && (key.is_ascii() || memchr::memmem::find(key, REPLACEMENT).is_none());
    *text.get_mut(length + 1)? = b'"';
    is_plain.then_some(text.get(..length + 2)?)
}

fn null(env: sys::napi_env) -> sys::napi_value {
    let mut value = null_mut();
    // SAFETY: writes only to `value`.
    unsafe { sys::napi_get_null(env, &mut value) };
    value
}

unsafe extern "C" fn drop_state(_: sys::napi_env, state: *mut c_void, _: *mut c_void) {
    // SAFETY: the reference comes from `function`.
    let state = unsafe { Arc::from_raw(state.cast_const().cast::<Mutex<State>>()) };
    let _ = caught(|| {
        drop(state);
        Ok(())
    });
}
