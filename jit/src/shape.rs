//! Shapes of loop headers: in what form each live stack word is carried around a loop. (RPython's `virtualstate`.)

use crate::build::{AliasClass, Builder, Pending};
use crate::ir::{Op, Place, Ref};
use crate::mutants::{Mutant, planted};
use crate::range::Range;
use framework::{Ty, TypeInfo, Value};
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

/// More virtual objects than this are not carried around a loop.
const MAX_OBJECTS: usize = 24;

/// Where in a shape something is: a stack word or `PLACES` plus the number of a place, then parts of virtual objects.
pub type Path = SmallVec<[i32; 4]>;

/// No stack word has so large an offset.
pub const PLACES: i32 = 1 << 30;

/// How one value is carried: what a jump to the label must bring.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Carried {
    /// The stack word is as it was on entry to the tree.
    Unchanged,
    /// This constant.
    Const(Ty, u64),
    /// The next label parameter.
    Param(Ty),
    /// An integer value, whose number is the next label parameter.
    BoxedInt,
    /// A float value, whose number is the next label parameter.
    BoxedFloat,
    /// The virtual object with this number.
    Virtual(usize),
}

/// A virtual object carried around a loop.
#[derive(Clone, Debug)]
pub struct CarriedObject {
    /// Its type.
    pub ty: &'static TypeInfo,
    /// Number of elements, for arrays.
    pub len: Option<u32>,
    /// The header's language bits, fields, elements.
    pub parts: Vec<Carried>,
}

/// A place of an object that the loop leaves the same, whose content is carried around: the store to it is pending all the time.
#[derive(Clone, Copy, Debug)]
pub struct CarriedPlace {
    /// The object, as the root trace calls it.
    pub object: Ref,
    /// Where in it.
    pub place: Place,
    /// Its content.
    pub content: Carried,
}

/// The label of a peeled loop: what a jump to it must bring.
#[derive(Clone, Debug, Default)]
pub struct LabelShape {
    /// Live stack words of the header, in order of offset.
    pub slots: Vec<(i32, Carried)>,
    /// Places of objects, after the stack words.
    pub places: Vec<CarriedPlace>,
    /// Virtual objects, by number, in order of first mention. Parameters are numbered depth first.
    pub objects: Vec<CarriedObject>,
    /// Ranges of the parameters that are integers.
    pub ranges: Vec<Range>,
    /// Mutable memory the loop relies on not having changed since before the label.
    pub assumed: Vec<AliasClass>,
    /// Does the loop rely on validity having been checked before the label?
    pub assumes_valid: bool,
}

impl LabelShape {
    /// Types of the label's parameters.
    pub fn params(&self) -> Vec<Ty> {
        let mut params = vec![];
        let mut seen = FxHashSet::default();
        for c in self.slots.iter().map(|(_, c)| c).chain(self.places.iter().map(|p| &p.content)) {
            self.add_params(c, &mut seen, &mut params);
        }
        params
    }

    fn add_params(&self, c: &Carried, seen: &mut FxHashSet<usize>, params: &mut Vec<Ty>) {
        match *c {
            Carried::Unchanged | Carried::Const(..) => {}
            Carried::Param(ty) => params.push(ty),
            Carried::BoxedInt => params.push(Ty::Int),
            Carried::BoxedFloat => params.push(Ty::Float),
            Carried::Virtual(k) => {
                if seen.insert(k) {
                    self.objects[k].parts.iter().for_each(|p| self.add_params(p, seen, params));
                }
            }
        }
    }
}

/// Type of part `k` of an object (see `Builder::virtual_parts`).
pub fn part_type(ty: &TypeInfo, k: usize) -> Ty {
    match k {
        0 => Ty::Int,
        k => ty.fields.get(k - 1).map_or_else(|| ty.elems.as_ref().expect("an array").ty, |f| f.ty),
    }
}

fn word_type(ty: Ty) -> Ty {
    if ty == Ty::Ref { Ty::Value } else { ty }
}

