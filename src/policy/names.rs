//! The names in policies against those that there are.
//!
//! Cedar takes any text for an id: a forbid on `Field::"Contact.SSN_c"` loads and never fires. So
//! every id of a policy must be one that can occur, in exactly describe's spelling.

use cedar_policy::{EntityUid, Policy};

use super::PolicySet;
use super::model::{Known, Model, ORG_ID};
use crate::footprint::Target;
use crate::org::{self, nearest};
use crate::salesforce::{FieldName, ObjectName, RecordId};

/// What names policies may use.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// The org's objects and fields.
    pub schema: &'a org::Schema,
    /// The tools' names; `None` accepts any.
    pub tools: Option<&'a [&'a str]>,
    /// The roles that agents can have; `None` accepts any, where an identity provider tells them.
    pub roles: Option<&'a [&'a str]>,
}

impl<'a> Names<'a> {
    /// The names of an org; tools and roles may be anything.
    pub fn new(schema: &'a org::Schema) -> Self {
        Self { schema, tools: None, roles: None }
    }

    /// What is wrong with the ids of a policy: each id with a message, once.
    pub(super) fn check(&self, model: &Model, policy: &Policy) -> Vec<(EntityUid, String)> {
        let mut literals = policy.entity_literals();
        literals.sort();
        literals.dedup();
        literals
            .into_iter()
            .filter_map(|literal| {
                let problem = self.problem(model, &literal)?;
                Some((literal, problem))
            })
            .collect()
    }

    fn problem(&self, model: &Model, literal: &EntityUid) -> Option<String> {
        let kind = literal.type_name();
        let id = literal.id().unescaped();
        if *kind == model.types.object {
            self.object(id).err()
        } else if *kind == model.types.field {
            self.field(id).err()
        } else if *kind == model.types.org {
            (id != ORG_ID).then(|| format!("no org `{}`: write Org::\"{ORG_ID}\"", shown(id)))
        } else if *kind == model.types.report {
            report(id)
        } else if *kind == model.types.tool {
            one_of("tool", id, self.tools?)
        } else if *kind == model.types.role {
            one_of("role", id, self.roles?)
        } else {
            None
        }
    }

    fn object(&self, id: &str) -> Result<&'a org::Object, String> {
        let name = ObjectName::parse(id)
            .map_err(|_not_a_name| format!("`{}` is not the name of an object", shown(id)))?;
        match self.schema.object(&name) {
            Some(object) if object.name.as_str() == id => Ok(object),
            Some(object) => Err(format!(
                "`{id}` differs in case from the org's object: write `{}`",
                object.name
            )),
            None => {
                let objects = self.schema.objects().map(|object| object.name.as_str());
                Err(with_nearest(format!("the org has no object `{id}`"), nearest(id, objects)))
            }
        }
    }

    fn field(&self, id: &str) -> Result<(), String> {
        let (object_id, field_id) = id.split_once('.').ok_or_else(|| {
            format!("`{}` is not the name of a field: write Object.Field", shown(id))
        })?;
        let object = self.object(object_id)?;
        let name = FieldName::parse(field_id)
            .map_err(|_not_a_name| format!("`{}` is not the name of a field", shown(field_id)))?;
        let target = Target::Field(object.name.clone(), name);
        match Known::find(self.schema, &target) {
            Some(Known::Field(_, field)) if field.name.as_str() == field_id => Ok(()),
            Some(Known::Field(_, field)) => Err(format!(
                "`{id}` differs in case from the org's field: write `{object_id}.{}`",
                field.name
            )),
            Some(Known::Org | Known::Object(_) | Known::Report(_)) | None => {
                let fields = object.fields().map(|field| field.name.as_str());
                let near = nearest(field_id, fields).map(|field| format!("{object_id}.{field}"));
                Err(with_nearest(format!("the org has no field `{id}`"), near.as_deref()))
            }
        }
    }
}

impl PolicySet {
    /// Whether a policy names the object, or a field of it, in another spelling than the org's. Such a
    /// policy doesn't load; a name that comes later must not get past it.
    pub fn spells_otherwise(&self, object: &org::Object) -> bool {
        let types = &self.model.types;
        let otherwise = |literal: &EntityUid| {
            let id = literal.id().unescaped();
            let (of, field) = id.split_once('.').unwrap_or((id, ""));
            let is_name =
                *literal.type_name() == types.object || *literal.type_name() == types.field;
            if !is_name || !object.name.as_str().eq_ignore_ascii_case(of) {
                return false;
            }
            let known = FieldName::parse(field).ok().and_then(|name| object.field(&name));
            object.name.as_str() != of || known.is_some_and(|known| known.name.as_str() != field)
        };
        self.policies.values().any(|scoped| scoped.policy.entity_literals().iter().any(otherwise))
    }
}

/// Reports are asked about by their ids of 18 characters; that there is one is not checked.
fn report(id: &str) -> Option<String> {
    match RecordId::parse(id) {
        Ok(known) if known.key_prefix() != "00O" => {
            Some(format!("`{id}` is not the id of a report: those start with 00O"))
        }
        Ok(known) if known.as_str() != id => Some(format!("write the whole id, `{known}`")),
        Ok(_) => None,
        Err(error) => Some(format!("`{}` is not the id of a report: {error}", shown(id))),
    }
}

fn one_of(what: &str, id: &str, known: &[&str]) -> Option<String> {
    (!known.contains(&id)).then(|| {
        with_nearest(
            format!("there is no {what} `{}`", shown(id)),
            nearest(id, known.iter().copied()),
        )
    })
}

fn with_nearest(message: String, near: Option<&str>) -> String {
    match near {
        Some(near) => format!("{message}; did you mean `{near}`?"),
        None => message,
    }
}

fn shown(id: &str) -> String {
    id.chars().take(80).flat_map(char::escape_debug).collect()
}
