//! Expressions.

use super::fstring::FPart;
use super::*;
use crate::objects::exception::take;
use crate::objects::int;
use ruff_python_ast::{self as ast, Expr, ExprContext, Number};

pub(super) fn binop(op: ast::Operator) -> BinOp {
    use ast::Operator as O;
    match op {
        O::Add => BinOp::Add,
        O::Sub => BinOp::Sub,
        O::Mult => BinOp::Mul,
        O::MatMult => BinOp::MatMul,
        O::Div => BinOp::TrueDiv,
        O::Mod => BinOp::Mod,
        O::Pow => BinOp::Pow,
        O::LShift => BinOp::LShift,
        O::RShift => BinOp::RShift,
        O::BitOr => BinOp::Or,
        O::BitXor => BinOp::Xor,
        O::BitAnd => BinOp::And,
        O::FloorDiv => BinOp::FloorDiv,
    }
}

/// Its own instruction for a binary operator, with a register or a constant on the right.
fn binary_op(op: BinOp, constant: bool) -> Op {
    match (op, constant) {
        (BinOp::Add, false) => Op::Add,
        (BinOp::Add, true) => Op::AddK,
        (BinOp::Sub, false) => Op::Sub,
        (BinOp::Sub, true) => Op::SubK,
        (BinOp::Mul, false) => Op::Mul,
        (BinOp::Mul, true) => Op::MulK,
        (BinOp::TrueDiv, false) => Op::Div,
        (BinOp::TrueDiv, true) => Op::DivK,
        (BinOp::FloorDiv, false) => Op::FloorDiv,
        (BinOp::FloorDiv, true) => Op::FloorDivK,
        (BinOp::Mod, false) => Op::Mod,
        (BinOp::Mod, true) => Op::ModK,
        (BinOp::And, false) => Op::And,
        (BinOp::And, true) => Op::AndK,
        (_, false) => Op::Binary,
        (_, true) => Op::BinaryK,
    }
}

impl<'c, 'a> Function<'c, 'a> {
    /// The value into some register: a local's own, or a new temporary.
    pub(super) fn expr(&mut self, e: &'a Expr) -> C<Reg> {
        if let Expr::Name(n) = e {
            let old = self.at(e);
            let r = self.load_name(n.id.as_str(), None)?;
            self.span = old;
            return Ok(r);
        }
        let r = self.temp()?;
        self.expr_to(e, r)?;
        Ok(r)
    }

    /// A number that is known now.
    fn number(&mut self, e: &Expr) -> Option<Value> {
        match e {
            Expr::NumberLiteral(n) => match &n.value {
                Number::Int(i) => Some(match i.as_i64() {
                    Some(i) => self.c.vm.core.heap.int(i),
                    None => {
                        let big = int::parse(&i.to_string(), 0)?;
                        int::from_big(self.c.vm, big)
                    }
                }),
                Number::Float(f) => Some(self.c.vm.core.heap.float(*f)),
                Number::Complex { .. } => None,
            },
            Expr::UnaryOp(u) if u.op == ast::UnaryOp::USub => {
                let v = self.number(&u.operand)?;
                crate::objects::ops::unary(self.c.vm, '-', v).ok()
            }
            Expr::BinOp(b) => {
                let (x, y) = (self.number(&b.left)?, self.number(&b.right)?);
                self.fold(binop(b.op), x, y)
            }
            _ => None,
        }
    }

    /// The result of an operation on numbers, unless it raises or takes more room than the operation: CPython's limits.
    fn fold(&mut self, op: BinOp, x: Value, y: Value) -> Option<Value> {
        const MOST_BITS: usize = 128;
        if int::is_integer(x) && int::is_integer(y) {
            let times = || y.int().and_then(|y| usize::try_from(y).ok()).filter(|&y| y <= MOST_BITS);
            let bits = match op {
                BinOp::Mul => int::bit_length(x) + int::bit_length(y),
                BinOp::LShift => int::bit_length(x) + times()?,
                BinOp::Pow => int::bit_length(x) * times()?,
                _ => 0,
            };
            if bits > MOST_BITS {
                return None;
            }
        }
        let vm = &mut *self.c.vm;
        let result = crate::objects::ops::binary(vm, op, false, x, y);
        if result.is_err() {
            // It will be raised when the program comes there.
            take(vm);
        }
        result.ok()
    }

