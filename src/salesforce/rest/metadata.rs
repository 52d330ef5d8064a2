//! Requests of this kind of operation.

use super::Request;
use crate::salesforce::metadata::MetadataOperation;

pub(super) fn request(operation: &MetadataOperation, _base: &str) -> Request {
    match *operation {}
}

pub(super) fn succeeded(operation: &MetadataOperation, _status: u16) -> bool {
    match *operation {}
}
