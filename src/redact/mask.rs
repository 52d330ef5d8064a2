//! Masks: what is shown of a value that may be seen only masked.
//!
//! A mask shows at most the part that it is named for, and of a value that doesn't have the form
//! that the mask is made for, only that there is one. Null stays null.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::text::{self, Text};
use crate::footprint::{Holds, MaskedField, Target};

/// What stands for a value, or for the part of it that is hidden.
const REDACTED: &str = "[redacted]";
const HIDDEN: &str = "****";

/// Of a shorter text the last four characters would be most of it.
const LEAST_FOR_LAST4: usize = 8;

/// How much of a value is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mask {
    /// That there is one.
    #[default]
    Redacted,
    /// The last four characters.
    Last4,
    /// The year of a date.
    Year,
    /// The domain of an email address.
    Domain,
    /// A keyed hash: equal values of one field can be told from others.
    Hash,
}

impl Mask {
    /// Every mask.
    pub const ALL: [Self; 5] = [Self::Redacted, Self::Last4, Self::Year, Self::Domain, Self::Hash];

    /// Its name in the configuration and in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Redacted => "redacted",
            Self::Last4 => "last4",
            Self::Year => "year",
            Self::Domain => "domain",
            Self::Hash => "hash",
        }
    }

    /// Whether it can show a part of such a value.
    pub fn fits(self, holds: Holds) -> bool {
        match self {
            Self::Redacted => true,
            Self::Last4 | Self::Domain | Self::Hash => holds == Holds::Text,
            Self::Year => holds == Holds::Date,
        }
    }
}

/// Under which key values are hashed.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct HashKey([u8; 32]);

impl HashKey {
    /// A key of these bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The key for the values of a field: with one for all, a field that an agent may write would be
    /// a dictionary for every other. What can be of several fields has a key of all of them.
    fn of(self, targets: &[Target]) -> Option<Self> {
        let targets: BTreeSet<&Target> = targets.iter().collect();
        // No name has the character that ends it here.
        let names: String = targets.iter().map(|target| format!("{target}\n")).collect();
        self.mac(&names).map(Self)
    }

    fn mac(self, text: &str) -> Option<[u8; 32]> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        mac.update(text.as_bytes());
        Some(mac.finalize().into_bytes().into())
    }
}

impl fmt::Debug for HashKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HashKey(…)")
    }
}

/// The masks of a server.
#[derive(Clone, Debug, Default)]
pub struct Masks {
    fields: BTreeMap<Target, Mask>,
    labels: BTreeMap<String, Mask>,
    key: HashKey,
}

impl Masks {
    /// These fields have masks of their own; all others are redacted.
    #[must_use]
    pub fn new(fields: BTreeMap<Target, Mask>, key: HashKey) -> Self {
        Self { fields, labels: BTreeMap::new(), key }
    }

    /// What stands under one of these labels has its mask, unless it has one of its own.
    #[must_use]
    pub fn with_labels(self, labels: BTreeMap<String, Mask>) -> Self {
        Self { labels, ..self }
    }

    /// The masks where fields stand under these labels. What two labels mask differently is
    /// redacted.
    #[must_use]
    pub fn under<'a>(&'a self, labels: &BTreeMap<Target, Vec<String>>) -> Cow<'a, Self> {
        if self.labels.is_empty() || labels.is_empty() {
            return Cow::Borrowed(self);
        }
        let mut masks = self.clone();
        for (target, labels) in labels {
            let mut bound = labels.iter().filter_map(|label| self.labels.get(label));
            if let Some(first) = bound.next() {
                let mask = if bound.all(|mask| mask == first) { *first } else { Mask::Redacted };
                masks.fields.entry(target.clone()).or_insert(mask);
            }
        }
        Cow::Owned(masks)
    }

    /// The mask of a field: the one that all that it shows has and that can show a part of it.
    #[must_use]
    pub fn of(&self, field: &MaskedField) -> Mask {
        let mut masks =
            field.targets.iter().map(|target| self.fields.get(target).copied().unwrap_or_default());
        let first = masks.next().unwrap_or_default();
        if first.fits(field.holds) && masks.all(|mask| mask == first) {
            first
        } else {
            Mask::Redacted
        }
    }

    pub(super) fn masking(&self, field: &MaskedField) -> Masking {
        let mask = self.of(field);
        let key = if mask == Mask::Hash { self.key.of(&field.targets) } else { None };
        Masking { mask, key }
    }
}

/// A mask with what it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Masking {
    mask: Mask,
    /// For a hash, the key of the field.
    key: Option<HashKey>,
}

impl Masking {
    /// Writes what is shown of a JSON value.
    pub(super) fn write(self, json: &mut String, value: &str) -> serde_json::Result<()> {
        match value.bytes().next() {
            Some(b'n') => json.push_str("null"),
            Some(b'"') => {
                let Text(value) = serde_json::from_str(value)?;
                text::write(json, &self.shown(&value));
            }
            Some(_) | None => text::write(json, REDACTED),
        }
        Ok(())
    }

    /// What is shown of a text.
    pub(super) fn shown(self, value: &str) -> String {
        let value = text::shown(value);
        let part = match self.mask {
            Mask::Redacted => None,
            Mask::Last4 => Some(last4(&value)),
            Mask::Year => year(&value).map(str::to_owned),
            Mask::Domain => domain(&value).map(|domain| format!("{HIDDEN}@{domain}")),
            Mask::Hash => self.hash(&value),
        };
        part.unwrap_or_else(|| REDACTED.to_owned())
    }

    fn hash(self, value: &str) -> Option<String> {
        let bytes = self.key?.mac(value)?;
        let hex: String = bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Some(format!("hash:{hex}"))
    }
}

fn last4(value: &str) -> String {
    let hidden = value.chars().count().saturating_sub(4);
    let shown: String = value.chars().skip(hidden).collect();
    if hidden < LEAST_FOR_LAST4.saturating_sub(4) {
        HIDDEN.to_owned()
    } else {
        format!("{HIDDEN}{shown}")
    }
}

/// Of `1990-05-17` or `1990-05-17T…`.
fn year(value: &str) -> Option<&str> {
    let (year, rest) = value.split_once('-')?;
    let digits =
        |text: &str, count| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    let (month, rest) = rest.split_once('-')?;
    let day = rest.split('T').next()?;
    (digits(year, 4) && digits(month, 2) && digits(day, 2)).then_some(year)
}

/// Of `name@example.com`.
fn domain(value: &str) -> Option<&str> {
    let (name, domain) = value.split_once('@')?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-';
    let is_domain = (1..=253).contains(&domain.len()) && domain.bytes().all(plain);
    (!name.is_empty() && is_domain && domain.contains('.')).then_some(domain)
}
