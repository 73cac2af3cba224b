//! Tokens, without any knowledge of operators.

use super::term::Number;
use dashu_int::IBig;
use logos::{Lexer, Logos};

/// A token of the grammar.
#[derive(Debug, Clone, PartialEq)]
pub enum Token {
    /// A name, and whether it was quoted.
    Name(String, bool),
    Var(String),
    Number(Number),
    DoubleQuoted(String),
    BackQuoted(String),
    /// An opening parenthesis right behind a name.
    OpenCt,
    Open,
    Close,
    OpenList,
    CloseList,
    OpenCurly,
    CloseCurly,
    Comma,
    Bar,
    End,
}

impl Token {
    /// What to say when the token is where it cannot be.
    pub fn complaint(&self) -> &'static str {
        match self {
            Token::Close | Token::CloseList | Token::CloseCurly => "Illegal start of term",
            Token::End => "Unexpected end of clause",
            Token::Comma | Token::Bar => "Illegal start of term",
            _ => "Operator expected",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct LexError {
    pub offset: usize,
    pub message: &'static str,
}

#[derive(Logos, Debug, Clone, Copy, PartialEq)]
enum Raw {
    #[regex(r"[ \t\r\n\f\v\u{a0}]+")]
    Layout,
    #[regex(r"%[^\n]*")]
    LineComment,
    #[regex(r"[\p{Ll}\p{Lo}][\p{L}\p{N}\p{M}_]*")]
    Name,
    #[regex(r"[_\p{Lu}\p{Lt}][\p{L}\p{N}\p{M}_]*")]
    Var,
    #[regex(r"[-+*/\\^<>=~:.?@#&$]+", priority = 3)]
    Symbol,
    #[token("!")]
    #[token(";")]
    Solo,
    #[token(",")]
    Comma,
    #[token("|")]
    Bar,
    #[token("(")]
    Open,
    #[token(")")]
    Close,
    #[token("[")]
    OpenList,
    #[token("]")]
    CloseList,
    #[token("{")]
    OpenCurly,
    #[token("}")]
    CloseCurly,
    #[regex(r"[0-9]+(_[0-9]+)*")]
    Int,
    #[regex(r"0x[0-9a-fA-F]+")]
    #[regex(r"0o[0-7]+")]
    #[regex(r"0b[01]+")]
    BasedInt,
    #[regex(r"[0-9]+'[0-9a-zA-Z]+", priority = 3)]
    RadixInt,
    #[regex(r"[0-9]+\.[0-9]+([eE][+-]?[0-9]+)?")]
    #[regex(r"[0-9]+[eE][+-]?[0-9]+")]
    #[regex(r"[0-9]+\.[0-9]+Inf")]
    #[regex(r"[0-9]+\.[0-9]+NaN")]
    Float,
    #[regex(r"0'([^'\\\n]|''?|\\x[0-9a-fA-F]+\\?|\\[0-7]+\\?|\\u[0-9a-fA-F]{4}|\\[^xu0-7\n])", priority = 5)]
    CharCode,
    #[regex(r"'([^'\\]|''|\\x[0-9a-fA-F]+\\|\\[0-7]+\\|\\[^x0-7])*'")]
    Quoted,
    #[regex(r#""([^"\\]|""|\\x[0-9a-fA-F]+\\|\\[0-7]+\\|\\[^x0-7])*""#)]
    DoubleQuoted,
    #[regex(r"`([^`\\]|``|\\x[0-9a-fA-F]+\\|\\[0-7]+\\|\\[^x0-7])*`")]
    BackQuoted,
}

type Spanned = (usize, Token, usize);

/// The tokens of the clause at `start` up to its end token, and the offset behind it. `None` if only layout is left.
pub fn clause_tokens(text: &str, start: usize) -> Result<Option<(Vec<Spanned>, usize)>, LexError> {
    let mut out: Vec<Spanned> = vec![];
    let mut raw = Raw::lexer(text);
    raw.bump(start);
    let mut prev_end = usize::MAX;
    let fail = |offset, message| Err(LexError { offset, message });
    while let Some(r) = raw.next() {
        let (span, s) = (raw.span(), raw.slice());
        let Ok(kind) = r else {
            let message = match text[span.start..].chars().next() {
                Some('\'' | '"' | '`') => "End of file in quoted text",
                _ => "Illegal character",
            };
            return fail(span.start, message);
        };
        let adjacent = prev_end == span.start;
        let token = match kind {
            Raw::Layout | Raw::LineComment => continue,
            Raw::Name => Token::Name(s.into(), false),
            Raw::Var => Token::Var(s.into()),
            Raw::Symbol if s.starts_with("/*") => {
                let Some(k) = text[span.start + 2..].find("*/") else { return fail(span.start, "End of file in block comment") };
                resume_at(&mut raw, text, span.start + 2 + k + 2);
                continue;
            }
            Raw::Symbol => {
                if s == "." && text[span.end..].chars().next().is_none_or(|c| c.is_whitespace() || c == '%') {
                    out.push((span.start, Token::End, span.end));
                    return Ok(Some((out, span.end)));
                }
                match s.find("/*") {
                    // A comment may start in the midst of symbol characters only behind the end: `foo./* … */`.
                    Some(1) if s.starts_with('.') => {
                        out.push((span.start, Token::End, span.start + 1));
                        return Ok(Some((out, span.start + 1)));
                    }
                    _ => Token::Name(s.into(), false),
                }
            }
            Raw::Solo => Token::Name(s.into(), false),
            Raw::Comma => Token::Comma,
            Raw::Bar => Token::Bar,
            Raw::Open => match out.last() {
                Some((_, Token::Name(..), _)) if adjacent => Token::OpenCt,
                _ => Token::Open,
            },
            Raw::Close => Token::Close,
            Raw::OpenList => Token::OpenList,
            Raw::OpenCurly => Token::OpenCurly,
            Raw::CloseList | Raw::CloseCurly => {
                let (open, empty, close) = match kind {
                    Raw::CloseList => (Token::OpenList, "[]", Token::CloseList),
                    _ => (Token::OpenCurly, "{}", Token::CloseCurly),
                };
                if out.last().is_some_and(|t| t.1 == open) {
                    let at = out.pop().map_or(span.start, |t| t.0);
                    out.push((at, Token::Name(empty.into(), false), span.end));
                    prev_end = span.end;
                    continue;
                }
                close
            }
            Raw::Int => match s.replace('_', "").parse::<IBig>() {
                Ok(i) => Token::Number(Number::Int(i)),
                Err(_) => return fail(span.start, "Illegal number"),
            },
            Raw::BasedInt => {
                let radix = match s.as_bytes()[1] {
                    b'x' => 16,
                    b'o' => 8,
                    _ => 2,
                };
                match IBig::from_str_radix(&s[2..], radix) {
                    Ok(i) => Token::Number(Number::Int(i)),
                    Err(_) => return fail(span.start, "Illegal number"),
                }
            }
            Raw::RadixInt => {
                let (radix, digits) = s.split_once('\'').unwrap_or((s, ""));
                match radix.parse::<u32>() {
                    Ok(r @ 2..=36) if IBig::from_str_radix(digits, r).is_ok() => {
                        Token::Number(Number::Int(IBig::from_str_radix(digits, r).unwrap_or_default()))
                    }
                    _ => return fail(span.start, "Illegal number"),
                }
            }
            Raw::Float => match float(s) {
                Some(f) => Token::Number(Number::Float(f)),
                None => return fail(span.start, "Illegal number"),
            },
            Raw::CharCode => match char_code(&s[2..]) {
                Ok(c) => Token::Number(Number::Int(IBig::from(c as u32))),
                Err(message) => return fail(span.start, message),
            },
            Raw::Quoted | Raw::DoubleQuoted | Raw::BackQuoted => {
                let quote = s.as_bytes()[0] as char;
                let content = unquote(&s[1..s.len() - 1], quote).map_err(|message| LexError { offset: span.start, message })?;
                match kind {
                    Raw::Quoted => Token::Name(content, true),
                    Raw::DoubleQuoted => Token::DoubleQuoted(content),
                    _ => Token::BackQuoted(content),
                }
            }
        };
        prev_end = span.end;
        out.push((span.start, token, span.end));
    }
    match out.last() {
        None => Ok(None),
        Some(t) => fail(t.2, "Unexpected end of file"),
    }
}

fn resume_at<'a>(raw: &mut Lexer<'a, Raw>, text: &'a str, at: usize) {
    *raw = Raw::lexer(text);
    raw.bump(at);
}

/// Where the next clause may start: behind a full stop followed by layout.
pub fn skip_clause(text: &str, from: usize) -> usize {
    let bytes = text.as_bytes();
    (from..bytes.len())
        .find(|&i| bytes[i] == b'.' && bytes.get(i + 1).is_none_or(|c| c.is_ascii_whitespace() || *c == b'%'))
        .map_or(text.len(), |i| i + 1)
}

fn float(s: &str) -> Option<f64> {
    if s.ends_with("Inf") {
        return Some(f64::INFINITY);
    }
    if s.ends_with("NaN") {
        return Some(f64::NAN);
    }
    s.parse().ok().filter(|f: &f64| f.is_finite())
}

fn char_code(s: &str) -> Result<char, &'static str> {
    if s == "''" || s == "'" {
        return Ok('\'');
    }
    if s == "\"" || s == "`" {
        return Ok(s.as_bytes()[0] as char);
    }
    let content = unquote(s, '\0')?;
    let mut chars = content.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) => Ok(c),
        _ => Err("Illegal character code"),
    }
}

