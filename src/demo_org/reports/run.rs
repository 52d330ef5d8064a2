//! A run: the records that a report shows, grouped, with their summaries, as a fact map.

use std::cmp::Ordering;

use super::super::catalog::Kind;
use super::super::json::{Json, object};
use super::super::query::{Context, Row};
use super::super::value::{Value, datetime, float};
use super::columns::{Column, ReportType};
use super::definition::{Bucket, Definition, Formula};
use super::filter::Filters;

/// Most detail rows.
const MOST_ROWS: usize = 2_000;

/// What came out.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) facts: Vec<(String, Json)>,
    pub(super) groupings: Vec<Json>,
    pub(super) all_data: bool,
}

/// A report that is run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run<'a> {
    pub(super) context: Context<'a>,
    pub(super) kind: &'a ReportType,
    pub(super) definition: &'a Definition,
    pub(super) details: bool,
}

impl<'a> Run<'a> {
    /// Runs it.
    pub(super) fn outcome(&self, filters: &Filters<'_>) -> Outcome {
        let catalog = self.context.store.catalog();
        let Some(root) = catalog.at(self.kind.root.index) else {
            return Outcome { facts: Vec::new(), groupings: Vec::new(), all_data: true };
        };
        let records = self.context.store.records(root).iter().filter(|record| !record.deleted);
        let rows = records.map(|record| Row { object: root, record });
        let mut rows: Vec<Row<'a>> = rows.filter(|row| filters.hold(self.context, *row)).collect();
        for sort in self.definition.sort_by.iter().rev() {
            if let Some(column) = self.kind.column(&sort.sort_column) {
                let order = |row: Row<'_>| column.path.value(self.context, row);
                sort_by(&mut rows, sort.sort_order.as_deref(), &order);
            }
        }
        let all_data = rows.len() <= MOST_ROWS;
        rows.truncate(MOST_ROWS);
        let mut facts = Vec::new();
        let groupings = self.group(&rows, 0, "", &mut facts);
        let tabular = self.definition.groupings_down.is_empty();
        facts.push(("T!T".to_owned(), self.fact(&rows, tabular)));
        Outcome { facts, groupings, all_data }
    }

