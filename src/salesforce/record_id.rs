//! Record ids: 15 case-sensitive characters, or 18 with a suffix that carries their case.

use std::fmt;

/// A text that is not a record id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordIdError {
    /// Neither 15 nor 18 ASCII letters and digits.
    #[error("a record id has 15 or 18 letters and digits, for example `003000000000001AAA`")]
    Shape,
    /// The last three characters are not those that the first fifteen ask for.
    #[error("the suffix of this record id does not match its first 15 characters")]
    Suffix,
}

/// A record id, kept in its 18-character form.
///
/// The suffix holds, for each group of five characters, one bit a character that says whether it is
/// upper case, as an index into `A`–`Z`, `0`–`5`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordId(Box<str>);

impl RecordId {
    /// Reads 15 or 18 characters; of 18, the suffix is verified.
    pub fn parse(text: &str) -> Result<Self, RecordIdError> {
        if !text.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(RecordIdError::Shape);
        }
        let (body, suffix) = match text.len() {
            15 => (text, None),
            18 => {
                text.split_at_checked(15).map(|(b, s)| (b, Some(s))).ok_or(RecordIdError::Shape)?
            }
            _ => return Err(RecordIdError::Shape),
        };
        let expected = suffix_of(body);
        match suffix {
            Some(suffix) if suffix != expected => Err(RecordIdError::Suffix),
            _ => Ok(Self(format!("{body}{expected}").into())),
        }
    }

    /// All 18 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first three characters, which name the object (describe's `keyPrefix`).
    pub fn key_prefix(&self) -> &str {
        self.0.get(..3).unwrap_or_default()
    }
}

fn suffix_of(body: &str) -> String {
    body.as_bytes()
        .chunks(5)
        .map(|group| {
            let index = group
                .iter()
                .rev()
                .fold(0u8, |bits, b| bits.wrapping_shl(1) | u8::from(b.is_ascii_uppercase()));
            match index {
                0..=25 => char::from(b'A'.saturating_add(index)),
                _ => char::from(b'0'.saturating_add(index.saturating_sub(26))),
            }
        })
        .collect()
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl fmt::Debug for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl<'de> serde::Deserialize<'de> for RecordId {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}
