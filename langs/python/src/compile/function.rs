//! Functions: `def`, `lambda`, decorators.

use super::stmt::docstring;
use super::*;
use ruff_python_ast::{self as ast, Expr};

impl<'c, 'a> Function<'c, 'a> {
    pub(super) fn lambda(&mut self, l: &'a ast::ExprLambda, dst: Reg) -> C {
        let scope = self.c.table.scope_of(l);
        let (span, class_name) = (self.span, self.class_name.clone());
        let qualname = self.child_qualname("<lambda>");
        let line = self.c.source.line(span.start);
        let mut f = self.c.function(scope, "<lambda>", qualname, class_name);
        f.span = span;
        let (params, texts) = f.params(l.parameters.as_deref());
        let generator = f.c.table.scopes[scope].generator;
        let closure = f.prologue(&params, &texts, generator)?;
        let r = f.expr(&l.body)?;
        f.op3(if generator { Op::GeneratorReturn } else { Op::Return }, r, 0, 0);
        let code = f.finish(params, closure, false, NONE, line, 0)?;
        self.make_function(code, scope, l.parameters.as_deref(), dst)
    }

    pub(super) fn child_qualname(&self, name: &str) -> String {
        match self.scope_kind() {
            ScopeKind::Module => name.to_string(),
            ScopeKind::Class => format!("{}.{name}", self.qualname),
            _ => format!("{}.<locals>.{name}", self.qualname),
        }
    }

    /// A function object: defaults are evaluated here, cells taken from the scopes here.
    pub(super) fn make_function(&mut self, code: P<Code>, scope: usize, params: Option<&'a Parameters>, dst: Reg) -> C {
        let top = self.next;
        let table = self.c.table;
        let free = &table.scopes[scope].free;
        let base = self.temps(2 + free.len() as u16)?;
        let mut defaults: Vec<&'a Expr> = vec![];
        let mut keyword: Vec<(&'a str, &'a Expr)> = vec![];
        if let Some(p) = params {
            defaults = p.posonlyargs.iter().chain(&p.args).filter_map(|q| q.default.as_deref()).collect();
            keyword = p.kwonlyargs.iter().filter_map(|q| q.default.as_deref().map(|d| (q.parameter.name.as_str(), d))).collect();
        }
        if defaults.is_empty() {
            self.load_const(base, NONE)?;
        } else {
            let first = self.temps(defaults.len() as u16)?;
            for (i, d) in defaults.iter().enumerate() {
                self.expr_to(d, first + i as u16)?;
            }
            self.op3(Op::BuildTuple, base, first, defaults.len() as u16);
        }
        if keyword.is_empty() {
            self.load_const(base + 1, NONE)?;
        } else {
            self.op3(Op::BuildDict, base + 1, base + 1, 0);
            for (n, d) in keyword {
                let k = self.temp()?;
                let n = self.mangle(n);
                let s = self.name_value(&n);
                self.load_const(k, s)?;
                let v = self.expr(d)?;
                self.op3(Op::DictAdd, base + 1, k, v);
            }
        }
        for (i, n) in free.iter().enumerate() {
            let (_, r, _) = self.lookup(n);
            self.op3(Op::Move, base + 2 + i as u16, r, 0);
        }
        self.children.push(code);
        let index = self.children.len() as u32 - 1;
        self.emit(Op::MakeFunction, 0, dst, base, 2 + free.len() as u16, index, 0);
        self.next = top;
        Ok(())
    }

    pub(super) fn decorators(&mut self, list: &'a [ast::Decorator]) -> C<Vec<Reg>> {
        let mut calls = vec![];
        for d in list {
            let base = self.temps(3)?;
            self.expr_to(&d.expression, base)?;
            calls.push(base);
        }
        Ok(calls)
    }

    pub(super) fn apply_decorators(&mut self, calls: Vec<Reg>, value: Reg) {
        for base in calls.into_iter().rev() {
            self.op3(Op::Move, base + 2, value, 0);
            self.op3(Op::Call, value, base, 1);
        }
    }

    pub(super) fn function_def(&mut self, d: &'a ast::StmtFunctionDef) -> C {
        let calls = self.decorators(&d.decorator_list)?;
        let scope = self.c.table.scope_of(d);
        let (span, class_name) = (self.span, self.class_name.clone());
        let qualname = self.child_qualname(d.name.as_str());
        let line = self.c.source.line(span.start);
        let mut f = self.c.function(scope, d.name.as_str(), qualname, class_name);
        f.span = span;
        let doc = match docstring(&d.body) {
            Some(s) => {
                let v = f.str_value(s);
                f.constant(v)?;
                v
            }
            None => NONE,
        };
        let (params, texts) = f.params(Some(&d.parameters));
        let generator = f.c.table.scopes[scope].generator;
        let closure = f.prologue(&params, &texts, generator)?;
        f.type_params(&d.type_params)?;
        f.body(&d.body)?;
        f.return_none()?;
        let code = f.finish(params, closure, false, doc, line, 0)?;
        let r = self.temp()?;
        self.make_function(code, scope, Some(&d.parameters), r)?;
        self.apply_decorators(calls, r);
        self.store_name(d.name.as_str(), r)
    }
}