    /// A constant known now.
    fn literal(&mut self, e: &Expr) -> Option<Value> {
        match e {
            Expr::StringLiteral(s) => Some(self.str_value(s.value.to_str())),
            Expr::NoneLiteral(_) => Some(NONE),
            Expr::BooleanLiteral(b) => Some(bool_value(b.value)),
            Expr::EllipsisLiteral(_) => Some(ELLIPSIS),
            _ => self.number(e),
        }
    }

    /// The value into this register. Only the last instruction writes it, unless the expression is one of those
    /// that `writes_early` names.
    pub(super) fn expr_to(&mut self, e: &'a Expr, dst: Reg) -> C {
        self.depth += 1;
        if self.depth > 3000 {
            return self.fail("too many nested expressions");
        }
        let (old, top) = (self.at(e), self.next);
        self.expr_inner(e, dst)?;
        self.next = top;
        self.span = old;
        self.depth -= 1;
        Ok(())
    }

    /// Does evaluating it into a register write the register before all operands are read?
    pub(super) fn writes_early(e: &Expr) -> bool {
        !matches!(
            e,
            Expr::BinOp(_)
                | Expr::UnaryOp(_)
                | Expr::Call(_)
                | Expr::Attribute(_)
                | Expr::Subscript(_)
                | Expr::Name(_)
                | Expr::NumberLiteral(_)
                | Expr::StringLiteral(_)
                | Expr::NoneLiteral(_)
                | Expr::BooleanLiteral(_)
        )
    }

