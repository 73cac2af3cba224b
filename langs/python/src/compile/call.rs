//! Calls.

use super::*;
use ruff_python_ast::{self as ast, Expr};

impl<'c, 'a> Function<'c, 'a> {
    pub(super) fn call(&mut self, c: &'a ast::ExprCall, dst: Reg) -> C {
        let args = &c.arguments;
        let starred = args.args.iter().any(|a| matches!(a, Expr::Starred(_))) || args.keywords.iter().any(|k| k.arg.is_none());
        if starred || args.args.len() + args.keywords.len() > 200 {
            return self.call_ex(c, dst);
        }
        let n = (args.args.len() + args.keywords.len()) as u16;
        // `super()` gets what it needs from the function around it.
        if let Expr::Name(f) = &*c.func
            && f.id.as_str() == "super"
            && n == 0
            && self.lookup("__class__").0 != Place::Outer
            && !self.c.table.scopes[self.scopes[0].0].uses.is_empty()
        {
            let base = self.temps(4)?;
            self.load_name("super", Some(base))?;
            self.load_name("__class__", Some(base + 2))?;
            match self.first_param() {
                Some(p) => {
                    self.load_name(&p, Some(base + 3))?;
                    self.op3(Op::Call, dst, base, 2);
                }
                None => self.op3(Op::Call, dst, base, 0),
            }
            return Ok(());
        }
        if let Expr::Name(f) = &*c.func
            && args.keywords.is_empty()
            && self.lookup(f.id.as_str()).0 == Place::Outer
            && self.c.table.is_builtin(f.id.as_str())
            && self.namespace_call(f.id.as_str(), args, dst)?
        {
            return Ok(());
        }
        let base = self.temps(2 + n)?;
        let method = match &*c.func {
            Expr::Attribute(a) if args.keywords.is_empty() => Some(a),
            _ => None,
        };
        let mut global = None;
        match (&*c.func, method) {
            (_, Some(a)) => self.expr_to(&a.value, base + 1)?,
            (Expr::Name(f), _) if args.keywords.is_empty() && self.lookup(f.id.as_str()).0 == Place::Outer && !self.class_local(f.id.as_str()) => {
                global = Some(self.global(f.id.as_str()));
            }
            (f, _) => self.expr_to(f, base)?,
        }
        for (i, a) in args.args.iter().enumerate() {
            self.expr_to(a, base + 2 + i as u16)?;
        }
        let npos = args.args.len() as u16;
        let mut kwnames = vec![];
        for (i, k) in args.keywords.iter().enumerate() {
            self.expr_to(&k.value, base + 2 + npos + i as u16)?;
            let name = k.arg.as_ref().map_or("", |a| a.as_str());
            if kwnames.contains(&name) {
                return Err(SyntaxError::new(
                    format!("keyword argument repeated: {name}"),
                    Span { start: k.range().start().into(), end: k.range().end().into() },
                ));
            }
            kwnames.push(name);
        }
        if let Some(a) = method {
            let name = self.name(a.attr.as_str());
            self.caches += 1;
            self.emit(Op::CallMethod, 0, dst, base, n, name.0, self.caches - 1);
        } else if let Some(g) = global {
            self.emit(Op::CallGlobal, 0, dst, base, n, g, 0);
        } else if kwnames.is_empty() {
            self.op3(Op::Call, dst, base, n);
        } else {
            let t = self.c.vm.core.heap.alloc_array(Tuple::TYPE, kwnames.len());
            for (i, k) in kwnames.iter().enumerate() {
                let k = self.mangle(k);
                let v = self.name_value(&k);
                t.init_elem(Tuple::items, i, v);
            }
            let k = self.constant(t.into())?;
            self.emit(Op::CallKw, 0, dst, base, n, 0, k as u32);
        }
        Ok(())
    }

    pub(super) fn name_value(&mut self, s: &str) -> Value {
        let n = intern(self.c.vm, s);
        crate::runtime::name_str(self.c.vm, n)
    }

    pub(super) fn first_param(&self) -> Option<String> {
        let regs = &self.scopes[0].1;
        regs.iter().find(|(_, r)| **r == 0).map(|(n, _)| n.clone())
    }

