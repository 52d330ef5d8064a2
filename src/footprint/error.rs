//! Why an operation has no footprint, and so is denied.

use crate::salesforce::metadata::DefinitionError;
use crate::salesforce::report::ReportRefusal;
use crate::salesforce::{FieldName, ObjectName, RecordId};
use crate::soql::ast::Span;

/// A name or clause that can't be resolved against the org's schema.
///
/// The texts never tell more than the caller wrote: an object or field that exists but is hidden
/// from the caller is for `policy` to refuse.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct FootprintError {
    /// What is wrong.
    pub kind: Unresolved,
    /// Where in the query, for an operation that is one.
    pub span: Option<Span>,
}

/// What can't be resolved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unresolved {
    /// No object of that name.
    #[error("`{0}` is not an object of this org")]
    Object(String),
    /// No field of that name there.
    #[error("`{place}` has no field `{field}`")]
    Field {
        /// The object or the relationships, as far as the caller wrote them: never the name of an
        /// object that a relationship leads to.
        place: String,
        /// The object that was searched, for suggestions; no text shows it.
        object: ObjectName,
        /// The name as written.
        field: String,
    },
    /// No relationship to a parent of that name.
    #[error("`{place}` has no relationship `{relationship}` to a parent")]
    Parent {
        /// As in `Field`.
        place: String,
        /// The object that was searched, for suggestions; no text shows it.
        object: ObjectName,
        /// The name as written.
        relationship: String,
    },
    /// No child relationship of that name.
    #[error("`{place}` has no child relationship `{relationship}`")]
    Child {
        /// As in `Field`.
        place: String,
        /// The object that was searched, for suggestions; no text shows it.
        object: ObjectName,
        /// The name as written.
        relationship: String,
    },
    /// A relationship leads to an object that the org's schema doesn't describe.
    #[error("`{relationship}` can lead to objects that this org's schema does not describe")]
    Target {
        /// The relationship as written.
        relationship: String,
    },
    /// A path through a polymorphic relationship asks for more than Salesforce gives there.
    #[error(
        "`{path}` goes through a relationship to several objects: only its Id, Name, Type, \
         FirstName, LastName, Email, Phone, Title, Username, Alias and IsActive can be read there"
    )]
    Polymorphic {
        /// The path as written.
        path: String,
    },
    /// `TYPEOF` on a relationship that leads to one object only.
    #[error("`{0}` leads to one object: select its fields without TYPEOF")]
    OneTarget(String),
    /// `WHEN` with an object that the relationship doesn't lead to.
    #[error("`{relationship}` never leads to `{object}`")]
    NotATarget {
        /// The relationship as written.
        relationship: String,
        /// The object as written.
        object: String,
    },
    /// A clause that is understood and may not travel.
    #[error("{clause} is refused: {reason}")]
    Refused {
        /// The clause as it is written in a query.
        clause: &'static str,
        /// Why, and what is right.
        reason: &'static str,
    },
    /// `FIELDS(ALL)` or `FIELDS(CUSTOM)` without a bound on rows, as Salesforce wants it.
    #[error("FIELDS({set}) needs LIMIT {max} or less in the same query", max = super::fields::MOST_ROWS)]
    Unbounded {
        /// The argument.
        set: &'static str,
    },
    /// `FIELDS(CUSTOM)` where there are none.
    #[error("`{object}` has no field that FIELDS({set}) stands for")]
    NoFields {
        /// The object, in describe's spelling.
        object: ObjectName,
        /// The argument.
        set: &'static str,
    },
    /// A relationship that has the name of the object, or of the child relationship, that the query
    /// is on: without aliases, which are never sent, it could be read as either.
    #[error("`{0}` could mean the object or a relationship of that name, so it is not supported")]
    Ambiguous(String),
    /// More relationships in one path than Salesforce follows.
    #[error("`{0}` follows more than five relationships")]
    TooDeep(String),
    /// The `FROM` list names the same alias twice, or aliases go round in a circle.
    #[error("the alias `{0}` is given twice or refers to itself")]
    Alias(String),
    /// Two items of one `SELECT` list would come back under the same name.
    #[error("`{0}` is selected twice")]
    SelectedTwice(String),
    /// A search without `RETURNING`.
    #[error(
        "a search without RETURNING touches every searchable object of the org: name each object \
         with its fields, RETURNING Account(Id, Name)"
    )]
    SearchEverywhere,
    /// One object twice in the `RETURNING` of a search, whose records could not be told apart.
    #[error("`{0}` stands twice in RETURNING: name all its fields in one place")]
    ReturnedTwice(ObjectName),
    /// A clause of a search that reads, chooses or writes by something that isn't named.
    #[error("{clause} is not allowed in a search: {reason}")]
    SearchClause {
        /// The clause.
        clause: &'static str,
        /// Why.
        reason: &'static str,
    },
    /// `Id` or another name that a record's values can't set.
    #[error("`{0}` can't be set")]
    NotWritable(String),
    /// The same field is written twice, perhaps in another case.
    #[error("`{0}` is set twice")]
    WrittenTwice(String),
    /// A value that is neither text, number, boolean nor null.
    #[error("the value of `{0}` must be text, a number, true, false or null")]
    Value(String),
    /// An id that starts with the prefix of another object.
    #[error("the id is not one of a record of `{0}`")]
    OtherObject(ObjectName),
    /// Nothing is to be written.
    #[error("no field is set")]
    NothingToWrite,
    /// A record named by a field that identifies none.
    #[error("`{0}` is no external id, so records can't be named by it")]
    NotAnExternalId(String),
    /// A parent named by an external id, through a relationship to several objects.
    #[error("`{0}` can lead to several objects: give the parent's `attributes.type`")]
    ParentWithoutType(String),
    /// A reference to another part where there are no parts.
    #[error("{0} refers to another part, which only parts of a composite can")]
    ReferenceAlone(String),
    /// A request on several records without a record.
    #[error("no record is named")]
    NoRecords,
    /// More than one request may hold.
    #[error("there are more than {most} {what}: split the request")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// The most.
        most: usize,
    },
    /// An upsert without the value that says which record is meant.
    #[error("`{0}` names the record of an upsert, so that it must have a value")]
    NoKey(String),
    /// An id alone, where its prefix doesn't say which object the record is of.
    #[error(
        "the id {0} does not say which object its record is of: its first three characters are not \
         the prefix of exactly one object of this org"
    )]
    Prefix(RecordId),
    /// `attributes.type` of a record in a tree names another object than the relationship leads to.
    #[error("`attributes.type` is `{0}`, which is not the object that the record is of there")]
    OtherType(String),
    /// `Id` where an external id must stand.
    #[error("`Id` is no external id: name the record by its id")]
    IdAsKey,
    /// No relationship of that name, to parents or children.
    #[error("`{place}` has no relationship `{relationship}`")]
    Related {
        /// The object.
        place: String,
        /// As written.
        relationship: String,
    },
    /// Children at the end of more relationships than one query can follow.
    #[error(
        "children can be asked for of a record or of its parent: read the id of the parent first, \
         then ask for its children"
    )]
    RelatedTooFar,
    /// An object without an id or a name.
    #[error("the records of `{0}` have no name that could be shown")]
    Nameless(ObjectName),
    /// An id of something else than custom objects or custom fields.
    #[error("the id is not one of a {what}: those start with {prefix}")]
    NotAnIdOf {
        /// What it should be of.
        what: &'static str,
        /// The first three characters of such ids.
        prefix: &'static str,
    },
    /// What an id stands for can't be said before Salesforce was asked.
    #[error("what `{0}` stands for must be looked up in the org first")]
    NotLookedUp(RecordId),
    /// Salesforce knows nothing with the id.
    #[error("the org has no custom object or field with the id `{0}`")]
    NothingBehindId(RecordId),
    /// What an id stands for is not in the schema, so that no policy can speak of it.
    #[error("the id stands for a {what} that this org's schema does not describe")]
    BehindId {
        /// An object or a field.
        what: &'static str,
    },
    /// The fields of a custom object that is not there as one.
    #[error("`{0}` is not a custom object of this org")]
    NotCustom(String),
    /// A definition that can't be made.
    #[error("the change can't be made: {0}")]
    Definition(DefinitionError),
    /// The records of a bulk job have to be named, and no column does.
    #[error("a bulk {operation} needs the column `{name}`, which says which record each row is")]
    KeyColumn {
        /// The operation.
        operation: &'static str,
        /// The field that names a record.
        name: FieldName,
    },
    /// A bulk deletion with values.
    #[error("a bulk delete has one column, `Id`")]
    ColumnsOfDelete,
    /// Columns that are the same in describe's spelling.
    #[error("{0}")]
    Columns(String),
    /// Records of a bulk job that can't be sent.
    #[error("the rows cannot be sent: {0}")]
    Rows(String),
    /// More than a call can carry.
    #[error(
        "the rows have {chars} characters, and a call carries {max} at most: leave `rows` and `csv` \
         out, name the `columns`, and send the file to the `uploadUrl` of the answer",
        max = crate::salesforce::rest::bulk::MOST_INLINE_CHARS
    )]
    TooManyInline {
        /// How many they are.
        chars: usize,
    },
    /// An address or a location in a bulk query.
    #[error("`{0}` is made of several fields, which a bulk query can't return: name those fields")]
    CompoundInBulk(String),
    /// Columns with so much text that no address can hold it.
    #[error(
        "the columns' names are too long together ({bytes} bytes, and {max} are the most for a file \
         of its own): write fewer columns at once",
        max = crate::salesforce::bulk::MOST_GRANT_BYTES
    )]
    LongHeader {
        /// How long.
        bytes: usize,
    },
    /// An id that isn't one of a report.
    #[error("the id is not one of a report: those start with 00O")]
    NotAReport,
    /// What a report shows was not looked up, which a report among parts can't be.
    #[error("what the report shows must be looked up first, so it can only be run by itself")]
    ReportUnread,
    /// A report that shows or goes by what can't be traced to fields.
    #[error("{0}")]
    Report(ReportRefusal),
    /// A column of a report, or a filter of its type, that can't be traced to one field.
    #[error(
        "the report's `{0}` can't be traced to one field of this org: query its objects with \
         executeQuery instead"
    )]
    ReportColumn(String),
    /// An envelope in an envelope, or another operation that is no single request for data.
    #[error("a part can't have parts of its own, and can't be a job, a report or a definition")]
    Nested,
    /// A reference to another part that leads nowhere, or stands where it can't.
    #[error("{reference} {why}")]
    Reference {
        /// As written.
        reference: String,
        /// What is wrong, and what would be right.
        why: &'static str,
    },
    /// `@{` that Salesforce would take for a reference.
    #[error(
        "`@{{` stands beside other text: in a composite it starts a reference, which is a whole \
         value, a whole id in an address or a whole string in a query"
    )]
    StrayReference,
    /// In one record of a tree.
    #[error("record `{reference}`: {kind}")]
    Record {
        /// What the caller calls it.
        reference: String,
        /// What can't be resolved there.
        kind: Box<Self>,
    },
    /// In one part of an operation.
    #[error("part `{reference}`: {kind}")]
    Part {
        /// What the caller calls it.
        reference: String,
        /// What can't be resolved there.
        kind: Box<Self>,
    },
}

