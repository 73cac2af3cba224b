//! The interpreter: one instruction at a time, generic over the world.

mod arith;
pub(crate) mod attr;
pub(crate) mod call;
pub mod exc;
pub(crate) mod items;
mod iter;
mod make;
pub mod params;
pub mod residual;

use crate::bytecode::{BinOp, CmpOp, Code, Inst, Op};
use crate::names::Name;
use crate::objects::layouts::*;
use crate::objects::module::GlobalCell;
use crate::perm::P;
use crate::runtime::Python;
use framework::{CodeRef, Flow, Hot, Raised, Val, World};

/// What an instruction comes to.
pub type Res<T = Flow> = Result<T, Raised>;

/// Runs the instruction at `w.pc()`. `pc` is moved on first: what runs is always at `pc - 1`, in every activation.
#[inline(always)]
pub fn step<W: World<Lang = Python>>(w: &mut W) -> Flow {
    let code = w.code();
    let pc = w.pc();
    let i = code.get().inst(pc);
    w.set_pc(pc + 1);
    match exec(w, code, i) {
        Ok(flow) => flow,
        Err(Raised) => exc::unwind_raised(w),
    }
}

/// Jumps; `hot` is 1 + the hot cell if the target is a loop header.
#[inline(always)]
fn jump<W: World<Lang = Python>>(w: &mut W, code: CodeRef<Python>, target: u32, hot: u32) -> Res {
    w.set_pc(target);
    if hot == 0 { Ok(Flow::Next) } else { Ok(Flow::Header(Hot::new(&code.get().hot[hot as usize - 1]))) }
}

#[inline(always)]
fn constant<W: World<Lang = Python>>(w: &mut W, code: CodeRef<Python>, k: u16) -> Val<W> {
    w.constant(code.get().consts[k as usize])
}

#[inline(always)]
fn boolean<W: World<Lang = Python>>(w: &mut W, b: bool) -> Val<W> {
    w.constant(bool_value(b))
}

