//! Statements to bytecode.

use super::emit::Loop;
use super::expressions::arithmetic;
use super::{Compiler, Place, Res, is_boxed};
use crate::ast::{Binary, Block, Expr, ExprKind, Stmt, StmtKind};
use crate::bytecode::{Handler, Op};
use crate::objects::NIL;

impl<'a> Compiler<'_, 'a> {
    pub(super) fn block(&mut self, block: Block<'a>) -> Res {
        let next = self.f().next;
        for s in block {
            self.statement(s)?;
        }
        self.f().next = next;
        Ok(())
    }

    pub(super) fn statement(&mut self, s: &'a Stmt<'a>) -> Res {
        self.f().pos = s.pos;
        match &s.kind {
            StmtKind::Expr(e) => {
                let next = self.f().next;
                let dest = self.f().new_register()?;
                self.expr(e, dest)?;
                self.f().next = next;
                Ok(())
            }
            StmtKind::Let(v, e) if v.top_level.get() && (v.captured.get() || self.interactive) => {
                let next = self.f().next;
                let value = self.operand(e)?;
                let place = self.place(v)?;
                self.store(place, value)?;
                self.f().next = next;
                Ok(())
            }
            StmtKind::Let(v, e) => {
                let r = self.f().new_register()?;
                self.expr(e, r)?;
                self.make_var(v, r, r)
            }
            StmtKind::Assign(target, op, e) => self.assign(target, *op, e),
            StmtKind::If(arms, last) => {
                let mut ends = vec![];
                for (i, (c, block)) in arms.iter().enumerate() {
                    let skip = self.condition(c, false)?;
                    self.block(block)?;
                    if i + 1 < arms.len() || !last.is_empty() {
                        ends.push(self.f().emit(Op::Jump, 0, 0, 0)?);
                    }
                    self.f().patch_here(skip);
                }
                self.block(last)?;
                self.f().patch_here(ends);
                Ok(())
            }
            StmtKind::While(c, body) => {
                let check = self.f().emit(Op::Jump, 0, 0, 0)?;
                let top = self.f().here();
                let l = self.loop_body(|c| c.block(body))?;
                self.f().patch_here(l.continues.into_iter().chain([check]));
                self.f().pos = c.pos;
                let again = self.condition(c, true)?;
                self.f().patch(again, top);
                self.f().patch_here(l.breaks);
                Ok(())
            }
            StmtKind::ForRange(v, from, to, body) => {
                let next = self.f().next;
                let pair = self.f().new_registers(2)?;
                self.expr(from, pair)?;
                self.expr(to, pair + 1)?;
                self.f().pos = s.pos;
                let start = self.f().emit(Op::ForStart, 0, pair, 0)?;
                let top = self.f().here();
                // The counter itself serves as the variable, unless the body changes it.
                let register = if v.assigned.get() { self.f().new_register()? } else { pair };
                self.make_var(v, register, pair)?;
                let l = self.loop_body(|c| c.block(body))?;
                self.f().patch_here(l.continues);
                self.f().pos = s.pos;
                self.f().emit(Op::ForNext, top as u16, pair, 0)?;
                self.f().patch_here(l.breaks.into_iter().chain([start]));
                self.f().next = next;
                Ok(())
            }
            StmtKind::ForEach(v, e, body) => {
                let next = self.f().next;
                let pair = self.f().new_registers(2)?;
                let item = self.f().new_register()?;
                self.expr(e, pair)?;
                self.f().pos = e.pos;
                self.f().emit(Op::IterStart, 0, pair, 0)?;
                let check = self.f().emit(Op::Jump, 0, 0, 0)?;
                let top = self.f().here();
                let register = if is_boxed(v) { self.f().new_register()? } else { item };
                self.make_var(v, register, item)?;
                let l = self.loop_body(|c| c.block(body))?;
                self.f().patch_here(l.continues.into_iter().chain([check]));
                self.f().pos = s.pos;
                self.f().emit(Op::IterNext, top as u16, pair, item)?;
                self.f().patch_here(l.breaks);
                self.f().next = next;
                Ok(())
            }
            StmtKind::Break | StmtKind::Continue => {
                let jump = self.f().emit(Op::Jump, 0, 0, 0)?;
                let l = self.f().loops.last_mut().expect("the resolver has checked");
                let jumps = if let StmtKind::Break = s.kind { &mut l.breaks } else { &mut l.continues };
                jumps.push(jump);
                Ok(())
            }
            StmtKind::Return(e) => {
                let next = self.f().next;
                let value = match e {
                    Some(e) => self.operand(e)?,
                    None => self.f().constant(NIL)?,
                };
                self.f().emit(Op::Return, 0, value, 0)?;
                self.f().next = next;
                Ok(())
            }
            StmtKind::Throw(e) => {
                let next = self.f().next;
                let value = self.operand(e)?;
                self.f().pos = s.pos;
                self.f().emit(Op::Throw, 0, value, 0)?;
                self.f().next = next;
                Ok(())
            }
            StmtKind::Try(body, v, handler) => {
                let start = self.f().here() as u32;
                self.block(body)?;
                let end = self.f().here() as u32;
                let over = self.f().emit(Op::Jump, 0, 0, 0)?;
                let next = self.f().next;
                let register = self.f().new_register()?;
                let target = self.f().here() as u32;
                self.f().handlers.push(Handler { start, end, target, register });
                self.make_var(v, register, register)?;
                self.block(handler)?;
                self.f().next = next;
                self.f().patch_here([over]);
                Ok(())
            }
            StmtKind::Function(v, f) => {
                let r = self.f().new_register()?;
                if !is_boxed(v) {
                    let (code, captures) = self.function(f)?;
                    self.f().vars.insert(*v, r);
                    return self.closure(code, captures, r);
                }
                // Its box comes first: the function may capture itself.
                let nil = self.f().constant(NIL)?;
                self.make_var(v, r, nil)?;
                let (code, captures) = self.function(f)?;
                let closure = self.f().new_register()?;
                self.closure(code, captures, closure)?;
                self.f().emit(Op::SetBox, r, closure, 0)?;
                self.f().next = closure;
                Ok(())
            }
            StmtKind::Record(_) => unreachable!("the resolver lets them stand at the top level only"),
        }
    }

    pub(super) fn loop_body(&mut self, body: impl FnOnce(&mut Self) -> Res) -> Res<Loop> {
        self.f().loops.push(Loop::default());
        body(self)?;
        Ok(self.f().loops.pop().expect("pushed above"))
    }

    pub(super) fn assign(&mut self, target: &'a Expr<'a>, op: Option<Binary>, e: &'a Expr<'a>) -> Res {
        let next = self.f().next;
        match &target.kind {
            ExprKind::Name(name) => {
                let place = self.name_place(name)?.expect("the resolver has checked that it is a variable");
                match (place, op) {
                    (Place::Register(r), Some(op)) => {
                        let b = self.operand(e)?;
                        self.f().pos = target.pos;
                        self.f().emit(arithmetic(op), r, r, b)?;
                    }
                    // `x = x and y` writes twice, so it must not write to `x`.
                    (Place::Register(r), None) if !matches!(e.kind, ExprKind::And(..) | ExprKind::Or(..)) => self.expr(e, r)?,
                    (place, None) => {
                        let value = self.operand(e)?;
                        self.store(place, value)?;
                    }
                    (place, Some(op)) => {
                        let old = self.f().new_register()?;
                        self.load(place, old)?;
                        let b = self.operand(e)?;
                        self.f().pos = target.pos;
                        self.f().emit(arithmetic(op), old, old, b)?;
                        let place = self.name_place(name)?.expect("as above");
                        self.store(place, old)?;
                    }
                }
            }
            ExprKind::Field(object, field) => {
                let o = self.operand(object)?;
                let value = self.new_value(op, target.pos, e, |c, old| {
                    let site = c.f().site(field)?;
                    c.f().emit(Op::GetField, old, o, site)
                })?;
                self.f().pos = target.pos;
                let site = self.f().site(field)?;
                self.f().emit(Op::SetField, o, value, site)?;
            }
            ExprKind::Index(object, index) => {
                let o = self.operand(object)?;
                let i = self.operand(index)?;
                let value = self.new_value(op, target.pos, e, |c, old| c.f().emit(Op::GetIndex, old, o, i))?;
                self.f().pos = target.pos;
                self.f().emit(Op::SetIndex, o, i, value)?;
            }
            _ => unreachable!("the grammar lets nothing else be assigned to"),
        }
        self.f().next = next;
        Ok(())
    }

    /// The operand to be stored in a field or element: for `+=`, the old content plus the value.
    pub(super) fn new_value(&mut self, op: Option<Binary>, pos: u32, e: &'a Expr<'a>, old: impl FnOnce(&mut Self, u16) -> Res<usize>) -> Res<u16> {
        let Some(op) = op else { return self.operand(e) };
        self.f().pos = pos;
        let r = self.f().new_register()?;
        old(self, r)?;
        let b = self.operand(e)?;
        self.f().pos = pos;
        self.f().emit(arithmetic(op), r, r, b)?;
        Ok(r)
    }
}
