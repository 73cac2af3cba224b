//! Runs a language's benchmark programs by Twofold and by other implementations of the language, in turn, and prints
//! CPU time, peak memory and their ratios.

mod compare;
mod engine;
mod measure;
mod options;
mod programs;
mod report;
#[cfg(test)]
mod tests;

use std::process::ExitCode;

/// Exit code if a run failed or gave another output.
const FAILED: u8 = 1;
/// Exit code for a wrong command line.
const USAGE_ERROR: u8 = 2;

fn main() -> ExitCode {
    let options = match options::parse(std::env::args().skip(1)) {
        Ok(Some(options)) => options,
        Ok(None) => {
            print!("{}", options::usage());
            return ExitCode::SUCCESS;
        }
        Err(message) => {
            eprintln!("bench: {message}\n\n{}", options::usage());
            return ExitCode::from(USAGE_ERROR);
        }
    };
    match compare::run(&options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(FAILED),
        Err(message) => {
            eprintln!("bench: {message}");
            ExitCode::from(FAILED)
        }
    }
}