/// Describes the values at the end of a first iteration, and collects what it passes to the label.
pub struct Shaper<'a> {
    /// The shape so far.
    pub shape: LabelShape,
    /// The label's arguments so far.
    pub args: Vec<Ref>,
    /// Where in the shape they are.
    pub paths: Vec<Path>,
    generic: &'a FxHashSet<Path>,
    numbers: FxHashMap<Ref, usize>,
    described: Vec<(Ref, Path)>,
}

impl<'a> Shaper<'a> {
    /// `generic`: paths whose values are carried in the plainest form.
    pub fn new(generic: &'a FxHashSet<Path>) -> Self {
        Shaper { shape: LabelShape::default(), args: vec![], paths: vec![], generic, numbers: FxHashMap::default(), described: vec![] }
    }

    /// Describes a stack word's content.
    pub fn slot(&mut self, n: &mut Builder, i: i32, r: Ref) -> Carried {
        self.carried(n, &mut SmallVec::from_slice(&[i]), r, Ty::Value)
    }

    /// Describes the content of the next place.
    pub fn place(&mut self, n: &mut Builder, p: Pending) {
        let path = PLACES + self.shape.places.len() as i32;
        let content = self.carried(n, &mut SmallVec::from_slice(&[path]), p.value, p.place.ty());
        self.shape.places.push(CarriedPlace { object: n.resolve(p.object), place: p.place, content });
    }

    /// To be asked at the end. An object that was described as virtual and has been forced since, by another reference to it, would be two
    /// at the label: the error is its path (rule R14).
    pub fn check(&self, n: &Builder) -> Result<(), Path> {
        check_virtual(n, &self.described)
    }

    fn pass(&mut self, path: &Path, r: Ref) {
        self.args.push(r);
        self.paths.push(path.clone());
    }

    fn carried(&mut self, n: &mut Builder, path: &mut Path, r: Ref, ty: Ty) -> Carried {
        let r = n.resolve(r);
        let new_object = n.is_virtual(r) && !self.numbers.contains_key(&r);
        if self.generic.contains(path) || new_object && self.shape.objects.len() >= MAX_OBJECTS {
            // Forced while others may refer to it: they resolve it later.
            let r = n.operand(r);
            self.pass(path, r);
            return Carried::Param(word_type(ty));
        }
        if let Some(bits) = n.bits_of(r) {
            return Carried::Const(word_type(ty), bits);
        }
        if let Some(&k) = self.numbers.get(&r) {
            return Carried::Virtual(k);
        }
        if let Some((ty, len)) = n.virtual_layout(r) {
            let k = self.shape.objects.len();
            self.numbers.insert(r, k);
            self.described.push((r, path.clone()));
            self.shape.objects.push(CarriedObject { ty, len, parts: vec![] });
            for p in 0..n.virtual_parts(r).len() {
                // Read one by one: forcing a later part may change earlier ones.
                let Some(part) = n.is_virtual(r).then(|| n.virtual_parts(r)[p]) else {
                    // It has been forced itself: `check` will say so, whatever is described here.
                    self.shape.objects[k].parts.push(Carried::Const(part_type(ty, p), 0));
                    continue;
                };
                path.push(p as i32);
                let c = self.carried(n, path, part, part_type(ty, p));
                path.pop();
                self.shape.objects[k].parts.push(c);
            }
            return Carried::Virtual(k);
        }
        let inst = *n.inst(r).expect("not a constant");
        let unboxed = n.resolve(inst.ra());
        match inst.op {
            Op::BoxInt if unboxed.as_const().is_none() => {
                self.pass(path, unboxed);
                Carried::BoxedInt
            }
            Op::BoxFloat if unboxed.as_const().is_none() => {
                self.pass(path, unboxed);
                Carried::BoxedFloat
            }
            _ => {
                self.pass(path, r);
                Carried::Param(word_type(ty))
            }
        }
    }
}

