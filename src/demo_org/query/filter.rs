//! `WHERE` and `HAVING`.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use jiff::civil::Date;

use super::super::catalog::Kind;
use super::super::value::{Value, fold, parse_datetime, utc};
use super::dates;
use super::expression::Expression;
use super::plan::Plan;
use super::resolve::Scope;
use super::{Context, Fault};
use crate::salesforce::RecordId;
use crate::soql::ast::{
    Arithmetic, CompareOp, Condition, FieldExpr, Literal, Query, StringLiteral, StringPart,
};

/// Most semi- and anti-joins of one `WHERE`.
const MOST_JOINS: usize = 2;

/// A condition whose names are resolved and whose literals are read.
#[derive(Debug)]
pub(super) enum Test {
    And(Vec<Self>),
    Or(Vec<Self>),
    Not(Box<Self>),
    Compare { left: Expression, op: CompareOp, right: Operand },
    Calculate { left: Expression, minus: bool, right: Expression, op: CompareOp, than: Operand },
    Like { left: Expression, pattern: Vec<Piece> },
    In { left: Expression, negated: bool, keys: BTreeSet<String>, days: Vec<(Date, Date)> },
    Multi { left: Expression, excludes: bool, sets: Vec<Vec<String>> },
}

/// The right side of a comparison.
#[derive(Debug)]
pub(super) enum Operand {
    Value(Value),
    /// From the first day up to, and without, the second.
    Days(Date, Date),
}

/// A piece of a `LIKE` pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// `%`.
    Any,
    /// `_`.
    One,
    Char(char),
}

/// What a condition is read for.
pub(super) struct Reader<'a, 'q> {
    pub(super) context: Context<'a>,
    pub(super) scope: &'a Scope<'q>,
    /// The object of the query, which its semi-joins can't ask again.
    pub(super) object: &'a str,
    /// The expressions of `GROUP BY` for `HAVING`, `None` for `WHERE`.
    pub(super) groups: Option<&'a [Expression]>,
    /// Whether this is a semi-join's own `WHERE`.
    pub(super) inside_join: bool,
}

impl Reader<'_, '_> {
    /// Reads a whole condition.
    pub(super) fn test(&self, condition: &Condition) -> Result<Test, Fault> {
        let mut joins = 0;
        self.read(condition, true, &mut joins)
    }

    /// `top`: only `AND` is around it, so that a semi-join can stand here.
    fn read(&self, condition: &Condition, top: bool, joins: &mut usize) -> Result<Test, Fault> {
        match condition {
            Condition::And(parts) => self.all(parts, top, joins).map(Test::And),
            Condition::Or(parts) => self.all(parts, false, joins).map(Test::Or),
            Condition::Not(inner) => Ok(Test::Not(Box::new(self.read(inner, false, joins)?))),
            Condition::Compare { left, op, right } => self.compare(left, *op, right),
            Condition::Calculate { left, op, right } => {
                let Arithmetic { left, minus, right: second } = left.as_ref();
                let (left, second) = (self.number(left)?, self.number(second)?);
                let than = self.operand(&left, right)?;
                Ok(Test::Calculate { left, minus: *minus, right: second, op: *op, than })
            }
            Condition::InList { left, negated, list } => self.in_list(left, *negated, list),
            Condition::InQuery { left, negated, query } => {
                *joins = joins.saturating_add(1);
                let allowed = top && !self.inside_join && *joins <= MOST_JOINS;
                self.in_query(left, *negated, query, allowed)
            }
            Condition::Multi { left, excludes, list } => {
                let left = self.left(left)?;
                if left.kind() != Kind::MultiPicklist {
                    return Err(operator(&left));
                }
                let set = |literal: &StringLiteral| {
                    literal.text().split(';').map(|v| fold(v.trim())).collect()
                };
                Ok(Test::Multi { left, excludes: *excludes, sets: list.iter().map(set).collect() })
            }
        }
    }

    fn all(&self, parts: &[Condition], top: bool, joins: &mut usize) -> Result<Vec<Test>, Fault> {
        parts.iter().map(|part| self.read(part, top, joins)).collect()
    }

    /// The left side: a field that can be filtered on; in `HAVING` an aggregate or a group.
    fn left(&self, expr: &FieldExpr) -> Result<Expression, Fault> {
        let left = Expression::of(self.scope, expr)?;
        let field = left.column.field();
        if field.is_some_and(|f| !f.filterable() || f.kind == Kind::Address) {
            let name = left.column.name();
            let message = format!("field '{name}' can not be filtered in a query call");
            return Err(Fault::field(message, left.span));
        }
        match self.groups {
            None if left.is_aggregate() => {
                Err(Fault::malformed("aggregates can't stand in WHERE, use HAVING", left.span))
            }
            Some(groups) if !left.is_aggregate() && !groups.iter().any(|g| g.same(&left)) => {
                let name = left.column.name();
                let message = format!("Field must be grouped or aggregated: {name}");
                Err(Fault::malformed(message, left.span))
            }
            None | Some(_) => Ok(left),
        }
    }