/// How much of a name or path is repeated.
pub(super) const SHOWN_CHARS: usize = 80;

/// A name or path as an error shows it.
pub(super) fn shown(text: impl AsRef<str> + Into<String>) -> String {
    if text.as_ref().len() <= SHOWN_CHARS {
        return text.into();
    }
    match text.as_ref().char_indices().nth(SHOWN_CHARS) {
        None => text.into(),
        Some((end, _)) => format!("{}…", text.as_ref().get(..end).unwrap_or_default()),
    }
}

impl Unresolved {
    /// Whether other names would help: not where an id or a definition is wrong.
    pub fn is_about_names(&self) -> bool {
        !matches!(
            self,
            Self::NotAnIdOf { .. }
                | Self::NotLookedUp(_)
                | Self::NothingBehindId(_)
                | Self::BehindId { .. }
                | Self::Definition(_)
        )
    }

    pub(super) fn at(self, span: Span) -> FootprintError {
        FootprintError { kind: self, span: Some(span) }
    }
}

impl FootprintError {
    /// The same error, told as one of a record in a tree.
    pub(super) fn in_record(self, reference: &str) -> Self {
        let kind = Box::new(self.kind);
        Unresolved::Record { reference: reference.to_owned(), kind }.into()
    }

    /// The same error, told as one of a part.
    pub(super) fn within(self, reference: &str) -> Self {
        let kind = Box::new(self.kind);
        Unresolved::Part { reference: reference.to_owned(), kind }.into()
    }
}

impl From<Unresolved> for FootprintError {
    fn from(kind: Unresolved) -> Self {
        Self { kind, span: None }
    }
}
