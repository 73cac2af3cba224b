//! f-strings.

use super::*;
use ruff_python_ast as ast;

impl<'c, 'a> Function<'c, 'a> {
    pub(super) fn fstring(&mut self, parts: Vec<FPart<'a>>, dst: Reg) -> C {
        let n = parts.len();
        if n > 200 {
            return self.fail("f-string has too many parts");
        }
        let base = self.temps(n as u16)?;
        for (i, p) in parts.into_iter().enumerate() {
            let r = base + i as u16;
            let e = match p {
                FPart::Text(t) => {
                    self.load_str(r, t)?;
                    continue;
                }
                FPart::Element(ast::InterpolatedStringElement::Literal(l)) => {
                    self.load_str(r, &l.value)?;
                    continue;
                }
                FPart::Element(ast::InterpolatedStringElement::Interpolation(e)) => e,
            };
            let top = self.next;
            let v = self.expr(&e.expression)?;
            let mut conversion = match e.conversion {
                ast::ConversionFlag::None => 0,
                ast::ConversionFlag::Str => 1,
                ast::ConversionFlag::Repr => 2,
                ast::ConversionFlag::Ascii => 3,
            };
            let mut spec = None;
            if let Some(s) = &e.format_spec {
                let t = self.temp()?;
                self.fstring(s.elements.iter().map(FPart::Element).collect(), t)?;
                spec = Some(t);
            }
            if e.debug_text.is_some() && conversion == 0 && spec.is_none() {
                conversion = 2;
            }
            self.emit(Op::Format, conversion, r, v, spec.unwrap_or(v), 0, spec.is_none() as u32);
            if let Some(d) = &e.debug_text {
                let src = self.c.source.get();
                let range = e.expression.range();
                let text = format!("{}{}{}", d.leading(), &src.text[range.start().to_usize()..range.end().to_usize()], d.trailing());
                let pair = self.temps(2)?;
                self.load_str(pair, &text)?;
                self.op3(Op::Move, pair + 1, r, 0);
                self.op3(Op::BuildString, r, pair, 2);
            }
            self.next = top;
        }
        self.op3(Op::BuildString, dst, base, n as u16);
        Ok(())
    }
}

/// A part of an f-string.
pub(super) enum FPart<'a> {
    Text(&'a str),
    Element(&'a ast::InterpolatedStringElement),
}
