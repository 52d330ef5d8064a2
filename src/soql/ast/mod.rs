//! The syntax tree of a SOQL query, as Salesforce's own grammar reads it.
//!
//! Names stand here as they were written, unresolved: `org` knows what they mean. Every enum is
//! matched without a wildcard arm, so that a new clause can't be parsed before someone has said
//! which fields it reads. White space, comments and redundant parentheses are not kept.

mod clause;

use std::fmt;

use smol_str::{SmolStr, SmolStrBuilder};

pub use clause::{
    Arithmetic, Branch, Category, Distance, Ending, FieldSet, Seen, Selector, Setting, Statistic,
    Typeof, Unit, Using, With,
};

/// Where a node stood in the source, in bytes. Spans never make two trees differ.
#[derive(Clone, Copy, Debug, Default)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset after the last byte.
    pub end: usize,
}

impl PartialEq for Span {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
impl Eq for Span {}

/// An identifier without dots: an ASCII letter, then letters, digits and underscores.
/// Compared without case, as Salesforce does.
#[derive(Clone)]
pub struct Ident {
    text: SmolStr,
    /// Where it stood.
    pub span: Span,
}

impl Ident {
    /// Reads an identifier; `None` unless it is an ASCII letter followed by at most 254 ASCII
    /// letters, digits or underscores.
    pub fn new(text: &str, span: Span) -> Option<Self> {
        let first = text.bytes().next()?;
        let rest = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        (first.is_ascii_alphabetic() && rest && text.len() <= 255)
            .then(|| Self { text: text.into(), span })
    }

    /// The identifier that an API name is, known to be one.
    pub(crate) fn of_name(text: SmolStr, span: Span) -> Self {
        Self { text, span }
    }

    /// The spelling as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The spelling as written, as a text that is cheap to clone.
    pub fn text(&self) -> SmolStr {
        self.text.clone()
    }

    /// Whether this is `name`, compared without case.
    pub fn is(&self, name: &str) -> bool {
        self.text.eq_ignore_ascii_case(name)
    }
}

impl PartialEq for Ident {
    fn eq(&self, other: &Self) -> bool {
        self.is(&other.text)
    }
}
impl Eq for Ident {}
impl fmt::Debug for Ident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
impl fmt::Display for Ident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A dotted path of one or more identifiers, for example `Owner.Name`.
#[derive(Clone, PartialEq, Eq)]
pub struct Path {
    /// The identifiers before the last one: an alias, an object or relationships.
    pub qualifiers: Vec<Ident>,
    /// The last identifier.
    pub last: Ident,
}

impl Path {
    /// Reads names joined by dots, such as `Owner.Name`; `None` for any other text.
    pub fn read(text: &str) -> Option<Self> {
        let names = text.split('.').map(|name| Ident::new(name, Span::default()));
        let mut qualifiers = names.collect::<Option<Vec<_>>>()?;
        let last = qualifiers.pop()?;
        Some(Self { qualifiers, last })
    }

    /// From the first to the last identifier.
    pub fn span(&self) -> Span {
        let start = self.qualifiers.first().map_or(self.last.span.start, |q| q.span.start);
        Span { start, end: self.last.span.end }
    }

    /// The path with its dots, as `Display` gives it; a short one takes no memory of its own.
    pub fn text(&self) -> SmolStr {
        if self.qualifiers.is_empty() {
            return self.last.text.clone();
        }
        let mut text = SmolStrBuilder::new();
        for qualifier in &self.qualifiers {
            text.push_str(qualifier.as_str());
            text.push('.');
        }
        text.push_str(self.last.as_str());
        text.finish()
    }

