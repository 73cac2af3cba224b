//! The interpreter: `step` runs one instruction, in any world. Lines marked `JIT:` are what it takes to be compiled.

use crate::Sprig;
use crate::bytecode::{CONST, Code, Inst, Op, Site};
use crate::objects::{BUILTIN, Box, Closure, Error, FALSE, Items, List, Member, NIL, Record, RecordType, Shape, UNSET, type_name};
use crate::operators as ops;
use crate::runtime::{CATCH, RAISE, RAISE_ARITY, RAISE_CALL, Reason, THROW, TRACE, raise};
use crate::{builtins, map};
use framework::{CodeRef, Flow, Hot, Raised, Ref, Val, Value, Vm, World, residual};

/// What an instruction that may raise gives.
pub type Res<T> = Result<T, Raised>;

/// Runs the instruction at `pc`. While it runs, `pc` is already that of the next one.
#[inline(always)]
pub fn step<W: World<Lang = Sprig>>(w: &mut W) -> Flow {
    let code = w.code().get();
    let pc = w.pc();
    w.set_pc(pc + 1);
    match execute(w, code, code.inst(pc)) {
        Ok(flow) => flow,
        Err(Raised) => {
            let at = w.pc() - 1;
            unwind(w, at)
        }
    }
}

#[inline(always)]
fn execute<W: World<Lang = Sprig>>(w: &mut W, code: &'static Code, i: Inst) -> Res<Flow> {
    let result = match i.op {
        Op::Move => operand(w, code, i.b),
        Op::GetCapture => {
            let this = w.get(0);
            let (this, index) = (w.to_obj(this), w.constant(i.b as i64));
            w.load_elem(this, Closure::captures, index)
        }
        Op::NewBox => {
            let v = operand(w, code, i.b);
            let b = w.new(Box::TYPE);
            w.store(b, Box::value, v);
            w.from_obj(b)
        }
        Op::GetBox => {
            let b = operand(w, code, i.b);
            let b = w.to_obj(b);
            w.load(b, Box::value)
        }
        Op::SetBox => {
            let (b, v) = (operand(w, code, i.a), operand(w, code, i.b));
            let b = w.to_obj(b);
            w.store(b, Box::value, v);
            return Ok(Flow::Next);
        }
        Op::GetGlobal => {
            let b = operand(w, code, i.b);
            let b = w.to_obj(b);
            let v = w.load(b, Box::value);
            if w.is(v, UNSET) {
                return fail(w, Reason::Unset);
            }
            v
        }
        Op::GetDef => {
            let v = w.quasi(&code.defs[i.b as usize].value);
            w.constant(v)
        }
        Op::NewList => new_list(w, i.b, i.c),
        Op::NewMap => {
            let map = w.call(&NEW_MAP, ());
            for pair in 0..i.c as u32 {
                let (k, v) = (w.get(i.b as u32 + 2 * pair), w.get(i.b as u32 + 2 * pair + 1));
                w.call(&MAP_SET, (map, k, v));
            }
            map
        }
        Op::NewClosure => new_closure(w, code, i.b),

        Op::Add => arithmetic(w, code, i, ops::add)?,
        Op::Sub => arithmetic(w, code, i, ops::sub)?,
        Op::Mul => arithmetic(w, code, i, ops::mul)?,
        Op::Div => arithmetic(w, code, i, ops::div)?,
        Op::FloorDiv => arithmetic(w, code, i, ops::floor_div)?,
        Op::Mod => arithmetic(w, code, i, ops::modulo)?,
        Op::Neg => {
            let a = operand(w, code, i.b);
            ops::neg(w, a)?
        }

        Op::Jump => return Ok(jump(w, code, i)),
        Op::IfTrue => return test(w, code, i, true, truth),
        Op::IfFalse => return test(w, code, i, false, truth),
        Op::IfEq => return compare(w, code, i, true, |w, a, b| Ok(ops::equal(w, a, b))),
        Op::IfNe => return compare(w, code, i, false, |w, a, b| Ok(ops::equal(w, a, b))),
        Op::IfLt => return compare(w, code, i, true, ops::less),
        Op::IfNotLt => return compare(w, code, i, false, ops::less),
        Op::IfLe => return compare(w, code, i, true, ops::less_equal),
        Op::IfNotLe => return compare(w, code, i, false, ops::less_equal),
        Op::ForStart => return for_start(w, code, i),
        Op::ForNext => return for_next(w, code, i),
        Op::IterStart => {
            let v = w.get(i.b as u32);
            let list = if w.is_a(v, List::TYPE) { v } else { w.call_raising(&builtins::ITERABLE, (v,))? };
            w.set(i.b as u32, list);
            let zero = w.constant(Value::small_int(0));
            w.set(i.b as u32 + 1, zero);
            return Ok(Flow::Next);
        }
        Op::IterNext => return iter_next(w, code, i),

        Op::Call => {
            let callee = w.get(i.b as u32);
            return call(w, callee, i);
        }
        Op::CallMethod => return call_method(w, code, i),
        Op::CallBuiltin => builtins::call(w, i.c, i.b as u32 + 1, i.n as u32)?,
        Op::Return => {
            let v = operand(w, code, i.b);
            return Ok(give_back(w, v));
        }
        Op::Throw => {
            let v = operand(w, code, i.b);
            w.call_raising(&THROW, (v,))?;
            return Ok(Flow::Next);
        }

        Op::GetField => {
            let o = operand(w, code, i.b);
            get_field(w, o, &code.sites[i.c as usize])?
        }
        Op::SetField => {
            let (o, v) = (operand(w, code, i.a), operand(w, code, i.b));
            return set_field(w, o, &code.sites[i.c as usize], v);
        }
        Op::GetIndex => {
            let (o, index) = (operand(w, code, i.b), operand(w, code, i.c));
            ops::get_index(w, o, index)?
        }
        Op::SetIndex => {
            let (o, index, v) = (operand(w, code, i.a), operand(w, code, i.b), operand(w, code, i.c));
            ops::set_index(w, o, index, v)?;
            return Ok(Flow::Next);
        }
    };
    w.set(i.a as u32, result);
    Ok(Flow::Next)
}

