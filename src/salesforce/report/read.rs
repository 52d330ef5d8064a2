//! A report's metadata, read from its describe or from the answer of a run.
//!
//! What isn't known is refused, unless it is empty or plainly can't name a column.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::metadata::{
    Aggregate, Column, DateFilter, Filter, FilterValue, Format, Grouping, ReportMetadata, Sort,
    SortKey, StandardFilter, TopRows,
};
use super::refusal::{ReportRefusal, shown};

type Result<T> = std::result::Result<T, ReportRefusal>;

/// Most characters of a value, a name or a token.
const MOST_CHARS: usize = 4_000;
/// Most columns of a report.
const MOST_COLUMNS: usize = 100;
/// Most groupings of rows, and of columns.
const MOST_GROUPINGS: usize = 3;
/// Most filters.
const MOST_FILTERS: usize = 50;

/// Members that neither show a field nor choose rows.
const HARMLESS: [&str; 12] = [
    "chart",
    "description",
    "developerName",
    "folderId",
    "hasDetailRows",
    "hasRecordCount",
    "id",
    "name",
    "presentationOptions",
    "showGrandTotal",
    "showSubtotals",
    "supportsRoleHierarchy",
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Described {
    report_metadata: Map<String, Value>,
    #[serde(default)]
    report_extended_metadata: Extended,
    #[serde(default)]
    report_type_metadata: TypeMetadata,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Extended {
    detail_column_info: BTreeMap<String, Info>,
    grouping_column_info: BTreeMap<String, Info>,
}

#[derive(Default, Deserialize)]
struct TypeMetadata {
    #[serde(default)]
    categories: Vec<Category>,
}

#[derive(Deserialize)]
struct Category {
    #[serde(default)]
    columns: BTreeMap<String, Info>,
}

/// What is said of a column.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Info {
    entity_column_name: Option<String>,
    fully_qualified_name: Option<String>,
}

impl Described {
    /// What is said to be behind a column.
    fn sources(&self, token: &str) -> Vec<String> {
        let extended = &self.report_extended_metadata;
        let infos = [&extended.detail_column_info, &extended.grouping_column_info];
        let categories = self.report_type_metadata.categories.iter();
        let all = infos.into_iter().chain(categories.map(|category| &category.columns));
        let mut sources: Vec<String> = Vec::new();
        for info in all.filter_map(|columns| columns.get(token)) {
            for source in [&info.fully_qualified_name, &info.entity_column_name] {
                if let Some(source) = source.as_ref().filter(|source| !sources.contains(source)) {
                    sources.push(source.clone());
                }
            }
        }
        sources
    }
}

/// What a report's describe says; `None` where it isn't one.
pub(super) fn describe(answer: &[u8]) -> Option<Result<ReportMetadata>> {
    let mut described: Described = serde_json::from_slice(answer).ok()?;
    let metadata = std::mem::take(&mut described.report_metadata);
    Some(ReportMetadata::read(metadata, &|token| described.sources(token)))
}

impl ReportMetadata {
    /// Reads `reportMetadata`; what is behind its columns is not told there.
    pub fn of_answer(metadata: Map<String, Value>) -> Result<Self> {
        Self::read(metadata, &|_token| Vec::new())
    }

    fn read(metadata: Map<String, Value>, sources: &dyn Fn(&str) -> Vec<String>) -> Result<Self> {
        let mut members = Members { members: metadata, member: "reportMetadata" };
        members.refuse_computed()?;
        let column = |member: &'static str, value: &Value| {
            let fits = |token: &&str| !token.is_empty() && token.len() <= MOST_CHARS;
            let token = value.as_str().filter(fits).ok_or_else(|| no_column(member, value))?;
            Ok(Column { token: token.to_owned(), sources: sources(token) })
        };
        let reader = Reader { column: &column };
        let format = members.text("reportFormat")?.unwrap_or_default();
        let known = Format::ALL.into_iter().find(|known| known.name() == format);
        let format = known.ok_or_else(|| ReportRefusal::Format(shown(&format)))?;
        let mut kind = members.object("reportType")?.ok_or_else(|| member("reportType"))?;
        let report_type = kind.text("type")?.ok_or_else(|| member("reportType"))?;
        let details = members.list("detailColumns", MOST_COLUMNS)?;
        let details = details.iter().map(|value| column("detailColumns", value));
        let metadata = Self {
            name: members.text("name")?.unwrap_or_default(),
            format,
            report_type,
            details: details.collect::<Result<_>>()?,
            groupings_down: reader.groupings(&mut members, "groupingsDown")?,
            groupings_across: reader.groupings(&mut members, "groupingsAcross")?,
            aggregates: members
                .list("aggregates", MOST_COLUMNS)?
                .iter()
                .map(|value| reader.aggregate("aggregates", value))
                .collect::<Result<_>>()?,
            filters: reader.filters(&mut members)?,
            boolean_filter: boolean_filter(&mut members)?,
            date_filter: reader.date_filter(&mut members)?,
            standard_filters: standard_filters(&mut members)?,
            scope: scope(&mut members)?,
            sort_by: reader.sort_by(&mut members)?,
            top_rows: top_rows(&mut members)?,
            currency: members.word("currency")?,
        };
        for harmless in HARMLESS {
            members.take(harmless);
        }
        members.end()?;
        Ok(metadata)
    }
}

