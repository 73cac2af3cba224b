//! A function being compiled: its instructions, registers and tables.

use super::Res;
use crate::ast::Var;
use crate::bytecode::{CONST, Handler, Inst, Op, Proto, Site};
use crate::errors::SyntaxError;
use crate::objects::{Definition, Member};
use framework::Value;
use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;

/// A function being compiled.
pub(super) struct Frame<'a> {
    pub(super) name: String,
    pub(super) params: u8,
    pub(super) insts: Vec<Inst>,
    pub(super) positions: Vec<u32>,
    pub(super) consts: Vec<Value>,
    pub(super) const_index: HashMap<Value, u16>,
    pub(super) str_index: HashMap<&'a str, u16>,
    pub(super) protos: Vec<Proto>,
    pub(super) defs: Vec<Rc<Definition>>,
    pub(super) sites: Vec<Site>,
    pub(super) handlers: Vec<Handler>,
    /// Registers of the variables made so far.
    pub(super) vars: HashMap<*const Var<'a>, u16>,
    /// Captured variables and where the closure's maker finds them.
    pub(super) captures: Vec<(*const Var<'a>, u16)>,
    pub(super) loops: Vec<Loop>,
    /// First free register.
    pub(super) next: u16,
    /// The most there were in use.
    pub(super) registers: u16,
    /// Position of the instructions being emitted.
    pub(super) pos: u32,
}

/// Jumps out of a loop, to be patched.
#[derive(Default)]
pub(super) struct Loop {
    pub(super) breaks: Vec<usize>,
    pub(super) continues: Vec<usize>,
}

impl<'a> Frame<'a> {
    pub(super) fn new(name: &str, params: &[&'a Var<'a>], is_method: bool) -> Frame<'a> {
        // Register 0 is the closure, or the receiver, which is then the first parameter.
        let first = if is_method { 0 } else { 1 };
        let registers = (params.len() as u16 + first).max(1);
        Frame {
            name: name.to_string(),
            params: params.len() as u8 - is_method as u8,
            insts: vec![],
            positions: vec![],
            consts: vec![],
            const_index: HashMap::new(),
            str_index: HashMap::new(),
            protos: vec![],
            defs: vec![],
            sites: vec![],
            handlers: vec![],
            vars: params.iter().zip(first..).map(|(v, r)| (*v as *const Var, r)).collect(),
            captures: vec![],
            loops: vec![],
            next: registers,
            registers,
            pos: 0,
        }
    }

    pub(super) fn too_large<T>(&self, what: &str) -> Res<T> {
        Err(SyntaxError::new(self.pos, format!("too many {what} in one function")))
    }

    // ---- emitting
    pub(super) fn emit_n(&mut self, op: Op, n: usize, a: u16, b: u16, c: u16) -> Res<usize> {
        if self.insts.len() >= u16::MAX as usize {
            return self.too_large("instructions");
        }
        self.insts.push(Inst { op, n: n as u8, a, b, c });
        self.positions.push(self.pos);
        Ok(self.insts.len() - 1)
    }
    pub(super) fn emit(&mut self, op: Op, a: u16, b: u16, c: u16) -> Res<usize> {
        self.emit_n(op, 0, a, b, c)
    }
    pub(super) fn here(&self) -> usize {
        self.insts.len()
    }
    /// Has jumps go to an instruction.
    pub(super) fn patch(&mut self, jumps: impl IntoIterator<Item = usize>, target: usize) {
        jumps.into_iter().for_each(|j| self.insts[j].a = target as u16);
    }
    pub(super) fn patch_here(&mut self, jumps: impl IntoIterator<Item = usize>) {
        self.patch(jumps, self.here())
    }

    // ---- registers and tables
    pub(super) fn new_register(&mut self) -> Res<u16> {
        self.new_registers(1)
    }
    pub(super) fn new_registers(&mut self, n: usize) -> Res<u16> {
        let first = self.next;
        if first as usize + n >= CONST as usize {
            return self.too_large("registers");
        }
        self.next += n as u16;
        self.registers = self.registers.max(self.next);
        Ok(first)
    }
    pub(super) fn index<T>(&self, table: &[T]) -> Res<u16> {
        if table.len() >= CONST as usize { self.too_large("constants or names") } else { Ok(table.len() as u16) }
    }
    /// The operand for a constant that the runtime keeps.
    pub(super) fn constant(&mut self, v: Value) -> Res<u16> {
        if let Some(&i) = self.const_index.get(&v) {
            return Ok(i);
        }
        let i = self.index(&self.consts)? | CONST;
        self.consts.push(v);
        self.const_index.insert(v, i);
        Ok(i)
    }
    pub(super) fn site(&mut self, name: &str) -> Res<u16> {
        let i = self.index(&self.sites)?;
        self.sites.push(Site { name: name.to_string(), cache: Cell::new((0, Member::Missing)) });
        Ok(i)
    }
    pub(super) fn def(&mut self, d: &Rc<Definition>) -> Res<u16> {
        if let Some(i) = self.defs.iter().position(|x| Rc::ptr_eq(x, d)) {
            return Ok(i as u16);
        }
        let i = self.index(&self.defs)?;
        self.defs.push(d.clone());
        Ok(i)
    }
}
