//! `sobjects/{object}/…`: one record, its relations, and the object itself.

use super::address::value;
use super::error::{PartError, shown};
use super::{Reading, Resource, Verb};
use crate::salesforce::body;
use crate::salesforce::{
    ExternalKey, FieldName, ObjectName, Operation, RecordBody, RecordId, RecordKey, Reference,
    RelationshipName,
};
use crate::soql::ast::Path;

/// The most fields of one read, as of a query.
const MOST_FIELDS: usize = 1_000;

/// The most related records of one answer: one page of Salesforce's own.
const MOST_RELATED: u32 = 2_000;

impl Reading<'_> {
    pub(super) fn sobjects(&mut self, object: &str, rest: &[&str]) -> Result<Operation, PartError> {
        let object = ObjectName::parse(object)?;
        match rest {
            [] => {
                self.takes(Resource::Record)?;
                self.verb(&[Verb::Post])?;
                let body = self.record_body(&object)?;
                Ok(Operation::CreateRecord { object, body })
            }
            ["describe"] => self.only(Resource::Object, Operation::DescribeObject { object }),
            [key] => {
                let key = record_key(key)?;
                self.record(object, key)
            }
            // No external id field has a name that could be an id: those of an org's own end in
            // `__c`, and none of the standard ones has 15 or 18 letters.
            [id, path @ ..] if RecordId::parse(id).is_ok() || Reference::is_in(id) => {
                self.related(object, id, path)
            }
            [field, text] => {
                let key = ExternalKey::new(FieldName::parse(field)?, value(text)?)?;
                self.external(object, key)
            }
            [field, ..] => Err(PartError::Record(shown(field))),
        }
    }

    fn record(&mut self, object: ObjectName, key: RecordKey) -> Result<Operation, PartError> {
        self.verb(&[Verb::Get, Verb::Patch, Verb::Delete])?;
        Ok(match self.verb {
            Verb::Get => Operation::GetRecord { object, key, fields: self.fields_or_all()? },
            Verb::Delete => Operation::DeleteRecord { object, key },
            Verb::Patch | Verb::Post => {
                let body = self.record_body(&object)?;
                Operation::UpdateRecord { object, key, body }
            }
        })
    }

    fn external(&mut self, object: ObjectName, key: ExternalKey) -> Result<Operation, PartError> {
        if self.verb != Verb::Patch {
            return self.record(object, RecordKey::External(key));
        }
        let update_only = match self.address.optional("updateOnly").as_deref() {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => return Err(PartError::Boolean("updateOnly")),
        };
        let body = self.record_body(&object)?;
        Ok(Operation::UpsertRecord { object, key, body, update_only })
    }

    /// Related records are sent as a query or as a read of the record, so that a reference can't
    /// stand for it, and only reading is possible: a write would reach the other object.
    fn related(
        &mut self,
        object: ObjectName,
        id: &str,
        path: &[&str],
    ) -> Result<Operation, PartError> {
        self.takes(Resource::Object)?;
        self.verb(&[Verb::Get])?;
        let id = RecordId::parse(id).map_err(|_reference| PartError::Record(shown(id)))?;
        let path: Result<_, _> = path.iter().map(|name| RelationshipName::parse(name)).collect();
        let (path, fields) = (path?, self.fields_or_all()?);
        Ok(Operation::GetRelated { object, id, path, fields, limit: MOST_RELATED })
    }

    /// Without the parameter, Salesforce returns every field.
    fn fields_or_all(&mut self) -> Result<Vec<Path>, PartError> {
        match self.fields() {
            Err(PartError::NoFields) => Ok(Vec::new()),
            named => named,
        }
    }

    pub(super) fn fields(&mut self) -> Result<Vec<Path>, PartError> {
        let list = self.address.optional("fields").ok_or(PartError::NoFields)?;
        let fields: Option<Vec<Path>> =
            list.split(',').take(MOST_FIELDS.saturating_add(1)).map(Path::read).collect();
        fields.filter(|fields| fields.len() <= MOST_FIELDS).ok_or(PartError::Fields)
    }

    fn record_body(&mut self, object: &ObjectName) -> Result<RecordBody, PartError> {
        Ok(body::read(self.json()?, self.setting.rules())?.of(object)?)
    }
}

fn record_key(segment: &str) -> Result<RecordKey, PartError> {
    // Where references may not stand, the address has none.
    if let Some(reference) = Reference::parse(segment) {
        return Ok(RecordKey::Reference(reference));
    }
    let id = RecordId::parse(segment).map_err(|_no_id| PartError::Record(shown(segment)))?;
    Ok(RecordKey::Id(id))
}
