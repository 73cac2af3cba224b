//! Worlds: one interpreter source, instantiated to run ([`Direct`](crate::direct::Direct)) or to be recorded (the `jit` crate's `Recorder`).
//!
//! A **red** value (`W::Red<T>`) is known only when the program runs; a plain Rust value is **green**, a constant of
//! whatever is recorded. The Rust compiler keeps them apart. Comparisons return real `bool`s: the recorder writes a
//! guard and goes the way the program went. `promote` turns red into green, at the price of a guard.

use crate::call::{Fun, FunInfo, Sig};
use crate::heap::{Elems, Field, Obj, TypeId, TypeInfo};
use crate::kind::Kind;
use crate::language::{CodeRef, Language};
use crate::quasi::QuasiCell;
use crate::value::Value;

/// A red tagged value.
pub type Val<W> = <W as World>::Red<Value>;
/// A red 64-bit integer.
pub type Int<W> = <W as World>::Red<i64>;
/// A red float.
pub type Float<W> = <W as World>::Red<f64>;
/// A red pointer to a heap object.
pub type Ref<W> = <W as World>::Red<Obj>;

/// A residual function left an exception behind: see [`World::call_raising`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Raised;

/// What a residual function returns to say that it raised: a singleton no language uses for itself.
pub const RAISED: Value = Value::singleton(1);

/// The operations an interpreter is written in.
pub trait World: Sized {
    /// The language interpreted.
    type Lang: Language;
    /// A red value of kind `T`.
    type Red<T: Kind>: Copy;
    /// A red value of any kind.
    type Any: Copy;
    /// May `Language::step` run on with the next instruction instead of returning `Flow::Next`? Then nobody looks in between.
    const RUNS_ON: bool = false;
    /// Is what happens recorded? What a recording mentions may be needed as long as its trace: for languages that free code.
    const RECORDS: bool = false;

    // ---- the running activation: green
    /// The running code object.
    fn code(&self) -> CodeRef<Self::Lang>;
    /// The instruction being run (or, once set, to be run next).
    fn pc(&self) -> u32;
    /// Sets the instruction to run next.
    fn set_pc(&mut self, pc: u32);
    /// Goes to an instruction of another code object, keeping the registers: a tail call.
    fn jump(&mut self, code: CodeRef<Self::Lang>, pc: u32);
    /// Suspends the running activation (its `pc` as last set, `cont` for the return) and starts `code` at 0 with its register 0
    /// at this activation's register `base`. `false`, and nothing done, if the stack is full.
    #[must_use]
    fn push_frame(&mut self, code: CodeRef<Self::Lang>, base: u32, cont: u64) -> bool;
    /// Ends the running activation and goes back to the one that waits, whose continuation is returned.
    /// `None`, and nothing done, if this is the first activation of the run: set the result by `finish`.
    fn pop_frame(&mut self) -> Option<u64>;
    /// Leaves the result of the run. Return `Flow::Done` after it.
    fn finish(&mut self, result: Self::Red<Value>);

    // ---- registers of the running activation
    /// Reads register `r`. Registers from `Language::registers` up are a callee's, before `push_frame`.
    fn get(&mut self, r: u32) -> Self::Red<Value>;
    /// Writes register `r`.
    fn set(&mut self, r: u32, v: Self::Red<Value>);

    // ---- between red and green
    /// A constant.
    fn constant<T: Kind>(&mut self, v: T) -> Self::Red<T>;
    /// The concrete value, which from here on is a constant of the trace, under a guard.
    fn promote<T: Kind>(&mut self, v: Self::Red<T>) -> T;
    /// Like `promote`, for a site that may see many values: after `max` different ones have been recorded there, it answers `None`, and
    /// the interpreter does it the general way. (Megamorphic sites would grow a bridge for each value.)
    fn promote_poly<T: Kind>(&mut self, v: Self::Red<T>, max: usize) -> Option<T>;
    /// Is it this constant word? One guard, either way. For floats, compares bits.
    fn is<T: Kind>(&mut self, v: Self::Red<T>, k: T) -> bool;
    /// The content of a quasi-immutable cell, as a constant of the trace.
    fn quasi<T: Copy + 'static>(&mut self, cell: &QuasiCell<T>) -> T;
    /// Forgets the kind, for residual calls.
    fn erase<T: Kind>(&mut self, v: Self::Red<T>) -> Self::Any;

