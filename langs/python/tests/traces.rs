//! Guest-level trace tests: "this loop compiles to exactly these operations" (in the manner of PyPy's `test_pypy_c`).

use std::process::Command;

/// The operations of the first peeled loop that a program compiles, boxes that only exits need left out.
fn loop_of(name: &str, code: &str) -> Vec<String> {
    let dir = std::env::temp_dir();
    let dump = dir.join(format!("twofold-trace-{}-{name}", std::process::id()));
    let out = Command::new(env!("CARGO_BIN_EXE_twofold-python"))
        .env("TWOFOLD_JIT", "on")
        .arg(format!("--jit-dump={}", dump.display()))
        .args(["-c", code])
        .output()
        .expect("the command starts");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let text = std::fs::read_to_string(&dump).expect("a dump");
    let _ = std::fs::remove_file(&dump);
    let body = text.lines().skip_while(|l| *l != "label").skip(1).take_while(|l| !l.starts_with("s0:"));
    let op = |l: &str| l.split(" = ").last().unwrap_or(l).trim_start_matches("not ").split([' ', '(']).next().unwrap_or("").to_string();
    body.map(op).filter(|o| !matches!(o.as_str(), "param" | "box_int" | "box_float" | "virtual")).collect()
}

/// The lines of `--jit-log` for a program.
fn log_of(code: &str) -> String {
    let out = Command::new(env!("CARGO_BIN_EXE_twofold-python"))
        .env("TWOFOLD_JIT", "on")
        .args(["--jit-log", "-c", code])
        .output()
        .expect("the command starts");
    let log = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(out.status.success(), "{log}");
    log
}

#[test]
fn the_float_square_root_loop_has_no_allocation_and_no_call() {
    let code = "def sqrt(y, n):\n    x = y / 2\n    while n > 0:\n        n -= 1\n        x = (x + y / x) / 2\n    return x\nsqrt(1234.0, 100000)";
    assert_eq!(loop_of("float", code), ["poll", "int_sub", "float_eq", "float_div", "float_add", "float_mul", "int_lt", "jump"]);
}

#[test]
fn objects_with_operator_methods_stay_virtual() {
    let code = "class V:\n    def __init__(self, v):\n        self.v = v\n    def __add__(self, o):\n        return V(self.v + o.v)\n\
                def run(n):\n    a = V(0)\n    one = V(1)\n    while n > 0:\n        n -= 1\n        a = a + one\n    return a.v\nassert run(100000) == 100000";
    let ops = loop_of("operators", code);
    assert!(!ops.iter().any(|o| o == "new" || o == "new_array"), "{ops:?}");
}

#[test]
fn exceptions_with_an_init_of_their_own_take_no_call() {
    let code = "class E(ValueError):\n    def __init__(self, i):\n        super().__init__(i)\n        self.i = i\n\
                def throw(i):\n    if i & 1:\n        raise E(i)\n    raise ValueError(i)\n\
                def run(n):\n    s = 0\n    while n > 0:\n        n -= 2\n        try:\n            throw(n)\n        except (KeyError, ValueError) as e:\n            s += e.args[0] & 1\n    return s\n";
    for (name, call) in [("builtin-exception", "assert run(100000) == 0"), ("own-exception", "assert run(100001) == 50001")] {
        let ops = loop_of(name, &format!("{code}{call}"));
        assert!(ops.len() > 5 && !ops.iter().any(|o| o.starts_with("call")), "{ops:?}");
    }
}

#[test]
fn raising_and_catching_across_a_call_makes_no_call() {
    let code = "def check(i):\n    if i >= 0:\n        raise ValueError(i)\n    return i\n\
                def run(n):\n    s = 0\n    i = 0\n    while i < n:\n        i += 1\n        try:\n            check(i)\n        except (KeyError, ValueError) as e:\n            s += e.args[0] & 3\n    return s\n\
                assert run(100000) == 150000";
    let ops = loop_of("raising", code);
    assert!(!ops.is_empty() && !ops.iter().any(|o| o.starts_with("call")), "{ops:?}");
}

#[test]
fn a_generator_loop_leaves_the_suspended_activation_alone() {
    let code = "def up(n):\n    i = 0\n    while i < n:\n        yield i\n        i += 1\n\
                def run(n):\n    s = 0\n    for v in up(n):\n        s += v\n    return s\n\
                assert run(100000) == 4999950000";
    let ops = loop_of("generator", code);
    let touches_memory = |o: &&String| ["store", "new", "call"].iter().any(|p| o.starts_with(p));
    assert!(!ops.is_empty() && !ops.iter().any(|o| touches_memory(&o)), "{ops:?}");
}

