//! Statements, functions and classes.

use super::expr::is_simple;
use super::*;
use ruff_python_ast::{self as ast, Expr, Stmt};

/// The docstring of a body.
pub(super) fn docstring(body: &[Stmt]) -> Option<&str> {
    match body.first() {
        Some(Stmt::Expr(e)) => match &*e.value {
            Expr::StringLiteral(s) => Some(s.value.to_str()),
            _ => None,
        },
        _ => None,
    }
}

impl<'c, 'a> Function<'c, 'a> {
    pub(super) fn body(&mut self, body: &'a [Stmt]) -> C {
        self.depth += 1;
        if self.depth > 3000 {
            return self.fail("too many statically nested blocks");
        }
        for s in body {
            let (old, top) = (self.at(s), self.next);
            self.stmt(s)?;
            self.span = old;
            self.next = top;
        }
        self.depth -= 1;
        Ok(())
    }

    fn stmt(&mut self, s: &'a Stmt) -> C {
        match s {
            Stmt::Expr(e) => {
                if !matches!(&*e.value, Expr::StringLiteral(_)) {
                    let r = self.temp()?;
                    self.expr_to(&e.value, r)?;
                }
                Ok(())
            }
            Stmt::Assign(a) => self.assign_stmt(a),
            Stmt::AugAssign(a) => self.aug_assign(a),
            Stmt::AnnAssign(a) => {
                if let (Expr::Name(n), true, ScopeKind::Class) = (&*a.target, a.simple, self.scope_kind()) {
                    let name = self.mangle(n.id.as_str());
                    self.annotations.push((name, &*a.annotation));
                }
                let Some(v) = &a.value else { return Ok(()) };
                {
                    let r = self.expr(v)?;
                    self.assign(&a.target, r)
                }
            }
            Stmt::If(i) => self.if_stmt(i),
            Stmt::While(w) => self.while_stmt(w),
            Stmt::For(f) => self.for_stmt(f),
            Stmt::FunctionDef(f) => self.function_def(f),
            Stmt::ClassDef(c) => self.class_def(c),
            Stmt::Return(r) => {
                if self.scope_kind() != ScopeKind::Function {
                    return self.fail("'return' outside function");
                }
                match &r.value {
                    Some(v) => {
                        let mut r = self.expr(v)?;
                        if !self.blocks.is_empty() {
                            let t = self.temp()?;
                            self.op3(Op::Move, t, r, 0);
                            r = t;
                        }
                        self.unwind_blocks(0)?;
                        self.op3(if self.generator.is_some() { Op::GeneratorReturn } else { Op::Return }, r, 0, 0);
                    }
                    None => {
                        self.unwind_blocks(0)?;
                        self.return_none()?;
                    }
                }
                self.dead = true;
                Ok(())
            }
            Stmt::Break(_) | Stmt::Continue(_) => {
                let Some(i) = self.blocks.iter().rposition(|b| matches!(b, Block::Loop { .. })) else {
                    return self.fail(if matches!(s, Stmt::Break(_)) { "'break' outside loop" } else { "'continue' not properly in loop" });
                };
                let Block::Loop { exit, next } = self.blocks[i].clone() else { unreachable!("just found") };
                self.unwind_blocks(i + 1)?;
                self.jump(if matches!(s, Stmt::Break(_)) { exit } else { next });
                Ok(())
            }
            Stmt::Pass(_) | Stmt::Global(_) | Stmt::Nonlocal(_) => Ok(()),
            Stmt::Raise(r) => {
                let mut regs = [0; 2];
                let mut n = 0;
                for e in [&r.exc, &r.cause].into_iter().flatten() {
                    regs[n] = self.expr(e)?;
                    n += 1;
                }
                self.emit(Op::Raise, n as u8, regs[0], regs[1], 0, 0, 0);
                self.dead = true;
                Ok(())
            }
            Stmt::Try(t) => self.try_stmt(t),
            Stmt::With(w) => {
                if w.is_async && !self.c.table.scopes[self.scopes[0].0].is_async {
                    return self.fail("'async with' outside async function");
                }
                self.with_items(&w.items, &w.body, w.is_async)
            }
            Stmt::Assert(a) => {
                let ok = self.label();
                self.jump_if(&a.test, true, ok, 0)?;
                let r = self.temp()?;
                match &a.msg {
                    Some(m) => self.expr_to(m, r)?,
                    None => self.load_const(r, MISSING)?,
                }
                let state = self.bound.clone();
                let old = self.at(&*a.test);
                self.op3(Op::RaiseAssert, r, 0, 0);
                self.span = old;
                self.bound = state;
                self.place(ok);
                Ok(())
            }
            Stmt::Delete(d) => d.targets.iter().try_for_each(|t| self.delete(t)),
            Stmt::Import(i) => {
                for a in &i.names {
                    let r = self.temp()?;
                    let name = intern(self.c.vm, a.name.as_str());
                    let (bind, top) = match &a.asname {
                        Some(n) => (n.as_str(), 0),
                        None => (a.name.as_str().split('.').next().unwrap_or(""), 1),
                    };
                    self.emit(Op::Import, top, r, 0, 0, name.0, 0);
                    self.store_name(bind, r)?;
                }
                Ok(())
            }
            Stmt::ImportFrom(i) => {
                let module = i.module.as_ref().map_or("", |m| m.as_str());
                if module == "__future__" {
                    return Ok(());
                }
                let r = self.temp()?;
                let name = intern(self.c.vm, module);
                self.emit(Op::Import, 0, r, 0, i.level as u16, name.0, 0);
                for a in &i.names {
                    if a.name.as_str() == "*" {
                        self.op3(Op::ImportStar, r, 0, 0);
                        continue;
                    }
                    let v = self.temp()?;
                    let n = intern(self.c.vm, a.name.as_str());
                    self.emit(Op::ImportFrom, 0, v, r, 0, n.0, 0);
                    self.store_name(a.asname.as_ref().unwrap_or(&a.name).as_str(), v)?;
                }
                Ok(())
            }
            Stmt::Match(m) => self.match_stmt(m),
            Stmt::TypeAlias(t) => self.type_alias(t),
            Stmt::IpyEscapeCommand(_) => self.fail("invalid syntax"),
        }
    }

