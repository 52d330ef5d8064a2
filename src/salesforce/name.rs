//! Names of objects, fields and relationships, compared without case as Salesforce does.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use smol_str::SmolStr;

use crate::soql::ast::{Ident, Span};

/// A text that is not a name in Salesforce's sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an API name: expected a letter, then letters, digits or underscores")]
pub struct NameError {
    text: String,
}

/// The longest name that any org can hold: 40 characters of a developer name, a namespace prefix of
/// 15 and a suffix, with room to spare.
const LONGEST: usize = 128;

fn check(text: &str) -> Result<SmolStr, NameError> {
    let starts = text.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
    let continues = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if starts && continues && text.len() <= LONGEST {
        Ok(text.into())
    } else {
        Err(NameError { text: text.chars().take(80).flat_map(char::escape_debug).collect() })
    }
}

/// Hashes a name in lower case. No byte of a name is zero, so a zero ends it.
fn hash_folded(name: &str, state: &mut impl Hasher) {
    let mut folded = [0; LONGEST + 1];
    for (to, from) in folded.iter_mut().zip(name.bytes()) {
        *to = from.to_ascii_lowercase();
    }
    state.write(folded.get(..=name.len()).unwrap_or(&folded));
}

/// A hash of 32 bits that doesn't tell the cases of a letter apart: setting the bits of `CASE` makes
/// no other two bytes of names the same. Where callers choose what is kept, `seed` is a secret.
pub(crate) fn folded_hash(seed: u64, name: &str) -> u64 {
    const CASE: u64 = 0x2020_2020_2020_2020;
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |hash: u64, word: u64| (hash.rotate_left(29) ^ (word | CASE)).wrapping_mul(ODD);
    let (words, rest) = name.as_bytes().as_chunks::<8>();
    let hash = words.iter().fold(seed, |hash, word| mix(hash, u64::from_le_bytes(*word)));
    let rest = rest.iter().fold(0, |word, byte| (word << 8) | u64::from(*byte));
    mix(hash, rest) >> 32
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(SmolStr);

        impl $name {
            /// Reads a name: an ASCII letter, then ASCII letters, digits and underscores.
            pub fn parse(text: &str) -> Result<Self, NameError> {
                check(text).map(Self)
            }

            /// The spelling that this value was made with.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The same as a text of its own, which costs next to nothing.
            pub fn text(&self) -> SmolStr {
                self.0.clone()
            }

            /// The name in a query's tree, at `span`.
            pub fn ident(&self, span: Span) -> Ident {
                Ident::of_name(self.0.clone(), span)
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.0.eq_ignore_ascii_case(&other.0)
            }
        }
        impl Eq for $name {}
        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                hash_folded(&self.0, state);
            }
        }
        impl Ord for $name {
            fn cmp(&self, other: &Self) -> Ordering {
                let fold = |b: u8| b.to_ascii_lowercase();
                self.0.bytes().map(fold).cmp(other.0.bytes().map(fold))
            }
        }
        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, into: S) -> Result<S::Ok, S::Error> {
                into.serialize_str(&self.0)
            }
        }
    };
}

name! {
    /// The API name of an object (an sObject type), for example `Contact` or `Invoice__c`.
    ObjectName
}
name! {
    /// The API name of a field, for example `Email` or `SSN__c`.
    FieldName
}
name! {
    /// The name of a relationship, for example `Owner`, `Contacts` or `Parent__r`.
    RelationshipName
}
