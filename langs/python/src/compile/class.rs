//! Class statements.

use super::stmt::docstring;
use super::*;
use ruff_python_ast::{self as ast, Expr};

impl<'c, 'a> Function<'c, 'a> {
    pub(super) fn class_def(&mut self, d: &'a ast::StmtClassDef) -> C {
        let calls = self.decorators(&d.decorator_list)?;
        self.type_params(&d.type_params)?;
        let scope = self.c.table.scope_of(d);
        let span = self.span;
        let qualname = self.child_qualname(d.name.as_str());
        let line = self.c.source.line(span.start);
        let table = self.c.table;
        let info = &table.scopes[scope];
        let mut f = self.c.function(scope, d.name.as_str(), qualname.clone(), Some(d.name.as_str().to_string()));
        f.span = span;
        // Register 0 is the namespace; then the `__class__` cell, the closure, its cells.
        f.temp()?;
        let params = Params { names: vec![names::DOT_ZERO], posonly: 1, positional: 1, ..Params::default() };
        let mut regs = HashMap::new();
        let cell = f.temp()?;
        f.op3(Op::NewCell, cell, 0, 0);
        if info.cells.contains("__class__") {
            regs.insert("__class__".to_string(), cell);
        }
        let closure = if info.free.is_empty() { None } else { Some(1) };
        if closure.is_some() {
            // The caller leaves the closure right after the parameters.
            let moved = f.temp()?;
            f.insts[0].a = moved;
            if let Some(r) = regs.get_mut("__class__") {
                *r = moved;
            }
        }
        let cell = f.insts[0].a;
        for (i, n) in info.free.iter().enumerate() {
            let r = f.temp()?;
            regs.insert(n.clone(), r);
            f.op3(Op::LoadClosure, r, 1, i as u16);
        }
        f.scopes[0].1 = regs;
        let r = f.temp()?;
        let module = f.c.module.name.clone();
        for (name, text) in [("__module__", module.as_str()), ("__qualname__", qualname.as_str())] {
            f.load_str(r, text)?;
            f.store_name(name, r)?;
        }
        if let Some(doc) = docstring(&d.body) {
            f.load_str(r, doc)?;
            f.store_name("__doc__", r)?;
        }
        if d.type_params.is_some() {
            f.load_const(r, TRUE)?;
            f.store_name("__type_params__", r)?;
        }
        f.body(&d.body)?;
        f.class_annotations(d)?;
        f.op3(Op::ClassEnd, 0, cell, 0);
        let self_attrs = info.self_attrs.len() as u32;
        let code = f.finish(params, closure, true, NONE, line, self_attrs)?;
        let base = self.temps(3)?;
        self.make_function(code, scope, None, base)?;
        match &d.arguments {
            Some(a) => {
                self.display(&a.args, base + 1, Op::BuildTuple)?;
                self.keywords(&a.keywords, base + 2)?;
            }
            None => {
                self.op3(Op::BuildTuple, base + 1, base + 1, 0);
                self.load_const(base + 2, NONE)?;
            }
        }
        let r = self.temp()?;
        let name = self.str_value(d.name.as_str());
        let k = self.constant(name)?;
        self.emit(Op::BuildClass, 0, r, base, 3, 0, k as u32);
        self.apply_decorators(calls, r);
        self.store_name(d.name.as_str(), r)
    }

    /// Annotations are evaluated when asked for: `__annotate__` makes their dictionary.
    fn class_annotations(&mut self, d: &'a ast::StmtClassDef) -> C {
        let annotations = std::mem::take(&mut self.annotations);
        let Some(scope) = self.c.table.annotations_of(d).filter(|_| !annotations.is_empty()) else { return Ok(()) };
        let r = self.temp()?;
        self.annotate_function(scope, &annotations, r)?;
        self.store_name("__annotate__", r)
    }

    /// A function that evaluates annotations to a dictionary.
    pub(super) fn annotate_function(&mut self, scope: usize, annotations: &[(String, &'a Expr)], dst: Reg) -> C {
        let (span, class_name) = (self.span, self.class_name.clone());
        let (qualname, line) = (self.child_qualname("__annotate__"), self.c.source.line(span.start));
        let mut f = self.c.function(scope, "__annotate__", qualname, class_name);
        f.span = span;
        let params = Params { names: vec![names::DOT_ZERO], posonly: 1, positional: 1, ..Params::default() };
        let closure = f.prologue(&params, &[".0".to_string()], false)?;
        let out = f.temp()?;
        f.op3(Op::BuildDict, out, out, 0);
        for (name, e) in annotations {
            let (k, top) = (f.temp()?, f.next);
            f.load_str(k, name)?;
            let v = f.expr(e)?;
            f.op3(Op::DictAdd, out, k, v);
            f.next = top;
        }
        f.op3(Op::Return, out, 0, 0);
        let code = f.finish(params, closure, false, NONE, line, 0)?;
        self.make_function(code, scope, None, dst)
    }

    /// Binds type parameters.
    pub(super) fn type_params(&mut self, params: &'a Option<Box<ast::TypeParams>>) -> C {
        for p in params.iter().flat_map(|p| p.iter()) {
            let kind = match p {
                ast::TypeParam::TypeVar(_) => "TypeVar",
                ast::TypeParam::TypeVarTuple(_) => "TypeVarTuple",
                ast::TypeParam::ParamSpec(_) => "ParamSpec",
            };
            let (top, base) = (self.next, self.temps(3)?);
            self.typing(kind, base)?;
            self.load_str(base + 2, p.name().as_str())?;
            self.op3(Op::Call, base, base, 1);
            self.store_name(p.name().as_str(), base)?;
            self.next = top;
        }
        Ok(())
    }

    /// Loads a name of module `typing`.
    fn typing(&mut self, name: &str, dst: Reg) -> C {
        let (module, n) = (intern(self.c.vm, "typing"), intern(self.c.vm, name));
        self.emit(Op::Import, 0, dst, 0, 0, module.0, 0);
        self.emit(Op::ImportFrom, 0, dst, dst, 0, n.0, 0);
        Ok(())
    }

    /// `type X = …`: the value is computed when asked for.
    pub(super) fn type_alias(&mut self, t: &'a ast::StmtTypeAlias) -> C {
        let scope = self.c.table.scope_of(t);
        let Expr::Name(name) = &*t.name else { return self.fail("invalid syntax") };
        let base = self.temps(4)?;
        self.typing("TypeAliasType", base)?;
        self.load_str(base + 2, name.id.as_str())?;
        let (span, class_name) = (self.span, self.class_name.clone());
        let (qualname, line) = (self.child_qualname(name.id.as_str()), self.c.source.line(span.start));
        let mut f = self.c.function(scope, name.id.as_str(), qualname, class_name);
        f.span = span;
        let closure = f.prologue(&Params::default(), &[], false)?;
        f.type_params(&t.type_params)?;
        let r = f.expr(&t.value)?;
        f.op3(Op::Return, r, 0, 0);
        let code = f.finish(Params::default(), closure, false, NONE, line, 0)?;
        self.make_function(code, scope, None, base + 3)?;
        self.op3(Op::Call, base, base, 2);
        self.store_name(name.id.as_str(), base)
    }
}
