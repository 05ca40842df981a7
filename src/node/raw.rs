//! Reads of single items that cost less than a method of napi-rs. This is the only file of the
//! bindings with unsafe code.
//!
//! `getText` and `getCounter` are plain functions of Node-API, with the store in their data
//! pointer. Every other read, and every error, is left to `reads`.

#![allow(unsafe_code)]

use super::reads::value_of;
use super::text::text;
use super::{PersistLock, State, lock};
use crate::panics::caught;
use crate::store::Recent;
use napi::bindgen_prelude::{FromNapiValue, Result, Unknown};
use napi::{Env, JsValue, check_status, sys};
use napi_derive::napi;
use std::cell::RefCell;
use std::ffi::{CStr, c_void};
use std::ptr::null_mut;
use std::sync::{Arc, Mutex};

#[napi]
impl PersistLock {
    /// Makes a function `getText(key, counter)`. It returns the JSON text of a key's value as of the
    /// last look, `null` if there is none, or `undefined` where `readValue` must be asked. If a
    /// counter is given, it returns `false` unless `getCounter` would return the same: one call
    /// takes less time than two.
    ///
    /// A function that notes its keys returns the text in an array if the key is read often.
    #[napi(
        ts_return_type = "(key: string, counter?: number) => string | [string] | null | undefined | false",
        catch_unwind
    )]
    pub fn text_reader<'env>(&self, env: &'env Env, notes_keys: bool) -> Result<Unknown<'env>> {
        let recent = notes_keys.then(RefCell::default);
        function(env, c"getText", get_text, self.reader(recent))
    }

    /// Makes a function `getCounter()`. It returns an integer that has changed if there may be
    /// news, or `undefined` where the files must be looked at. The counter is read and not mapped:
    /// shortening a mapped file, as `cp` does before it writes, kills the processes that read it.
    #[napi(catch_unwind, ts_return_type = "() => number | undefined")]
    pub fn counter_reader<'env>(&self, env: &'env Env) -> Result<Unknown<'env>> {
        function(env, c"getCounter", get_counter, self.reader(None))
    }

    fn reader(&self, recent: Option<RefCell<Recent>>) -> Reader {
        let state = self.state.clone();
        Reader { state, recent }
    }
}

/// The data of a function, which runs on one thread.
struct Reader {
    state: Arc<Mutex<State>>,
    /// The keys that were read last, for a function that notes them.
    recent: Option<RefCell<Recent>>,
}

impl Reader {
    /// Notes that a key was read. Returns true if it is read often.
    fn note(&self, key: &[u8]) -> bool {
        let recent = self.recent.as_ref();
        recent.is_some_and(|recent| recent.borrow_mut().note(key))
    }
}

type Callback = unsafe extern "C" fn(sys::napi_env, sys::napi_callback_info) -> sys::napi_value;

/// Makes a function whose data pointer is its own reader.
fn function<'env>(
    env: &'env Env,
    name: &CStr,
    callback: Callback,
    reader: Reader,
) -> Result<Unknown<'env>> {
    let reader = Box::into_raw(Box::new(reader)).cast();
    let mut function = null_mut();
    // SAFETY: the finalizer drops the reader when nobody can call the function any more. If the
    // finalizer cannot be added, the reader is never dropped.
    unsafe {
        check_status!(sys::napi_create_function(
            env.raw(),
            name.as_ptr(),
            -1,
            Some(callback),
            reader,
            &mut function,
        ))?;
        check_status!(sys::napi_add_finalizer(
            env.raw(),
            function,
            reader,
            Some(drop_reader),
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
    let Reader { state, .. } = unsafe {
        let none = null_mut();
        sys::napi_get_cb_info(env, info, &mut count, none, null_mut(), &mut data);
        &*data.cast_const().cast()
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
    let mut arguments = [null_mut(); 2];
    let mut count = arguments.len();
    let mut data = null_mut();
    let mut quotation = [b'"'; ROOM];
    let mut length = 0;
    let mut counter = 0;
    // SAFETY: everything written to lies on this stack, and each call is told its size. The data
    // pointer comes from `function`.
    let (reader, is_string, is_counter): (&Reader, bool, bool) = unsafe {
        let first = arguments.as_mut_ptr();
        sys::napi_get_cb_info(env, info, &mut count, first, null_mut(), &mut data);
        let [key, expected] = arguments;
        let room = quotation.as_mut_ptr().add(1).cast();
        let read_key = sys::napi_get_value_string_utf8(env, key, room, ROOM - 1, &mut length);
        let read_counter = sys::napi_get_value_int32(env, expected, &mut counter);
        let ok = sys::Status::napi_ok;
        (
            &*data.cast_const().cast(),
            read_key == ok,
            read_counter == ok,
        )
    };
    let key = quoted(&mut quotation, length).filter(|_| is_string);
    // A panic must not reach JavaScript. `readValue`, which follows, reports it.
    let answer = caught(|| {
        let mut state = lock(&reader.state);
        let store = state.store()?;
        let is_same = || is_counter && store.counter() == Some(counter as u32);
        if count > 1 && !is_same() {
            return Ok(Answer::News);
        }
        let Some(key) = key else {
            return Ok(Answer::Unknown);
        };
        // An item that expires needs the time.
        let found = store.read(key, 0, |item| match value_of(item) {
            Some((json, None)) => text(&Env::from_raw(env), json).ok().map(|text| text.raw()),
            _ => None,
        })?;
        Ok(match found {
            Some(Some(text)) if reader.note(key) => Answer::Often(text),
            Some(Some(text)) => Answer::Text(text),
            Some(None) => Answer::Unknown,
            None => Answer::None,
        })
    });
    match answer.unwrap_or(Answer::Unknown) {
        Answer::Text(text) => text,
        Answer::Often(text) => array(env, text),
        Answer::None => null(env),
        Answer::News => no(env),
        Answer::Unknown => null_mut(),
    }
}

/// The answers of `getText`.
enum Answer {
    Text(sys::napi_value),
    /// The text of a key that is read often.
    Often(sys::napi_value),
    /// There is no such item.
    None,
    /// The counter is not the given one.
    News,
    /// `readValue` must be asked.
    Unknown,
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

fn no(env: sys::napi_env) -> sys::napi_value {
    let mut value = null_mut();
    // SAFETY: writes only to `value`.
    unsafe { sys::napi_get_boolean(env, false, &mut value) };
    value
}

fn null(env: sys::napi_env) -> sys::napi_value {
    let mut value = null_mut();
    // SAFETY: writes only to `value`.
    unsafe { sys::napi_get_null(env, &mut value) };
    value
}

/// Makes an array of one element.
fn array(env: sys::napi_env, element: sys::napi_value) -> sys::napi_value {
    let mut array = null_mut();
    // SAFETY: writes only to `array`.
    unsafe {
        sys::napi_create_array_with_length(env, 1, &mut array);
        sys::napi_set_element(env, array, 0, element);
    }
    array
}

unsafe extern "C" fn drop_reader(_: sys::napi_env, reader: *mut c_void, _: *mut c_void) {
    // SAFETY: the reader comes from `function`.
    let reader = unsafe { Box::from_raw(reader.cast::<Reader>()) };
    let _ = caught(|| {
        drop(reader);
        Ok(())
    });
}
