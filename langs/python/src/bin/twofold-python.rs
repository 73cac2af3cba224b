//! The Python command on its own.

fn main() -> std::process::ExitCode {
    python::main(std::env::args().skip(1).collect())
}