/// The content of quoted text: doubled quotes and escapes resolved.
fn unquote(s: &str, quote: char) -> Result<String, &'static str> {
    let mut out = String::with_capacity(s.len());
    let mut rest = s.chars().peekable();
    while let Some(c) = rest.next() {
        if c == quote {
            rest.next();
            out.push(quote);
            continue;
        }
        if c != '\\' {
            out.push(c);
            continue;
        }
        let e = rest.next().ok_or("Undefined escape sequence")?;
        match e {
            '\n' => {}
            'c' => while rest.next_if(|c| c.is_whitespace()).is_some() {},
            'a' => out.push('\x07'),
            'b' => out.push('\x08'),
            'f' => out.push('\x0c'),
            'n' => out.push('\n'),
            'r' => out.push('\r'),
            't' => out.push('\t'),
            'v' => out.push('\x0b'),
            '0'..='7' | 'x' => {
                let radix = if e == 'x' { 16 } else { 8 };
                let mut code = if e == 'x' { 0 } else { e.to_digit(8).unwrap_or(0) };
                while let Some(d) = rest.peek().and_then(|c| c.to_digit(radix)) {
                    code = code.saturating_mul(radix).saturating_add(d);
                    rest.next();
                }
                rest.next_if_eq(&'\\');
                out.push(char::from_u32(code).ok_or("Illegal character code")?);
            }
            'u' | 'U' => {
                let n = if e == 'u' { 4 } else { 8 };
                let mut code = 0u32;
                for _ in 0..n {
                    let d = rest.next().and_then(|c| c.to_digit(16)).ok_or("Illegal \\u or \\U sequence")?;
                    code = code.saturating_mul(16).saturating_add(d);
                }
                out.push(char::from_u32(code).ok_or("Illegal character code")?);
            }
            'e' => out.push('\x1b'),
            's' => out.push(' '),
            '\\' | '\'' | '"' | '`' => out.push(e),
            _ => return Err("Undefined escape sequence"),
        }
    }
    Ok(out)
}
