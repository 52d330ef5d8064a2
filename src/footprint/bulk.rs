//! The footprint of this kind of operation.

use super::Walked;
use super::error::FootprintError;
use super::path::Walk;
use crate::salesforce::bulk::BulkOperation;

impl Walk<'_> {
    pub(super) fn bulk(&mut self, operation: BulkOperation) -> Result<Walked, FootprintError> {
        match operation {}
    }
}
