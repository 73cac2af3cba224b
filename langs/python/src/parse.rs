//! The parser crate behind a small face: source text to AST, errors in CPython's words.

use crate::bytecode::Span;
use ruff_python_ast::{Mod, ModModule, PythonVersion};
use ruff_python_parser::{LexicalErrorType, Mode, ParseErrorType, ParseOptions};

/// What is wrong with a source text.
#[derive(Debug, Clone)]
pub struct SyntaxError {
    /// SyntaxError, or IndentationError.
    pub indentation: bool,
    /// The message.
    pub message: String,
    /// Where.
    pub span: Span,
}

impl SyntaxError {
    /// A SyntaxError.
    pub fn new(message: impl Into<String>, span: Span) -> SyntaxError {
        SyntaxError { indentation: false, message: message.into(), span }
    }
}

/// Parses a module.
pub fn parse(text: &str) -> Result<ModModule, SyntaxError> {
    let options = ParseOptions::from(Mode::Module).with_target_version(PythonVersion::PY314);
    match ruff_python_parser::parse(text, options) {
        Ok(p) => {
            if let Some(e) = p.unsupported_syntax_errors().first() {
                return Err(SyntaxError::new(e.to_string(), Span { start: e.range.start().into(), end: e.range.end().into() }));
            }
            match p.into_syntax() {
                Mod::Module(m) => Ok(m),
                Mod::Expression(_) => unreachable!("asked for a module"),
            }
        }
        Err(e) => {
            let span = Span { start: e.location.start().into(), end: e.location.end().into() };
            let mut indentation = false;
            let message = match &e.error {
                ParseErrorType::Lexical(LexicalErrorType::UnclosedStringError) => "unterminated string literal".into(),
                ParseErrorType::Lexical(LexicalErrorType::IndentationError) => {
                    indentation = true;
                    "unindent does not match any outer indentation level".into()
                }
                ParseErrorType::UnexpectedIndentation => {
                    indentation = true;
                    "unexpected indent".into()
                }
                ParseErrorType::InvalidAssignmentTarget => "cannot assign to expression here. Maybe you meant '==' instead of '='?".into(),
                ParseErrorType::PositionalAfterKeywordArgument => "positional argument follows keyword argument".into(),
                ParseErrorType::NonDefaultParamAfterDefaultParam => "parameter without a default follows parameter with a default".into(),
                ParseErrorType::ExpectedToken { expected, found } => match format!("{expected}").as_str() {
                    "an indented block" => {
                        indentation = true;
                        "expected an indented block".into()
                    }
                    "':'" => "expected ':'".into(),
                    "')'" if format!("{found}").contains("end of file") => "'(' was never closed".into(),
                    _ => "invalid syntax".into(),
                },
                ParseErrorType::OtherError(m) if m.starts_with("Expected an indented block") => {
                    indentation = true;
                    m.replacen("Expected", "expected", 1)
                }
                ParseErrorType::ExpectedExpression | ParseErrorType::SimpleStatementsOnSameLine | ParseErrorType::OtherError(_) => {
                    "invalid syntax".into()
                }
                ParseErrorType::Lexical(LexicalErrorType::Eof) => "unexpected EOF while parsing".into(),
                other => {
                    let mut text = other.to_string();
                    if let Some(c) = text.get_mut(0..1) {
                        c.make_ascii_lowercase();
                    }
                    text
                }
            };
            if message == "invalid syntax"
                && let Some(word) = statement_of_old(text, span.start)
            {
                return Err(SyntaxError {
                    indentation,
                    message: format!("Missing parentheses in call to '{word}'. Did you mean {word}(...)?"),
                    span,
                });
            }
            Err(SyntaxError { indentation, message, span })
        }
    }
}

/// `print` or `exec`, if the line of an error starts with it as with a statement.
fn statement_of_old(text: &str, at: u32) -> Option<&'static str> {
    let before = text.get(..at as usize)?;
    let line = before.rsplit(['\n', ';', ':']).next()?.trim_start();
    ["print", "exec"].into_iter().find(|w| line.strip_prefix(w).is_some_and(|r| r.starts_with(' ') && !r.trim_start().starts_with('(')))
}
