//! Why a text is not a query that Fieldgate accepts, and where.
//!
//! [`ErrorKind`] is for branching, its text for people and models: every message says what would
//! be right. Nothing here knows policy.

mod render;

use std::fmt;

use super::ast::Span;
use super::limits;

pub use render::{Position, render};

/// A refusal and the place in the source that caused it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct SoqlError {
    /// What is wrong.
    pub kind: ErrorKind,
    /// Where, in bytes of the source.
    pub span: Span,
}

/// What is wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ErrorKind {
    /// A part of the language that is known and refused.
    #[error("{} is refused: {}", .0.name(), .0.reason())]
    NotSupported(Feature),
    /// The text is longer than [`limits::TEXT_CHARS`].
    #[error("the query is longer than {} characters", limits::TEXT_CHARS)]
    TextTooLong,
    /// The canonical text, which is what is sent, would be longer than [`limits::TEXT_CHARS`].
    #[error(
        "the query is longer than {} characters once it is printed with its spaces and escapes",
        limits::TEXT_CHARS
    )]
    CanonicalTooLong,
    /// A character that no token has.
    #[error("{}", character_message(*.0))]
    Character(char),
    /// `$`, `//`, `/*` or `--`.
    #[error(
        "`{0}` starts a comment, and comments are refused because readers disagree where they end: \
         leave it out"
    )]
    Comment(&'static str),
    /// A string that the text ends in.
    #[error("this string has no closing `'`")]
    UnterminatedString,
    /// A raw control character inside a string.
    #[error(
        "{} can't stand in a string as it is: write it as an escape such as `\\n` or `\\u0007`",
        shown(*.0)
    )]
    StringCharacter(char),
    /// A `\` that no escape follows.
    #[error(
        "this is not an escape: use one of \\\\ \\' \\\" \\b \\n \\r \\t \\% \\_ or \\u and four \
         hexadecimal digits"
    )]
    Escape,
    /// A string longer than [`limits::STRING_CHARS`].
    #[error("this string is longer than {} characters", limits::STRING_CHARS)]
    StringTooLong,
    /// Something that starts like a number and isn't one.
    #[error("`{0}` is not a number: write digits, perhaps a point and more digits")]
    Number(Box<str>),
    /// Something that starts like a date or a time and isn't one.
    #[error(
        "`{0}` is not a date or time: write 2026-11-20, 2026-11-20T10:00:00Z or 10:00:00Z without \
         quotes"
    )]
    DateOrTime(Box<str>),
    /// A dotted path with a segment that is no identifier.
    #[error(
        "`{0}` is not a name: each part between dots is a letter, then letters, digits and \
         underscores, at most {max} in all",
        max = limits::IDENTIFIER_BYTES
    )]
    Name(Box<str>),
    /// Another token was needed here.
    #[error("expected {expected}, found {found}{}", appended(.hint.as_deref()))]
    Expected {
        /// What would be right.
        expected: &'static str,
        /// What stands there.
        found: Box<str>,
        /// What the text probably meant.
        hint: Option<Box<str>>,
    },
    /// A clause where the grammar doesn't have it, or for the second time.
    #[error(
        "`{0}` can't stand here: each clause stands once, in the order SELECT, FROM, USING, \
         WHERE, WITH, GROUP BY, HAVING, ORDER BY, LIMIT, OFFSET, FOR, UPDATE"
    )]
    ClauseOrder(&'static str),
    /// `HAVING` without `GROUP BY`.
    #[error("HAVING needs GROUP BY before it: use WHERE to filter rows")]
    HavingWithoutGroupBy,
    /// A keyword where a name should be.
    #[error("`{0}` is a reserved word and can't be a name")]
    Reserved(&'static str),
    /// A keyword where an alias should be.
    #[error("`{0}` is a keyword and can't be an alias: choose another name")]
    KeywordAlias(&'static str),
    /// An alias that is already taken in the same `FROM`.
    #[error("the alias `{0}` stands twice in FROM: choose another name")]
    DuplicateAlias(Box<str>),
    /// `AND` and `OR` at the same level.
    #[error("AND and OR need parentheses when mixed: write (a AND b) OR c, or a AND (b OR c)")]
    MixedAndOr,
    /// `NOT` at the same level as another operator.
    #[error("NOT needs parentheses here: write (NOT a) AND b")]
    BareNot,
    /// `COUNT()` beside something else.
    #[error("COUNT() stands alone, without alias: to count beside other fields write COUNT(Id)")]
    CountAlone,
    /// `COUNT()` where only `COUNT(field)` can stand.
    #[error("a function takes one field here: write COUNT(Id)")]
    MissingArgument,
    /// A function that doesn't exist.
    #[error("there is no function `{name}`{}", appended(.hint.as_deref()))]
    UnknownFunction {
        /// As written.
        name: Box<str>,
        /// What the text probably meant.
        hint: Option<Box<str>>,
    },
    /// More than two functions around a field.
    #[error("functions nest at most two deep: f(g(field))")]
    NestedFunctions,
    /// Something other than a literal on the right of a comparison.
    #[error(
        "`{found}` is not a value: the right side is a literal, strings in single quotes{}",
        appended(.hint.as_deref())
    )]
    NotALiteral {
        /// What stands there.
        found: Box<str>,
        /// What the text probably meant.
        hint: Option<Box<str>>,
    },
    /// A date literal with a count too many or too few.
    #[error("{}", count_message(.name, *.counted))]
    DateRangeCount {
        /// The date literal.
        name: &'static str,
        /// Whether it takes a count.
        counted: bool,
    },
    /// `IN ()`.
    #[error("this list is empty: give at least one value")]
    EmptyList,
    /// `AS` before the alias of a field.
    #[error("AS can't stand before an alias in SELECT: write the alias right after the field")]
    SelectAs,
    /// A semi-join with more than one field, `FROM`, `WHERE` and `WITH`.
    #[error("a subquery after IN has one field, FROM, WHERE and WITH, and nothing else")]
    SemiJoin,
    /// A `LIMIT`, `OFFSET` or count that is no whole number that fits.
    #[error("expected a whole number from 0 to {max}, found {0}", max = u32::MAX)]
    WholeNumber(Box<str>),
    /// A path over too many relationships.
    #[error("`{0}` goes over more than {max} relationships", max = limits::RELATIONSHIPS)]
    PathTooDeep(Box<str>),
    /// Parentheses and subqueries too deep inside each other.
    #[error("parentheses and subqueries nest more than {} deep", limits::DEPTH)]
    TooDeep,
    /// Child subqueries too deep inside each other.
    #[error(
        "child subqueries nest more than {} levels, the outer query counted",
        limits::CHILD_LEVELS
    )]
    TooManyLevels,
    /// More of something than is allowed.
    #[error("there are more than {limit} {what}")]
    TooMany {
        /// What there are too many of, in the plural.
        what: &'static str,
        /// How many there may be.
        limit: usize,
    },
}

