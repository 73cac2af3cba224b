//! Loading programs.

use crate::builtins::database::{denied, normal_body, pred_of, split_clause};
use crate::code::Code;
use crate::compile::compile_clause;
use crate::database::{self, Pred, PredKind};
use crate::errors::{self, Error, compound_of};
use crate::messages;
use crate::read::term::{Node, Number, Tree};
use crate::read::{self, Read, Settings, SyntaxError};
use crate::runtime::{Machine as Vm, Outcome, run_goal};
use crate::symbols::atoms;
use crate::terms::{Args, Struct, View, cons, new_big, new_string, new_struct, new_var, view};
use framework::{Tracer, Value};
use std::collections::HashSet;

/// What is being loaded.
pub struct Loading {
    pub file: String,
    pub line: usize,
    pub term: Value,
    /// Predicates that this load has defined.
    defined: HashSet<u32>,
    /// The last one, for the warning about clauses that are not together.
    last: Option<u32>,
    outer: Option<Box<Loading>>,
}

impl Loading {
    /// Reports what it holds.
    pub fn trace(&self, t: &mut Tracer) {
        t.value(self.term);
        if let Some(o) = &self.outer {
            o.trace(t);
        }
    }
}

/// A term as read, with the names of its variables.
pub struct Term {
    pub term: Value,
    pub names: Vec<(String, Value)>,
    pub singletons: Vec<String>,
    pub start: usize,
}

/// Outcome of reading a term.
pub enum Reading {
    Term(Term, usize),
    End,
    Error(SyntaxError, usize),
}

/// Reads the term at byte `start`.
pub fn read_term(vm: &mut Vm, text: &str, start: usize) -> Reading {
    let settings = Settings { ops: &vm.rt.ops, double_quotes: vm.rt.double_quotes() };
    let read = read::read_clause(text, start, &settings);
    reading(vm, read)
}

/// As `read_term`, whatever the program's operators and flags.
pub fn read_with(vm: &mut Vm, text: &str, start: usize, settings: &Settings) -> Reading {
    let read = read::read_clause(text, start, settings);
    reading(vm, read)
}

fn reading(vm: &mut Vm, read: Read) -> Reading {
    match read {
        Read::Term(tree, end) => Reading::Term(to_heap(vm, &tree), end),
        Read::End => Reading::End,
        Read::Error(e, end) => Reading::Error(e, end),
    }
}

/// The tree as a term on the heap: nodes in order, children first, the values in a heap array so that the collector sees them.
fn to_heap(vm: &mut Vm, tree: &Tree) -> Term {
    let stamp = crate::runtime::stamp(vm);
    let (shared, heap) = (vm.rt.shared, &mut vm.core.heap);
    let symbols = &shared.symbols;
    let values = heap.alloc_array(Args::TYPE, tree.nodes.len());
    let variables = heap.alloc_array(Args::TYPE, tree.variables.len());
    for i in 0..tree.variables.len() {
        let v = new_var(heap, stamp);
        heap.set_elem(variables, Args::items, i, v);
    }
    for (i, n) in tree.nodes.iter().enumerate() {
        let at = |k: usize| values.elem(Args::items, k);
        let v = match n {
            Node::Atom(s) => symbols.atom(s),
            Node::Var(v) => variables.elem(Args::items, *v),
            Node::Number(Number::Int(i)) => new_big(heap, i),
            Node::Number(Number::Float(f)) => heap.float(*f),
            Node::String(s) => new_string(heap, s),
            Node::Compound(name, args) => {
                let name = symbols.atom(name);
                if name == atoms::DOT && args.len() == 2 {
                    cons(heap, stamp, at(args[0]), at(args[1]))
                } else {
                    let f = symbols.functor(name, args.len());
                    let o = new_struct(heap, stamp, f, args.len());
                    for (k, &a) in args.iter().enumerate() {
                        heap.set_elem(o, Struct::args, k, at(a));
                    }
                    o.into()
                }
            }
            Node::List(items, tail) => {
                let mut l = at(*tail);
                for &i in items.iter().rev() {
                    l = cons(heap, stamp, at(i), l);
                }
                l
            }
        };
        heap.set_elem(values, Args::items, i, v);
    }
    let term = values.elem(Args::items, tree.nodes.len() - 1);
    let mut names = vec![];
    let mut singletons = vec![];
    for (i, v) in tree.variables.iter().enumerate() {
        if v.name != "_" {
            names.push((v.name.clone(), variables.elem(Args::items, i)));
            if v.count == 1 && !v.name.starts_with('_') {
                singletons.push(v.name.clone());
            }
        }
    }
    Term { term, names, singletons, start: tree.start }
}

