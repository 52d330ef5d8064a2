//! Date literals: from `LAST_N_DAYS:30` to the days that it stands for.
//!
//! SOQL and SOSL Reference, "Date Formats and Date Literals". Weeks begin on Sunday, the fiscal
//! year is the calendar year, the time zone UTC.

use jiff::civil::{Date, Weekday, date};
use jiff::{Span, ToSpan};

use crate::soql::ast::DateRange;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

/// The first day of a date literal and the first day after it; `None` out of the calendar.
pub(super) fn days(range: &DateRange, today: Date) -> Option<(Date, Date)> {
    let (unit, from, to) = offsets(range)?;
    Some((begin(unit, today, from)?, begin(unit, today, to)?))
}

/// The unit, and the range in units from the current one: `from` counted in, `to` left out.
fn offsets(range: &DateRange) -> Option<(Unit, i64, i64)> {
    let n = i64::from(range.count.unwrap_or(1));
    let name = range.name.replace("FISCAL_", "");
    let before = n.checked_neg()?;
    let after = n.checked_add(1)?;
    match name.as_str() {
        "YESTERDAY" => return Some((Unit::Day, -1, 0)),
        "TODAY" => return Some((Unit::Day, 0, 1)),
        "TOMORROW" => return Some((Unit::Day, 1, 2)),
        "LAST_90_DAYS" => return Some((Unit::Day, -90, 1)),
        "NEXT_90_DAYS" => return Some((Unit::Day, 1, 91)),
        "LAST_N_DAYS" => return Some((Unit::Day, before, 1)),
        _other => {}
    }
    let unit = [
        ("DAY", Unit::Day),
        ("WEEK", Unit::Week),
        ("MONTH", Unit::Month),
        ("QUARTER", Unit::Quarter),
        ("YEAR", Unit::Year),
    ]
    .into_iter()
    .find(|(word, _)| name.contains(word))
    .map(|(_, unit)| unit)?;
    let (from, to) = if name.starts_with("N_") {
        (before, before.checked_add(1)?)
    } else if name.starts_with("LAST_") {
        (before, 0)
    } else if name.starts_with("NEXT_") {
        (1, after)
    } else {
        (0, 1)
    };
    Some((unit, from, to))
}

/// The first day of the unit that lies `offset` units from today's.
fn begin(unit: Unit, today: Date, offset: i64) -> Option<Date> {
    let span = Span::new();
    let (start, step) = match unit {
        Unit::Day => (today, span.try_days(offset)),
        Unit::Week => {
            let since = today.weekday().since(Weekday::Sunday);
            (today.checked_sub(i64::from(since).days()).ok()?, span.try_weeks(offset))
        }
        Unit::Month => (today.first_of_month(), span.try_months(offset)),
        Unit::Quarter => {
            let into = today.month().checked_sub(1)?.checked_rem(3)?;
            let start = today.first_of_month().checked_sub(i64::from(into).months()).ok()?;
            (start, span.try_months(offset.checked_mul(3)?))
        }
        Unit::Year => (date(today.year(), 1, 1), span.try_years(offset)),
    };
    start.checked_add(step.ok()?).ok()
}
