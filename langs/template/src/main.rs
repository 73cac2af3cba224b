//! The command line: all of it is in `cli.rs`.

use std::process::ExitCode;

fn main() -> ExitCode {
    template::main(std::env::args_os().skip(1).collect())
}
