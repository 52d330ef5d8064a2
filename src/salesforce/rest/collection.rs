//! Requests of this kind of operation.

use super::Request;
use crate::salesforce::collection::CollectionOperation;

pub(super) fn request(operation: &CollectionOperation, _base: &str) -> Request {
    match *operation {}
}

pub(super) fn succeeded(operation: &CollectionOperation, _status: u16) -> bool {
    match *operation {}
}