#[test]
fn bridges_wait_for_the_version_that_fits() {
    let code = "def run(n):\n    acc = 0\n    i = 0\n    while i < n:\n        v = 1 if i % 3 else 0.5\n        acc = acc + v\n\
                \u{20}       if acc > 1000: acc = 0\n        i += 1\n    return acc\nassert run(300000) == 792.5";
    let log = log_of(code);
    // The accumulator is an int for two rounds of a thousand, but the first version is made then.
    let versions: Vec<&str> = log.lines().filter(|l| l.ends_with("ends in loop")).collect();
    let [_, floats] = versions[..] else { panic!("two versions are to be made:\n{log}") };
    let floats = floats.split_whitespace().nth(1).expect("a trace's number");
    let ways_there = log.lines().filter(|l| l.ends_with(&format!("ends in trace {floats}"))).count();
    assert!(ways_there >= 3, "{ways_there} bridges enter the loop for floats:\n{log}");
}

#[test]
fn a_loop_in_a_function_called_at_two_types_is_called_from_the_trace_of_its_caller() {
    let code = "def power(x, k):\n    r = x\n    while k > 0:\n        r = r * x\n        k -= 1\n    return r\n\
                def run(n):\n    s = 0.0\n    for i in range(n):\n        s += power(1.0, 10)\n        s += power(3, 10)\n    return s\n\
                assert run(20000) == 20000 * (1 + 3 ** 11)";
    let log = log_of(code);
    // The last iteration of a loop makes no version of it, and no caller fails for one that is none.
    assert!(
        !log.lines().any(|l| l.starts_with("trace") && l.ends_with("ends in return")) && !log.contains("an inner loop is not compiled yet"),
        "{log}"
    );
    assert_eq!(log.lines().filter(|l| l.starts_with("trace") && l.ends_with("ends in loop")).count(), 2, "{log}");
}

#[test]
fn comparing_unlike_values_makes_no_call() {
    let code = "def run(n):\n    v = c = i = 0\n    while i < n:\n        if v == 'a' or v == None: c += 1\n        v = i * 0.5 if i & 1 else i\n        i += 1\n    return c\n\
                assert run(100000) == 0";
    let ops = loop_of("unlike", code);
    assert!(!ops.is_empty() && !ops.iter().any(|o| o.starts_with("call")), "{ops:?}");
}

#[test]
fn variables_that_swap_their_types_make_a_loop_of_two_iterations() {
    let code = "def run(n):\n    a, b = 0, 0.5\n    i = 0\n    while i < n:\n        a, b = b + 1, a + 1\n        i += 1\n    return a + b\n\
                assert run(100000) == 200000.5";
    let log = log_of(code);
    assert!(log.starts_with("trace 0") && log.trim_end().ends_with("ends in loop") && log.lines().count() == 1, "{log}");
}

#[test]
fn the_sum_of_a_generator_expression_is_one_loop() {
    let code = "def run(n):\n    return sum(x * x for x in range(n) if x & 1)\nassert run(100000) == 166666666650000";
    let ops = loop_of("sum", code);
    let odd = |o: &String| o.starts_with("call") || o.starts_with("new") || o.starts_with("store_frame");
    assert!(ops.len() > 5 && !ops.iter().any(odd), "{ops:?}");
}

#[test]
fn loops_over_builtin_iterators_take_no_call_and_make_no_tuple() {
    for (name, of, result) in [("enumerate", "enumerate(xs)", "332833500"), ("zip", "zip(xs, ys)", "332833500"), ("items", "d.items()", "332833500")]
    {
        let code = format!(
            "def run(xs, ys, d):\n    t = 0\n    for a, b in {of}:\n        t += a * b\n    return t\n\
             xs = list(range(1000)); ys = list(range(1000)); d = dict(zip(xs, ys))\n\
             for k in range(20): assert run(xs, ys, d) == {result}"
        );
        let ops = loop_of(name, &code);
        let odd = |o: &String| o.starts_with("call") || o.starts_with("new");
        assert!(ops.len() > 5 && !ops.iter().any(odd), "{name}: {ops:?}");
    }
}