    // ---- tagged values
    /// Is it an integer of 64 bits (small or boxed)?
    fn is_int(&mut self, v: Self::Red<Value>) -> bool;
    /// The integer of a value for which `is_int` was true.
    fn to_int(&mut self, v: Self::Red<Value>) -> Self::Red<i64>;
    /// The integer as a value.
    fn from_int(&mut self, i: Self::Red<i64>) -> Self::Red<Value>;
    /// Is it a float (immediate or boxed)?
    fn is_float(&mut self, v: Self::Red<Value>) -> bool;
    /// The float of a value for which `is_float` was true.
    fn to_float(&mut self, v: Self::Red<Value>) -> Self::Red<f64>;
    /// The float as a value.
    fn from_float(&mut self, f: Self::Red<f64>) -> Self::Red<Value>;
    /// Is it a pointer to a heap object, of any type (boxed numbers are)?
    fn is_obj(&mut self, v: Self::Red<Value>) -> bool;
    /// The object of a value for which `is_obj` or `is_a` was true.
    fn to_obj(&mut self, v: Self::Red<Value>) -> Self::Red<Obj>;
    /// The object as a value.
    fn from_obj(&mut self, o: Self::Red<Obj>) -> Self::Red<Value>;
    /// Is it an object of this type? One guard, either way.
    fn is_a(&mut self, v: Self::Red<Value>, ty: &'static TypeInfo) -> bool {
        self.is_obj(v) && {
            let o = self.to_obj(v);
            self.has_type(o, ty)
        }
    }
    /// Are the two words identical? (Two boxed numbers need not be, though equal.)
    fn same(&mut self, a: Self::Red<Value>, b: Self::Red<Value>) -> bool;

    // ---- integers; no operation traps
    /// Wrapping sum.
    fn add(&mut self, a: Self::Red<i64>, b: Self::Red<i64>) -> Self::Red<i64>;
    /// Wrapping difference.
    fn sub(&mut self, a: Self::Red<i64>, b: Self::Red<i64>) -> Self::Red<i64>;
    /// Wrapping product.
    fn mul(&mut self, a: Self::Red<i64>, b: Self::Red<i64>) -> Self::Red<i64>;
    /// Sum, or `None` on 64-bit overflow.
    fn add_ovf(&mut self, a: Self::Red<i64>, b: Self::Red<i64>) -> Option<Self::Red<i64>>;
    /// Difference, or `None` on 64-bit overflow.
    fn sub_ovf(&mut self, a: Self::Red<i64>, b: Self::Red<i64>) -> Option<Self::Red<i64>>;
    /// Product, or `None` on 64-bit overflow.
    fn mul_ovf(&mut self, a: Self::Red<i64>, b: Self::Red<i64>) -> Option<Self::Red<i64>>;
    /// Quotient rounded to minus infinity; `b` has been tested not to be 0. `MIN / -1` wraps.
    fn div_floor(&mut self, a: Self::Red<i64>, b: Self::Red<i64>) -> Self::Red<i64>;
    /// Remainder with the sign of `b`; `b` is not 0.
    fn mod_floor(&mut self, a: Self::Red<i64>, b: Self::Red<i64>) -> Self::Red<i64>;
    /// Quotient rounded to zero; `b` is not 0. `MIN / -1` wraps.
    fn div_trunc(&mut self, a: Self::Red<i64>, b: Self::Red<i64>) -> Self::Red<i64>;
    /// Remainder with the sign of `a`; `b` is not 0.
    fn rem_trunc(&mut self, a: Self::Red<i64>, b: Self::Red<i64>) -> Self::Red<i64>;
    /// Bitwise and.
    fn and(&mut self, a: Self::Red<i64>, b: Self::Red<i64>) -> Self::Red<i64>;
    /// Bitwise or.
    fn or(&mut self, a: Self::Red<i64>, b: Self::Red<i64>) -> Self::Red<i64>;
    /// Bitwise exclusive or.
    fn xor(&mut self, a: Self::Red<i64>, b: Self::Red<i64>) -> Self::Red<i64>;
    /// Shift left by 0 … 63, losing bits.
    fn shl(&mut self, a: Self::Red<i64>, n: Self::Red<i64>) -> Self::Red<i64>;
    /// Arithmetic shift right by 0 … 63.
    fn shr(&mut self, a: Self::Red<i64>, n: Self::Red<i64>) -> Self::Red<i64>;
    /// Equal?
    fn eq(&mut self, a: Self::Red<i64>, b: Self::Red<i64>) -> bool;
    /// Less, signed?
    fn lt(&mut self, a: Self::Red<i64>, b: Self::Red<i64>) -> bool;
    /// Less or equal, signed?
    fn le(&mut self, a: Self::Red<i64>, b: Self::Red<i64>) -> bool;
    /// Less, unsigned? `ult(i, len)` is a bounds check in one guard.
    fn ult(&mut self, a: Self::Red<i64>, b: Self::Red<i64>) -> bool;