#[inline(always)]
fn operand<W: World<Lang = Sprig>>(w: &mut W, code: &Code, x: u16) -> Val<W> {
    if x & CONST == 0 { w.get(x as u32) } else { w.constant(code.constant(x)) }
}

/// Raises an error that needs no details.
#[cold]
pub fn fail<W: World<Lang = Sprig>, T>(w: &mut W, reason: Reason) -> Res<T> {
    let reason = w.constant(reason as i64);
    w.call_raising(&RAISE, (reason,))?;
    Err(Raised)
}

#[inline(always)]
fn arithmetic<W: World<Lang = Sprig>>(w: &mut W, code: &Code, i: Inst, op: fn(&mut W, Val<W>, Val<W>) -> Res<Val<W>>) -> Res<Val<W>> {
    let (a, b) = (operand(w, code, i.b), operand(w, code, i.c));
    op(w, a, b)
}

// ---- jumps

/// Goes to the instruction's target. A jump back closes a loop, so a trace may start there.
#[inline(always)]
fn jump<W: World<Lang = Sprig>>(w: &mut W, code: &'static Code, i: Inst) -> Flow {
    let (from, to) = (w.pc(), i.a as u32);
    w.set_pc(to);
    if to < from {
        Flow::Header(Hot::new(&code.hot[to as usize])) // JIT: 2
    } else {
        Flow::Next
    }
}

#[inline(always)]
fn test<W: World<Lang = Sprig>>(w: &mut W, code: &'static Code, i: Inst, when: bool, f: impl Fn(&mut W, Val<W>) -> bool) -> Res<Flow> {
    let v = operand(w, code, i.b);
    Ok(if f(w, v) == when { jump(w, code, i) } else { Flow::Next })
}

#[inline(always)]
fn truth<W: World<Lang = Sprig>>(w: &mut W, v: Val<W>) -> bool {
    !w.is(v, FALSE) && !w.is(v, NIL)
}

#[inline(always)]
fn compare<W: World<Lang = Sprig>>(
    w: &mut W,
    code: &'static Code,
    i: Inst,
    when: bool,
    f: impl Fn(&mut W, Val<W>, Val<W>) -> Res<bool>,
) -> Res<Flow> {
    let (a, b) = (operand(w, code, i.b), operand(w, code, i.c));
    Ok(if f(w, a, b)? == when { jump(w, code, i) } else { Flow::Next })
}