    fn assign_stmt(&mut self, a: &'a ast::StmtAssign) -> C {
        if let ([Expr::Tuple(t)], Expr::Tuple(v)) = (&a.targets[..], &*a.value)
            && t.elts.len() == v.elts.len()
            && !t.elts.iter().chain(&v.elts).any(|e| matches!(e, Expr::Starred(_)))
        {
            // No tuple is built: all values first, then all targets.
            let base = self.temps(v.elts.len() as u16)?;
            for (i, e) in v.elts.iter().enumerate() {
                self.expr_to(e, base + i as u16)?;
            }
            for (i, e) in t.elts.iter().enumerate() {
                self.assign(e, base + i as u16)?;
            }
            return Ok(());
        }
        if let [target] = &a.targets[..]
            && is_simple(target)
            && let Expr::Name(n) = target
            && let (Place::Local, r, _) = self.lookup(n.id.as_str())
            && !Self::writes_early(&a.value)
        {
            self.expr_to(&a.value, r)?;
            self.set_bound(r);
            return Ok(());
        }
        let r = self.expr(&a.value)?;
        a.targets.iter().try_for_each(|t| self.assign(t, r))
    }

    pub(super) fn assign(&mut self, target: &'a Expr, from: Reg) -> C {
        let (old, top) = (self.at(target), self.next);
        match target {
            Expr::Name(n) => self.store_name(n.id.as_str(), from)?,
            Expr::Attribute(a) => {
                let o = self.expr(&a.value)?;
                let n = self.name(a.attr.as_str());
                self.caches += 1;
                self.emit(Op::StoreAttr, 0, o, from, 0, n.0, self.caches - 1);
            }
            Expr::Subscript(s) => {
                let o = self.expr(&s.value)?;
                let i = self.expr(&s.slice)?;
                self.op3(Op::SetItem, o, i, from);
            }
            Expr::Tuple(ast::ExprTuple { elts, .. }) | Expr::List(ast::ExprList { elts, .. }) => {
                let n = elts.len() as u16;
                let base = self.temps(n)?;
                match elts.iter().position(|e| matches!(e, Expr::Starred(_))) {
                    None => self.op3(Op::Unpack, from, base, n),
                    Some(i) => {
                        if elts[i + 1..].iter().any(|e| matches!(e, Expr::Starred(_))) {
                            return self.fail("multiple starred expressions in assignment");
                        }
                        self.emit(Op::UnpackStar, 0, from, base, n, i as u32, n as u32 - i as u32 - 1);
                    }
                }
                for (i, e) in elts.iter().enumerate() {
                    let e = if let Expr::Starred(s) = e { &s.value } else { e };
                    self.assign(e, base + i as u16)?;
                }
            }
            Expr::Starred(_) => return self.fail("starred assignment target must be in a list or tuple"),
            _ => return self.fail("cannot assign to expression"),
        }
        self.span = old;
        self.next = top;
        Ok(())
    }

