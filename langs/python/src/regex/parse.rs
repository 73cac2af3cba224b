//! Pattern text to program.

use super::*;

/// What is wrong with a pattern, and where.
pub struct Error(pub String, pub usize);

type P<T = Node> = Result<T, Error>;

struct Parser {
    text: Vec<char>,
    at: usize,
    flags: u32,
    groups: usize,
    open: Vec<usize>,
    names: Vec<(String, usize)>,
    bytes: bool,
    depth: usize,
}

/// Compiles a pattern.
pub fn compile(pattern: &str, flags: u32, bytes: bool) -> P<Program> {
    let mut p = Parser { text: pattern.chars().collect(), at: 0, flags, groups: 1, open: vec![], names: vec![], bytes, depth: 0 };
    let node = p.alternatives()?;
    if p.at < p.text.len() {
        return Err(Error("unbalanced parenthesis".into(), p.at));
    }
    let mut c = Emitter { insts: vec![], counters: 0 };
    c.insts.push(Inst::Save(0));
    c.node(&node)?;
    c.insts.extend([Inst::Save(1), Inst::Match]);
    Ok(Program { insts: c.insts, groups: p.groups, names: p.names, flags: p.flags, counters: c.counters })
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }
    fn eat(&mut self, c: char) -> bool {
        let yes = self.peek() == Some(c);
        self.at += yes as usize;
        yes
    }
    fn fail<T>(&self, message: impl Into<String>, at: usize) -> P<T> {
        Err(Error(message.into(), at))
    }
    fn ascii(&self) -> bool {
        self.bytes || self.flags & ASCII != 0
    }

    fn alternatives(&mut self) -> P {
        self.depth += 1;
        if self.depth > 500 {
            return self.fail("too many nested groups", self.at);
        }
        let mut all = vec![self.sequence()?];
        while self.eat('|') {
            all.push(self.sequence()?);
        }
        self.depth -= 1;
        Ok(if all.len() == 1 { all.remove(0) } else { Node::Alt(all) })
    }

    fn sequence(&mut self) -> P {
        let mut all = vec![];
        while let Some(c) = self.peek() {
            if c == '|' || c == ')' {
                break;
            }
            if self.flags & VERBOSE != 0 {
                if c.is_whitespace() {
                    self.at += 1;
                    continue;
                }
                if c == '#' {
                    while self.peek().is_some_and(|c| c != '\n') {
                        self.at += 1;
                    }
                    continue;
                }
            }
            let Some(atom) = self.atom()? else { continue };
            all.push(self.repeats(atom)?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Node::Seq(all) })
    }

    fn repeats(&mut self, atom: Node) -> P {
        let at = self.at;
        let (min, max) = match self.peek() {
            Some('*') => (0, u32::MAX),
            Some('+') => (1, u32::MAX),
            Some('?') => (0, 1),
            Some('{') => match self.braces()? {
                Some(r) => r,
                None => return Ok(atom),
            },
            _ => return Ok(atom),
        };
        if self.text[at] != '{' {
            self.at += 1;
        }
        let greedy = !self.eat('?');
        let possessive = greedy && self.eat('+');
        if matches!(self.peek(), Some('*' | '+' | '?')) {
            return self.fail("multiple repeat", self.at);
        }
        if self.peek() == Some('{') {
            let save = self.at;
            if self.braces()?.is_some() {
                return self.fail("multiple repeat", save);
            }
            self.at = save;
        }
        Ok(Node::Repeat { node: Box::new(atom), min, max, greedy, possessive })
    }

    /// `{m}`, `{m,}`, `{,n}`, `{m,n}`; anything else is plain text.
    fn braces(&mut self) -> P<Option<(u32, u32)>> {
        let start = self.at;
        self.at += 1;
        let number = |p: &mut Parser| {
            let s = p.at;
            while p.peek().is_some_and(|c| c.is_ascii_digit()) {
                p.at += 1;
            }
            p.text[s..p.at].iter().collect::<String>()
        };
        let low = number(self);
        let (high, comma) = if self.eat(',') { (number(self), true) } else { (low.clone(), false) };
        if !self.eat('}') || (low.is_empty() && !comma) {
            self.at = start;
            return Ok(None);
        }
        let value = |s: &str, default: u32| if s.is_empty() { Some(default) } else { s.parse::<u32>().ok() };
        let (Some(min), Some(max)) = (value(&low, 0), value(&high, u32::MAX)) else {
            return self.fail("the repetition number is too large", start);
        };
        if max < min {
            return self.fail("min repeat greater than max repeat", start + 1);
        }
        Ok(Some((min, max)))
    }

    fn literal(&self, c: char) -> Node {
        Node::One(if self.flags & IGNORECASE != 0 { Single::Folded(fold(c)) } else { Single::Char(c) })
    }
    fn class(&self, k: char) -> Node {
        Node::One(Single::Set(Box::new(Set { ascii: self.ascii(), classes: vec![k], ..Set::default() })))
    }

    fn atom(&mut self) -> P<Option<Node>> {
        let start = self.at;
        let c = self.text[start];
        self.at += 1;
        Ok(Some(match c {
            '.' => Node::One(if self.flags & DOTALL != 0 { Single::All } else { Single::Any }),
            '^' => Node::Anchor(if self.flags & MULTILINE != 0 { Anchor::LineStart } else { Anchor::Start }),
            '$' => Node::Anchor(if self.flags & MULTILINE != 0 { Anchor::LineEnd } else { Anchor::End }),
            '(' => return self.group(start),
            '[' => self.set(start)?,
            '\\' => self.escape(start)?,
            '*' | '+' | '?' => return self.fail("nothing to repeat", start),
            '{' => {
                self.at = start;
                if self.braces()?.is_some() {
                    return self.fail("nothing to repeat", start);
                }
                self.at = start + 1;
                self.literal(c)
            }
            c => self.literal(c),
        }))
    }

    fn name(&mut self, end: char) -> P<String> {
        let start = self.at;
        while self.peek().is_some_and(|c| c != end) {
            self.at += 1;
        }
        let s: String = self.text[start..self.at].iter().collect();
        if !self.eat(end) {
            return self.fail(if s.is_empty() { "missing group name".into() } else { format!("missing {end}, unterminated name") }, start);
        }
        if s.is_empty() {
            return self.fail("missing group name", start);
        }
        Ok(s)
    }
    fn identifier(&self, s: &str, at: usize) -> P<()> {
        let good = !s.starts_with(|c: char| c.is_ascii_digit()) && s.chars().all(|c| c == '_' || c.is_alphanumeric());
        if good { Ok(()) } else { self.fail(format!("bad character in group name '{s}'"), at) }
    }
    fn known(&self, s: &str, at: usize) -> P<usize> {
        match self.names.iter().find(|(n, _)| n == s) {
            Some((_, g)) if self.open.contains(g) => self.fail("cannot refer to an open group", at),
            Some((_, g)) => Ok(*g),
            None => self.fail(format!("unknown group name '{s}'"), at),
        }
    }
    fn close(&mut self, start: usize) -> P<()> {
        if self.eat(')') { Ok(()) } else { self.fail("missing ), unterminated subpattern", start) }
    }

    fn group(&mut self, start: usize) -> P<Option<Node>> {
        let mut number = None;
        let saved = self.flags;
        if self.eat('?') {
            let at = self.at;
            let Some(c) = self.peek() else { return self.fail("unexpected end of pattern", self.at) };
            self.at += 1;
            match c {
                ':' => {}
                'P' => {
                    if self.eat('<') {
                        let at = self.at;
                        let n = self.name('>')?;
                        self.identifier(&n, at)?;
                        if let Some((_, g)) = self.names.iter().find(|(m, _)| *m == n) {
                            return self.fail(format!("redefinition of group name '{n}' as group {}; was group {g}", self.groups), at);
                        }
                        self.names.push((n, self.groups));
                        number = Some(self.groups);
                    } else if self.eat('=') {
                        let at = self.at;
                        let n = self.name(')')?;
                        self.identifier(&n, at)?;
                        let g = self.known(&n, at)?;
                        return Ok(Some(Node::Reference(g, self.flags & IGNORECASE != 0)));
                    } else {
                        let c = self.peek().map_or(String::new(), String::from);
                        return self.fail(if c.is_empty() { "unexpected end of pattern".into() } else { format!("unknown extension ?P{c}") }, at);
                    }
                }
                '#' => {
                    while self.peek().is_some_and(|c| c != ')') {
                        self.at += 1;
                    }
                    if !self.eat(')') {
                        return self.fail("missing ), unterminated comment", start);
                    }
                    return Ok(None);
                }
                '=' | '!' | '<' => {
                    let ahead = c != '<';
                    let mut negated = c == '!';
                    if !ahead {
                        negated = match self.peek() {
                            Some('=') => false,
                            Some('!') => true,
                            Some(c) => return self.fail(format!("unknown extension ?<{c}"), at),
                            None => return self.fail("unexpected end of pattern", self.at),
                        };
                        self.at += 1;
                    }
                    let node = self.alternatives()?;
                    self.close(start)?;
                    self.flags = saved;
                    return Ok(Some(Node::Look { node: Box::new(node), ahead, negated }));
                }
                '>' => {
                    let node = self.alternatives()?;
                    self.close(start)?;
                    return Ok(Some(Node::Atomic(Box::new(node))));
                }
                '(' => {
                    let at = self.at;
                    let n = self.name(')')?;
                    let g = match n.parse::<usize>() {
                        Ok(0) => return self.fail("bad group number", at),
                        Ok(g) if g < self.groups => g,
                        Ok(g) => return self.fail(format!("invalid group reference {g}"), at),
                        Err(_) => {
                            self.identifier(&n, at)?;
                            self.known(&n, at)?
                        }
                    };
                    let yes = self.sequence()?;
                    let no = if self.eat('|') { self.sequence()? } else { Node::Seq(vec![]) };
                    if self.peek() == Some('|') {
                        return self.fail("conditional backref with more than two branches", self.at);
                    }
                    self.close(start)?;
                    return Ok(Some(Node::Condition(g, Box::new(yes), Box::new(no))));
                }
                _ => {
                    self.at = at;
                    let (mut on, mut off, mut minus) = (0, 0, false);
                    loop {
                        let Some(c) = self.peek() else { return self.fail("missing -, : or )", self.at) };
                        let bit = match c {
                            'i' => IGNORECASE,
                            'm' => MULTILINE,
                            's' => DOTALL,
                            'x' => VERBOSE,
                            'a' => ASCII,
                            'u' => 32,
                            'L' => 4,
                            '-' if !minus => {
                                minus = true;
                                self.at += 1;
                                continue;
                            }
                            ':' | ')' => break,
                            c if c.is_alphabetic() && self.at > at => return self.fail("unknown flag", self.at),
                            c => return self.fail(format!("unknown extension ?{c}"), at),
                        };
                        if minus {
                            off |= bit
                        } else {
                            on |= bit
                        }
                        self.at += 1;
                    }
                    let whole = self.eat(')');
                    if whole
                        && start > 0
                        && self.depth == 1
                        && self.text[..start].iter().any(|c| !c.is_whitespace())
                        && !self.text[..start].ends_with(&[')'])
                    {
                        return self.fail("global flags not at the start of the expression", start);
                    }
                    self.flags = (self.flags | on) & !off;
                    if whole {
                        return Ok(None);
                    }
                    self.at += 1;
                    let node = self.alternatives()?;
                    self.close(start)?;
                    self.flags = saved;
                    return Ok(Some(Node::Seq(vec![node])));
                }
            }
            if c == ':' {
                let node = self.alternatives()?;
                self.close(start)?;
                self.flags = saved;
                return Ok(Some(Node::Seq(vec![node])));
            }
        }
        let g = number.unwrap_or(self.groups);
        self.groups += 1;
        self.open.push(g);
        let node = self.alternatives()?;
        self.close(start)?;
        self.open.pop();
        self.flags = saved;
        Ok(Some(Node::Group(Box::new(node), g)))
    }

    fn hex(&mut self, n: usize, start: usize) -> P<char> {
        let s: String = self.text[self.at..(self.at + n).min(self.text.len())].iter().take_while(|c| c.is_ascii_hexdigit()).collect();
        let shown: String = self.text[start..self.at].iter().collect();
        if s.len() < n {
            return self.fail(format!("incomplete escape {shown}{s}"), start);
        }
        self.at += n;
        match u32::from_str_radix(&s, 16).ok().and_then(char::from_u32) {
            Some(c) => Ok(c),
            None => self.fail(format!("bad escape {shown}{s}"), start),
        }
    }

    /// The character of an escape that is the same in and out of sets.
    fn plain_escape(&mut self, c: char, start: usize) -> P<Option<char>> {
        Ok(Some(match c {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'f' => '\x0c',
            'v' => '\x0b',
            'a' => '\x07',
            'x' => return self.hex(2, start).map(Some),
            'u' if !self.bytes => return self.hex(4, start).map(Some),
            'U' if !self.bytes => return self.hex(8, start).map(Some),
            '0' => {
                let mut n = 0;
                for _ in 0..2 {
                    if let Some(d) = self.peek().and_then(|c| c.to_digit(8)) {
                        n = n * 8 + d;
                        self.at += 1;
                    }
                }
                char::from_u32(n).unwrap_or('\0')
            }
            c if !c.is_ascii_alphanumeric() => c,
            _ => return Ok(None),
        }))
    }

    fn escape(&mut self, start: usize) -> P {
        let Some(c) = self.peek() else { return self.fail("bad escape (end of pattern)", start) };
        self.at += 1;
        Ok(match c {
            'd' | 'D' | 's' | 'S' | 'w' | 'W' => self.class(c),
            'b' => Node::Anchor(Anchor::Word(self.ascii())),
            'B' => Node::Anchor(Anchor::NotWord(self.ascii())),
            'A' => Node::Anchor(Anchor::Start),
            'Z' | 'z' => Node::Anchor(Anchor::VeryEnd),
            '1'..='9' => {
                let mut digits = c.to_string();
                if let Some(d) = self.peek().filter(char::is_ascii_digit) {
                    // Three octal digits are a character.
                    let third = self.text.get(self.at + 1).copied();
                    if let (Some(x), Some(y), Some(z)) = (c.to_digit(8), d.to_digit(8), third.and_then(|t| t.to_digit(8))) {
                        self.at += 2;
                        return match char::from_u32(x * 64 + y * 8 + z) {
                            Some(c) if x < 4 => Ok(self.literal(c)),
                            _ => self.fail(format!("octal escape value \\{c}{d}{z} outside of range 0-0o377"), start),
                        };
                    }
                    digits.push(d);
                    self.at += 1;
                }
                let g: usize = digits.parse().unwrap_or(0);
                if g >= self.groups {
                    return self.fail(format!("invalid group reference {g}"), start + 1);
                }
                if self.open.contains(&g) {
                    return self.fail("cannot refer to an open group", start);
                }
                Node::Reference(g, self.flags & IGNORECASE != 0)
            }
            c => match self.plain_escape(c, start)? {
                Some(c) => self.literal(c),
                None => return self.fail(format!("bad escape \\{c}"), start),
            },
        })
    }

    fn set(&mut self, start: usize) -> P {
        let mut s = Set { negated: self.eat('^'), folded: self.flags & IGNORECASE != 0, ascii: self.ascii(), ..Set::default() };
        let first = self.at;
        loop {
            let Some(c) = self.peek() else { return self.fail("unterminated character set", start) };
            if c == ']' && self.at > first {
                self.at += 1;
                break;
            }
            let from = self.at;
            let Some(low) = self.member(&mut s)? else { continue };
            if self.peek() == Some('-') && self.text.get(self.at + 1).is_some_and(|c| *c != ']') {
                self.at += 1;
                let mut rest = Set::default();
                let Some(high) = self.member(&mut rest)? else {
                    let t: String = self.text[from..self.at].iter().collect();
                    return self.fail(format!("bad character range {t}"), from);
                };
                if high < low {
                    let t: String = self.text[from..self.at].iter().collect();
                    return self.fail(format!("bad character range {t}"), from);
                }
                s.ranges.push((low, high));
            } else {
                s.ranges.push((low, low));
            }
        }
        Ok(Node::One(Single::Set(Box::new(s))))
    }

    /// One character of a set; `None` if it was a class, which is added.
    fn member(&mut self, s: &mut Set) -> P<Option<char>> {
        let start = self.at;
        let Some(c) = self.peek() else { return self.fail("unterminated character set", start) };
        self.at += 1;
        if c != '\\' {
            return Ok(Some(c));
        }
        let Some(c) = self.peek() else { return self.fail("bad escape (end of pattern)", start) };
        self.at += 1;
        match c {
            'd' | 'D' | 's' | 'S' | 'w' | 'W' => {
                s.classes.push(c);
                Ok(None)
            }
            'b' => Ok(Some('\x08')),
            '1'..='7' => {
                self.at -= 1;
                let mut n = 0;
                while let Some(d) = self.peek().and_then(|c| c.to_digit(8)).filter(|_| n < 32) {
                    n = n * 8 + d;
                    self.at += 1;
                }
                Ok(char::from_u32(n))
            }
            c => match self.plain_escape(c, start)? {
                Some(c) => Ok(Some(c)),
                None => self.fail(format!("bad escape \\{c}"), start),
            },
        }
    }
}