/// A part of the language that is known and that no tree can hold. The clauses that are read and may
/// not travel are refused by `footprint`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the part of SOQL that `name` gives")]
pub enum Feature {
    Sosl,
    NestedFields,
    Formula,
    MisplacedDistance,
    Geolocation,
    Arithmetic,
    BindVariable,
}

impl Feature {
    /// Every one.
    pub const ALL: [Self; 7] = [
        Self::Sosl,
        Self::NestedFields,
        Self::Formula,
        Self::MisplacedDistance,
        Self::Geolocation,
        Self::Arithmetic,
        Self::BindVariable,
    ];

    /// As it is written in a query.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sosl => "SOSL (`FIND {…}`)",
            Self::NestedFields => "FIELDS() outside SELECT",
            Self::Formula => "FORMULA()",
            Self::MisplacedDistance => "DISTANCE() in a function, GROUP BY or a list",
            Self::Geolocation => "GEOLOCATION() outside DISTANCE()",
            Self::Arithmetic => "this arithmetic",
            Self::BindVariable => "a bind variable (`:name`)",
        }
    }

    /// Why it is refused, and what is right.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Sosl => "a search is not a query: use a search tool for it",
            Self::NestedFields => "it stands for items of a SELECT list, nowhere else",
            Self::Formula => {
                "it names fields inside a string, where other readers see none: write the fields \
                 without it, as in Amount - ExpectedRevenue > 100"
            }
            Self::MisplacedDistance => {
                "it stands in SELECT, on the left of =, !=, <, <=, > or >=, and in ORDER BY"
            }
            Self::Geolocation => "it is the second argument of DISTANCE(), nothing else",
            Self::Arithmetic => {
                "the one form is two fields on the left of a comparison with a value: \
                 a + b > 5 or a - b > 5"
            }
            Self::BindVariable => {
                "it is Apex, and has no value here: write the value itself, strings in single quotes"
            }
        }
    }
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// `; <hint>`, or nothing.
fn appended(hint: Option<&str>) -> String {
    hint.map(|hint| format!("; {hint}")).unwrap_or_default()
}

/// A character as it can be shown in one line.
fn shown(c: char) -> String {
    if c.is_ascii_graphic() && c != '`' {
        format!("`{c}`")
    } else {
        format!("the character U+{:04X}", u32::from(c))
    }
}

fn character_message(c: char) -> String {
    let advice = match c {
        '*' => "SOQL has no `*`: name the fields",
        ';' => "a query ends without `;`",
        '"' => "strings stand in single quotes, names without quotes",
        '`' | '[' | ']' => "names stand without quotes or brackets",
        '{' | '}' => "values are written out, strings in single quotes",
        '!' => "write `!=` for unequal, NOT for a negation",
        '\u{feff}' => "remove the byte order mark",
        _ if !c.is_ascii() => "outside strings only ASCII is allowed",
        _ => "it has no meaning in SOQL",
    };
    format!("{} can't stand here: {advice}", shown(c))
}

fn count_message(name: &str, counted: bool) -> String {
    if counted {
        format!("{name} needs a number of whole units: write {name}:30")
    } else {
        format!("{name} takes no number")
    }
}