/// The file a name stands for, by SWI-Prolog's rules: as it is, or with `.pl`, relative to the file being loaded.
pub fn find_file(vm: &Vm, name: &str) -> Option<String> {
    let mut dirs = vec![std::path::PathBuf::new()];
    if let Some(l) = &vm.rt.loading
        && let Some(d) = std::path::Path::new(&l.file).parent()
    {
        dirs.insert(0, d.to_path_buf());
    }
    for d in dirs {
        for suffix in ["", ".pl", ".prolog"] {
            let p = d.join(format!("{name}{suffix}"));
            if p.is_file() {
                return Some(p.to_string_lossy().into_owned());
            }
        }
    }
    None
}

/// Loads a file; what is wrong with it goes to standard error.
pub fn load_file(vm: &mut Vm, path: &str) {
    match std::fs::read(path) {
        Ok(bytes) => {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            load_text(vm, path, &text);
        }
        Err(e) => {
            vm.rt.load_status = vm.rt.load_status.max(1);
            messages::line(vm, &format!("ERROR: {path}: {e}"));
        }
    }
}

/// Loads a program.
pub fn load_text(vm: &mut Vm, file: &str, text: &str) {
    let outer = vm.rt.loading.take().map(Box::new);
    let nested = outer.is_some();
    vm.rt.loading = Some(Loading { file: file.into(), line: 0, term: atoms::NIL, defined: HashSet::new(), last: None, outer });
    let pending = std::mem::take(&mut vm.rt.initialization);
    let mut at = if text.starts_with("#!") { text.find('\n').unwrap_or(text.len()) } else { 0 };
    let (mut counted, mut lines) = (0, 1);
    while vm.rt.halted.is_none() {
        match read_term(vm, text, at) {
            Reading::End => break,
            Reading::Error(e, end) => {
                let (line, column) = read::line_column(text, e.offset);
                vm.rt.load_status = vm.rt.load_status.max(1);
                messages::line(vm, &format!("ERROR: {file}:{line}:{column}: Syntax error: {}", e.message));
                at = end.max(at + 1);
                while !text.is_char_boundary(at) {
                    at += 1;
                }
            }
            Reading::Term(t, end) => {
                lines += text.as_bytes()[counted..t.start].iter().filter(|&&b| b == b'\n').count();
                counted = t.start;
                if let Some(l) = &mut vm.rt.loading {
                    l.line = lines;
                    l.term = t.term;
                }
                at = end;
                if view(t.term) == View::Atom(atoms::END_OF_FILE) {
                    break;
                }
                handle(vm, &t);
                // Every predicate call may have left bindings on the trail that nothing will undo.
                if !nested && vm.rt.shared.machine().get(crate::terms::Machine::choice_stamp) <= 1 {
                    vm.core.heap.set(vm.rt.shared.machine(), crate::terms::Machine::trail, crate::symbols::NONE);
                }
            }
        }
    }
    let goals = std::mem::replace(&mut vm.rt.initialization, pending);
    let mark = vm.rt.protected.len();
    vm.rt.protected.extend(&goals);
    for g in goals {
        if vm.rt.halted.is_none() {
            directive(vm, g);
        }
    }
    vm.rt.protected.truncate(mark);
    vm.rt.loading = vm.rt.loading.take().and_then(|l| l.outer).map(|l| *l);
}

fn handle(vm: &mut Vm, t: &Term) {
    let directive_functor = vm.rt.shared.symbols.functor(atoms::NECK, 1) as i64;
    let query_functor = vm.rt.shared.symbols.functor(atoms::QUERY, 1) as i64;
    let functor = match view(t.term) {
        View::Struct(o) => o.get(Struct::functor),
        _ => -1,
    };
    if !t.singletons.is_empty() && vm.rt.warn_singletons {
        messages::warning(vm, &format!("Singleton variables: [{}]", t.singletons.join(",")));
    }
    if functor == directive_functor || functor == query_functor {
        if let View::Struct(o) = view(t.term) {
            let goal = crate::terms::cell(&mut vm.core.heap, o, 0);
            directive(vm, goal);
        }
        return;
    }
    // Grammar rules and `term_expansion/2` are the library's.
    let dcg = vm.rt.shared.symbols.functor(atoms::DCG_ARROW, 2) as i64;
    let expansion = vm.rt.shared.symbols.functor(vm.rt.shared.symbols.atom("term_expansion"), 2);
    let expands = Pred::of(vm.rt.shared, expansion).count() > 0;
    let result = if functor == dcg || expands {
        let goal = errors::compound(vm, "$expand_and_add", &[t.term]);
        match run_goal(vm, goal) {
            Outcome::Raised(b) => Err(Error::Ball(b)),
            _ => Ok(()),
        }
    } else {
        add_clause(vm, t.term)
    };
    if let Err(e) = result {
        let ball = errors::ball(vm, e);
        messages::load_error(vm, ball);
    }
}

