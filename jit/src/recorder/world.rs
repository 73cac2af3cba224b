//! The recorder's side of every `World` operation. Shims are thin: bodies that build IR are not inlined, or a language's second world
//! would cost twenty times the compile time of its first.

use super::{Recorder, Red};
use crate::ir::{LogKind, Op, Ref};
use crate::mutants::{Mutant, planted};
use framework::call::{FunInfo, call_words};
use framework::heap::{BoxedFloat, BoxedInt, Elems, ElemsInfo, Field, FieldInfo, Mutability, TypeId};
use framework::quasi::QuasiCell;
use framework::{CodeRef, Effect, Kind, Language, Obj, Ty, TypeInfo, Value, World, arith};

macro_rules! pure {
    ($($name:ident $t:ty, $op:ident => |$a:ident, $b:ident| $e:expr;)*) => { $(
        #[inline]
        fn $name(&mut self, a: Red<$t>, b: Red<$t>) -> Red<$t> {
            let ($a, $b) = (a.now, b.now);
            let now: $t = $e;
            Red { now, r: self.pure(Op::$op, a.r, b.r, Kind::to_bits(now)) }
        }
    )* };
}
macro_rules! unary {
    ($($name:ident $t:ty, $u:ty, $op:ident => |$a:ident| $e:expr;)*) => { $(
        #[inline]
        fn $name(&mut self, a: Red<$t>) -> Red<$u> {
            let $a = a.now;
            let now: $u = $e;
            Red { now, r: self.pure(Op::$op, a.r, Ref::NONE, Kind::to_bits(now)) }
        }
    )* };
}
macro_rules! compare {
    ($($name:ident $t:ty, $op:ident => |$a:ident, $b:ident| $e:expr;)*) => { $(
        #[inline]
        fn $name(&mut self, a: Red<$t>, b: Red<$t>) -> bool {
            let ($a, $b) = (a.now, b.now);
            let holds = $e;
            self.guard(Op::$op, 0, a.r, b.r, holds, false);
            holds
        }
    )* };
}
macro_rules! checked {
    ($($name:ident, $op:ident, $f:ident;)*) => { $(
        #[inline]
        fn $name(&mut self, a: Red<i64>, b: Red<i64>) -> Option<Red<i64>> {
            let now = a.now.$f(b.now);
            self.guard_with_result(Op::$op, a.r, b.r, now)
        }
    )* };
}

