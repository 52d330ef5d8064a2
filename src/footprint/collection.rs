//! The footprint of this kind of operation.

use super::Walked;
use super::error::FootprintError;
use super::path::Walk;
use crate::salesforce::collection::CollectionOperation;

impl Walk<'_> {
    pub(super) fn collection(
        &mut self,
        operation: CollectionOperation,
    ) -> Result<Walked, FootprintError> {
        match operation {}
    }
}