/// Are all of them virtual still?
fn check_virtual(n: &Builder, objects: &[(Ref, Path)]) -> Result<(), Path> {
    match objects.iter().find(|(r, _)| !n.is_virtual(*r)) {
        Some((_, path)) if !planted(Mutant::SharingForgotten) => Err(path.clone()),
        _ => Ok(()),
    }
}

/// Builds the values of a shape from the label's parameters.
pub struct Opener<'a> {
    shape: &'a LabelShape,
    params: std::vec::IntoIter<Ref>,
    objects: Vec<Option<Ref>>,
}

impl<'a> Opener<'a> {
    /// With the label's parameters in order.
    pub fn new(shape: &'a LabelShape, params: Vec<Ref>) -> Self {
        Opener { shape, params: params.into_iter(), objects: vec![None; shape.objects.len()] }
    }

    /// The value; `None` for an unchanged stack word.
    pub fn open(&mut self, n: &mut Builder, c: &Carried) -> Option<Ref> {
        let mut param = || self.params.next().expect("a parameter for each mention");
        Some(match *c {
            Carried::Unchanged => return None,
            Carried::Const(ty, bits) => n.const_word(ty, bits),
            Carried::Param(_) => param(),
            Carried::BoxedInt => {
                let p = param();
                n.pure(Op::BoxInt, p, Ref::NONE)
            }
            Carried::BoxedFloat => {
                let p = param();
                n.pure(Op::BoxFloat, p, Ref::NONE)
            }
            Carried::Virtual(k) => {
                if let Some(r) = self.objects[k] {
                    return Some(r);
                }
                let o = &self.shape.objects[k];
                let r = n.new_virtual(o.ty, o.len);
                self.objects[k] = Some(r);
                for (p, c) in o.parts.iter().enumerate() {
                    let v = self.open(n, c).expect("parts of objects are never left unchanged");
                    n.set_virtual_part(r, p, v);
                }
                r
            }
        })
    }
}

/// Fits values to a shape, and collects the arguments of the jump.
pub struct Matcher<'a> {
    /// The arguments so far.
    pub args: Vec<Ref>,
    shape: &'a LabelShape,
    /// While recording, what a stack word or place holds: a value that is of the right sort now is unboxed under a guard.
    concrete: Option<&'a dyn Fn(i32) -> Value>,
    objects: Vec<Option<Ref>>,
    matched: Vec<(Ref, Path)>,
    /// Arguments that are not in the range of their parameter: number and range.
    pub misfits: Vec<(usize, Range)>,
}

impl<'a> Matcher<'a> {
    /// For one jump to the label.
    pub fn new(shape: &'a LabelShape, concrete: Option<&'a dyn Fn(i32) -> Value>) -> Self {
        Matcher { args: vec![], shape, concrete, objects: vec![None; shape.objects.len()], matched: vec![], misfits: vec![] }
    }

    /// Fits the content of a stack word (`Ref::NONE`: untouched). The error is the path that does not fit.
    pub fn slot(&mut self, n: &mut Builder, i: i32, r: Ref) -> Result<(), Path> {
        let c = self.shape.slots.iter().find(|s| s.0 == i).expect("a slot of the shape").1;
        if c == Carried::Unchanged {
            return if r == Ref::NONE || n.is_unchanged(i, r) || planted(Mutant::LoopsForgetASlot) {
                Ok(())
            } else {
                Err(SmallVec::from_slice(&[i]))
            };
        }
        let r = if r == Ref::NONE { n.slot(i) } else { r };
        self.fit(n, &mut SmallVec::from_slice(&[i]), c, r)
    }

    /// Fits the content of place `k`.
    pub fn place(&mut self, n: &mut Builder, k: usize, r: Ref) -> Result<(), Path> {
        self.fit(n, &mut SmallVec::from_slice(&[PLACES + k as i32]), self.shape.places[k].content, r)
    }

