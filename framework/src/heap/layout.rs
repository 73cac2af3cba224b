//! Heap layouts, declared once: the same declaration gives Rust code typed accessors, the worlds
//! their field operations, the collector its tracing and the optimiser its alias classes.

use super::Obj;
use crate::kind::{Kind, Ty};
use std::marker::PhantomData;

/// Number of a heap type: the low 16 bits of every object's header. Ids below 16 are the
/// framework's; a language numbers its own from 16 up (languages never share a heap).
pub type TypeId = u16;

/// May a field change after the object has been filled in?
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Mutability {
    /// Set right after allocation, then never again: loads fold and may be repeated.
    Immutable,
    /// Stored to at any time.
    Mutable,
}

/// One field of a layout, untyped: what the optimiser and the collector need to know.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FieldInfo {
    /// Name as declared, for dumps.
    pub name: &'static str,
    /// The type it belongs to.
    pub owner: TypeId,
    /// Byte offset from the object's start.
    pub offset: u16,
    /// What it holds.
    pub ty: Ty,
    /// May it change?
    pub mutability: Mutability,
}

/// A typed field of a layout, as `layout!` declares it.
#[derive(Debug)]
pub struct Field<T> {
    /// The untyped part.
    pub info: &'static FieldInfo,
    kind: PhantomData<T>,
}

impl<T> Clone for Field<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Field<T> {}

impl<T: Kind> Field<T> {
    /// Used by `layout!`; panics at compile time if the kinds disagree.
    pub const fn new(info: &'static FieldInfo) -> Field<T> {
        Field { info, kind: PhantomData }
    }
}

/// The variable part at the end of an array-like object. Its length is the `i64` at offset 8.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ElemsInfo {
    /// The type it belongs to.
    pub owner: TypeId,
    /// Byte offset of element 0.
    pub offset: u16,
    /// What an element holds; bytes are `Ty::Int` with `size` 1.
    pub ty: Ty,
    /// Bytes per element: 8, or 1 for byte arrays.
    pub size: u8,
    /// May elements change once filled in?
    pub mutability: Mutability,
}

/// The typed variable part of a layout.
#[derive(Debug)]
pub struct Elems<T> {
    /// The untyped part.
    pub info: &'static ElemsInfo,
    kind: PhantomData<T>,
}

impl<T> Clone for Elems<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Elems<T> {}

impl<T: Kind> Elems<T> {
    /// Used by `layout!`.
    pub const fn new(info: &'static ElemsInfo) -> Elems<T> {
        Elems { info, kind: PhantomData }
    }
}

/// Everything the framework knows of a heap type.
#[derive(Debug)]
pub struct TypeInfo {
    /// Its number.
    pub id: TypeId,
    /// Its name, for dumps.
    pub name: &'static str,
    /// Bytes of the fixed part, header included: a multiple of 8.
    pub size: u16,
    /// The declared fields, in order of offset.
    pub fields: &'static [FieldInfo],
    /// The variable part, if any; then field 0 is `len`.
    pub elems: Option<ElemsInfo>,
    /// Extra tracing, for objects that own Rust data with heap pointers in it.
    pub trace: Option<unsafe fn(Obj, &mut super::Tracer)>,
    /// Run when the object is found dead, before its memory is reused. May not touch other objects.
    pub finalize: Option<unsafe fn(Obj)>,
}

impl TypeInfo {
    /// Byte offset of the length field of array-like objects.
    pub const LEN_OFFSET: u16 = 8;
}

