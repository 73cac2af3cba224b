//! Text to tokens. A newline ends a statement where one can end: see [`Lexer`].

use crate::errors::SyntaxError;
use bumpalo::Bump;
use logos::Logos;
use std::collections::VecDeque;
use std::fmt;

macro_rules! tokens {
    ($($name:ident $text:literal)*) => {
        /// A token. Texts live in the source or in the parser's arena.
        #[derive(Logos, Clone, Copy, Debug, PartialEq)]
        #[logos(skip r"[ \t\r]+", skip r"#[^\n]*")]
        pub enum Token<'a> {
            $( #[token($text)] #[doc = $text] $name, )*
            /// End of a line; the parser never sees it.
            #[token("\n")]
            Newline,
            /// A name that is no keyword.
            #[regex(r"[A-Za-z_][A-Za-z0-9_]*")]
            Name(&'a str),
            /// An integer, as written.
            #[regex(r"[0-9][0-9_]*|0x[0-9a-fA-F_]+")]
            IntText(&'a str),
            /// An integer.
            Int(i64),
            /// A float, as written.
            #[regex(r"[0-9][0-9_]*\.[0-9][0-9_]*([eE][+-]?[0-9]+)?|[0-9][0-9_]*[eE][+-]?[0-9]+")]
            FloatText(&'a str),
            /// A float.
            Float(f64),
            /// A string, as written.
            #[regex(r#""([^"\\\n]|\\[^\n])*""#)]
            StrText(&'a str),
            /// A string's content.
            Str(&'a str),
        }

        impl fmt::Display for Token<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $( Token::$name => f.write_str($text), )*
                    Token::Newline => f.write_str("end of line"),
                    Token::Name(s) | Token::IntText(s) | Token::FloatText(s) | Token::StrText(s) => f.write_str(s),
                    Token::Int(i) => write!(f, "{i}"),
                    Token::Float(x) => write!(f, "{x:?}"),
                    Token::Str(s) => write!(f, "{s:?}"),
                }
            }
        }
    };
}

tokens! {
    And "and" Break "break" Catch "catch" Continue "continue" Else "else" False "false" Fn "fn" For "for" If "if" In "in" Let "let"
    Nil "nil" Not "not" Or "or" Record "record" Return "return" Throw "throw" True "true" Try "try" While "while"
    LeftParen "(" RightParen ")" LeftBracket "[" RightBracket "]" LeftBrace "{" RightBrace "}"
    Comma "," Semicolon ";" Dot "." DotDot ".." Colon ":"
    Assign "=" AddAssign "+=" SubAssign "-=" MulAssign "*=" DivAssign "/="
    Eq "==" Ne "!=" Lt "<" Le "<=" Gt ">" Ge ">="
    Plus "+" Minus "-" Star "*" Slash "/" SlashSlash "//" Percent "%"
}

impl Token<'_> {
    /// Can a statement end after it?
    fn ends_statement(&self) -> bool {
        use Token::*;
        matches!(self, Name(_) | Int(_) | Float(_) | Str(_) | True | False | Nil | Break | Continue | Return | RightParen | RightBracket | RightBrace)
    }

    /// Does it go on with the statement of the line above?
    fn continues_statement(&self) -> bool {
        matches!(self, Token::Else | Token::Catch | Token::Dot)
    }
}

/// A token with the byte offsets of its start and end.
pub type Spanned<'a> = (u32, Token<'a>, u32);

/// The token stream the parser reads.
///
/// Between brackets and parentheses newlines mean nothing. Elsewhere a newline after a token that can end a statement becomes
/// a `;`, unless the next line starts with `else`, `catch` or a dot.
pub struct Lexer<'a> {
    tokens: logos::Lexer<'a, Token<'a>>,
    arena: &'a Bump,
    /// The brackets that are open, innermost last.
    open: Vec<Token<'a>>,
    /// Has a token been seen after which a statement can end, with nothing after it?
    can_end: bool,
    /// Where a newline was seen that may have to become a `;`.
    newline: Option<u32>,
    ready: VecDeque<Spanned<'a>>,
}

