//! The `Sforce-Limit-Info` header: how much of the org's daily quota is used up.
//!
//! Form: a `;`-list of `key=used/limit` (REST API Developer Guide, "Limit Info Header"). Unknown
//! keys and members that can't be read are ignored.

/// The org's daily API calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Calls in the last 24 hours, by all that use the org.
    pub used: u64,
    /// The most calls in 24 hours.
    pub limit: u64,
}

impl Usage {
    /// Reads the `api-usage` member.
    pub fn parse(header: &str) -> Option<Self> {
        header.split(';').find_map(|member| {
            let (key, value) = member.split_once('=')?;
            let (used, limit) = value.trim().split_once('/')?;
            let usage = Self { used: used.parse().ok()?, limit: limit.parse().ok()? };
            key.trim().eq_ignore_ascii_case("api-usage").then_some(usage)
        })
    }
}