    fn expr_inner(&mut self, e: &'a Expr, dst: Reg) -> C {
        if let Some(v) = self.literal(e) {
            return self.load_const(dst, v);
        }
        match e {
            Expr::Name(n) => self.load_name(n.id.as_str(), Some(dst)).map(|_| ()),
            Expr::BinOp(b) => self.binary(&b.left, binop(b.op), &b.right, dst, false),
            Expr::UnaryOp(u) => {
                let r = self.expr(&u.operand)?;
                let op = match u.op {
                    ast::UnaryOp::Invert => Op::Invert,
                    ast::UnaryOp::Not => Op::Not,
                    ast::UnaryOp::UAdd => Op::Pos,
                    ast::UnaryOp::USub => Op::Neg,
                };
                self.op3(op, dst, r, 0);
                Ok(())
            }
            Expr::BoolOp(b) => {
                let end = self.label();
                let op = if b.op == ast::BoolOp::And { Op::JumpIfNot } else { Op::JumpIf };
                let t = self.temp()?;
                let mut state = None;
                for (i, v) in b.values.iter().enumerate() {
                    self.expr_to(v, t)?;
                    if i == 0 {
                        state = Some(self.bound.clone());
                    }
                    if i + 1 < b.values.len() {
                        self.emit(op, 0, t, 0, 0, end.0, 0);
                    }
                }
                self.bound = state.unwrap_or_default();
                self.place(end);
                self.op3(Op::Move, dst, t, 0);
                Ok(())
            }
            Expr::If(i) => {
                let (other, end) = (self.label(), self.label());
                let t = self.temp()?;
                self.jump_if(&i.test, false, other, 0)?;
                let before = self.bound.clone();
                self.expr_to(&i.body, t)?;
                self.jump(end);
                self.place(other);
                self.bound = before.clone();
                self.expr_to(&i.orelse, t)?;
                self.bound = before;
                self.place(end);
                self.op3(Op::Move, dst, t, 0);
                Ok(())
            }
            Expr::Compare(c) => {
                if c.ops.len() == 1 {
                    return self.compare(&c.left, c.ops[0], &c.comparators[0], dst);
                }
                let (end, t) = (self.label(), self.temp()?);
                let mut left = self.expr(&c.left)?;
                for (i, (op, right)) in c.ops.iter().zip(&c.comparators).enumerate() {
                    let right = self.expr(right)?;
                    self.compare_regs(left, *op, right, t);
                    if i + 1 < c.ops.len() {
                        self.emit(Op::JumpIfNot, 0, t, 0, 0, end.0, 0);
                    }
                    left = right;
                }
                self.place(end);
                self.op3(Op::Move, dst, t, 0);
                Ok(())
            }
            Expr::Call(c) => self.call(c, dst),
            Expr::Attribute(a) => {
                let r = self.expr(&a.value)?;
                let n = self.name(a.attr.as_str());
                self.caches += 1;
                self.emit(Op::LoadAttr, 0, dst, r, 0, n.0, self.caches - 1);
                Ok(())
            }
            Expr::Subscript(s) => {
                let r = self.expr(&s.value)?;
                if let Some(v) = self.literal(&s.slice) {
                    let k = self.constant(v)?;
                    self.op3(Op::GetItemK, dst, r, k);
                } else {
                    let i = self.expr(&s.slice)?;
                    self.op3(Op::GetItem, dst, r, i);
                }
                Ok(())
            }
            Expr::Slice(s) => {
                let base = self.temps(3)?;
                for (i, part) in [&s.lower, &s.upper, &s.step].into_iter().enumerate() {
                    match part {
                        Some(p) => self.expr_to(p, base + i as u16)?,
                        None => self.load_const(base + i as u16, NONE)?,
                    }
                }
                self.op3(Op::BuildSlice, dst, base, 3);
                Ok(())
            }
            Expr::List(l) => self.display(&l.elts, dst, Op::BuildList),
            Expr::Tuple(t) => self.display(&t.elts, dst, Op::BuildTuple),
            Expr::Set(s) => self.display(&s.elts, dst, Op::BuildSet),
            Expr::Dict(d) => {
                let t = self.temp()?;
                self.op3(Op::BuildDict, t, t, 0);
                for item in &d.items {
                    let top = self.next;
                    match &item.key {
                        Some(k) => {
                            let k = self.expr(k)?;
                            let v = self.expr(&item.value)?;
                            self.op3(Op::DictAdd, t, k, v);
                        }
                        None => {
                            let v = self.expr(&item.value)?;
                            self.op3(Op::DictUpdate, t, v, 0);
                        }
                    }
                    self.next = top;
                }
                self.op3(Op::Move, dst, t, 0);
                Ok(())
            }
            Expr::ListComp(c) => self.comprehension(c, &c.generators, Op::BuildList, &c.elt, None, dst),
            Expr::SetComp(c) => self.comprehension(c, &c.generators, Op::BuildSet, &c.elt, None, dst),
            Expr::DictComp(c) => self.comprehension(c, &c.generators, Op::BuildDict, &c.value, c.key.as_deref(), dst),
            Expr::Generator(g) => self.generator_expression(g, dst),
            Expr::Lambda(l) => self.lambda(l, dst),
            Expr::Named(n) => {
                self.expr_to(&n.value, dst)?;
                self.assign(&n.target, dst)
            }
            Expr::FString(f) => {
                let parts: Vec<FPart<'a>> = f
                    .value
                    .iter()
                    .flat_map(|p| match p {
                        ast::FStringPart::Literal(l) => vec![FPart::Text(&l.value)],
                        ast::FStringPart::FString(f) => f.elements.iter().map(FPart::Element).collect(),
                    })
                    .collect();
                self.fstring(parts, dst)
            }
            Expr::Starred(_) => self.fail("can't use starred expression here"),
            Expr::Yield(y) => self.yield_expr(y, dst),
            Expr::YieldFrom(y) => self.yield_from(y, dst),
            Expr::Await(a) => self.await_expr(a, dst),
            Expr::BytesLiteral(b) => {
                let data: Vec<u8> = b.value.iter().flat_map(|p| p.value.iter().copied()).collect();
                let o = self.c.vm.core.heap.alloc_array(Bytes::TYPE, data.len());
                o.bytes_mut(Bytes::data).copy_from_slice(&data);
                self.load_const(dst, o.into())
            }
            Expr::NumberLiteral(_) => self.fail("complex numbers are not supported"),
            Expr::TString(_) => self.fail("template strings are not supported"),
            _ => self.fail("invalid syntax"),
        }
    }

