//! Comprehensions, generator expressions, and the loop they share with `for`.

use super::*;
use ruff_python_ast::{self as ast, Expr};

impl<'c, 'a> Function<'c, 'a> {
    /// Runs a comprehension's loops in the function's own activation.
    pub(super) fn comprehension<T>(
        &mut self,
        node: &'a T,
        gens: &'a [ast::Comprehension],
        op: Op,
        elt: &'a Expr,
        key: Option<&'a Expr>,
        dst: Reg,
    ) -> C {
        let out = self.temp()?;
        let it = self.temp()?;
        self.comprehension_iterator(&gens[0], it)?;
        self.op3(op, out, out, 0);
        let scope = self.c.table.scope_of(node);
        let mut regs = HashMap::new();
        let table = self.c.table;
        for n in &table.scopes[scope].bound {
            match table.place(scope, n) {
                Place::Local => {
                    let r = self.temp()?;
                    self.op3(Op::Clear, r, 0, 1);
                    // The loops bind their targets before anything reads them, but for code as odd as it is rare.
                    self.unsure.retain(|u| *u != r);
                    self.bound.retain(|u| *u != r);
                    regs.insert(n.clone(), r);
                }
                Place::Cell => {
                    let r = self.temp()?;
                    self.op3(Op::NewCell, r, 0, 0);
                    regs.insert(n.clone(), r);
                }
                _ => {}
            }
        }
        self.scopes.push((scope, regs));
        self.comprehension_loops(gens, Some(it), &mut |f| {
            let top = f.next;
            match (op, key) {
                (Op::BuildDict, Some(k)) => {
                    let k = f.expr(k)?;
                    let v = f.expr(elt)?;
                    f.op3(Op::DictAdd, out, k, v);
                }
                _ => {
                    let v = f.expr(elt)?;
                    f.op3(if op == Op::BuildSet { Op::SetAdd } else { Op::ListAppend }, out, v, 0);
                }
            }
            f.next = top;
            Ok(())
        })?;
        let (_, regs) = self.scopes.pop().unwrap_or_default();
        self.bound.retain(|r| !regs.values().any(|x| x == r));
        self.op3(Op::Move, dst, out, 0);
        Ok(())
    }

    fn comprehension_iterator(&mut self, g: &'a ast::Comprehension, it: Reg) -> C {
        if g.is_async {
            return self.async_iterator(&g.iter, it);
        }
        self.expr_to(&g.iter, it)?;
        let old = self.at(&g.iter);
        self.op3(Op::GetIter, it, it, 0);
        self.span = old;
        Ok(())
    }

    pub(super) fn comprehension_loops(&mut self, gens: &'a [ast::Comprehension], first: Option<Reg>, inner: &mut dyn FnMut(&mut Self) -> C) -> C {
        let Some((g, rest)) = gens.split_first() else { return inner(self) };
        let it = match first {
            Some(r) => r,
            None => {
                let r = self.temp()?;
                self.comprehension_iterator(g, r)?;
                r
            }
        };
        let (body, next) = (self.label(), self.label());
        let hot = self.hot();
        let state = self.bound.clone();
        if g.is_async {
            let (done, v) = (self.label(), self.temp()?);
            self.place(next);
            self.async_next(it, v, done)?;
            self.assign(&g.target, v)?;
            g.ifs.iter().try_for_each(|e| self.jump_if(e, false, next, 0))?;
            self.comprehension_loops(rest, None, inner)?;
            self.emit(Op::Loop, 0, 0, 0, 0, next.0, hot);
            self.place(done);
            self.bound = state;
            return Ok(());
        }
        self.jump(next);
        self.place(body);
        let v = self.temp()?;
        self.for_target(&g.target, v)?;
        for e in &g.ifs {
            self.jump_if(e, false, next, 0)?;
        }
        self.comprehension_loops(rest, None, inner)?;
        self.place(next);
        self.bound = state;
        let old = self.at(&g.iter);
        let target = self.loop_register(&g.target, v);
        self.emit(Op::ForIter, 0, it, target, 0, body.0, hot + 1);
        self.span = old;
        Ok(())
    }

    /// The register `ForIter` fills: a plain local target's own, else the temporary.
    pub(super) fn loop_register(&self, target: &Expr, temp: Reg) -> Reg {
        match target {
            Expr::Name(n) => match self.lookup(n.id.as_str()) {
                (Place::Local, r, _) => r,
                _ => temp,
            },
            _ => temp,
        }
    }

    /// Binds a loop's target from what `ForIter` left.
    pub(super) fn for_target(&mut self, target: &'a Expr, temp: Reg) -> C {
        let r = self.loop_register(target, temp);
        if r == temp {
            self.assign(target, temp)
        } else {
            self.set_bound(r);
            Ok(())
        }
    }

    pub(super) fn generator_expression(&mut self, g: &'a ast::ExprGenerator, dst: Reg) -> C {
        let scope = self.c.table.scope_of(g);
        let base = self.temps(3)?;
        self.comprehension_iterator(&g.generators[0], base + 2)?;
        let (span, class_name) = (self.span, self.class_name.clone());
        let qualname = self.child_qualname("<genexpr>");
        let line = self.c.source.line(span.start);
        let mut f = self.c.function(scope, "<genexpr>", qualname, class_name);
        f.span = span;
        let params = Params { names: vec![names::DOT_ZERO], posonly: 1, positional: 1, ..Params::default() };
        let closure = f.prologue(&params, &[".0".to_string()], true)?;
        f.comprehension_loops(&g.generators, Some(0), &mut |f| {
            let top = f.next;
            let v = f.expr(&g.elt)?;
            let sent = f.temp()?;
            if f.c.table.scopes[scope].is_async {
                let t = f.temp()?;
                f.op3(Op::Move, t, v, 0);
                f.op3(Op::MakeCell, t, 0, 0);
                f.emit_yield(sent, t)?;
            } else {
                f.emit_yield(sent, v)?;
            }
            f.next = top;
            Ok(())
        })?;
        f.return_none()?;
        let code = f.finish(params, closure, false, NONE, line, 0)?;
        self.make_function(code, scope, None, base)?;
        self.op3(Op::Call, dst, base, 1);
        Ok(())
    }
}
