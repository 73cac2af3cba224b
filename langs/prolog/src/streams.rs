//! Streams: where output goes and input comes from.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};

/// Number of a stream.
pub type StreamId = usize;

/// Standard input, output and error.
pub const USER_INPUT: StreamId = 0;
/// See `USER_INPUT`.
pub const USER_OUTPUT: StreamId = 1;
/// See `USER_INPUT`.
pub const USER_ERROR: StreamId = 2;

/// Output streams and redirection to text.
#[derive(Default)]
pub struct Output {
    buffer: Vec<u8>,
    /// Texts being collected by `with_output_to/2` and `format/3`, innermost last.
    pub captures: Vec<String>,
    /// The current output, if it is another than standard output.
    pub redirected: Option<StreamId>,
    /// Files that are open for writing.
    pub files: BTreeMap<StreamId, OutFile>,
    /// Characters since the last newline, of standard output.
    pub column: usize,
}

/// A file open for writing.
pub struct OutFile {
    writer: BufWriter<File>,
    column: usize,
}

impl OutFile {
    /// Writes to a file.
    pub fn new(file: File) -> OutFile {
        OutFile { writer: BufWriter::new(file), column: 0 }
    }
}

fn column_after(column: usize, s: &str) -> usize {
    match s.rfind('\n') {
        Some(i) => s[i + 1..].chars().count(),
        None => column + s.chars().count(),
    }
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
        match self.redirected {
            Some(USER_ERROR) => {
                self.flush();
                eprint!("{s}");
                return;
            }
            Some(id) if id != USER_OUTPUT => {
                if let Some(f) = self.files.get_mut(&id) {
                    f.column = column_after(f.column, s);
                    let _ = f.writer.write_all(s.as_bytes());
                }
                return;
            }
            _ => {}
        }
        self.column = column_after(self.column, s);
        self.buffer.extend_from_slice(s.as_bytes());
        if self.buffer.len() > 1 << 13 {
            self.flush();
        }
    }

    /// Writes a byte to the current output.
    pub fn put_byte(&mut self, b: u8) {
        match self.redirected.and_then(|id| self.files.get_mut(&id)) {
            Some(f) => _ = f.writer.write_all(&[b]),
            None => self.buffer.push(b),
        }
    }

    /// The column of the current output.
    pub fn column(&self) -> usize {
        match (self.captures.last(), self.redirected.and_then(|id| self.files.get(&id))) {
            (Some(c), _) => c.rsplit('\n').next().unwrap_or("").chars().count(),
            (None, Some(f)) => f.column,
            _ => self.column,
        }
    }

    /// Sends out what is buffered for standard output. A closed pipe is no error of ours.
    pub fn flush(&mut self) {
        if self.buffer.is_empty() {
            return;
        }
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(&self.buffer);
        let _ = out.flush();
        self.buffer.clear();
    }

    /// Sends out what is buffered anywhere.
    pub fn flush_all(&mut self) {
        self.flush();
        self.files.values_mut().for_each(|f| _ = f.writer.flush());
    }

    /// Sends out what is buffered for a stream.
    pub fn flush_stream(&mut self, id: StreamId) {
        match self.files.get_mut(&id) {
            Some(f) => _ = f.writer.flush(),
            None => self.flush(),
        }
    }
}

/// Text that is read bit by bit.
pub struct Input {
    source: Box<dyn BufRead>,
    text: String,
    at: usize,
    /// Lines taken so far.
    lines: usize,
    /// Has the end been read?
    pub past_end: bool,
}

impl Default for Input {
    fn default() -> Input {
        Input::new(BufReader::new(std::io::stdin()))
    }
}

impl Input {
    /// Reads from a source.
    pub fn new(source: impl BufRead + 'static) -> Input {
        Input { source: Box::new(source), text: String::new(), at: 0, lines: 0, past_end: false }
    }

    fn more(&mut self) -> bool {
        if self.at > 1 << 16 {
            self.text.drain(..self.at);
            self.at = 0;
        }
        let mut bytes = vec![];
        let n = self.source.read_until(b'\n', &mut bytes).unwrap_or(0);
        self.text.push_str(&String::from_utf8_lossy(&bytes));
        n > 0
    }