#[inline(always)]
fn exec<W: World<Lang = Python>>(w: &mut W, code: CodeRef<Python>, i: Inst) -> Res {
    let (a, b, c) = (i.a as u32, i.b as u32, i.c as u32);
    macro_rules! rk {
        ($k:literal) => {{
            let x = w.get(b);
            let y = if $k { constant(w, code, i.c) } else { w.get(c) };
            (x, y)
        }};
    }
    macro_rules! jump_cmp {
        ($op:ident, $k:literal) => {{
            let x = w.get(a);
            let y = if $k { constant(w, code, i.b) } else { w.get(b) };
            let r = match arith::compare_fast(w, CmpOp::$op, x, y) {
                Some(r) => r,
                None => match arith::compare_slow(w, CmpOp::$op, x, y, 0)? {
                    Some(v) => truth(w, v)?,
                    None => return Ok(Flow::Next),
                },
            };
            if r == (i.x != 0) { jump(w, code, i.d, i.e) } else { Ok(Flow::Next) }
        }};
    }
    macro_rules! binary {
        ($op:ident, $fast:ident, $k:literal) => {{
            let (x, y) = rk!($k);
            match arith::$fast(w, x, y) {
                Some(v) => {
                    w.set(a, v);
                    Ok(Flow::Next)
                }
                None => arith::binary_slow(w, BinOp::$op, i.e != 0, x, y, i.a, 0),
            }
        }};
    }
    match i.op {
        Op::Move => {
            let v = w.get(b);
            w.set(a, v);
        }
        Op::LoadK => {
            let v = constant(w, code, i.b);
            w.set(a, v);
        }
        Op::Clear => {
            let v = w.constant(MISSING);
            (a..a + c).for_each(|r| w.set(r, v));
        }
        Op::CheckBound => {
            let v = w.get(a);
            if w.is(v, MISSING) {
                let n = w.constant(i.d as i64);
                w.call_raising(&residual::RAISE_UNBOUND, (n,))?;
            }
        }
        Op::LoadGlobal => {
            let v = load_global(w, code.get().globals[i.d as usize])?;
            w.set(a, v);
        }
        Op::StoreGlobal => {
            let v = w.get(a);
            store_global(w, code.get().globals[i.d as usize], v);
        }
        Op::DelGlobal => {
            let g = w.constant(code.get().globals[i.d as usize].addr());
            w.call_raising(&residual::DEL_GLOBAL, (g,))?;
        }
        Op::MakeCell | Op::NewCell => {
            let v = if i.op == Op::MakeCell { w.get(a) } else { w.constant(MISSING) };
            let o = w.new(CellObj::TYPE);
            w.store(o, CellObj::value, v);
            let o = w.from_obj(o);
            w.set(a, o);
        }
        Op::LoadCell => {
            let cell = w.get(b);
            let cell = w.to_obj(cell);
            let v = w.load(cell, CellObj::value);
            if w.is(v, MISSING) {
                let n = w.constant(i.d as i64);
                w.call_raising(if i.x == 0 { &residual::RAISE_UNBOUND } else { &residual::RAISE_FREE }, (n,))?;
            }
            w.set(a, v);
        }
        Op::StoreCell => {
            let cell = w.get(a);
            let v = w.get(b);
            let cell = w.to_obj(cell);
            w.store(cell, CellObj::value, v);
        }
        Op::DelCell => {
            let cell = w.get(a);
            let cell = w.to_obj(cell);
            let v = w.load(cell, CellObj::value);
            if w.is(v, MISSING) {
                let n = w.constant(i.d as i64);
                w.call_raising(if i.x == 0 { &residual::RAISE_UNBOUND } else { &residual::RAISE_FREE }, (n,))?;
            }
            let v = w.constant(MISSING);
            w.store(cell, CellObj::value, v);
        }
        Op::LoadClosure => {
            let t = w.get(b);
            let t = w.to_obj(t);
            let k = w.constant(c as i64);
            let v = w.load_elem(t, Tuple::items, k);
            w.set(a, v);
        }
        Op::LoadName | Op::LoadNameCell => {
            let ns = w.get(b);
            let n = w.constant(i.d as i64);
            let mut v = w.call(&residual::NAME_GET, (ns, n));
            if w.is(v, MISSING) {
                v = if i.op == Op::LoadName {
                    load_global(w, code.get().globals[i.e as usize])?
                } else {
                    let cell = w.get(c);
                    let cell = w.to_obj(cell);
                    w.load(cell, CellObj::value)
                };
                if w.is(v, MISSING) {
                    w.call_raising(&residual::RAISE_FREE, (n,))?;
                }
            }
            w.set(a, v);
        }
        Op::StoreName | Op::DelName => {
            let ns = w.get(a);
            let v = if i.op == Op::StoreName { w.get(b) } else { w.constant(MISSING) };
            let n = w.constant(i.d as i64);
            w.call_raising(&residual::NAME_SET, (ns, n, v))?;
        }

        Op::Add => return binary!(Add, add, false),
        Op::Sub => return binary!(Sub, sub, false),
        Op::Mul => return binary!(Mul, mul, false),
        Op::Div => return binary!(TrueDiv, div, false),
        Op::FloorDiv => return binary!(FloorDiv, floor_div, false),
        Op::Mod => return binary!(Mod, modulo, false),
        Op::And => return binary!(And, and, false),
        Op::AddK => return binary!(Add, add, true),
        Op::SubK => return binary!(Sub, sub, true),
        Op::MulK => return binary!(Mul, mul, true),
        Op::DivK => return binary!(TrueDiv, div, true),
        Op::FloorDivK => return binary!(FloorDiv, floor_div, true),
        Op::ModK => return binary!(Mod, modulo, true),
        Op::AndK => return binary!(And, and, true),
        Op::Binary | Op::BinaryK => {
            let x = w.get(b);
            let y = if i.op == Op::BinaryK { constant(w, code, i.c) } else { w.get(c) };
            let op = BinOp::from_u8(i.x);
            if let Some(v) = arith::other(w, op, x, y) {
                w.set(a, v);
                return Ok(Flow::Next);
            }
            return arith::binary_slow(w, op, i.e != 0, x, y, i.a, 0);
        }
        Op::Neg => {
            let x = w.get(b);
            if w.is_float(x) {
                let f = w.to_float(x);
                let f = w.fneg(f);
                let v = w.from_float(f);
                w.set(a, v);
                return Ok(Flow::Next);
            }
            if w.is_int(x) {
                let (n, zero) = (w.to_int(x), w.constant(0));
                if let Some(r) = w.sub_ovf(zero, n) {
                    let v = w.from_int(r);
                    w.set(a, v);
                    return Ok(Flow::Next);
                }
            }
            let op = w.constant('-' as i64);
            let v = w.call_raising(&residual::UNARY, (op, x))?;
            w.set(a, v);
        }
        Op::Pos | Op::Invert => {
            let x = w.get(b);
            let op = w.constant(if i.op == Op::Pos { '+' } else { '~' } as i64);
            let v = w.call_raising(&residual::UNARY, (op, x))?;
            w.set(a, v);
        }
        Op::Not => {
            let x = w.get(b);
            let t = truth(w, x)?;
            let v = boolean(w, !t);
            w.set(a, v);
        }
        Op::Compare => {
            let (x, y) = (w.get(b), w.get(c));
            let op = CmpOp::from_u8(i.x);
            let v = match arith::compare_any(w, op, x, y) {
                Some(r) => boolean(w, r),
                None => match arith::compare_slow(w, op, x, y, 0)? {
                    Some(v) => v,
                    None => return Ok(Flow::Next),
                },
            };
            w.set(a, v);
        }
        Op::Is | Op::IsNot => {
            let (x, y) = (w.get(b), w.get(c));
            let r = w.same(x, y) == (i.op == Op::Is);
            let v = boolean(w, r);
            w.set(a, v);
        }
        Op::In | Op::NotIn => {
            let (x, y) = (w.get(b), w.get(c));
            let found = match arith::contains(w, y, x) {
                Some(found) => found,
                None => {
                    let v = w.call_raising(&residual::CONTAINS, (x, y))?;
                    w.is(v, TRUE)
                }
            };
            let r = found == (i.op == Op::In);
            let v = boolean(w, r);
            w.set(a, v);
        }
        Op::Jump => w.set_pc(i.d),
        Op::Loop => return jump(w, code, i.d, i.e + 1),
        Op::JumpIf | Op::JumpIfNot => {
            let x = w.get(a);
            if truth(w, x)? == (i.op == Op::JumpIf) {
                return jump(w, code, i.d, i.e);
            }
        }
        Op::JumpLt => return jump_cmp!(Lt, false),
        Op::JumpLe => return jump_cmp!(Le, false),
        Op::JumpGt => return jump_cmp!(Gt, false),
        Op::JumpGe => return jump_cmp!(Ge, false),
        Op::JumpEq => return jump_cmp!(Eq, false),
        Op::JumpNe => return jump_cmp!(Ne, false),
        Op::JumpLtK => return jump_cmp!(Lt, true),
        Op::JumpLeK => return jump_cmp!(Le, true),
        Op::JumpGtK => return jump_cmp!(Gt, true),
        Op::JumpGeK => return jump_cmp!(Ge, true),
        Op::JumpEqK => return jump_cmp!(Eq, true),
        Op::JumpNeK => return jump_cmp!(Ne, true),
        Op::JumpIs | Op::JumpIsK => {
            let x = w.get(a);
            let same = if i.op == Op::JumpIsK {
                w.is(x, code.get().consts[b as usize])
            } else {
                let y = w.get(b);
                w.same(x, y)
            };
            if same == (i.x != 0) {
                return jump(w, code, i.d, i.e);
            }
        }

        Op::LoadAttr => return attr::load_attr(w, code, i),
        Op::StoreAttr => return attr::store_attr(w, code, i),
        Op::DelAttr => {
            let o = w.get(a);
            let n = w.constant(i.d as i64);
            w.call_raising(&residual::DEL_ATTR, (o, n))?;
        }
        Op::GetItem | Op::GetItemK => {
            let x = w.get(b);
            let k = if i.op == Op::GetItemK { constant(w, code, i.c) } else { w.get(c) };
            let v = arith::get_item(w, x, k)?;
            w.set(a, v);
        }
        Op::SetItem => {
            let (x, k, v) = (w.get(a), w.get(b), w.get(c));
            arith::set_item(w, x, k, v)?;
        }
        Op::DelItem => {
            let (x, k, v) = (w.get(a), w.get(b), w.constant(MISSING));
            w.call_raising(&residual::SET_ITEM, (x, k, v))?;
        }

        Op::BuildTuple => {
            let n = w.constant(c as i64);
            let t = w.new_array(Tuple::TYPE, n);
            for k in 0..c {
                let (v, at) = (w.get(b + k), w.constant(k as i64));
                w.store_elem(t, Tuple::items, at, v);
            }
            let v = w.from_obj(t);
            w.set(a, v);
        }
        Op::BuildList => {
            let n = w.constant(c as i64);
            let items = w.new_array(Items::TYPE, n);
            for k in 0..c {
                let (v, at) = (w.get(b + k), w.constant(k as i64));
                w.store_elem(items, Items::items, at, v);
            }
            let l = w.new(List::TYPE);
            w.store(l, List::size, n);
            w.store(l, List::items, items);
            let v = w.from_obj(l);
            w.set(a, v);
        }
        Op::BuildSet => {
            let s = w.call(&residual::NEW_SET, ());
            for k in 0..c {
                let v = w.get(b + k);
                w.call_raising(&residual::SET_ADD, (s, v))?;
            }
            w.set(a, s);
        }
        Op::BuildDict => {
            let v = w.call(&residual::NEW_DICT, ());
            w.set(a, v);
        }
        Op::BuildSlice => {
            let o = w.new(Slice::TYPE);
            let (x, y, z) = (w.get(b), w.get(b + 1), w.get(b + 2));
            w.store(o, Slice::start, x);
            w.store(o, Slice::stop, y);
            w.store(o, Slice::step, z);
            let v = w.from_obj(o);
            w.set(a, v);
        }
        Op::BuildString => {
            let mut v = if c == 0 { w.call(&residual::EMPTY_STR, ()) } else { w.get(b) };
            for k in 1..c {
                let y = w.get(b + k);
                v = w.call_raising(&residual::CONCAT, (v, y))?;
            }
            w.set(a, v);
        }
        Op::Format => {
            let v = w.get(b);
            let spec = if i.e != 0 { w.constant(NONE) } else { w.get(c) };
            let x = w.constant(i.x as i64);
            let v = w.call_raising(&residual::FORMAT, (v, spec, x))?;
            w.set(a, v);
        }
        Op::ListAppend => {
            let (l, v) = (w.get(a), w.get(b));
            arith::list_append(w, l, v)?;
        }
        Op::ListExtend | Op::SetAdd | Op::SetUpdate => {
            let (l, v) = (w.get(a), w.get(b));
            let f = match i.op {
                Op::ListExtend => &residual::LIST_EXTEND,
                Op::SetAdd => &residual::SET_ADD,
                _ => &residual::SET_UPDATE,
            };
            w.call_raising(f, (l, v))?;
        }
        Op::ListToTuple => {
            let l = w.get(b);
            let v = w.call_raising(&residual::LIST_TO_TUPLE, (l,))?;
            w.set(a, v);
        }
        Op::DictAdd => {
            let (d, k, v) = (w.get(a), w.get(b), w.get(c));
            w.call_raising(&residual::SET_ITEM, (d, k, v))?;
        }
        Op::DictUpdate => {
            let (d, v) = (w.get(a), w.get(b));
            let x = w.constant(i.x as i64);
            w.call_raising(&residual::DICT_UPDATE, (d, v, x))?;
        }
        Op::Unpack => {
            let v = w.get(a);
            let t = iter::as_tuple(w, v, c, u32::MAX)?;
            for k in 0..c {
                let at = w.constant(k as i64);
                let x = w.load_elem(t, Tuple::items, at);
                w.set(b + k, x);
            }
        }
        Op::UnpackStar => {
            let v = w.get(a);
            let t = iter::as_tuple(w, v, i.d, i.e)?;
            for k in 0..c {
                let at = w.constant(k as i64);
                let x = w.load_elem(t, Tuple::items, at);
                w.set(b + k, x);
            }
        }

        Op::Call => {
            let f = w.get(b);
            return call::call_value(w, f, b, c, a);
        }
        Op::CallGlobal => {
            let f = load_global(w, code.get().globals[i.d as usize])?;
            return call::call_value(w, f, b, c, a);
        }
        Op::CallMethod => return attr::call_method(w, code, i),
        Op::CallKw => return call::call_kw(w, code, i),
        Op::CallEx => {
            let (f, args, kw) = (w.get(b), w.get(b + 1), w.get(b + 2));
            return call::call_ex(w, f, args, kw, b, a);
        }
        Op::Return => {
            let v = w.get(a);
            return call::return_value(w, v);
        }
        Op::ReturnK => {
            let v = constant(w, code, i.a);
            return call::return_value(w, v);
        }
        Op::MakeFunction => {
            let n = c - 2;
            let closure = if n == 0 {
                w.constant(NONE)
            } else {
                let len = w.constant(n as i64);
                let t = w.new_array(Tuple::TYPE, len);
                for k in 0..n {
                    let (v, at) = (w.get(b + 2 + k), w.constant(k as i64));
                    w.store_elem(t, Tuple::items, at, v);
                }
                w.from_obj(t)
            };
            let (defaults, kwdefaults, none) = (w.get(b), w.get(b + 1), w.constant(NONE));
            let f = w.new(Function::TYPE);
            let child = w.constant(code.get().children[i.d as usize].addr());
            w.store(f, Function::code, child);
            w.store(f, Function::defaults, defaults);
            w.store(f, Function::kwdefaults, kwdefaults);
            w.store(f, Function::closure, closure);
            w.store(f, Function::dict, none);
            let v = w.from_obj(f);
            w.set(a, v);
        }
        Op::BuildClass => {
            let f = w.get(b);
            let (name, bases, kw) = (constant(w, code, i.e as u16), w.get(b + 1), w.get(b + 2));
            // A tuple of namespace, bases, metaclass, keywords. It waits in this activation; the namespace is the body's first register.
            let parts = w.call_raising(&residual::PREPARE_CLASS, (name, bases, kw))?;
            w.set(b + 1, parts);
            let (parts, first) = (w.to_obj(parts), w.constant(0));
            let ns = w.load_elem(parts, Tuple::items, first);
            let base = call::scratch(code);
            w.set(base, ns);
            return call::push_function(w, f, base, 1, call::cont(call::CLASS, a, b));
        }
        Op::ClassEnd => {
            let (ns, cell) = (w.get(a), w.get(b));
            let t = w.call(&residual::CLASS_CELL, (ns, cell));
            return call::return_value(w, t);
        }

        Op::GetIter => {
            let v = w.get(b);
            return iter::get_iter(w, v, a);
        }
        Op::ForIter => return iter::for_iter(w, code, i),
        Op::Generator => return iter::make_generator(w, code),
        Op::Yield => return iter::yield_value(w, code, i),
        Op::Send => return iter::send(w, code, i),
        Op::Resume => {
            let (g, v) = (w.get(b), w.get(c));
            let to = call::cont(call::RESULT, a, 0);
            return if i.x == 0 { iter::resume(w, g, v, to) } else { iter::throw(w, g, v, to) };
        }
        Op::GetAwaitable => {
            let v = w.get(b);
            let v = w.call_raising(&residual::AWAITABLE, (v,))?;
            w.set(a, v);
        }
        Op::Match => {
            let (v, x, y) = (w.get(b), w.get(c), w.get(i.d));
            let q = w.constant(i.x as i64);
            let v = w.call_raising(&residual::MATCH, (q, v, x, y))?;
            w.set(a, v);
        }
        Op::Group => {
            let (x, y) = (w.get(b), w.get(c));
            let v = w.call_raising(if i.x == 0 { &residual::SPLIT_GROUP } else { &residual::JOIN_GROUP }, (x, y))?;
            w.set(a, v);
        }
        Op::DictAddBound => {
            let mut v = w.get(a);
            let (k, d) = (constant(w, code, i.b), w.get(c));
            if i.x != 0 {
                let cell = w.to_obj(v);
                v = w.load(cell, CellObj::value);
            }
            if !w.is(v, MISSING) {
                w.call_raising(&residual::SET_ITEM, (d, k, v))?;
            }
        }
        Op::GeneratorReturn => return iter::generator_return(w, code, i),
        Op::YieldFromIter => {
            let v = w.get(b);
            return iter::get_iter(w, v, a);
        }

        Op::Raise => {
            let x = (i.x > 0).then(|| w.get(a));
            let y = (i.x > 1).then(|| w.get(b));
            return exc::raise(w, x, y);
        }
        Op::Reraise => {
            let e = w.get(a);
            return Ok(exc::unwind(w, e, false));
        }
        Op::PushHandled => {
            let e = w.get(b);
            let old = exc::handled(w, code);
            w.set(a, old);
            exc::set_handled(w, code, e);
        }
        Op::PopHandled => {
            let old = w.get(a);
            exc::set_handled(w, code, old);
        }
        Op::JumpNoMatch => {
            let (e, t) = (w.get(a), w.get(b));
            if !exc::matches(w, e, t)? {
                w.set_pc(i.d);
            }
        }
        Op::LoadSpecial => {
            let v = w.get(b);
            let n = w.constant(i.d as i64);
            let v = w.call_raising(&residual::SPECIAL, (v, n))?;
            w.set(a, v);
        }
        Op::Import => {
            let n = w.constant(i.d as i64);
            let x = w.constant(i.x as i64);
            let level = w.constant(c as i64);
            let from = w.constant(code.get().module.addr());
            let v = w.call_raising(&residual::IMPORT, (n, x, level, from))?;
            w.set(a, v);
        }
        Op::ImportFrom => {
            let m = w.get(b);
            let n = w.constant(i.d as i64);
            let v = w.call_raising(&residual::IMPORT_FROM, (m, n))?;
            w.set(a, v);
        }
        Op::ImportStar => {
            let m = w.get(a);
            let g = w.constant(code.addr() as i64);
            w.call_raising(&residual::IMPORT_STAR, (m, g))?;
        }
        Op::RaiseAssert => {
            let v = w.get(a);
            w.call_raising(&residual::RAISE_ASSERT, (v,))?;
        }
        Op::Nop => {}
    }
    Ok(Flow::Next)
}

