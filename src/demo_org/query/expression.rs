//! Fields and functions of them: their type and, in a row, their value.

use jiff::civil::Weekday;

use super::super::catalog::Kind;
use super::super::json::Json;
use super::super::value::{Value, utc};
use super::resolve::{Column, Leaf, Scope};
use super::{Context, Fault, Row};
use crate::soql::ast::{FieldExpr, Function, Span};

/// A field with the functions around it, the outermost first.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Expression {
    pub(super) column: Column,
    pub(super) functions: Vec<Function>,
    pub(super) span: Span,
}

impl Expression {
    pub(super) fn of(scope: &Scope<'_>, expr: &FieldExpr) -> Result<Self, Fault> {
        let span = expr.span();
        if matches!(expr, FieldExpr::Distance(_)) {
            return Err(Fault::malformed("DISTANCE is not supported by the demo org", span));
        }
        let this = Self {
            column: scope.column(expr.path())?,
            functions: expr.functions().collect(),
            span,
        };
        this.check()?;
        Ok(this)
    }

    /// Refuses a function that its field does not take.
    fn check(&self) -> Result<(), Fault> {
        for function in &self.functions {
            let field = self.column.field();
            let numeric = field.is_some_and(super::super::catalog::FieldDef::numeric);
            let dated = matches!(self.column_kind(), Kind::Date | Kind::DateTime);
            let fits = match function {
                Function::Avg | Function::Sum => numeric,
                Function::Count | Function::CountDistinct | Function::Min | Function::Max => {
                    field.is_none_or(super::super::catalog::FieldDef::aggregatable)
                }
                Function::Grouping => {
                    let message = "GROUPING is not supported in this org";
                    return Err(Fault::malformed(message, self.span));
                }
                Function::ToLabel | Function::Format => true,
                Function::ConvertCurrency => self.column_kind() == Kind::Currency,
                Function::ConvertTimezone | Function::HourInDay | Function::DayOnly => {
                    self.column_kind() == Kind::DateTime
                }
                Function::CalendarMonth
                | Function::CalendarQuarter
                | Function::CalendarYear
                | Function::DayInMonth
                | Function::DayInWeek
                | Function::DayInYear
                | Function::FiscalMonth
                | Function::FiscalQuarter
                | Function::FiscalYear
                | Function::WeekInMonth
                | Function::WeekInYear => dated,
            };
            if !fits {
                let (name, function) = (self.column.name(), function.name());
                let message = format!("field {name} does not support the function {function}");
                return Err(Fault::malformed(message, self.span));
            }
        }
        Ok(())
    }

    fn column_kind(&self) -> Kind {
        match &self.column.leaf {
            Leaf::Field(..) => self.column.field().map_or(Kind::Text, |field| field.kind),
            Leaf::Name("Id") => Kind::Id,
            Leaf::Name("IsActive") => Kind::Boolean,
            Leaf::Name(_) => Kind::Text,
        }
    }

    /// The type of the value.
    pub(super) fn kind(&self) -> Kind {
        self.functions.iter().rev().fold(self.column_kind(), |kind, function| match function {
            Function::Count | Function::CountDistinct => Kind::Int,
            Function::Avg => Kind::Double,
            Function::Max
            | Function::Min
            | Function::Sum
            | Function::ConvertCurrency
            | Function::ConvertTimezone => kind,
            Function::ToLabel | Function::Format => Kind::Text,
            Function::DayOnly => Kind::Date,
            Function::Grouping
            | Function::CalendarMonth
            | Function::CalendarQuarter
            | Function::CalendarYear
            | Function::DayInMonth
            | Function::DayInWeek
            | Function::DayInYear
            | Function::FiscalMonth
            | Function::FiscalQuarter
            | Function::FiscalYear
            | Function::HourInDay
            | Function::WeekInMonth
            | Function::WeekInYear => Kind::Int,
        })
    }

    pub(super) fn is_aggregate(&self) -> bool {
        self.functions.iter().any(|function| function.is_aggregate())
    }