    fn aug_assign(&mut self, a: &'a ast::StmtAugAssign) -> C {
        let op = binop_of(a.op);
        match &*a.target {
            Expr::Name(n) => {
                let l = self.load_name(n.id.as_str(), None)?;
                if let (Place::Local, r, _) = self.lookup(n.id.as_str()) {
                    return self.binary_right(l, op, &a.value, r, true);
                }
                self.binary_right(l, op, &a.value, l, true)?;
                self.store_name(n.id.as_str(), l)
            }
            Expr::Attribute(t) => {
                let o = self.expr(&t.value)?;
                let (n, v) = (self.name(t.attr.as_str()), self.temp()?);
                self.caches += 2;
                let cache = self.caches - 2;
                self.emit(Op::LoadAttr, 0, v, o, 0, n.0, cache);
                self.binary_right(v, op, &a.value, v, true)?;
                self.emit(Op::StoreAttr, 0, o, v, 0, n.0, cache + 1);
                Ok(())
            }
            Expr::Subscript(t) => {
                let o = self.expr(&t.value)?;
                let i = self.expr(&t.slice)?;
                let v = self.temp()?;
                self.op3(Op::GetItem, v, o, i);
                self.binary_right(v, op, &a.value, v, true)?;
                self.op3(Op::SetItem, o, i, v);
                Ok(())
            }
            _ => self.fail("illegal expression for augmented assignment"),
        }
    }

    fn delete(&mut self, t: &'a Expr) -> C {
        let (old, top) = (self.at(t), self.next);
        match t {
            Expr::Name(n) => self.delete_name(n.id.as_str()),
            Expr::Attribute(a) => {
                let o = self.expr(&a.value)?;
                let n = self.name(a.attr.as_str());
                self.emit(Op::DelAttr, 0, o, 0, 0, n.0, 0);
            }
            Expr::Subscript(s) => {
                let o = self.expr(&s.value)?;
                let i = self.expr(&s.slice)?;
                self.op3(Op::DelItem, o, i, 0);
            }
            Expr::Tuple(ast::ExprTuple { elts, .. }) | Expr::List(ast::ExprList { elts, .. }) => elts.iter().try_for_each(|e| self.delete(e))?,
            _ => return self.fail("cannot delete expression"),
        }
        self.span = old;
        self.next = top;
        Ok(())
    }

    fn if_stmt(&mut self, i: &'a ast::StmtIf) -> C {
        let end = self.label();
        let mut ways: Vec<(Vec<Reg>, bool)> = vec![];
        let mut test = Some(&*i.test);
        let mut body = &i.body;
        let mut clauses = i.elif_else_clauses.iter();
        loop {
            let other = self.label();
            if let Some(t) = test {
                self.jump_if(t, false, other, 0)?;
            }
            let before = self.bound.clone();
            self.body(body)?;
            ways.push(self.state());
            let Some(c) = clauses.next() else {
                if test.is_some() {
                    ways.push((before, false));
                }
                self.place(other);
                break;
            };
            if !self.dead {
                self.jump(end);
            }
            self.place(other);
            self.bound = before;
            test = c.test.as_ref();
            body = &c.body;
        }
        self.place(end);
        self.dead = true;
        ways.into_iter().for_each(|w| self.join(w));
        Ok(())
    }

    fn while_stmt(&mut self, w: &'a ast::StmtWhile) -> C {
        let (body, next, done, exit) = (self.label(), self.label(), self.label(), self.label());
        let hot = self.hot();
        self.jump_if(&w.test, false, done, 0)?;
        let before = self.bound.clone();
        self.place(body);
        self.blocks.push(Block::Loop { exit, next });
        self.body(&w.body)?;
        self.blocks.pop();
        self.place(next);
        self.bound = before.clone();
        // The test again at the bottom: one jump per iteration.
        self.jump_if(&w.test, true, body, hot + 1)?;
        self.bound = before.clone();
        self.place(done);
        self.body(&w.orelse)?;
        self.bound = before;
        self.place(exit);
        Ok(())
    }

    fn for_stmt(&mut self, f: &'a ast::StmtFor) -> C {
        if f.is_async {
            return self.async_for(f);
        }
        let it = self.temp()?;
        self.expr_to(&f.iter, it)?;
        let old = self.at(&*f.iter);
        self.op3(Op::GetIter, it, it, 0);
        let (body, next, exit) = (self.label(), self.label(), self.label());
        let hot = self.hot();
        let v = self.temp()?;
        let before = self.bound.clone();
        self.jump(next);
        self.place(body);
        self.for_target(&f.target, v)?;
        self.blocks.push(Block::Loop { exit, next });
        self.body(&f.body)?;
        self.blocks.pop();
        self.place(next);
        self.bound = before.clone();
        let target = self.loop_register(&f.target, v);
        self.emit(Op::ForIter, 0, it, target, 0, body.0, hot + 1);
        self.span = old;
        self.body(&f.orelse)?;
        self.bound = before;
        self.place(exit);
        Ok(())
    }
}

fn binop_of(op: ast::Operator) -> BinOp {
    super::expr::binop(op)
}
