//! Requests of this kind of operation.

use super::Request;
use crate::salesforce::bulk::BulkOperation;

pub(super) fn request(operation: &BulkOperation, _base: &str) -> Request {
    match *operation {}
}

pub(super) fn succeeded(operation: &BulkOperation, _status: u16) -> bool {
    match *operation {}
}
