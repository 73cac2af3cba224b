//! The code arena: memory that is written through one mapping and run through another, so that no page is ever both.

use super::loc::{Loc, MAX_SLOTS};
use super::{CompileError, Compiled, target};
use framework::vm::VmCore;
use std::collections::BTreeMap;

use std::mem::MaybeUninit;
use std::{fmt, io, ptr};

/// Address space of an arena unless the embedder says otherwise; memory is used as code is.
pub const DEFAULT_SIZE: usize = 64 << 20;

/// Code starts at multiples of this.
pub(super) const ALIGN: usize = 32;
/// How far compiled code can address what is outside the arena, wherever in it the code is.
const REACH: usize = (1 << 31) - (1 << 16);

/// A piece of code in an arena. It stays until it is given back by [`Arena::free`].
#[derive(Debug)]
pub struct Code {
    address: usize,
    offset: usize,
    len: usize,
}

impl Code {
    /// Where it starts.
    pub fn address(&self) -> usize {
        self.address
    }
    /// Its length in bytes.
    pub fn len(&self) -> usize {
        self.len
    }
    /// Has it no bytes?
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

/// Memory for compiled code: shared memory, mapped writable and mapped executable. Belongs to one VM.
pub struct Arena {
    write: *mut u8,
    run: *mut u8,
    size: usize,
    /// Free ranges: offset and length, never adjacent.
    free: BTreeMap<usize, usize>,
    used: usize,
    runtime: target::runtime::Runtime,
    perf_map: Option<super::perf::PerfMap>,
}

impl fmt::Debug for Arena {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Arena({} bytes used)", self.used)
    }
}

impl Arena {
    /// An arena of the default size.
    pub fn new() -> io::Result<Arena> {
        Arena::with_size(DEFAULT_SIZE)
    }

    /// An arena of the default size, if possible so near to an address that code can name it by its distance.
    pub fn near(address: usize) -> io::Result<Arena> {
        Arena::build(DEFAULT_SIZE, address)
    }

    /// An arena with room for so many bytes of code, below 2 GB.
    pub fn with_size(size: usize) -> io::Result<Arena> {
        Arena::build(size, 0)
    }

    fn build(size: usize, near: usize) -> io::Result<Arena> {
        let size = size.next_multiple_of(1 << 16);
        let (write, run) = map_twice(size, near)?;
        let mut arena = Arena { write, run, size, free: BTreeMap::from([(0, size)]), used: 0, runtime: Default::default(), perf_map: None };
        let (bytes, runtime) = target::runtime::build();
        let code = arena.add(&bytes, &[]).map_err(|e| io::Error::other(e.to_string()))?;
        arena.runtime = runtime.at(code.address);
        Ok(arena)
    }

    /// Has `perf` find the names of the code added from now on, in `/tmp/perf-PID.map`.
    pub fn write_perf_map(&mut self) -> io::Result<()> {
        self.perf_map = Some(super::perf::PerfMap::open()?);
        Ok(())
    }

    /// Tells `perf` what a trace is called, if it was asked to be told.
    pub fn name(&mut self, code: &Code, name: impl fmt::Display) {
        if let Some(map) = &mut self.perf_map {
            map.add(code.address, code.len, &name.to_string());
        }
    }

    /// Bytes of code in use.
    pub fn used(&self) -> usize {
        self.used
    }

    /// What all its code can name by its distance.
    pub(super) fn reach(&self) -> Reach {
        Reach { start: self.run as usize, end: self.run as usize + self.size }
    }

    pub(super) fn runtime(&self) -> &target::runtime::Runtime {
        &self.runtime
    }

    /// Copies code into the arena. `fixups` are 4-byte places that get the distance from their end to an absolute address.
    pub(super) fn add(&mut self, bytes: &[u8], fixups: &[(usize, usize)]) -> Result<Code, CompileError> {
        let len = bytes.len().next_multiple_of(ALIGN);
        let (&offset, &room) = self.free.iter().find(|(_, room)| **room >= len).ok_or(CompileError::ArenaFull)?;
        self.free.remove(&offset);
        if room > len {
            self.free.insert(offset + len, room - len);
        }
        self.used += len;
        let code = Code { address: self.run as usize + offset, offset, len };
        // SAFETY: the range was free and lies within the mapping; nothing runs there.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), self.write.add(offset), bytes.len()) };
        for &(at, target) in fixups {
            self.write_displacement(&code, at, target);
        }
        Ok(code)
    }

