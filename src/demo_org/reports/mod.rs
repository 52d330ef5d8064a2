//! Reports: the saved ones, their metadata, and runs of them over the records as they are.
//!
//! Filters, groupings, buckets of picklists and the simplest summary formulas are really applied;
//! what a run can't apply is refused. Nothing is saved.
//!
//! Shapes: Reports and Dashboards REST API Developer Guide.

mod columns;
mod definition;
mod filter;
mod run;

use serde_json::{Map, Value as Any};

use super::answer::{Answer, Refusal};
use super::catalog::{FieldDef, Kind};
use super::json::{Json, object};
use super::query::Context;
use super::records;
use super::rest::{Org, Request, json_body, only};
use super::store::{Store, new_id};
use super::value::Value;
use crate::salesforce::RecordId;
use columns::{Column, ReportType, data_type};
use definition::{Definition, bad};
use filter::Filters;
use run::Run;

/// Most runs in an hour.
pub(super) const MOST_RUNS: u64 = 500;

/// A saved report.
#[derive(Clone, Debug)]
struct Saved {
    id: RecordId,
    /// Its `reportMetadata`.
    metadata: Map<String, Any>,
}

impl Saved {
    fn text(&self, key: &str) -> &str {
        self.metadata.get(key).and_then(Any::as_str).unwrap_or_default()
    }
}

/// The reports that every org has.
fn saved() -> Vec<Saved> {
    // The text is part of the program; a test reads it.
    let all: Vec<Map<String, Any>> =
        serde_json::from_str(include_str!("seed.json")).unwrap_or_default();
    let saved = |(place, mut metadata): (usize, Map<String, Any>)| {
        let id = new_id("00O", place)?;
        for (key, value) in [
            ("id", Any::from(id.as_str())),
            ("folderId", Any::from("00lDm0000000001IAA")),
            ("chart", Any::Null),
            ("currency", Any::Null),
            ("description", Any::Null),
            ("division", Any::Null),
            ("groupingsAcross", Any::Array(Vec::new())),
            ("hasDetailRows", Any::from(true)),
            ("hasRecordCount", Any::from(true)),
            ("historicalSnapshotDates", Any::Array(Vec::new())),
            ("reportBooleanFilter", Any::Null),
            ("scope", Any::from("organization")),
            ("showGrandTotal", Any::from(true)),
            ("showSubtotals", Any::from(true)),
            ("standardDateFilter", Any::Null),
            ("standardFilters", Any::Null),
            ("supportsRoleHierarchy", Any::from(false)),
            ("userOrHierarchyFilterId", Any::Null),
        ] {
            metadata.entry(key).or_insert(value);
        }
        Some(Saved { id, metadata })
    };
    all.into_iter().enumerate().filter_map(saved).collect()
}

/// The saved reports as records of `Report`.
pub(super) fn rows() -> Vec<Vec<(&'static str, Value)>> {
    let format = |text: &str| match text {
        "SUMMARY" => "Summary",
        "MATRIX" => "Matrix",
        _tabular => "Tabular",
    };
    let row = |report: &Saved| {
        vec![
            ("Name", Value::text(report.text("name"))),
            ("DeveloperName", Value::text(report.text("developerName"))),
            ("FolderName", Value::text("Public Reports")),
            ("Format", Value::text(format(report.text("reportFormat")))),
        ]
    };
    saved().iter().map(row).collect()
}

impl Org {
    /// Answers what comes below `analytics`.
    pub(super) fn analytics(
        &mut self,
        request: &Request,
        version: &str,
        rest: &[&str],
    ) -> Result<Answer, Refusal> {
        match rest {
            ["reports"] => {
                only(request, "GET")?;
                let base = format!("/services/data/v{version}/analytics/reports");
                let listed = saved().iter().map(|report| listed(report, &base)).collect();
                Ok(Answer::ok(Json::List(listed)))
            }
            ["reports", id] => {
                let report = self.report(id)?;
                let metadata = match request.method().as_str() {
                    "GET" => report.metadata.clone(),
                    "POST" => overridden(&report, request)?,
                    method => return Err(Refusal::method(method, "GET, POST")),
                };
                self.run_report(request, version, &report, &metadata)
            }
            ["reports", id, "describe"] => {
                only(request, "GET")?;
                let report = self.report(id)?;
                describe(&self.store, &report).map(Answer::ok)
            }
            _elsewhere => Err(Refusal::not_found()),
        }
    }

    fn report(&self, id: &str) -> Result<Saved, Refusal> {
        let object = self.store.catalog().object("Report").ok_or_else(Refusal::not_found)?;
        let id = records::record_id(object, id)?;
        saved().into_iter().find(|report| report.id == id).ok_or_else(Refusal::not_found)
    }

