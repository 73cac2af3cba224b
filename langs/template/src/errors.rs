//! Source texts, positions in them, and the errors of the stages before a program runs.

use std::fmt;
use std::rc::Rc;

/// A source text with the name it is known by in messages.
#[derive(Debug)]
pub struct Source {
    /// File name, or a stand-in such as `<input>`.
    pub name: String,
    /// The text.
    pub text: String,
}

impl Source {
    /// A source, shared by all code compiled from it.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Rc<Source> {
        Rc::new(Source { name: name.into(), text: text.into() })
    }

    /// Line and column, both from 1, of a byte offset. Columns count characters.
    pub fn line_column(&self, pos: u32) -> (usize, usize) {
        let mut pos = (pos as usize).min(self.text.len());
        while !self.text.is_char_boundary(pos) {
            pos -= 1;
        }
        let before = &self.text[..pos];
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }

    /// `file:line:column` of a byte offset.
    pub fn locate(&self, pos: u32) -> String {
        let (line, column) = self.line_column(pos);
        format!("{}:{line}:{column}", self.name)
    }
}

/// What the lexer, the parser, the resolver or the compiler has to say against a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// Byte offset of the place.
    pub pos: u32,
    /// What is wrong.
    pub message: String,
    /// Was the text right as far as it went? The REPL asks for another line then.
    pub at_end: bool,
}

impl SyntaxError {
    /// An error at a byte offset.
    pub fn new(pos: u32, message: impl Into<String>) -> SyntaxError {
        SyntaxError { pos, message: message.into(), at_end: false }
    }

    /// The message with file, line and column, and the line itself with a mark under the place.
    pub fn report(&self, source: &Source) -> String {
        let (line, column) = source.line_column(self.pos);
        let text = source.text.lines().nth(line - 1).unwrap_or("");
        let shown: String = text.chars().take(200).map(|c| if c.is_control() { ' ' } else { c }).collect();
        let mut report = format!("{}: error: {}", source.locate(self.pos), self.message);
        if column <= 200 && !shown.trim().is_empty() {
            report += &format!("\n  | {shown}\n  | {}^", " ".repeat(column - 1));
        }
        report
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for SyntaxError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let s = Source::new("f", "añb\nxy");
        assert_eq!(s.line_column(0), (1, 1));
        assert_eq!(s.line_column(3), (1, 3), "after a two-byte character");
        assert_eq!(s.line_column(6), (2, 2));
        assert_eq!(s.line_column(99), (2, 3), "past the end means the end");
    }

    #[test]
    fn a_report_points_at_the_place() {
        let s = Source::new("f", "let = 1");
        assert_eq!(SyntaxError::new(4, "a name, please").report(&s), "f:1:5: error: a name, please\n  | let = 1\n  |     ^");
    }
}