    /// Gives code back. Nothing may run it or jump to it any more: unpatch what does.
    pub fn free(&mut self, code: Code) {
        self.used -= code.len;
        if cfg!(debug_assertions) {
            // SAFETY: the range is in the mapping, and nothing runs there any more; if it does, it is to stop at once.
            unsafe { ptr::write_bytes(self.write.add(code.offset), target::TRAP, code.len) };
        }
        let (mut start, mut end) = (code.offset, code.offset + code.len);
        if let Some((&before, &len)) = self.free.range(..start).next_back()
            && before + len == start
        {
            self.free.remove(&before);
            start = before;
        }
        if let Some(len) = self.free.remove(&end) {
            end += len;
        }
        self.free.insert(start, end - start);
    }

    /// Sends an exit on to other code, a bridge as a rule: one aligned store.
    pub fn patch(&mut self, from: &Compiled, exit: u32, to: usize) {
        self.write_displacement(&from.code, from.exits[exit as usize].patch as usize, to);
    }

    /// Has an exit leave compiled code again.
    pub fn unpatch(&mut self, from: &Compiled, exit: u32) {
        self.patch(from, exit, from.code.address + from.leave_offset as usize);
    }

    /// Has the trace's jumps into the root of a header leave compiled code instead.
    pub fn unlink(&mut self, trace: &Compiled, header: (u64, u32)) {
        for e in trace.enters.iter().filter(|e| e.header == header) {
            self.write_displacement(&trace.code, e.at as usize, self.runtime.abandon);
        }
    }

    /// Has them go to a new root of that header, if that has the same native frame.
    pub fn relink(&mut self, trace: &Compiled, header: (u64, u32), to: &Compiled) {
        for e in trace.enters.iter().filter(|e| e.header == header) {
            let to = if to.frame_slots == e.frame_slots { to.entry() } else { self.runtime.abandon };
            self.write_displacement(&trace.code, e.at as usize, to);
        }
    }

    /// Has the trace leave at its next `Valid` guard, for ever: writes a jump to the exit over each. Code that is being run may be
    /// patched, since what waits for a callee returns to no place within the jump.
    pub fn invalidate(&mut self, trace: &Compiled) {
        for &(at, stub) in &trace.valid {
            let offset = trace.code.offset + at as usize;
            // SAFETY: the assembler has kept room for the jump within the code.
            unsafe { self.write.add(offset).write(target::JUMP_OPCODE) };
            self.write_displacement(&trace.code, at as usize + 1, trace.code.address + stub as usize);
        }
    }

    fn write_displacement(&mut self, code: &Code, at: usize, target: usize) {
        assert!(at + 4 <= code.len);
        let displacement = target.wrapping_sub(code.address + at + 4) as i64;
        let displacement = i32::try_from(displacement).expect("all code lies in one arena below 2 GB");
        let place = self.write.wrapping_add(code.offset + at).cast::<i32>();
        // SAFETY: within the code, as asserted. Fresh code may have the place unaligned; whoever patches code that can run has aligned it.
        unsafe { if place.is_aligned() { place.write_volatile(displacement) } else { place.write_unaligned(displacement) } };
    }

    /// The bytes of a piece of code.
    pub fn bytes(&self, code: &Code) -> &[u8] {
        // SAFETY: the range is in the mapping, and written only through `&mut self`.
        unsafe { std::slice::from_raw_parts(self.write.add(code.offset), code.len) }
    }

    /// Runs compiled code until it exits or the activation it is entered in ends.
    ///
    /// # Safety
    /// `entry` is the [`Compiled::call_entry`] of a live root trace of this arena, compiled for this VM, and the VM is at the trace's header.
    pub unsafe fn enter(&self, vm: *mut VmCore, entry: usize, state: &mut ExitState) {
        // SAFETY: the runtime's entry code has this signature; the rest is the caller's promise.
        unsafe {
            let enter: unsafe extern "C" fn(*mut VmCore, usize, *mut ExitState) = std::mem::transmute(self.runtime.enter);
            let outer = (*vm).exit_state;
            (*vm).native_limit = super::stack::limit();
            enter(vm, entry, state);
            (*vm).exit_state = outer;
        }
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        // SAFETY: both mappings are ours; no code runs, since running it borrows the arena.
        unsafe {
            libc::munmap(self.write.cast(), self.size);
            libc::munmap(self.run.cast(), self.size);
        }
    }
}

/// The addresses near an arena.
#[derive(Clone, Copy)]
pub(super) struct Reach {
    start: usize,
    end: usize,
}

impl Reach {
    /// Is the address near enough to all of the arena?
    pub(super) fn has(self, address: usize) -> bool {
        self.start.abs_diff(address) < REACH && self.end.abs_diff(address) < REACH
    }
}

