//! `match` statements.

use super::*;
use ruff_python_ast::{self as ast, CmpOp as AstCmp, Pattern, Singleton};
use std::collections::BTreeMap;

/// What `Op::Match` asks of the subject.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Question {
    /// Is it a sequence?
    Sequence,
    /// Is it a mapping?
    Mapping,
    /// Its length.
    Length,
    /// Attributes of an instance of a class, as a tuple; `None` if it is no instance or lacks one.
    Class,
    /// Values of keys, as a tuple; `None` if one is missing.
    Keys,
    /// A dictionary of all but these keys.
    Rest,
}

/// Captured names of a pattern and where their values wait until all of it has matched.
type Captures = BTreeMap<String, Reg>;

impl<'c, 'a> Function<'c, 'a> {
    pub(super) fn match_stmt(&mut self, m: &'a ast::StmtMatch) -> C {
        let subject = self.temp()?;
        self.expr_to(&m.subject, subject)?;
        let end = self.label();
        let mut ways = vec![];
        let last = m.cases.len().saturating_sub(1);
        for (i, case) in m.cases.iter().enumerate() {
            let (old, top, before) = (self.at(&case.pattern), self.next, self.bound.clone());
            if i < last && case.guard.is_none() {
                self.check_refutable(&case.pattern)?;
            }
            let fail = self.label();
            let mut captures = Captures::new();
            self.pattern(&case.pattern, subject, fail, &mut captures)?;
            for (name, r) in &captures {
                self.store_name(name, *r)?;
            }
            if let Some(g) = &case.guard {
                self.jump_if(g, false, fail, 0)?;
            }
            self.span = old;
            self.body(&case.body)?;
            ways.push(self.state());
            if !self.dead {
                self.jump(end);
            }
            self.place(fail);
            self.bound = before;
            self.next = top;
        }
        ways.push(self.state());
        self.place(end);
        self.dead = true;
        ways.into_iter().for_each(|w| self.join(w));
        Ok(())
    }

    /// Only the last case, or the last alternative, may match everything.
    fn check_refutable(&mut self, p: &'a Pattern) -> C {
        match p {
            Pattern::MatchAs(a) if a.pattern.is_none() => {
                let message = match &a.name {
                    Some(n) => format!("name capture '{n}' makes remaining patterns unreachable"),
                    None => "wildcard makes remaining patterns unreachable".into(),
                };
                self.at(p);
                self.fail(&message)
            }
            Pattern::MatchAs(a) => a.pattern.as_deref().map_or(Ok(()), |p| self.check_refutable(p)),
            Pattern::MatchOr(o) => o.patterns.last().map_or(Ok(()), |p| self.check_refutable(p)),
            _ => Ok(()),
        }
    }

    fn ask(&mut self, q: Question, subject: Reg, c: Reg, d: Reg) -> C<Reg> {
        let t = self.temp()?;
        self.emit(Op::Match, q as u8, t, subject, c, d as u32, 0);
        Ok(t)
    }

    fn capture(&mut self, name: &ast::Identifier, from: Reg, captures: &mut Captures) -> C {
        let t = self.temp()?;
        self.op3(Op::Move, t, from, 0);
        if captures.insert(name.as_str().to_string(), t).is_some() {
            self.at(name);
            return self.fail(&format!("multiple assignments to name '{name}' in pattern"));
        }
        Ok(())
    }

    /// Falls through if the pattern matches, else jumps.
    fn pattern(&mut self, p: &'a Pattern, subject: Reg, fail: Label, captures: &mut Captures) -> C {
        self.depth += 1;
        if self.depth > 1000 {
            return self.fail("too many nested patterns");
        }
        let old = self.at(p);
        match p {
            Pattern::MatchValue(v) => {
                let (r, t) = (self.expr(&v.value)?, self.temp()?);
                self.compare_regs(subject, AstCmp::Eq, r, t);
                self.emit(Op::JumpIfNot, 0, t, 0, 0, fail.0, 0);
            }
            Pattern::MatchSingleton(s) => {
                let k = self.constant(match s.value {
                    Singleton::None => NONE,
                    Singleton::True => TRUE,
                    Singleton::False => FALSE,
                })?;
                self.emit(Op::JumpIsK, 0, subject, k, 0, fail.0, 0);
            }
            Pattern::MatchAs(a) => {
                if let Some(p) = &a.pattern {
                    self.pattern(p, subject, fail, captures)?;
                }
                if let Some(n) = &a.name {
                    self.capture(n, subject, captures)?;
                }
            }
            Pattern::MatchStar(_) => return self.fail("can't use starred name here"),
            Pattern::MatchSequence(s) => self.sequence_pattern(&s.patterns, subject, fail, captures)?,
            Pattern::MatchOr(o) => self.or_pattern(&o.patterns, subject, fail, captures)?,
            Pattern::MatchMapping(m) => self.mapping_pattern(m, subject, fail, captures)?,
            Pattern::MatchClass(c) => {
                let cls = self.expr(&c.cls)?;
                let n = c.arguments.patterns.len();
                let count = self.c.vm.core.heap.int(n as i64);
                let mut spec = vec![count];
                for k in &c.arguments.keywords {
                    let name = self.name_value(k.attr.as_str());
                    if spec[1..].contains(&name) {
                        self.at(k);
                        return self.fail(&format!("attribute name repeated in class pattern: {}", k.attr));
                    }
                    spec.push(name);
                }
                let spec = self.tuple_constant(&spec)?;
                let t = self.ask(Question::Class, subject, cls, spec)?;
                let none = self.constant(NONE)?;
                self.emit(Op::JumpIsK, 1, t, none, 0, fail.0, 0);
                let parts: Vec<&'a Pattern> = c.arguments.patterns.iter().chain(c.arguments.keywords.iter().map(|k| &k.pattern)).collect();
                self.parts(t, &parts, fail, captures)?;
            }
        }
        self.span = old;
        self.depth -= 1;
        Ok(())
    }

