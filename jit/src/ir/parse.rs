//! Reads the text form that `print` writes. Value names are free: any word that starts with `v` and was defined above.
//! Comments run from `;` to the end of the line.

use super::print::log_name;
use super::*;
use framework::Value;
use std::collections::HashMap;
use std::fmt;

/// What is wrong with a text, and where. Lines and columns count from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for ParseError {}

type Result<T> = std::result::Result<T, ParseError>;

/// Reads a trace.
pub fn parse(text: &str, names: &Registry) -> Result<Trace> {
    let mut p = Parser { trace: Trace::default(), names, values: HashMap::new(), snapshots: HashMap::new(), uses: vec![], at: Cursor::default() };
    for (number, line) in text.lines().enumerate() {
        let line = line.split(';').next().unwrap_or("");
        p.at = Cursor { text: line, pos: 0, line: number + 1 };
        if !p.at.is_end() {
            p.line()?;
        }
    }
    p.resolve_snapshots()
}

/// A place in a line.
#[derive(Clone, Copy, Default)]
struct Cursor<'a> {
    text: &'a str,
    pos: usize,
    line: usize,
}

impl<'a> Cursor<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.pos..]
    }
    fn skip_space(&mut self) {
        self.pos += self.rest().len() - self.rest().trim_start().len();
    }
    fn is_end(&mut self) -> bool {
        self.skip_space();
        self.rest().is_empty()
    }
    fn error<T>(&self, message: impl Into<String>) -> Result<T> {
        Err(ParseError { line: self.line, column: self.text[..self.pos].chars().count() + 1, message: message.into() })
    }
    /// Takes `token` if it comes next; words only as a whole.
    fn eat(&mut self, token: &str) -> bool {
        self.skip_space();
        let found = self.rest().strip_prefix(token).is_some_and(|rest| !(token.ends_with(is_word) && rest.starts_with(is_word)));
        if found {
            self.pos += token.len();
        }
        found
    }
    fn expect(&mut self, token: &str) -> Result<()> {
        if self.eat(token) { Ok(()) } else { self.error(format!("`{token}` expected")) }
    }
    fn word(&mut self) -> &'a str {
        self.skip_space();
        let rest = self.rest();
        let len = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        self.pos += len;
        &rest[..len]
    }
    /// A number as written, sign and exponent included.
    fn number(&mut self) -> &'a str {
        self.skip_space();
        let rest = self.rest();
        let bytes = rest.as_bytes();
        let mut len = 0;
        while len < bytes.len() {
            let sign_ok = len == 0 || matches!(bytes[len - 1], b'e' | b'E') && !rest.starts_with("0x");
            match bytes[len] {
                b'+' | b'-' if sign_ok => {}
                b'.' => {}
                c if c.is_ascii_alphanumeric() => {}
                _ => break,
            }
            len += 1;
        }
        self.pos += len;
        &rest[..len]
    }
    fn integer(&mut self) -> Result<i64> {
        let start = *self;
        match self.number().parse() {
            Ok(n) => Ok(n),
            Err(_) => start.error("integer expected"),
        }
    }
    fn hex(&mut self) -> Result<u64> {
        let start = *self;
        match self.number().strip_prefix("0x").map(|n| u64::from_str_radix(n, 16)) {
            Some(Ok(n)) => Ok(n),
            _ => start.error("hexadecimal number expected"),
        }
    }
    fn index(&mut self, prefix: &str) -> Result<u32> {
        let start = *self;
        match self.word().strip_prefix(prefix).map(str::parse) {
            Some(Ok(n)) => Ok(n),
            _ => start.error(format!("`{prefix}` and a number expected")),
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

struct Parser<'a> {
    trace: Trace,
    names: &'a Registry,
    values: HashMap<&'a str, Ref>,
    snapshots: HashMap<u32, Snapshot>,
    /// Instructions that name a snapshot, with the place for errors.
    uses: Vec<(u32, Cursor<'a>)>,
    at: Cursor<'a>,
}

impl<'a> Parser<'a> {
    fn line(&mut self) -> Result<()> {
        let start = self.at;
        let first = self.at.word();
        if first.starts_with('s') && self.at.eat(":") {
            self.at = start;
            let n = self.at.index("s")?;
            self.at.expect(":")?;
            let s = self.snapshot()?;
            if self.snapshots.insert(n, s).is_some() {
                return start.error(format!("snapshot s{n} is there twice"));
            }
        } else {
            let name = if self.at.eat("=") { Some(first) } else { None };
            if name.is_none() {
                self.at = start;
            }
            self.inst()?;
            if let Some(name) = name {
                let r = Ref(self.trace.insts.len() as u32 - 1);
                if !self.trace.insts[r.0 as usize].op.has_result() {
                    return start.error("the operation has no result");
                }
                if !name.starts_with('v') || self.values.insert(name, r).is_some() {
                    return start.error("a new name that starts with `v` expected");
                }
            }
        }
        if self.at.is_end() { Ok(()) } else { self.at.error("end of line expected") }
    }

    fn inst(&mut self) -> Result<()> {
        let expect = !self.at.eat("not");
        let start = self.at;
        let name = self.at.word();
        let Some(&op) = Op::ALL.iter().find(|o| o.name() == name) else { return start.error(format!("unknown operation `{name}`")) };
        let guard = op.class() == Class::Guard;
        if !guard && !expect {
            return start.error("only guards have an expectation");
        }
        let mut i = Inst { op, ty: op.ret().unwrap_or(Ty::Value), imm: (guard && expect) as u16, a: Ref::NONE.0, b: Ref::NONE.0, c: 0 };
        let mut first = true;
        let operands = op.operands();
        for (n, kind) in operands.into_iter().enumerate() {
            let word = match kind {
                Operand::None | Operand::List => continue,
                Operand::Ref(ty) => self.argument(&mut first, Some(ty))?.0,
                Operand::Any => self.argument(&mut first, None)?.0,
                Operand::Imm => {
                    self.comma(&mut first)?;
                    self.at.integer()? as i32 as u32
                }
            };
            *[&mut i.a, &mut i.b][n] = word;
        }
        if op == Op::StoreElem {
            i.c = self.argument(&mut first, None)?.0;
        }
        if op == Op::BoxInt && self.at.eat(",") {
            self.at.expect("small")?;
            i.imm = 1;
        }
        if op == Op::Param {
            i.ty = self.ty()?;
        }
        if let Some(sort) = op.desc() {
            self.comma(&mut first)?;
            let d = self.desc(sort)?;
            match d {
                Desc::Field(f) if op.has_result() => i.ty = f.ty,
                Desc::Elems(e) if op.has_result() => i.ty = e.ty,
                Desc::Fun(f) => i.ty = f.ret,
                _ => {}
            }
            i.imm = self.add_desc(d)? | if guard && expect { 1 << 15 } else { 0 };
        }
        if matches!(op, Op::Enter | Op::CallTrace) {
            self.comma(&mut first)?;
            let frame = self.frame()?;
            i.c = self.add_desc(Desc::Frame(frame))? as u32;
        }
        if operands[0] == Operand::List {
            self.at.expect("(")?;
            let mut refs = vec![];
            while !self.at.eat(")") {
                if !refs.is_empty() {
                    self.at.expect(",")?;
                }
                refs.push(self.operand(None)?);
            }
            if let (Op::Call, Desc::Fun(f)) = (op, self.trace.desc(&i))
                && f.args.len() != refs.len()
            {
                return start.error(format!("`{}` takes {} arguments", f.name, f.args.len()));
            }
            (i.a, i.b) = (self.trace.extra.len() as u32, refs.len() as u32);
            self.trace.extra.extend(refs);
        }
        if guard || op == Op::Exit {
            if guard {
                self.at.expect("->")?;
                self.at.expect("exit")?;
            }
            self.at.skip_space();
            let place = self.at;
            i.c = self.at.index("s")?;
            self.uses.push((i.c, place));
        }
        self.trace.insts.push(i);
        Ok(())
    }

    fn comma(&mut self, first: &mut bool) -> Result<()> {
        if std::mem::replace(first, false) { Ok(()) } else { self.at.expect(",") }
    }

    fn argument(&mut self, first: &mut bool, ty: Option<Ty>) -> Result<Ref> {
        self.comma(first)?;
        self.operand(ty)
    }

    fn operand(&mut self, ty: Option<Ty>) -> Result<Ref> {
        let mut start = self.at;
        start.skip_space();
        self.at = start;
        let r = match self.at.word() {
            w if w.starts_with('v') && w != "value" => match self.values.get(w) {
                Some(&r) => r,
                None => return start.error(format!("`{w}` is not defined")),
            },
            _ => {
                self.at = start;
                let c = self.constant()?;
                self.add_const(c)
            }
        };
        match ty {
            Some(ty) if self.trace.ty(r) != ty => {
                start.error(format!("{} expected, not {}", super::print::ty_name(ty), super::print::ty_name(self.trace.ty(r))))
            }
            _ => Ok(r),
        }
    }

    fn constant(&mut self) -> Result<Const> {
        self.at.skip_space();
        let start = self.at;
        for ty in [Ty::Value, Ty::Float, Ty::Ref] {
            if self.at.eat(super::print::ty_name(ty)) {
                self.at.expect("(")?;
                let bits = self.at.hex()?;
                self.at.expect(")")?;
                return Ok(Const { ty, bits });
            }
        }
        if self.at.eat("#") {
            return match self.at.number().parse::<u32>() {
                Ok(id) if id > 0 && id < 1 << 29 => Ok(Const { ty: Ty::Value, bits: Value::singleton(id).0 }),
                _ => start.error("number of a singleton expected"),
            };
        }
        let tagged = self.at.eat("'");
        let number = self.at.number();
        if let Ok(i) = number.parse::<i64>() {
            return match tagged {
                false => Ok(Const { ty: Ty::Int, bits: i as u64 }),
                true if Value::fits_small(i) => Ok(Const { ty: Ty::Value, bits: Value::small_int(i).0 }),
                true => start.error("the integer needs a box"),
            };
        }
        match number.parse::<f64>() {
            Ok(x) if !tagged => Ok(Const { ty: Ty::Float, bits: x.to_bits() }),
            Ok(x) => match Value::immediate_float(x) {
                Some(v) => Ok(Const { ty: Ty::Value, bits: v.0 }),
                None => start.error("the float needs a box"),
            },
            Err(_) => start.error("value or constant expected"),
        }
    }

    fn add_const(&mut self, c: Const) -> Ref {
        let known = self.trace.consts.iter().position(|k| *k == c);
        Ref::constant(known.unwrap_or_else(|| {
            self.trace.consts.push(c);
            self.trace.consts.len() - 1
        }))
    }

    fn add_desc(&mut self, d: Desc) -> Result<u16> {
        self.trace.descs.push(d);
        match self.trace.descs.len() - 1 {
            n if n < 1 << 15 => Ok(n as u16),
            _ => self.at.error("too many descriptors"),
        }
    }

    fn ty(&mut self) -> Result<Ty> {
        let start = self.at;
        let name = self.at.word();
        match [Ty::Value, Ty::Int, Ty::Float, Ty::Ref].into_iter().find(|&t| super::print::ty_name(t) == name) {
            Some(ty) => Ok(ty),
            None => start.error("type expected"),
        }
    }

    fn type_info(&mut self) -> Result<&'static TypeInfo> {
        let start = self.at;
        let name = self.at.word();
        match self.names.ty(name) {
            Some(t) => Ok(t),
            None => start.error(format!("unknown heap type `{name}`")),
        }
    }

    fn desc(&mut self, sort: DescSort) -> Result<Desc> {
        self.at.skip_space();
        let start = self.at;
        Ok(match sort {
            DescSort::Frame => Desc::Frame(self.frame()?),
            DescSort::Type => Desc::Type(self.type_info()?),
            DescSort::Field => {
                let ty = self.type_info()?;
                self.at.expect(".")?;
                let name = self.at.word();
                match self.names.field(ty.name, name) {
                    Some(f) => Desc::Field(f),
                    None => return start.error(format!("`{}` has no field `{name}`", ty.name)),
                }
            }
            DescSort::Elems => {
                let ty = self.type_info()?;
                self.at.expect("[")?;
                self.at.expect("]")?;
                match &ty.elems {
                    Some(e) => Desc::Elems(e),
                    None => return start.error(format!("`{}` has no elements", ty.name)),
                }
            }
            DescSort::Fun => {
                let name = self.at.word();
                match self.names.fun(name) {
                    Some(f) => Desc::Fun(f),
                    None => return start.error(format!("unknown function `{name}`")),
                }
            }
            DescSort::Target => Desc::Target(if self.at.eat("own") {
                Target::Own
            } else if self.at.rest().starts_with("label") {
                Target::Label(TraceId(self.at.index("label")?))
            } else {
                Target::Entry(TraceId(self.at.index("trace")?))
            }),
        })
    }

    fn frame(&mut self) -> Result<Frame> {
        self.at.expect("at")?;
        let code = self.at.hex()?;
        self.at.expect("pc")?;
        let pc = self.at.integer()? as u32;
        self.at.expect("base")?;
        let base = self.at.integer()? as i32 as u32;
        self.at.expect("cont")?;
        Ok(Frame { code, pc, base, cont: self.at.hex()? })
    }

    fn snapshot(&mut self) -> Result<Snapshot> {
        let mut s = Snapshot::default();
        while !self.at.is_end() {
            let start = self.at;
            if self.at.rest().starts_with("at ") {
                s.head.cur = Some(self.frame()?);
            } else if self.at.eat("returned") {
                s.head.returned = Some(self.recipe(&mut s)?);
            } else if self.at.eat("pushed") {
                let f = self.frame()?;
                s.pushed.push(f);
            } else if self.at.eat("slots") {
                while !self.end_of_part() {
                    let slot = self.at.integer()? as i32;
                    self.at.expect("=")?;
                    let r = self.recipe(&mut s)?;
                    s.slots.push((slot, r));
                }
            } else if self.at.eat("log") {
                while !self.end_of_part() {
                    let kinds = [LogKind::Load, LogKind::Store, LogKind::New, LogKind::Call];
                    let Some(kind) = kinds.into_iter().find(|&k| self.at.eat(log_name(k))) else {
                        return self.at.error("kind of log entry expected");
                    };
                    self.at.expect("=")?;
                    let result = self.recipe(&mut s)?;
                    s.log.push(LogEntry { kind, result, ty: Ty::Value });
                }
            } else if self.at.eat("stores") {
                while !self.end_of_part() {
                    let store = self.pending_store(&mut s)?;
                    s.stores.push(store);
                }
            } else if self.at.eat("object") {
                let v = self.virtual_object(&mut s)?;
                s.virtuals.push(v);
            } else if self.at.eat("leaves") {
                while !self.end_of_part() {
                    let r = self.operand(None)?;
                    s.leaf(r);
                }
            } else if self.at.eat("guard") {
                s.head.ordinal = self.at.integer()? as u32;
            } else {
                return start.error("part of a snapshot expected");
            }
            if !self.at.is_end() {
                self.at.expect(",")?;
            }
        }
        Ok(s)
    }

    fn end_of_part(&mut self) -> bool {
        self.at.is_end() || self.at.rest().starts_with(',')
    }

    fn pending_store(&mut self, s: &mut Snapshot) -> Result<PendingStore> {
        let start = self.at;
        let ty = self.type_info()?;
        let place = if self.at.eat("[") {
            let k = self.at.integer()? as u32;
            self.at.expect("]")?;
            ty.elems.as_ref().filter(|e| e.size == 8).map(|e| Place::Elem(e, k))
        } else {
            self.at.expect(".")?;
            let name = self.at.word();
            self.names.field(ty.name, name).map(Place::Field)
        };
        let Some(place) = place else { return start.error(format!("`{}` has no such field or elements", ty.name)) };
        self.at.expect("(")?;
        let object = self.recipe(s)?;
        self.at.expect(")")?;
        self.at.expect("=")?;
        Ok(PendingStore { object, place, value: self.recipe(s)? })
    }

    fn virtual_object(&mut self, s: &mut Snapshot) -> Result<VirtualObject> {
        let id = if self.at.eat("none") { Ref::NONE } else { self.operand(None)? };
        let ty = self.type_info()?;
        let len = if self.at.eat("[") {
            let n = self.at.integer()? as u32;
            self.at.expect("]")?;
            Some(n)
        } else {
            None
        };
        self.at.expect("aux")?;
        let aux = self.recipe(s)?;
        self.at.expect("{")?;
        let first = s.parts.len();
        while !self.at.eat("}") {
            let part = self.recipe(s)?;
            s.parts.push(part);
        }
        Ok(VirtualObject { id, ty, len, aux, fields: Span::next(first, s.parts.len() - first) })
    }

    fn recipe(&mut self, s: &mut Snapshot) -> Result<Recipe> {
        if self.at.eat("virtual") {
            return Ok(Recipe::Virtual(self.at.integer()? as u32));
        }
        if self.at.eat("nothing") {
            return Ok(Recipe::Nothing);
        }
        self.at.skip_space();
        let boxed: Option<fn(u32) -> Recipe> = match () {
            _ if self.at.eat("int") => Some(Recipe::BoxInt),
            _ if !self.at.rest().starts_with("float(") && self.at.eat("float") => Some(Recipe::BoxFloat),
            _ => None,
        };
        let r = self.operand(None)?;
        match (self.trace.const_of(r), boxed) {
            (Some(c), None) => Ok(Recipe::Const(c.bits)),
            (Some(_), Some(_)) => self.at.error("a constant needs no boxing"),
            (None, boxed) => Ok(boxed.unwrap_or(Recipe::Leaf)(s.leaf(r))),
        }
    }

    /// Snapshots may come in any order and after their uses, with any numbers.
    fn resolve_snapshots(mut self) -> Result<Trace> {
        let count = self.snapshots.keys().max().map_or(0, |&n| n as usize + 1);
        for (n, place) in &self.uses {
            if !self.snapshots.contains_key(n) {
                return place.error(format!("snapshot s{n} is missing"));
            }
        }
        if count > self.uses.len() + self.snapshots.len() {
            return self.at.error("snapshots are not numbered in order");
        }
        for n in 0..count as u32 {
            self.trace.snapshots.push(&mut self.snapshots.remove(&n).unwrap_or_default());
        }
        Ok(self.trace)
    }
}
