//! Allocated code and machine code as text, for dumps and tests.

use super::loc::Loc;
use super::regalloc::{Allocation, Step};
use super::{Arena, Compiled, LabelInfo, Place};
use crate::ir::print::constant;
use crate::ir::{Registry, Trace};
use iced_x86::{Decoder, DecoderOptions, Formatter, Instruction, IntelFormatter};
use std::fmt::Write;

/// Allocated code, a step a line.
pub fn allocation(t: &Trace, a: &Allocation, names: &Registry) -> String {
    let printer = t.display(names);
    let place = |l: Loc| match l {
        Loc::Const(c) => constant(t.consts[c as usize]),
        l => l.to_string(),
    };
    let mut text = String::new();
    let mut exits = a.exits.iter();
    for step in &a.steps {
        match *step {
            Step::Move { from, to } => {
                let _ = writeln!(text, "    {to} <- {}", place(from));
            }
            Step::Op { inst, dst, args } => {
                let i = &t.insts[inst as usize];
                let _ = write!(text, "{}", printer.inst(inst as usize));
                let args: Vec<String> = args.iter().filter(|&&l| l != Loc::None).map(|&l| place(l)).collect();
                if dst != Loc::None || !args.is_empty() {
                    let _ = write!(text, "  ; {dst} <- {}", args.join(", "));
                }
                if t.snapshot_of(i).is_some()
                    && let Some(e) = exits.next()
                {
                    let leaves: Vec<String> = a.leaves(t, e).iter().map(|&l| place(l)).collect();
                    let _ = write!(text, "  ; exit {}{}", if e.undo { "undone " } else { "" }, leaves.join(" "));
                }
                if i.op == crate::ir::Op::Label
                    && let Some(info) = &a.label
                {
                    let _ = write!(text, "  ; {}", label(info));
                }
                text.push('\n');
            }
        }
    }
    text
}

fn label(info: &LabelInfo) -> String {
    let places = |all: &[Place]| {
        let all: Vec<String> = all
            .iter()
            .map(|p| match p.locs().map(|l| l.to_string()).collect::<Vec<_>>().join("+") {
                none if none.is_empty() => "-".into(),
                place => place,
            })
            .collect();
        all.join(" ")
    };
    format!("params {} live {}", places(&info.params), places(&info.live))
}

/// The machine code of a trace, each piece under the IR instruction it comes from.
pub fn disassemble(t: &Trace, c: &Compiled, arena: &Arena, names: &Registry) -> String {
    let printer = t.display(names);
    let mut decoder = Decoder::with_ip(64, arena.bytes(&c.code), c.code.address() as u64, DecoderOptions::NONE);
    let mut formatter = IntelFormatter::new();
    let mut instruction = Instruction::default();
    let mut lines = c.lines.iter().peekable();
    let mut text = String::new();
    while decoder.can_decode() {
        let offset = (decoder.ip() as usize - c.code.address()) as u32;
        while let Some((_, inst)) = lines.next_if(|l| l.0 <= offset) {
            let _ = writeln!(text, "{}", printer.inst(*inst as usize));
        }
        if offset == c.exits_offset {
            text.push_str("exits\n");
        }
        if offset >= c.leave_offset {
            break;
        }
        decoder.decode_out(&mut instruction);
        let mut line = String::new();
        formatter.format(&instruction, &mut line);
        let _ = writeln!(text, "    {:x}  {line}", instruction.ip());
    }
    text
}
