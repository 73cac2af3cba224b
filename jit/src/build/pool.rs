//! Builders that are not in use.

use super::{Builder, Liveness};
use crate::roots::Roots;
use framework::Frame;
use std::cell::RefCell;
use std::rc::Rc;

/// More than so many at a time are hardly ever in use: a recording, its peeled loop, and the same of a nested run.
const MOST: usize = 4;

/// Keeps builders for the next recording: see [`Builder`].
#[derive(Default)]
pub struct Pool {
    spare: RefCell<Vec<Builder>>,
}

impl Pool {
    /// A builder as [`Builder::new`] makes it.
    pub fn take(&self, cur: Frame, liveness: Liveness, roots: &Rc<Roots>) -> Builder {
        match self.spare.borrow_mut().pop() {
            Some(mut b) => {
                b.reset(cur, liveness, roots.clone());
                b
            }
            None => Builder::new(cur, liveness, roots.clone()),
        }
    }

    /// A copy of a builder.
    pub fn copy(&self, b: &Builder) -> Builder {
        let mut copy = self.take(b.state.cur, b.liveness, &b.roots);
        copy.copy_from(b);
        copy
    }

    /// Takes back a builder that is not needed any more.
    pub fn give(&self, b: Builder) {
        let mut spare = self.spare.borrow_mut();
        if spare.len() < MOST {
            spare.push(b);
        }
    }
}