    /// Groups rows by the groupings from `level` on.
    fn group(
        &self,
        rows: &[Row<'a>],
        level: usize,
        above: &str,
        facts: &mut Vec<(String, Json)>,
    ) -> Vec<Json> {
        let Some(grouping) = self.definition.groupings_down.get(level) else { return Vec::new() };
        let value = |row: Row<'_>| self.value(&grouping.name, row);
        let mut rows = rows.to_vec();
        sort_by(&mut rows, grouping.sort_order.as_deref(), &value);
        let next_level = level.saturating_add(1);
        let innermost = next_level >= self.definition.groupings_down.len();
        let same = |a: &Row<'_>, b: &Row<'_>| value(*a).group_key() == value(*b).group_key();
        let mut shown = Vec::new();
        for (n, group) in rows.chunk_by(same).enumerate() {
            let underscore = if above.is_empty() { "" } else { "_" };
            let key = format!("{above}{underscore}{n}");
            let below = self.group(group, next_level, &key, facts);
            let first = group.first().copied().map_or(Value::Null, value);
            let cell = match (self.kind.column(&grouping.name), group.first()) {
                (Some(column), Some(row)) => self.cell(column, *row),
                (None, _) | (_, None) => {
                    object! { "label" => label(Kind::Text, &first), "value" => first.json() }
                }
            };
            let mut members = vec![
                ("groupings".to_owned(), Json::List(below)),
                ("key".to_owned(), Json::from(key.as_str())),
            ];
            if let Json::Object(cell) = cell {
                members.extend(cell);
            }
            shown.push(Json::Object(members));
            facts.push((format!("{key}!T"), self.fact(group, innermost)));
        }
        shown
    }

    /// The value of a column or a bucket.
    fn value(&self, token: &str, row: Row<'_>) -> Value {
        if let Some(column) = self.kind.column(token) {
            return column.path.value(self.context, row);
        }
        self.definition.bucket(token).map_or(Value::Null, |bucket| self.bucket(bucket, row))
    }

    fn bucket(&self, bucket: &Bucket, row: Row<'_>) -> Value {
        let value = self.value(&bucket.source_column_name, row);
        let Some(text) = value.as_text() else { return Value::Null };
        let holds = |values: &Option<Vec<String>>| {
            values.iter().flatten().any(|value| value.eq_ignore_ascii_case(text))
        };
        let found = bucket.values.iter().find(|one| holds(&one.source_dimension_values));
        let other = bucket.other_bucket_label.as_deref().unwrap_or(text);
        Value::text(found.map_or(other, |value| value.label.as_str()))
    }

    /// One entry of the fact map.
    fn fact(&self, rows: &[Row<'a>], with_rows: bool) -> Json {
        let aggregates = self.definition.aggregates.iter().map(|name| self.aggregate(name, rows));
        let mut members =
            vec![("aggregates".to_owned(), Json::List(aggregates.collect::<Vec<_>>()))];
        if self.details {
            let rows = if with_rows { rows } else { &[] };
            let rows = rows.iter().map(|row| {
                let cells = self.definition.detail_columns.iter().map(|token| {
                    match self.kind.column(token) {
                        Some(column) => self.cell(column, *row),
                        None => {
                            let value = self.value(token, *row);
                            object! { "label" => label(Kind::Text, &value), "value" => value.json() }
                        }
                    }
                });
                object! { "dataCells" => cells.collect::<Vec<_>>() }
            });
            members.push(("rows".to_owned(), Json::List(rows.collect())));
        }
        Json::Object(members)
    }

    /// A cell: the name of a record has its id as the value, money its amount and currency.
    fn cell(&self, column: &Column, row: Row<'_>) -> Json {
        let value = column.path.value(self.context, row);
        let shown = match (&column.id, column.kind()) {
            (Some(id), _) => id.value(self.context, row).json(),
            (None, Kind::Currency) if !value.is_null() => {
                object! { "amount" => value.json(), "currency" => Json::Null }
            }
            (None, _) => value.json(),
        };
        object! { "label" => label(column.kind(), &value), "value" => shown }
    }

    fn aggregate(&self, name: &str, rows: &[Row<'_>]) -> Json {
        if name == "RowCount" {
            let count = rows.len();
            return object! { "label" => count.to_string(), "value" => count };
        }
        let (value, kind) = match self.definition.formula(name) {
            Some(formula) => {
                let kind =
                    if formula.formula_type == "currency" { Kind::Currency } else { Kind::Double };
                (self.formula(formula, rows), kind)
            }
            None => {
                let (how, token) = name.split_once('!').unwrap_or_default();
                let kind = self.kind.column(token).map_or(Kind::Text, Column::kind);
                (self.summary(how, token, rows), if how == "u" { Kind::Int } else { kind })
            }
        };
        object! { "label" => label(kind, &value), "value" => value.json() }
    }

    /// A sum, an average, an extreme or a count of the different values of a column.
    fn summary(&self, how: &str, token: &str, rows: &[Row<'_>]) -> Value {
        let values: Vec<Value> = rows
            .iter()
            .map(|row| self.value(token, *row))
            .filter(|value| !value.is_null())
            .collect();
        let sum = || values.iter().filter_map(Value::as_number).fold(0.0, |sum, n| sum + n);
        let count = i64::try_from(values.len()).unwrap_or(i64::MAX);
        let extreme = |wanted: Ordering| {
            values.iter().fold(Value::Null, |best, value| {
                let better = best.is_null() || value.compare(&best) == Some(wanted);
                if better { value.clone() } else { best }
            })
        };
        match how {
            "s" => Value::Number(sum()),
            "a" if count == 0 => Value::Number(0.0),
            "a" => Value::Number(sum() / float(count)),
            "m" => extreme(Ordering::Less),
            "u" => {
                let mut keys: Vec<String> = values.iter().map(Value::group_key).collect();
                keys.sort();
                keys.dedup();
                Value::Int(i64::try_from(keys.len()).unwrap_or(i64::MAX))
            }
            _most => extreme(Ordering::Greater),
        }
    }

    /// A summary formula: `TOKEN:SUM`, `RowCount`, or one of them divided by the other.
    fn formula(&self, formula: &Formula, rows: &[Row<'_>]) -> Value {
        let operand = |text: &str| -> Option<f64> {
            let text = text.trim();
            if text == "RowCount" {
                return i64::try_from(rows.len()).ok().map(float);
            }
            let (token, how) = text.rsplit_once(':')?;
            let how = match how {
                "SUM" => "s",
                "AVG" => "a",
                "MIN" => "m",
                "MAX" => "x",
                _other => return None,
            };
            self.kind.column(token)?;
            self.summary(how, token, rows).as_number()
        };
        let value = match formula.formula.split_once('/') {
            None => operand(&formula.formula),
            Some((over, under)) => operand(over)
                .zip(operand(under))
                .filter(|(_, under)| *under != 0.0)
                .map(|(over, under)| over / under),
        };
        value.map_or(Value::Null, Value::Number)
    }
}

fn sort_by(rows: &mut [Row<'_>], order: Option<&str>, value: &dyn Fn(Row<'_>) -> Value) {
    let descending = order.is_some_and(|order| order.eq_ignore_ascii_case("desc"));
    rows.sort_by(|a, b| {
        let (a, b) = (value(*a), value(*b));
        let found = match (a.is_null(), b.is_null()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => a.compare(&b).unwrap_or(Ordering::Equal),
        };
        if descending { found.reverse() } else { found }
    });
}

/// A value as people read it.
fn label(kind: Kind, value: &Value) -> String {
    match value {
        Value::Null | Value::Compound(_) => "-".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Number(value) if kind == Kind::Currency => money(*value),
        Value::Number(value) if kind == Kind::Percent => format!("{value}%"),
        Value::Number(value) => value.to_string(),
        Value::Text(text) => text.clone(),
        Value::Date(day) => format!("{}/{}/{}", day.month(), day.day(), day.year()),
        Value::DateTime(time) => datetime(*time),
    }
}

/// `$1,234.50`.
fn money(amount: f64) -> String {
    let text = format!("{:.2}", amount.abs());
    let (whole, cents) = text.split_once('.').unwrap_or((&text, "00"));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        let left = whole.len().saturating_sub(place);
        if place > 0 && left.is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let sign = if amount < 0.0 { "-" } else { "" };
    format!("{sign}${grouped}.{cents}")
}
