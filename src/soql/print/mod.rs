//! The one text of a query: what Salesforce is sent.
//!
//! Single spaces, keywords in upper case, functions in Salesforce's spelling, parentheses exactly
//! where the grammar needs them. Parsing the text gives the same tree again.

mod clause;

use std::fmt::{Display, Formatter, Result, Write};

use super::ast::{
    Argument, Condition, DateRange, FieldExpr, From, GroupBy, Grouping, Literal, Nulls, OrderItem,
    Query, SelectItem, StringLiteral, StringPart,
};

impl Display for Query {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str("SELECT ")?;
        list(f, &self.select)?;
        write!(f, " FROM {}", self.from)?;
        if let Some(filter) = &self.filter {
            write!(f, " WHERE {filter}")?;
        }
        for with in &self.with {
            write!(f, " WITH {with}")?;
        }
        if let Some(group_by) = &self.group_by {
            write!(f, " GROUP BY {group_by}")?;
        }
        if let Some(having) = &self.having {
            write!(f, " HAVING {having}")?;
        }
        if !self.order_by.is_empty() {
            f.write_str(" ORDER BY ")?;
            list(f, &self.order_by)?;
        }
        if let Some(limit) = self.limit {
            write!(f, " LIMIT {limit}")?;
        }
        if let Some(offset) = self.offset {
            write!(f, " OFFSET {offset}")?;
        }
        write!(f, "{}", self.ending)
    }
}

impl Display for SelectItem {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Count => f.write_str("COUNT()"),
            Self::Field { expr, alias: None } => write!(f, "{expr}"),
            Self::Field { expr, alias: Some(alias) } => write!(f, "{expr} {alias}"),
            Self::Child { query, alias: None } => write!(f, "({query})"),
            Self::Child { query, alias: Some(alias) } => write!(f, "({query}) {alias}"),
            Self::Fields { set, .. } => write!(f, "FIELDS({})", set.name()),
            Self::Typeof { choice, alias: None } => write!(f, "{choice}"),
            Self::Typeof { choice, alias: Some(alias) } => write!(f, "{choice} {alias}"),
        }
    }
}

impl Display for From {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{}", self.source)?;
        if let Some(alias) = &self.alias {
            write!(f, " {alias}")?;
        }
        if let Some(using) = &self.using {
            write!(f, " USING {using}")?;
        }
        for other in &self.others {
            write!(f, ", {} {}", other.path, other.name)?;
        }
        Ok(())
    }
}

impl Display for FieldExpr {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Path(path) => write!(f, "{path}"),
            Self::Call { function, argument: Argument::Path(path), .. } => {
                write!(f, "{}({path})", function.name())
            }
            Self::Call { function, argument: Argument::Call(inner, path), .. } => {
                write!(f, "{}({}({path}))", function.name(), inner.name())
            }
            Self::Distance(distance) => write!(f, "{distance}"),
        }
    }
}

impl Display for Condition {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::And(items) => joined(f, items, " AND "),
            Self::Or(items) => joined(f, items, " OR "),
            Self::Not(inner) => {
                f.write_str("NOT ")?;
                primary(f, inner)
            }
            Self::Compare { left, op, right } => write!(f, "{left} {} {right}", op.symbol()),
            Self::Calculate { left, op, right } => write!(f, "{left} {} {right}", op.symbol()),
            Self::InList { left, negated, list } => {
                write!(f, "{left} {} (", membership(*negated))?;
                self::list(f, list)?;
                f.write_char(')')
            }
            Self::InQuery { left, negated, query } => {
                write!(f, "{left} {} ({query})", membership(*negated))
            }
            Self::Multi { left, excludes, list } => {
                write!(f, "{left} {} (", if *excludes { "EXCLUDES" } else { "INCLUDES" })?;
                self::list(f, list)?;
                f.write_char(')')
            }
        }
    }
}

fn membership(negated: bool) -> &'static str {
    if negated { "NOT IN" } else { "IN" }
}

fn joined(f: &mut Formatter<'_>, items: &[Condition], operator: &str) -> Result {
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            f.write_str(operator)?;
        }
        primary(f, item)?;
    }
    Ok(())
}

/// A condition as an operand: only a comparison stands without parentheses.
fn primary(f: &mut Formatter<'_>, condition: &Condition) -> Result {
    match condition {
        Condition::And(_) | Condition::Or(_) | Condition::Not(_) => write!(f, "({condition})"),
        Condition::Compare { .. }
        | Condition::Calculate { .. }
        | Condition::InList { .. }
        | Condition::InQuery { .. }
        | Condition::Multi { .. } => write!(f, "{condition}"),
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Null => f.write_str("NULL"),
            Self::Boolean(true) => f.write_str("TRUE"),
            Self::Boolean(false) => f.write_str("FALSE"),
            Self::Number(text) | Self::Date(text) | Self::DateTime(text) | Self::Time(text) => {
                f.write_str(text)
            }
            // The sign stands before the code, as it does before a number.
            Self::Currency { code, amount } => match amount.strip_prefix(['-', '+']) {
                Some(digits) if amount.starts_with('-') => write!(f, "-{code}{digits}"),
                Some(digits) => write!(f, "+{code}{digits}"),
                None => write!(f, "{code}{amount}"),
            },
            Self::String(string) => write!(f, "{string}"),
            Self::DateRange(range) => write!(f, "{range}"),
        }
    }
}

impl Display for DateRange {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(self.name)?;
        self.count.map_or(Ok(()), |count| write!(f, ":{count}"))
    }
}

impl Display for StringLiteral {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_char('\'')?;
        for part in &self.parts {
            match part {
                StringPart::Text(text) => text.chars().try_for_each(|c| escaped(f, c))?,
                StringPart::EscapedPercent => f.write_str("\\%")?,
                StringPart::EscapedUnderscore => f.write_str("\\_")?,
            }
        }
        f.write_char('\'')
    }
}

/// One character of a string: raw where every reader agrees what it is, else escaped.
fn escaped(f: &mut Formatter<'_>, c: char) -> Result {
    match c {
        '\'' => f.write_str("\\'"),
        '\\' => f.write_str("\\\\"),
        '\u{8}' => f.write_str("\\b"),
        '\n' => f.write_str("\\n"),
        '\r' => f.write_str("\\r"),
        '\t' => f.write_str("\\t"),
        // The line separators end a line for some readers.
        '\u{2028}' | '\u{2029}' => write!(f, "\\u{:04X}", u32::from(c)),
        _ if c.is_control() => write!(f, "\\u{:04X}", u32::from(c)),
        _ => f.write_char(c),
    }
}

impl Display for GroupBy {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let (open, close) = match self.kind {
            Grouping::Plain => ("", ""),
            Grouping::Rollup => ("ROLLUP(", ")"),
            Grouping::Cube => ("CUBE(", ")"),
        };
        f.write_str(open)?;
        list(f, &self.items)?;
        f.write_str(close)
    }
}

impl Display for OrderItem {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{}", self.expr)?;
        if self.descending {
            f.write_str(" DESC")?;
        }
        match self.nulls {
            None => Ok(()),
            Some(Nulls::First) => f.write_str(" NULLS FIRST"),
            Some(Nulls::Last) => f.write_str(" NULLS LAST"),
        }
    }
}

fn list(f: &mut Formatter<'_>, items: &[impl Display]) -> Result {
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            f.write_str(", ")?;
        }
        write!(f, "{item}")?;
    }
    Ok(())
}
