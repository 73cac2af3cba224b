//! The one table of IR operations. Recorder, printer, parser, evaluator, optimiser and register allocator are driven by it.

use framework::Ty;

/// What an operand field of an instruction holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operand {
    /// Unused.
    None,
    /// A reference to a value of this type.
    Ref(Ty),
    /// A reference to a value of any type.
    Any,
    /// A plain number, sign-extended from 32 bits.
    Imm,
    /// A list of references: `a` is its start in `Trace::extra`, `b` its length.
    List,
}

/// What an operation does, from the optimiser's view.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Class {
    /// Depends on its operands alone: merged, moved, dropped when unused.
    Pure,
    /// Leaves the trace unless the condition is as recorded; may also give a result. Has a snapshot.
    Guard,
    /// Reads mutable memory.
    Load,
    /// Writes memory.
    Store,
    /// Makes a fresh object.
    Alloc,
    /// Calls Rust; its `Fun` says what that may do.
    Call,
    /// Ends a block.
    End,
    /// Structure: labels, parameters, virtual objects.
    Meta,
}

macro_rules! ops {
    ($( $(#[$doc:meta])* $name:ident $text:literal ($a:ident $(<$at:ident>)?, $b:ident $(<$bt:ident>)?) -> $ret:ident $class:ident $($desc:ident)?; )*) => {
        /// An IR operation.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
        #[repr(u8)]
        pub enum Op { $( $(#[$doc])* $name ),* }

        impl Op {
            /// All operations, in the table's order.
            pub const ALL: &'static [Op] = &[ $( Op::$name ),* ];
            /// Name in the text form.
            pub fn name(self) -> &'static str { match self { $( Op::$name => $text ),* } }
            /// What operands `a` and `b` hold.
            pub fn operands(self) -> [Operand; 2] { match self { $( Op::$name => [ops!(@operand $a $($at)?), ops!(@operand $b $($bt)?)] ),* } }
            /// Type of the result; `None` if it has none or, for `Param`, `LoadField`, `LoadElem` and `Call`, if the instruction says.
            pub fn ret(self) -> Option<Ty> { match self { $( Op::$name => ops!(@ret $ret) ),* } }
            /// Does it give a result?
            pub fn has_result(self) -> bool { match self { $( Op::$name => ops!(@has $ret) ),* } }
            /// What it does.
            pub fn class(self) -> Class { match self { $( Op::$name => Class::$class ),* } }
            /// Does `imm` index a descriptor, and of what sort?
            pub fn desc(self) -> Option<DescSort> { match self { $( Op::$name => ops!(@desc $($desc)?) ),* } }
        }
    };
    (@operand None) => { Operand::None };
    (@operand Any) => { Operand::Any };
    (@operand Imm) => { Operand::Imm };
    (@operand List) => { Operand::List };
    (@operand Ref $t:ident) => { Operand::Ref(Ty::$t) };
    (@ret Void) => { None };
    (@ret Says) => { None };
    (@ret $t:ident) => { Some(Ty::$t) };
    (@has Void) => { false };
    (@has $t:ident) => { true };
    (@desc) => { None };
    (@desc $d:ident) => { Some(DescSort::$d) };
}

/// Sorts of descriptors an instruction's `imm` may index in `Trace::descs`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DescSort {
    /// A field of a heap layout.
    Field,
    /// The elements of a heap layout.
    Elems,
    /// A heap type.
    Type,
    /// A residual function.
    Fun,
    /// A frame: code, pc, base, continuation.
    Frame,
    /// Where a jump goes.
    Target,
}

ops! {
    // ---- inputs and structure
    /// A block parameter; parameters come first in their block. For a bridge's first block, the parent's exit leaves.
    Param "param" (None, None) -> Says Meta;
    /// The VM-stack word at `a` words from the register 0 of the activation the trace was entered in, as it was on entry.
    Slot "slot" (Imm, None) -> Value Pure;
    /// Opens the loop block: its `Param`s follow.
    Label "label" (None, None) -> Void Meta;
    /// An object that exists only as a field map; leaves no code.
    Virtual "virtual" (None, None) -> Ref Meta Type;

    // ---- integers
    IntAdd "int_add" (Ref<Int>, Ref<Int>) -> Int Pure;
    IntSub "int_sub" (Ref<Int>, Ref<Int>) -> Int Pure;
    IntMul "int_mul" (Ref<Int>, Ref<Int>) -> Int Pure;
    /// Rounds to minus infinity; the divisor is known not to be 0.
    IntDivFloor "int_div_floor" (Ref<Int>, Ref<Int>) -> Int Pure;
    IntModFloor "int_mod_floor" (Ref<Int>, Ref<Int>) -> Int Pure;
    IntDivTrunc "int_div_trunc" (Ref<Int>, Ref<Int>) -> Int Pure;
    IntRemTrunc "int_rem_trunc" (Ref<Int>, Ref<Int>) -> Int Pure;
    IntAnd "int_and" (Ref<Int>, Ref<Int>) -> Int Pure;
    IntOr "int_or" (Ref<Int>, Ref<Int>) -> Int Pure;
    IntXor "int_xor" (Ref<Int>, Ref<Int>) -> Int Pure;
    /// Shift counts are 0 … 63.
    IntShl "int_shl" (Ref<Int>, Ref<Int>) -> Int Pure;
    IntShr "int_shr" (Ref<Int>, Ref<Int>) -> Int Pure;
    /// As a guard: no overflow is expected (then the result is the sum), or overflow is (then there is none).
    IntAddOvf "int_add_ovf" (Ref<Int>, Ref<Int>) -> Int Guard;
    IntSubOvf "int_sub_ovf" (Ref<Int>, Ref<Int>) -> Int Guard;
    IntMulOvf "int_mul_ovf" (Ref<Int>, Ref<Int>) -> Int Guard;
    IntEq "int_eq" (Ref<Int>, Ref<Int>) -> Void Guard;
    IntLt "int_lt" (Ref<Int>, Ref<Int>) -> Void Guard;
    IntLe "int_le" (Ref<Int>, Ref<Int>) -> Void Guard;
    /// Unsigned.
    IntUlt "int_ult" (Ref<Int>, Ref<Int>) -> Void Guard;

    // ---- floats
    FloatAdd "float_add" (Ref<Float>, Ref<Float>) -> Float Pure;
    FloatSub "float_sub" (Ref<Float>, Ref<Float>) -> Float Pure;
    FloatMul "float_mul" (Ref<Float>, Ref<Float>) -> Float Pure;
    FloatDiv "float_div" (Ref<Float>, Ref<Float>) -> Float Pure;
    FloatNeg "float_neg" (Ref<Float>, None) -> Float Pure;
    FloatAbs "float_abs" (Ref<Float>, None) -> Float Pure;
    FloatSqrt "float_sqrt" (Ref<Float>, None) -> Float Pure;
    IntToFloat "int_to_float" (Ref<Int>, None) -> Float Pure;
    /// Rounds to zero. Expected true: the result fits (`arith::float_to_int`); expected false: it does not, no result.
    FloatToInt "float_to_int" (Ref<Float>, None) -> Int Guard;
    FloatEq "float_eq" (Ref<Float>, Ref<Float>) -> Void Guard;
    FloatLt "float_lt" (Ref<Float>, Ref<Float>) -> Void Guard;
    FloatLe "float_le" (Ref<Float>, Ref<Float>) -> Void Guard;

    // ---- tagged values
    IsSmallInt "is_small_int" (Ref<Value>, None) -> Void Guard;
    /// Immediate float, that is.
    IsFloat "is_float" (Ref<Value>, None) -> Void Guard;
    IsObj "is_obj" (Ref<Value>, None) -> Void Guard;
    /// The word is known to be a small integer.
    UnboxInt "unbox_int" (Ref<Value>, None) -> Int Pure;
    /// The word is known to be an immediate float.
    UnboxFloat "unbox_float" (Ref<Value>, None) -> Float Pure;
    /// The word is known to be a pointer. Leaves no code.
    ToObj "to_obj" (Ref<Value>, None) -> Ref Pure;
    /// Leaves no code.
    FromObj "from_obj" (Ref<Ref>, None) -> Value Pure;
    /// Allocates a `BoxedInt` if the integer needs more than 62 bits.
    BoxInt "box_int" (Ref<Int>, None) -> Value Pure;
    /// Allocates a `BoxedFloat` if the exponent is rare.
    BoxFloat "box_float" (Ref<Float>, None) -> Value Pure;
    /// Identical words.
    Same "same" (Any, Any) -> Void Guard;

    // ---- heap
    /// The object's type is the descriptor's.
    HasType "has_type" (Ref<Ref>, None) -> Void Guard Type;
    LoadField "load_field" (Ref<Ref>, None) -> Says Load Field;
    /// With the collector's write barrier if the field can hold a pointer.
    StoreField "store_field" (Ref<Ref>, Any) -> Void Store Field;
    LoadElem "load_elem" (Ref<Ref>, Ref<Int>) -> Says Load Elems;
    /// The value stored is in `c`. With the write barrier if elements can hold pointers.
    StoreElem "store_elem" (Ref<Ref>, Ref<Int>) -> Void Store Elems;
    /// Length of an array-like object.
    Len "len" (Ref<Ref>, None) -> Int Pure;
    /// The 32 language bits of the header, zero-extended.
    Aux "aux" (Ref<Ref>, None) -> Int Load;
    SetAux "set_aux" (Ref<Ref>, Ref<Int>) -> Void Store;
    /// Fields are zero; stores to it need no barrier until the next `New`, `NewArray` or `Call`.
    New "new" (None, None) -> Ref Alloc Type;
    NewArray "new_array" (Ref<Int>, None) -> Ref Alloc Type;
    Call "call" (List, List) -> Says Call Fun;

    // ---- VM state
    /// The trace does not rely on a quasi-immutable cell that has changed.
    Valid "valid" (None, None) -> Void Guard;
    /// The interrupt flag is down.
    Poll "poll" (None, None) -> Void Guard;
    /// There is room for `a` words above register 0 of the entry activation, and for `b` more waiting frames.
    Room "room" (Imm, Imm) -> Void Guard;
    /// Writes a VM-stack word, `a` words from the entry activation's register 0: before `CallTrace`, `Enter` and `Return` only.
    StoreSlot "store_slot" (Imm, Any) -> Void Store;
    /// Writes a waiting frame: the `a`-th above those of the entry (0 = just above them): before `CallTrace` only.
    StoreFrame "store_frame" (Imm, None) -> Void Store Frame;
    /// Calls the root trace of an activation that has just been started, all state being in memory: `a` is the number of frames pushed,
    /// `c` the index of the frame descriptor of that activation. It comes back by `Return`, with what that gives.
    CallTrace "call_trace" (Imm, None) -> Value Call Target;
    /// The activation called has come back at the place numbered `a` (see `Roots::place`).
    ReturnedAt "returned_at" (Imm, None) -> Void Guard;

    // ---- ends
    /// To a label, whose parameters get the listed values.
    Jump "jump" (List, List) -> Void End Target;
    /// To the entry of another trace of the same activation, all state being in memory: `c` is the index of its frame descriptor, `a` the
    /// number of its place (see `Roots::place`).
    Enter "enter" (Imm, None) -> Void End Target;
    /// Goes back to whoever called the trace: the activation has come to the place numbered `b` (see `Roots::place`), an instruction that is
    /// about to end it, and its registers are in memory. `a` is the lowest live one, for callers that are traces.
    Return "return" (Ref<Value>, Imm) -> Void End;
    /// Leaves the trace.
    Exit "exit" (None, None) -> Void End;
}
