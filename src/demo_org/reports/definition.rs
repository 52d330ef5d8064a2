//! What a report is asked to show: its metadata, as far as a run goes by it.

use serde::Deserialize;
use serde_json::{Map, Value as Any};

use super::super::answer::{Refusal, cut};
use super::columns::ReportType;

/// Most columns, groupings and filters of a run.
const MOST: [usize; 3] = [100, 3, 20];

/// What of `reportMetadata` a run goes by.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Definition {
    pub(super) report_type: TypeName,
    pub(super) detail_columns: Vec<String>,
    pub(super) aggregates: Vec<String>,
    pub(super) groupings_down: Vec<Grouping>,
    #[serde(default)]
    groupings_across: Vec<Any>,
    pub(super) report_filters: Vec<Filter>,
    #[serde(default)]
    pub(super) report_boolean_filter: Option<String>,
    #[serde(default)]
    pub(super) sort_by: Vec<Sort>,
    #[serde(default)]
    pub(super) standard_date_filter: Option<DateFilter>,
    #[serde(default)]
    pub(super) buckets: Vec<Bucket>,
    #[serde(default)]
    pub(super) custom_summary_formula: Option<std::collections::BTreeMap<String, Formula>>,
    #[serde(default)]
    cross_filters: Vec<Any>,
    #[serde(default)]
    custom_detail_formula: Option<Map<String, Any>>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct TypeName {
    #[serde(rename = "type")]
    pub(super) name: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Grouping {
    pub(super) name: String,
    #[serde(default)]
    pub(super) sort_order: Option<String>,
    #[serde(default)]
    date_granularity: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Filter {
    pub(super) column: String,
    pub(super) operator: Operator,
    #[serde(default)]
    pub(super) value: Option<String>,
    #[serde(default)]
    pub(super) filter_type: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub(super) enum Operator {
    Equals,
    NotEqual,
    LessThan,
    GreaterThan,
    LessOrEqual,
    GreaterOrEqual,
    Contains,
    NotContain,
    StartsWith,
    Includes,
    Excludes,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Sort {
    pub(super) sort_column: String,
    #[serde(default)]
    pub(super) sort_order: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DateFilter {
    pub(super) column: String,
    #[serde(default)]
    pub(super) start_date: Option<String>,
    #[serde(default)]
    pub(super) end_date: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Bucket {
    pub(super) developer_name: String,
    pub(super) label: String,
    bucket_type: String,
    pub(super) source_column_name: String,
    #[serde(default)]
    pub(super) other_bucket_label: Option<String>,
    pub(super) values: Vec<BucketValue>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BucketValue {
    pub(super) label: String,
    #[serde(default)]
    pub(super) source_dimension_values: Option<Vec<String>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Formula {
    pub(super) label: String,
    pub(super) formula: String,
    pub(super) formula_type: String,
}

/// 400 as reports say it.
pub(super) fn bad(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "BAD_REQUEST", message)
}

fn invalid(token: &str) -> Refusal {
    bad(format!("The report definition is invalid: no such column {}", cut(token)))
}

impl Definition {
    /// Reads a report's metadata.
    pub(super) fn of(metadata: &Map<String, Any>) -> Result<Self, Refusal> {
        let without_nulls = metadata.iter().filter(|(_, value)| !value.is_null());
        let metadata: Map<String, Any> =
            without_nulls.map(|(key, value)| (key.clone(), value.clone())).collect();
        serde_json::from_value(Any::Object(metadata)).map_err(|error| {
            let reason: String = error.to_string().chars().take(300).collect();
            Refusal::new(400, "JSON_PARSER_ERROR", reason)
        })
    }

    pub(super) fn bucket(&self, token: &str) -> Option<&Bucket> {
        self.buckets.iter().find(|bucket| bucket.developer_name == token)
    }

    pub(super) fn formula(&self, token: &str) -> Option<&Formula> {
        self.custom_summary_formula.as_ref()?.get(token)
    }

    /// Refuses what the org can't run, and columns that the report type doesn't have.
    pub(super) fn check(&self, kind: &ReportType) -> Result<(), Refusal> {
        let sizes =
            [self.detail_columns.len(), self.groupings_down.len(), self.report_filters.len()];
        if sizes.iter().zip(MOST).any(|(size, most)| *size > most) {
            return Err(bad("The report has too many columns, groupings or filters"));
        }
        let granular = |grouping: &Grouping| {
            grouping.date_granularity.as_deref().is_some_and(|by| by != "None" && by != "Day")
        };
        let formulas = self.custom_detail_formula.as_ref().is_some_and(|all| !all.is_empty());
        for (there, what) in [
            (!self.groupings_across.is_empty(), "groupingsAcross"),
            (!self.cross_filters.is_empty(), "crossFilters"),
            (formulas, "customDetailFormula"),
            (self.groupings_down.iter().any(granular), "dateGranularity"),
            (self.buckets.iter().any(|b| b.bucket_type != "picklist"), "bucketType"),
        ] {
            if there {
                return Err(bad(format!("The demo org runs no report with this {what}")));
            }
        }
        let groupings = self.groupings_down.iter().map(|grouping| &grouping.name);
        for token in self.detail_columns.iter().chain(groupings) {
            if kind.column(token).is_none() && self.bucket(token).is_none() {
                return Err(invalid(token));
            }
        }
        let filters = self.report_filters.iter().map(|filter| &filter.column);
        let sorts = self.sort_by.iter().map(|sort| &sort.sort_column);
        let buckets = self.buckets.iter().map(|bucket| &bucket.source_column_name);
        let dates = self.standard_date_filter.iter().map(|filter| &filter.column);
        for token in filters.chain(sorts).chain(buckets).chain(dates) {
            kind.column(token).ok_or_else(|| invalid(token))?;
        }
        for aggregate in &self.aggregates {
            let column = aggregate.split_once('!').and_then(|(how, token)| {
                let column = kind.column(token)?;
                let numeric = column.field().is_some_and(super::super::catalog::FieldDef::numeric);
                match how {
                    "s" | "a" => numeric.then_some(()),
                    "m" | "x" | "mx" | "u" => Some(()),
                    _other => None,
                }
            });
            if aggregate != "RowCount" && column.is_none() && self.formula(aggregate).is_none() {
                return Err(invalid(aggregate));
            }
        }
        Ok(())
    }
}
