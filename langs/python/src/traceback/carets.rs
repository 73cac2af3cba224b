//! The source lines of a traceback entry, with what failed underlined: `~~^~~` puts carets under an operator, a subscript or the
//! arguments of a call.

use crate::bytecode::{Source, Span};
use ruff_python_ast::{Expr, Mod, ModModule, PythonVersion, Stmt};
use ruff_python_parser::{Mode, ParseOptions};
use ruff_text_size::Ranged;

/// A place in some lines: line and column, in characters.
type Place = (usize, usize);

/// The lines, indented by four.
pub fn lines(source: &Source, span: Span) -> String {
    let (first, last) = (source.line(span.start), source.line(span.end.max(span.start + 1) - 1));
    let original: Vec<&str> = (first..=last).map(|l| source.line_text(l)).collect();
    let margin = original.iter().filter(|l| !l.trim().is_empty()).map(|l| l.len() - l.trim_start().len()).min().unwrap_or(0);
    let all: Vec<Vec<char>> = original.iter().map(|l| l.get(margin..).unwrap_or("").trim_end().chars().collect()).collect();
    if all.iter().all(|l| l.is_empty()) {
        return String::new();
    }
    let column = |line: u32, offset: u32| {
        let text = source.line_text(line);
        let at = (offset - source.line_start(line)) as usize;
        text.get(..at).unwrap_or(text).chars().count().saturating_sub(margin)
    };
    let (start, end) = (column(first, span.start), column(last, span.end).min(all[all.len() - 1].len()));
    let segment: String = segment(&all, start, end);
    let anchors = anchors(&segment);
    let show = should_show(&all, start, end, anchors.is_some());
    let shifted = anchors.map(|(l, r)| {
        let shift = |(line, col): Place| (line, if line == 0 { col + start } else { col });
        (shift(l), shift(r))
    });
    // Of many lines only those that matter.
    let mut significant = vec![0, all.len() - 1];
    if let Some((l, r)) = shifted {
        significant.extend((l.0.saturating_sub(1)..=l.0 + 1).chain(r.0.saturating_sub(1)..=r.0 + 1).filter(|n| *n < all.len()));
    }
    significant.sort_unstable();
    significant.dedup();
    let put = |out: &mut String, n: usize| {
        let line = &all[n];
        *out += &format!("    {}\n", line.iter().collect::<String>());
        if !show {
            return;
        }
        let spaces = line.iter().take_while(|c| c.is_whitespace()).count();
        let count = if n + 1 == all.len() { end } else { line.len() };
        let carets: String = (0..count)
            .map(|col| match shifted {
                _ if col < spaces || (n == 0 && col < start) => ' ',
                Some((l, r)) if (n, col) >= l && (n, col) < r => '^',
                Some(_) => '~',
                None => '^',
            })
            .collect();
        *out += &format!("    {carets}\n");
    };
    let mut out = String::new();
    let mut previous = None;
    for n in significant {
        match previous.map_or(0, |p| n - p) {
            0 | 1 => {}
            2 => put(&mut out, n - 1),
            gap => out += &format!("    ...<{} lines>...\n", gap - 1),
        }
        put(&mut out, n);
        previous = Some(n);
    }
    out
}

/// The part of a call that names what is called, if it ends with this name.
pub fn callee(source: &Source, span: Span, name: &str) -> Span {
    let Some(text) = source.text.get(span.start as usize..span.end as usize) else { return span };
    let wrapped = format!("({text})");
    let Some(module) = parse(&wrapped) else { return span };
    let [Stmt::Expr(e)] = &module.body[..] else { return span };
    let Expr::Call(c) = &*e.value else { return span };
    let func = c.func.range();
    let end = func.end().to_usize();
    if wrapped[..end].ends_with(name) { Span { start: span.start, end: span.start + end as u32 - 1 } } else { span }
}

fn segment(all: &[Vec<char>], start: usize, end: usize) -> String {
    let text: Vec<String> = all
        .iter()
        .enumerate()
        .map(|(i, l)| {
            let to = if i + 1 == all.len() { end.min(l.len()) } else { l.len() };
            let from = if i == 0 { start.min(to) } else { 0 };
            l[from..to].iter().collect()
        })
        .collect();
    text.join("\n")
}

fn parse(text: &str) -> Option<ModModule> {
    let options = ParseOptions::from(Mode::Module).with_target_version(PythonVersion::PY314);
    match ruff_python_parser::parse(text, options).ok()?.into_syntax() {
        Mod::Module(m) => Some(m),
        Mod::Expression(_) => None,
    }
}

/// Where the carets proper begin and end in a segment, if it is an expression of a kind that has some.
fn anchors(segment: &str) -> Option<(Place, Place)> {
    let wrapped = format!("(\n{segment}\n)");
    let module = parse(&wrapped)?;
    let [Stmt::Expr(e)] = &module.body[..] else { return None };
    let place = |offset: usize| {
        let before = wrapped.get(..offset)?;
        let line = before.matches('\n').count().checked_sub(1)?;
        Some((line, before.rsplit('\n').next().unwrap_or("").chars().count()))
    };
    let skip = |mut at: usize, stop: &dyn Fn(char) -> bool| {
        // Over closing parentheses, space and comments.
        let mut comment = false;
        while let Some(c) = wrapped[at..].chars().next() {
            comment = (comment || c == '#') && c != '\n';
            if !comment && stop(c) {
                return Some(at);
            }
            at += c.len_utf8();
        }
        None
    };
    match &*e.value {
        Expr::BinOp(b) => {
            let op = skip(b.left.range().end().to_usize(), &|c| !c.is_whitespace() && c != ')' && c != '\\')?;
            let mut after = op + wrapped[op..].chars().next()?.len_utf8();
            if wrapped[after..].chars().next().is_some_and(|c| matches!(c, '*' | '/' | '<' | '>')) {
                after += 1;
            }
            Some((place(op)?, place(after)?))
        }
        Expr::Subscript(s) => {
            let open = skip(s.value.range().end().to_usize(), &|c| c == '[')?;
            Some((place(open)?, place(s.range().end().to_usize())?))
        }
        Expr::Call(c) => {
            let open = skip(c.func.range().end().to_usize(), &|c| c == '(')?;
            Some((place(open)?, place(c.range().end().to_usize())?))
        }
        _ => None,
    }
}

/// Carets under a whole line tell nothing, unless they have anchors; nor do they under a call that is all of its statement.
fn should_show(all: &[Vec<char>], start: usize, end: usize, anchors: bool) -> bool {
    let text: String = all.iter().map(|l| l.iter().collect::<String>()).collect::<Vec<_>>().join("\n");
    if let Some(m) = parse(&text)
        && let Some(s) = m.body.first()
    {
        let call = match s {
            Stmt::Return(r) => r.value.as_deref().filter(|v| matches!(v, Expr::Call(c) if c.func.is_name_expr())),
            Stmt::Assign(a) => Some(&*a.value).filter(|v| v.is_call_expr()),
            _ => None,
        };
        if let Some(c) = call {
            let r = c.range();
            let before = &text[..r.start().to_usize()];
            let last_len = all[all.len() - 1].len();
            let tail = text[r.end().to_usize()..].chars().count();
            if !before.contains('\n') && before.chars().count() == start && last_len.checked_sub(tail) == Some(end) {
                return false;
            }
        }
    }
    if anchors {
        return true;
    }
    let (first, last) = (&all[0], &all[all.len() - 1]);
    first[..start.min(first.len())].iter().any(|c| !c.is_whitespace()) || last[end.min(last.len())..].iter().any(|c| !c.is_whitespace())
}