/// `bool(v)`.
#[inline(always)]
pub fn truth<W: World<Lang = Python>>(w: &mut W, v: Val<W>) -> Res<bool> {
    if w.is(v, TRUE) {
        return Ok(true);
    }
    if w.is(v, FALSE) || w.is(v, NONE) {
        return Ok(false);
    }
    if w.is_int(v) {
        let (i, zero) = (w.to_int(v), w.constant(0));
        return Ok(!w.eq(i, zero));
    }
    let r = w.call_raising(&residual::TRUTH, (v,))?;
    Ok(w.is(r, TRUE))
}

#[inline(always)]
fn load_global<W: World<Lang = Python>>(w: &mut W, g: P<GlobalCell>) -> Res<Val<W>> {
    let k = w.quasi(&g.get().constant);
    if k == GlobalCell::VARIABLE {
        let o = w.constant(g.object);
        let v = w.load(o, CellObj::value);
        if !w.is(v, MISSING) {
            return Ok(v);
        }
    } else if k != MISSING {
        return Ok(w.constant(k));
    }
    if let Some(b) = g.builtin {
        let k = w.quasi(&b.get().constant);
        if k != MISSING && k != GlobalCell::VARIABLE {
            return Ok(w.constant(k));
        }
    }
    let n = w.constant(g.name.0 as i64);
    w.call_raising(&residual::RAISE_NAME, (n,))
}

#[inline(always)]
fn store_global<W: World<Lang = Python>>(w: &mut W, g: P<GlobalCell>, v: Val<W>) {
    if w.quasi(&g.get().constant) == GlobalCell::VARIABLE {
        let o = w.constant(g.object);
        w.store(o, CellObj::value, v);
    } else {
        let g = w.constant(g.addr());
        w.call(&residual::SET_GLOBAL, (g, v));
    }
}

/// The code object of a function, as a constant.
fn function_code<W: World<Lang = Python>>(w: &mut W, f: framework::Ref<W>) -> P<Code> {
    let c = w.load(f, Function::code);
    let c = w.promote(c);
    // SAFETY: `code` of a `Function` is always set from `P::addr`.
    unsafe { P::from_addr(c) }
}

/// A name from its number in an instruction.
fn name(d: u32) -> Name {
    Name(d)
}
