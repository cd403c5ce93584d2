#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| wharf_ftp::fuzzing::proxies(data));