#[inline(always)]
fn for_start<W: World<Lang = Sprig>>(w: &mut W, code: &'static Code, i: Inst) -> Res<Flow> {
    let (from, to) = (w.get(i.b as u32), w.get(i.b as u32 + 1));
    if !w.is_int(from) || !w.is_int(to) {
        return fail(w, Reason::ForRange);
    }
    let (from, to) = (w.to_int(from), w.to_int(to));
    Ok(if w.lt(from, to) { Flow::Next } else { jump(w, code, i) })
}

/// The pair holds integers: `for_start` has checked, and nothing else writes them.
#[inline(always)]
fn for_next<W: World<Lang = Sprig>>(w: &mut W, code: &'static Code, i: Inst) -> Res<Flow> {
    let (counter, limit) = (w.get(i.b as u32), w.get(i.b as u32 + 1));
    if !w.is_int(counter) || !w.is_int(limit) {
        return fail(w, Reason::ForRange);
    }
    let (counter, limit, one) = (w.to_int(counter), w.to_int(limit), w.constant(1));
    // It is below the limit, so this does not overflow.
    let counter = w.add(counter, one);
    if !w.lt(counter, limit) {
        return Ok(Flow::Next);
    }
    let counter = w.from_int(counter);
    w.set(i.b as u32, counter);
    Ok(jump(w, code, i))
}

/// The pair holds a list and an integer, since `iter_start`: the checks tell the recorder.
#[inline(always)]
fn iter_next<W: World<Lang = Sprig>>(w: &mut W, code: &'static Code, i: Inst) -> Res<Flow> {
    let (list, index) = (w.get(i.b as u32), w.get(i.b as u32 + 1));
    if !w.is_a(list, List::TYPE) || !w.is_int(index) {
        return Ok(Flow::Next);
    }
    let (list, at) = (w.to_obj(list), w.to_int(index));
    let size = w.load(list, List::size);
    if !w.lt(at, size) {
        return Ok(Flow::Next);
    }
    let items = w.load(list, List::items);
    let item = w.load_elem(items, Items::items, at);
    let one = w.constant(1);
    let next = w.add(at, one);
    let next = w.from_int(next);
    w.set(i.b as u32 + 1, next);
    w.set(i.c as u32, item);
    Ok(jump(w, code, i))
}

// ---- calls

/// Calls a value; its arguments are in the registers after `i.b`. The continuation of the waiting frame is the register for the result.
#[inline(always)]
fn call<W: World<Lang = Sprig>>(w: &mut W, callee: Val<W>, i: Inst) -> Res<Flow> {
    if w.is_a(callee, Closure::TYPE) {
        let closure = w.to_obj(callee);
        let code = w.load(closure, Closure::code);
        let code = w.promote(code); // JIT: 3
        // SAFETY: closures are made with the address of a `CodeRef`.
        return enter(w, unsafe { CodeRef::from_addr(code as u64) }, i);
    }
    let result = if w.is_a(callee, RecordType::TYPE) { new_record(w, callee, i)? } else { call_builtin_value(w, callee, i)? };
    w.set(i.a as u32, result);
    Ok(Flow::Next)
}

#[inline(always)]
fn enter<W: World<Lang = Sprig>>(w: &mut W, code: CodeRef<Sprig>, i: Inst) -> Res<Flow> {
    if code.params != i.n {
        let (wanted, given) = (w.constant(code.params as i64), w.constant(i.n as i64));
        w.call_raising(&RAISE_ARITY, (wanted, given))?;
    }
    if !w.push_frame(code, i.b as u32, i.a as u64) {
        return fail(w, Reason::StackOverflow);
    }
    Ok(Flow::Header(Hot::new(&code.get().hot[0]))) // JIT: 4
}

/// Returns from the running function.
#[inline(always)]
fn give_back<W: World<Lang = Sprig>>(w: &mut W, v: Val<W>) -> Flow {
    match w.pop_frame() {
        Some(dest) => {
            w.set(dest as u32, v);
            Flow::Next
        }
        None => {
            w.finish(v);
            Flow::Done
        }
    }
}

