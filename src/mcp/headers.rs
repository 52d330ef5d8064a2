//! The headers that mirror a modern request, and their comparison with its body (SEP-2243).

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::fault::Fault;

/// One header of a request: there, not there, or there more than once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Field<'a> {
    /// Not sent.
    #[default]
    Absent,
    /// Sent once; the raw value.
    One(&'a [u8]),
    /// Sent more than once.
    Many,
}

/// The three routing headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RoutingHeaders<'a> {
    /// `MCP-Protocol-Version`.
    pub version: Field<'a>,
    /// `Mcp-Method`.
    pub method: Field<'a>,
    /// `Mcp-Name`.
    pub name: Field<'a>,
}

pub(super) const VERSION: &str = "MCP-Protocol-Version";
const METHOD: &str = "Mcp-Method";
const NAME: &str = "Mcp-Name";

impl<'a> RoutingHeaders<'a> {
    /// The version header's text, if it was sent once and is text.
    pub(super) fn version_text(&self) -> Option<&'a str> {
        match self.version {
            Field::One(value) => std::str::from_utf8(value.trim_ascii()).ok(),
            Field::Absent | Field::Many => None,
        }
    }

    /// Refuses a routing header that was sent twice: an intermediary may have read the other one.
    pub(super) fn refuse_doubles(&self) -> Result<(), Fault> {
        for (name, field) in [(VERSION, self.version), (METHOD, self.method), (NAME, self.name)] {
            if field == Field::Many {
                return Err(Fault::HeaderMismatch(format!("header `{name}` was sent twice")));
            }
        }
        Ok(())
    }

    /// Compares the version header with the body's version.
    pub(super) fn compare_version(&self, body: &str) -> Result<(), Fault> {
        compare(VERSION, self.version, body, "_meta's protocolVersion")
    }

    /// Compares `Mcp-Method` with the body's method.
    pub(super) fn compare_method(&self, body: &str) -> Result<(), Fault> {
        compare(METHOD, self.method, body, "the body's method")
    }

    /// Compares `Mcp-Name` with the name or URI in the body.
    pub(super) fn compare_name(&self, body: &str) -> Result<(), Fault> {
        compare(NAME, self.name, body, "the name in the body's params")
    }
}

fn compare(header: &str, field: Field<'_>, body: &str, what: &str) -> Result<(), Fault> {
    let value = match field {
        Field::One(value) => value,
        Field::Absent => {
            return Err(Fault::HeaderMismatch(format!(
                "header `{header}` is missing: send {what} in it"
            )));
        }
        Field::Many => {
            return Err(Fault::HeaderMismatch(format!("header `{header}` was sent twice")));
        }
    };
    let decoded = decode(value).ok_or_else(|| {
        Fault::HeaderMismatch(format!("header `{header}` is neither plain text nor base64"))
    })?;
    if *decoded == *body.as_bytes() {
        Ok(())
    } else {
        Err(Fault::HeaderMismatch(format!("header `{header}` differs from {what}")))
    }
}

/// A header's value without outer blanks, with `=?base64?…?=` decoded.
fn decode(value: &[u8]) -> Option<Cow<'_, [u8]>> {
    let value = value.trim_ascii();
    let Some(rest) = value.strip_prefix(b"=?base64?") else {
        return Some(Cow::Borrowed(value));
    };
    let encoded = rest.strip_suffix(b"?=")?;
    let decoded = STANDARD.decode(encoded).ok()?;
    std::str::from_utf8(&decoded).ok()?;
    Some(Cow::Owned(decoded))
}
