//! Regular expressions as `re` has them: a backtracking matcher, since look-around, references and "leftmost, first alternative" want one.

pub mod exec;
pub mod parse;

/// `re.I`
pub const IGNORECASE: u32 = 2;
/// `re.M`
pub const MULTILINE: u32 = 8;
/// `re.S`
pub const DOTALL: u32 = 16;
/// `re.X`
pub const VERBOSE: u32 = 64;
/// `re.A`
pub const ASCII: u32 = 256;

/// A test of one character.
#[derive(Clone, Debug)]
pub enum Single {
    /// This one.
    Char(char),
    /// This one, in either case.
    Folded(char),
    /// Any but a newline.
    Any,
    /// Any.
    All,
    /// A set.
    Set(Box<Set>),
}

/// A set of characters.
#[derive(Clone, Debug, Default)]
pub struct Set {
    /// All but these?
    pub negated: bool,
    /// Compare in either case?
    pub folded: bool,
    /// Only ASCII characters are letters, digits and spaces?
    pub ascii: bool,
    /// Ranges, both ends included.
    pub ranges: Vec<(char, char)>,
    /// Classes by letter: `d`, `D`, `s`, `S`, `w`, `W`.
    pub classes: Vec<char>,
}

/// Is it a letter, digit or underscore?
pub fn is_word(c: char, ascii: bool) -> bool {
    c == '_' || if ascii { c.is_ascii_alphanumeric() } else { c.is_alphanumeric() }
}

/// The character in lower case, if that is one character.
pub fn fold(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    let mut l = c.to_lowercase();
    match (l.next(), l.next()) {
        (Some(x), None) => x,
        _ => c,
    }
}

impl Set {
    fn class(&self, k: char, c: char) -> bool {
        match k {
            'd' => {
                c.is_ascii_digit()
                    || (!self.ascii && c.is_numeric() && c.to_digit(10).is_none() && !c.is_ascii() && crate::builtins::text::decimal(c))
            }
            's' => {
                if self.ascii {
                    c.is_ascii_whitespace() || c == '\x0b'
                } else {
                    crate::builtins::text::space(c)
                }
            }
            'w' => is_word(c, self.ascii),
            upper => !self.class(upper.to_ascii_lowercase(), c),
        }
    }
    fn has(&self, c: char) -> bool {
        self.ranges.iter().any(|(a, b)| (*a..=*b).contains(&c)) || self.classes.iter().any(|k| self.class(*k, c))
    }
}

impl Single {
    /// Does the character pass?
    #[inline]
    pub fn matches(&self, c: char) -> bool {
        match self {
            Single::Char(x) => *x == c,
            Single::Folded(x) => *x == fold(c),
            Single::Any => c != '\n',
            Single::All => true,
            Single::Set(s) => {
                let found = if s.folded {
                    let l = fold(c);
                    s.has(c) || s.has(l) || c.to_uppercase().next().is_some_and(|u| s.has(u))
                } else {
                    s.has(c)
                };
                found != s.negated
            }
        }
    }
}

/// A place to stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Anchor {
    /// `^`, or `\A`
    Start,
    /// `^` at each line
    LineStart,
    /// `$`: the end, or before a newline that ends the text
    End,
    /// `$` at each line
    LineEnd,
    /// `\Z`
    VeryEnd,
    /// `\b`; the flag: ASCII words
    Word(bool),
    /// `\B`
    NotWord(bool),
}

/// A parsed expression.
#[derive(Clone, Debug)]
pub enum Node {
    /// One character.
    One(Single),
    /// One after the other.
    Seq(Vec<Node>),
    /// The first that matches.
    Alt(Vec<Node>),
    /// Again and again.
    Repeat { node: Box<Node>, min: u32, max: u32, greedy: bool, possessive: bool },
    /// A group that is remembered.
    Group(Box<Node>, usize),
    /// What a group matched; in either case?
    Reference(usize, bool),
    /// A place.
    Anchor(Anchor),
    /// Looks ahead or behind.
    Look { node: Box<Node>, ahead: bool, negated: bool },
    /// `(?(1)yes|no)`
    Condition(usize, Box<Node>, Box<Node>),
    /// Matches one way only.
    Atomic(Box<Node>),
}

/// One step of the matcher.
#[derive(Clone, Debug)]
pub enum Inst {
    /// One character.
    One(Single),
    /// So many of one character, as many as possible or as few.
    Many { one: Single, min: u32, max: u32, greedy: bool },
    /// Goes on at the first, later at the second.
    Split(usize, usize),
    /// Goes on there.
    Jump(usize),
    /// Notes the position.
    Save(usize),
    /// A loop's body starts: notes the position in the counter.
    Enter(usize),
    /// A loop's body ends: fails if it matched nothing.
    Progress(usize),
    /// A place.
    Anchor(Anchor),
    /// What a group matched.
    Reference(usize, bool),
    /// Runs what follows up to its `Match`, then goes on at `next`. `back`: starts so many characters before.
    Look { next: usize, back: Option<usize>, negated: bool, atomic: bool },
    /// Goes there unless the group has matched.
    Unless(usize, usize),
    /// The end.
    Match,
}

/// A compiled expression.
pub struct Program {
    /// The steps.
    pub insts: Vec<Inst>,
    /// Number of groups, the whole match included.
    pub groups: usize,
    /// Names of groups.
    pub names: Vec<(String, usize)>,
    /// The flags, those in the pattern included.
    pub flags: u32,
    /// Counters of loops.
    pub counters: usize,
}
