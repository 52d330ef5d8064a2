//! `Operation` × org schema → `Footprint`: every object and field that an operation touches.
//!
//! There is one function for this, [`resolve`], so there is one place to be sound in. It brings all
//! names to describe's spelling on the way, so that what is printed and sent is what was judged.
//! Whether it is permitted is left to `policy`.

mod access;

pub use access::{Access, Action, Footprint, Target};

use crate::salesforce::Operation;

/// An operation whose names are all known to the org schema, with what it touches.
#[derive(Debug)]
pub struct Resolved {
    operation: Operation,
    footprint: Footprint,
}

impl Resolved {
    /// The operation, its names in describe's spelling.
    pub fn operation(&self) -> &Operation {
        &self.operation
    }

    /// What it touches.
    pub fn footprint(&self) -> &Footprint {
        &self.footprint
    }
}