    /// All identifiers in order.
    pub fn segments(&self) -> impl Iterator<Item = &Ident> {
        self.qualifiers.iter().chain(std::iter::once(&self.last))
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for qualifier in &self.qualifiers {
            f.write_str(qualifier.as_str())?;
            f.write_str(".")?;
        }
        f.write_str(self.last.as_str())
    }
}
impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// `SELECT … FROM …`, with its clauses in the order of the grammar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// What is selected; never empty.
    pub select: Vec<SelectItem>,
    /// The object (or, in a child subquery, the relationship), then further aliases.
    pub from: From,
    /// `WHERE`.
    pub filter: Option<Condition>,
    /// `WITH …`; empty when absent.
    pub with: Vec<With>,
    /// `GROUP BY`.
    pub group_by: Option<GroupBy>,
    /// `HAVING`; only with `GROUP BY`.
    pub having: Option<Condition>,
    /// `ORDER BY`; empty when absent.
    pub order_by: Vec<OrderItem>,
    /// `LIMIT`, in rows.
    pub limit: Option<u32>,
    /// `OFFSET`, in rows.
    pub offset: Option<u32>,
    /// What stands after it.
    pub ending: Ending,
    /// The whole query.
    pub span: Span,
}

/// The `FROM` clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct From {
    /// The object's name; in a child subquery the relationship, perhaps after `Object.` or `alias.`.
    pub source: Path,
    /// The name that stands for it in paths.
    pub alias: Option<Ident>,
    /// `USING SCOPE` or `USING LOOKUP`.
    pub using: Option<Using>,
    /// `, c.Account a`: further names for parents; may refer to each other in any order.
    pub others: Vec<Alias>,
}

/// A further entry of the `FROM` list: a path and the alias that stands for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    /// A path of relationships that starts at the query's object or at another alias.
    pub path: Path,
    /// The name that stands for it.
    pub name: Ident,
}

/// One item of the `SELECT` list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SelectItem {
    /// `COUNT()`, which stands alone.
    Count,
    /// A field or a function of one.
    Field {
        /// What is selected.
        expr: FieldExpr,
        /// The name of the answer's key, where the query chose one.
        alias: Option<Ident>,
    },
    /// `(SELECT … FROM Contacts)`.
    Child {
        /// The subquery; its `FROM` names a child relationship.
        query: Box<Query>,
        /// A name of its own for the answer's key.
        alias: Option<Ident>,
    },
    /// `FIELDS(ALL)`.
    Fields {
        /// Which.
        set: FieldSet,
        /// From the function's name to its closing parenthesis.
        span: Span,
    },
    /// `TYPEOF What WHEN … THEN … END`.
    Typeof {
        /// What is selected of which object.
        choice: Box<Typeof>,
        /// A name of its own for the answer's key.
        alias: Option<Ident>,
    },
}

/// A field, or a function of one; at most two functions deep, as the grammar has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldExpr {
    /// `Owner.Name`.
    Path(Path),
    /// `MAX(Amount)`, `FORMAT(MIN(CloseDate))`.
    Call {
        /// The outer function.
        function: Function,
        /// What it is applied to.
        argument: Argument,
        /// From the function's name to its closing parenthesis.
        span: Span,
    },
    /// `DISTANCE(…)`: only in `SELECT`, on the left of a comparison and in `ORDER BY`.
    Distance(Box<Distance>),
}

impl FieldExpr {
    /// The one path that the expression reads.
    pub fn path(&self) -> &Path {
        match self {
            Self::Distance(distance) => &distance.path,
            Self::Path(path)
            | Self::Call { argument: Argument::Path(path) | Argument::Call(_, path), .. } => path,
        }
    }

    /// The functions around the path, the outermost first; `DISTANCE` is none of them.
    pub fn functions(&self) -> impl Iterator<Item = Function> {
        let (outer, inner) = match self {
            Self::Path(_) | Self::Distance(_) => (None, None),
            Self::Call { function, argument: Argument::Path(_), .. } => (Some(*function), None),
            Self::Call { function, argument: Argument::Call(inner, _), .. } => {
                (Some(*function), Some(*inner))
            }
        };
        outer.into_iter().chain(inner)
    }

    /// Where it stands.
    pub fn span(&self) -> Span {
        match self {
            Self::Path(path) => path.span(),
            Self::Call { span, .. } => *span,
            Self::Distance(distance) => distance.span,
        }
    }

    /// Whether the value comes back under the name of its field, outside aggregate queries; if not
    /// and without an alias, it comes back as `expr0`, `expr1`, …
    pub fn keeps_name(&self) -> bool {
        match self {
            Self::Distance(_) => false,
            Self::Path(_) | Self::Call { .. } => self.functions().all(Function::keeps_name),
        }
    }