/// Runs a directive; failure is warned of and errors are shown.
fn directive(vm: &mut Vm, goal: Value) {
    match run_goal(vm, goal) {
        Outcome::True => {}
        Outcome::False => {
            vm.rt.load_status = vm.rt.load_status.max(1);
            let text = crate::write::shown(vm, goal);
            messages::warning(vm, &format!("Goal (directive) failed: user:{text}"));
        }
        Outcome::Raised(ball) => {
            if vm.rt.halted.is_none() {
                messages::load_error(vm, ball);
            }
        }
    }
}

/// The program defines the predicate: if it is the library's, it is the program's from now on.
///
/// # Errors
/// If it is built in or of the standard.
pub fn redefine(vm: &mut Vm, pred: &'static Pred) -> Result<(), Error> {
    let standard = || crate::library::is_standard(&vm.rt.shared.symbols.name(pred.name), pred.arity);
    if pred.kind.get() == PredKind::Builtin || pred.system.get() && standard() {
        return Err(denied(vm, "modify", "static_procedure", pred));
    }
    if pred.system.get() {
        pred.index.set(std::ptr::null());
        pred.system.set(false);
        pred.kind.set(PredKind::Undefined);
    }
    Ok(())
}

/// Adds a clause of the program being loaded.
pub fn add_clause(vm: &mut Vm, clause: Value) -> Result<(), Error> {
    if let View::Cons(_) = view(clause) {
        for c in crate::builtins::list(vm, clause)? {
            add_clause(vm, c)?;
        }
        return Ok(());
    }
    if let View::Atom(a) = view(clause)
        && a == atoms::NIL
    {
        return Ok(());
    }
    let (head, body) = split_clause(vm, clause);
    let pred = pred_of(vm, head)?;
    let body = normal_body(vm, body)?;
    redefine(vm, pred)?;
    let (mut redefined, mut apart) = (false, false);
    let (file, line) = match &mut vm.rt.loading {
        Some(l) => {
            let fresh = l.defined.insert(pred.functor);
            redefined = fresh && pred.kind.get() == PredKind::Static && pred.count() > 0 && !pred.multifile.get() && !pred.discontiguous.get();
            apart = !fresh && l.last != Some(pred.functor) && pred.kind.get() == PredKind::Static && !pred.discontiguous.get();
            l.last = Some(pred.functor);
            (l.file.clone(), l.line)
        }
        None => ("user".into(), 0),
    };
    if redefined {
        for c in pred.live() {
            database::erase(vm, c);
        }
    }
    if apart {
        let name = crate::write::quote_atom(&vm.rt.shared.symbols.name(pred.name));
        messages::warning(vm, &format!("Clauses of {name}/{} are not together in the source-file", pred.arity));
    }
    let file = vm.rt.shared.symbols.permanent_atom(&file);
    if pred.kind.get() == PredKind::Undefined {
        pred.kind.set(PredKind::Static);
        pred.file.set(file);
    }
    store(vm, pred, head, body, file, line as u32);
    Ok(())
}

/// Adds a clause of the library.
pub fn add_library_clause(vm: &mut Vm, pred: &'static Pred, clause: Value, file: Value, line: u32) {
    let (head, body) = split_clause(vm, clause);
    store(vm, pred, head, body, file, line);
}

fn store(vm: &mut Vm, pred: &'static Pred, head: Value, body: Value, file: Value, line: u32) {
    let whole = compound_of(vm, atoms::NECK, &[head, body]);
    let whole = crate::structural::copy(vm, whole, 0).as_obj();
    let (head, body) = (crate::terms::cell(&mut vm.core.heap, whole, 0), crate::terms::cell(&mut vm.core.heap, whole, 1));
    let code: Option<&'static Code> = match pred.kind.get() {
        PredKind::Dynamic => None,
        _ => Some(compile_clause(vm, pred, head, body, file, line)),
    };
    database::add_clause(vm, pred, head, body, code, false);
}
