//! What ends does so in bounded space, and what has no end ends in an error.

mod common;

use common::{machine, modes, query};
use jit::options::{Mode, Options};
use prolog::consult::load_text;
use std::process::Command;

fn file(name: &str) -> std::path::PathBuf {
    std::env::temp_dir().join(format!("twofold-memory-{}-{name}.pl", std::process::id()))
}

/// Runs a program in a process of its own; its exit code, what it says and, if it calls `peak`, its peak memory in MB.
fn run(name: &str, mode: &str, program: &str) -> (i32, String, f64) {
    let file = file(name);
    std::fs::write(&file, program).expect("a temporary file");
    let out = Command::new(env!("CARGO_BIN_EXE_prolog"))
        .arg(format!("--jit={mode}"))
        .arg(&file)
        .args(["-g", "main"])
        .env_remove("TWOFOLD_JIT")
        .output()
        .expect("the command starts");
    let _ = std::fs::remove_file(&file);
    let text = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    let peak = text.lines().find_map(|l| l.strip_prefix("peak ")).and_then(|n| n.parse().ok()).unwrap_or(0.0);
    (out.status.code().unwrap_or(-1), text, peak)
}

#[test]
fn little_address_space_is_no_reason_to_crash() {
    // Many small objects, then single large ones.
    let program = "
main :- e(grow([])), e(atoms(0, [])), e(deep(0, _)),
    e(length(_, 100000000)), e(numlist(1, 100000000, [_|_])), e(functor(_, f, 1000000000)), e(longer(a)), e(text(\"a\")), e(shown(a)), e(double([a])),
    e(findall(X, repeat, X)), e(square(3)), e(_ is 1 << (1 << 50)), e(_ is 7 ** 100000000000), e(copy(f(_))),
    e(format(\"~*c\", [1000000000000, 0'a])), e(format(\"~1000000000000|\", [])).
longer(A) :- atom_concat(A, A, B), longer(B).
text(A) :- string_concat(A, A, B), text(B).
shown(A) :- format(atom(B), \"~w~w\", [A, A]), shown(B).
double(L) :- append(L, L, M), double(M).
square(A) :- B is A*A, square(B).
copy(T) :- copy_term(g(T, T, _), Y), assertz(k(Y)), copy(h(Y, Y)).
e(G) :- catch(G, error(E, _), ( write(E), nl )).
grow(L) :- grow([x, y, z|L]).
atoms(N, L) :- atom_concat(some_long_name_of_an_atom_, N, A), M is N+1, atoms(M, [A|L]).
deep(N, f(X)) :- M is N+1, deep(M, X), true.
";
    let file = file("space");
    std::fs::write(&file, program).expect("writable");
    for mode in ["off", "on"] {
        let out = Command::new("sh")
            .args(["-c", "ulimit -v 400000; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_prolog"), &format!("--jit={mode}")])
            .arg(&file)
            .args(["-g", "main"])
            .env_remove("TWOFOLD_JIT")
            .output()
            .expect("the command starts");
        assert_eq!(
            String::from_utf8_lossy(&out.stdout),
            "resource_error(memory)\n".repeat(17),
            "mode {mode}: {}",
            String::from_utf8_lossy(&out.stderr)
        );
    }
    let _ = std::fs::remove_file(&file);
}

/// Loops whose space must not depend on how often they go round.
const LOOPS: &[(&str, &str)] = &[
    ("cut", "loop(0). loop(N) :- M is N-1, !, loop(M). loop(N) :- M is N-2, loop(M)."),
    ("failure", "loop(N) :- between(1, N, X), X < 0. loop(_)."),
    ("catch", "loop(0) :- !. loop(N) :- catch(throw(e(N)), e(X), true), X == N, M is N-1, loop(M)."),
    ("catch_deep", "loop(0) :- !. loop(N) :- catch(true, _, true), M is N-1, loop(M)."),
    ("findall", "loop(0) :- !. loop(N) :- findall(X, member(X, [a, f(Y), Y]), L), length(L, 3), M is N-1, loop(M)."),
    (
        "assert",
        "loop(0) :- !. loop(N) :- assertz((p(N, X) :- X = f(N, \"text\"))), p(N, Y), Y = f(_, _), retract((p(N, _) :- _)), M is N-1, loop(M).",
    ),
    ("counter", ":- dynamic(c/1). c(0). loop(0) :- !. loop(N) :- retract(c(X)), Y is X+1, assertz(c(Y)), M is N-1, loop(M)."),
    (
        "atoms",
        "loop(0) :- !. loop(N) :- atom_number(A, N), atom_concat(key_, A, B), atom_length(B, _), sub_atom(B, 0, 3, _, S), S == key, M is N-1, loop(M).",
    ),
    ("globals", "loop(0) :- !. loop(N) :- nb_setval(k, f(N)), nb_getval(k, f(N)), b_setval(j, N), M is N-1, loop(M)."),
    ("negation", "loop(0) :- !. loop(N) :- \\+ \\+ (X = f(N), X = f(_)), M is N-1, loop(M)."),
];

const PEAK: &str = "
peak :- open('/proc/self/status', read, S), peak(S), close(S).
peak(S) :- read_line_to_string(S, L), string(L), ( sub_string(L, 0, _, _, \"VmHWM:\") -> split_string(L, \" \", \"\\t kB\", P0), peak_of(P0) ; peak(S) ).
peak_of(P) :- member(X, P), catch(number_string(K, X), _, fail), !, M is K/1024, format(\"peak ~w~n\", [M]).
";

#[test]
fn loops_run_in_constant_space() {
    for (name, clauses) in LOOPS {
        for mode in ["off", "on"] {
            let peak = |n: usize| {
                let program = format!("{clauses}\n{PEAK}\nmain :- loop({n}), write(done), nl, peak.\n");
                let (code, text, peak) = run(name, mode, &program);
                assert!(code == 0 && text.contains("done") && peak > 0.0, "{name} in mode {mode}: {code} {text}");
                peak
            };
            let (few, many) = (peak(20_000), peak(200_000));
            assert!(many < few + 16.0 && many < 64.0, "{name} in mode {mode}: {few} MB, then {many} MB");
        }
    }
}

#[test]
fn deep_terms_and_deep_recursion_need_no_rust_stack() {
    let program = "
len([], 0). len([_|T], N) :- len(T, M), N is M+1.
right(0, a) :- !. right(N, f(T)) :- M is N-1, right(M, T).
left(0, a) :- !. left(N, g(T, b)) :- M is N-1, left(M, T).
:- dynamic(k/1).
main :-
    numlist(1, 300000, L), len(L, N), N == 300000,
    right(300000, R), copy_term(R, R2), R == R2, R = R2, compare(=, R, R2), ground(R), findall(R, true, [R3]), R3 == R,
    left(100000, T), assertz(k(T)), k(U), U == T, retract(k(V)), V == T,
    with_output_to(string(S), writeq(T)), string_length(S, 500001), term_string(W, S), W == T,
    assertz((k(X) :- X = f(T, _))), k(f(Y, _)), Y == T, catch(throw(T), Ball, true), Ball == T,
    right(100000, E0), sum(E0, E), Z is E, Z == 100000,
    write(done), nl.
sum(a, 0). sum(f(T), 1+E) :- sum(T, E).
";
    for mode in ["off", "on"] {
        let (code, text, _) = run("deep", mode, program);
        assert_eq!((code, text.as_str()), (0, "done\n"), "mode {mode}");
    }
}

#[test]
fn cyclic_terms_do_no_harm() {
    let program = "
e(G) :- catch(G, error(E, _), true), ( nonvar(E) -> functor(E, F, _), write(F), nl ; write(fine), nl ).
main :-
    X = f(X, a), Y = f(Y, a), X = Y, X == Y, copy_term(X, C), C = f(_, a), cyclic_term(X), \\+ acyclic_term(X), ground(X), term_variables(X, []),
    write(X), nl,
    e(findall(X, true, _)), e(assertz(p(X))), e(_ is X), L = [a|L], e(length(L, _)), e(atom_length(L, _)), e(msort(L, _)),
    ( is_list(L) -> write(list) ; write('no list') ), nl,
    catch(throw(X), B, true), B = f(_, a), G = (true, G), e(call(G)).
";
    let expected = "f(f(f(f(f(f(f(f(f(f(...,...),a),a),a),a),a),a),a),a),a)\ntype_error\nrepresentation_error\ntype_error\ntype_error\ntype_error\ntype_error\nno list\ntype_error\n";
    let (code, text, _) = run("cyclic", "off", program);
    assert_eq!((code, text.as_str()), (0, expected));
}

#[test]
fn what_never_ends_ends_in_a_resource_error() {
    let program = "
deep(N) :- M is N+1, deep(M), true.
grow(L) :- grow([x|L]).
choices :- true. choices :- true.
many :- choices, many.
caught(G) :- catch(G, error(resource_error(_), _), true).
";
    for (word, mode) in modes().filter(|&(_, mode)| !matches!(mode, Mode::StressGc | Mode::StressRecord)) {
        let mut vm = machine(Options::with_mode(mode));
        vm.core.heap.set_limit(24 << 20);
        load_text(&mut vm, "program", program);
        for goal in ["caught(deep(0))", "caught(grow([]))", "caught(many)", "length(L, 100), caught(deep(0)), L = [a|_]"] {
            assert_eq!(query(&mut vm, goal), "True", "{goal} in mode {word}");
        }
        assert!(query(&mut vm, "deep(0)").contains("Not enough resources"), "mode {word}");
    }
}

#[test]
fn stamps_are_numbered_anew_in_time() {
    for (word, mode) in modes() {
        let mut vm = machine(Options::with_mode(mode));
        load_text(
            &mut vm,
            "program",
            "
p(1). p(2). p(3).
q(X, Y) :- p(X), r(20), p(Y), Y > X.
r(0) :- !.
r(N) :- \\+ \\+ p(_), M is N-1, r(M).
all(L) :- V = f(A, B), findall(X-Y-A, ( q(X, Y), B = X ), L0), var(A), var(B), V = f(7, _), L = L0.
",
        );
        let m = vm.rt.shared.machine();
        let near = prolog::runtime::STAMP_LIMIT - 10;
        vm.core.heap.set(m, prolog::terms::Machine::stamp, near);
        assert_eq!(query(&mut vm, "all([1-2-_, 1-3-_, 2-3-_])"), "True", "mode {word}");
        assert!(m.get(prolog::terms::Machine::stamp) < near, "mode {word}");
    }
}
