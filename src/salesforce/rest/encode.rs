//! Percent-encoding, for text that stands in an address.

use std::fmt::Write as _;

use crate::salesforce::in_literals;

/// Encodes all but RFC 3986's unreserved characters.
pub(crate) fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len().saturating_mul(2));
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            let digits = [byte >> 4, byte & 0x0f].into_iter();
            let digits = digits.filter_map(|digit| char::from_digit(u32::from(digit), 16));
            encoded.extend(digits.map(|digit| digit.to_ascii_uppercase()));
        }
    }
    encoded
}

/// Encodes the text of a query all but the references in it: Salesforce looks for those in the
/// address as it is written.
pub(super) fn encode_but_references(query: &str) -> String {
    let mut encoded = String::with_capacity(query.len().saturating_mul(2));
    let mut left = 0;
    for (place, reference) in in_literals(query).unwrap_or_default() {
        encoded.push_str(&percent_encode(query.get(left..place.start).unwrap_or_default()));
        let _infallible = write!(encoded, "{reference}");
        left = place.end;
    }
    encoded.push_str(&percent_encode(query.get(left..).unwrap_or_default()));
    encoded
}
