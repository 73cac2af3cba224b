//! A virtual machine: heap, stack of words, stack of frames, and the language's runtime.

use crate::heap::{Heap, Owner, Tracer};
use crate::language::{CodeRef, Language};
use crate::value::Value;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

/// The activation that runs, or one that waits for a callee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Frame {
    /// Address of the code object.
    pub code: u64,
    /// Instruction to run next.
    pub pc: u32,
    /// Index on the VM stack of its register 0.
    pub base: u32,
    /// While it waits: what to do with the callee's result (kind, destination, counter …), as the language encodes it.
    /// [`Frame::BOTTOM`] marks the end of a run.
    pub cont: u64,
}

impl Frame {
    /// Continuation of the frame below a run's first: popping it ends the run.
    pub const BOTTOM: u64 = u64::MAX;
}

/// Words on the VM stack unless the embedder says otherwise: 8 Mi words, 64 MB of address space, touched as used.
pub const DEFAULT_STACK_WORDS: usize = 8 << 20;
/// Frames unless the embedder says otherwise.
pub const DEFAULT_FRAMES: usize = 1 << 20;

/// The language-independent part of a VM, with a layout that compiled code knows.
#[repr(C)]
pub struct VmCore {
    /// The running activation.
    pub cur: Frame,
    /// Address of its register 0.
    pub base_ptr: *mut Value,
    /// One past the last waiting frame.
    pub frame_top: *mut Frame,
    /// Set from any thread to have the next loop header call `Language::interrupt`.
    interrupt_flag: *const AtomicBool,
    /// Start of the VM stack.
    pub stack: *mut Value,
    /// Its length in words.
    pub stack_words: usize,
    /// Start of the waiting frames.
    pub frames: *mut Frame,
    /// End of the room for waiting frames.
    pub frame_limit: *mut Frame,
    /// While compiled code runs: where it reports how it was left.
    pub exit_state: *mut (),
    /// Where compiled code has last ended an activation, by the number the JIT has given the place.
    pub returned: u32,
    /// Registers of the largest activation that compiled code starts: it tells `base_ptr` of them, not `cur`.
    pub compiled_registers: u32,
    /// Lowest native stack pointer with which compiled code may start another activation.
    pub native_limit: usize,
    /// The heap.
    pub heap: Heap,
}

/// A virtual machine for language `L`. Several may live in one process.
#[repr(C)]
pub struct Vm<L: Language> {
    /// The language-independent part; first, so that its address is the VM's.
    pub core: VmCore,
    /// The language's own data.
    pub rt: L::Runtime,
    /// Result of the last run.
    pub result: Value,
    /// Runs the interpreter from the current state until the run ends: `Direct` alone, or the JIT's driver.
    pub runner: fn(&mut Vm<L>),
    /// What the runner keeps between runs (the JIT's traces).
    pub runner_state: Option<Box<dyn std::any::Any>>,
    signals: Arc<Signals>,
    stack_memory: Mapping,
    frame_memory: Mapping,
}

/// What makes a VM look up from its work.
#[derive(Debug, Default)]
#[repr(C)]
pub(crate) struct Signals {
    /// Looked at by every loop header: something has happened.
    pub flag: AtomicBool,
    /// It was an [`Interrupter`] that raised the flag.
    asked: AtomicBool,
}

/// Asks a VM, from any thread or a signal handler, to stop at its next loop header.
#[derive(Clone, Debug)]
pub struct Interrupter(Arc<Signals>);

impl Interrupter {
    /// Raises the flag.
    pub fn interrupt(&self) {
        self.0.asked.store(true, Ordering::Relaxed);
        self.0.flag.store(true, Ordering::Release)
    }