    /// Whether it makes numbers or days out of dates.
    pub(super) fn is_date_part(&self) -> bool {
        self.functions.iter().any(|function| date_part(*function))
    }

    /// Whether the two read the same, wherever they are written.
    pub(super) fn same(&self, other: &Self) -> bool {
        self.column == other.column && self.functions == other.functions
    }

    /// The value in one row. An aggregate has none.
    pub(super) fn value(&self, context: Context<'_>, row: Row<'_>) -> Value {
        let value = self.column.value(context, row);
        self.functions.iter().rev().fold(value, |value, function| apply(*function, value))
    }

    /// The value over the rows of a group.
    pub(super) fn aggregate(&self, context: Context<'_>, rows: &[Row<'_>]) -> Value {
        let mut value = Value::Null;
        let mut values: Vec<Value> =
            rows.iter().map(|row| self.column.value(context, *row)).collect();
        for function in self.functions.iter().rev() {
            if function.is_aggregate() {
                value = super::aggregate::of(*function, &values, self.column_kind());
            } else if value.is_null() {
                values = values.into_iter().map(|value| apply(*function, value)).collect();
                value = values.first().cloned().unwrap_or(Value::Null);
            } else {
                value = apply(*function, value);
            }
        }
        if self.functions.is_empty() {
            values.into_iter().next().unwrap_or(Value::Null)
        } else {
            value
        }
    }
}

fn date_part(function: Function) -> bool {
    match function {
        Function::CalendarMonth
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
        | Function::WeekInYear => true,
        Function::Avg
        | Function::Count
        | Function::CountDistinct
        | Function::Max
        | Function::Min
        | Function::Sum
        | Function::Grouping
        | Function::ToLabel
        | Function::ConvertCurrency
        | Function::ConvertTimezone
        | Function::Format => false,
    }
}

/// A function of one value. The fiscal year is the calendar year, the time zone UTC, the currency
/// one, and labels are the values.
fn apply(function: Function, value: Value) -> Value {
    let Some(date) = value.as_date() else {
        return if function == Function::Format {
            formatted(value)
        } else if date_part(function) {
            Value::Null
        } else {
            value
        };
    };
    let week =
        |day: i64| day.saturating_sub(1).checked_div(7).unwrap_or_default().saturating_add(1);
    let number = match function {
        Function::CalendarMonth | Function::FiscalMonth => i64::from(date.month()),
        Function::CalendarQuarter | Function::FiscalQuarter => {
            i64::from(date.month()).saturating_add(2).checked_div(3).unwrap_or_default()
        }
        Function::CalendarYear | Function::FiscalYear => i64::from(date.year()),
        Function::DayInMonth => i64::from(date.day()),
        Function::DayInWeek => i64::from(date.weekday().since(Weekday::Sunday)).saturating_add(1),
        Function::DayInYear => i64::from(date.day_of_year()),
        Function::WeekInMonth => week(i64::from(date.day())),
        Function::WeekInYear => week(i64::from(date.day_of_year())),
        Function::HourInDay => {
            let Value::DateTime(time) = value else { return Value::Null };
            i64::from(utc(time).hour())
        }
        Function::DayOnly => return Value::Date(date),
        Function::Format => return formatted(value),
        Function::Avg
        | Function::Count
        | Function::CountDistinct
        | Function::Max
        | Function::Min
        | Function::Sum
        | Function::Grouping
        | Function::ToLabel
        | Function::ConvertCurrency
        | Function::ConvertTimezone => return value,
    };
    Value::Int(number)
}

/// `FORMAT`, without a locale's ornaments.
fn formatted(value: Value) -> Value {
    match value.json() {
        Json::Null | Json::List(_) | Json::Object(_) => value,
        Json::Text(text) => Value::Text(text),
        Json::Bool(value) => Value::Text(value.to_string()),
        Json::Int(number) => Value::Text(number.to_string()),
        Json::Float(number) => Value::Text(format!("{number:.2}")),
    }
}
