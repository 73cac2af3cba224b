//! The parser's front door: the generated parser's errors in words.

use crate::ast::{Block, Builder};
use crate::errors::SyntaxError;
use crate::lexer::Lexer;
use bumpalo::Bump;
use lalrpop_util::{ParseError, lalrpop_mod};

lalrpop_mod!(
    #[allow(clippy::all, missing_docs, unused)]
    grammar
);

/// Parses a whole program.
pub fn parse<'a>(text: &'a str, arena: &'a Bump) -> Result<Block<'a>, SyntaxError> {
    if text.len() > u32::MAX as usize / 2 {
        return Err(SyntaxError::new(0, "this program is too long"));
    }
    let end = text.trim_end().len() as u32;
    grammar::ProgramParser::new().parse(Builder(arena), Lexer::new(text, arena)).map_err(|e| match e {
        ParseError::User { error } => error,
        ParseError::InvalidToken { location } => SyntaxError::new(location, "unexpected text"),
        // The `;` that stands for the end of the text is not the user's.
        ParseError::UnrecognizedToken { token: (start, _, _), .. } if start >= end => at_end(end),
        ParseError::UnrecognizedToken { token: (start, token, _), expected } => {
            let what = if token.to_string() == ";" { "end of statement".to_string() } else { format!("`{token}`") };
            SyntaxError::new(start, format!("unexpected {what}{}", describe(&expected)))
        }
        ParseError::UnrecognizedEof { .. } => at_end(end),
        ParseError::ExtraToken { token: (start, token, _) } => SyntaxError::new(start, format!("unexpected `{token}`")),
    })
}

fn at_end(end: u32) -> SyntaxError {
    SyntaxError { at_end: true, ..SyntaxError::new(end, "the program ends in the middle of a statement or block") }
}

/// What the parser would have taken, if that is few things.
fn describe(expected: &[String]) -> String {
    let words: Vec<String> = expected
        .iter()
        .map(|e| match e.as_str() {
            "name" => "a name".to_string(),
            "\";\"" => "end of statement".to_string(),
            e => format!("`{}`", e.trim_matches('"')),
        })
        .collect();
    match &words[..] {
        [] => String::new(),
        [one] => format!(", expected {one}"),
        [most @ .., last] if words.len() <= 4 => format!(", expected {} or {last}", most.join(", ")),
        _ => String::new(),
    }
}