    /// Whether any of the functions is an aggregate.
    pub fn is_aggregate(&self) -> bool {
        self.functions().any(Function::is_aggregate)
    }
}

/// The argument of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// A field.
    Path(Path),
    /// A function of a field.
    Call(Function, Path),
}

/// The functions of SOQL that take one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is the function of that name in Salesforce's reference")]
pub enum Function {
    Avg,
    Count,
    CountDistinct,
    Max,
    Min,
    Sum,
    Grouping,
    ToLabel,
    ConvertCurrency,
    ConvertTimezone,
    Format,
    CalendarMonth,
    CalendarQuarter,
    CalendarYear,
    DayInMonth,
    DayInWeek,
    DayInYear,
    DayOnly,
    FiscalMonth,
    FiscalQuarter,
    FiscalYear,
    HourInDay,
    WeekInMonth,
    WeekInYear,
}

impl Function {
    /// Every function with its name in Salesforce's spelling.
    pub const ALL: [(&'static str, Self); 24] = [
        ("AVG", Self::Avg),
        ("COUNT", Self::Count),
        ("COUNT_DISTINCT", Self::CountDistinct),
        ("MAX", Self::Max),
        ("MIN", Self::Min),
        ("SUM", Self::Sum),
        ("GROUPING", Self::Grouping),
        ("toLabel", Self::ToLabel),
        ("convertCurrency", Self::ConvertCurrency),
        ("convertTimezone", Self::ConvertTimezone),
        ("FORMAT", Self::Format),
        ("CALENDAR_MONTH", Self::CalendarMonth),
        ("CALENDAR_QUARTER", Self::CalendarQuarter),
        ("CALENDAR_YEAR", Self::CalendarYear),
        ("DAY_IN_MONTH", Self::DayInMonth),
        ("DAY_IN_WEEK", Self::DayInWeek),
        ("DAY_IN_YEAR", Self::DayInYear),
        ("DAY_ONLY", Self::DayOnly),
        ("FISCAL_MONTH", Self::FiscalMonth),
        ("FISCAL_QUARTER", Self::FiscalQuarter),
        ("FISCAL_YEAR", Self::FiscalYear),
        ("HOUR_IN_DAY", Self::HourInDay),
        ("WEEK_IN_MONTH", Self::WeekInMonth),
        ("WEEK_IN_YEAR", Self::WeekInYear),
    ];

    /// The function of that name, compared without case.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, f)| *f)
    }

    /// Its name in Salesforce's spelling.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, f)| *f == self).map_or("", |(n, _)| n)
    }

    /// Whether its value stands under its field's name.
    fn keeps_name(self) -> bool {
        matches!(self, Self::ToLabel | Self::ConvertCurrency | Self::Format)
    }

    /// Whether it makes one value of many rows.
    pub fn is_aggregate(self) -> bool {
        match self {
            Self::Avg | Self::Count | Self::CountDistinct | Self::Max | Self::Min | Self::Sum => {
                true
            }
            Self::Grouping
            | Self::ToLabel
            | Self::ConvertCurrency
            | Self::ConvertTimezone
            | Self::Format
            | Self::CalendarMonth
            | Self::CalendarQuarter
            | Self::CalendarYear
            | Self::DayInMonth
            | Self::DayInWeek
            | Self::DayInYear
            | Self::DayOnly
            | Self::FiscalMonth
            | Self::FiscalQuarter
            | Self::FiscalYear
            | Self::HourInDay
            | Self::WeekInMonth
            | Self::WeekInYear => false,
        }
    }
}

