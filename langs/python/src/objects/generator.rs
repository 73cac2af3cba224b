//! States of generators.

/// Not started, or waiting at a `yield`.
pub const SUSPENDED: i64 = 0;
/// Running.
pub const RUNNING: i64 = 1;
/// Returned or raised.
pub const DONE: i64 = 2;
