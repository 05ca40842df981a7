//! What reads of single items take to cost less than a system call, and less than a method of napi-rs: the one place of the
//! project with unsafe code.
//!
//! The counter of news is mapped into memory, and `getText` is a plain function of Node-API, which has its store in its data
//! pointer. All other reads, and all errors, are left to `reads`.

#![allow(unsafe_code)]

use super::reads::value_of;
use super::text::text;
use super::{PersistLock, State, lock};
use crate::store::{COUNTED_LENGTH, COUNTER_OFFSET};
use memmap2::{Mmap, MmapOptions};
use napi::bindgen_prelude::{ArrayBuffer, FromNapiValue, Result, Unknown};
use napi::{Env, JsValue, check_status, sys};
use napi_derive::napi;
use std::ffi::c_void;
use std::fs::File;
use std::ptr::null_mut;
use std::sync::{Arc, Mutex};

#[napi]
impl PersistLock {
    /// The counter that tells whether there is anything new, as memory to look at: 4 bytes that change when there is.
    /// `null` where that cannot be; then each read has to look at the files.
    #[napi(js_name = "_mapCounter")]
    pub fn map_counter<'env>(&self, env: &'env Env) -> Result<Option<ArrayBuffer<'env>>> {
        let mapped = self.with(*env, |store| {
            // Who only reads has no lock, and no counter.
            let lock = store.lock().ok();
            // Opened for reading, so that what is mapped until the memory is collected counts nowhere as a writer.
            let file = lock.and_then(|lock| lock.file().reopen_to_read());
            Ok(file.as_ref().and_then(map))
        })?;
        mapped.map_or(Ok(None), |mapped| expose(env, mapped))
    }

    /// A function `getText(key)`: the JSON text of a key's value as it was seen by the last look, `null` if there is none, or
    /// `undefined` where `_readValue` is to be asked.
    #[napi(
        js_name = "_textReader",
        ts_return_type = "(key: string) => string | null | undefined"
    )]
    pub fn text_reader<'env>(&self, env: &'env Env) -> Result<Unknown<'env>> {
        let state = Arc::into_raw(self.state.clone()).cast_mut().cast();
        let mut function = null_mut();
        // SAFETY: the data pointer is a count of its own of the state, given back by the finalizer when nobody can call the
        // function any more. Should the finalizer not be taken on, it is never given back.
        unsafe {
            check_status!(sys::napi_create_function(
                env.raw(),
                c"getText".as_ptr(),
                -1,
                Some(get_text),
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
}

fn map(file: &File) -> Option<Mmap> {
    // Beyond the end of a file there is nothing to be looked at: to try would end the process.
    if file.metadata().ok()?.len() < COUNTED_LENGTH {
        return None;
    }
    // SAFETY: other processes change these bytes, so nobody makes a reference to them that Rust could take for constant: they
    // are looked at from JavaScript alone. The file is never made shorter.
    unsafe { MmapOptions::new().len(COUNTED_LENGTH as usize).map(file) }.ok()
}

fn expose<'env>(env: &'env Env, mapped: Mmap) -> Result<Option<ArrayBuffer<'env>>> {
    // SAFETY: the counter lies within what is mapped, as `map` has made sure.
    let counter = unsafe { mapped.as_ptr().add(COUNTER_OFFSET as usize) };
    // SAFETY: the mapping is moved into the finalizer, and so outlives the buffer. It is read-only, and so is what
    // `lib/reads.js` does with the buffer, which it shows nobody else.
    let buffer = unsafe {
        ArrayBuffer::from_external(env, counter.cast_mut(), 4, mapped, |_, mapped| drop(mapped))
    }?;
    // Where JavaScript must not have foreign memory (Electron), napi makes a copy of it, which never changes.
    Ok((buffer.as_ptr() == counter).then_some(buffer))
}

/// The longest key that `getText` knows what to do with, in bytes.
const LONGEST_KEY: usize = 250;
/// Room for a quotation mark, for a longer key's beginning that shows that it is longer, although no character is cut in two,
/// and for the NUL behind it.
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
    // SAFETY: all that is written to lies on this stack, and each call is told its size. The data pointer is what
    // `text_reader` has given.
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
    let mut state = lock(state);
    let Ok(store) = state.store() else {
        return null_mut();
    };
    // What expires is to be asked for with the time.
    let found = store.read_known(key, 0, |item| match value_of(item) {
        Some((json, None)) => text(&Env::from_raw(env), json).map_or(null_mut(), |text| text.raw()),
        _ => null_mut(),
    });
    match found {
        Ok(Some(text)) => text,
        Ok(None) => null(env),
        Err(_) => null_mut(),
    }
}

/// The JSON text of the key that stands behind the first quotation mark, if it is one that needs no escapes.
fn quoted(text: &mut [u8; ROOM], length: usize) -> Option<&[u8]> {
    /// What Node-API makes of half a surrogate pair, whose escape it may be.
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
    // SAFETY: writes to nothing but `value`.
    unsafe { sys::napi_get_null(env, &mut value) };
    value
}

unsafe extern "C" fn drop_state(_: sys::napi_env, state: *mut c_void, _: *mut c_void) {
    // SAFETY: the count that `text_reader` has given to the function.
    drop(unsafe { Arc::from_raw(state.cast_const().cast::<Mutex<State>>()) });
}
