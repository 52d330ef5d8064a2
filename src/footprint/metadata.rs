//! The footprint of this kind of operation.

use super::Walked;
use super::error::FootprintError;
use super::path::Walk;
use crate::salesforce::metadata::MetadataOperation;

impl Walk<'_> {
    pub(super) fn metadata(
        &mut self,
        operation: MetadataOperation,
    ) -> Result<Walked, FootprintError> {
        match operation {}
    }
}
