//! The footprint of this kind of operation.

use super::Walked;
use super::error::FootprintError;
use super::path::Walk;
use crate::salesforce::report::ReportOperation;

impl Walk<'_> {
    pub(super) fn report(&mut self, operation: ReportOperation) -> Result<Walked, FootprintError> {
        match operation {}
    }
}
