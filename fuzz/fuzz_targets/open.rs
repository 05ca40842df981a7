#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| persist_lock_fuzz::checks::open::check(input));
