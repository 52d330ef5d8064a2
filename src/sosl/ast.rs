//! The syntax tree of a SOSL search.
//!
//! Names stand here as they were written, unresolved. Every enum is matched without a wildcard
//! arm, so that a new clause can't be parsed before someone has said what it reads.

use crate::soql::ast::{
    Condition, Ending, FieldExpr, From, Ident, OrderItem, Path, Query, SelectItem, Span,
    StringLiteral,
};

/// `FIND {…} …`, with its clauses in the order of the grammar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// What is looked for.
    pub term: Term,
    /// `IN … FIELDS`; where absent, Salesforce looks in all fields.
    pub scope: Option<SearchGroup>,
    /// `RETURNING`; empty when absent, and then Salesforce returns ids of every searchable object.
    pub returning: Vec<Returning>,
    /// `WITH …`, in the order written.
    pub with: Vec<With>,
    /// `LIMIT`, in rows of all objects together.
    pub limit: Option<u32>,
    /// `OFFSET` after `LIMIT`.
    pub offset: Option<u32>,
    /// `UPDATE …`; empty when absent.
    pub update: Vec<Statistic>,
    /// The whole search.
    pub span: Span,
}

/// Operands joined by operators, in the order written. Which operator binds first is Salesforce's
/// question: what is printed has the same order and the same parentheses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The first operand.
    pub first: Operand,
    /// Each further operand with the operator before it.
    pub rest: Vec<(Operator, Operand)>,
}

/// What stands between two operands of a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// White space alone.
    Next,
    /// `AND`.
    And,
    /// `OR`.
    Or,
    /// `AND NOT`.
    AndNot,
}

/// An operand of a term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operand {
    /// A word; never one that reads as an operator.
    Word(Word),
    /// Words in double quotes, which match in that order; never empty.
    Phrase(Vec<Word>),
    /// A term in parentheses.
    Group(Box<Term>),
}

/// A word without white space: its characters and wildcards in order; never empty, and no two
/// texts stand side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The pieces.
    pub pieces: Vec<Piece>,
}

/// A piece of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Characters that stand for themselves, escapes read.
    Text(Box<str>),
    /// `*`: any characters.
    Any,
    /// `?`: one character.
    One,
}

/// Which fields are searched: `IN … FIELDS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchGroup {
    /// All searchable fields.
    All,
    /// Name fields.
    Name,
    /// Email fields.
    Email,
    /// Phone fields.
    Phone,
    /// What the application's side bar searches.
    Sidebar,
}

impl SearchGroup {
    /// Every group with its name in Salesforce's spelling.
    pub const ALL: [(&'static str, Self); 5] = [
        ("ALL", Self::All),
        ("NAME", Self::Name),
        ("EMAIL", Self::Email),
        ("PHONE", Self::Phone),
        ("SIDEBAR", Self::Sidebar),
    ];

    /// Its name in Salesforce's spelling.
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "ALL",
            Self::Name => "NAME",
            Self::Email => "EMAIL",
            Self::Phone => "PHONE",
            Self::Sidebar => "SIDEBAR",
        }
    }
}

/// One object of `RETURNING`. Without fields nothing else stands in it either.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Returning {
    /// The object's name.
    pub object: Ident,
    /// What is returned of it; where empty, Salesforce returns its id.
    pub fields: Vec<ReturnField>,
    /// `WHERE`.
    pub filter: Option<Condition>,
    /// `USING ListView=…`.
    pub list_view: Option<Ident>,
    /// `ORDER BY`; empty when absent.
    pub order_by: Vec<OrderItem>,
    /// `LIMIT`, in rows of this object.
    pub limit: Option<u32>,
    /// `OFFSET`, in rows of this object.
    pub offset: Option<u32>,
    /// From the object's name to the end of its parentheses.
    pub span: Span,
}

/// One item of an object's field list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReturnField {
    /// A field or a function of one.
    Field {
        /// What is returned.
        expr: FieldExpr,
        /// The name of the answer's key, where the search chose one.
        alias: Option<Ident>,
    },
    /// `FIELDS(…)`.
    Fields(FieldSet, Span),
}

/// The argument of `FIELDS()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldSet {
    /// Every field.
    All,
    /// Salesforce's own fields.
    Standard,
    /// The fields that the org's people made.
    Custom,
}

impl FieldSet {
    /// Every set with its name in Salesforce's spelling.
    pub const ALL: [(&'static str, Self); 3] =
        [("ALL", Self::All), ("STANDARD", Self::Standard), ("CUSTOM", Self::Custom)];

    /// Its name in Salesforce's spelling.
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "ALL",
            Self::Standard => "STANDARD",
            Self::Custom => "CUSTOM",
        }
    }
}

