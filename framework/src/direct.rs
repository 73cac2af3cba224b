//! The world that runs: red values are plain machine words, and after monomorphisation nothing of the abstraction is left.

use crate::call::{FunInfo, call_words};
use crate::heap::{Elems, Field, Obj, TypeId, TypeInfo};
use crate::kind::Kind;
use crate::language::{CodeRef, Flow, Language};
use crate::quasi::QuasiCell;
use crate::value::Value;
use crate::vm::{Frame, Vm};
use crate::world::World;

/// Runs instructions on a VM. It is the VM by another name, so that a reference to the world is one to the VM: an interpreter's every
/// access would otherwise go through two pointers.
#[repr(transparent)]
pub struct Direct<L: Language> {
    /// The VM it runs on.
    pub vm: Vm<L>,
}

impl<L: Language> Direct<L> {
    /// The world that runs instructions on this VM.
    #[inline(always)]
    pub fn on(vm: &mut Vm<L>) -> &mut Direct<L> {
        // SAFETY: `Direct` is a transparent wrapper of `Vm`.
        unsafe { &mut *(vm as *mut Vm<L>).cast() }
    }
}

/// Runs from the VM's current state until the run ends, with no JIT.
pub fn run<L: Language>(vm: &mut Vm<L>) {
    let w = Direct::on(vm);
    loop {
        match L::step(w) {
            Flow::Next => {}
            Flow::Header(_) => {
                if w.vm.core.take_interrupt()
                    && let Flow::Done = L::interrupt(&mut w.vm)
                {
                    return;
                }
            }
            Flow::Done => return,
        }
    }
}

macro_rules! binary {
    ($($name:ident $t:ty => |$a:ident, $b:ident| $e:expr;)*) => { $(
        #[inline(always)]
        fn $name(&mut self, $a: $t, $b: $t) -> $t { $e }
    )* };
}
macro_rules! compare {
    ($($name:ident $t:ty => |$a:ident, $b:ident| $e:expr;)*) => { $(
        #[inline(always)]
        fn $name(&mut self, $a: $t, $b: $t) -> bool { $e }
    )* };
}

impl<L: Language> World for Direct<L> {
    type Lang = L;
    type Red<T: Kind> = T;
    type Any = u64;
    const RUNS_ON: bool = true;

    #[inline(always)]
    fn code(&self) -> CodeRef<L> {
        // SAFETY: the running frame's code address came from a `CodeRef`.
        unsafe { CodeRef::from_addr(self.vm.core.cur.code) }
    }
    #[inline(always)]
    fn pc(&self) -> u32 {
        self.vm.core.cur.pc
    }
    #[inline(always)]
    fn set_pc(&mut self, pc: u32) {
        self.vm.core.cur.pc = pc
    }
    #[inline(always)]
    fn jump(&mut self, code: CodeRef<L>, pc: u32) {
        self.vm.core.cur.code = code.addr();
        self.vm.core.cur.pc = pc;
    }
    #[inline(always)]
    fn push_frame(&mut self, code: CodeRef<L>, base: u32, cont: u64) -> bool {
        let core = &mut self.vm.core;
        let new_base = core.cur.base + base;
        if (new_base + L::registers(code.get())) as usize > core.stack_words || core.frame_top == core.frame_limit {
            return false;
        }
        // SAFETY: there is room for a frame, and the new base is on the stack.
        unsafe {
            *core.frame_top = Frame { cont, ..core.cur };
            core.frame_top = core.frame_top.add(1);
            core.base_ptr = core.base_ptr.add(base as usize);
        }
        core.cur = Frame { code: code.addr(), pc: 0, base: new_base, cont: 0 };
        true
    }
    #[inline(always)]
    fn pop_frame(&mut self) -> Option<u64> {
        let core = &mut self.vm.core;
        // SAFETY: every run has a BOTTOM frame below its first activation, so there is a frame to look at.
        let frame = unsafe { *core.frame_top.sub(1) };
        if frame.cont == Frame::BOTTOM {
            return None;
        }
        // SAFETY: as above; the frame's base is on the stack.
        unsafe {
            core.frame_top = core.frame_top.sub(1);
            core.base_ptr = core.stack.add(frame.base as usize);
        }
        core.cur = frame;
        Some(frame.cont)
    }
    #[inline(always)]
    fn finish(&mut self, result: Value) {
        self.vm.result = result
    }

