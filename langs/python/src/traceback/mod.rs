//! Tracebacks and syntax errors as CPython prints them.

mod carets;
mod suggest;

use crate::bytecode::{Code, Op, Source};
use crate::names;
use crate::objects::class::{Known, SLOT_CAUSE, SLOT_CONTEXT, SLOT_SUPPRESS, SLOT_TRACEBACK};
use crate::objects::exception::{attr, is_exception, new_exception, raise_value, slot, take};
use crate::objects::layouts::*;
use crate::objects::{attr as attrs, new_tuple, repr, str as string};
use crate::parse::SyntaxError;
use crate::perm::P;
use crate::runtime::PyVm;
use framework::{Raised, Value};

/// Raises a SyntaxError for source that does not compile.
pub fn raise_syntax_error(vm: &mut PyVm, e: &SyntaxError, source: P<Source>) -> Raised {
    let start = e.span.start.min(source.text.len() as u32);
    let line = source.line(start);
    let text = source.line_text(line);
    let column = |offset: u32, line: u32| {
        let at = (offset.max(source.line_start(line)) - source.line_start(line)) as usize;
        source.line_text(line).char_indices().take_while(|(i, _)| *i < at).count() as i64 + 1
    };
    let end = e.span.end.clamp(start, source.text.len() as u32);
    let last = source.line(end);
    let class = vm.rt.class(if e.indentation { Known::IndentationError } else { Known::SyntaxError });
    let (file, text_v) = (string::new_str(vm, &source.file), string::new_str(vm, &format!("{text}\n")));
    let int = Value::small_int;
    let details = new_tuple(vm, &[file, int(line as i64), int(column(start, line)), text_v, int(last as i64), int(column(end, last))]);
    let msg = string::new_str(vm, &e.message);
    let o = new_exception(vm, class, &[msg, details]);
    raise_value(vm, o)
}

/// The full text of an uncaught exception: causes and contexts first.
pub fn format(vm: &mut PyVm, e: Value) -> String {
    let mut out = String::new();
    write(vm, e, &mut out, &Margin::default(), &mut vec![]);
    out
}

/// What stands before each line inside exception groups.
#[derive(Default, Clone)]
struct Margin {
    depth: usize,
}

impl Margin {
    fn put(&self, out: &mut String, text: &str) {
        let margin = if self.depth == 0 { String::new() } else { format!("{}| ", "  ".repeat(self.depth)) };
        for line in text.split_inclusive('\n') {
            out.push_str(&margin);
            out.push_str(line);
        }
    }
}

/// Sub-exceptions shown of a group, and how deep groups are shown in groups.
const GROUP_WIDTH: usize = 15;
const GROUP_DEPTH: usize = 10;

fn write(vm: &mut PyVm, e: Value, out: &mut String, margin: &Margin, seen: &mut Vec<Value>) {
    seen.push(e);
    let o = e.as_obj();
    let (cause, context) = (slot(o, SLOT_CAUSE), slot(o, SLOT_CONTEXT));
    if cause != NONE {
        if !seen.contains(&cause) {
            write(vm, cause, out, margin, seen);
            margin.put(out, "\nThe above exception was the direct cause of the following exception:\n\n");
        }
    } else if context != NONE && slot(o, SLOT_SUPPRESS) != TRUE && !seen.contains(&context) {
        write(vm, context, out, margin, seen);
        margin.put(out, "\nDuring handling of the above exception, another exception occurred:\n\n");
    }
    let group = is_exception(vm, e, Known::BaseExceptionGroup);
    let mut inner = margin.clone();
    if group && margin.depth == 0 {
        inner.depth = 1;
    }
    let entries = entries(o);
    if !entries.is_empty() {
        if group && margin.depth == 0 {
            out.push_str("  + Exception Group Traceback (most recent call last):\n");
        } else {
            let title = if group { "Exception Group Traceback (most recent call last):\n" } else { "Traceback (most recent call last):\n" };
            inner.put(out, title);
        }
        inner.put(out, &entries);
    }
    let text = syntax_lines(o) + &last_line(vm, e);
    inner.put(out, &text);
    if !group {
        return;
    }
    let all: Vec<Value> = attr(o, names::EXCEPTIONS).and_then(crate::objects::list::sequence).map_or(vec![], |s| s.to_vec());
    let n = all.len();
    let shown = n.min(GROUP_WIDTH);
    let pad = "  ".repeat(inner.depth);
    for (i, x) in all.iter().take(shown).enumerate() {
        let first = if i == 0 { "+-" } else { "  " };
        out.push_str(&format!("{pad}{first}+---------------- {} ----------------\n", i + 1));
        let deeper = Margin { depth: inner.depth + 1 };
        if deeper.depth > GROUP_DEPTH {
            deeper.put(out, "... (max_group_depth is 10)\n");
        } else {
            write(vm, *x, out, &deeper, seen);
        }
    }
    if n > shown {
        out.push_str(&format!("{pad}  +---------------- ... ----------------\n"));
        let more = n - shown;
        Margin { depth: inner.depth + 1 }.put(out, &format!("and {more} more exception{}\n", if more == 1 { "" } else { "s" }));
    }
    out.push_str(&format!("{pad}  +------------------------------------\n"));
}

