//! Aggregate functions and groups.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use super::super::catalog::Kind;
use super::super::json::{Json, object};
use super::super::value::{Value, float, whole};
use super::expression::Expression;
use super::filter::Test;
use super::{Context, Row};
use crate::soql::ast::Function;

/// An aggregate of values; nulls don't count.
pub(super) fn of(function: Function, values: &[Value], kind: Kind) -> Value {
    let present = || values.iter().filter(|value| !value.is_null());
    let count = |n: usize| Value::Int(i64::try_from(n).unwrap_or(i64::MAX));
    let sum = || present().filter_map(Value::as_number).fold(0.0, |sum, n| sum + n);
    let extreme = |wanted: Ordering| {
        let mut best: Option<&Value> = None;
        for value in present() {
            if best.is_none_or(|best| value.compare(best) == Some(wanted)) {
                best = Some(value);
            }
        }
        best.cloned().unwrap_or(Value::Null)
    };
    match function {
        Function::Count => count(present().count()),
        Function::CountDistinct => {
            count(present().map(Value::group_key).collect::<BTreeSet<_>>().len())
        }
        Function::Min => extreme(Ordering::Less),
        Function::Max => extreme(Ordering::Greater),
        Function::Sum if present().next().is_none() => Value::Null,
        Function::Sum if kind == Kind::Int => Value::Int(whole(sum())),
        Function::Sum => Value::Number(sum()),
        Function::Avg => match i64::try_from(present().count()) {
            Ok(0) | Err(_) => Value::Null,
            Ok(n) => Value::Number(sum() / float(n)),
        },
        Function::Grouping
        | Function::ToLabel
        | Function::ConvertCurrency
        | Function::ConvertTimezone
        | Function::Format
        | Function::CalendarMonth
        | Function::CalendarQuarter
        | Function::CalendarYear
        | Function::DayInMonth
        | Function::DayInWeek
        | Function::DayInYear
        | Function::DayOnly
        | Function::FiscalMonth
        | Function::FiscalQuarter
        | Function::FiscalYear
        | Function::HourInDay
        | Function::WeekInMonth
        | Function::WeekInYear => Value::Null,
    }
}

/// `GROUP BY` with what is shown of each group.
#[derive(Debug)]
pub(super) struct Groups {
    pub(super) by: Vec<Expression>,
    pub(super) having: Option<Test>,
    /// The answer's keys and what stands under them.
    pub(super) shown: Vec<(String, Expression)>,
}

/// The rows of a group.
pub(super) type Group<'a> = Vec<Row<'a>>;

impl Groups {
    /// Puts rows into groups, in the order of what they are grouped on, and keeps those that
    /// `HAVING` lets through. Without `GROUP BY` there is one group.
    pub(super) fn group<'a>(&self, context: Context<'_>, rows: Vec<Row<'a>>) -> Vec<Group<'a>> {
        let mut groups: BTreeMap<Vec<String>, Group<'a>> = BTreeMap::new();
        if self.by.is_empty() {
            groups.insert(Vec::new(), rows);
        } else {
            for row in rows {
                let key = self.by.iter().map(|e| e.value(context, row).group_key()).collect();
                groups.entry(key).or_default().push(row);
            }
        }
        let holds = |group: &Group<'a>| {
            self.having.as_ref().is_none_or(|test| test.holds(&|e| e.aggregate(context, group)))
        };
        groups.into_values().filter(holds).collect()
    }

    /// A group as the answer shows it.
    pub(super) fn show(&self, context: Context<'_>, group: &Group<'_>) -> Json {
        let mut members = vec![("attributes".to_owned(), object! { "type" => "AggregateResult" })];
        for (key, expression) in &self.shown {
            members.push((key.clone(), expression.aggregate(context, group).json()));
        }
        Json::Object(members)
    }
}
