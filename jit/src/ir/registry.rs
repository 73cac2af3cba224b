//! Names of the descriptors that the text form mentions: heap types (and through them fields) and residual functions.

use super::{Desc, Trace};
use framework::TypeId;
use framework::call::FunInfo;
use framework::heap::{BoxedFloat, BoxedInt, FieldInfo, TypeInfo};

/// What the text form may name. The framework's own types are always known.
#[derive(Clone, Debug)]
pub struct Registry {
    types: Vec<&'static TypeInfo>,
    funs: Vec<&'static FunInfo>,
}

impl Default for Registry {
    fn default() -> Self {
        Registry { types: vec![BoxedInt::TYPE, BoxedFloat::TYPE], funs: vec![] }
    }
}

impl Registry {
    /// With these types and functions besides the framework's.
    pub fn new(types: &[&'static TypeInfo], funs: &[&'static FunInfo]) -> Registry {
        let mut r = Registry::default();
        r.types.extend(types);
        r.funs.extend(funs);
        r
    }
    /// The types and functions that a trace mentions.
    pub fn of(t: &Trace) -> Registry {
        let mut r = Registry::default();
        for d in &t.descs {
            match *d {
                Desc::Type(ty) => r.types.push(ty),
                Desc::Fun(f) => r.funs.push(f),
                _ => {}
            }
        }
        r
    }
    /// The type with this name.
    pub fn ty(&self, name: &str) -> Option<&'static TypeInfo> {
        self.types.iter().copied().find(|t| t.name == name)
    }
    /// The function with this name.
    pub fn fun(&self, name: &str) -> Option<&'static FunInfo> {
        self.funs.iter().copied().find(|f| f.name == name)
    }
    /// The field with this name in the type with that name.
    pub fn field(&self, ty: &str, name: &str) -> Option<&'static FieldInfo> {
        self.ty(ty)?.fields.iter().find(|f| f.name == name)
    }
    /// Name of the type with this number; the number itself if it is not registered.
    pub fn type_name(&self, id: TypeId) -> String {
        match self.types.iter().find(|t| t.id == id) {
            Some(t) => t.name.to_string(),
            None => format!("type{id}"),
        }
    }
}