    pub(super) fn call_ex(&mut self, c: &'a ast::ExprCall, dst: Reg) -> C {
        let base = self.temps(3)?;
        self.expr_to(&c.func, base)?;
        let (args, kws) = (&c.arguments.args, &c.arguments.keywords);
        self.display(args, base + 1, Op::BuildTuple)?;
        self.keywords(kws, base + 2)?;
        self.op3(Op::CallEx, dst, base, 3);
        Ok(())
    }

    /// A dictionary of keyword arguments, or `None` if there are none.
    pub(super) fn keywords(&mut self, kws: &'a [ast::Keyword], dst: Reg) -> C {
        if kws.is_empty() {
            return self.load_const(dst, NONE);
        }
        self.op3(Op::BuildDict, dst, dst, 0);
        for k in kws {
            let top = self.next;
            let v = self.expr(&k.value)?;
            match &k.arg {
                Some(name) => {
                    let n = self.temp()?;
                    let name = self.mangle(name.as_str());
                    let s = self.name_value(&name);
                    self.load_const(n, s)?;
                    self.op3(Op::DictAdd, dst, n, v);
                }
                None => self.emit(Op::DictUpdate, 1, dst, v, 0, 0, 0),
            }
            self.next = top;
        }
        Ok(())
    }

    /// Builtins that look at the variables around their call get them as arguments: compiled code has no frames to look into.
    fn namespace_call(&mut self, name: &str, args: &'a ast::Arguments, dst: Reg) -> C<bool> {
        let n = args.args.len() as u16;
        let wanted = match name {
            "globals" => n == 0,
            "locals" | "dir" | "vars" => n == 0,
            "eval" | "exec" => n == 1 || n == 2,
            _ => false,
        };
        if !wanted {
            return Ok(false);
        }
        if name == "globals" {
            self.module_namespace(dst)?;
            return Ok(true);
        }
        if matches!(name, "locals" | "vars") {
            self.local_namespace(dst)?;
            return Ok(true);
        }
        // eval(code, module or globals, locals): the module stands for its own variables.
        let base = self.temps(2 + 3)?;
        self.load_name(name, Some(base))?;
        for (i, a) in args.args.iter().enumerate() {
            self.expr_to(a, base + 2 + i as u16)?;
        }
        if n < 2 {
            let m = self.c.module.object.get();
            self.load_const(base + 3, m)?;
        }
        if name == "dir" {
            self.local_namespace(base + 2)?;
            let keys = self.name("sorted");
            let _ = keys;
            self.load_name("sorted", Some(base))?;
            self.op3(Op::Call, dst, base, 1);
            return Ok(true);
        }
        if n < 2 && self.scope_kind() != ScopeKind::Module {
            self.local_namespace(base + 4)?;
            self.op3(Op::Call, dst, base, 3);
        } else {
            self.op3(Op::Call, dst, base, 2);
        }
        Ok(true)
    }

    fn module_namespace(&mut self, dst: Reg) -> C {
        let m = self.c.module.object.get();
        let r = self.temp()?;
        self.load_const(r, m)?;
        let n = self.name("__dict__");
        self.caches += 1;
        self.emit(Op::LoadAttr, 0, dst, r, 0, n.0, self.caches - 1);
        Ok(())
    }

    /// A dictionary of the variables that are bound here; in a class body its namespace, in a module the module's.
    fn local_namespace(&mut self, dst: Reg) -> C {
        match self.scope_kind() {
            ScopeKind::Module => return self.module_namespace(dst),
            ScopeKind::Class => {
                self.op3(Op::Move, dst, 0, 0);
                return Ok(());
            }
            _ => {}
        }
        let out = self.temp()?;
        self.op3(Op::BuildDict, out, out, 0);
        for (scope, regs) in self.scopes.clone() {
            let mut names: Vec<(String, Reg)> = regs.into_iter().collect();
            names.sort_by_key(|(_, r)| *r);
            for (n, r) in names {
                let cell = self.c.table.place(scope, &n) != Place::Local;
                let v = self.str_value(&n);
                let k = self.constant(v)?;
                self.emit(Op::DictAddBound, cell as u8, r, k, out, 0, 0);
            }
        }
        self.op3(Op::Move, dst, out, 0);
        Ok(())
    }
}
