//! Source text to terms: lexer → bracket grammar → operator resolution.
//!
//! The lexer and the grammar know nothing of operators; the grammar yields flat lists of units between
//! brackets, which `resolve` folds by the operator table of the moment.

mod lexer;
pub mod ops;
mod resolve;
pub mod term;
mod units;

lalrpop_util::lalrpop_mod!(
    #[allow(clippy::all, warnings)]
    grammar,
    "/read/grammar.rs"
);

use lexer::LexError;
use ops::Ops;
use term::Tree;

/// What is wrong with a text, and where.
#[derive(Debug, Clone, PartialEq)]
pub struct SyntaxError {
    /// Byte offset in the text.
    pub offset: usize,
    /// In SWI-Prolog's words.
    pub message: String,
}

impl SyntaxError {
    /// Is all that is wrong that the text ends?
    pub fn is_at_end(&self) -> bool {
        self.message.to_lowercase().contains("end of file")
    }
}

/// How quoted texts read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Quotes {
    /// A list of character codes.
    Codes,
    /// A list of one-character atoms.
    Chars,
    /// An atom.
    Atom,
    /// A string object.
    String,
}

/// What reading depends on besides the text.
pub struct Settings<'a> {
    /// The operator table.
    pub ops: &'a Ops,
    /// The flag `double_quotes`.
    pub double_quotes: Quotes,
}

/// Outcome of reading one clause.
pub enum Read {
    /// A term and the offset behind its end.
    Term(Tree, usize),
    /// Nothing but layout up to the end.
    End,
    /// An error, and where reading can go on.
    Error(SyntaxError, usize),
}

/// Reads the clause that starts at byte `start` of `text`.
pub fn read_clause(text: &str, start: usize, settings: &Settings) -> Read {
    let (tokens, end) = match lexer::clause_tokens(text, start) {
        Ok(Some(found)) => found,
        Ok(None) => return Read::End,
        Err(e) => {
            let resume = lexer::skip_clause(text, e.offset.max(start));
            return Read::Error(SyntaxError { offset: e.offset, message: e.message.into() }, resume);
        }
    };
    let first = tokens.first().map_or(start, |t| t.0);
    let parse = || match grammar::ClauseParser::new().parse(tokens.iter().cloned().map(Ok::<_, LexError>)) {
        Ok(units) => resolve::resolve(units, first, settings),
        Err(e) => Err(bracket_error(e)),
    };
    match crate::deep::with_depth(nesting(&tokens), parse) {
        Some(Ok(tree)) => Read::Term(tree, end),
        Some(Err(e)) => Read::Error(e, end),
        None => Read::Error(SyntaxError { offset: first, message: "Term is nested too deeply".into() }, end),
    }
}

/// How deep brackets are nested.
fn nesting(tokens: &[(usize, lexer::Token, usize)]) -> usize {
    use lexer::Token::*;
    let (mut depth, mut deepest) = (0usize, 0);
    for (_, t, _) in tokens {
        match t {
            OpenCt | Open | OpenList | OpenCurly => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            Close | CloseList | CloseCurly => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

fn bracket_error(e: lalrpop_util::ParseError<usize, lexer::Token, LexError>) -> SyntaxError {
    use lalrpop_util::ParseError::*;
    let (offset, message) = match e {
        InvalidToken { location } => (location, "Illegal start of term".into()),
        UnrecognizedEof { location, .. } => (location, "Unexpected end of file".into()),
        UnrecognizedToken { token: (at, token, _), .. } | ExtraToken { token: (at, token, _) } => (at, token.complaint().into()),
        User { error } => (error.offset, error.message.into()),
    };
    SyntaxError { offset, message }
}

/// Line and column, from 1, of a byte offset.
pub fn line_column(text: &str, offset: usize) -> (usize, usize) {
    let before = &text.as_bytes()[..offset.min(text.len())];
    let line = before.iter().filter(|&&b| b == b'\n').count() + 1;
    let start = before.iter().rposition(|&b| b == b'\n').map_or(0, |i| i + 1);
    (line, String::from_utf8_lossy(&before[start..]).chars().count() + 1)
}