/// A condition of `WHERE` or `HAVING`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Two or more conditions, all true.
    And(Vec<Self>),
    /// Two or more conditions, one true.
    Or(Vec<Self>),
    /// `NOT …`.
    Not(Box<Self>),
    /// `field op literal`.
    Compare {
        /// What is compared.
        left: FieldExpr,
        /// How.
        op: CompareOp,
        /// With what; never a field.
        right: Literal,
    },
    /// `a + b op literal`, `a - b op literal`.
    Calculate {
        /// What is compared.
        left: Box<Arithmetic>,
        /// How; never `LIKE`.
        op: CompareOp,
        /// With what; never a field.
        right: Literal,
    },
    /// `field [NOT] IN (literal, …)`.
    InList {
        /// What is looked for.
        left: FieldExpr,
        /// `NOT IN`.
        negated: bool,
        /// Where; never empty.
        list: Vec<Literal>,
    },
    /// `field [NOT] IN (SELECT field FROM …)`.
    InQuery {
        /// What is looked for.
        left: FieldExpr,
        /// `NOT IN`: an anti-join.
        negated: bool,
        /// Where: one selected field, `FROM`, `WHERE` and `WITH`, nothing else.
        query: Box<Query>,
    },
    /// `field INCLUDES (…)` or `field EXCLUDES (…)`, for multi-select picklists.
    Multi {
        /// The picklist.
        left: FieldExpr,
        /// `EXCLUDES`.
        excludes: bool,
        /// The values; never empty.
        list: Vec<StringLiteral>,
    },
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the operator that `symbol` gives")]
pub enum CompareOp {
    Eq,
    NotEq,
    Lt,
    LtEq,
    Gt,
    GtEq,
    Like,
}

impl CompareOp {
    /// The operator as it is printed.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Eq => "=",
            Self::NotEq => "!=",
            Self::Lt => "<",
            Self::LtEq => "<=",
            Self::Gt => ">",
            Self::GtEq => ">=",
            Self::Like => "LIKE",
        }
    }
}

/// The right side of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Literal {
    /// `NULL`.
    Null,
    /// `TRUE`, `FALSE`.
    Boolean(bool),
    /// An optional sign, digits, perhaps a point and digits; as written.
    Number(Box<str>),
    /// `USD5000`: an ISO code and an amount, as written.
    Currency {
        /// Three letters.
        code: Box<str>,
        /// As `Number`.
        amount: Box<str>,
    },
    /// `'…'`.
    String(StringLiteral),
    /// `2026-11-20`, as written and known to be a date.
    Date(Box<str>),
    /// `2026-11-20T10:00:00Z`, as written and known to be a time with its offset.
    DateTime(Box<str>),
    /// `10:00:00Z`, as written.
    Time(Box<str>),
    /// `TODAY`, `LAST_N_DAYS:30`.
    DateRange(DateRange),
}

/// The value of a string, with the two escapes that only `LIKE` understands kept apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StringLiteral {
    /// The pieces in order.
    pub parts: Vec<StringPart>,
}

/// A piece of a string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StringPart {
    /// Characters that stand for themselves.
    Text(Box<str>),
    /// `\%`.
    EscapedPercent,
    /// `\_`.
    EscapedUnderscore,
}

impl StringLiteral {
    /// The text, the escapes `\%` and `\_` read as the characters that they stand for.
    pub fn text(&self) -> String {
        self.parts
            .iter()
            .map(|part| match part {
                StringPart::Text(text) => text,
                StringPart::EscapedPercent => "%",
                StringPart::EscapedUnderscore => "_",
            })
            .collect()
    }
}

/// A date literal of SOQL: a name of the closed list, with a count where the name asks for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateRange {
    /// The name in Salesforce's spelling, for example `LAST_N_DAYS`.
    pub name: &'static str,
    /// The `n` of `LAST_N_DAYS:n`.
    pub count: Option<u32>,
}

/// `GROUP BY …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupBy {
    /// What is grouped on; never empty.
    pub items: Vec<FieldExpr>,
    /// Plain, `ROLLUP (…)` or `CUBE (…)`.
    pub kind: Grouping,
}

/// How groups are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// One group for each combination.
    Plain,
    /// With subtotals.
    Rollup,
    /// With all subtotals.
    Cube,
}

/// One item of `ORDER BY`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderItem {
    /// What is sorted on.
    pub expr: FieldExpr,
    /// `DESC`.
    pub descending: bool,
    /// `NULLS FIRST` or `NULLS LAST`, where written.
    pub nulls: Option<Nulls>,
}

/// Where empty values are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nulls {
    /// Before all others.
    First,
    /// After all others.
    Last,
}