    /// The next character, taken if `take`.
    pub fn char(&mut self, take: bool) -> Option<char> {
        while self.at >= self.text.len() {
            if !self.more() {
                self.past_end |= take;
                return None;
            }
        }
        let c = self.text[self.at..].chars().next()?;
        if take {
            self.advance(c.len_utf8());
        }
        Some(c)
    }

    /// The next byte of a stream that is read by bytes only, taken if `take`.
    pub fn byte(&mut self, take: bool) -> Option<u8> {
        let b = self.source.fill_buf().ok()?.first().copied();
        match b {
            Some(_) if take => self.source.consume(1),
            None => self.past_end |= take,
            _ => {}
        }
        b
    }

    /// What has been read from the source and not taken: `read/1` says how much of it it takes.
    pub fn rest(&mut self) -> &str {
        &self.text[self.at..]
    }

    /// Reads another line; `false` at the end.
    pub fn extend(&mut self) -> bool {
        self.more()
    }

    /// Takes so many bytes.
    pub fn advance(&mut self, n: usize) {
        let end = (self.at + n).min(self.text.len());
        self.lines += self.text.as_bytes()[self.at..end].iter().filter(|&&b| b == b'\n').count();
        self.at = end;
    }

    /// Number of the line that the next character is in, from 1.
    pub fn line_number(&self) -> usize {
        self.lines + 1
    }

    /// The next line, left where it is.
    pub fn peek_line(&mut self) -> Option<String> {
        self.char(false)?;
        Some(self.rest().lines().next().unwrap_or("").to_owned())
    }

    /// Takes what is left of the line, if that is nothing but layout or a semicolon.
    pub fn skip_line(&mut self) {
        if let Some(i) = self.rest().find('\n')
            && matches!(self.rest()[..i].trim(), "" | ";")
        {
            self.advance(i + 1);
        }
    }

    /// The next line with its end, if it has one.
    pub fn line(&mut self) -> Option<String> {
        let mut out = String::new();
        loop {
            match self.char(true) {
                None if out.is_empty() => return None,
                None => return Some(out),
                Some(c) => {
                    out.push(c);
                    if c == '\n' {
                        return Some(out);
                    }
                }
            }
        }
    }

    /// All that is left.
    pub fn all(&mut self) -> String {
        let mut bytes = vec![];
        let _ = self.source.read_to_end(&mut bytes);
        let mut out = self.rest().to_owned();
        self.advance(out.len());
        out.push_str(&String::from_utf8_lossy(&bytes));
        self.past_end = true;
        out
    }
}

/// What is known of a stream besides its text.
pub struct Stream {
    /// `read`, `write` or `append`.
    pub mode: &'static str,
    /// The file's name.
    pub file: Option<String>,
    /// Other names.
    pub alias: Option<String>,
    /// Is it read and written by bytes?
    pub binary: bool,
    /// What to do at the end: `error`, `eof_code` or `reset`.
    pub eof_action: &'static str,
    /// What is read, of input streams but standard input.
    pub input: Option<Input>,
}

/// The streams that are open, and which are current.
pub struct Streams {
    /// By number.
    pub open: BTreeMap<StreamId, Stream>,
    /// The current input.
    pub input: StreamId,
    next: StreamId,
}

impl Default for Streams {
    fn default() -> Streams {
        let stream = |mode, alias: &str, input| Stream { mode, file: None, alias: Some(alias.into()), binary: false, eof_action: "reset", input };
        let open = [
            (USER_INPUT, stream("read", "user_input", Some(Input::default()))),
            (USER_OUTPUT, stream("append", "user_output", None)),
            (USER_ERROR, stream("append", "user_error", None)),
        ];
        Streams { open: open.into(), input: USER_INPUT, next: 3 }
    }
}

impl Streams {
    /// Standard input.
    pub fn stdin(&mut self) -> &mut Input {
        self.open.get_mut(&USER_INPUT).and_then(|s| s.input.as_mut()).expect("standard input is always there")
    }

    /// Enters a stream.
    pub fn add(&mut self, s: Stream) -> StreamId {
        self.next += 1;
        self.open.insert(self.next, s);
        self.next
    }

    /// The stream of an alias.
    pub fn by_alias(&self, alias: &str) -> Option<StreamId> {
        self.open.iter().find(|(_, s)| s.alias.as_deref() == Some(alias)).map(|(id, _)| *id)
    }
}