/// Maps the same fresh memory writable and executable.
#[cfg(not(target_os = "linux"))]
fn map_twice(_size: usize, _near: usize) -> io::Result<(*mut u8, *mut u8)> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Maps the same fresh memory writable and executable. Anonymous, not a memfd: `perf` looks names up for anonymous memory only.
#[cfg(target_os = "linux")]
fn map_twice(size: usize, near: usize) -> io::Result<(*mut u8, *mut u8)> {
    let check = |p: *mut libc::c_void| if p == libc::MAP_FAILED { Err(io::Error::last_os_error()) } else { Ok(p) };
    // SAFETY: plain system calls; fresh mappings alias no Rust memory.
    unsafe {
        let flags = libc::MAP_SHARED | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        let write = check(libc::mmap(ptr::null_mut(), size, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0))?;
        // An old size of 0 makes a second mapping of the same shared pages.
        let second = match reserve_near(size, near) {
            Some(place) => libc::mremap(write, 0, size, libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED, place),
            None => libc::mremap(write, 0, size, libc::MREMAP_MAYMOVE),
        };
        let run = check(second).and_then(|run| match libc::mprotect(run, size, libc::PROT_READ | libc::PROT_EXEC) {
            0 => Ok(run),
            _ => {
                let e = io::Error::last_os_error();
                libc::munmap(run, size);
                Err(e)
            }
        });
        match run {
            Ok(run) => Ok((write.cast(), run.cast())),
            Err(e) => {
                libc::munmap(write, size);
                Err(e)
            }
        }
    }
}

/// Address space near an address, below it rather than above, where programs grow.
#[cfg(target_os = "linux")]
fn reserve_near(size: usize, near: usize) -> Option<*mut libc::c_void> {
    const DISTANCES: [isize; 6] = [-(1 << 30), -(1 << 29), -(3 << 29), 1 << 29, 1 << 30, 3 << 29];
    if near == 0 {
        return None;
    }
    for distance in DISTANCES {
        let hint = (near & !0xffff).checked_add_signed(distance)?;
        // SAFETY: a fresh anonymous mapping aliases nothing; without `MAP_FIXED` the address is a wish.
        unsafe {
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
            let place = libc::mmap(hint as *mut libc::c_void, size, libc::PROT_NONE, flags, -1, 0);
            if place == libc::MAP_FAILED {
                return None;
            }
            if (Reach { start: place as usize, end: place as usize + size }).has(near) {
                return Some(place);
            }
            libc::munmap(place, size);
        }
    }
    None
}
/// For an exit's number: none, the trace came back.
pub(super) const RETURNED: u32 = u32::MAX;
/// For an exit's number: none, the trace wanted to enter one that is gone.
pub(super) const ABANDONED: u32 = u32::MAX - 1;

/// What compiled code leaves behind: all registers, and the spill slots that an exit of the trace may refer to.
#[repr(C)]
pub struct ExitState {
    /// The stack pointer with which the first trace was called.
    pub(super) stack: usize,
    pub(super) regs: [MaybeUninit<u64>; 32],
    pub(super) trace: u32,
    pub(super) exit: u32,
    pub(super) slots: [MaybeUninit<u64>; MAX_SLOTS],
}

impl Default for ExitState {
    fn default() -> ExitState {
        ExitState { stack: 0, regs: [MaybeUninit::uninit(); 32], trace: 0, exit: 0, slots: [MaybeUninit::uninit(); MAX_SLOTS] }
    }
}

impl ExitState {
    /// If it was not left at an exit, but came back by `Return`: the word it brought.
    pub fn returned(&self) -> Option<u64> {
        // SAFETY: the way back has stored that register.
        (self.exit == RETURNED).then(|| unsafe { self.regs[super::target::regs::RESULT.0 as usize].assume_init() })
    }
    /// Was it left because a trace it was to enter is gone? The state is in memory.
    pub fn abandoned(&self) -> bool {
        self.exit == ABANDONED
    }
    /// The trace that was left.
    pub fn trace(&self) -> crate::ir::TraceId {
        crate::ir::TraceId(self.trace)
    }
    /// The exit it was left by.
    pub fn exit(&self) -> u32 {
        self.exit
    }
    /// A leaf of the exit's snapshot.
    ///
    /// # Safety
    /// Compiled code has filled in the state, and the location is one of the `leaves` of the exit it reports.
    pub unsafe fn leaf(&self, loc: Loc) -> u64 {
        // SAFETY: the exit has saved all registers, and as many slots as the trace's exits refer to.
        unsafe {
            match loc {
                Loc::Reg(r) => self.regs[r.0 as usize].assume_init(),
                Loc::Slot(s) => self.slots[s as usize].assume_init(),
                Loc::Const(_) | Loc::None => unreachable!("leaves are in registers or slots"),
            }
        }
    }
}

impl fmt::Debug for ExitState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exit {} of trace {}", self.exit, self.trace)
    }
}
