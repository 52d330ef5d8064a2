//! Values of fields: how they are compared, written as JSON and read from it.

use std::cmp::Ordering;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::json::Json;

/// The value of a field in one record.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Number(f64),
    Text(String),
    Date(Date),
    DateTime(Timestamp),
    /// An address, which can be shown and nothing else.
    Compound(Json),
}

impl Value {
    /// Text, or nothing when it is empty: Salesforce holds no empty strings.
    pub(super) fn text(text: &str) -> Self {
        if text.is_empty() { Self::Null } else { Self::Text(text.to_owned()) }
    }

    pub(super) fn is_null(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Bool(_)
            | Self::Int(_)
            | Self::Number(_)
            | Self::Text(_)
            | Self::Date(_)
            | Self::DateTime(_)
            | Self::Compound(_) => false,
        }
    }

    /// The text of it, for text alone.
    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Null
            | Self::Bool(_)
            | Self::Int(_)
            | Self::Number(_)
            | Self::Date(_)
            | Self::DateTime(_)
            | Self::Compound(_) => None,
        }
    }

    /// The number of it, for numbers alone.
    pub(super) fn as_number(&self) -> Option<f64> {
        match self {
            Self::Int(number) => Some(float(*number)),
            Self::Number(number) => Some(*number),
            Self::Null
            | Self::Bool(_)
            | Self::Text(_)
            | Self::Date(_)
            | Self::DateTime(_)
            | Self::Compound(_) => None,
        }
    }

    /// The day of it in UTC, the time zone of this org.
    pub(super) fn as_date(&self) -> Option<Date> {
        match self {
            Self::Date(date) => Some(*date),
            Self::DateTime(time) => Some(utc(*time).date()),
            Self::Null
            | Self::Bool(_)
            | Self::Int(_)
            | Self::Number(_)
            | Self::Text(_)
            | Self::Compound(_) => None,
        }
    }

    /// How it compares with a value of the same type; text without case. Two nulls are equal, and
    /// values of different types don't compare.
    pub(super) fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Null, Self::Null) => Some(Ordering::Equal),
            (Self::Bool(a), Self::Bool(b)) => Some(a.cmp(b)),
            (Self::Text(a), Self::Text(b)) => Some(fold(a).cmp(&fold(b))),
            (Self::Date(a), Self::Date(b)) => Some(a.cmp(b)),
            (Self::DateTime(a), Self::DateTime(b)) => Some(a.cmp(b)),
            (a, b) => a.as_number()?.partial_cmp(&b.as_number()?),
        }
    }

    /// The text that is the same for two values that a group takes together.
    pub(super) fn group_key(&self) -> String {
        match self {
            Self::Null => "0".to_owned(),
            Self::Bool(value) => format!("1{value}"),
            Self::Int(value) => format!("2{}", float(*value)),
            Self::Number(value) => format!("2{value}"),
            Self::Text(value) => format!("3{}", fold(value)),
            Self::Date(value) => format!("4{value}"),
            Self::DateTime(value) => format!("5{value}"),
            Self::Compound(_) => "6".to_owned(),
        }
    }

    /// As Salesforce shows it.
    pub(super) fn json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Bool(value) => Json::Bool(*value),
            Self::Int(value) => Json::Int(*value),
            Self::Number(value) => Json::Float(*value),
            Self::Text(value) => Json::from(value.as_str()),
            Self::Date(value) => Json::Text(value.to_string()),
            Self::DateTime(value) => Json::Text(datetime(*value)),
            Self::Compound(value) => value.clone(),
        }
    }
}

/// Text as it is compared: Salesforce's comparisons ignore case.
pub(super) fn fold(text: &str) -> String {
    text.to_lowercase()
}

/// `2026-11-20T21:44:00.000+0000`.
pub(super) fn datetime(time: Timestamp) -> String {
    utc(time).strftime("%Y-%m-%dT%H:%M:%S.%3f+0000").to_string()
}

/// The time in UTC.
pub(super) fn utc(time: Timestamp) -> Zoned {
    time.to_zoned(TimeZone::UTC)
}

/// An ISO 8601 time with its offset, in the forms that Salesforce takes (also `+0000`).
pub(super) fn parse_datetime(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| Timestamp::strptime("%Y-%m-%dT%H:%M:%S%.f%z", text).ok())
}

/// The nearest floating point number.
pub(super) fn float(number: i64) -> f64 {
    serde_json::Number::from(number).as_f64().unwrap_or_default()
}

/// The nearest whole number, halves away from zero; zero for what is none.
pub(super) fn whole(number: f64) -> i64 {
    format!("{:.0}", number.round()).parse().unwrap_or_default()
}
