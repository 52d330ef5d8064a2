//! The clauses that stand beside the usual ones. All of them are read, so that none of them is ever
//! taken for something else; which of them may travel is `footprint`'s question.

use super::{FieldExpr, Ident, Literal, Path, Span, StringLiteral};

/// `DISTANCE(Location__c, GEOLOCATION(37.775, -122.418), 'mi')`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distance {
    /// The geolocation or address that is measured from.
    pub path: Path,
    /// Degrees, as written.
    pub latitude: Box<str>,
    /// Degrees, as written.
    pub longitude: Box<str>,
    /// Of the distance.
    pub unit: Unit,
    /// From the function's name to its closing parenthesis.
    pub span: Span,
}

/// A unit of distances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// `'mi'`.
    Miles,
    /// `'km'`.
    Kilometres,
}

impl Unit {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Miles, Self::Kilometres];

    /// As it is written between quotes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Miles => "mi",
            Self::Kilometres => "km",
        }
    }
}

/// The fields that `FIELDS()` stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldSet {
    /// Every field.
    All,
    /// Those that come with Salesforce.
    Standard,
    /// Those that the org's own people made.
    Custom,
}

impl FieldSet {
    /// All three.
    pub const ALL: [Self; 3] = [Self::All, Self::Standard, Self::Custom];

    /// As it is written between the parentheses.
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "ALL",
            Self::Standard => "STANDARD",
            Self::Custom => "CUSTOM",
        }
    }
}

/// `TYPEOF What WHEN Account THEN Phone ELSE Name END`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typeof {
    /// A relationship that leads to several objects; its last name is a relationship, not a field.
    pub relationship: Path,
    /// What is selected where the record is of a certain object; never empty.
    pub branches: Vec<Branch>,
    /// `ELSE`: what is selected of all others; empty where absent.
    pub otherwise: Vec<Path>,
    /// From `TYPEOF` to `END`.
    pub span: Span,
}

/// `WHEN Account THEN Phone, Owner.Name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// The object that it is about.
    pub object: Ident,
    /// Paths that start at that object; never empty.
    pub fields: Vec<Path>,
}

/// `a + b` or `a - b` on the left of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arithmetic {
    /// Before the sign; never `DISTANCE`.
    pub left: FieldExpr,
    /// Whether the second is taken away from the first.
    pub minus: bool,
    /// After the sign; never `DISTANCE`.
    pub right: FieldExpr,
}

/// `USING …` after an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Using {
    /// `USING SCOPE mine`.
    Scope(Ident),
    /// `USING LOOKUP Case.AccountId`.
    Lookup(Path),
}

/// `WITH …` after the condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum With {
    /// `WITH SECURITY_ENFORCED`.
    SecurityEnforced,
    /// `WITH USER_MODE`.
    UserMode,
    /// `WITH SYSTEM_MODE`, and where.
    SystemMode(Span),
    /// `WITH DATA CATEGORY Geography__c AT (usa__c, uk__c) AND Product__c ABOVE phones__c`; never
    /// empty.
    DataCategory(Vec<Category>),
    /// `WITH UserId = '005…'`.
    Equals {
        /// What is set.
        name: Ident,
        /// To what.
        value: StringLiteral,
    },
    /// `WITH RecordVisibilityContext (maxDescriptorPerRecord = 100)`, or a word alone.
    Other {
        /// The word.
        name: Ident,
        /// What stands in the parentheses; empty without them.
        settings: Vec<Setting>,
    },
}

/// A group of data categories and which of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Category {
    /// The group.
    pub group: Ident,
    /// Where from the categories on.
    pub selector: Selector,
    /// The categories; never empty.
    pub names: Vec<Ident>,
}

/// Which way from a data category.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the word that `name` gives")]
pub enum Selector {
    At,
    Above,
    Below,
    AboveOrBelow,
}

impl Selector {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::At => "AT",
            Self::Above => "ABOVE",
            Self::Below => "BELOW",
            Self::AboveOrBelow => "ABOVE_OR_BELOW",
        }
    }
}

/// `name = value`, in the clauses that take settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// What is set; in `BIND` perhaps a path.
    pub name: Path,
    /// To what.
    pub value: Literal,
}

/// What can stand after `OFFSET`, in the order of the grammar.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ending {
    /// `BIND Status = 'New'`: what `USING LOOKUP` looks up with; empty where absent.
    pub bind: Vec<Setting>,
    /// `ALL ROWS`: with deleted and archived records.
    pub all_rows: bool,
    /// `FOR VIEW` or `FOR REFERENCE`: the records count as recently seen.
    pub seen: Option<Seen>,
    /// `UPDATE TRACKING, VIEWSTAT`: article statistics are written; empty where absent.
    pub update: Vec<Statistic>,
    /// `FOR UPDATE`: the records are locked.
    pub lock: bool,
    /// `SET OPTIONS (dataspace = 'x')`; empty where absent.
    pub options: Vec<Setting>,
    /// All of it.
    pub span: Span,
}

/// How records count as recently seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// `FOR VIEW`.
    View,
    /// `FOR REFERENCE`.
    Reference,
}

/// Statistics of articles that a query can write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistic {
    /// `TRACKING`: the search terms.
    Tracking,
    /// `VIEWSTAT`: the views.
    Viewstat,
}

impl Statistic {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tracking => "TRACKING",
            Self::Viewstat => "VIEWSTAT",
        }
    }
}