impl Returning {
    /// The query that reads of this object what the search returns of it, its list view and its
    /// `FIELDS()` left out.
    pub fn query(&self) -> Query {
        let plain = |field: &ReturnField| match field {
            ReturnField::Field { expr, alias } => {
                Some(SelectItem::Field { expr: expr.clone(), alias: alias.clone() })
            }
            ReturnField::Fields(..) => None,
        };
        let source = Path { qualifiers: Vec::new(), last: self.object.clone() };
        Query {
            select: self.fields.iter().filter_map(plain).collect(),
            from: From { source, alias: None, using: None, others: Vec::new() },
            filter: self.filter.clone(),
            with: Vec::new(),
            group_by: None,
            having: None,
            order_by: self.order_by.clone(),
            limit: self.limit,
            offset: self.offset,
            ending: Ending::default(),
            span: self.span,
        }
    }
}

/// One `WITH` clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct With {
    /// What it asks for.
    pub kind: WithKind,
    /// From `WITH` to its end.
    pub span: Span,
}

/// What a `WITH` clause asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WithKind {
    /// `DIVISION = '…'`: records of one division.
    Division(StringLiteral),
    /// `DATA CATEGORY …`: articles of categories; filters that all hold, never empty.
    DataCategory(Vec<CategoryFilter>),
    /// `SNIPPET[(target_length=n)]`: text around what was found in articles.
    Snippet(Option<u32>),
    /// `HIGHLIGHT`: marks what was found.
    Highlight,
    /// `NETWORK = '…'` or `NETWORK IN ('…', …)`: what one of these communities shows.
    Network(Vec<StringLiteral>),
    /// `PricebookId = '…'`: products of a price book.
    PricebookId(StringLiteral),
    /// `METADATA = 'LABELS'`: the labels of the returned fields.
    Metadata,
    /// `SPELL_CORRECTION = …`: whether the term may be corrected when nothing is found.
    SpellCorrection(bool),
    /// `USER_MODE`, of Apex.
    UserMode,
    /// `SYSTEM_MODE`, of Apex.
    SystemMode,
}

impl WithKind {
    /// The clause as a message names it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Division(_) => "WITH DIVISION",
            Self::DataCategory(_) => "WITH DATA CATEGORY",
            Self::Snippet(_) => "WITH SNIPPET",
            Self::Highlight => "WITH HIGHLIGHT",
            Self::Network(_) => "WITH NETWORK",
            Self::PricebookId(_) => "WITH PricebookId",
            Self::Metadata => "WITH METADATA",
            Self::SpellCorrection(_) => "WITH SPELL_CORRECTION",
            Self::UserMode => "WITH USER_MODE",
            Self::SystemMode => "WITH SYSTEM_MODE",
        }
    }
}

/// `group AT category` or `group AT (category, …)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryFilter {
    /// The data category group.
    pub group: Ident,
    /// Which part of the group's tree.
    pub selector: CategorySelector,
    /// The categories; never empty.
    pub categories: Vec<Ident>,
}

/// Which categories a named one stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CategorySelector {
    /// Itself.
    At,
    /// Itself and those above it.
    Above,
    /// Itself and those below it.
    Below,
    /// Itself and those above and below it.
    AboveOrBelow,
}

impl CategorySelector {
    /// Every selector with its name in Salesforce's spelling.
    pub const ALL: [(&'static str, Self); 4] = [
        ("AT", Self::At),
        ("ABOVE", Self::Above),
        ("BELOW", Self::Below),
        ("ABOVE_OR_BELOW", Self::AboveOrBelow),
    ];

    /// Its name in Salesforce's spelling.
    pub fn name(self) -> &'static str {
        match self {
            Self::At => "AT",
            Self::Above => "ABOVE",
            Self::Below => "BELOW",
            Self::AboveOrBelow => "ABOVE_OR_BELOW",
        }
    }
}

/// What a search writes down about articles: `UPDATE …`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistic {
    /// `TRACKING`: the term.
    Tracking,
    /// `VIEWSTAT`: that the articles were seen.
    Viewstat,
}

impl Statistic {
    /// Every statistic with its name in Salesforce's spelling.
    pub const ALL: [(&'static str, Self); 2] =
        [("TRACKING", Self::Tracking), ("VIEWSTAT", Self::Viewstat)];

    /// Its name in Salesforce's spelling.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tracking => "TRACKING",
            Self::Viewstat => "VIEWSTAT",
        }
    }
}
