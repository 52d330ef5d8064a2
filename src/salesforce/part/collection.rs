//! `composite/sobjects/…` and `composite/tree/{object}`: several records.

use super::error::PartError;
use super::{Reading, Resource, Verb};
use crate::salesforce::collection::{CollectionOperation, read};
use crate::salesforce::{FieldName, ObjectName, Operation};

impl Reading<'_> {
    pub(super) fn collection(&mut self, segments: &[&str]) -> Result<Operation, PartError> {
        self.takes(Resource::Collection)?;
        let operation = match segments {
            [] => self.mixed()?,
            [object] => self.several(ObjectName::parse(object)?)?,
            [object, field] => {
                self.verb(&[Verb::Patch])?;
                let (object, field) = (ObjectName::parse(object)?, FieldName::parse(field)?);
                let (all_or_none, records) = read::body(self.json()?)?;
                read::upsert(all_or_none, object, field, records, self.setting.rules())?
            }
            [_, _, rest, ..] => return Err(PartError::Rest(super::error::shown(rest))),
        };
        Ok(Operation::Records(operation))
    }

    pub(super) fn tree(&mut self, object: &str) -> Result<Operation, PartError> {
        self.takes(Resource::Collection)?;
        self.verb(&[Verb::Post])?;
        let object = ObjectName::parse(object)?;
        let records = read::tree_body(object, self.json()?, self.setting.rules())?;
        Ok(Operation::Records(records))
    }

    /// Records that say themselves which objects they are of.
    fn mixed(&mut self) -> Result<CollectionOperation, PartError> {
        self.verb(&[Verb::Post, Verb::Patch, Verb::Delete])?;
        Ok(match self.verb {
            Verb::Delete => {
                let ids = self.address.parameter("ids")?;
                let ids = read::ids(ids.split(','))?;
                let all_or_none = match self.address.optional("allOrNone").as_deref() {
                    None | Some("false") => false,
                    Some("true") => true,
                    Some(_) => return Err(PartError::Boolean("allOrNone")),
                };
                CollectionOperation::DeleteMany { all_or_none, ids }
            }
            Verb::Post => {
                let (all_or_none, records) = read::body(self.json()?)?;
                read::create(all_or_none, None, records, self.setting.rules())?
            }
            Verb::Patch | Verb::Get => {
                let (all_or_none, records) = read::body(self.json()?)?;
                read::update(all_or_none, None, records, self.setting.rules())?
            }
        })
    }

    /// A read of several records of one object: by GET, or by POST where there are many.
    fn several(&mut self, object: ObjectName) -> Result<CollectionOperation, PartError> {
        self.verb(&[Verb::Get, Verb::Post])?;
        let (ids, fields) = if self.verb == Verb::Post {
            read::wanted(self.json()?)?
        } else {
            let ids = self.address.parameter("ids")?;
            (read::ids(ids.split(','))?, self.fields()?)
        };
        Ok(CollectionOperation::GetMany { object, ids, fields })
    }
}
