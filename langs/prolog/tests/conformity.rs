//! Reading and writing: the table in `conformity.txt`. `TWOFOLD_BLESS=1` writes down what is so now.

use prolog::consult::{Reading, read_term};
use prolog::runtime::Machine;
use prolog::structural;
use prolog::write::{Style, to_text};

const SEPARATOR: &str = "  ==>  ";

/// The term as `writeq/1` writes it, its variables by number.
fn outcome(vm: &mut Machine, text: &str) -> String {
    match read_term(vm, &format!("{text}\n."), 0) {
        Reading::Term(t, _) => {
            let names = structural::variables(t.term).into_iter().enumerate().map(|(i, p)| (p, format!("_{}", i + 1))).collect();
            to_text(vm, t.term, &Style { quoted: true, number_vars: true, names, ..Style::default() }, 1200)
        }
        Reading::Error(..) => "syntax error".into(),
        Reading::End => "nothing".into(),
    }
}

#[test]
fn terms_read_and_write_as_the_table_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformity.txt");
    let table = std::fs::read_to_string(path).expect("the table");
    let mut vm = prolog::new_machine(vec![]);
    let (mut now, mut wrong, mut rows) = (String::new(), vec![], 0);
    for line in table.lines() {
        match line.split_once(SEPARATOR) {
            Some((text, expected)) => {
                let found = outcome(&mut vm, text);
                now.push_str(&format!("{text}{SEPARATOR}{found}\n"));
                rows += 1;
                if found != expected {
                    wrong.push(format!("{text}: {found} instead of {expected}"));
                }
            }
            None => now.push_str(&format!("{line}\n")),
        }
    }
    if std::env::var("TWOFOLD_BLESS").is_ok() {
        return std::fs::write(path, now).expect("the table is written");
    }
    assert!(rows >= 150, "{rows} rows");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is written reads back as what it was.
#[test]
fn what_is_written_reads_back() {
    let table = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformity.txt")).expect("the table");
    let mut vm = prolog::new_machine(vec![]);
    for line in table.lines() {
        let Some((_, written)) = line.split_once(SEPARATOR) else { continue };
        // Variables by letter are for people.
        if written != "syntax error" && !line.contains("$VAR") {
            assert_eq!(outcome(&mut vm, written), written, "{line}");
        }
    }
}
