//! Python on Twofold: compiler to register bytecode, interpreter generic over worlds, objects and builtins.
#![deny(unsafe_op_in_unsafe_fn)]

pub mod builtins;
pub mod bytecode;
pub mod call;
pub mod cli;
pub mod compile;
mod liveness;
pub mod modules;
pub mod names;
pub mod objects;
pub mod parse;
pub mod perm;
pub mod regex;
pub mod runtime;
pub mod step;
pub mod symtable;
pub mod traceback;
mod twins;

pub use cli::main;
pub use runtime::{PyVm, Python};

use framework::Vm;
use objects::class::{self, KNOWN, Known};
use objects::layouts::*;
use perm::P;
use runtime::{Realm, Runtime};

/// Room for waiting frames: the most `sys.setrecursionlimit` can give.
const MAX_FRAMES: usize = 1 << 20;

/// A VM ready to run programs on a thread with this much native stack.
pub fn new_vm(native_stack: usize) -> Box<PyVm> {
    let mut vm: Box<PyVm> = Vm::with_stack(Runtime::new(), framework::vm::DEFAULT_STACK_WORDS, MAX_FRAMES);
    let here = 0u8;
    // A quarter of the stack is left for runtime functions that recurse without asking.
    vm.rt.stack_limit = (&raw const here as usize).saturating_sub(native_stack / 4 * 3);
    set_frame_limit(&mut vm);
    setup(&mut vm);
    vm
}

/// Applies the recursion limit.
pub fn set_frame_limit(vm: &mut PyVm) {
    let n = (vm.rt.recursion_limit + 1).min(MAX_FRAMES);
    // SAFETY: `n` frames are within the mapping made for `MAX_FRAMES`.
    vm.core.frame_limit = unsafe { vm.core.frames.add(n) };
}

fn setup(vm: &mut PyVm) {
    let mut known: Vec<P<class::Class>> = vec![];
    for (i, (name, base)) in KNOWN.iter().enumerate() {
        let mut bases: Vec<P<class::Class>> = if i == 0 { vec![] } else { vec![known[*base as usize]] };
        if i == Known::ExceptionGroup as usize {
            bases.push(known[Known::Exception as usize]);
        }
        let rest = class::c3(&bases).expect("the built-in classes are in order");
        let c = class::make_known(vm, name, bases, rest, i >= Known::BaseException as usize);
        known.push(c);
    }
    // Plain objects have no attributes of their own.
    class::set_root(vm, known[0], 1);
    known[0].dictless.set(true);
    let mut by_type = [None; 64];
    for (ty, k) in [
        (BigInt::ID, Known::Int),
        (Str::ID, Known::Str),
        (Bytes::ID, Known::Bytes),
        (ByteArray::ID, Known::ByteArray),
        (Tuple::ID, Known::Tuple),
        (List::ID, Known::List),
        (Dict::ID, Known::Dict),
        (Set::ID, Known::Set),
        (FrozenSet::ID, Known::FrozenSet),
        (Slice::ID, Known::Slice),
        (Range::ID, Known::Range),
        (RangeIter::ID, Known::RangeIter),
        (SeqIter::ID, Known::SeqIter),
        (ClassObj::ID, Known::Type),
        (Function::ID, Known::Function),
        (BoundMethod::ID, Known::Method),
        (Builtin::ID, Known::Builtin),
        (ModuleObj::ID, Known::Module),
        (CellObj::ID, Known::Cell),
        (Property::ID, Known::Property),
        (StaticMethod::ID, Known::StaticMethod),
        (ClassMethod::ID, Known::ClassMethod),
        (Super::ID, Known::Super),
        (Traceback::ID, Known::Traceback),
        (Generator::ID, Known::Generator),
    ] {
        by_type[ty as usize] = Some(known[k as usize]);
    }
    let state = vm.core.heap.alloc(State::TYPE);
    state.init(State::handled, NONE);
    let ascii = vm.core.heap.alloc_array(Tuple::TYPE, ASCII);
    (0..ASCII).for_each(|c| ascii.init_elem(Tuple::items, c, NONE));
    for c in 0..ASCII {
        let v = objects::str::new_str(vm, (c as u8 as char).encode_utf8(&mut [0; 4]));
        vm.core.heap.set_elem(ascii, Tuple::items, c, v);
    }
    vm.rt.realm = Some(vm.rt.arena.alloc(Realm { known, by_type, state, ascii }));
    runtime::intern(vm, "__init__");
    let builtins = runtime::new_module(vm, "builtins");
    vm.rt.builtins = Some(builtins);
    builtins::install(vm);
    for n in 0..=call::MAX_CALL {
        let c = compile::call_code(vm, builtins, Some(n));
        vm.rt.call_codes.push(c);
    }
    let c = compile::call_code(vm, builtins, None);
    vm.rt.call_codes.push(c);
    vm.rt.next_code = Some(compile::next_code(vm, builtins));
    for throw in [false, true] {
        let c = compile::resume_code(vm, builtins, throw);
        vm.rt.resume_codes.push(c);
    }
}