    pub(super) fn binary(&mut self, left: &'a Expr, op: BinOp, right: &'a Expr, dst: Reg, inplace: bool) -> C {
        let l = self.expr(left)?;
        let l = self.protect(l, right)?;
        self.binary_right(l, op, right, dst, inplace)
    }

    /// A left operand that lives in a local which the right operand may assign is copied.
    fn protect(&mut self, r: Reg, right: &'a Expr) -> C<Reg> {
        struct Finder(bool);
        impl<'v> ast::visitor::Visitor<'v> for Finder {
            fn visit_expr(&mut self, e: &'v Expr) {
                match e {
                    Expr::Named(_) => self.0 = true,
                    Expr::Name(_) | Expr::NumberLiteral(_) => {}
                    _ => ast::visitor::walk_expr(self, e),
                }
            }
        }
        if self.depth > 200 || matches!(right, Expr::Name(_) | Expr::NumberLiteral(_) | Expr::StringLiteral(_)) {
            return Ok(r);
        }
        let mut f = Finder(false);
        ast::visitor::Visitor::visit_expr(&mut f, right);
        if f.0 {
            let t = self.temp()?;
            self.op3(Op::Move, t, r, 0);
            return Ok(t);
        }
        Ok(r)
    }

    pub(super) fn binary_right(&mut self, l: Reg, op: BinOp, right: &'a Expr, dst: Reg, inplace: bool) -> C {
        if let Some(v) = self.number(right) {
            let k = self.constant(v)?;
            self.emit(binary_op(op, true), op as u8, dst, l, k, 0, inplace as u32);
        } else {
            let r = self.expr(right)?;
            self.emit(binary_op(op, false), op as u8, dst, l, r, 0, inplace as u32);
        }
        Ok(())
    }

    fn compare(&mut self, left: &'a Expr, op: ast::CmpOp, right: &'a Expr, dst: Reg) -> C {
        let l = self.expr(left)?;
        let l = self.protect(l, right)?;
        let r = self.expr(right)?;
        self.compare_regs(l, op, r, dst);
        Ok(())
    }

    pub(super) fn compare_regs(&mut self, l: Reg, op: ast::CmpOp, r: Reg, dst: Reg) {
        match op {
            ast::CmpOp::Is => self.op3(Op::Is, dst, l, r),
            ast::CmpOp::IsNot => self.op3(Op::IsNot, dst, l, r),
            ast::CmpOp::In => self.op3(Op::In, dst, l, r),
            ast::CmpOp::NotIn => self.op3(Op::NotIn, dst, l, r),
            other => self.emit(Op::Compare, cmpop(other) as u8, dst, l, r, 0, 0),
        }
    }

