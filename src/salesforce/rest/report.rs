//! Requests of this kind of operation.

use super::Request;
use crate::salesforce::report::ReportOperation;

pub(super) fn request(operation: &ReportOperation, _base: &str) -> Request {
    match *operation {}
}
