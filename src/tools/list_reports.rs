//! `listReports`: the saved reports of the org, as records of `Report`.
//!
//! The Analytics API's own list has only those that Salesforce's user saw last.

use schemars::JsonSchema;
use serde::Deserialize;

use super::argument::limit;
use super::{ArgumentError, Definition, Effect, Seals, Tag};
use crate::footprint::Action;
use crate::salesforce::Operation;
use crate::soql;
use crate::soql::ast::{
    CompareOp, Condition, FieldExpr, Ident, Literal, Path, Span, StringLiteral, StringPart,
};

/// Reports where no limit is given.
const LIMIT: u32 = 100;

/// As many as a page of a query holds.
const MOST: u32 = 2_000;

/// The longest part of a name.
const MOST_NAME_CHARS: usize = 80;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct ListReports {
    /// Only reports with this text in their name, for example `pipeline`.
    #[serde(default)]
    #[schemars(with = "String")]
    name_contains: Option<String>,
    /// The most reports, 100 where it is left out.
    #[serde(default)]
    #[schemars(with = "u32")]
    limit: Option<u32>,
}

impl Definition for ListReports {
    const NAME: &'static str = "listReports";
    const UNIFIED: &'static str = "list_all_salesforce_reports";
    const TITLE: &'static str = "List reports";
    const DESCRIPTION: &'static str = "Returns id, name, folder, format and last run of the org's \
        saved reports, the one that was run last first. Call getReport with an id to run one.";
    const ACTIONS: &'static [Action] = &[Action::Select];
    const EFFECT: Effect = Effect::Reads;
    const TAG: Tag = Tag::Analytics;
    const EXAMPLE: &'static str = r#"{"nameContains":"pipeline","limit":5}"#;

    fn operation(self, _: &Seals<'_>) -> Result<Operation, ArgumentError> {
        let mut query = soql::parse(
            "SELECT Id, Name, DeveloperName, FolderName, Format, LastRunDate FROM Report \
             ORDER BY LastRunDate DESC NULLS LAST",
        )
        .map_err(ArgumentError::Soql)?;
        query.limit = Some(limit(self.limit, LIMIT, MOST)?);
        if let Some(text) = self.name_contains.filter(|text| !text.is_empty()) {
            if text.chars().count() > MOST_NAME_CHARS {
                return Err(ArgumentError::Shape(format!(
                    "`nameContains` has more than {MOST_NAME_CHARS} characters"
                )));
            }
            query.filter = name_contains(&text);
        }
        Ok(Operation::query(query))
    }
}

/// `Name LIKE '%text%'`, the text's own `%` and `_` standing for themselves.
fn name_contains(text: &str) -> Option<Condition> {
    let mut parts = vec![StringPart::Text("%".into())];
    for piece in text.split_inclusive(['%', '_']) {
        let plain = piece.trim_end_matches(['%', '_']);
        if !plain.is_empty() {
            parts.push(StringPart::Text(plain.into()));
        }
        if piece.ends_with('%') {
            parts.push(StringPart::EscapedPercent);
        } else if piece.ends_with('_') {
            parts.push(StringPart::EscapedUnderscore);
        }
    }
    parts.push(StringPart::Text("%".into()));
    let last = Ident::new("Name", Span::default())?;
    Some(Condition::Compare {
        left: FieldExpr::Path(Path { qualifiers: Vec::new(), last }),
        op: CompareOp::Like,
        right: Literal::String(StringLiteral { parts }),
    })
}