    /// Jumps if the condition comes out as `sense`. `hot`: 1 + hot cell if the label is a loop header behind.
    pub(super) fn jump_if(&mut self, e: &'a Expr, sense: bool, target: Label, hot: u32) -> C {
        let (old, top) = (self.at(e), self.next);
        match e {
            Expr::UnaryOp(u) if u.op == ast::UnaryOp::Not => self.jump_if(&u.operand, !sense, target, hot)?,
            Expr::BoolOp(b) => {
                // `and` jumps out at the first false value, `or` at the first true one.
                let stop = b.op == ast::BoolOp::Or;
                let end = self.label();
                let (last, first) = b.values.split_last().expect("a boolean operation has operands");
                let mut bound = None;
                for v in first {
                    if stop == sense {
                        self.jump_if(v, sense, target, hot)?;
                    } else {
                        self.jump_if(v, stop, end, 0)?;
                    }
                    bound.get_or_insert_with(|| self.bound.clone());
                }
                self.jump_if(last, sense, target, hot)?;
                self.bound = bound.unwrap_or_default();
                self.place(end);
            }
            Expr::Compare(c) if c.ops.len() == 1 => {
                let op = c.ops[0];
                let l = self.expr(&c.left)?;
                let right = &c.comparators[0];
                let l = self.protect(l, right)?;
                match op {
                    ast::CmpOp::In | ast::CmpOp::NotIn => {
                        let r = self.expr(right)?;
                        let t = self.temp()?;
                        self.compare_regs(l, op, r, t);
                        self.emit(if sense { Op::JumpIf } else { Op::JumpIfNot }, 0, t, 0, 0, target.0, hot);
                    }
                    ast::CmpOp::Is | ast::CmpOp::IsNot => {
                        let x = (sense == (op == ast::CmpOp::Is)) as u8;
                        if let Some(v) = self.literal(right) {
                            let k = self.constant(v)?;
                            self.emit(Op::JumpIsK, x, l, k, 0, target.0, hot);
                        } else {
                            let r = self.expr(right)?;
                            self.emit(Op::JumpIs, x, l, r, 0, target.0, hot);
                        }
                    }
                    _ => {
                        let plain = [Op::JumpLt, Op::JumpLe, Op::JumpGt, Op::JumpGe, Op::JumpEq, Op::JumpNe];
                        let konst = [Op::JumpLtK, Op::JumpLeK, Op::JumpGtK, Op::JumpGeK, Op::JumpEqK, Op::JumpNeK];
                        let i = cmpop(op) as usize;
                        if let Some(v) = self.literal(right) {
                            let k = self.constant(v)?;
                            self.emit(konst[i], sense as u8, l, k, 0, target.0, hot);
                        } else {
                            let r = self.expr(right)?;
                            self.emit(plain[i], sense as u8, l, r, 0, target.0, hot);
                        }
                    }
                }
            }
            Expr::BooleanLiteral(b) => {
                if b.value == sense {
                    if hot > 0 {
                        self.emit(Op::Loop, 0, 0, 0, 0, target.0, hot - 1);
                        self.dead = true;
                    } else {
                        self.jump(target);
                    }
                }
            }
            _ => {
                let r = self.expr(e)?;
                self.emit(if sense { Op::JumpIf } else { Op::JumpIfNot }, 0, r, 0, 0, target.0, hot);
            }
        }
        self.next = top;
        self.span = old;
        Ok(())
    }

    /// A list, tuple or set display.
    pub(super) fn display(&mut self, elts: &'a [Expr], dst: Reg, op: Op) -> C {
        if elts.iter().any(|e| matches!(e, Expr::Starred(_))) || elts.len() > 200 {
            let t = self.temp()?;
            let set = op == Op::BuildSet;
            self.op3(if set { Op::BuildSet } else { Op::BuildList }, t, t, 0);
            for e in elts {
                let top = self.next;
                match e {
                    Expr::Starred(s) => {
                        let r = self.expr(&s.value)?;
                        self.op3(if set { Op::SetUpdate } else { Op::ListExtend }, t, r, 0);
                    }
                    e => {
                        let r = self.expr(e)?;
                        self.op3(if set { Op::SetAdd } else { Op::ListAppend }, t, r, 0);
                    }
                }
                self.next = top;
            }
            self.op3(if op == Op::BuildTuple { Op::ListToTuple } else { Op::Move }, dst, t, 0);
            return Ok(());
        }
        let base = self.temps(elts.len() as u16)?;
        for (i, e) in elts.iter().enumerate() {
            self.expr_to(e, base + i as u16)?;
        }
        self.op3(op, dst, base, elts.len() as u16);
        Ok(())
    }
}

fn cmpop(op: ast::CmpOp) -> CmpOp {
    match op {
        ast::CmpOp::Eq => CmpOp::Eq,
        ast::CmpOp::NotEq => CmpOp::Ne,
        ast::CmpOp::Lt => CmpOp::Lt,
        ast::CmpOp::LtE => CmpOp::Le,
        ast::CmpOp::Gt => CmpOp::Gt,
        _ => CmpOp::Ge,
    }
}

/// Is it a target whose evaluation leaves no trace on others?
pub(super) fn is_simple(e: &Expr) -> bool {
    matches!(e, Expr::Name(n) if n.ctx == ExprContext::Store)
}