impl<'a> Lexer<'a> {
    /// A lexer; string contents with escapes go into the arena.
    pub fn new(text: &'a str, arena: &'a Bump) -> Lexer<'a> {
        Lexer { tokens: Token::lexer(text), arena, open: vec![], can_end: false, newline: None, ready: VecDeque::new() }
    }

    fn advance(&mut self) -> Result<Option<Spanned<'a>>, SyntaxError> {
        loop {
            if let Some(t) = self.ready.pop_front() {
                return Ok(Some(t));
            }
            let Some(token) = self.tokens.next() else {
                let end = self.tokens.source().len() as u32;
                let ends = std::mem::take(&mut self.can_end);
                return Ok(ends.then_some((self.newline.unwrap_or(end), Token::Semicolon, end)));
            };
            let span = self.tokens.span();
            let (start, end) = (span.start as u32, span.end as u32);
            let Ok(token) = token else { return Err(self.bad_token(start)) };
            let token = match token {
                Token::Newline => {
                    if self.can_end && !matches!(self.open.last(), Some(Token::LeftParen | Token::LeftBracket)) {
                        self.newline.get_or_insert(start);
                    }
                    continue;
                }
                Token::IntText(s) => Token::Int(parse_int(s).ok_or_else(|| SyntaxError::new(start, "this integer does not fit 64 bits"))?),
                Token::FloatText(s) => Token::Float(s.replace('_', "").parse().map_err(|_| SyntaxError::new(start, "not a number"))?),
                Token::StrText(s) => Token::Str(self.unescape(s, start)?),
                other => other,
            };
            if let Some(at) = self.newline.take()
                && !token.continues_statement()
            {
                self.ready.push_back((at, Token::Semicolon, at));
            }
            match token {
                Token::LeftParen | Token::LeftBracket | Token::LeftBrace => self.open.push(token),
                Token::RightParen | Token::RightBracket | Token::RightBrace => drop(self.open.pop()),
                _ => {}
            }
            self.can_end = token.ends_statement();
            self.ready.push_back((start, token, end));
        }
    }

    fn bad_token(&self, start: u32) -> SyntaxError {
        let text = &self.tokens.source()[start as usize..];
        match text.chars().next() {
            Some('"') => SyntaxError::new(start, "this string has no end on its line"),
            Some(c) => SyntaxError::new(start, format!("unexpected character {c:?}")),
            None => SyntaxError::new(start, "unexpected end"),
        }
    }

    /// The content of a string literal, quotes included in `text`.
    fn unescape(&self, text: &'a str, start: u32) -> Result<&'a str, SyntaxError> {
        let body = &text[1..text.len() - 1];
        if !body.contains('\\') {
            return Ok(body);
        }
        let mut out = String::with_capacity(body.len());
        let mut chars = body.char_indices();
        while let Some((at, c)) = chars.next() {
            if c != '\\' {
                out.push(c);
                continue;
            }
            let bad = |message: &str| SyntaxError::new(start + 1 + at as u32, message);
            out.push(match chars.next().map(|(_, c)| c) {
                Some('n') => '\n',
                Some('t') => '\t',
                Some('r') => '\r',
                Some('0') => '\0',
                Some('e') => '\x1b',
                Some(c @ ('"' | '\\')) => c,
                Some('u') => {
                    let rest = chars.as_str();
                    let code = rest.strip_prefix('{').and_then(|r| r.split_once('}')).map(|(hex, _)| hex);
                    let code = code.ok_or_else(|| bad("write \\u{…} with hexadecimal digits"))?;
                    chars.nth(code.chars().count() + 1);
                    u32::from_str_radix(code, 16).ok().and_then(char::from_u32).ok_or_else(|| bad("no such character"))?
                }
                _ => return Err(bad("unknown escape; there are \\n \\t \\r \\0 \\e \\\" \\\\ \\u{…}")),
            });
        }
        Ok(self.arena.alloc_str(&out))
    }
}

fn parse_int(text: &str) -> Option<i64> {
    let digits = text.replace('_', "");
    match digits.strip_prefix("0x") {
        Some(hex) => i64::from_str_radix(hex, 16).ok(),
        None => digits.parse().ok(),
    }
}

impl<'a> Iterator for Lexer<'a> {
    type Item = Result<Spanned<'a>, SyntaxError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.advance().transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lex(text: &str) -> String {
        let arena = Bump::new();
        let all: Result<Vec<_>, _> = Lexer::new(text, &arena).collect();
        match all {
            Ok(tokens) => tokens.iter().map(|(_, t, _)| t.to_string()).collect::<Vec<_>>().join(" "),
            Err(e) => format!("{}: {}", e.pos, e.message),
        }
    }

    #[test]
    fn newlines_end_statements_only_where_one_can_end() {
        assert_eq!(lex("a = 1\n\nb"), "a = 1 ; b ;");
        assert_eq!(lex("a +\n b"), "a + b ;");
        assert_eq!(lex("f(a,\n b\n)"), "f ( a , b ) ;");
        assert_eq!(lex("if a {\n b\n}\nelse {\n}"), "if a { b ; } else { } ;");
        assert_eq!(lex("a\n  .b()"), "a . b ( ) ;");
        assert_eq!(lex("f(fn() {\n a\n b })"), "f ( fn ( ) { a ; b } ) ;");
    }

    #[test]
    fn numbers_and_ranges() {
        assert_eq!(lex("0..10 1.5 2e3 1_000 0xff 1.x"), "0 .. 10 1.5 2000.0 1000 255 1 . x ;");
        assert_eq!(lex("9223372036854775808"), "0: this integer does not fit 64 bits");
    }

    #[test]
    fn strings_and_escapes() {
        assert_eq!(lex(r#""a\n\u{e9}\"z""#), r#""a\né\"z" ;"#);
        assert_eq!(lex(r#"x "a\q""#), "4: unknown escape; there are \\n \\t \\r \\0 \\e \\\" \\\\ \\u{…}");
        assert_eq!(lex(r#""\u{110000}""#), "1: no such character");
        assert_eq!(lex("x \"abc\ny"), "2: this string has no end on its line");
        assert_eq!(lex("x = é"), "4: unexpected character 'é'");
    }
}