    /// Matches the items of a tuple.
    fn parts(&mut self, tuple: Reg, parts: &[&'a Pattern], fail: Label, captures: &mut Captures) -> C {
        let base = self.temps(parts.len() as u16)?;
        self.op3(Op::Unpack, tuple, base, parts.len() as u16);
        parts.iter().enumerate().try_for_each(|(i, p)| self.pattern(p, base + i as u16, fail, captures))
    }

    fn tuple_constant(&mut self, items: &[Value]) -> C<Reg> {
        let v = crate::objects::new_tuple(self.c.vm, items);
        let r = self.temp()?;
        self.load_const(r, v)?;
        Ok(r)
    }

    fn sequence_pattern(&mut self, patterns: &'a [Pattern], subject: Reg, fail: Label, captures: &mut Captures) -> C {
        let t = self.ask(Question::Sequence, subject, subject, subject)?;
        self.emit(Op::JumpIfNot, 0, t, 0, 0, fail.0, 0);
        let star = patterns.iter().position(|p| matches!(p, Pattern::MatchStar(_)));
        let n = patterns.len() as u16;
        let len = self.ask(Question::Length, subject, subject, subject)?;
        let want = self.c.vm.core.heap.int(n as i64 - star.is_some() as i64);
        let k = self.constant(want)?;
        self.emit(if star.is_some() { Op::JumpGeK } else { Op::JumpEqK }, 0, len, k, 0, fail.0, 0);
        let Some(i) = star else { return self.parts(subject, &patterns.iter().collect::<Vec<_>>(), fail, captures) };
        let base = self.temps(n)?;
        self.emit(Op::UnpackStar, 0, subject, base, n, i as u32, n as u32 - i as u32 - 1);
        for (j, p) in patterns.iter().enumerate() {
            match p {
                Pattern::MatchStar(_) if i != j => {
                    self.at(p);
                    return self.fail("multiple starred expressions in sequence pattern");
                }
                Pattern::MatchStar(s) => {
                    if let Some(n) = &s.name {
                        self.capture(n, base + j as u16, captures)?;
                    }
                }
                p => self.pattern(p, base + j as u16, fail, captures)?,
            }
        }
        Ok(())
    }

    fn mapping_pattern(&mut self, m: &'a ast::PatternMatchMapping, subject: Reg, fail: Label, captures: &mut Captures) -> C {
        let t = self.ask(Question::Mapping, subject, subject, subject)?;
        self.emit(Op::JumpIfNot, 0, t, 0, 0, fail.0, 0);
        if m.keys.is_empty() && m.rest.is_none() {
            return Ok(());
        }
        let n = m.keys.len() as u16;
        let base = self.temps(n)?;
        for (i, k) in m.keys.iter().enumerate() {
            self.expr_to(k, base + i as u16)?;
        }
        let keys = self.temp()?;
        self.op3(Op::BuildTuple, keys, base, n);
        let values = self.ask(Question::Keys, subject, keys, keys)?;
        let none = self.constant(NONE)?;
        self.emit(Op::JumpIsK, 1, values, none, 0, fail.0, 0);
        self.parts(values, &m.patterns.iter().collect::<Vec<_>>(), fail, captures)?;
        if let Some(r) = &m.rest {
            let rest = self.ask(Question::Rest, subject, keys, keys)?;
            self.capture(r, rest, captures)?;
        }
        Ok(())
    }

    fn or_pattern(&mut self, patterns: &'a [Pattern], subject: Reg, fail: Label, captures: &mut Captures) -> C {
        let end = self.label();
        let mut first: Option<Captures> = None;
        for (i, p) in patterns.iter().enumerate() {
            let last = i + 1 == patterns.len();
            if !last {
                self.check_refutable(p)?;
            }
            let next = if last { fail } else { self.label() };
            let mut own = Captures::new();
            self.pattern(p, subject, next, &mut own)?;
            match &first {
                None => first = Some(own),
                Some(f) => {
                    if !f.keys().eq(own.keys()) {
                        return self.fail("alternative patterns bind different names");
                    }
                    // All alternatives leave their captures in the same registers.
                    for (a, b) in f.values().zip(own.values()) {
                        self.op3(Op::Move, *a, *b, 0);
                    }
                }
            }
            if !last {
                self.jump(end);
                self.place(next);
            }
        }
        self.place(end);
        for (name, r) in first.unwrap_or_default() {
            if captures.insert(name.clone(), r).is_some() {
                return self.fail(&format!("multiple assignments to name '{name}' in pattern"));
            }
        }
        Ok(())
    }
}