    /// Has Ctrl-C raise the flag of this VM: the first in the process that asks for it.
    pub fn on_ctrl_c(self) {
        static ASKED: OnceLock<Interrupter> = OnceLock::new();
        extern "C" fn handle(_signal: libc::c_int) {
            if let Some(i) = ASKED.get() {
                i.interrupt();
            }
        }
        if ASKED.set(self).is_ok() {
            // SAFETY: the handler only stores to atomics, which is safe in a signal handler.
            unsafe { libc::signal(libc::SIGINT, handle as extern "C" fn(libc::c_int) as libc::sighandler_t) };
        }
    }
}

/// An anonymous private mapping: zeroed, reserved now, touched as used.
struct Mapping {
    start: *mut u8,
    bytes: usize,
}

impl Mapping {
    fn new(bytes: usize) -> Mapping {
        // SAFETY: a fresh anonymous mapping aliases nothing.
        let start = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                bytes,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
                -1,
                0,
            )
        };
        assert!(start != libc::MAP_FAILED, "no address space for the VM stack");
        Mapping { start: start.cast(), bytes }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours and its users are gone.
        unsafe { libc::munmap(self.start.cast(), self.bytes) };
    }
}

impl<L: Language> Vm<L> {
    /// A VM with stacks of the default size, run by `Direct`.
    pub fn new(rt: L::Runtime) -> Box<Vm<L>> {
        Vm::with_stack(rt, DEFAULT_STACK_WORDS, DEFAULT_FRAMES)
    }

    /// A VM with room for so many words and waiting frames. It is boxed because compiled code and the heap know its address.
    pub fn with_stack(rt: L::Runtime, stack_words: usize, frames: usize) -> Box<Vm<L>> {
        let stack_memory = Mapping::new(stack_words * size_of::<Value>());
        let frame_memory = Mapping::new(frames * size_of::<Frame>());
        let signals = Arc::new(Signals::default());
        let stack: *mut Value = stack_memory.start.cast();
        let frame: *mut Frame = frame_memory.start.cast();
        let core = VmCore {
            cur: Frame { code: 0, pc: 0, base: 0, cont: 0 },
            base_ptr: stack,
            frame_top: frame,
            interrupt_flag: &raw const signals.flag,
            stack,
            stack_words,
            frames: frame,
            // SAFETY: one past the end of the mapping.
            frame_limit: unsafe { frame.add(frames) },
            exit_state: std::ptr::null_mut(),
            returned: 0,
            compiled_registers: 0,
            native_limit: 0,
            heap: Heap::default(),
        };
        let mut vm = Box::new(Vm {
            core,
            rt,
            result: Value::small_int(0),
            runner: crate::direct::run::<L>,
            runner_state: None,
            signals,
            stack_memory,
            frame_memory,
        });
        let owner = Owner { vm: (&raw mut *vm).cast(), trace: trace_vm::<L> };
        let signals = vm.signals.clone();
        vm.core.heap.attach(owner, signals);
        vm
    }

    /// A handle by which other threads interrupt this VM.
    pub fn interrupter(&self) -> Interrupter {
        Interrupter(self.signals.clone())
    }

    /// Has the next loop header call `Language::interrupt`.
    pub fn look_up(&self) {
        self.signals.flag.store(true, Ordering::Relaxed);
    }

    /// Has an [`Interrupter`] asked to stop since the last call? The heap raises the interrupt flag, too: see `Language::interrupt`.
    pub fn take_asked(&self) -> bool {
        self.signals.asked.swap(false, Ordering::Acquire)
    }

