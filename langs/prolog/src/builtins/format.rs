//! `format/2`.

use super::{Answer, Builtin, text};
use crate::errors::Error;
use crate::evaluate::{Number, eval, number};
use crate::runtime::{Machine as Vm, Outcome, run_goal};
use crate::structural;
use crate::symbols::atoms;
use crate::terms::{View, big, new_string, view};
use crate::write::{Style, to_text};
use framework::Value;

pub const TABLE: &[Builtin] = &[
    ("format", 1, |vm, a| format(vm, a[0], atoms::NIL)),
    ("format", 2, |vm, a| format(vm, a[0], a[1])),
    ("$format_on", 3, |vm, a| super::io::on(vm, a[0], |vm| format(vm, a[1], a[2]))),
    ("sformat", 3, |vm, a| {
        vm.rt.out.captures.push(String::new());
        let r = format(vm, a[1], a[2]);
        let t = vm.rt.out.captures.pop().unwrap_or_default();
        r?;
        super::need_room(vm, t.len())?;
        let v = new_string(&mut vm.core.heap, &t);
        super::unify(vm, a[0], v)
    }),
];

/// A segment between column stops.
#[derive(Default)]
struct Line {
    done: String,
    /// Text since the last column stop, and the positions and characters of its fill points.
    segment: String,
    fills: Vec<(usize, char)>,
    /// Column at which the segment starts.
    start: usize,
}

impl Line {
    fn column(&self) -> usize {
        match self.segment.rfind('\n') {
            Some(i) => self.segment[i + 1..].chars().count(),
            None => self.start + self.segment.chars().count(),
        }
    }

    /// Adds text; copies are made of it all before it is where it goes.
    fn push(&mut self, vm: &mut Vm, text: &str) -> Result<(), Error> {
        super::need_room(vm, 3 * (self.done.len() + self.segment.len() + text.len()))?;
        self.segment.push_str(text);
        Ok(())
    }

    fn stop(&mut self, target: usize) {
        let now = self.column();
        if now < target {
            let pad = target - now;
            if self.fills.is_empty() {
                self.fills.push((self.segment.len(), ' '));
            }
            let n = self.fills.len();
            for (k, &(at, c)) in self.fills.iter().enumerate().rev() {
                // The last fill points get what does not divide evenly.
                let share = pad / n + usize::from(k >= n - pad % n);
                self.segment.insert_str(at, &c.to_string().repeat(share));
            }
        }
        self.start = self.column();
        self.done.push_str(&self.segment);
        self.segment.clear();
        self.fills.clear();
    }
}

fn complaint(vm: &mut Vm, message: &str) -> Error {
    let m = new_string(&mut vm.core.heap, message);
    let formal = crate::errors::compound(vm, "format", &[m]);
    let context = super::term::fresh(vm);
    Error::Ball(crate::errors::compound_of(vm, atoms::ERROR, &[formal, context]))
}