    /// A side of a sum or a difference; this org reckons with numbers only.
    fn number(&self, expr: &FieldExpr) -> Result<Expression, Fault> {
        let side = self.left(expr)?;
        if side.kind().is_number() { Ok(side) } else { Err(operator(&side)) }
    }

    fn compare(&self, left: &FieldExpr, op: CompareOp, right: &Literal) -> Result<Test, Fault> {
        let left = self.left(left)?;
        let kind = left.kind();
        if op == CompareOp::Like {
            let Literal::String(pattern) = right else { return Err(wrong_type(&left)) };
            let id = matches!(kind, Kind::Id | Kind::Reference);
            return if textual(kind) && !id && kind != Kind::MultiPicklist {
                Ok(Test::Like { left, pattern: pieces(pattern) })
            } else {
                Err(operator(&left))
            };
        }
        let equality = matches!(op, CompareOp::Eq | CompareOp::NotEq);
        if !equality && matches!(kind, Kind::Boolean | Kind::MultiPicklist) {
            return Err(operator(&left));
        }
        let right = self.operand(&left, right)?;
        Ok(Test::Compare { left, op, right })
    }

    fn in_list(&self, left: &FieldExpr, negated: bool, list: &[Literal]) -> Result<Test, Fault> {
        let left = self.left(left)?;
        let mut keys = BTreeSet::new();
        let mut days = Vec::new();
        for literal in list {
            match self.operand(&left, literal)? {
                Operand::Value(value) => {
                    keys.insert(value.group_key());
                }
                Operand::Days(from, to) => days.push((from, to)),
            }
        }
        Ok(Test::In { left, negated, keys, days })
    }

    /// A semi-join. SOQL and SOSL Reference, "Comparison Operators: Semi-Joins": at the top level
    /// alone, at most two, over ids, on another object.
    fn in_query(
        &self,
        left: &FieldExpr,
        negated: bool,
        query: &Query,
        allowed: bool,
    ) -> Result<Test, Fault> {
        let left = self.left(left)?;
        if !allowed {
            let message = "Semi join sub-selects are only allowed at the top level WHERE \
                           expressions and not in nested WHERE expressions, at most two of them";
            return Err(Fault::malformed(message, query.span));
        }
        if !matches!(left.kind(), Kind::Id | Kind::Reference) {
            return Err(operator(&left));
        }
        let plan = Plan::semi_join(self.context, query)?;
        if plan.object().name == self.object {
            let message = "The inner and outer selects should not be on the same object type";
            return Err(Fault::malformed(message, query.span));
        }
        let keys = plan.values(self.context).into_iter();
        let keys = keys.filter(|value| !value.is_null()).map(|value| value.group_key()).collect();
        Ok(Test::In { left, negated, keys, days: Vec::new() })
    }

    /// Reads a literal as the type of the left side.
    fn operand(&self, left: &Expression, literal: &Literal) -> Result<Operand, Fault> {
        let wrong = || wrong_type(left);
        let value = match (left.kind(), literal) {
            (_, Literal::Null) => Value::Null,
            (Kind::Boolean, Literal::Boolean(value)) => Value::Bool(*value),
            (Kind::Int | Kind::Double | Kind::Currency | Kind::Percent, literal) => {
                let text = match literal {
                    Literal::Number(text) | Literal::Currency { amount: text, .. } => text,
                    Literal::Boolean(_)
                    | Literal::Null
                    | Literal::String(_)
                    | Literal::Date(_)
                    | Literal::DateTime(_)
                    | Literal::Time(_)
                    | Literal::DateRange(_) => return Err(wrong()),
                };
                Value::Number(text.parse().map_err(|_not_a_number| wrong())?)
            }
            (Kind::Date, Literal::Date(text)) => {
                Value::Date(text.parse().map_err(|_not_a_date| wrong())?)
            }
            (Kind::DateTime, Literal::DateTime(text)) => {
                Value::DateTime(parse_datetime(text).ok_or_else(wrong)?)
            }
            (Kind::Date | Kind::DateTime, Literal::DateRange(range)) => {
                let today = utc(self.context.now).date();
                let (from, to) = dates::days(range, today).ok_or_else(wrong)?;
                return Ok(Operand::Days(from, to));
            }
            (Kind::Id | Kind::Reference, Literal::String(text)) => {
                let text = text.text();
                if text.is_empty() {
                    return Ok(Operand::Value(Value::Null));
                }
                let invalid = |_| {
                    let message = format!("invalid ID field: {}", super::super::answer::cut(&text));
                    Fault::new("INVALID_QUERY_FILTER_OPERATOR", message, left.span)
                };
                Value::text(RecordId::parse(&text).map_err(invalid)?.as_str())
            }
            (kind, Literal::String(text)) if textual(kind) => Value::text(&text.text()),
            (_, _) => return Err(wrong()),
        };
        Ok(Operand::Value(value))
    }
}

fn textual(kind: Kind) -> bool {
    kind.is_text() || matches!(kind, Kind::Id | Kind::Reference)
}