/// Reads what names columns.
struct Reader<'a> {
    column: &'a dyn Fn(&'static str, &Value) -> Result<Column>,
}

impl Reader<'_> {
    fn groupings(&self, members: &mut Members, name: &'static str) -> Result<Vec<Grouping>> {
        let read = |mut grouping: Members| {
            let column = (self.column)(name, &grouping.take("name"))?;
            let sort = grouping.take("sortAggregate");
            let sort = if sort.is_null() { None } else { Some(self.aggregate(name, &sort)?) };
            let order = grouping.word("sortOrder")?;
            let granularity = grouping.word("dateGranularity")?;
            grouping.end()?;
            Ok(Grouping { column, order, granularity, sort })
        };
        members.objects(name, MOST_GROUPINGS)?.into_iter().map(read).collect()
    }

    fn aggregate(&self, name: &'static str, value: &Value) -> Result<Aggregate> {
        let refused = || no_column(name, value);
        let text = value.as_str().ok_or_else(refused)?;
        if text == "RowCount" {
            return Ok(Aggregate::RowCount);
        }
        let (kind, token) = text.split_once('!').ok_or_else(refused)?;
        let kind = Aggregate::KINDS.into_iter().find(|known| *known == kind).ok_or_else(refused)?;
        Ok(Aggregate::Of { kind, column: (self.column)(name, &Value::from(token))? })
    }

    fn filters(&self, members: &mut Members) -> Result<Vec<Filter>> {
        let name = "reportFilters";
        let read = |mut filter: Members| {
            let column = (self.column)(name, &filter.take("column"))?;
            let operator = filter.word("operator")?.ok_or_else(|| member(name))?;
            let value = match filter.word("filterType")?.as_deref() {
                None | Some("fieldValue") => FilterValue::Text(filter.text("value")?),
                Some("fieldToField") => {
                    FilterValue::Column((self.column)(name, &filter.take("value"))?)
                }
                Some(_another) => return Err(member("filterType")),
            };
            let editable = filter.take("isRunPageEditable") == Value::Bool(true);
            filter.end()?;
            Ok(Filter { column, operator, value, editable })
        };
        members.objects(name, MOST_FILTERS)?.into_iter().map(read).collect()
    }

    fn date_filter(&self, members: &mut Members) -> Result<Option<DateFilter>> {
        let name = "standardDateFilter";
        let Some(mut dates) = members.object(name)? else { return Ok(None) };
        let column = dates.take("column");
        let filter = DateFilter {
            duration: dates.word("durationValue")?,
            start: dates.word("startDate")?,
            end: dates.word("endDate")?,
            column: if is_empty(&column) {
                // Nothing is chosen by no column.
                dates.end()?;
                return Ok(None);
            } else {
                (self.column)(name, &column)?
            },
        };
        dates.end()?;
        Ok(Some(filter))
    }

    fn sort_by(&self, members: &mut Members) -> Result<Vec<Sort>> {
        let name = "sortBy";
        let read = |mut sort: Members| {
            let key = sort.take("sortColumn");
            let aggregate = key.as_str().is_some_and(|key| key == "RowCount" || key.contains('!'));
            let key = if aggregate {
                SortKey::Aggregate(self.aggregate(name, &key)?)
            } else {
                SortKey::Column((self.column)(name, &key)?)
            };
            let order = sort.word("sortOrder")?;
            sort.end()?;
            Ok(Sort { key, order })
        };
        members.objects(name, MOST_GROUPINGS)?.into_iter().map(read).collect()
    }
}

/// `1 AND (2 OR 3)`: it can name nothing but the numbers of filters.
fn boolean_filter(members: &mut Members) -> Result<Option<String>> {
    let name = "reportBooleanFilter";
    let Some(text) = members.text(name)?.filter(|text| !text.trim().is_empty()) else {
        return Ok(None);
    };
    let spaced = text.replace(['(', ')'], " ");
    let known = spaced.split_whitespace().all(|word| {
        ["AND", "OR", "NOT"].iter().any(|known| word.eq_ignore_ascii_case(known))
            || (word.len() <= 3 && word.bytes().all(|b| b.is_ascii_digit()))
    });
    if known { Ok(Some(text)) } else { Err(member(name)) }
}

