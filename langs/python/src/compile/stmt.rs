//! Statements, functions and classes.

use super::expr::is_simple;
use super::*;
use ruff_python_ast::{self as ast, ExceptHandler, Expr, Stmt};

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
            Stmt::AnnAssign(a) => match &a.value {
                Some(v) => {
                    let r = self.expr(v)?;
                    self.assign(&a.target, r)
                }
                None => Ok(()),
            },
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
                if w.is_async {
                    return self.fail("'async with' outside async function");
                }
                self.with_items(&w.items, &w.body)
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
                self.op3(Op::RaiseAssert, r, 0, 0);
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
            Stmt::Match(_) => self.fail("match statements are not supported yet"),
            Stmt::TypeAlias(_) => self.fail("type aliases are not supported yet"),
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
            return self.fail("'async for' outside async function");
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

    // ---- functions and classes
    fn decorators(&mut self, list: &'a [ast::Decorator]) -> C<Vec<Reg>> {
        let mut calls = vec![];
        for d in list {
            let base = self.temps(3)?;
            self.expr_to(&d.expression, base)?;
            calls.push(base);
        }
        Ok(calls)
    }
    fn apply_decorators(&mut self, calls: Vec<Reg>, value: Reg) {
        for base in calls.into_iter().rev() {
            self.op3(Op::Move, base + 2, value, 0);
            self.op3(Op::Call, value, base, 1);
        }
    }

    fn function_def(&mut self, d: &'a ast::StmtFunctionDef) -> C {
        let calls = self.decorators(&d.decorator_list)?;
        let scope = self.c.table.scope_of(d);
        let (span, class_name) = (self.span, self.class_name.clone());
        let qualname = self.child_qualname(d.name.as_str());
        let line = self.c.source.line(span.start);
        let mut f = self.c.function(scope, d.name.as_str(), qualname, class_name);
        f.span = span;
        let doc = match docstring(&d.body) {
            Some(s) => {
                let v = f.str_value(s);
                f.constant(v)?;
                v
            }
            None => NONE,
        };
        let (params, texts) = f.params(Some(&d.parameters));
        let generator = f.c.table.scopes[scope].generator;
        let closure = f.prologue(&params, &texts, generator)?;
        f.body(&d.body)?;
        f.return_none()?;
        let code = f.finish(params, closure, false, doc, line, 0)?;
        let r = self.temp()?;
        self.make_function(code, scope, Some(&d.parameters), r)?;
        self.apply_decorators(calls, r);
        self.store_name(d.name.as_str(), r)
    }

    fn class_def(&mut self, d: &'a ast::StmtClassDef) -> C {
        let calls = self.decorators(&d.decorator_list)?;
        let scope = self.c.table.scope_of(d);
        let span = self.span;
        let qualname = self.child_qualname(d.name.as_str());
        let line = self.c.source.line(span.start);
        let table = self.c.table;
        let info = &table.scopes[scope];
        let mut f = self.c.function(scope, d.name.as_str(), qualname.clone(), Some(d.name.as_str().to_string()));
        f.span = span;
        // Register 0 is the namespace; then the `__class__` cell, the closure, its cells.
        f.temp()?;
        let params = Params { names: vec![names::DOT_ZERO], posonly: 1, positional: 1, ..Params::default() };
        let mut regs = HashMap::new();
        let cell = f.temp()?;
        f.op3(Op::NewCell, cell, 0, 0);
        if info.cells.contains("__class__") {
            regs.insert("__class__".to_string(), cell);
        }
        let closure = if info.free.is_empty() { None } else { Some(1) };
        if closure.is_some() {
            // The caller leaves the closure right after the parameters.
            let moved = f.temp()?;
            f.insts[0].a = moved;
            if let Some(r) = regs.get_mut("__class__") {
                *r = moved;
            }
        }
        let cell = f.insts[0].a;
        for (i, n) in info.free.iter().enumerate() {
            let r = f.temp()?;
            regs.insert(n.clone(), r);
            f.op3(Op::LoadClosure, r, 1, i as u16);
        }
        f.scopes[0].1 = regs;
        let r = f.temp()?;
        let module = f.c.module.name.clone();
        for (name, text) in [("__module__", module.as_str()), ("__qualname__", qualname.as_str())] {
            f.load_str(r, text)?;
            f.store_name(name, r)?;
        }
        if let Some(doc) = docstring(&d.body) {
            f.load_str(r, doc)?;
            f.store_name("__doc__", r)?;
        }
        f.body(&d.body)?;
        f.op3(Op::ClassEnd, 0, cell, 0);
        let self_attrs = info.self_attrs.len() as u32;
        let code = f.finish(params, closure, true, NONE, line, self_attrs)?;
        let base = self.temps(3)?;
        self.make_function(code, scope, None, base)?;
        match &d.arguments {
            Some(a) if a.args.iter().any(|e| matches!(e, Expr::Starred(_))) || !a.keywords.is_empty() => {
                return self.fail("metaclasses, class keywords and unpacked bases are not supported yet");
            }
            Some(a) => {
                let first = self.temps(a.args.len() as u16)?;
                for (i, e) in a.args.iter().enumerate() {
                    self.expr_to(e, first + i as u16)?;
                }
                self.op3(Op::BuildTuple, base + 1, first, a.args.len() as u16);
            }
            None => self.op3(Op::BuildTuple, base + 1, base + 1, 0),
        }
        self.load_const(base + 2, NONE)?;
        let r = self.temp()?;
        let name = self.str_value(d.name.as_str());
        let k = self.constant(name)?;
        self.emit(Op::BuildClass, 0, r, base, 3, 0, k as u32);
        self.apply_decorators(calls, r);
        self.store_name(d.name.as_str(), r)
    }

    // ---- exceptions
    fn begin_try(&mut self) -> C<(Label, Reg)> {
        let (target, reg) = (self.label(), self.temp()?);
        self.blocks.push(Block::Try { start: self.here(), target, reg });
        Ok((target, reg))
    }
    fn end_try(&mut self) {
        if let Some(Block::Try { start, target, reg }) = self.blocks.pop()
            && start < self.here()
        {
            self.handlers.push((start, self.here(), target, reg));
        }
    }

    /// Emits what leaving all blocks from number `to` on takes: `finally` bodies, `__exit__` calls … None of it is covered by
    /// the handlers of the blocks it leaves.
    fn unwind_blocks(&mut self, to: usize) -> C {
        let saved = self.blocks.clone();
        while self.blocks.len() > to {
            match self.blocks.pop() {
                Some(Block::Finally { body }) => {
                    let bound = self.bound.clone();
                    self.body(body)?;
                    self.bound = bound;
                }
                Some(Block::With { exit }) => self.call_exit_none(exit)?,
                Some(Block::Handler { saved, name }) => {
                    self.op3(Op::PopHandled, saved, 0, 0);
                    if let Some(n) = name {
                        self.unbind(&n)?;
                    }
                }
                Some(Block::Try { start, target, reg }) if start < self.here() => self.handlers.push((start, self.here(), target, reg)),
                _ => {}
            }
        }
        // The code after the exit is covered again.
        self.blocks = saved;
        let here = self.here() + 1;
        for b in &mut self.blocks[to..] {
            if let Block::Try { start, .. } = b {
                *start = here;
            }
        }
        Ok(())
    }

    fn unbind(&mut self, name: &str) -> C {
        let r = self.temp()?;
        self.load_const(r, NONE)?;
        self.store_name(name, r)?;
        self.delete_name(name);
        Ok(())
    }

    fn call_exit_none(&mut self, exit: Reg) -> C {
        let base = self.temps(5)?;
        self.op3(Op::Move, base, exit, 0);
        for i in 0..3 {
            self.load_const(base + 2 + i, NONE)?;
        }
        self.op3(Op::Call, base, base, 3);
        Ok(())
    }

    fn try_stmt(&mut self, t: &'a ast::StmtTry) -> C {
        if t.is_star {
            return self.fail("except* is not supported yet");
        }
        if t.finalbody.is_empty() {
            return self.try_except(t);
        }
        let saved = self.temp()?;
        self.blocks.push(Block::Finally { body: &t.finalbody });
        let before = self.bound.clone();
        let (target, exc) = self.begin_try()?;
        if t.handlers.is_empty() {
            self.body(&t.body)?;
        } else {
            self.try_except(t)?;
        }
        self.end_try();
        self.blocks.pop();
        let end = self.label();
        let dead = self.dead;
        let normal = self.bound.clone();
        self.body(&t.finalbody)?;
        let after = self.bound.clone();
        let after_dead = self.dead;
        self.jump(end);
        self.place(target);
        self.bound = before;
        self.op3(Op::PushHandled, saved, exc, 0);
        self.blocks.push(Block::Handler { saved, name: None });
        let (cleanup, second) = self.begin_try()?;
        self.body(&t.finalbody)?;
        self.end_try();
        self.blocks.pop();
        self.op3(Op::PopHandled, saved, 0, 0);
        self.op3(Op::Reraise, exc, 0, 0);
        self.place(cleanup);
        self.op3(Op::PopHandled, saved, 0, 0);
        self.op3(Op::Reraise, second, 0, 0);
        self.place(end);
        self.bound = if dead { normal } else { after };
        self.dead = dead || after_dead;
        Ok(())
    }

    fn try_except(&mut self, t: &'a ast::StmtTry) -> C {
        let saved = self.temp()?;
        let before = self.bound.clone();
        let (target, exc) = self.begin_try()?;
        self.body(&t.body)?;
        self.end_try();
        let end = self.label();
        self.body(&t.orelse)?;
        let mut ways = vec![self.state()];
        self.jump(end);
        self.place(target);
        self.op3(Op::PushHandled, saved, exc, 0);
        let (cleanup, second) = {
            let (l, r) = (self.label(), self.temp()?);
            (l, r)
        };
        for h in &t.handlers {
            let ExceptHandler::ExceptHandler(h) = h;
            self.bound = before.clone();
            let other = self.label();
            self.blocks.push(Block::Try { start: self.here(), target: cleanup, reg: second });
            if let Some(ty) = &h.type_ {
                let old = self.at(&**ty);
                let top = self.next;
                let r = self.expr(ty)?;
                self.emit(Op::JumpNoMatch, 0, exc, r, 0, other.0, 0);
                self.next = top;
                self.span = old;
            }
            let name = h.name.as_ref().map(|n| n.as_str().to_string());
            let mut inner = None;
            if let Some(n) = &name {
                self.store_name(n, exc)?;
                // Whatever way the body ends, the name goes.
                inner = Some((self.label(), self.temp()?));
            }
            self.end_try();
            self.blocks.push(Block::Handler { saved, name: name.clone() });
            let (l, r) = inner.unwrap_or((cleanup, second));
            self.blocks.push(Block::Try { start: self.here(), target: l, reg: r });
            self.body(&h.body)?;
            self.end_try();
            self.blocks.pop();
            ways.push(self.state());
            if !self.dead {
                self.op3(Op::PopHandled, saved, 0, 0);
                if let Some(n) = &name {
                    self.unbind(n)?;
                }
                self.jump(end);
            }
            if let (Some((l, r)), Some(n)) = (inner, &name) {
                self.place(l);
                self.op3(Op::PopHandled, saved, 0, 0);
                self.unbind(n)?;
                self.op3(Op::Reraise, r, 0, 0);
            }
            self.place(other);
        }
        self.op3(Op::PopHandled, saved, 0, 0);
        self.op3(Op::Reraise, exc, 0, 0);
        self.place(cleanup);
        self.op3(Op::PopHandled, saved, 0, 0);
        self.op3(Op::Reraise, second, 0, 0);
        self.place(end);
        self.dead = true;
        ways.into_iter().for_each(|w| self.join(w));
        Ok(())
    }

    fn with_items(&mut self, items: &'a [ast::WithItem], body: &'a [Stmt]) -> C {
        let Some((item, rest)) = items.split_first() else { return self.body(body) };
        let ctx = self.temp()?;
        let exit = self.temp()?;
        let (saved, value) = (self.temp()?, self.temp()?);
        self.expr_to(&item.context_expr, ctx)?;
        let base = self.temps(2)?;
        self.emit(Op::LoadSpecial, 1, base, ctx, 0, names::ENTER.0, 0);
        self.emit(Op::LoadSpecial, 1, exit, ctx, 0, names::EXIT.0, 0);
        self.op3(Op::Call, value, base, 0);
        let before = self.bound.clone();
        self.blocks.push(Block::With { exit });
        let (target, exc) = self.begin_try()?;
        if let Some(t) = &item.optional_vars {
            self.assign(t, value)?;
        }
        self.with_items(rest, body)?;
        self.end_try();
        self.blocks.pop();
        let end = self.label();
        if !self.dead {
            self.call_exit_none(exit)?;
            self.jump(end);
        }
        let state = self.state();
        self.place(target);
        self.bound = before.clone();
        self.op3(Op::PushHandled, saved, exc, 0);
        let (cleanup, second) = self.begin_try()?;
        let base = self.temps(5)?;
        self.op3(Op::Move, base, exit, 0);
        // The exception's class and traceback are its attributes.
        let class = self.name("__class__");
        let traceback = self.name("__traceback__");
        self.caches += 2;
        self.emit(Op::LoadAttr, 0, base + 2, exc, 0, class.0, self.caches - 2);
        self.op3(Op::Move, base + 3, exc, 0);
        self.emit(Op::LoadAttr, 0, base + 4, exc, 0, traceback.0, self.caches - 1);
        self.op3(Op::Call, base, base, 3);
        let swallow = self.label();
        self.emit(Op::JumpIf, 0, base, 0, 0, swallow.0, 0);
        self.end_try();
        self.op3(Op::PopHandled, saved, 0, 0);
        self.op3(Op::Reraise, exc, 0, 0);
        self.place(cleanup);
        self.op3(Op::PopHandled, saved, 0, 0);
        self.op3(Op::Reraise, second, 0, 0);
        self.place(swallow);
        self.op3(Op::PopHandled, saved, 0, 0);
        self.place(end);
        let _ = state;
        self.bound = before;
        Ok(())
    }
}

fn binop_of(op: ast::Operator) -> BinOp {
    super::expr::binop(op)
}
