//! Random programs: every mode of the JIT must print what the interpreter alone prints, and end as it ends.
//!
//! `FUZZ_PROGRAMS=1000 FUZZ_START=5000 cargo test --test fuzz` tries more, from another number on.

#[path = "support/generate.rs"]
mod generate;
mod support;

use jit::options::Mode;
use support::{modes, run_in};

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |v| v.parse().expect("a number"))
}

#[test]
fn all_modes_agree_on_random_programs() {
    let start = number("FUZZ_START", 0);
    let mut caught = 0;
    for n in start..start + number("FUZZ_PROGRAMS", 40) {
        let program = generate::program(n);
        let plain = run_in(Mode::Off, "fuzz", &program);
        assert!(!plain.report.contains("fuzz:0:") && !plain.report.is_empty() || plain.printed.contains('\n'), "program {n} does nothing\n{program}");
        caught += plain.printed.matches("at main").count();
        for (word, mode) in modes().filter(|&(_, mode)| mode != Mode::Off) {
            let outcome = run_in(mode, "fuzz", &program);
            if outcome.printed != plain.printed || outcome.report != plain.report {
                let at = plain.printed.lines().zip(outcome.printed.lines()).position(|(a, b)| a != b);
                let line = |text: &str| at.and_then(|at| text.lines().nth(at)).unwrap_or("(the end)").to_string();
                panic!(
                    "program {n} in mode {word}, line {at:?}: {:?} instead of {:?}; end {:?} instead of {:?}\n{program}",
                    line(&outcome.printed),
                    line(&plain.printed),
                    outcome.report,
                    plain.report
                );
            }
        }
    }
    assert!(caught > 0, "some programs raise and catch errors");
}

#[test]
fn programs_compile_and_are_the_same_every_time() {
    for n in 0..300 {
        let program = generate::program(n);
        assert_eq!(program, generate::program(n));
        let outcome = run_in(Mode::Off, "fuzz", &program);
        assert!(!matches!(outcome.failure, Some(template::Failure::Syntax(_))), "{}\n{program}", outcome.report);
    }
}
