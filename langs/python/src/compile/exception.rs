//! `try`, `with`, and the ways out of them.

use super::*;
use ruff_python_ast::{self as ast, ExceptHandler, Stmt};

impl<'c, 'a> Function<'c, 'a> {
    pub(super) fn begin_try(&mut self) -> C<(Label, Reg)> {
        let (target, reg) = (self.label(), self.temp()?);
        self.blocks.push(Block::Try { start: self.here(), target, reg });
        Ok((target, reg))
    }

    pub(super) fn end_try(&mut self) {
        if let Some(Block::Try { start, target, reg }) = self.blocks.pop()
            && start < self.here()
        {
            self.handlers.push((start, self.here(), target, reg));
        }
    }

    /// Emits what leaving all blocks from number `to` on takes: `finally` bodies, `__exit__` calls … None of it is covered by
    /// the handlers of the blocks it leaves.
    pub(super) fn unwind_blocks(&mut self, to: usize) -> C {
        let saved = self.blocks.clone();
        while self.blocks.len() > to {
            match self.blocks.pop() {
                Some(Block::Finally { body }) => {
                    let bound = self.bound.clone();
                    self.body(body)?;
                    self.bound = bound;
                }
                Some(Block::With { exit, is_async }) => self.call_exit_none(exit, is_async)?,
                Some(Block::Star) => return self.fail("'break', 'continue' and 'return' cannot appear in an except* block"),
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

    pub(super) fn unbind(&mut self, name: &str) -> C {
        let r = self.temp()?;
        self.load_const(r, NONE)?;
        self.store_name(name, r)?;
        self.delete_name(name);
        Ok(())
    }

    pub(super) fn call_exit_none(&mut self, exit: Reg, is_async: bool) -> C {
        let base = self.temps(5)?;
        self.op3(Op::Move, base, exit, 0);
        for i in 0..3 {
            self.load_const(base + 2 + i, NONE)?;
        }
        self.op3(Op::Call, base, base, 3);
        if is_async { self.await_value(base, base) } else { Ok(()) }
    }

    /// Leaves a handler by an exception: what was being handled before is again.
    fn leave_and_reraise(&mut self, saved: Reg, exc: Reg) {
        self.op3(Op::PopHandled, saved, 0, 0);
        self.op3(Op::Reraise, exc, 0, 0);
    }

    pub(super) fn try_stmt(&mut self, t: &'a ast::StmtTry) -> C {
        if t.finalbody.is_empty() {
            return if t.is_star { self.try_star(t) } else { self.try_except(t) };
        }
        let saved = self.temp()?;
        self.blocks.push(Block::Finally { body: &t.finalbody });
        let before = self.bound.clone();
        let (target, exc) = self.begin_try()?;
        if t.handlers.is_empty() {
            self.body(&t.body)?;
        } else {
            if t.is_star { self.try_star(t)? } else { self.try_except(t)? }
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
        self.leave_and_reraise(saved, exc);
        self.place(cleanup);
        self.leave_and_reraise(saved, second);
        self.place(end);
        self.bound = if dead { normal } else { after };
        self.dead = dead || after_dead;
        Ok(())
    }

    pub(super) fn try_except(&mut self, t: &'a ast::StmtTry) -> C {
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
        self.leave_and_reraise(saved, exc);
        self.place(cleanup);
        self.leave_and_reraise(saved, second);
        self.place(end);
        self.dead = true;
        ways.into_iter().for_each(|w| self.join(w));
        Ok(())
    }

    /// `except*`: each clause takes its part of the group; what is left and what the clauses raised is raised at the end.
    fn try_star(&mut self, t: &'a ast::StmtTry) -> C {
        let (saved, inner) = (self.temp()?, self.temp()?);
        let (results, rest) = (self.temp()?, self.temp()?);
        let before = self.bound.clone();
        let (target, exc) = self.begin_try()?;
        self.body(&t.body)?;
        self.end_try();
        let end = self.label();
        self.body(&t.orelse)?;
        let mut ways = vec![self.state()];
        self.jump(end);
        self.place(target);
        self.bound = before.clone();
        self.op3(Op::PushHandled, saved, exc, 0);
        self.blocks.push(Block::Handler { saved, name: None });
        let (cleanup, second) = self.begin_try()?;
        self.op3(Op::BuildList, results, results, 0);
        self.op3(Op::Move, rest, exc, 0);
        for h in &t.handlers {
            let ExceptHandler::ExceptHandler(h) = h;
            let (next, top) = (self.label(), self.next);
            let ty = h.type_.as_ref().expect("the parser wants a type after except*");
            let old = self.at(&**ty);
            let r = self.expr(ty)?;
            let part = self.temps(2)?;
            self.op3(Op::Group, part, rest, r);
            self.op3(Op::Unpack, part, part, 2);
            self.op3(Op::Move, rest, part + 1, 0);
            let none = self.constant(NONE)?;
            self.emit(Op::JumpIsK, 1, part, none, 0, next.0, 0);
            self.span = old;
            self.op3(Op::PushHandled, inner, part, 0);
            let name = h.name.as_ref().map(|n| n.as_str().to_string());
            if let Some(n) = &name {
                self.store_name(n, part)?;
            }
            self.blocks.push(Block::Star);
            self.blocks.push(Block::Handler { saved: inner, name: name.clone() });
            let (raised, e) = self.begin_try()?;
            self.body(&h.body)?;
            self.end_try();
            self.blocks.truncate(self.blocks.len() - 2);
            self.op3(Op::PopHandled, inner, 0, 0);
            self.unbind_opt(&name)?;
            self.jump(next);
            self.place(raised);
            self.op3(Op::PopHandled, inner, 0, 0);
            self.unbind_opt(&name)?;
            self.op3(Op::ListAppend, results, e, 0);
            self.place(next);
            self.bound = before.clone();
            self.next = top;
        }
        self.op3(Op::ListAppend, results, rest, 0);
        self.emit(Op::Group, 1, rest, exc, results, 0, 0);
        self.end_try();
        self.blocks.pop();
        self.op3(Op::PopHandled, saved, 0, 0);
        let none = self.constant(NONE)?;
        self.emit(Op::JumpIsK, 1, rest, none, 0, end.0, 0);
        ways.push((before, false));
        self.op3(Op::Reraise, rest, 0, 0);
        self.place(cleanup);
        self.leave_and_reraise(saved, second);
        self.place(end);
        self.dead = true;
        ways.into_iter().for_each(|w| self.join(w));
        Ok(())
    }

    fn unbind_opt(&mut self, name: &Option<String>) -> C {
        name.as_ref().map_or(Ok(()), |n| self.unbind(n))
    }

    pub(super) fn with_items(&mut self, items: &'a [ast::WithItem], body: &'a [Stmt], is_async: bool) -> C {
        let Some((item, rest)) = items.split_first() else { return self.body(body) };
        let ctx = self.temp()?;
        let exit = self.temp()?;
        let (saved, value) = (self.temp()?, self.temp()?);
        let old = self.at(&item.context_expr);
        self.expr_to(&item.context_expr, ctx)?;
        let base = self.temps(2)?;
        let (enter, leave) = if is_async { (names::AENTER, names::AEXIT) } else { (names::ENTER, names::EXIT) };
        self.emit(Op::LoadSpecial, 1, base, ctx, 0, enter.0, 0);
        self.emit(Op::LoadSpecial, 1, exit, ctx, 0, leave.0, 0);
        self.op3(Op::Call, value, base, 0);
        if is_async {
            self.await_value(value, value)?;
        }
        self.span = old;
        let before = self.bound.clone();
        self.blocks.push(Block::With { exit, is_async });
        let (target, exc) = self.begin_try()?;
        if let Some(t) = &item.optional_vars {
            self.assign(t, value)?;
        }
        self.with_items(rest, body, is_async)?;
        self.end_try();
        self.blocks.pop();
        let end = self.label();
        let old = self.at(&item.context_expr);
        if !self.dead {
            self.call_exit_none(exit, is_async)?;
            self.jump(end);
        }
        self.place(target);
        self.bound = before.clone();
        self.op3(Op::PushHandled, saved, exc, 0);
        self.blocks.push(Block::Handler { saved, name: None });
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
        if is_async {
            self.await_value(base, base)?;
        }
        let swallow = self.label();
        self.emit(Op::JumpIf, 0, base, 0, 0, swallow.0, 0);
        self.end_try();
        self.blocks.pop();
        self.leave_and_reraise(saved, exc);
        self.place(cleanup);
        self.leave_and_reraise(saved, second);
        self.place(swallow);
        self.op3(Op::PopHandled, saved, 0, 0);
        self.place(end);
        self.span = old;
        self.bound = before;
        Ok(())
    }
}