fn operator(left: &Expression) -> Fault {
    let (name, kind) = (left.column.name(), left.kind().name());
    let message = format!("invalid operator on {kind} field '{name}'");
    Fault::new("INVALID_QUERY_FILTER_OPERATOR", message, left.span)
}

fn wrong_type(left: &Expression) -> Fault {
    let kind = left.kind();
    let kind = if textual(kind) {
        "string"
    } else if matches!(kind, Kind::Currency | Kind::Percent | Kind::Double) {
        "double"
    } else if kind == Kind::DateTime {
        "dateTime"
    } else {
        kind.name()
    };
    let quotes = if kind == "string" { "should be" } else { "should not be" };
    let name = left.column.name();
    let message = format!(
        "value of filter criterion for field '{name}' must be of type {kind} and {quotes} enclosed \
         in quotes"
    );
    Fault::field(message, left.span)
}

fn pieces(pattern: &StringLiteral) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for part in &pattern.parts {
        match part {
            StringPart::Text(text) => {
                pieces.extend(text.chars().flat_map(char::to_lowercase).map(|c| match c {
                    '%' => Piece::Any,
                    '_' => Piece::One,
                    other => Piece::Char(other),
                }));
            }
            StringPart::EscapedPercent => pieces.push(Piece::Char('%')),
            StringPart::EscapedUnderscore => pieces.push(Piece::Char('_')),
        }
    }
    pieces
}

/// Whether a text is of a pattern; goes back to the last `%` alone, so the time is bounded.
pub(super) fn is_like(text: &str, pattern: &[Piece]) -> bool {
    let text: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
    let (mut t, mut p) = (0_usize, 0_usize);
    let mut retry: Option<(usize, usize)> = None;
    while let Some(c) = text.get(t) {
        let fits = match pattern.get(p) {
            Some(Piece::Any) => {
                p = p.saturating_add(1);
                retry = Some((t, p));
                continue;
            }
            Some(Piece::One) => true,
            Some(Piece::Char(wanted)) => wanted == c,
            None => false,
        };
        if fits {
            t = t.saturating_add(1);
            p = p.saturating_add(1);
        } else if let Some((from, after)) = retry {
            t = from.saturating_add(1);
            p = after;
            retry = Some((t, p));
        } else {
            return false;
        }
    }
    pattern.iter().skip(p).all(|piece| *piece == Piece::Any)
}

impl Test {
    /// Whether it holds, given what an expression is.
    pub(super) fn holds(&self, value: &dyn Fn(&Expression) -> Value) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.holds(value)),
            Self::Or(parts) => parts.iter().any(|part| part.holds(value)),
            Self::Not(inner) => !inner.holds(value),
            Self::Compare { left, op, right } => compare(&value(left), *op, right),
            Self::Calculate { left, minus, right, op, than } => {
                let (a, b) = (value(left).as_number(), value(right).as_number());
                let reckon = |(a, b): (f64, f64)| if *minus { a - b } else { a + b };
                compare(&a.zip(b).map(reckon).map_or(Value::Null, Value::Number), *op, than)
            }
            Self::Like { left, pattern } => {
                value(left).as_text().is_some_and(|text| is_like(text, pattern))
            }
            Self::In { left, negated, keys, days } => {
                let value = value(left);
                let day = value.as_date();
                let found = keys.contains(&value.group_key())
                    || days.iter().any(|(from, to)| day.is_some_and(|d| *from <= d && d < *to));
                found != *negated
            }
            Self::Multi { left, excludes, sets } => {
                let value = value(left);
                let held: Vec<String> =
                    value.as_text().unwrap_or_default().split(';').map(fold).collect();
                let found = sets.iter().any(|set| set.iter().all(|v| held.contains(v)));
                found != *excludes
            }
        }
    }
}

/// A comparison; nothing is less or more than null, and null differs from every value.
fn compare(left: &Value, op: CompareOp, right: &Operand) -> bool {
    let by_order = |order: Ordering| match op {
        CompareOp::Eq => order == Ordering::Equal,
        CompareOp::NotEq => order != Ordering::Equal,
        CompareOp::Lt => order == Ordering::Less,
        CompareOp::LtEq => order != Ordering::Greater,
        CompareOp::Gt => order == Ordering::Greater,
        CompareOp::GtEq => order != Ordering::Less,
        CompareOp::Like => false,
    };
    match right {
        Operand::Value(Value::Null) => match op {
            CompareOp::Eq => left.is_null(),
            CompareOp::NotEq => !left.is_null(),
            CompareOp::Lt | CompareOp::LtEq | CompareOp::Gt | CompareOp::GtEq | CompareOp::Like => {
                false
            }
        },
        Operand::Value(_) | Operand::Days(..) if left.is_null() => op == CompareOp::NotEq,
        Operand::Value(right) => left.compare(right).is_some_and(by_order),
        Operand::Days(from, to) => {
            let Some(day) = left.as_date() else { return false };
            by_order(if day < *from {
                Ordering::Less
            } else if day < *to {
                Ordering::Equal
            } else {
                Ordering::Greater
            })
        }
    }
}