fn standard_filters(members: &mut Members) -> Result<Vec<StandardFilter>> {
    let name = "standardFilters";
    let read = |mut filter: Members| {
        let found = filter.text("name")?.zip(filter.text("value")?);
        filter.end()?;
        let (name, value) = found.ok_or_else(|| member(name))?;
        Ok(StandardFilter { name, value })
    };
    members.objects(name, MOST_FILTERS)?.into_iter().map(read).collect()
}

/// All rows. The other scopes choose by owners, teams and territories; "mine" would be those of the
/// one user that all agents share.
fn scope(members: &mut Members) -> Result<Option<String>> {
    match members.text("scope")? {
        None => Ok(None),
        Some(scope) if ["organization", "all"].contains(&scope.as_str()) => Ok(Some(scope)),
        Some(scope) => Err(ReportRefusal::Chooses { member: "scope", value: shown(&scope) }),
    }
}

fn top_rows(members: &mut Members) -> Result<Option<TopRows>> {
    let Some(mut top) = members.object("topRows")? else { return Ok(None) };
    let rows = top.take("rowLimit").as_u64().ok_or_else(|| member("topRows"))?;
    let direction = top.word("direction")?;
    top.end()?;
    Ok(Some(TopRows { rows, direction }))
}

/// The members of an object, taken one by one.
struct Members {
    members: Map<String, Value>,
    /// Where the object stands.
    member: &'static str,
}

impl Members {
    fn take(&mut self, name: &str) -> Value {
        self.members.remove(name).unwrap_or(Value::Null)
    }

    fn text(&mut self, name: &str) -> Result<Option<String>> {
        match self.take(name) {
            Value::Null => Ok(None),
            Value::String(text) if text.len() <= MOST_CHARS => Ok(Some(text)),
            Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_) => Err(member(name)),
        }
    }

    /// A text that names nothing but a choice of Salesforce's own, a day or a currency.
    fn word(&mut self, name: &str) -> Result<Option<String>> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"_-:.+".contains(&b);
        match self.text(name)? {
            Some(word) if word.len() > 40 || !word.bytes().all(plain) => Err(member(name)),
            Some(word) => Ok(Some(word).filter(|word| !word.is_empty())),
            None => Ok(None),
        }
    }

    fn list(&mut self, name: &'static str, most: usize) -> Result<Vec<Value>> {
        match self.take(name) {
            Value::Null => Ok(Vec::new()),
            Value::Array(list) if list.len() <= most => Ok(list),
            Value::Array(_) => Err(ReportRefusal::TooMany { member: name, most }),
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                Err(member(name))
            }
        }
    }

    fn object(&mut self, name: &'static str) -> Result<Option<Self>> {
        match self.take(name) {
            Value::Null => Ok(None),
            Value::Object(members) => Ok(Some(Self { members, member: name })),
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                Err(member(name))
            }
        }
    }

    fn objects(&mut self, name: &'static str, most: usize) -> Result<Vec<Self>> {
        let objects = self.list(name, most)?.into_iter().map(|value| {
            let Value::Object(members) = value else { return Err(member(name)) };
            Ok(Self { members, member: name })
        });
        objects.collect()
    }

    /// Refuses what is computed by the report, and what chooses rows by no column.
    fn refuse_computed(&mut self) -> Result<()> {
        for name in ["buckets", "customSummaryFormula", "customDetailFormula"] {
            let value = self.take(name);
            if !is_empty(&value) {
                let bucket = value.pointer("/0/developerName").and_then(Value::as_str);
                let formulas = value.as_object();
                let formula = formulas.and_then(|formulas| formulas.keys().next());
                let called = shown(bucket.or(formula.map(String::as_str)).unwrap_or(name));
                return Err(ReportRefusal::Computed { member: name, name: called });
            }
        }
        for name in
            ["crossFilters", "historicalSnapshotDates", "division", "userOrHierarchyFilterId"]
        {
            let value = self.take(name);
            if !is_empty(&value) {
                let value = match value.as_str() {
                    Some(text) => shown(text),
                    None => "not empty".to_owned(),
                };
                return Err(ReportRefusal::Chooses { member: name, value });
            }
        }
        Ok(())
    }

    /// Nothing is left that could name a column.
    fn end(self) -> Result<()> {
        let unknown =
            self.members.iter().find(|(_, value)| !is_empty(value) && !value.is_boolean());
        match unknown {
            None => Ok(()),
            Some((name, _)) if self.member == "reportMetadata" => Err(member(name)),
            Some((name, _)) => Err(member(&format!("{}.{name}", self.member))),
        }
    }
}

fn member(name: &str) -> ReportRefusal {
    ReportRefusal::Member(shown(name))
}

fn no_column(member: &'static str, value: &Value) -> ReportRefusal {
    let name = shown(value.as_str().unwrap_or("a value that is no text"));
    ReportRefusal::NoColumn { member, name }
}

/// Whether a value says nothing.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) | Value::Number(_) => false,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(members) => members.is_empty(),
    }
}
