//! Expressions to bytecode.

use super::{Compiler, Place, Res};
use crate::Sprig;
use crate::ast::{Binary, Binding, Compare, Expr, ExprKind, Literal};
use crate::builtins;
use crate::bytecode::{Op, Proto};
use crate::errors::SyntaxError;
use crate::objects::{FALSE, NIL, TRUE, boolean, new_str};
use framework::CodeRef;

impl<'a> Compiler<'_, 'a> {
    /// Where the value of an expression is to be found: a constant, a variable's register, or a new register.
    pub(super) fn operand(&mut self, e: &'a Expr<'a>) -> Res<u16> {
        if let Some(v) = self.literal(e)? {
            return Ok(v);
        }
        if let ExprKind::Name(name) = &e.kind
            && let Some(Place::Register(r)) = self.name_place(name)?
        {
            return Ok(r);
        }
        let dest = self.f().new_register()?;
        self.expr(e, dest)?;
        Ok(dest)
    }

    pub(super) fn literal(&mut self, e: &'a Expr<'a>) -> Res<Option<u16>> {
        let heap = &mut self.vm.core.heap;
        let value = match &e.kind {
            ExprKind::Literal(Literal::Str(s)) => {
                if let Some(&i) = self.f().str_index.get(s) {
                    return Ok(Some(i));
                }
                let v = new_str(&mut self.vm.core.heap, s);
                self.vm.rt.keep(v);
                let i = self.f().constant(v)?;
                self.f().str_index.insert(s, i);
                return Ok(Some(i));
            }
            ExprKind::Literal(Literal::Nil) => NIL,
            ExprKind::Literal(Literal::Bool(b)) => boolean(*b),
            ExprKind::Literal(Literal::Int(i)) => heap.int(*i),
            ExprKind::Literal(Literal::Float(x)) => heap.float(*x),
            ExprKind::Neg(Expr { kind: ExprKind::Literal(Literal::Int(i)), .. }) => heap.int(-i),
            ExprKind::Neg(Expr { kind: ExprKind::Literal(Literal::Float(x)), .. }) => heap.float(-x),
            ExprKind::Name(name) => match name.binding.get() {
                Some(Binding::Builtin(i)) => builtins::value_of(i),
                _ => return Ok(None),
            },
            _ => return Ok(None),
        };
        if value.is_obj() {
            self.vm.rt.keep(value);
        }
        self.f().constant(value).map(Some)
    }

    /// Puts the value of an expression into a register. `dest` is written once, at the end, but by `and` and `or`.
    pub(super) fn expr(&mut self, e: &'a Expr<'a>, dest: u16) -> Res {
        if let Some(k) = self.literal(e)? {
            self.f().emit(Op::Move, dest, k, 0)?;
            return Ok(());
        }
        let next = self.f().next;
        match &e.kind {
            ExprKind::Literal(_) => unreachable!("dealt with above"),
            ExprKind::Name(name) => match (self.name_place(name)?, name.binding.get()) {
                (Some(Place::Register(r)), _) if r == dest => {}
                (Some(place), _) => {
                    self.f().pos = e.pos;
                    self.load(place, dest)?
                }
                (None, Some(Binding::Definition(name))) => {
                    let d = self.definitions.get(name).or_else(|| self.vm.rt.definitions.get(name)).expect("resolved").clone();
                    let d = self.f().def(&d)?;
                    self.f().emit(Op::GetDef, dest, d, 0)?;
                }
                _ => unreachable!("builtins are literals"),
            },
            ExprKind::List(items) => {
                let row = self.row(items.iter().copied())?;
                self.f().emit(Op::NewList, dest, row, items.len() as u16)?;
            }
            ExprKind::Map(pairs) => {
                let row = self.row(pairs.iter().flat_map(|(k, v)| [*k, *v]))?;
                self.f().emit(Op::NewMap, dest, row, pairs.len() as u16)?;
            }
            ExprKind::Neg(a) => {
                let a = self.operand(a)?;
                self.f().pos = e.pos;
                self.f().emit(Op::Neg, dest, a, 0)?;
            }
            ExprKind::Binary(op, a, b) => {
                let a = self.operand(a)?;
                let b = self.operand(b)?;
                self.f().pos = e.pos;
                self.f().emit(arithmetic(*op), dest, a, b)?;
            }
            ExprKind::And(a, b) | ExprKind::Or(a, b) => {
                self.expr(a, dest)?;
                let op = if let ExprKind::And(..) = e.kind { Op::IfFalse } else { Op::IfTrue };
                let end = self.f().emit(op, 0, dest, 0)?;
                self.expr(b, dest)?;
                self.f().patch_here([end]);
            }
            ExprKind::Not(_) | ExprKind::Compare(..) => {
                let is_false = self.condition(e, false)?;
                let (yes, no) = (self.f().constant(TRUE)?, self.f().constant(FALSE)?);
                self.f().emit(Op::Move, dest, yes, 0)?;
                let end = self.f().emit(Op::Jump, 0, 0, 0)?;
                self.f().patch_here(is_false);
                self.f().emit(Op::Move, dest, no, 0)?;
                self.f().patch_here([end]);
            }
            ExprKind::Call(callee, args) => {
                if let ExprKind::Name(name) = &callee.kind
                    && let Some(Binding::Builtin(i)) = name.binding.get()
                {
                    builtins::check_count(i, args.len()).map_err(|m| SyntaxError::new(callee.pos, m))?;
                    // The row starts where a callee would be.
                    let base = self.f().new_register()?;
                    self.row(args.iter().copied())?;
                    self.f().pos = callee.pos;
                    self.f().emit_n(Op::CallBuiltin, args.len(), dest, base, i)?;
                } else {
                    let base = self.row([*callee].into_iter().chain(args.iter().copied()))?;
                    self.f().pos = callee.pos;
                    self.f().emit_n(Op::Call, args.len(), dest, base, 0)?;
                }
            }
            ExprKind::Method(object, name, args) => {
                let base = self.row([*object].into_iter().chain(args.iter().copied()))?;
                self.f().pos = e.pos;
                let site = self.f().site(name)?;
                self.f().emit_n(Op::CallMethod, args.len(), dest, base, site)?;
            }
            ExprKind::Field(object, name) => {
                let o = self.operand(object)?;
                self.f().pos = e.pos;
                let site = self.f().site(name)?;
                self.f().emit(Op::GetField, dest, o, site)?;
            }
            ExprKind::Index(object, index) => {
                let o = self.operand(object)?;
                let i = self.operand(index)?;
                self.f().pos = e.pos;
                self.f().emit(Op::GetIndex, dest, o, i)?;
            }
            ExprKind::Function(f) => {
                let (code, captures) = self.function(f)?;
                self.closure(code, captures, dest)?;
            }
        }
        self.f().next = next;
        Ok(())
    }

    /// Puts values into a row of new registers.
    pub(super) fn row(&mut self, items: impl Iterator<Item = &'a Expr<'a>>) -> Res<u16> {
        let first = self.f().next;
        for e in items {
            let r = self.f().new_register()?;
            self.expr(e, r)?;
        }
        Ok(first)
    }

    pub(super) fn closure(&mut self, code: CodeRef<Sprig>, captures: Vec<u16>, dest: u16) -> Res {
        if captures.is_empty() {
            let value = self.constant_closure(code);
            let k = self.f().constant(value)?;
            self.f().emit(Op::Move, dest, k, 0)?;
        } else {
            let f = self.f();
            let i = f.index(&f.protos)?;
            f.protos.push(Proto { code, captures: captures.into() });
            f.emit(Op::NewClosure, dest, i, 0)?;
        }
        Ok(())
    }

    /// Emits jumps taken if the truth of `e` is `when`; returns them to be patched.
    pub(super) fn condition(&mut self, e: &'a Expr<'a>, when: bool) -> Res<Vec<usize>> {
        let next = self.f().next;
        let jumps = match &e.kind {
            ExprKind::Not(a) => self.condition(a, !when)?,
            ExprKind::And(a, b) | ExprKind::Or(a, b) => {
                // The value of `a` that settles the whole.
                let settles = matches!(e.kind, ExprKind::Or(..));
                let first = self.condition(a, settles)?;
                let mut jumps = self.condition(b, when)?;
                if settles == when {
                    jumps.extend(first);
                } else {
                    self.f().patch_here(first);
                }
                jumps
            }
            ExprKind::Compare(op, a, b) => {
                let a = self.operand(a)?;
                let b = self.operand(b)?;
                self.f().pos = e.pos;
                let (op, a, b) = match (op, when) {
                    (Compare::Eq, true) | (Compare::Ne, false) => (Op::IfEq, a, b),
                    (Compare::Eq, false) | (Compare::Ne, true) => (Op::IfNe, a, b),
                    (Compare::Lt, true) => (Op::IfLt, a, b),
                    (Compare::Lt, false) => (Op::IfNotLt, a, b),
                    (Compare::Le, true) => (Op::IfLe, a, b),
                    (Compare::Le, false) => (Op::IfNotLe, a, b),
                    (Compare::Gt, true) => (Op::IfLt, b, a),
                    (Compare::Gt, false) => (Op::IfNotLt, b, a),
                    (Compare::Ge, true) => (Op::IfLe, b, a),
                    (Compare::Ge, false) => (Op::IfNotLe, b, a),
                };
                vec![self.f().emit(op, 0, a, b)?]
            }
            ExprKind::Literal(l) => {
                let truth = !matches!(l, Literal::Nil | Literal::Bool(false));
                if truth == when { vec![self.f().emit(Op::Jump, 0, 0, 0)?] } else { vec![] }
            }
            _ => {
                let v = self.operand(e)?;
                vec![self.f().emit(if when { Op::IfTrue } else { Op::IfFalse }, 0, v, 0)?]
            }
        };
        self.f().next = next;
        Ok(jumps)
    }
}

/// The instruction of an operator.
pub(super) fn arithmetic(op: Binary) -> Op {
    match op {
        Binary::Add => Op::Add,
        Binary::Sub => Op::Sub,
        Binary::Mul => Op::Mul,
        Binary::Div => Op::Div,
        Binary::FloorDiv => Op::FloorDiv,
        Binary::Mod => Op::Mod,
    }
}
