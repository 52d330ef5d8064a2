//! The header of an ingest file: which field each column writes.
//!
//! A cell is `Field`, `Relationship.Field` (the parent is found by that field of its own) or
//! `ObjectType:Relationship.Field` (the same, where the parent may be of several objects). Whether
//! an org has such fields is `org`'s question.

use std::collections::HashMap;
use std::fmt;

use crate::salesforce::{FieldName, NameError, ObjectName, RelationshipName};

/// The most columns that a header may have.
const MOST: usize = 1_000;

/// How much of a wrong cell an error shows, in characters.
const SHOWN: usize = 80;

/// One cell of a header.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Column {
    /// The object that the relationship leads to, where it may be one of several.
    pub object: Option<ObjectName>,
    /// The relationship to the parent that `field` finds.
    pub relationship: Option<RelationshipName>,
    /// The field that is written, or that the parent is found by.
    pub field: FieldName,
}

/// Why a header is refused, and at which cell.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {column} of the header, `{text}`, {problem}")]
pub struct ColumnError {
    /// The cell's number, from 1.
    pub column: usize,
    /// The cell's text, escaped and cut.
    pub text: String,
    /// What is wrong with it.
    pub problem: ColumnProblem,
}

/// What is wrong with a cell.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ColumnProblem {
    /// Nothing stands in it.
    #[error("is empty: every column needs the name of a field")]
    Empty,
    /// A part of it is not a name.
    #[error(
        "is not a field: expected `Field`, `Relationship.Field` or `ObjectType:Relationship.Field`, \
         each name a letter, then letters, digits or underscores"
    )]
    NotNames,
    /// More than one step from the record that is written.
    #[error("leads over more than one relationship: only `Relationship.Field` can be written")]
    TooDeep,
    /// An object type before a field that no relationship leads to.
    #[error(
        "names an object type without a relationship: expected `ObjectType:Relationship.Field`"
    )]
    TypeWithoutRelationship,
    /// An earlier column says the same.
    #[error("is the same column as column {0}")]
    Duplicate(usize),
    /// An earlier column writes the same lookup field.
    #[error("sets the same lookup field, {field}, as column {column}: one of them has to go")]
    SameLookup {
        /// The earlier column's number, from 1.
        column: usize,
        /// The lookup field.
        field: FieldName,
    },
    /// There are more cells than a header may have.
    #[error("is one too many: a file may have {MOST} columns")]
    TooMany,
}

impl From<NameError> for ColumnProblem {
    fn from(_: NameError) -> Self {
        Self::NotNames
    }
}

impl Column {
    /// Reads one cell.
    pub fn parse(cell: &str) -> Result<Self, ColumnProblem> {
        if cell.is_empty() {
            return Err(ColumnProblem::Empty);
        }
        let (object, path) = match cell.split_once(':') {
            Some((object, path)) => (Some(object), path),
            None => (None, cell),
        };
        let (relationship, field) = match path.split_once('.') {
            Some((relationship, field)) => (Some(relationship), field),
            None => (None, path),
        };
        if field.split('.').nth(1).is_some() && field.split('.').all(is_name) {
            return Err(ColumnProblem::TooDeep);
        }
        let column = Self {
            object: object.map(ObjectName::parse).transpose()?,
            relationship: relationship.map(RelationshipName::parse).transpose()?,
            field: FieldName::parse(field)?,
        };
        if column.object.is_some() && column.relationship.is_none() {
            return Err(ColumnProblem::TypeWithoutRelationship);
        }
        Ok(column)
    }

    /// The field of the record that this column sets, as far as names tell: a relationship `Owner`
    /// sets `OwnerId`, and `Parent__r` sets `Parent__c`.
    fn sets(&self) -> Result<FieldName, ColumnProblem> {
        let Some(relationship) = &self.relationship else { return Ok(self.field.clone()) };
        let name = relationship.as_str();
        let custom = [("__r", "__c"), ("__pr", "__pc")].into_iter().find_map(|(from, to)| {
            let (stem, end) = name.split_at_checked(name.len().checked_sub(from.len())?)?;
            end.eq_ignore_ascii_case(from).then(|| format!("{stem}{to}"))
        });
        let lookup = custom.unwrap_or_else(|| format!("{name}Id"));
        Ok(FieldName::parse(&lookup)?)
    }
}

fn is_name(text: &str) -> bool {
    FieldName::parse(text).is_ok()
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(object) = &self.object {
            write!(f, "{object}:")?;
        }
        if let Some(relationship) = &self.relationship {
            write!(f, "{relationship}.")?;
        }
        write!(f, "{}", self.field)
    }
}

/// A whole header: at least one column, and no field set twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns(Vec<Column>);

impl Columns {
    /// Reads a header's cells.
    ///
    /// Two columns that set one field are refused even where they are spelled differently:
    /// `OwnerId`, `Owner.Email` and `User:Owner.Username` all choose the owner.
    pub fn parse<'a>(cells: impl IntoIterator<Item = &'a str>) -> Result<Self, ColumnError> {
        let mut columns: Vec<Column> = Vec::new();
        let mut set: HashMap<FieldName, usize> = HashMap::new();
        for (number, cell) in (1..).zip(cells) {
            let error = |problem| ColumnError { column: number, text: shown(cell), problem };
            if number > MOST {
                return Err(error(ColumnProblem::TooMany));
            }
            let column = Column::parse(cell).map_err(error)?;
            let field = column.sets().map_err(error)?;
            if let Some(&earlier) = set.get(&field) {
                let same = columns.get(earlier.saturating_sub(1)) == Some(&column);
                return Err(error(match same {
                    true => ColumnProblem::Duplicate(earlier),
                    false => ColumnProblem::SameLookup { column: earlier, field },
                }));
            }
            set.insert(field, number);
            columns.push(column);
        }
        match columns.is_empty() {
            true => {
                let (text, problem) = (String::new(), ColumnProblem::Empty);
                Err(ColumnError { column: 1, text, problem })
            }
            false => Ok(Self(columns)),
        }
    }

    /// The columns in the file's order.
    pub fn as_slice(&self) -> &[Column] {
        &self.0
    }

    /// The columns in the file's order.
    pub fn iter(&self) -> std::slice::Iter<'_, Column> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a Columns {
    type Item = &'a Column;
    type IntoIter = std::slice::Iter<'a, Column>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// A cell as an error may show it: a letter that only looks like an ASCII one shows its number.
fn shown(cell: &str) -> String {
    let mut chars = cell.chars();
    let mut text: String = chars.by_ref().take(SHOWN).flat_map(char::escape_default).collect();
    if chars.next().is_some() {
        text.push('…');
    }
    text
}
