//! `prolog [--jit=…] FILE… [-g GOAL]… [-- ARGS]`

use std::process::ExitCode;

fn main() -> ExitCode {
    prolog::main(std::env::args().skip(1).collect())
}
