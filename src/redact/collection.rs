//! Answers to this kind of operation.

use super::{Pruned, RedactError};
use crate::footprint::Footprint;
use crate::salesforce::collection::CollectionOperation;

pub(super) fn prune(
    operation: &CollectionOperation,
    _footprint: &Footprint,
    _body: &[u8],
) -> Result<Pruned, RedactError> {
    match *operation {}
}
