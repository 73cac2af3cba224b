//! Source texts that are no programs: errors with a place, never a panic.

mod support;

use jit::options::Mode;
use support::run_in;
use template::Failure;

#[test]
fn errors_say_what_is_wrong_and_where() {
    for (text, report) in [
        ("let x = 1 +", "t:1:12: error: the program ends in the middle of a statement or block"),
        ("if true {", "t:1:10: error: the program ends in the middle of a statement or block"),
        ("let x = )", "t:1:9: error: unexpected `)`"),
        ("print(zzz)", "t:1:7: error: nothing is called `zzz` here"),
        ("1 = 2", "t:1:1: error: only a variable, a field or an element can be assigned to"),
        ("print = 1", "t:1:1: error: `print` is no variable"),
        ("fn f() { }\nf = 1", "t:2:1: error: `f` is no variable"),
        ("let a = 1\nlet a = 2", "t:2:5: error: `a` is already defined"),
        ("let a = 1\nrecord a()", "t:2:8: error: `a` is already defined"),
        ("break", "t:1:1: error: this stands outside of a loop"),
        ("while true { fn() { continue } }", "t:1:21: error: this stands outside of a loop"),
        ("return 1", "t:1:1: error: `return` stands outside of a function"),
        ("fn f(a, a) { }", "t:1:9: error: `a` stands here twice"),
        ("record R(a) { fn a() { } }", "t:1:18: error: `a` stands here twice"),
        ("if true { record R() }", "t:1:11: error: a record can only be declared at the top level"),
        ("let s = \"abc\nx", "t:1:9: error: this string has no end on its line"),
        ("let a = 1 @ 2", "t:1:11: error: unexpected character '@'"),
        ("len(1, 2)", "t:1:1: error: `len` is given 2 arguments"),
        ("let let = 1", "t:1:5: error: unexpected `let`, expected a name"),
        ("let a = 99999999999999999999", "t:1:9: error: this integer does not fit 64 bits"),
        ("x = 1", "t:1:1: error: nothing is called `x` here"),
        ("print(x)\nlet x = 1", "t:1:7: error: nothing is called `x` here"),
    ] {
        let outcome = run_in(Mode::Off, "t", text);
        assert!(matches!(outcome.failure, Some(Failure::Syntax(_))), "{text}");
        assert_eq!(outcome.report.lines().next(), Some(report), "{text}");
    }
}

#[test]
fn a_variable_that_is_not_set_yet_is_an_error_of_the_running_program() {
    let outcome = run_in(Mode::Off, "t", "fn f() { return x }\nf()\nlet x = 1");
    assert_eq!(outcome.report, "error: this variable is used before its `let` has run\n  at f (t:1:17)\n  at main (t:2:1)");
}

#[test]
fn deep_nesting_is_an_error() {
    let n = 100_000;
    for text in [
        "(".repeat(n) + "1" + &")".repeat(n),
        "-".repeat(n) + "1",
        "not ".repeat(n) + "true",
        "1".to_string() + &" + 1".repeat(n),
        "print".to_string() + &"()".repeat(n),
        "[".repeat(n) + &"]".repeat(n),
        "if true {".repeat(n) + &"}".repeat(n),
        "fn() {".repeat(n) + &"}".repeat(n),
        "let x = nil\nx".to_string() + &".y".repeat(n),
    ] {
        // Parentheses leave no trace in the tree, so any number of them is fine.
        if let Some(failure) = run_in(Mode::Off, "t", &text).failure {
            assert!(matches!(failure, Failure::Syntax(e) if e.message.contains("nested too deeply")), "{}", &text[..40]);
        }
    }
}

#[test]
fn what_is_too_large_is_an_error() {
    let many = |n: usize| (0..n).map(|i| format!("print({i}.5)\n")).collect::<String>();
    assert!(run_in(Mode::Off, "t", &many(100)).failure.is_none());
    let outcome = run_in(Mode::Off, "t", &many(40_000));
    assert!(outcome.report.contains("in one function"), "{}", outcome.report);
    let arguments = format!("print({})", "1, ".repeat(300));
    assert!(run_in(Mode::Off, "t", &arguments).report.contains("too many arguments"));
}

/// A small generator of numbers, so that failures can be repeated.
struct Rng(u64);

impl Rng {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % n
    }
}

#[test]
fn random_texts_and_damaged_programs_never_panic() {
    let words = "let fn if else while for in return break record try catch throw and or not ( ) [ ] { } , ; . .. = += == < + - * // % \
                 x y f self 1 2.5 \"s\" \n : nil true \u{e9} \" \\ @ 0x 1e";
    let words: Vec<&str> = words.split(' ').collect();
    let programs: Vec<String> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/programs"))
        .expect("the folder is there")
        .map(|e| std::fs::read_to_string(e.expect("readable").path()).expect("readable"))
        .collect();
    let mut rng = Rng(0x9e37_79b9_7f4a_7c15);
    for _ in 0..3000 {
        let soup: Vec<&str> = (0..rng.below(40)).map(|_| words[rng.below(words.len())]).collect();
        check_is_rejected_or_compiles(&soup.join(" "));
        let program = &programs[rng.below(programs.len())];
        let mut bytes = program.as_bytes().to_vec();
        bytes.truncate(rng.below(bytes.len()));
        for _ in 0..rng.below(4) {
            let at = rng.below(bytes.len().max(1));
            if at < bytes.len() {
                bytes[at] = rng.below(128) as u8;
            }
        }
        check_is_rejected_or_compiles(&String::from_utf8_lossy(&bytes));
    }
}

fn check_is_rejected_or_compiles(text: &str) {
    let mut vm = framework::Vm::<template::Sprig>::new(template::Runtime::new(std::io::sink()));
    let source = template::Source::new("t", text);
    for interactive in [false, true] {
        if let Err(e) = template::compile::compile(&mut vm, &source, interactive) {
            assert!(e.pos as usize <= text.len() && !e.report(&source).is_empty(), "{text:?}");
        }
    }
}
