//! The reader on what is no program: an error with a place, never a panic.

use prolog::read::ops::Ops;
use prolog::read::{Quotes, Read, Settings, line_column, read_clause};

fn read_all(text: &str) -> (usize, usize) {
    let ops = Ops::initial();
    let settings = Settings { ops: &ops, double_quotes: Quotes::Codes };
    let (mut at, mut terms, mut errors) = (0, 0, 0);
    while at < text.len() {
        match read_clause(text, at, &settings) {
            Read::End => break,
            Read::Term(_, end) => {
                assert!(end > at, "reading goes on");
                (at, terms) = (end, terms + 1);
            }
            Read::Error(e, end) => {
                let (line, column) = line_column(text, e.offset);
                assert!(line > 0 && column > 0 && !e.message.is_empty());
                (at, errors) = (end.max(at + 1), errors + 1);
                while !text.is_char_boundary(at) {
                    at += 1;
                }
            }
        }
    }
    (terms, errors)
}

const PROGRAM: &str =
    "a(X, 'q''t', \"s\\x41\\\") :- \\+ b(- 1, [c|T], {d, e}), X is -1 + 0'a * 0x1F; f -> !. /* c */ g --> \"x\", `y`. % end\n:- op(700, xfx, ===).\n";

#[test]
fn truncated_programs_are_errors_or_shorter() {
    assert_eq!(read_all(PROGRAM), (3, 0));
    for i in (0..PROGRAM.len()).filter(|i| PROGRAM.is_char_boundary(*i)) {
        read_all(&PROGRAM[..i]);
    }
}

#[test]
fn random_text_never_panics() {
    let pieces = [
        "a", "X", "(", ")", "[", "]", "{", "}", ",", "|", ".", ". ", "'", "\"", "`", "0'", "\\", "-", "+", ":-", " ", "\n", "1", "1.5e", "/*", "*/",
        "%", "é", "\u{0}", "0x", "1'", "is",
    ];
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..20_000 {
        let mut text = String::new();
        for _ in 0..12 {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            text.push_str(pieces[(seed >> 33) as usize % pieces.len()]);
        }
        read_all(&text);
    }
}

#[test]
fn a_long_conjunction_needs_no_stack() {
    let text = format!("a :- {} b.", "b, ".repeat(200_000));
    assert_eq!(read_all(&text), (1, 0));
}
