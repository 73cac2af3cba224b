//! `yield`, `yield from`, `await`, and the asynchronous forms of `for`.

use super::*;
use crate::objects::class::Known;
use ruff_python_ast::{self as ast, Expr};

impl<'c, 'a> Function<'c, 'a> {
    /// Yields a register; what is sent goes to `dst`. In an `except` block the exception that is handled around the generator is put
    /// back while it waits.
    pub(super) fn emit_yield(&mut self, dst: Reg, v: Reg) -> C {
        let outermost = self.blocks.iter().find_map(|b| if let Block::Handler { saved, .. } = b { Some(*saved) } else { None });
        let Some(saved) = outermost else {
            let keep = self.max.max(self.next);
            self.op3(Op::Yield, dst, v, keep);
            return Ok(());
        };
        let (current, thrown) = (self.temp()?, self.temp()?);
        let (raised, end) = (self.label(), self.label());
        self.op3(Op::PushHandled, current, saved, 0);
        let keep = self.max.max(self.next);
        let start = self.here();
        self.op3(Op::Yield, dst, v, keep);
        self.handlers.push((start, start + 1, raised, thrown));
        self.op3(Op::PushHandled, saved, current, 0);
        self.jump(end);
        self.place(raised);
        self.op3(Op::PushHandled, saved, current, 0);
        self.op3(Op::Reraise, thrown, 0, 0);
        self.place(end);
        Ok(())
    }

    pub(super) fn yield_expr(&mut self, y: &'a ast::ExprYield, dst: Reg) -> C {
        let v = self.temp()?;
        match &y.value {
            Some(e) => self.expr_to(e, v)?,
            None => self.load_const(v, NONE)?,
        }
        if self.c.table.scopes[self.scopes[0].0].is_async {
            // Told from what an inner `await` lets through.
            self.op3(Op::MakeCell, v, 0, 0);
        }
        self.emit_yield(dst, v)
    }

    /// Delegates to the iterator in `it` until it ends; `dst` = its result.
    pub(super) fn delegate(&mut self, it: Reg, dst: Reg) -> C {
        let (v, sent, thrown) = (self.temp()?, self.temp()?, self.temp()?);
        self.load_const(sent, NONE)?;
        let (again, yields, raised, done) = (self.label(), self.label(), self.label(), self.label());
        self.place(again);
        self.emit(Op::Send, 0, it, v, sent, yields.0, 0);
        self.jump(done);
        self.place(yields);
        let start = self.here();
        self.emit_yield(sent, v)?;
        self.handlers.push((start, self.here(), raised, thrown));
        let hot = self.hot();
        self.emit(Op::Loop, 0, 0, 0, 0, again.0, hot);
        self.place(raised);
        self.emit(Op::Send, 1, it, v, thrown, yields.0, 0);
        self.place(done);
        self.op3(Op::Move, dst, v, 0);
        Ok(())
    }

    pub(super) fn yield_from(&mut self, y: &'a ast::ExprYieldFrom, dst: Reg) -> C {
        let it = self.temp()?;
        self.expr_to(&y.value, it)?;
        self.op3(Op::YieldFromIter, it, it, 0);
        self.delegate(it, dst)
    }

    /// Awaits the value of a register.
    pub(super) fn await_value(&mut self, v: Reg, dst: Reg) -> C {
        if !self.c.table.scopes[self.scopes[0].0].is_async {
            return self.fail("'await' outside async function");
        }
        let top = self.next;
        let it = self.temp()?;
        self.op3(Op::GetAwaitable, it, v, 0);
        self.delegate(it, dst)?;
        self.next = top;
        Ok(())
    }

    pub(super) fn await_expr(&mut self, a: &'a ast::ExprAwait, dst: Reg) -> C {
        let v = self.temp()?;
        self.expr_to(&a.value, v)?;
        self.await_value(v, dst)
    }

    /// `it` = the asynchronous iterator of an expression.
    pub(super) fn async_iterator(&mut self, e: &'a Expr, it: Reg) -> C {
        let base = self.temps(2)?;
        self.expr_to(e, it)?;
        self.emit(Op::LoadSpecial, 0, base, it, 0, names::AITER.0, 0);
        self.op3(Op::Call, it, base, 0);
        Ok(())
    }

    /// The next item of an asynchronous iterator to `v`; jumps after the last.
    pub(super) fn async_next(&mut self, it: Reg, v: Reg, done: Label) -> C {
        let base = self.temps(2)?;
        let class = self.temp()?;
        let (ended, other, go_on) = (self.label(), self.label(), self.label());
        let exc = self.temp()?;
        let start = self.here();
        self.emit(Op::LoadSpecial, 0, base, it, 0, names::ANEXT.0, 0);
        self.op3(Op::Call, v, base, 0);
        self.await_value(v, v)?;
        self.handlers.push((start, self.here(), ended, exc));
        self.jump(go_on);
        self.place(ended);
        let stop = self.c.vm.rt.class(Known::StopAsyncIteration).object.get();
        self.load_const(class, stop)?;
        self.emit(Op::JumpNoMatch, 0, exc, class, 0, other.0, 0);
        self.jump(done);
        self.place(other);
        self.op3(Op::Reraise, exc, 0, 0);
        self.place(go_on);
        Ok(())
    }

    pub(super) fn async_for(&mut self, f: &'a ast::StmtFor) -> C {
        if !self.c.table.scopes[self.scopes[0].0].is_async {
            return self.fail("'async for' outside async function");
        }
        let (it, v) = (self.temp()?, self.temp()?);
        self.async_iterator(&f.iter, it)?;
        let (next, done, exit) = (self.label(), self.label(), self.label());
        let hot = self.hot();
        let before = self.bound.clone();
        self.place(next);
        self.async_next(it, v, done)?;
        self.assign(&f.target, v)?;
        self.blocks.push(Block::Loop { exit, next });
        self.body(&f.body)?;
        self.blocks.pop();
        self.emit(Op::Loop, 0, 0, 0, 0, next.0, hot);
        self.place(done);
        self.bound = before.clone();
        self.body(&f.orelse)?;
        self.bound = before;
        self.place(exit);
        Ok(())
    }
}
