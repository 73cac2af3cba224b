//! Guest-level trace tests: what loops compile to.

use std::process::Command;

/// The operations of the first peeled loop that a program compiles.
fn loop_of(name: &str, program: &str) -> Vec<String> {
    let file = |end: &str| std::env::temp_dir().join(format!("twofold-trace-{}-{name}.{end}", std::process::id()));
    let (source, dump) = (file("pl"), file("dump"));
    std::fs::write(&source, program).expect("a temporary file");
    let out = Command::new(env!("CARGO_BIN_EXE_prolog"))
        .env("TWOFOLD_JIT", "on")
        .arg(format!("--jit-dump={}", dump.display()))
        .arg(&source)
        .args(["-g", "main"])
        .output()
        .expect("the command starts");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let text = std::fs::read_to_string(&dump).expect("a dump");
    let _ = (std::fs::remove_file(&dump), std::fs::remove_file(&source));
    let body = text.lines().skip_while(|l| *l != "label").skip(1).take_while(|l| !l.starts_with("s0:"));
    let op = |l: &str| l.split(" = ").last().unwrap_or(l).trim_start_matches("not ").split([' ', '(']).next().unwrap_or("").to_string();
    body.map(op).filter(|o| !matches!(o.as_str(), "param" | "box_int" | "virtual")).collect()
}

#[test]
fn building_a_goal_and_calling_it_builds_no_term() {
    let program = "main :- run(100000).\nrun(N) :- cstep(N, cstep), !.\ncstep(0, _).\ncstep(X, P) :- X > 0, Y is X-1, G =.. [P, Y, P], call(G).\n";
    assert_eq!(loop_of("call", program), ["poll", "int_add", "int_ult", "int_eq", "int_sub", "jump"]);
}

#[test]
fn a_cut_in_every_step_leaves_no_choice_point() {
    let program = "main :- run(100000).\nrun(N) :- kstep(N), !.\nkstep(0).\nkstep(X) :- Y is X-1, !, kstep(Y).\nkstep(X) :- Y is X-2, kstep(Y).\n";
    let ops = loop_of("cut", program);
    assert!(!ops.iter().any(|o| o == "new" || o == "new_array" || o == "call"), "{ops:?}");
}

#[test]
fn a_condition_of_tests_leaves_no_choice_point() {
    let program = "main :- run(100000).\nrun(N) :- istep(N), !.\nistep(0).\nistep(X) :- Y is X-1, ( Y < 0 -> istep(0) ; istep(Y) ).\n";
    let ops = loop_of("if", program);
    assert!(!ops.iter().any(|o| o == "new" || o == "new_array" || o == "call"), "{ops:?}");
}

#[test]
fn appending_allocates_the_list_and_nothing_else() {
    let program = "main :- numlist(1, 60, L), run(2000, L).\nrun(0, _) :- !.\nrun(N, L) :- app(L, [x], _), M is N-1, run(M, L).\napp([], L, L).\napp([H|T], L, [H|R]) :- app(T, L, R).\n";
    let ops = loop_of("append", program);
    assert_eq!(ops.iter().filter(|o| o.starts_with("new")).count(), 1, "{ops:?}");
    assert!(!ops.iter().any(|o| o == "call"), "{ops:?}");
}

#[test]
fn one_loop_goes_through_all_rows_of_a_table() {
    let facts: String = (1..60).map(|i| format!("row({i}, {}).\n", i * i)).collect();
    let program = format!("main :- run(500).\nrun(0) :- !.\nrun(N) :- ( row(_, Y), Y < 0 -> true ; true ), M is N-1, run(M).\n{facts}");
    let ops = loop_of("rows", &program);
    // Both bindings are on the trail, and undone together; choice points are arrays.
    let count = |op: &str| ops.iter().filter(|o| *o == op).count();
    assert_eq!((count("new"), count("new_array"), count("call")), (2, 0, 1), "{ops:?}");
}