/// Declares heap layouts. Field types are `Value`, `i64`, `f64` and `Obj`; `mut` marks what may change.
///
/// ```
/// use framework::{Value, layout};
/// layout! {
///     /// A list cell.
///     pub Cons = 16 {
///         car: Value,
///         mut cdr: Value,
///     }
///     /// A byte string; `len` comes first by rule.
///     pub Bytes = 17 { len: i64, [bytes: u8] }
///     /// A growable array's storage.
///     pub Items = 18 { len: i64, [mut items: Value] }
/// }
/// ```
///
/// Each gives a type with `ID`, `TYPE` (a `&'static TypeInfo`), one constant per field and, for arrays, one named like the
/// element. `finalize = f` and `trace = f` may follow the number: `pub Dict = 19, finalize = drop_dict, trace = trace_dict { … }`.
#[macro_export]
macro_rules! layout {
    ($( $(#[$doc:meta])* $vis:vis $name:ident = $id:literal $(, finalize = $fin:ident)? $(, trace = $tr:ident)? { $($body:tt)* } )*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        $vis struct $name;
        $crate::layout!(@fields $name $id [$($fin)?] [$($tr)?] [] (8) $($body)*);
    )* };
    // one mutable field
    (@fields $name:ident $id:literal $fin:tt $tr:tt [$($done:tt)*] ($off:expr) mut $f:ident : $t:tt $(, $($rest:tt)*)?) => {
        $crate::layout!(@fields $name $id $fin $tr [$($done)* ($f, $t, $off, Mutable)] ($off + 8) $($($rest)*)?);
    };
    // the variable part
    (@fields $name:ident $id:literal $fin:tt $tr:tt [$($done:tt)*] ($off:expr) [mut $e:ident : $t:tt] $(,)?) => {
        $crate::layout!(@emit $name $id $fin $tr [$($done)*] ($off) ($e, $t, Mutable));
    };
    (@fields $name:ident $id:literal $fin:tt $tr:tt [$($done:tt)*] ($off:expr) [$e:ident : $t:tt] $(,)?) => {
        $crate::layout!(@emit $name $id $fin $tr [$($done)*] ($off) ($e, $t, Immutable));
    };
    // one immutable field
    (@fields $name:ident $id:literal $fin:tt $tr:tt [$($done:tt)*] ($off:expr) $f:ident : $t:tt $(, $($rest:tt)*)?) => {
        $crate::layout!(@fields $name $id $fin $tr [$($done)* ($f, $t, $off, Immutable)] ($off + 8) $($($rest)*)?);
    };
    (@fields $name:ident $id:literal $fin:tt $tr:tt [$($done:tt)*] ($off:expr)) => {
        $crate::layout!(@emit $name $id $fin $tr [$($done)*] ($off));
    };
    (@emit $name:ident $id:tt [$($fin:ident)?] [$($tr:ident)?] [$(($f:ident, $t:tt, $foff:expr, $m:ident))*] ($off:expr) $(($e:ident, $et:tt, $em:ident))?) => {
        #[allow(non_upper_case_globals, missing_docs, dead_code)]
        impl $name {
            /// The type's number.
            pub const ID: $crate::heap::TypeId = $id;
            $( pub const $f: $crate::heap::Field<$t> = $crate::heap::Field::new(&$crate::heap::FieldInfo {
                name: stringify!($f), owner: $id, offset: $foff, ty: <$t as $crate::kind::Kind>::TY, mutability: $crate::heap::Mutability::$m,
            }); )*
            $( pub const $e: $crate::heap::Elems<$crate::layout!(@elem $et)> = $crate::heap::Elems::new(&$crate::heap::ElemsInfo {
                owner: $id, offset: $off, ty: <$crate::layout!(@elem $et) as $crate::kind::Kind>::TY, size: $crate::layout!(@size $et),
                mutability: $crate::heap::Mutability::$em,
            }); )?
            /// What the framework knows of the type.
            pub const TYPE: &'static $crate::heap::TypeInfo = {
                static TYPE: $crate::heap::TypeInfo = $crate::heap::TypeInfo {
                    id: $id, name: stringify!($name), size: $off,
                    fields: &[$( *$name::$f.info ),*],
                    elems: $crate::layout!(@opt $( *$name::$e.info )?),
                    trace: $crate::layout!(@opt $($tr)?), finalize: $crate::layout!(@opt $($fin)?),
                };
                &TYPE
            };
        }
    };
    (@elem u8) => { i64 };
    (@elem $t:tt) => { $t };
    (@size u8) => { 1 };
    (@size $t:tt) => { 8 };
    (@opt) => { None };
    (@opt $e:expr) => { Some($e) };
}
