//! Residual calls: Rust functions the recorder does not look inside, with declared effects.

use crate::kind::{Kind, Ty};
use crate::world::World;
use std::marker::PhantomData;

/// What a residual function may do, from the optimiser's view.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// Result depends on the arguments alone (and on immutable memory); may be repeated, moved, merged and dropped.
    /// It may allocate its result, whose identity then must not matter.
    Pure,
    /// Reads mutable memory, changes none; may allocate.
    ReadOnly,
    /// May change any heap object, do I/O, run the interpreter.
    Any,
}

/// The most arguments a residual function takes, not counting the VM.
pub const MAX_ARGS: usize = 5;

/// A residual function, untyped.
#[derive(Debug)]
pub struct FunInfo {
    /// Name for dumps.
    pub name: &'static str,
    /// An `extern "C-unwind" fn(*mut Vm<L>, u64 × args) -> u64`; floats travel as their bits.
    pub addr: *const (),
    /// Types of the arguments.
    pub args: &'static [Ty],
    /// Type of the result.
    pub ret: Ty,
    /// What it may do.
    pub effect: Effect,
}

// SAFETY: `addr` is the address of code, which never changes.
unsafe impl Sync for FunInfo {}
// SAFETY: as above.
unsafe impl Send for FunInfo {}

/// A residual function with its signature: `S` is the tuple of argument kinds. Declared by `residual!`.
#[derive(Debug)]
pub struct Fun<S, R> {
    /// The untyped part.
    pub info: FunInfo,
    sig: PhantomData<fn(S) -> R>,
}

impl<S: Sig, R: Kind> Fun<S, R> {
    /// Used by `residual!`, which makes sure that `addr` has the signature `S -> R`.
    ///
    /// # Safety
    /// `addr` must be an `extern "C-unwind" fn(*mut Vm<L>, u64…) -> u64` with one `u64` for each member of `S`.
    pub const unsafe fn new(name: &'static str, addr: *const (), effect: Effect) -> Fun<S, R> {
        Fun { info: FunInfo { name, addr, args: S::TYPES, ret: R::TY, effect }, sig: PhantomData }
    }
}

/// A tuple of argument kinds.
pub trait Sig: 'static {
    /// The IR types of the members.
    const TYPES: &'static [Ty];
    /// The tuple of red values passed in world `W`.
    type Reds<W: World>: Copy;
    /// Calls `f` with the arguments erased to a slice.
    fn with_args<W: World, T>(args: Self::Reds<W>, w: &mut W, f: impl FnOnce(&mut W, &[W::Any]) -> T) -> T;
}

macro_rules! sig {
    ($($k:ident $v:ident),*) => {
        impl<$($k: Kind),*> Sig for ($($k,)*) {
            const TYPES: &'static [Ty] = &[$($k::TY),*];
            type Reds<W: World> = ($(W::Red<$k>,)*);
            #[inline(always)]
            fn with_args<W: World, T>(($($v,)*): Self::Reds<W>, w: &mut W, f: impl FnOnce(&mut W, &[W::Any]) -> T) -> T {
                $( let $v = w.erase::<$k>($v); )*
                f(w, &[$($v),*])
            }
        }
    };
}
sig!();
sig!(A a);
sig!(A a, B b);
sig!(A a, B b, C c);
sig!(A a, B b, C c, D d);
sig!(A a, B b, C c, D d, E e);

/// Declares residual functions.
///
/// ```ignore
/// residual! {
///     /// Adds two integers of any size.
///     pub fn BIGINT_ADD[Pure](vm: &mut Vm<Python>, a: Value, b: Value) -> Value { … }
/// }
/// w.call(&BIGINT_ADD, (a, b))
/// ```
///
/// The name is a static of type `Fun<(Value, Value), Value>`; the body is ordinary Rust. A body must not panic.
#[macro_export]
macro_rules! residual {
    ($( $(#[$doc:meta])* $vis:vis fn $name:ident [$effect:ident] ($vm:ident : &mut $vmty:ty $(, $a:ident : $t:ty)* $(,)?) -> $ret:ty $body:block )*) => { $(
        $(#[$doc])*
        #[allow(non_upper_case_globals)]
        $vis static $name: $crate::call::Fun<($($t,)*), $ret> = {
            #[allow(clippy::too_many_arguments, unused_variables)]
            fn body($vm: &mut $vmty $(, $a: $t)*) -> $ret $body
            extern "C-unwind" fn shim(vm: *mut $vmty $(, $a: u64)*) -> u64 {
                // SAFETY: worlds pass the VM they run on, which nothing else borrows during a residual call.
                let vm = unsafe { &mut *vm };
                $crate::kind::Kind::to_bits(body(vm $(, $crate::kind::Kind::from_bits($a))*))
            }
            // SAFETY: the shim has one `u64` for each declared argument.
            unsafe { $crate::call::Fun::new(stringify!($name), shim as extern "C-unwind" fn(*mut $vmty $(, $crate::residual!(@u64 $t))*) -> u64 as *const (), $crate::call::Effect::$effect) }
        };
    )* };
    (@u64 $t:ty) => { u64 };
}

/// Calls a residual function from Rust, its arguments as raw words.
///
/// # Safety
/// `vm` is the address of the VM the function was declared for, and `args` are as many as it takes.
#[inline(always)]
pub unsafe fn call_words(f: &FunInfo, vm: *mut (), args: &[u64]) -> u64 {
    use std::mem::transmute as t;
    type P = *mut ();
    debug_assert_eq!(f.args.len(), args.len());
    // SAFETY: `FunInfo::addr` has this signature by `Fun::new`'s contract.
    unsafe {
        match *args {
            [] => t::<_, extern "C-unwind" fn(P) -> u64>(f.addr)(vm),
            [a] => t::<_, extern "C-unwind" fn(P, u64) -> u64>(f.addr)(vm, a),
            [a, b] => t::<_, extern "C-unwind" fn(P, u64, u64) -> u64>(f.addr)(vm, a, b),
            [a, b, c] => t::<_, extern "C-unwind" fn(P, u64, u64, u64) -> u64>(f.addr)(vm, a, b, c),
            [a, b, c, d] => t::<_, extern "C-unwind" fn(P, u64, u64, u64, u64) -> u64>(f.addr)(vm, a, b, c, d),
            [a, b, c, d, e] => t::<_, extern "C-unwind" fn(P, u64, u64, u64, u64, u64) -> u64>(f.addr)(vm, a, b, c, d, e),
            _ => unreachable!("more than MAX_ARGS arguments"),
        }
    }
}
