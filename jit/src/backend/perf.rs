//! The map by which `perf` names compiled code.

use std::fs::File;
use std::io::{self, Write};

/// `/tmp/perf-PID.map`, open for appending.
pub struct PerfMap(File);

impl PerfMap {
    /// Opens the map of this process.
    pub fn open() -> io::Result<PerfMap> {
        let path = format!("/tmp/perf-{}.map", std::process::id());
        Ok(PerfMap(File::options().create(true).append(true).open(path)?))
    }
    /// Adds a line. A full disk is no reason to stop: `perf` then lacks a name.
    pub fn add(&mut self, address: usize, len: usize, name: &str) {
        let name = name.replace(['\n', '\r'], " ");
        let _ = writeln!(self.0, "{address:x} {len:x} {name}");
    }
}