/// The activations the exception passed, the outermost first.
fn entries(o: framework::Obj) -> String {
    let mut t = slot(o, SLOT_TRACEBACK);
    let mut all: Vec<String> = vec![];
    let missing = attr(o, names::NAME_ATTR).and_then(string::as_str);
    while let Some(tb) = t.obj() {
        // SAFETY: `code` of a `Traceback` is the address of a code object.
        let code: P<Code> = unsafe { P::from_addr(tb.get(Traceback::code)) };
        let innermost = tb.get(Traceback::next).obj().is_none();
        all.push(entry(code, tb.get(Traceback::pc) as u32, missing.filter(|_| innermost)));
        t = tb.get(Traceback::next);
    }
    let (mut out, mut i) = (String::new(), 0);
    while i < all.len() {
        let same = all[i..].iter().take_while(|l| **l == all[i]).count();
        all[i..i + same.min(3)].iter().for_each(|l| out += l);
        if same > 3 {
            let n = same - 3;
            out += &format!("  [Previous line repeated {n} more time{}]\n", if n == 1 { "" } else { "s" });
        }
        i += same;
    }
    out
}

/// File, line and caret of a SyntaxError.
fn syntax_lines(o: framework::Obj) -> String {
    let Some(file) = attr(o, names::FILENAME).filter(|_| attr(o, names::PRINT_FILE_AND_LINE).is_some() || attr(o, names::TEXT).is_some()) else {
        return String::new();
    };
    let number = |n| attr(o, n).and_then(|v| v.int());
    let Some(line) = number(names::LINENO) else { return String::new() };
    let mut out = format!("  File \"{}\", line {line}\n", string::as_str(file).unwrap_or("<string>"));
    let Some(text) = attr(o, names::TEXT).and_then(string::as_str).filter(|t| !t.trim().is_empty()) else { return out };
    let text = text.trim_end();
    let indent = text.chars().count() - text.trim_start().chars().count();
    out += &format!("    {}\n", text.trim());
    if let Some(start) = number(names::OFFSET).filter(|s| *s > 0) {
        let start = (start as usize - 1).max(indent);
        let end = match (number(names::END_LINENO), number(names::END_OFFSET)) {
            (Some(l), Some(e)) if l == line && e > 0 => e as usize - 1,
            (Some(l), _) if l > line => text.chars().count(),
            _ => start + 1,
        };
        out += &format!("    {}{}\n", " ".repeat(start - indent), "^".repeat(end.saturating_sub(start).max(1)));
    }
    out
}

/// The exception's class and message, what it may have meant, and its notes.
fn last_line(vm: &mut PyVm, e: Value) -> String {
    let o = e.as_obj();
    let name = repr::exception_name(vm, e);
    let text = match attr(o, names::MSG) {
        Some(m) if is_exception(vm, e, Known::SyntaxError) => repr::str_of(vm, m),
        _ => repr::str_of(vm, e),
    };
    let mut out = match text {
        Ok(s) if s.is_empty() => name,
        Ok(s) => format!("{name}: {s}{}", suggestion(vm, e)),
        Err(_) => {
            take(vm);
            format!("{name}: <exception str() failed>")
        }
    };
    out.push('\n');
    for note in attr(o, names::NOTES).and_then(crate::objects::list::sequence).map_or(vec![], |s| s.to_vec()) {
        match repr::str_of(vm, note) {
            Ok(s) => out += &format!("{s}\n"),
            Err(_) => {
                take(vm);
            }
        }
    }
    out
}

/// `. Did you mean: 'x'?`
fn suggestion(vm: &mut PyVm, e: Value) -> String {
    let o = e.as_obj();
    let Some(wrong) = attr(o, names::NAME_ATTR).and_then(string::as_str) else { return String::new() };
    let mut all: Vec<String> = vec![];
    if is_exception(vm, e, Known::AttributeError) {
        let Some(obj) = attr(o, names::OBJ) else { return String::new() };
        match attrs::dir(vm, obj) {
            Ok(l) => all.extend(crate::objects::list::items(l).iter().filter_map(|v| string::as_str(*v).map(str::to_string))),
            Err(_) => {
                take(vm);
            }
        }
        if !wrong.starts_with('_') {
            all.retain(|n| !n.starts_with('_'));
        }
    } else if is_exception(vm, e, Known::NameError) {
        let mut t = slot(o, SLOT_TRACEBACK);
        let mut code: Option<P<Code>> = None;
        while let Some(tb) = t.obj() {
            // SAFETY: `code` of a `Traceback` is the address of a code object.
            code = Some(unsafe { P::from_addr(tb.get(Traceback::code)) });
            t = tb.get(Traceback::next);
        }
        let Some(code) = code else { return String::new() };
        if !code.toplevel {
            all.extend(code.locals.iter().map(|n| vm.rt.names.text(*n).to_string()).filter(|n| !n.starts_with('.')));
        }
        for m in [Some(code.module), vm.rt.builtins].into_iter().flatten() {
            let set = m
                .order
                .borrow()
                .iter()
                .filter(|c| c.object.get(CellObj::value) != MISSING)
                .map(|c| vm.rt.names.text(c.name).to_string())
                .collect::<Vec<_>>();
            all.extend(set);
        }
    } else {
        return String::new();
    }
    match suggest::nearest(wrong, all.into_iter()) {
        Some(s) => format!(". Did you mean: '{s}'?"),
        None => {
            let library = is_exception(vm, e, Known::NameError) && crate::modules::exists(wrong);
            if library { format!(". Did you forget to import '{wrong}'?") } else { String::new() }
        }
    }
}

/// `missing`: the name that was not found here. A call looks its callee up itself, but that is not what failed.
fn entry(code: P<Code>, pc: u32, missing: Option<&str>) -> String {
    let mut span = code.spans[pc as usize];
    if let (Op::CallMethod | Op::CallGlobal, Some(name)) = (code.insts[pc as usize].op, missing) {
        span = carets::callee(&code.source, span, name);
    }
    let line = code.source.line(span.start);
    let head = format!("  File \"{}\", line {line}, in {}\n", code.source.file, code.name);
    if code.source.file.starts_with('<') { head } else { head + &carets::lines(code.source.get(), span) }
}