/// Fewest and most characters a node matches.
fn width(n: &Node) -> (usize, usize) {
    match n {
        Node::One(_) => (1, 1),
        Node::Seq(all) => all.iter().map(width).fold((0, 0), |a, b| (a.0 + b.0, a.1.saturating_add(b.1))),
        Node::Alt(all) => all.iter().map(width).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))).unwrap_or((0, 0)),
        Node::Repeat { node, min, max, .. } => {
            let (a, b) = width(node);
            (a.saturating_mul(*min as usize), if *max == u32::MAX && b > 0 { usize::MAX } else { b.saturating_mul(*max as usize) })
        }
        Node::Group(n, _) | Node::Atomic(n) => width(n),
        Node::Reference(..) => (0, usize::MAX),
        Node::Anchor(_) | Node::Look { .. } => (0, 0),
        Node::Condition(_, a, b) => {
            let (x, y) = (width(a), width(b));
            (x.0.min(y.0), x.1.max(y.1))
        }
    }
}

struct Emitter {
    insts: Vec<Inst>,
    counters: usize,
}

impl Emitter {
    fn here(&self) -> usize {
        self.insts.len()
    }
    fn node(&mut self, n: &Node) -> P<()> {
        if self.insts.len() > 200_000 {
            return Err(Error("the pattern is too large".into(), 0));
        }
        match n {
            Node::One(s) => self.insts.push(Inst::One(s.clone())),
            Node::Seq(all) => all.iter().try_for_each(|n| self.node(n))?,
            Node::Alt(all) => {
                let mut ends = vec![];
                for (i, n) in all.iter().enumerate() {
                    if i + 1 == all.len() {
                        self.node(n)?;
                        break;
                    }
                    let split = self.here();
                    self.insts.push(Inst::Match);
                    self.node(n)?;
                    ends.push(self.here());
                    self.insts.push(Inst::Match);
                    self.insts[split] = Inst::Split(split + 1, self.here());
                }
                let end = self.here();
                ends.into_iter().for_each(|e| self.insts[e] = Inst::Jump(end));
            }
            Node::Repeat { node, min, max, greedy, possessive: true } => {
                let plain = Node::Repeat { node: node.clone(), min: *min, max: *max, greedy: *greedy, possessive: false };
                self.node(&Node::Atomic(Box::new(plain)))?;
            }
            Node::Repeat { node, min, max, greedy, .. } => self.repeat(node, *min, *max, *greedy)?,
            Node::Group(n, g) => {
                self.insts.push(Inst::Save(2 * g));
                self.node(n)?;
                self.insts.push(Inst::Save(2 * g + 1));
            }
            Node::Reference(g, fold) => self.insts.push(Inst::Reference(*g, *fold)),
            Node::Anchor(a) => self.insts.push(Inst::Anchor(*a)),
            Node::Look { node, ahead, negated } => {
                let (low, high) = width(node);
                if !ahead && low != high {
                    return Err(Error("look-behind requires fixed-width pattern".into(), usize::MAX));
                }
                self.inner(node, if *ahead { None } else { Some(low) }, *negated, false)?;
            }
            Node::Atomic(n) => self.inner(n, None, false, true)?,
            Node::Condition(g, yes, no) => {
                let test = self.here();
                self.insts.push(Inst::Match);
                self.node(yes)?;
                let jump = self.here();
                self.insts.push(Inst::Match);
                self.insts[test] = Inst::Unless(*g, self.here());
                self.node(no)?;
                self.insts[jump] = Inst::Jump(self.here());
            }
        }
        Ok(())
    }
    fn inner(&mut self, n: &Node, back: Option<usize>, negated: bool, atomic: bool) -> P<()> {
        let at = self.here();
        self.insts.push(Inst::Match);
        self.node(n)?;
        self.insts.push(Inst::Match);
        self.insts[at] = Inst::Look { next: self.here(), back, negated, atomic };
        Ok(())
    }
    fn repeat(&mut self, node: &Node, min: u32, max: u32, greedy: bool) -> P<()> {
        if let Node::One(s) = node {
            self.insts.push(Inst::Many { one: s.clone(), min, max, greedy });
            return Ok(());
        }
        for _ in 0..min {
            self.node(node)?;
        }
        let split = |go: usize, end: usize| if greedy { Inst::Split(go, end) } else { Inst::Split(end, go) };
        if max == u32::MAX {
            let counter = self.counters;
            self.counters += 1;
            let start = self.here();
            self.insts.push(Inst::Match);
            self.insts.push(Inst::Enter(counter));
            self.node(node)?;
            self.insts.push(Inst::Progress(counter));
            self.insts.push(Inst::Jump(start));
            self.insts[start] = split(start + 1, self.here());
            return Ok(());
        }
        let mut splits = vec![];
        for _ in min..max {
            splits.push(self.here());
            self.insts.push(Inst::Match);
            self.node(node)?;
        }
        let end = self.here();
        splits.into_iter().for_each(|s| self.insts[s] = split(s + 1, end));
        Ok(())
    }
}
