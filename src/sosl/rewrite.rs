//! Rewrites of a search as operations on its tree.

use super::ast::{Operand, Piece, Search, Term, WithKind, Word};
use super::limits;
use crate::soql::ast::StringLiteral;

impl Search {
    /// How many rows it answers with at the most: Salesforce's own bound, or less where `LIMIT`
    /// or the limits of all its objects together say so.
    pub fn most_rows(&self) -> u32 {
        let of_objects = self
            .returning
            .iter()
            .map(|object| object.limit.unwrap_or(limits::ROWS).min(limits::ROWS))
            .fold(0_u32, u32::saturating_add);
        let of_objects = if self.returning.is_empty() { limits::ROWS } else { of_objects };
        self.limit.unwrap_or(limits::ROWS).min(of_objects).min(limits::ROWS)
    }

    /// Adds a `LIMIT` of `most` rows or lowers a higher one; true where it did.
    pub fn bound_rows(&mut self, most: u32) -> bool {
        let bounded = self.most_rows() > most;
        if bounded {
            self.limit = Some(most);
        }
        bounded
    }

    /// The search with its term and every literal replaced by the same ones, so that what is left
    /// are names and structure: two searches of one shape differ only in values.
    pub fn shape(&self) -> Self {
        let mut shape = self.clone();
        let text = Piece::Text("term".into());
        shape.term = Term { first: Operand::Word(Word { pieces: vec![text] }), rest: Vec::new() };
        for object in &mut shape.returning {
            object.filter = object.query().shape().filter;
        }
        for with in &mut shape.with {
            match &mut with.kind {
                WithKind::Division(value) | WithKind::PricebookId(value) => {
                    *value = StringLiteral::default();
                }
                WithKind::Network(ids) => *ids = vec![StringLiteral::default()],
                WithKind::DataCategory(_)
                | WithKind::Snippet(_)
                | WithKind::Highlight
                | WithKind::Metadata
                | WithKind::SpellCorrection(_)
                | WithKind::UserMode
                | WithKind::SystemMode => {}
            }
        }
        shape
    }
}
