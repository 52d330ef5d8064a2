//! What would be sent for a permitted operation, printed before the call is charged so that it can
//! be measured.

use crate::policy::Permitted;
use crate::salesforce::rest::{self, ApiVersion, Request};

/// A permitted operation and its request: what is measured, charged for and sent is one text,
/// printed once.
///
/// Only [`Printed::of`] makes one, so that no other request stands beside the permission,
///
/// ```compile_fail,E0451
/// use fieldgate::{limits::Printed, policy::Permitted, salesforce::rest::Request};
/// fn forge(permitted: Permitted, request: Request) -> Printed {
///     Printed { permitted, request }
/// }
/// ```
///
/// and what was printed stays as it is:
///
/// ```compile_fail,E0596
/// fn altered(mut printed: fieldgate::limits::Printed) {
///     printed.request().path.push_str("/other");
/// }
/// ```
#[derive(Debug)]
#[must_use = "a printed request is still to be admitted and sent"]
pub struct Printed {
    permitted: Permitted,
    request: Request,
}

impl Printed {
    /// Prints the request of the operation that is permitted.
    pub fn of(permitted: Permitted, version: &ApiVersion) -> Self {
        let request = rest::request(permitted.resolved().operation(), version);
        Self { permitted, request }
    }

    /// What the policy set permitted.
    pub fn permitted(&self) -> &Permitted {
        &self.permitted
    }

    /// What is sent for it.
    pub fn request(&self) -> &Request {
        &self.request
    }
}
