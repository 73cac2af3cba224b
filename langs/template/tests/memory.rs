//! Endless allocation ends in an error of the language, which can be caught.

mod support;

use jit::options::Mode;
use support::run_limited;

#[test]
fn endless_allocation_is_an_error_that_can_be_caught() {
    for body in [
        "let l = []\nwhile true { push(l, [1]) }",
        "let l = [1]\nwhile true { l = l + l }",
        "let s = \"x\"\nwhile true { s = s + s }",
        "let m = {}\nlet i = 0\nwhile true {\n i += 1\n m[i] = i }",
        "let n = nil\nwhile true { n = Node(n) }",
        "fn grow(n) { return grow([n]) }\ngrow(nil)",
    ] {
        let text = format!(
            "record Node(next)\nfn f() {{\n{body}\n}}\n\
             try {{ f() }} catch e {{ print(e.message) }}\nlet sum = 0\nfor i in 0..1000 {{ sum += len([i, i]) }}\nprint(sum)"
        );
        for mode in [Mode::Off, Mode::On, Mode::Eval] {
            let outcome = run_limited(mode, "t", &text, Some(48 << 20));
            let lines: Vec<&str> = outcome.printed.lines().collect();
            assert!(matches!(lines[..], ["out of memory" | "stack overflow", "2000"]), "{mode:?}: {outcome:?}\n{body}");
        }
    }
}

#[test]
fn garbage_is_collected() {
    let text = "record Pair(a, b)\nlet keep = []\nfor i in 0..300000 {\n let p = Pair(str(i), [i])\n if i % 1000 == 0 { push(keep, p) }\n}\n\
                let sum = 0\nfor p in keep { sum += int(p.a) - p.b[0] + 1 }\nprint(sum)";
    for mode in [Mode::Off, Mode::On] {
        let outcome = run_limited(mode, "t", text, Some(24 << 20));
        assert_eq!((outcome.printed.as_str(), outcome.report.as_str()), ("300\n", ""), "{mode:?}");
    }
}
