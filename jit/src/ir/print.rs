//! The text form of a trace, driven by the table of operations. `parse` reads it back.
//!
//! ```text
//! v0 = slot 0
//! is_small_int v0 -> exit s0
//! v2 = unbox_int v0
//! label
//! v4 = param int
//! not int_lt v4, 10 -> exit s1
//! v6 = call double(v4)
//! jump own(v6)
//! s0: at 0x0 pc 3 base 0 cont 0x0, leaves v0, slots 0=v0 1='5
//! ```
//!
//! Values are named by the index of their instruction. Constants: `10` integer, `1.5` float, `'10` `'1.5` `#2` tagged values,
//! `value(0x…)`, `ref(0x…)` and `float(0x…)` for the rest.

use super::*;
use std::fmt::{self, Display, Formatter, Write};

/// A trace with the names to print it with.
pub struct Printer<'a> {
    trace: &'a Trace,
    names: &'a Registry,
}

impl Trace {
    /// For printing.
    pub fn display<'a>(&'a self, names: &'a Registry) -> Printer<'a> {
        Printer { trace: self, names }
    }
}

impl Display for Printer<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for i in 0..self.trace.insts.len() {
            writeln!(f, "{}", self.inst(i))?;
        }
        for (i, s) in self.trace.snapshots.iter().enumerate() {
            writeln!(f, "s{i}: {}", self.snapshot(&s))?;
        }
        Ok(())
    }
}

/// Name of a type in the text form.
pub fn ty_name(ty: Ty) -> &'static str {
    match ty {
        Ty::Value => "value",
        Ty::Int => "int",
        Ty::Float => "float",
        Ty::Ref => "ref",
    }
}

/// A constant in the text form.
pub fn constant(c: Const) -> String {
    match c.ty {
        Ty::Int => format!("{}", c.bits as i64),
        Ty::Float => float(f64::from_bits(c.bits)),
        Ty::Ref => format!("ref(0x{:x})", c.bits),
        Ty::Value => value(c.bits),
    }
}

fn float(f: f64) -> String {
    if f.is_finite() { format!("{f:?}") } else { format!("float(0x{:x})", f.to_bits()) }
}

fn value(bits: u64) -> String {
    let v = framework::Value(bits);
    match v.singleton_id() {
        Some(id) if framework::Value::singleton(id) == v => format!("#{id}"),
        _ if v.is_small_int() => format!("'{}", v.as_small_int()),
        _ if v.is_immediate_float() => format!("'{}", float(v.as_immediate_float())),
        _ => format!("value(0x{bits:x})"),
    }
}