fn format(vm: &mut Vm, directive: Value, args: Value) -> Answer {
    let source = match view(directive) {
        View::Unbound(_) => return Err(Error::Instantiation),
        View::Atom(a) if a == atoms::NIL => String::new(),
        _ => text::text(vm, directive).ok_or(Error::Type("text", directive))?,
    };
    let args = match structural::list_items(vm, args) {
        Ok(items) => items,
        Err(_) => vec![args],
    };
    let mut args = args.into_iter();
    let mut line = Line { start: vm.rt.out.column(), ..Line::default() };
    let mut chars = source.chars().peekable();
    macro_rules! arg {
        () => {
            match args.next() {
                Some(a) => a,
                None => return Err(complaint(vm, "not enough arguments")),
            }
        };
    }
    while let Some(c) = chars.next() {
        if c != '~' {
            line.segment.push(c);
            continue;
        }
        let mut numeric: Option<usize> = None;
        let mut fill = None;
        match chars.peek() {
            Some('`') => {
                chars.next();
                fill = chars.next();
                numeric = fill.map(|c| c as usize);
            }
            Some('*') => {
                chars.next();
                let a = arg!();
                numeric = Some(super::integer(a)?.max(0) as usize);
            }
            _ => {
                while let Some(d) = chars.peek().and_then(|c| c.to_digit(10)) {
                    numeric = Some(numeric.unwrap_or(0).saturating_mul(10).saturating_add(d as usize));
                    chars.next();
                }
            }
        }
        let Some(d) = chars.next() else { return Err(complaint(vm, "truncated format specification")) };
        match d {
            'w' | 'p' | 'q' => {
                let a = arg!();
                let style = Style { quoted: d != 'w', number_vars: true, ..Style::default() };
                let t = to_text(vm, a, &style, 1200);
                line.push(vm, &t)?;
            }
            'k' => {
                let a = arg!();
                let t = crate::write::canonical(vm, a);
                line.push(vm, &t)?;
            }
            'a' => {
                let a = arg!();
                if let View::Unbound(_) = view(a) {
                    return Err(Error::Instantiation);
                }
                let t = text::text(vm, a).ok_or(Error::Type("atomic", a))?;
                line.push(vm, &t)?;
            }
            'd' | 'D' => {
                let a = arg!();
                let digits = match view(a) {
                    View::Int(i) => i.to_string(),
                    View::Big(o) => big(o).to_string(),
                    View::Unbound(_) => return Err(Error::Instantiation),
                    _ => match eval(vm, a) {
                        Ok(Number::Int(i)) if matches!(view(a), View::Struct(_)) => i.to_string(),
                        _ => return Err(Error::Type("integer", a)),
                    },
                };
                super::need_room(vm, numeric.unwrap_or(0).saturating_mul(4))?;
                line.push(vm, &grouped(&digits, numeric.unwrap_or(0), d == 'D'))?;
            }
            'f' | 'e' | 'g' => {
                let a = arg!();
                let n = eval(vm, a)?;
                let places = numeric.unwrap_or(6);
                super::need_room(vm, places.saturating_mul(4))?;
                let s = match (d, &n) {
                    ('f', Number::Int(i)) => fixed_integer(&i.to_string(), places),
                    ('f', Number::Big(i)) => fixed_integer(&i.to_string(), places),
                    // No float has more places than that.
                    ('f', _) => {
                        let shown = places.min(2000);
                        format!("{:.*}{}", shown, n.float()?, "0".repeat(places - shown))
                    }
                    ('e', _) => exponential(n.float()?, places),
                    _ => crate::write::float_text(n.float()?),
                };
                line.segment.push_str(&s);
            }
            'n' => {
                let n = numeric.unwrap_or(1);
                super::need_room(vm, n.saturating_mul(3))?;
                (0..n).for_each(|_| line.segment.push('\n'));
            }
            'c' => {
                let a = arg!();
                let code = super::integer(a)?;
                let c = u32::try_from(code).ok().and_then(char::from_u32).ok_or(Error::Representation("character_code"))?;
                let n = numeric.unwrap_or(1);
                super::need_room(vm, n.saturating_mul(12))?;
                (0..n).for_each(|_| line.segment.push(c));
            }
            'r' | 'R' => {
                let a = arg!();
                let radix = numeric.unwrap_or(8) as u32;
                if !(2..=36).contains(&radix) {
                    return Err(complaint(vm, "bad radix"));
                }
                let s = match number(a) {
                    Some(Number::Int(i)) => dashu_int::IBig::from(i).in_radix(radix as u8).to_string(),
                    Some(Number::Big(i)) => i.in_radix(radix as u8).to_string(),
                    _ => return Err(Error::Type("integer", a)),
                };
                line.segment.push_str(&if d == 'R' { s.to_uppercase() } else { s });
            }
            's' => {
                let a = arg!();
                let t = if view(a) == View::Atom(atoms::NIL) { Some(String::new()) } else { text::text(vm, a) };
                line.push(vm, &t.ok_or(Error::Type("text", a))?)?;
            }
            '~' => line.segment.push('~'),
            'i' => {
                arg!();
            }
            't' => line.fills.push((line.segment.len(), fill.unwrap_or(numeric.and_then(|n| char::from_u32(n as u32)).unwrap_or(' ')))),
            '|' | '+' => {
                let target = match d {
                    '+' => line.start + numeric.unwrap_or(8),
                    _ => numeric.unwrap_or(line.column()),
                };
                super::need_room(vm, target.saturating_mul(12))?;
                line.stop(target);
            }
            '@' => {
                let goal = arg!();
                vm.rt.out.captures.push(String::new());
                let r = run_goal(vm, goal);
                let t = vm.rt.out.captures.pop().unwrap_or_default();
                match r {
                    Outcome::Raised(b) => return Err(Error::Ball(b)),
                    _ => line.push(vm, &t)?,
                }
            }
            _ => return Err(complaint(vm, &format!("unknown directive: ~{d}"))),
        }
    }
    if args.next().is_some() {
        return Err(complaint(vm, "too many arguments"));
    }
    line.done.push_str(&line.segment);
    vm.rt.out.put(&line.done);
    Ok(true)
}

/// Digits with a point before the last `places`, and commas between groups of three.
fn grouped(digits: &str, places: usize, commas: bool) -> String {
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(d) => ("-", d),
        None => ("", digits),
    };
    let padded = if digits.len() <= places { format!("{}{digits}", "0".repeat(places + 1 - digits.len())) } else { digits.to_owned() };
    let (whole, fraction) = padded.split_at(padded.len() - places);
    let mut out = String::from(sign);
    for (i, c) in whole.chars().enumerate() {
        if commas && i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    if places > 0 {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

fn fixed_integer(digits: &str, places: usize) -> String {
    if places == 0 { digits.to_owned() } else { format!("{digits}.{}", "0".repeat(places)) }
}

fn exponential(f: f64, places: usize) -> String {
    // No float has more digits than that.
    let shown = places.min(2000);
    let s = format!("{f:.shown$e}");
    let (m, e) = s.split_once('e').unwrap_or((&s, "0"));
    let zeros = "0".repeat(places - shown);
    let e: i32 = e.parse().unwrap_or(0);
    format!("{m}{zeros}e{}{:02}", if e < 0 { '-' } else { '+' }, e.abs())
}