impl<L: Language> Recorder<'_, L> {
    #[inline(never)]
    fn guard_with_result(&mut self, op: Op, a: Ref, b: Ref, now: Option<i64>) -> Option<Red<i64>> {
        let r = self.guard(op, 0, a, b, now.is_some(), false);
        let now = now?;
        if !self.on {
            return Some(Red { now, r: Ref::NONE });
        }
        // No reference: the operands were constants.
        let r = if r == Ref::NONE { self.builder.constant(now) } else { r };
        Some(Red { now, r: self.check(r, Ty::Int, now as u64) })
    }

    /// The operation that made the value, if it is a box that may not exist.
    fn box_op(&self, r: Ref) -> Option<Op> {
        if !self.on {
            return None;
        }
        self.builder.inst(self.builder.resolve(r)).map(|i| i.op).filter(|op| matches!(op, Op::BoxInt | Op::BoxFloat))
    }

    /// Is it a number of the sort that has this immediate test, this box type and this boxing operation? Always three ordinals.
    #[inline(never)]
    fn is_number(&mut self, v: Red<Value>, immediate: bool, test: Op, boxing: Op, ty: &'static TypeInfo) -> bool {
        let ordinal = self.ordinal + 3;
        let answer = match self.box_op(v.r) {
            Some(op) => op == boxing,
            None => {
                self.guard(test, 0, v.r, Ref::NONE, immediate, false);
                immediate || self.is_a(v, ty)
            }
        };
        self.ordinal = ordinal;
        answer
    }

    #[inline(never)]
    fn record_load(&mut self, o: Ref, f: &'static FieldInfo, now: u64) -> Ref {
        if !self.on {
            return Ref::NONE;
        }
        let o = self.builder.resolve(o);
        if f.mutability == Mutability::Immutable && o.as_const().is_some() {
            return self.builder.const_word(f.ty, now);
        }
        let r = self.builder.load_field(o, f);
        let r = self.check(r, f.ty, now);
        if f.mutability == Mutability::Mutable {
            self.log(LogKind::Load, r);
        }
        r
    }

    /// Rule R2: a store is an effect unless the object is virtual and of this very instruction.
    fn note_store(&mut self, o: Ref) {
        let o = self.builder.resolve(o);
        let is_virtual = self.builder.is_virtual(o);
        let is_new = o.as_inst().is_some_and(|i| i >= self.builder.start) || planted(Mutant::OlderVirtualsAreNoEffect);
        self.builder.dirty |= !(is_virtual && is_new);
        if !(is_virtual && planted(Mutant::VirtualStoresNotLogged)) {
            self.log(LogKind::Store, Ref::NONE);
        }
    }

    #[inline(never)]
    fn record_store(&mut self, o: Ref, f: &'static FieldInfo, v: Ref) {
        if self.on {
            self.note_store(o);
            self.builder.store_field(o, f, v);
        }
    }

    #[inline(never)]
    fn record_load_elem(&mut self, o: Ref, e: &'static ElemsInfo, i: Ref, now: u64) -> Ref {
        if !self.on {
            return Ref::NONE;
        }
        let (ro, ri) = (self.builder.resolve(o), self.builder.resolve(i));
        if e.mutability == Mutability::Immutable && ro.as_const().is_some() && ri.as_const().is_some() {
            return self.builder.const_word(e.ty, now);
        }
        let r = self.builder.load_elem(ro, e, ri);
        let r = self.check(r, e.ty, now);
        if e.mutability == Mutability::Mutable {
            self.log(LogKind::Load, r);
        }
        r
    }

    #[inline(never)]
    fn record_store_elem(&mut self, o: Ref, e: &'static ElemsInfo, i: Ref, v: Ref) {
        if self.on {
            self.note_store(o);
            self.builder.store_elem(o, e, i, v);
        }
    }

    #[inline(never)]
    fn record_new(&mut self, ty: &'static TypeInfo, len: Option<Ref>, now: Obj) -> Ref {
        if !self.on {
            return Ref::NONE;
        }
        let len = len.map(|n| self.builder.resolve(n));
        let r = self.builder.new_object(ty, len);
        let r = self.check(r, Ty::Ref, now.0);
        self.log(LogKind::New, r);
        r
    }

    #[inline(never)]
    fn record_call(&mut self, f: &'static FunInfo, args: &[Red<u64>]) -> Red<u64> {
        let logged = f.effect != Effect::Pure && !(f.effect == Effect::ReadOnly && planted(Mutant::ReadOnlyCallsNotLogged));
        let words: smallvec::SmallVec<[u64; 5]> = args.iter().map(|a| a.now).collect();
        if logged && let Some(v) = self.served(LogKind::Call) {
            if planted(Mutant::ServedCallsRunAgain) {
                // SAFETY: as below.
                unsafe { call_words(f, (self.vm as *mut framework::Vm<L>).cast(), &words) };
            }
            return v;
        }
        // SAFETY: `f` was declared for this language's VM, and `Sig` gives the right number of arguments.
        let now = unsafe { call_words(f, (self.vm as *mut framework::Vm<L>).cast(), &words) };
        if !self.on {
            return Red { now, r: Ref::NONE };
        }
        let refs: smallvec::SmallVec<[Ref; 5]> = args.iter().map(|a| a.r).collect();
        let r = self.builder.call(f, &refs, Some(now));
        if logged {
            self.log(LogKind::Call, r);
            self.builder.dirty |= f.effect == Effect::Any;
        }
        Red { now, r: self.check(r, f.ret, now) }
    }

    #[inline(never)]
    fn record_has_type(&mut self, o: Ref, ty: &'static TypeInfo, holds: bool, promote: bool) {
        if self.on {
            let imm = self.builder.type_desc(ty);
            self.guard(Op::HasType, imm, o, Ref::NONE, holds, promote);
        }
    }

    /// Has the site seen too many different values? A value that is a constant of the trace anyway does not count.
    fn is_megamorphic(&mut self, r: Ref, bits: u64, max: usize) -> bool {
        if self.builder.resolve(r).as_const().is_some() {
            return false;
        }
        let site = (self.vm.core.cur.code, self.vm.core.cur.pc, self.ordinal);
        let mut sites = self.sites.borrow_mut();
        let seen = sites.entry(site).or_default();
        if !seen.contains(&bits) && seen.len() < max {
            seen.push(bits);
        }
        !seen.contains(&bits)
    }

    /// The frame below is going to be popped. If it is not one that this trace has pushed, the trace ends before this instruction: whoever
    /// called it goes on there, knowing what waits. The rest of the instruction only runs.
    #[inline(never)]
    fn record_pop(&mut self) {
        if self.on && self.builder.state.pop().is_none() {
            self.returns = true;
            self.on = false;
        }
    }

    fn stack_word(&self, r: u32) -> *mut Value {
        // SAFETY: registers are on the stack by `push_frame`'s check.
        unsafe { self.vm.core.base_ptr.add(r as usize) }
    }
}

