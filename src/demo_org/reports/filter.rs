//! Filters of a report: which records it shows.

use std::cmp::Ordering;

use super::super::answer::Refusal;
use super::super::catalog::Kind;
use super::super::query::{Context, Row};
use super::super::value::{Value, fold, parse_datetime};
use super::columns::{Column, ReportType};
use super::definition::{DateFilter, Definition, Filter, Operator, bad};

/// Deepest nesting of a filter's logic.
const MOST_DEPTH: usize = 10;

/// Filter logic over the numbers of filters.
#[derive(Debug)]
enum Logic {
    Filter(usize),
    Not(Box<Self>),
    And(Vec<Self>),
    Or(Vec<Self>),
}

/// All filters of a run.
#[derive(Debug)]
pub(super) struct Filters<'a> {
    kind: &'a ReportType,
    filters: &'a [Filter],
    logic: Option<Logic>,
    dates: Option<&'a DateFilter>,
}

impl<'a> Filters<'a> {
    /// The filters of a definition that was checked.
    pub(super) fn of(kind: &'a ReportType, definition: &'a Definition) -> Result<Self, Refusal> {
        let filters = definition.report_filters.as_slice();
        let text = definition.report_boolean_filter.as_deref().map(str::trim).unwrap_or_default();
        let logic = (!text.is_empty())
            .then(|| {
                let tokens = tokens(text);
                let mut tokens = tokens.iter().peekable();
                let logic = or(&mut tokens, filters.len(), 0);
                logic.filter(|_| tokens.next().is_none()).ok_or_else(|| {
                    bad("reportBooleanFilter is not logic over the numbers of the filters")
                })
            })
            .transpose()?;
        Ok(Self { kind, filters, logic, dates: definition.standard_date_filter.as_ref() })
    }

    /// Whether a record is shown.
    pub(super) fn hold(&self, context: Context<'_>, row: Row<'_>) -> bool {
        let one = |filter: &Filter| self.holds(context, row, filter);
        let own = match &self.logic {
            None => self.filters.iter().all(one),
            Some(logic) => logic.holds(&|n| self.filters.get(n).is_some_and(one)),
        };
        own && self.in_dates(context, row)
    }

    fn in_dates(&self, context: Context<'_>, row: Row<'_>) -> bool {
        let Some(dates) = self.dates else { return true };
        let bound = |text: &Option<String>| text.as_deref().and_then(|text| text.parse().ok());
        let (start, end) = (bound(&dates.start_date), bound(&dates.end_date));
        if start.is_none() && end.is_none() {
            return true;
        }
        let column = self.kind.column(&dates.column);
        let day = column.and_then(|column| column.path.value(context, row).as_date());
        day.is_some_and(|day| {
            start.is_none_or(|start| start <= day) && end.is_none_or(|end| day <= end)
        })
    }

    fn holds(&self, context: Context<'_>, row: Row<'_>, filter: &Filter) -> bool {
        let Some(column) = self.kind.column(&filter.column) else { return false };
        let value = column.path.value(context, row);
        let text = filter.value.as_deref().unwrap_or_default();
        if filter.filter_type.as_deref() == Some("fieldToField") {
            let other = self.kind.column(text);
            return other.is_some_and(|other| {
                compare(&value, filter.operator, &other.path.value(context, row))
            });
        }
        let mut wanted = text.split(',').map(|text| typed(column, text.trim()));
        let negative = matches!(
            filter.operator,
            Operator::NotEqual | Operator::NotContain | Operator::Excludes
        );
        let one = |wanted: Option<Value>| {
            wanted.is_some_and(|wanted| compare(&value, filter.operator, &wanted))
        };
        if negative { wanted.all(one) } else { wanted.any(one) }
    }
}