#[inline(always)]
fn call_method<W: World<Lang = Sprig>>(w: &mut W, code: &'static Code, i: Inst) -> Res<Flow> {
    let receiver = w.get(i.b as u32);
    let site = &code.sites[i.c as usize];
    if w.is_a(receiver, Record::TYPE) {
        let record = w.to_obj(receiver);
        match member(w, record, site) {
            Member::Method(method) => return enter(w, method, i),
            Member::Field(index) => {
                let index = w.constant(index as i64);
                let callee = w.load_elem(record, Record::fields, index);
                w.set(i.b as u32, callee);
                return call(w, callee, i);
            }
            Member::Missing => {}
        }
    }
    no_member(w, receiver, site, MemberUse::Call).map(|_| Flow::Next)
}

fn call_builtin_value<W: World<Lang = Sprig>>(w: &mut W, callee: Val<W>, i: Inst) -> Res<Val<W>> {
    if !w.is_obj(callee) && !w.is_int(callee) && !w.is_float(callee) {
        let callee = w.promote(callee);
        if let Some(id) = callee.singleton_id()
            && id >= BUILTIN
        {
            let number = (id - BUILTIN) as u16;
            if builtins::check_count(number, i.n as usize).is_err() {
                let (wanted, given) = (w.constant(builtins::BUILTINS[number as usize].min as i64), w.constant(i.n as i64));
                return w.call_raising(&RAISE_ARITY, (wanted, given));
            }
            return builtins::call(w, number, i.b as u32 + 1, i.n as u32);
        }
    }
    w.call_raising(&RAISE_CALL, (callee,))
}

// ---- making and reading objects

#[inline(always)]
fn new_list<W: World<Lang = Sprig>>(w: &mut W, first: u16, count: u16) -> Val<W> {
    let len = w.constant(count as i64);
    let items = w.new_array(Items::TYPE, len);
    for k in 0..count {
        let (v, index) = (w.get((first + k) as u32), w.constant(k as i64));
        w.store_elem(items, Items::items, index, v);
    }
    let list = w.new(List::TYPE);
    w.store(list, List::size, len);
    w.store(list, List::items, items);
    w.from_obj(list)
}

#[inline(always)]
fn new_closure<W: World<Lang = Sprig>>(w: &mut W, code: &Code, proto: u16) -> Val<W> {
    let proto = &code.protos[proto as usize];
    let (len, address) = (w.constant(proto.captures.len() as i64), w.constant(proto.code.addr() as i64));
    let closure = w.new_array(Closure::TYPE, len);
    w.store(closure, Closure::code, address);
    for (k, &from) in proto.captures.iter().enumerate() {
        let v = if from & CONST == 0 {
            w.get(from as u32)
        } else {
            let this = w.get(0);
            let (this, index) = (w.to_obj(this), w.constant((from & !CONST) as i64));
            w.load_elem(this, Closure::captures, index)
        };
        let index = w.constant(k as i64);
        w.store_elem(closure, Closure::captures, index, v);
    }
    w.from_obj(closure)
}

#[inline(always)]
fn new_record<W: World<Lang = Sprig>>(w: &mut W, callee: Val<W>, i: Inst) -> Res<Val<W>> {
    let ty = w.to_obj(callee);
    let addr = w.load(ty, RecordType::shape);
    let addr = w.promote(addr); // JIT: 5
    // SAFETY: the address is from a record type.
    let count = unsafe { Shape::from_addr(addr) }.fields.len();
    if count != i.n as usize {
        let (wanted, given) = (w.constant(count as i64), w.constant(i.n as i64));
        return w.call_raising(&RAISE_ARITY, (wanted, given));
    }
    let (len, shape) = (w.constant(count as i64), w.constant(addr));
    let record = w.new_array(Record::TYPE, len);
    w.store(record, Record::shape, shape);
    for k in 0..count {
        let (v, index) = (w.get(i.b as u32 + 1 + k as u32), w.constant(k as i64));
        w.store_elem(record, Record::fields, index, v);
    }
    Ok(w.from_obj(record))
}

/// What a site's name is in a record: constant once the shape is.
#[inline(always)]
fn member<W: World<Lang = Sprig>>(w: &mut W, record: Ref<W>, site: &Site) -> Member {
    let addr = w.load(record, Record::shape);
    let addr = w.promote(addr); // JIT: 6
    let (seen, member) = site.cache.get();
    if seen == addr as usize {
        return member;
    }
    // SAFETY: the address is from a record.
    let member = unsafe { Shape::from_addr(addr) }.member(&site.name);
    site.cache.set((addr as usize, member));
    member
}