    // ---- floats: IEEE 754, rounding to nearest
    /// Sum.
    fn fadd(&mut self, a: Self::Red<f64>, b: Self::Red<f64>) -> Self::Red<f64>;
    /// Difference.
    fn fsub(&mut self, a: Self::Red<f64>, b: Self::Red<f64>) -> Self::Red<f64>;
    /// Product.
    fn fmul(&mut self, a: Self::Red<f64>, b: Self::Red<f64>) -> Self::Red<f64>;
    /// Quotient; division by zero gives infinity or NaN.
    fn fdiv(&mut self, a: Self::Red<f64>, b: Self::Red<f64>) -> Self::Red<f64>;
    /// Sign flipped.
    fn fneg(&mut self, a: Self::Red<f64>) -> Self::Red<f64>;
    /// Sign cleared.
    fn fabs(&mut self, a: Self::Red<f64>) -> Self::Red<f64>;
    /// Square root; NaN below zero.
    fn fsqrt(&mut self, a: Self::Red<f64>) -> Self::Red<f64>;
    /// Equal? NaN is not.
    fn feq(&mut self, a: Self::Red<f64>, b: Self::Red<f64>) -> bool;
    /// Less? False with NaN.
    fn flt(&mut self, a: Self::Red<f64>, b: Self::Red<f64>) -> bool;
    /// Less or equal? False with NaN.
    fn fle(&mut self, a: Self::Red<f64>, b: Self::Red<f64>) -> bool;
    /// The nearest float to an integer.
    fn int_to_float(&mut self, i: Self::Red<i64>) -> Self::Red<f64>;
    /// The float rounded to zero, or `None` if that is no 64-bit integer.
    fn float_to_int(&mut self, f: Self::Red<f64>) -> Option<Self::Red<i64>>;

    // ---- heap
    /// Allocates an object, all fields zero: store to each field before anything else sees it.
    fn new(&mut self, ty: &'static TypeInfo) -> Self::Red<Obj>;
    /// Allocates an array-like object with `len` (≥ 0) zero elements.
    fn new_array(&mut self, ty: &'static TypeInfo, len: Self::Red<i64>) -> Self::Red<Obj>;
    /// Is the object of this type?
    fn has_type(&mut self, o: Self::Red<Obj>, ty: &'static TypeInfo) -> bool;
    /// The type of the object, as a constant under a guard.
    fn type_of(&mut self, o: Self::Red<Obj>) -> TypeId;
    /// Reads a field.
    fn load<T: Kind>(&mut self, o: Self::Red<Obj>, f: Field<T>) -> Self::Red<T>;
    /// Writes a field.
    fn store<T: Kind>(&mut self, o: Self::Red<Obj>, f: Field<T>, v: Self::Red<T>);
    /// Length of an array-like object: immutable.
    fn len(&mut self, o: Self::Red<Obj>, ty: &'static TypeInfo) -> Self::Red<i64>;
    /// Reads element `i`, which was tested to be below the length.
    fn load_elem<T: Kind>(&mut self, o: Self::Red<Obj>, e: Elems<T>, i: Self::Red<i64>) -> Self::Red<T>;
    /// Writes element `i`, which was tested to be below the length.
    fn store_elem<T: Kind>(&mut self, o: Self::Red<Obj>, e: Elems<T>, i: Self::Red<i64>, v: Self::Red<T>);
    /// The header's 32 language bits. Mutable.
    fn aux(&mut self, o: Self::Red<Obj>) -> Self::Red<i64>;
    /// Sets the header's 32 language bits.
    fn set_aux(&mut self, o: Self::Red<Obj>, v: Self::Red<i64>);
    /// Are the two the same object?
    fn same_obj(&mut self, a: Self::Red<Obj>, b: Self::Red<Obj>) -> bool;

    // ---- residual calls
    /// Calls a residual function with erased arguments.
    fn call_any(&mut self, f: &'static FunInfo, args: &[Self::Any]) -> Self::Any;
    /// Gives an erased value its kind back; it must be the kind it has.
    fn typed<T: Kind>(&mut self, v: Self::Any) -> Self::Red<T>;
    /// Calls a residual function.
    #[inline(always)]
    fn call<S: Sig, R: Kind>(&mut self, f: &'static Fun<S, R>, args: S::Reds<Self>) -> Self::Red<R> {
        let r = S::with_args(args, self, |w, args| w.call_any(&f.info, args));
        self.typed(r)
    }
    /// Calls a residual function that may raise: it returns [`RAISED`] then, having left the exception where the language finds it.
    #[inline(always)]
    fn call_raising<S: Sig>(&mut self, f: &'static Fun<S, Value>, args: S::Reds<Self>) -> Result<Self::Red<Value>, Raised> {
        let r = self.call(f, args);
        if self.is(r, RAISED) { Err(Raised) } else { Ok(r) }
    }
}