/// A filter's value as the column's type; `None` for one that it can't hold.
fn typed(column: &Column, text: &str) -> Option<Value> {
    if text.is_empty() {
        return Some(Value::Null);
    }
    match column.kind() {
        Kind::Boolean => match fold(text).as_str() {
            "true" | "1" => Some(Value::Bool(true)),
            "false" | "0" => Some(Value::Bool(false)),
            _other => None,
        },
        Kind::Int | Kind::Double | Kind::Currency | Kind::Percent => {
            text.parse().ok().map(Value::Number)
        }
        Kind::Date => text.parse().ok().map(Value::Date),
        Kind::DateTime => {
            parse_datetime(text).map(Value::DateTime).or_else(|| text.parse().ok().map(Value::Date))
        }
        Kind::Id
        | Kind::Reference
        | Kind::Text
        | Kind::TextArea
        | Kind::Phone
        | Kind::Email
        | Kind::Url
        | Kind::Picklist
        | Kind::MultiPicklist
        | Kind::Combobox
        | Kind::Address
        | Kind::Complex => Some(Value::text(text)),
    }
}

fn compare(value: &Value, operator: Operator, wanted: &Value) -> bool {
    let order = match (value, wanted) {
        (Value::DateTime(_), Value::Date(day)) => value.as_date().map(|own| own.cmp(day)),
        (value, wanted) => value.compare(wanted),
    };
    let texts = || Some((fold(value.as_text()?), fold(wanted.as_text()?)));
    let has = |test: fn(&str, &str) -> bool| texts().is_some_and(|(a, b)| test(&a, &b));
    let part = |all: &str, one: &str| all.split(';').any(|other| other == one);
    match operator {
        Operator::Equals => order == Some(Ordering::Equal),
        Operator::NotEqual => order != Some(Ordering::Equal),
        Operator::LessThan => order == Some(Ordering::Less),
        Operator::GreaterThan => order == Some(Ordering::Greater),
        Operator::LessOrEqual => order.is_some_and(Ordering::is_le),
        Operator::GreaterOrEqual => order.is_some_and(Ordering::is_ge),
        Operator::Contains => has(|a, b| a.contains(b)),
        Operator::NotContain => !has(|a, b| a.contains(b)),
        Operator::StartsWith => has(|a, b| a.starts_with(b)),
        Operator::Includes => has(part),
        Operator::Excludes => !has(part),
    }
}

impl Logic {
    fn holds(&self, filter: &dyn Fn(usize) -> bool) -> bool {
        match self {
            Self::Filter(n) => filter(*n),
            Self::Not(inner) => !inner.holds(filter),
            Self::And(parts) => parts.iter().all(|part| part.holds(filter)),
            Self::Or(parts) => parts.iter().any(|part| part.holds(filter)),
        }
    }
}

fn tokens(text: &str) -> Vec<String> {
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    spaced.split_whitespace().map(str::to_uppercase).collect()
}

type Tokens<'a> = std::iter::Peekable<std::slice::Iter<'a, String>>;

fn or(tokens: &mut Tokens<'_>, filters: usize, depth: usize) -> Option<Logic> {
    let mut parts = vec![and(tokens, filters, depth)?];
    while tokens.next_if(|token| *token == "OR").is_some() {
        parts.push(and(tokens, filters, depth)?);
    }
    Some(Logic::Or(parts))
}

fn and(tokens: &mut Tokens<'_>, filters: usize, depth: usize) -> Option<Logic> {
    let mut parts = vec![one(tokens, filters, depth)?];
    while tokens.next_if(|token| *token == "AND").is_some() {
        parts.push(one(tokens, filters, depth)?);
    }
    Some(Logic::And(parts))
}

fn one(tokens: &mut Tokens<'_>, filters: usize, depth: usize) -> Option<Logic> {
    let depth = depth.checked_add(1).filter(|depth| *depth <= MOST_DEPTH)?;
    match tokens.next()?.as_str() {
        "NOT" => Some(Logic::Not(Box::new(one(tokens, filters, depth)?))),
        "(" => {
            let inner = or(tokens, filters, depth)?;
            (tokens.next()? == ")").then_some(inner)
        }
        number => {
            let n: usize = number.parse().ok()?;
            let n = n.checked_sub(1).filter(|n| *n < filters)?;
            Some(Logic::Filter(n))
        }
    }
}