    /// Runs `code` with `args` in its first registers until it returns, on top of whatever runs now. The result is what
    /// the language left in `Vm::result`. `None` if there is no room on the VM stack.
    pub fn run_code(&mut self, code: CodeRef<L>, args: &[Value]) -> Option<Value> {
        assert!(self.core.heap.is_attached(), "a VM keeps the heap it was made with: of another one it would not be a root");
        let below = self.core.cur;
        let base = if below.code == 0 {
            0
        } else {
            // SAFETY: a non-zero code address in a frame came from a `CodeRef`.
            let registers = L::registers(unsafe { CodeRef::<L>::from_addr(below.code) }.get());
            self.core.base() + registers.max(self.core.compiled_registers)
        };
        let need = base as usize + (L::registers(code.get()) as usize).max(args.len());
        if need > self.core.stack_words || self.core.frame_top == self.core.frame_limit {
            return None;
        }
        let (saved_top, saved_ptr) = (self.core.frame_top, self.core.base_ptr);
        // SAFETY: there is room for one frame and for the arguments, as just checked.
        unsafe {
            *self.core.frame_top = Frame { cont: Frame::BOTTOM, ..below };
            self.core.frame_top = self.core.frame_top.add(1);
            self.core.base_ptr = self.core.stack.add(base as usize);
            for (i, &a) in args.iter().enumerate() {
                *self.core.base_ptr.add(i) = a;
            }
        }
        self.core.cur = Frame { code: code.addr(), pc: 0, base, cont: 0 };
        (self.runner)(self);
        // Whatever way the run ended, the state below it is as it was.
        self.core.cur = below;
        self.core.frame_top = saved_top;
        self.core.base_ptr = saved_ptr;
        Some(self.result)
    }
}

/// Words above the running activation's registers that may hold a callee's arguments.
const ARGUMENT_MARGIN: usize = 512;

/// Reports the VM's roots to the collector, and says which part of the VM stack is in use: all registers up to those of the running
/// activation, and the arguments it may be passing.
///
/// # Safety
/// `vm` is a `Vm<L>`.
unsafe fn trace_vm<L: Language>(vm: *mut (), tracer: &mut Tracer) -> Range<usize> {
    let vm = vm as *const Vm<L>;
    // SAFETY: by the caller. The heap, which is borrowed by its collector, is left alone.
    let (rt, core_cur, base, stack, words, compiled, result) = unsafe {
        let core = &raw const (*vm).core;
        (&(*vm).rt, (*core).cur, (*core).base_ptr, (*core).stack, (*core).stack_words, (*core).compiled_registers, (*vm).result)
    };
    tracer.value(result);
    L::trace_roots(rt, tracer);
    if core_cur.code == 0 {
        return 0..0;
    }
    // SAFETY: a non-zero code address in a frame came from a `CodeRef`.
    let registers = L::registers(unsafe { CodeRef::<L>::from_addr(core_cur.code) }.get()).max(compiled) as usize;
    let top = base as usize + (registers + ARGUMENT_MARGIN) * size_of::<Value>();
    stack as usize..top.min(stack as usize + words * size_of::<Value>())
}

impl VmCore {
    /// Index on the VM stack of the running activation's register 0, also while compiled code runs.
    pub fn base(&self) -> u32 {
        // SAFETY: `base_ptr` points into the stack.
        unsafe { self.base_ptr.offset_from(self.stack) as u32 }
    }

    /// Was the interrupt flag raised? Clears it.
    #[inline(always)]
    pub fn take_interrupt(&self) -> bool {
        // SAFETY: the flag lives in an `Arc` held by the VM.
        let flag = unsafe { &*self.interrupt_flag };
        flag.load(Ordering::Relaxed) && flag.swap(false, Ordering::Relaxed)
    }

    /// Is the interrupt flag up?
    #[inline(always)]
    pub fn interrupt_pending(&self) -> bool {
        // SAFETY: the flag lives in an `Arc` held by the VM.
        unsafe { &*self.interrupt_flag }.load(Ordering::Relaxed)
    }

    /// Address of the interrupt flag, one byte, for compiled code.
    pub fn interrupt_flag_addr(&self) -> u64 {
        self.interrupt_flag as u64
    }

    /// The frames that wait, outermost first.
    pub fn waiting(&self) -> &[Frame] {
        // SAFETY: `frames .. frame_top` are initialised frames.
        unsafe { std::slice::from_raw_parts(self.frames, self.frame_top.offset_from(self.frames) as usize) }
    }
}
