//! Where output goes, and standard input.

use std::io::{BufRead, Write};

/// Output streams and redirection to text.
#[derive(Default)]
pub struct Output {
    buffer: Vec<u8>,
    /// Texts being collected by `with_output_to/2` and `format/3`, innermost last.
    pub captures: Vec<String>,
    /// Is the current output the error stream?
    pub to_stderr: bool,
    /// Characters since the last newline, of standard output.
    pub column: usize,
}

impl Output {
    /// Writes to the current output.
    pub fn put(&mut self, s: &str) {
        if s.is_empty() {
            return;
        }
        if let Some(c) = self.captures.last_mut() {
            c.push_str(s);
            return;
        }
        if self.to_stderr {
            self.flush();
            eprint!("{s}");
            return;
        }
        match s.rfind('\n') {
            Some(i) => self.column = s[i + 1..].chars().count(),
            None => self.column += s.chars().count(),
        }
        self.buffer.extend_from_slice(s.as_bytes());
        if self.buffer.len() > 1 << 13 {
            self.flush();
        }
    }

    /// The column of the current output.
    pub fn column(&self) -> usize {
        match self.captures.last() {
            Some(c) => c.rsplit('\n').next().unwrap_or("").chars().count(),
            None => self.column,
        }
    }

    /// Sends out what is buffered. A closed pipe is no error of ours.
    pub fn flush(&mut self) {
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(&self.buffer);
        let _ = out.flush();
        self.buffer.clear();
    }
}

/// Standard input as text.
#[derive(Default)]
pub struct Input {
    text: String,
    at: usize,
    ended: bool,
}

impl Input {
    fn more(&mut self) -> bool {
        if self.at > 1 << 16 {
            self.text.drain(..self.at);
            self.at = 0;
        }
        let mut bytes = vec![];
        let n = std::io::stdin().lock().read_until(b'\n', &mut bytes).unwrap_or(0);
        self.text.push_str(&String::from_utf8_lossy(&bytes));
        self.ended = n == 0;
        n > 0
    }

    /// The next character, taken if `take`.
    pub fn char(&mut self, take: bool) -> Option<char> {
        while self.at >= self.text.len() {
            if !self.more() {
                return None;
            }
        }
        let c = self.text[self.at..].chars().next()?;
        if take {
            self.at += c.len_utf8();
        }
        Some(c)
    }

    /// The text of all that is left up to and with the next end of a clause, for `read/1`; reading says how much it took.
    pub fn rest(&mut self) -> &str {
        &self.text[self.at..]
    }

    /// Reads another line; `false` at the end.
    pub fn extend(&mut self) -> bool {
        self.more()
    }

    /// Takes so many bytes.
    pub fn advance(&mut self, n: usize) {
        self.at = (self.at + n).min(self.text.len());
    }

    /// The next line, left where it is.
    pub fn peek_line(&mut self) -> Option<String> {
        self.char(false)?;
        Some(self.text[self.at..].lines().next().unwrap_or("").to_owned())
    }

    /// Takes what is left of the line, if it is nothing but layout or has been looked at.
    pub fn skip_line(&mut self) {
        if let Some(i) = self.text[self.at..].find('\n')
            && (self.text[self.at..self.at + i].trim().is_empty() || self.text[self.at..self.at + i].trim() == ";")
        {
            self.at += i + 1;
        }
    }

    /// The next line without its end.
    pub fn line(&mut self) -> Option<String> {
        let mut out = String::new();
        loop {
            match self.char(true) {
                None if out.is_empty() => return None,
                None | Some('\n') => return Some(out),
                Some(c) => out.push(c),
            }
        }
    }
}