impl Printer<'_> {
    /// A reference in the text form.
    pub fn operand(&self, r: Ref) -> String {
        match self.trace.const_of(r) {
            _ if r == Ref::NONE => "none".into(),
            Some(c) => constant(c),
            None => format!("v{}", r.0),
        }
    }

    fn list(&self, refs: &[Ref]) -> String {
        let all: Vec<String> = refs.iter().map(|&r| self.operand(r)).collect();
        all.join(", ")
    }

    /// An instruction in the text form.
    pub fn inst(&self, index: usize) -> String {
        let t = self.trace;
        let i = &t.insts[index];
        let mut s = String::new();
        if i.op.has_result() && (i.op.class() != Class::Guard || i.expect()) {
            let _ = write!(s, "v{index} = ");
        }
        if i.op.class() == Class::Guard && !i.expect() && !Self::always_expected(i.op) {
            s.push_str("not ");
        }
        s.push_str(i.op.name());
        let mut args: Vec<String> = vec![];
        for (kind, word) in i.op.operands().into_iter().zip([i.a, i.b]) {
            match kind {
                Operand::Ref(_) | Operand::Any => args.push(self.operand(Ref(word))),
                Operand::Imm => args.push((word as i32).to_string()),
                Operand::None | Operand::List => {}
            }
        }
        if i.op == Op::StoreElem {
            args.push(self.operand(Ref(i.c)));
        }
        if i.is_small() {
            args.push("small".into());
        }
        if i.op == Op::Param {
            args.push(ty_name(i.ty).into());
        }
        if i.op.desc().is_some() {
            args.push(self.desc(t.desc(i)));
        }
        if matches!(i.op, Op::Enter | Op::CallTrace) {
            args.push(self.desc(&t.descs[i.c as usize]));
        }
        if !args.is_empty() {
            let _ = write!(s, " {}", args.join(", "));
        }
        if i.op.operands()[0] == Operand::List {
            let _ = write!(s, "({})", self.list(t.list(i)));
        }
        match t.snapshot_of(i) {
            Some(snapshot) if i.op == Op::Exit => {
                let _ = write!(s, " s{snapshot}");
            }
            Some(snapshot) => {
                let _ = write!(s, " -> exit s{snapshot}");
            }
            None => {}
        }
        s
    }

    /// Guards whose expectation says nothing: there is only one way they can be recorded.
    pub(super) fn always_expected(op: Op) -> bool {
        matches!(op, Op::Valid | Op::Poll | Op::Room | Op::ReturnedAt)
    }

    fn desc(&self, d: &Desc) -> String {
        match d {
            Desc::Field(f) => format!("{}.{}", self.names.type_name(f.owner), f.name),
            Desc::Elems(e) => format!("{}[]", self.names.type_name(e.owner)),
            Desc::Type(t) => t.name.to_string(),
            Desc::Fun(f) => f.name.to_string(),
            Desc::Frame(f) => self.frame(f),
            Desc::Target(Target::Own) => "own".into(),
            Desc::Target(Target::Label(t)) => format!("label{}", t.0),
            Desc::Target(Target::Entry(t)) => format!("trace{}", t.0),
        }
    }

    fn frame(&self, f: &Frame) -> String {
        format!("at 0x{:x} pc {} base {} cont 0x{:x}", f.code, f.pc, f.base as i32, f.cont)
    }

    /// A snapshot in the text form, without its name.
    pub fn snapshot(&self, s: &SnapshotView) -> String {
        let mut parts = vec![];
        if let Some(f) = &s.cur {
            parts.push(self.frame(f));
        }
        parts.extend(s.pushed.iter().map(|f| format!("pushed {}", self.frame(f))));
        if !s.leaves.is_empty() {
            let leaves: Vec<String> = s.leaves.iter().map(|&r| self.operand(r)).collect();
            parts.push(format!("leaves {}", leaves.join(" ")));
        }
        let recipe = |r: &Recipe| match *r {
            Recipe::Leaf(i) => self.operand(s.leaves[i as usize]),
            Recipe::Const(bits) => value(bits),
            Recipe::BoxInt(i) => format!("int {}", self.operand(s.leaves[i as usize])),
            Recipe::BoxFloat(i) => format!("float {}", self.operand(s.leaves[i as usize])),
            Recipe::Virtual(i) => format!("virtual {i}"),
            Recipe::Nothing => "nothing".into(),
        };
        if let Some(r) = &s.returned {
            parts.push(format!("returned {}", recipe(r)));
        }
        if !s.slots.is_empty() {
            let slots: Vec<String> = s.slots.iter().map(|(i, r)| format!("{i}={}", recipe(r))).collect();
            parts.push(format!("slots {}", slots.join(" ")));
        }
        if !s.log.is_empty() {
            let log: Vec<String> = s.log.iter().map(|e| format!("{}={}", log_name(e.kind), recipe(&e.result))).collect();
            parts.push(format!("log {}", log.join(" ")));
        }
        if !s.stores.is_empty() {
            let store = |p: &PendingStore| {
                let owner = self.names.type_name(p.place.owner());
                let place = match p.place {
                    Place::Field(f) => format!(".{}", f.name),
                    Place::Elem(_, k) => format!("[{k}]"),
                };
                format!("{owner}{place}({})={}", recipe(&p.object), recipe(&p.value))
            };
            parts.push(format!("stores {}", s.stores.iter().map(store).collect::<Vec<String>>().join(" ")));
        }
        for v in s.virtuals {
            let len = v.len.map_or(String::new(), |n| format!("[{n}]"));
            let fields: Vec<String> = s.fields(v).iter().map(recipe).collect();
            parts.push(format!("object {} {}{len} aux {} {{ {} }}", self.operand(v.id), v.ty.name, recipe(&v.aux), fields.join(" ")));
        }
        if s.ordinal != 0 {
            parts.push(format!("guard {}", s.ordinal));
        }
        parts.join(", ")
    }
}

pub(super) fn log_name(kind: LogKind) -> &'static str {
    match kind {
        LogKind::Load => "load",
        LogKind::Store => "store",
        LogKind::New => "new",
        LogKind::Call => "call",
    }
}
