//! Tracebacks and syntax errors as CPython prints them.

use crate::bytecode::{Code, Source};
use crate::names;
use crate::objects::class::{Known, SLOT_CAUSE, SLOT_CONTEXT, SLOT_SUPPRESS, SLOT_TRACEBACK};
use crate::objects::exception::{attr, new_exception, raise_value, slot, take};
use crate::objects::layouts::*;
use crate::objects::{attr as attrs, repr, str as string};
use crate::parse::SyntaxError;
use crate::perm::P;
use crate::runtime::PyVm;
use framework::{Raised, Value};

/// Raises a SyntaxError for source that does not compile.
pub fn raise_syntax_error(vm: &mut PyVm, e: &SyntaxError, source: P<Source>) -> Raised {
    let start = e.span.start.min(source.text.len() as u32);
    let line = source.line(start);
    let text = source.line_text(line);
    let column = |offset: u32| {
        let at = (offset.max(source.line_start(line)) - source.line_start(line)) as usize;
        text.char_indices().take_while(|(i, _)| *i < at).count()
    };
    let class = vm.rt.class(if e.indentation { Known::IndentationError } else { Known::SyntaxError });
    let msg = string::new_str(vm, &e.message);
    let o = new_exception(vm, class, &[msg]);
    let (file, text_v) = (string::new_str(vm, &source.file), string::new_str(vm, text));
    let (n, c, end) = (vm.core.heap.int(line as i64), vm.core.heap.int(column(start) as i64), vm.core.heap.int(column(e.span.end) as i64));
    for (name, v) in [(names::FILENAME, file), (names::LINENO, n), (names::OFFSET, c), (names::TEXT, text_v), (names::VALUE, end), (names::MSG, msg)]
    {
        attrs::set_slot(vm, o, name, v);
    }
    raise_value(vm, o)
}

/// The full text of an uncaught exception: causes and contexts first.
pub fn format(vm: &mut PyVm, e: Value) -> String {
    let mut out = String::new();
    let o = e.as_obj();
    let (cause, context) = (slot(o, SLOT_CAUSE), slot(o, SLOT_CONTEXT));
    if cause != NONE {
        out += &format(vm, cause);
        out += "\nThe above exception was the direct cause of the following exception:\n\n";
    } else if context != NONE && slot(o, SLOT_SUPPRESS) != TRUE {
        out += &format(vm, context);
        out += "\nDuring handling of the above exception, another exception occurred:\n\n";
    }
    let mut t = slot(o, SLOT_TRACEBACK);
    let syntax = attr(o, names::FILENAME);
    let mut lines = vec![];
    while let Some(tb) = t.obj() {
        // SAFETY: `code` of a `Traceback` is the address of a code object.
        let code: P<Code> = unsafe { P::from_addr(tb.get(Traceback::code)) };
        if code.source.file != "<internal>" {
            lines.push(entry(code, tb.get(Traceback::pc) as u32));
        }
        t = tb.get(Traceback::next);
    }
    if !lines.is_empty() {
        out += "Traceback (most recent call last):\n";
    }
    let mut i = 0;
    while i < lines.len() {
        let same = lines[i..].iter().take_while(|l| **l == lines[i]).count();
        lines[i..i + same.min(3)].iter().for_each(|l| out += l);
        if same > 3 {
            let n = same - 3;
            out += &format!("  [Previous line repeated {n} more time{}]\n", if n == 1 { "" } else { "s" });
        }
        i += same;
    }
    if let (Some(file), Some(text)) = (syntax.and_then(string::as_str), attr(o, names::TEXT).and_then(string::as_str)) {
        let number = |n| attr(o, n).and_then(|v| v.int()).unwrap_or(0) as usize;
        let (line, start, end) = (number(names::LINENO), number(names::OFFSET), number(names::VALUE));
        let indent = text.chars().count() - text.trim_start().chars().count();
        out += &format!("  File \"{file}\", line {line}\n");
        if !text.trim().is_empty() {
            out +=
                &format!("    {}\n    {}{}\n", text.trim(), " ".repeat(start.saturating_sub(indent)), "^".repeat(end.saturating_sub(start).max(1)));
        }
    }
    let name = repr::exception_name(vm, e);
    let text = match attr(o, names::MSG) {
        Some(m) if syntax.is_some() => repr::str_of(vm, m),
        _ => repr::str_of(vm, e),
    };
    match text {
        Ok(s) if s.is_empty() => out += &format!("{name}\n"),
        Ok(s) => out += &format!("{name}: {s}\n"),
        Err(_) => {
            take(vm);
            out += &format!("{name}: <exception str() failed>\n");
        }
    }
    out
}

fn entry(code: P<Code>, pc: u32) -> String {
    let span = code.spans[pc as usize];
    let line = code.source.line(span.start);
    let text = code.source.line_text(line);
    let mut s = format!("  File \"{}\", line {line}, in {}\n", code.source.file, code.name);
    let trimmed = text.trim();
    if !trimmed.is_empty() {
        s += &format!("    {trimmed}\n");
        let start = code.source.line_start(line);
        let indent = text.len() - text.trim_start().len();
        let from = (span.start - start) as usize;
        let to = ((span.end - start) as usize).min(text.trim_end().len());
        // Carets where they tell more than the line itself.
        if from >= indent && to > from && (from > indent || to < text.trim_end().len()) && text.is_ascii() {
            s += &format!("    {}{}\n", " ".repeat(from - indent), "^".repeat(to - from));
        }
    }
    s
}
