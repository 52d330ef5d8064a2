//! Answers to this kind of operation.

use super::{Pruned, RedactError, Visible};
use crate::footprint::Footprint;
use crate::salesforce::report::ReportOperation;

pub(super) fn prune(
    operation: &ReportOperation,
    _footprint: &Footprint,
    _visible: Visible<'_>,
    _body: &[u8],
) -> Result<Pruned, RedactError> {
    match *operation {}
}
