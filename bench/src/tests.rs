use crate::compare::same_output;
use crate::measure::{self, End};
use crate::options::{self, Options};
use crate::{engine, programs, report};
use std::process::Command;
use std::time::Duration;

fn parse(line: &str) -> Result<Option<Options>, String> {
    options::parse(line.split_whitespace().map(String::from))
}

#[test]
fn the_command_line_is_read_or_refused_clearly() {
    let o = parse("prolog iterate nrev --vs swipl gplc --jit off,on --rounds=5").unwrap().unwrap();
    assert_eq!((o.language.name, o.programs.len(), o.rounds), ("prolog", 2, 5));
    assert_eq!((o.peers, o.jit), (vec!["swipl".to_string(), "gplc".into()], vec!["off".to_string(), "on".into()]));
    assert!(parse("--help").unwrap().is_none());
    for (bad, says) in [
        ("", "which language"),
        ("perl all", "no language `perl`"),
        ("python", "which programs"),
        ("python all --rounds many", "needs a number"),
        ("python all --rounds", "needs a value"),
        ("python all --fast", "unknown option"),
        ("python all --jit=none", "nothing to measure"),
        ("python all --median=3", "takes no value"),
    ] {
        let message = parse(bad).unwrap_err();
        assert!(message.contains(says), "{bad}: {message}");
    }
}

#[test]
fn time_memory_and_ends_are_measured() {
    let scratch = std::env::temp_dir().join(format!("twofold-bench-test-{}", std::process::id()));
    std::fs::create_dir_all(&scratch).unwrap();
    let run = |script: &str, ms| measure::run(Command::new("sh").args(["-c", script]), Duration::from_millis(ms), &scratch).unwrap();
    let r = run("echo out; echo err >&2; exit 3", 10_000);
    assert_eq!((r.end, r.stdout.as_str(), r.stderr.as_str()), (End::Exit(3), "out\n", "err\n"));
    assert!(r.memory > 100_000 && r.cpu < 5.0);
    let busy = run("i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done", 60_000);
    assert!(busy.cpu > 0.01, "{}", busy.cpu);
    let asleep = run("exec sleep 60", 50);
    assert!(asleep.end == End::Timeout && asleep.wall < 30.0 && asleep.cpu < 1.0);
    assert_eq!(run("kill -9 $$", 10_000).end, End::Signal(9));
    std::fs::remove_dir_all(&scratch).unwrap();
}

#[test]
fn outputs_agree_as_numbers_do() {
    assert!(same_output("x 1e9\n0.1", "x 1000000000\n0.1000000000001\n"));
    for (a, b) in [("1", "2"), ("1 2", "1"), ("a", "b"), ("1.001", "1.002")] {
        assert!(!same_output(a, b), "{a} {b}");
    }
}

#[test]
fn sizes_scale_the_work() {
    let python = engine::language("python").unwrap();
    assert_eq!(programs::scaled(python, "nbody", 0.1).unwrap(), ["150000"]);
    assert_eq!(programs::scaled(python, "fib", 1.0 / 2.618).unwrap(), ["35"]);
    assert_eq!(programs::scaled(python, "sqrt", 1e-9).unwrap(), ["float,int,fix", "1"]);
    assert!(programs::scaled(engine::language("prolog").unwrap(), "nrev", 2.0).is_err());
}

#[test]
fn every_language_has_programs_and_every_lua_program_has_its_twin() {
    for l in engine::LANGUAGES {
        assert!(programs::all(l).unwrap().contains(&"empty".to_string()), "{}", l.name);
    }
    for p in programs::all(engine::language("template").unwrap()).unwrap() {
        assert!(programs::file("lua", &p, "lua").is_file(), "{p}");
    }
}

#[test]
fn the_mean_is_geometric_and_strings_are_json() {
    assert_eq!(report::geometric_mean([0.5, 2.0].into_iter()).map(|x| (x * 1e6).round()), Some(1e6));
    assert_eq!(report::geometric_mean(std::iter::empty()), None);
    assert_eq!(report::quote("a\"\\\n"), "\"a\\\"\\\\\\u000a\"");
}
