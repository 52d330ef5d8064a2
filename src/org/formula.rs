//! The fields that a formula's text names.
//!
//! Only what could be a field is looked for: strings, comments, functions and numbers are passed
//! over. Global variables (`$User.Email`) read the person who runs the call, which for a sidecar is
//! always the same integration user; custom settings, labels and permissions are no record's data.
//! A formula that reads the session or an unknown global counts as one that can't be read.

use crate::salesforce::{FieldName, RelationshipName};

/// A path in a formula, for example `Account.Owner.Email`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormulaReference {
    /// The relationships to walk, from the object that has the formula.
    pub relationships: Vec<RelationshipName>,
    /// The field at the end.
    pub field: FieldName,
}

/// A formula whose text can't be read; its field is then treated as if the formula were hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the formula has a part that is not understood")]
pub struct FormulaError;

/// Words of the formula language that stand where a field could.
const WORDS: [&str; 6] = ["true", "false", "null", "and", "or", "not"];

/// Global variables that are the same for every call, or tell about Fieldgate's own user only. Not
/// `$Setup` and `$CustomMetadata`: custom settings and custom metadata are records of objects, and
/// keys are kept there.
const GLOBALS: [&str; 9] = [
    "$User",
    "$UserRole",
    "$Profile",
    "$Organization",
    "$Label",
    "$Permission",
    "$System",
    "$ObjectType",
    "$RecordType",
];

pub(super) fn references(text: &str) -> Result<Vec<FormulaReference>, FormulaError> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        rest = if first == '"' || first == '\'' {
            after_string(rest, first)?
        } else if let Some(comment) = rest.strip_prefix("/*") {
            comment.split_once("*/").map(|(_, after)| after).ok_or(FormulaError)?
        } else if first.is_ascii_alphabetic() || first == '$' || first == '_' {
            let (word, after) = split_while(rest, |c| {
                c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '$' | ':')
            });
            let is_call = after.trim_start().starts_with('(');
            let is_word = WORDS.iter().any(|w| w.eq_ignore_ascii_case(word));
            if is_secret(word) {
                return Err(FormulaError);
            }
            if !is_call && !is_word && !word.starts_with('$') {
                let reference = reference(word)?;
                if !found.contains(&reference) {
                    found.push(reference);
                }
            }
            after
        } else if first.is_ascii_digit() {
            split_while(rest, |c| c.is_ascii_alphanumeric() || c == '.').1
        } else if first.is_ascii() {
            split_while(rest, |c| c == first).1
        } else {
            return Err(FormulaError);
        };
    }
    Ok(found)
}

/// What is no field, but must not come back for a permission on the formula's object alone: the
/// session of Fieldgate's own user, and globals that are not known to be harmless.
fn is_secret(word: &str) -> bool {
    let is = |name: &str| word.eq_ignore_ascii_case(name);
    match word.split_once('.') {
        Some((global, _)) if word.starts_with('$') => {
            !GLOBALS.iter().any(|known| known.eq_ignore_ascii_case(global))
        }
        Some(_) | None => word.starts_with('$') || is("GETSESSIONID"),
    }
}

fn split_while(text: &str, keep: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.find(|c| !keep(c)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// What follows a string that starts `text`; a backslash escapes the next character.
fn after_string(text: &str, quote: char) -> Result<&str, FormulaError> {
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        if c == '\\' {
            chars.next();
        } else if c == quote {
            let end = at.checked_add(quote.len_utf8()).ok_or(FormulaError)?;
            return text.get(end..).ok_or(FormulaError);
        }
    }
    Err(FormulaError)
}

fn reference(word: &str) -> Result<FormulaReference, FormulaError> {
    let mut parts: Vec<&str> = word.split('.').collect();
    let field = parts.pop().ok_or(FormulaError)?;
    Ok(FormulaReference {
        field: FieldName::parse(field).map_err(|_not_a_name| FormulaError)?,
        relationships: parts
            .into_iter()
            .map(RelationshipName::parse)
            .collect::<Result<_, _>>()
            .map_err(|_not_a_name| FormulaError)?,
    })
}