    fn run_report(
        &mut self,
        request: &Request,
        version: &str,
        report: &Saved,
        metadata: &Map<String, Any>,
    ) -> Result<Answer, Refusal> {
        let details = request.parameter("includeDetails").is_some_and(|value| value == "true");
        let definition = Definition::of(metadata)?;
        let kind = report_type(&self.store, &definition)?;
        definition.check(&kind)?;
        let filters = Filters::of(&kind, &definition)?;
        if self.report_runs >= MOST_RUNS {
            let message = "You can't run more than 500 reports synchronously every 60 minutes.";
            return Err(Refusal::new(403, "REQUEST_LIMIT_EXCEEDED", message));
        }
        self.report_runs = self.report_runs.saturating_add(1);
        let context = Context { store: &self.store, now: self.now, version, deleted: false };
        let run = Run { context, kind: &kind, definition: &definition, details };
        let outcome = run.outcome(&filters);
        let base = format!("/services/data/v{version}/analytics/reports/{}", report.id);
        Ok(Answer::ok(object! {
            "attributes" => object! {
                "describeUrl" => format!("{base}/describe"),
                "instancesUrl" => format!("{base}/instances"),
                "reportId" => report.id.as_str(),
                "reportName" => report.text("name"),
                "type" => "Report",
            },
            "allData" => outcome.all_data,
            "factMap" => Json::Object(outcome.facts),
            "groupingsAcross" => object! { "groupings" => Vec::new() },
            "groupingsDown" => object! { "groupings" => outcome.groupings },
            "hasDetailRows" => details,
            "reportExtendedMetadata" => extended(&kind, &definition),
            "reportMetadata" => json(&Any::Object(metadata.clone())),
        }))
    }
}

fn listed(report: &Saved, base: &str) -> Json {
    let url = format!("{base}/{}", report.id);
    object! {
        "describeUrl" => format!("{url}/describe"),
        "id" => report.id.as_str(),
        "instancesUrl" => format!("{url}/instances"),
        "name" => report.text("name"),
        "url" => url,
    }
}

/// A report's metadata with what a request says instead, for one run.
fn overridden(report: &Saved, request: &Request) -> Result<Map<String, Any>, Refusal> {
    json_body(request)?;
    let body = records::body(&request.body)?;
    let mut metadata = report.metadata.clone();
    for (key, value) in body {
        if key != "reportMetadata" {
            return Err(bad("The body has no other member than reportMetadata"));
        }
        let Any::Object(given) = value else {
            return Err(bad("reportMetadata must be an object"));
        };
        for (key, value) in given {
            if key == "id" && value != report.id.as_str() {
                return Err(bad("The id in reportMetadata is that of another report"));
            }
            metadata.insert(key, value);
        }
    }
    Ok(metadata)
}

fn report_type(store: &Store, definition: &Definition) -> Result<ReportType, Refusal> {
    let kind = ReportType::of(store.catalog(), &definition.report_type.name);
    kind.ok_or_else(|| bad("The report type is not one of this org"))
}

fn describe(store: &Store, report: &Saved) -> Result<Json, Refusal> {
    let definition = Definition::of(&report.metadata)?;
    let kind = report_type(store, &definition)?;
    let mut categories: Vec<Json> = Vec::new();
    for object in &kind.objects {
        let of_object = |column: &&Column| {
            column.path.qualified_name().is_some_and(|name| {
                name.split_once('.').is_some_and(|(first, _)| first == object.name)
            })
        };
        let columns = kind.columns.iter().filter(of_object);
        let columns = columns.map(|column| (column.token.clone(), type_column(column))).collect();
        categories.push(object! {
            "label" => format!("{} Information", object.label),
            "columns" => Json::Object(columns),
        });
    }
    let owners = kind.columns.iter().filter(|column| {
        column.path.qualified_name().is_some_and(|name| name.starts_with("User."))
    });
    let owners = owners.map(|column| (column.token.clone(), type_column(column))).collect();
    categories.push(object! { "label" => "Owner Information", "columns" => Json::Object(owners) });
    let objects = kind.objects.iter().enumerate().map(|(place, object)| {
        object! {
            "apiName" => object.name.as_str(),
            "joinType" => if place == 0 { "ROOT" } else { "OUTER" },
            "label" => object.label.as_str(),
        }
    });
    Ok(object! {
        "attributes" => object! { "reportName" => report.text("name"), "type" => "Report" },
        "reportExtendedMetadata" => extended(&kind, &definition),
        "reportMetadata" => json(&Any::Object(report.metadata.clone())),
        "reportTypeMetadata" => object! {
            "categories" => categories,
            "objects" => objects.collect::<Vec<_>>(),
            "supportsJoinedFormat" => false,
        },
    })
}

