//! The counter of news, mapped into memory: the one place of the project with unsafe code.
//!
//! A read is to cost less than a system call, so that it must not make one to learn that nothing is new.

#![allow(unsafe_code)]

use super::PersistLock;
use crate::store::{COUNTED_LENGTH, COUNTER_OFFSET};
use memmap2::{Mmap, MmapOptions};
use napi::Env;
use napi::bindgen_prelude::{ArrayBuffer, Result};
use napi_derive::napi;
use std::fs::File;

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