#[inline(always)]
fn get_field<W: World<Lang = Sprig>>(w: &mut W, o: Val<W>, site: &Site) -> Res<Val<W>> {
    if w.is_a(o, Record::TYPE) {
        let record = w.to_obj(o);
        if let Member::Field(index) = member(w, record, site) {
            let index = w.constant(index as i64);
            return Ok(w.load_elem(record, Record::fields, index));
        }
    }
    no_member(w, o, site, MemberUse::Get)
}

#[inline(always)]
fn set_field<W: World<Lang = Sprig>>(w: &mut W, o: Val<W>, site: &Site, v: Val<W>) -> Res<Flow> {
    if w.is_a(o, Record::TYPE) {
        let record = w.to_obj(o);
        if let Member::Field(index) = member(w, record, site) {
            let index = w.constant(index as i64);
            w.store_elem(record, Record::fields, index, v);
            return Ok(Flow::Next);
        }
    }
    no_member(w, o, site, MemberUse::Set).map(|_| Flow::Next)
}

/// Errors have fields too; everything else raises.
#[cold]
fn no_member<W: World<Lang = Sprig>>(w: &mut W, o: Val<W>, site: &Site, use_: MemberUse) -> Res<Val<W>> {
    let (site, use_) = (w.constant(site as *const Site as i64), w.constant(use_ as i64));
    w.call_raising(&OTHER_MEMBER, (o, site, use_))
}

/// What is being done with the member of an object.
#[derive(Clone, Copy, PartialEq)]
#[repr(i64)]
enum MemberUse {
    Get,
    Set,
    Call,
}

residual! {
    /// A member that is in no record.
    pub fn OTHER_MEMBER[Any](vm: &mut Vm<Sprig>, v: Value, site: i64, use_: i64) -> Value {
        // SAFETY: `no_member` passes the address of a site in a code object, which is kept.
        let name = unsafe { &*(site as *const Site) }.name.as_str();
        match v.obj() {
            Some(o) if o.is(Error::TYPE) && use_ == MemberUse::Get as i64 => match name {
                "message" => return o.get(Error::message),
                "value" => return o.get(Error::value),
                "trace" => return o.get(Error::trace),
                _ => {}
            },
            Some(o) if o.is(Record::TYPE) => {
                // SAFETY: the address is from a record.
                let record = &unsafe { Shape::from_addr(o.get(Record::shape)) }.name;
                return raise(vm, &format!("{record} has no {} `{name}`", if use_ == MemberUse::Call as i64 { "method" } else { "field" }));
            }
            _ => {}
        }
        let what = if use_ == MemberUse::Call as i64 { "methods" } else if use_ == MemberUse::Get as i64 { "such field" } else { "fields to set" };
        raise(vm, &format!("a value of type {} has no {what}: `{name}`", type_name(v)))
    }

    /// An empty map.
    pub fn NEW_MAP[Any](vm: &mut Vm<Sprig>) -> Value {
        map::new_map(&mut vm.core.heap).into()
    }

    /// Sets a map's element.
    pub fn MAP_SET[Any](vm: &mut Vm<Sprig>, m: Value, key: Value, value: Value) -> Value {
        map::set(&mut vm.core.heap, m.as_obj(), key, value);
        NIL
    }
}

// ---- errors

/// Pops frames until one has a handler for the instruction it is at.
/// `pc` is that of the instruction that failed.
#[cold]
pub fn unwind<W: World<Lang = Sprig>>(w: &mut W, mut pc: u32) -> Flow {
    loop {
        let code = w.code();
        let (address, at) = (w.constant(code.addr() as i64), w.constant(pc as i64));
        w.call(&TRACE, (address, at));
        if let Some(handler) = code.get().handler(pc) {
            let error = w.call(&CATCH, ());
            w.set(handler.register as u32, error);
            w.set_pc(handler.target);
            return Flow::Next;
        }
        if w.pop_frame().is_none() {
            let raised = w.constant(framework::RAISED);
            w.finish(raised);
            return Flow::Done;
        }
        // The call that waited has moved on already.
        pc = w.pc() - 1;
    }
}