    #[inline(always)]
    fn get(&mut self, r: u32) -> Value {
        // SAFETY: registers below `Language::registers` are on the stack by `push_frame`'s check, and a caller that
        // fills a callee's registers has sized its own frame for them.
        unsafe { *self.vm.core.base_ptr.add(r as usize) }
    }
    #[inline(always)]
    fn set(&mut self, r: u32, v: Value) {
        // SAFETY: as in `get`.
        unsafe { *self.vm.core.base_ptr.add(r as usize) = v }
    }

    #[inline(always)]
    fn constant<T: Kind>(&mut self, v: T) -> T {
        v
    }
    #[inline(always)]
    fn promote<T: Kind>(&mut self, v: T) -> T {
        v
    }
    #[inline(always)]
    fn promote_poly<T: Kind>(&mut self, v: T, _max: usize) -> Option<T> {
        Some(v)
    }
    #[inline(always)]
    fn is<T: Kind>(&mut self, v: T, k: T) -> bool {
        v.to_bits() == k.to_bits()
    }
    #[inline(always)]
    fn quasi<T: Copy + 'static>(&mut self, cell: &QuasiCell<T>) -> T {
        cell.get()
    }
    #[inline(always)]
    fn erase<T: Kind>(&mut self, v: T) -> u64 {
        v.to_bits()
    }
    #[inline(always)]
    fn typed<T: Kind>(&mut self, v: u64) -> T {
        T::from_bits(v)
    }

    #[inline(always)]
    fn is_int(&mut self, v: Value) -> bool {
        v.is_small_int() || v.int().is_some()
    }
    #[inline(always)]
    fn to_int(&mut self, v: Value) -> i64 {
        if v.is_small_int() { v.as_small_int() } else { v.as_obj().get(crate::heap::BoxedInt::value) }
    }
    #[inline(always)]
    fn from_int(&mut self, i: i64) -> Value {
        self.vm.core.heap.int(i)
    }
    #[inline(always)]
    fn is_float(&mut self, v: Value) -> bool {
        v.is_immediate_float() || v.float().is_some()
    }
    #[inline(always)]
    fn to_float(&mut self, v: Value) -> f64 {
        if v.is_immediate_float() { v.as_immediate_float() } else { v.as_obj().get(crate::heap::BoxedFloat::value) }
    }
    #[inline(always)]
    fn from_float(&mut self, f: f64) -> Value {
        self.vm.core.heap.float(f)
    }
    #[inline(always)]
    fn is_obj(&mut self, v: Value) -> bool {
        v.is_obj()
    }
    #[inline(always)]
    fn to_obj(&mut self, v: Value) -> Obj {
        v.as_obj()
    }
    #[inline(always)]
    fn from_obj(&mut self, o: Obj) -> Value {
        o.into()
    }
    #[inline(always)]
    fn same(&mut self, a: Value, b: Value) -> bool {
        a == b
    }

    binary! {
        add i64 => |a, b| a.wrapping_add(b);
        sub i64 => |a, b| a.wrapping_sub(b);
        mul i64 => |a, b| a.wrapping_mul(b);
        div_floor i64 => |a, b| crate::arith::div_floor(a, b);
        mod_floor i64 => |a, b| crate::arith::mod_floor(a, b);
        div_trunc i64 => |a, b| a.wrapping_div(b);
        rem_trunc i64 => |a, b| a.wrapping_rem(b);
        and i64 => |a, b| a & b;
        or i64 => |a, b| a | b;
        xor i64 => |a, b| a ^ b;
        shl i64 => |a, n| a.wrapping_shl(n as u32);
        shr i64 => |a, n| a.wrapping_shr(n as u32);
        fadd f64 => |a, b| a + b;
        fsub f64 => |a, b| a - b;
        fmul f64 => |a, b| a * b;
        fdiv f64 => |a, b| a / b;
    }
    compare! {
        eq i64 => |a, b| a == b;
        lt i64 => |a, b| a < b;
        le i64 => |a, b| a <= b;
        ult i64 => |a, b| (a as u64) < b as u64;
        feq f64 => |a, b| a == b;
        flt f64 => |a, b| a < b;
        fle f64 => |a, b| a <= b;
        same_obj Obj => |a, b| a == b;
    }
    #[inline(always)]
    fn add_ovf(&mut self, a: i64, b: i64) -> Option<i64> {
        a.checked_add(b)
    }
    #[inline(always)]
    fn sub_ovf(&mut self, a: i64, b: i64) -> Option<i64> {
        a.checked_sub(b)
    }
    #[inline(always)]
    fn mul_ovf(&mut self, a: i64, b: i64) -> Option<i64> {
        a.checked_mul(b)
    }
    #[inline(always)]
    fn fneg(&mut self, a: f64) -> f64 {
        -a
    }
    #[inline(always)]
    fn fabs(&mut self, a: f64) -> f64 {
        a.abs()
    }
    #[inline(always)]
    fn fsqrt(&mut self, a: f64) -> f64 {
        a.sqrt()
    }
    #[inline(always)]
    fn int_to_float(&mut self, i: i64) -> f64 {
        i as f64
    }
    #[inline(always)]
    fn float_to_int(&mut self, f: f64) -> Option<i64> {
        crate::arith::float_to_int(f)
    }

    #[inline(always)]
    fn new(&mut self, ty: &'static TypeInfo) -> Obj {
        self.vm.core.heap.alloc(ty)
    }
    #[inline(always)]
    fn new_array(&mut self, ty: &'static TypeInfo, len: i64) -> Obj {
        self.vm.core.heap.alloc_array(ty, len as usize)
    }
    #[inline(always)]
    fn has_type(&mut self, o: Obj, ty: &'static TypeInfo) -> bool {
        o.is(ty)
    }
    #[inline(always)]
    fn type_of(&mut self, o: Obj) -> TypeId {
        o.type_id()
    }
    #[inline(always)]
    fn load<T: Kind>(&mut self, o: Obj, f: Field<T>) -> T {
        o.get(f)
    }
    #[inline(always)]
    fn store<T: Kind>(&mut self, o: Obj, f: Field<T>, v: T) {
        self.vm.core.heap.set(o, f, v)
    }
    #[inline(always)]
    fn len(&mut self, o: Obj, _ty: &'static TypeInfo) -> i64 {
        o.len() as i64
    }
    #[inline(always)]
    fn load_elem<T: Kind>(&mut self, o: Obj, e: Elems<T>, i: i64) -> T {
        o.elem(e, i as usize)
    }
    #[inline(always)]
    fn store_elem<T: Kind>(&mut self, o: Obj, e: Elems<T>, i: i64, v: T) {
        self.vm.core.heap.set_elem(o, e, i as usize, v)
    }
    #[inline(always)]
    fn aux(&mut self, o: Obj) -> i64 {
        o.aux() as i64
    }
    #[inline(always)]
    fn set_aux(&mut self, o: Obj, v: i64) {
        o.set_aux(v as u32)
    }

    #[inline(always)]
    fn call_any(&mut self, f: &'static FunInfo, args: &[u64]) -> u64 {
        // SAFETY: `f` was declared for this language's VM, and `Sig` gives the right number of arguments.
        unsafe { call_words(f, (&raw mut self.vm).cast(), args) }
    }
}