impl<L: Language> World for Recorder<'_, L> {
    type Lang = L;
    type Red<T: Kind> = Red<T>;
    type Any = Red<u64>;
    const RECORDS: bool = true;

    fn code(&self) -> CodeRef<L> {
        // SAFETY: the running frame's code address came from a `CodeRef`.
        unsafe { CodeRef::from_addr(self.vm.core.cur.code) }
    }
    fn pc(&self) -> u32 {
        self.vm.core.cur.pc
    }
    fn set_pc(&mut self, pc: u32) {
        self.vm.core.cur.pc = pc;
        self.builder.state.cur.pc = pc;
    }
    fn jump(&mut self, code: CodeRef<L>, pc: u32) {
        self.vm.core.cur.code = code.addr();
        self.builder.state.cur.code = code.addr();
        self.set_pc(pc);
    }
    fn push_frame(&mut self, code: CodeRef<L>, base: u32, cont: u64) -> bool {
        let done = framework::direct::Direct::on(self.vm).push_frame(code, base, cont);
        if done && self.on {
            self.builder.state.push(code.addr(), base, cont, L::registers(code.get()));
        } else if !done {
            self.give_up("the VM stack is full");
        }
        done
    }
    fn pop_frame(&mut self) -> Option<u64> {
        let cont = framework::direct::Direct::on(self.vm).pop_frame()?;
        self.record_pop();
        Some(cont)
    }
    fn finish(&mut self, result: Red<Value>) {
        self.vm.result = result.now;
    }

    fn get(&mut self, r: u32) -> Red<Value> {
        // SAFETY: see `stack_word`.
        let now = unsafe { *self.stack_word(r) };
        if !self.on {
            return Red { now, r: Ref::NONE };
        }
        let i = self.builder.state.offset(r);
        let mut v = self.builder.state.slots.get(i);
        if v == Ref::NONE {
            v = self.builder.slot(i);
            self.builder.state.set(i, v);
        }
        Red { now, r: self.check(v, Ty::Value, now.0) }
    }
    fn set(&mut self, r: u32, v: Red<Value>) {
        // SAFETY: see `stack_word`.
        unsafe { *self.stack_word(r) = v.now };
        if self.on {
            let i = self.builder.state.offset(r);
            self.builder.state.set(i, v.r);
        }
    }

    fn constant<T: Kind>(&mut self, v: T) -> Red<T> {
        Red { now: v, r: if self.on { self.builder.constant(v) } else { Ref::NONE } }
    }
    fn promote<T: Kind>(&mut self, v: Red<T>) -> T {
        let is_new = self.on && self.builder.is_virtual(self.builder.resolve(v.r));
        let is_new_box = T::TY == Ty::Value && self.box_op(v.r).is_some() && Value(v.now.to_bits()).is_obj();
        if is_new || is_new_box {
            // No later run can have this very object.
            self.give_up("an object made in the trace is promoted");
        } else if self.on {
            let k = self.builder.constant(v.now);
            self.guard(Op::Same, 0, v.r, k, true, true);
        }
        v.now
    }
    fn promote_poly<T: Kind>(&mut self, v: Red<T>, max: usize) -> Option<T> {
        // The answer depends on what was recorded before, so a replay must be told it again.
        let mega = match self.served(LogKind::Load) {
            Some(answer) => answer.now != 0,
            None => {
                let mega = self.on && self.is_megamorphic(v.r, v.now.to_bits(), max);
                if self.on {
                    let answer = self.builder.constant(mega as i64);
                    self.log(LogKind::Load, answer);
                }
                mega
            }
        };
        if mega {
            self.ordinal += 1;
            return None;
        }
        Some(self.promote(v))
    }
    fn is<T: Kind>(&mut self, v: Red<T>, k: T) -> bool {
        let holds = v.now.to_bits() == k.to_bits();
        if self.on {
            let k = self.builder.constant(k);
            self.guard(Op::Same, 0, v.r, k, holds, false);
        }
        holds
    }
    fn quasi<T: Copy + 'static>(&mut self, cell: &QuasiCell<T>) -> T {
        const { assert!(size_of::<T>() <= 8, "a quasi-immutable cell holds at most a word") };
        let mut bits = 0u64;
        let mut value = cell.get();
        if let Some(v) = self.served(LogKind::Load) {
            // SAFETY: the word was made below from a `T`.
            value = unsafe { std::mem::transmute_copy(&v.now) };
            self.ordinal += 1;
            return value;
        }
        // SAFETY: `T` fits a word.
        unsafe { std::ptr::copy_nonoverlapping((&value as *const T).cast::<u8>(), (&mut bits as *mut u64).cast::<u8>(), size_of::<T>()) };
        self.ordinal += 1;
        if self.on {
            if !self.builder.valid_checked {
                let ordinal = self.ordinal;
                self.builder.emit_guard(Op::Valid, 0, Ref::NONE, Ref::NONE, true, ordinal);
                self.builder.valid_checked = true;
            }
            cell.add_dependent(&self.dependent);
            let k = self.builder.const_word(Ty::Int, bits);
            self.log(LogKind::Load, k);
        }
        value
    }
    fn erase<T: Kind>(&mut self, v: Red<T>) -> Red<u64> {
        Red { now: v.now.to_bits(), r: v.r }
    }
    fn typed<T: Kind>(&mut self, v: Red<u64>) -> Red<T> {
        Red { now: T::from_bits(v.now), r: v.r }
    }

    fn is_int(&mut self, v: Red<Value>) -> bool {
        self.is_number(v, v.now.is_small_int(), Op::IsSmallInt, Op::BoxInt, BoxedInt::TYPE)
    }
    fn to_int(&mut self, v: Red<Value>) -> Red<i64> {
        let now = v.now.int().expect("tested by is_int");
        if v.now.is_small_int() || self.box_op(v.r).is_some() {
            return Red { now, r: self.pure(Op::UnboxInt, v.r, Ref::NONE, now as u64) };
        }
        Red { now, r: self.record_load(v.r, BoxedInt::value.info, now as u64) }
    }
    fn from_int(&mut self, i: Red<i64>) -> Red<Value> {
        let now = self.vm.core.heap.int(i.now);
        Red { now, r: self.pure(Op::BoxInt, i.r, Ref::NONE, now.0) }
    }
    fn is_float(&mut self, v: Red<Value>) -> bool {
        self.is_number(v, v.now.is_immediate_float(), Op::IsFloat, Op::BoxFloat, BoxedFloat::TYPE)
    }
    fn to_float(&mut self, v: Red<Value>) -> Red<f64> {
        let now = v.now.float().expect("tested by is_float");
        if v.now.is_immediate_float() || self.box_op(v.r).is_some() {
            return Red { now, r: self.pure(Op::UnboxFloat, v.r, Ref::NONE, now.to_bits()) };
        }
        Red { now, r: self.record_load(v.r, BoxedFloat::value.info, now.to_bits()) }
    }
    fn from_float(&mut self, f: Red<f64>) -> Red<Value> {
        let now = self.vm.core.heap.float(f.now);
        Red { now, r: self.pure(Op::BoxFloat, f.r, Ref::NONE, now.0) }
    }
    fn is_obj(&mut self, v: Red<Value>) -> bool {
        let holds = v.now.is_obj();
        self.guard(Op::IsObj, 0, v.r, Ref::NONE, holds, false);
        holds
    }
    // A pointer is the same word tagged and untagged, and the same reference.
    fn to_obj(&mut self, v: Red<Value>) -> Red<Obj> {
        Red { now: v.now.as_obj(), r: v.r }
    }
    fn from_obj(&mut self, o: Red<Obj>) -> Red<Value> {
        Red { now: o.now.into(), r: o.r }
    }
    fn same(&mut self, a: Red<Value>, b: Red<Value>) -> bool {
        let holds = a.now == b.now;
        self.guard(Op::Same, 0, a.r, b.r, holds, false);
        holds
    }
    fn same_obj(&mut self, a: Red<Obj>, b: Red<Obj>) -> bool {
        let holds = a.now == b.now;
        self.guard(Op::Same, 0, a.r, b.r, holds, false);
        holds
    }

    pure! {
        add i64, IntAdd => |a, b| a.wrapping_add(b);
        sub i64, IntSub => |a, b| a.wrapping_sub(b);
        mul i64, IntMul => |a, b| a.wrapping_mul(b);
        div_floor i64, IntDivFloor => |a, b| arith::div_floor(a, b);
        mod_floor i64, IntModFloor => |a, b| arith::mod_floor(a, b);
        div_trunc i64, IntDivTrunc => |a, b| a.wrapping_div(b);
        rem_trunc i64, IntRemTrunc => |a, b| a.wrapping_rem(b);
        and i64, IntAnd => |a, b| a & b;
        or i64, IntOr => |a, b| a | b;
        xor i64, IntXor => |a, b| a ^ b;
        shl i64, IntShl => |a, n| a.wrapping_shl(n as u32);
        shr i64, IntShr => |a, n| a.wrapping_shr(n as u32);
        fadd f64, FloatAdd => |a, b| a + b;
        fsub f64, FloatSub => |a, b| a - b;
        fmul f64, FloatMul => |a, b| a * b;
        fdiv f64, FloatDiv => |a, b| a / b;
    }
    unary! {
        fneg f64, f64, FloatNeg => |a| -a;
        fabs f64, f64, FloatAbs => |a| a.abs();
        fsqrt f64, f64, FloatSqrt => |a| a.sqrt();
        int_to_float i64, f64, IntToFloat => |a| a as f64;
    }
    compare! {
        eq i64, IntEq => |a, b| a == b;
        lt i64, IntLt => |a, b| a < b;
        le i64, IntLe => |a, b| a <= b;
        ult i64, IntUlt => |a, b| (a as u64) < b as u64;
        feq f64, FloatEq => |a, b| a == b;
        flt f64, FloatLt => |a, b| a < b;
        fle f64, FloatLe => |a, b| a <= b;
    }
    checked! {
        add_ovf, IntAddOvf, checked_add;
        sub_ovf, IntSubOvf, checked_sub;
        mul_ovf, IntMulOvf, checked_mul;
    }
    fn float_to_int(&mut self, f: Red<f64>) -> Option<Red<i64>> {
        self.guard_with_result(Op::FloatToInt, f.r, Ref::NONE, arith::float_to_int(f.now))
    }

    fn new(&mut self, ty: &'static TypeInfo) -> Red<Obj> {
        if let Some(v) = self.served(LogKind::New) {
            return Red { now: Obj(v.now), r: v.r };
        }
        let now = self.vm.core.heap.alloc(ty);
        Red { now, r: self.record_new(ty, None, now) }
    }
    fn new_array(&mut self, ty: &'static TypeInfo, len: Red<i64>) -> Red<Obj> {
        if let Some(v) = self.served(LogKind::New) {
            return Red { now: Obj(v.now), r: v.r };
        }
        let now = self.vm.core.heap.alloc_array(ty, len.now as usize);
        Red { now, r: self.record_new(ty, Some(len.r), now) }
    }
    fn has_type(&mut self, o: Red<Obj>, ty: &'static TypeInfo) -> bool {
        let holds = o.now.is(ty);
        self.record_has_type(o.r, ty, holds, false);
        holds
    }
    fn type_of(&mut self, o: Red<Obj>) -> TypeId {
        let ty = self.vm.core.heap.type_info(o.now);
        self.record_has_type(o.r, ty, true, true);
        ty.id
    }
    fn load<T: Kind>(&mut self, o: Red<Obj>, f: Field<T>) -> Red<T> {
        if f.info.mutability == Mutability::Mutable
            && let Some(v) = self.served(LogKind::Load)
        {
            if planted(Mutant::ServedLoadsFeedTheCache) && self.on {
                self.builder.know_field(o.r, f.info, v.r);
            }
            return self.typed(v);
        }
        let now = o.now.get(f);
        Red { now, r: self.record_load(o.r, f.info, now.to_bits()) }
    }
    fn store<T: Kind>(&mut self, o: Red<Obj>, f: Field<T>, v: Red<T>) {
        if self.served(LogKind::Store).is_some() {
            return;
        }
        self.vm.core.heap.set(o.now, f, v.now);
        self.record_store(o.r, f.info, v.r);
    }
    fn len(&mut self, o: Red<Obj>, _ty: &'static TypeInfo) -> Red<i64> {
        let now = o.now.len() as i64;
        if !self.on {
            return Red { now, r: Ref::NONE };
        }
        let ro = self.builder.resolve(o.r);
        let r = if ro.as_const().is_some() { self.builder.constant(now) } else { self.builder.len(ro) };
        Red { now, r: self.check(r, Ty::Int, now as u64) }
    }
    fn load_elem<T: Kind>(&mut self, o: Red<Obj>, e: Elems<T>, i: Red<i64>) -> Red<T> {
        if e.info.mutability == Mutability::Mutable
            && let Some(v) = self.served(LogKind::Load)
        {
            return self.typed(v);
        }
        let now = o.now.elem(e, i.now as usize);
        Red { now, r: self.record_load_elem(o.r, e.info, i.r, now.to_bits()) }
    }
    fn store_elem<T: Kind>(&mut self, o: Red<Obj>, e: Elems<T>, i: Red<i64>, v: Red<T>) {
        if self.served(LogKind::Store).is_some() {
            return;
        }
        self.vm.core.heap.set_elem(o.now, e, i.now as usize, v.now);
        self.record_store_elem(o.r, e.info, i.r, v.r);
    }
    fn aux(&mut self, o: Red<Obj>) -> Red<i64> {
        if let Some(v) = self.served(LogKind::Load) {
            return self.typed(v);
        }
        let now = o.now.aux() as i64;
        if !self.on {
            return Red { now, r: Ref::NONE };
        }
        let r = self.builder.aux(o.r);
        let r = self.check(r, Ty::Int, now as u64);
        self.log(LogKind::Load, r);
        Red { now, r }
    }
    fn set_aux(&mut self, o: Red<Obj>, v: Red<i64>) {
        if self.served(LogKind::Store).is_some() {
            return;
        }
        o.now.set_aux(v.now as u32);
        if self.on {
            self.note_store(o.r);
            self.builder.store_aux(o.r, v.r);
        }
    }

    fn call_any(&mut self, f: &'static FunInfo, args: &[Red<u64>]) -> Red<u64> {
        self.record_call(f, args)
    }
}