    /// To be asked at the end, as `Shaper::check`.
    pub fn check(&self, n: &Builder) -> Result<(), Path> {
        check_virtual(n, &self.matched)
    }

    /// Passes an argument. One that may be out of its parameter's range is tested if it is in it now.
    fn pass(&mut self, n: &mut Builder, path: &Path, r: Ref) {
        let want = self.shape.ranges.get(self.args.len()).copied().unwrap_or(Range::FULL);
        if !n.range(r).is_within(want) && !(planted(Mutant::BridgesBringAnyRange) && self.concrete.is_some()) {
            match (self.concrete.map(|concrete| concrete(path[0]).int()), path.len()) {
                (Some(Some(now)), 1) if want.contains(now) => {
                    let (lo, hi) = (n.constant(want.lo), n.constant(want.hi));
                    for (a, b) in [(lo, r), (r, hi)] {
                        if n.known_guard(Op::IntLe, 0, a, b) == crate::build::Guarded::Unknown {
                            n.emit_guard(Op::IntLe, 0, a, b, true, 0);
                        }
                    }
                }
                _ => self.misfits.push((self.args.len(), n.range(r))),
            }
        }
        self.args.push(r);
    }

    fn fit(&mut self, n: &mut Builder, path: &mut Path, c: Carried, r: Ref) -> Result<(), Path> {
        let r = n.resolve(r);
        let def = n.inst(r).copied();
        let fits = match c {
            Carried::Unchanged => false,
            Carried::Const(_, bits) => n.bits_of(r) == Some(bits),
            Carried::Param(_) => {
                let r = n.operand(r);
                self.pass(n, path, r);
                true
            }
            Carried::BoxedInt | Carried::BoxedFloat => {
                let (boxing, test, unbox) =
                    if c == Carried::BoxedInt { (Op::BoxInt, Op::IsSmallInt, Op::UnboxInt) } else { (Op::BoxFloat, Op::IsFloat, Op::UnboxFloat) };
                let immediate = |v: Value| if c == Carried::BoxedInt { v.is_small_int() } else { v.is_immediate_float() };
                if let Some(d) = def.filter(|d| d.op == boxing) {
                    let r = n.operand(d.ra());
                    self.pass(n, path, r);
                    true
                } else if n.bits_of(r).is_some_and(|b| immediate(Value(b))) {
                    let r = n.pure(unbox, r, Ref::NONE);
                    self.pass(n, path, r);
                    true
                } else if let (Some(concrete), [i]) = (self.concrete, &path[..])
                    && immediate(concrete(*i))
                    && !n.is_virtual(r)
                {
                    if n.known_guard(test, 0, r, Ref::NONE) == crate::build::Guarded::Unknown {
                        n.emit_guard(test, 0, r, Ref::NONE, true, 0);
                    }
                    let r = n.pure(unbox, r, Ref::NONE);
                    self.pass(n, path, r);
                    true
                } else {
                    false
                }
            }
            Carried::Virtual(k) => match self.objects[k] {
                Some(o) => o == r || planted(Mutant::SharingForgotten),
                None => {
                    let o = &self.shape.objects[k];
                    if n.virtual_layout(r).is_none_or(|(ty, len)| ty.id != o.ty.id || len != o.len)
                        || self.objects.contains(&Some(r)) && !planted(Mutant::SharingForgotten)
                    {
                        false
                    } else {
                        self.objects[k] = Some(r);
                        self.matched.push((r, path.clone()));
                        for (p, c) in o.parts.iter().enumerate() {
                            // A part that was forced meanwhile takes the object with it only if it is the object itself.
                            let Some(part) = n.virtual_layout(r).map(|_| n.virtual_parts(r)[p]) else { return Err(path.clone()) };
                            path.push(p as i32);
                            self.fit(n, path, *c, part)?;
                            path.pop();
                        }
                        true
                    }
                }
            },
        };
        if fits { Ok(()) } else { Err(path.clone()) }
    }
}