fn extended(kind: &ReportType, definition: &Definition) -> Json {
    let details = definition
        .detail_columns
        .iter()
        .map(|token| (token.clone(), detail(kind, definition, token)));
    let groupings = definition.groupings_down.iter().enumerate().map(|(level, grouping)| {
        let mut info = detail(kind, definition, &grouping.name);
        if let Json::Object(members) = &mut info {
            members.push(("groupingLevel".to_owned(), Json::from(level)));
        }
        (grouping.name.clone(), info)
    });
    let aggregates =
        definition.aggregates.iter().map(|name| (name.clone(), aggregate(kind, definition, name)));
    object! {
        "aggregateColumnInfo" => Json::Object(aggregates.collect()),
        "detailColumnInfo" => Json::Object(details.collect()),
        "groupingColumnInfo" => Json::Object(groupings.collect()),
    }
}

/// What `detailColumnInfo` says of a column; a bucket has no field behind it.
fn detail(kind: &ReportType, definition: &Definition, token: &str) -> Json {
    let Some(column) = kind.column(token) else {
        let label = definition.bucket(token).map_or("", |bucket| bucket.label.as_str());
        return object! {
            "dataType" => "string",
            "entityColumnName" => token,
            "filterValues" => Vec::new(),
            "filterable" => false,
            "fullyQualifiedName" => token,
            "inactiveFilterValues" => Vec::new(),
            "isLookup" => false,
            "label" => label,
            "uniqueCountable" => false,
        };
    };
    let name = column.path.qualified_name().unwrap_or_default();
    object! {
        "dataType" => data_type(column.kind()),
        "entityColumnName" => name.as_str(),
        "filterValues" => filter_values(column),
        "filterable" => column.field().is_some_and(FieldDef::filterable),
        "fullyQualifiedName" => name,
        "inactiveFilterValues" => Vec::new(),
        "isLookup" => column.id.is_some(),
        "label" => column.label.as_str(),
        "uniqueCountable" => column.kind() != Kind::Boolean,
    }
}

fn filter_values(column: &Column) -> Json {
    let values = column.field().map(|field| field.values.as_slice()).unwrap_or_default();
    let value = |value: &String| {
        let value = value.as_str();
        object! { "apiName" => value, "label" => value, "name" => value }
    };
    Json::List(values.iter().map(value).collect())
}

fn aggregate(kind: &ReportType, definition: &Definition, name: &str) -> Json {
    let (label, data_type, context) = match (definition.formula(name), name.split_once('!')) {
        (Some(formula), _) => {
            (formula.label.clone(), formula.formula_type.as_str(), Some("ALL_SUMMARY_LEVELS"))
        }
        (None, None) => ("Record Count".to_owned(), "int", None),
        (None, Some((how, token))) => {
            let column = kind.column(token);
            let label = column.map_or(token, |column| column.label.as_str());
            let how = match how {
                "s" => "Sum of",
                "a" => "Average",
                "m" => "Smallest",
                "u" => "Unique Count of",
                _most => "Largest",
            };
            (
                format!("{how} {label}"),
                column.map_or("double", |column| data_type(column.kind())),
                None,
            )
        }
    };
    object! {
        "acrossGroupingContext" => context,
        "dataType" => data_type,
        "downGroupingContext" => context,
        "label" => label,
    }
}

/// What `reportTypeMetadata` says of a column.
fn type_column(column: &Column) -> Json {
    let field = column.field();
    let length = field.filter(|field| !field.numeric()).map(|field| field.length);
    object! {
        "allowedInCustomDetailFormula" => true,
        "bucketable" => true,
        "dataType" => data_type(column.kind()),
        "entityColumnName" => column.path.qualified_name(),
        "fieldToFieldFilterable" => true,
        "filterValues" => filter_values(column),
        "filterable" => field.is_some_and(FieldDef::filterable),
        "inactiveFilterValues" => Vec::new(),
        "isCustom" => field.is_some_and(FieldDef::custom),
        "isLookup" => column.id.is_some(),
        "label" => column.label.as_str(),
        "maxLength" => length,
        "uniqueCountable" => column.kind() != Kind::Boolean,
    }
}

/// JSON that was read, to be shown.
fn json(value: &Any) -> Json {
    match value {
        Any::Null => Json::Null,
        Any::Bool(value) => Json::Bool(*value),
        Any::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(n), _) => Json::Int(n),
            (None, Some(n)) => Json::Float(n),
            (None, None) => Json::Null,
        },
        Any::String(text) => Json::from(text.as_str()),
        Any::Array(items) => Json::List(items.iter().map(json).collect()),
        Any::Object(members) => {
            Json::Object(members.iter().map(|(key, value)| (key.clone(), json(value))).collect())
        }
    }
}
