//! The names in policies against those that there are.
//!
//! Cedar takes any text for an id: a forbid on `Field::"Contact.SSN_c"` loads and never fires. So
//! every id of a policy must be one that can occur, in exactly describe's spelling.

use cedar_policy::{EntityUid, Policy};

use super::PolicySet;
use super::model::{Model, ORG_ID};
use crate::org::{self, nearest};
use crate::salesforce::{FieldName, ObjectName, RecordId};
use crate::tools;

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
}

/// The same, where the org's schema may not be at hand.
#[derive(Clone, Copy, Debug)]
pub struct Lint<'a> {
    /// The org's objects and fields; without them no name of one is checked.
    pub schema: Option<&'a org::Schema>,
    /// The tools' names; `None` accepts any.
    pub tools: Option<&'a [&'a str]>,
    /// The roles that agents can have; `None` accepts any.
    pub roles: Option<&'a [&'a str]>,
}

impl<'a> From<&Names<'a>> for Lint<'a> {
    fn from(names: &Names<'a>) -> Self {
        Self { schema: Some(names.schema), tools: names.tools, roles: names.roles }
    }
}

/// A kind of name that could not be checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Of objects and fields: there is no schema.
    Schema,
    /// Of labels that only the org could have: there is no schema.
    Label,
    /// Of roles: there is no configuration.
    Role,
}

/// What is wrong with a name, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

impl Wrong {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None }
    }

    pub(super) fn or(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    fn or_nearest(self, near: Option<impl std::fmt::Display>) -> Self {
        let hint = near.map(|near| format!("did you mean `{near}`?"));
        Self { hint, ..self }
    }
}

/// What comes of looking a name up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Finding {
    Fine,
    Wrong(Wrong),
    Unchecked(Kind),
}

impl From<Option<Wrong>> for Finding {
    fn from(wrong: Option<Wrong>) -> Self {
        wrong.map_or(Self::Fine, Self::Wrong)
    }
}

impl<'a> Lint<'a> {
    /// What comes of looking up the ids of a policy: each id once.
    pub(super) fn check(&self, model: &Model, policy: &Policy) -> Vec<(EntityUid, Finding)> {
        let mut literals = policy.entity_literals();
        literals.sort();
        literals.dedup();
        let found = |literal: EntityUid| {
            let finding = self.finding(model, &literal);
            (literal, finding)
        };
        literals.into_iter().map(found).collect()
    }

    fn finding(&self, model: &Model, literal: &EntityUid) -> Finding {
        let kind = literal.type_name();
        let id = literal.id().unescaped();
        let types = &model.types;
        if *kind == types.object || *kind == types.field {
            let Some(schema) = self.schema else { return Finding::Unchecked(Kind::Schema) };
            let wrong = if *kind == types.object {
                object(schema, id).err()
            } else {
                field(schema, id).err()
            };
            wrong.into()
        } else if *kind == types.org {
            let wrong = || Wrong::new(format!("there is no org `{}`", shown(id)));
            (id != ORG_ID).then(|| wrong().or(format!("write Org::\"{ORG_ID}\""))).into()
        } else if *kind == types.report {
            report(id).into()
        } else if *kind == types.tool {
            self.tools.and_then(|known| tool(id, known)).into()
        } else if *kind == types.label {
            self.label(model, id)
        } else if *kind == types.role {
            match self.roles {
                Some(known) => role(id, known).into(),
                None => Finding::Unchecked(Kind::Role),
            }
        } else {
            Finding::Fine
        }
    }

    fn label(&self, model: &Model, id: &str) -> Finding {
        let known = model.labels.names(self.schema);
        if known.contains(id) {
            return Finding::Fine;
        }
        if self.schema.is_none() {
            return Finding::Unchecked(Kind::Label);
        }
        let near = nearest(id, known.iter().map(String::as_str));
        let mut message = format!("nothing stands under the label `{}`", shown(id));
        if self.schema.is_some_and(|schema| !schema.classified()) {
            message.push_str(" (how the org classifies its fields is not known)");
        }
        let wrong = Wrong::new(message);
        Finding::Wrong(match near {
            Some(near) => wrong.or(format!("did you mean `{near}`?")),
            None => wrong.or("name what does in labels.yaml"),
        })
    }
}

/// The object of that name, in exactly the schema's spelling.
pub(super) fn object<'s>(schema: &'s org::Schema, id: &str) -> Result<&'s org::Object, Wrong> {
    let name = ObjectName::parse(id).map_err(|_not_a_name| {
        Wrong::new(format!("`{}` is not the name of an object", shown(id)))
    })?;
    match schema.object(&name) {
        Some(object) if object.name.as_str() == id => Ok(object),
        Some(object) => Err(Wrong::new(format!("`{id}` differs in case from the org's object"))
            .or(format!("write `{}`", object.name))),
        None => {
            let objects = schema.objects().map(|object| object.name.as_str());
            let wrong = Wrong::new(format!("the org has no object `{id}`"));
            Err(wrong.or_nearest(nearest(id, objects)))
        }
    }
}

/// Whether there is a field of that name, in exactly the schema's spelling.
pub(super) fn field(schema: &org::Schema, id: &str) -> Result<(), Wrong> {
    let (object_id, field_id) = id.split_once('.').ok_or_else(|| {
        Wrong::new(format!("`{}` is not the name of a field", shown(id))).or("write Object.Field")
    })?;
    let object = object(schema, object_id)?;
    let name = FieldName::parse(field_id).map_err(|_not_a_name| {
        Wrong::new(format!("`{}` is not the name of a field", shown(field_id)))
    })?;
    match object.field(&name) {
        Some(field) if field.name.as_str() == field_id => Ok(()),
        Some(field) => Err(Wrong::new(format!("`{id}` differs in case from the org's field"))
            .or(format!("write `{object_id}.{}`", field.name))),
        None => {
            let fields = object.fields().map(|field| field.name.as_str());
            let near = nearest(field_id, fields).map(|field| format!("{object_id}.{field}"));
            Err(Wrong::new(format!("the org has no field `{id}`")).or_nearest(near))
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
fn report(id: &str) -> Option<Wrong> {
    match RecordId::parse(id) {
        Ok(known) if known.key_prefix() != "00O" => {
            Some(Wrong::new(format!("`{id}` is not the id of a report")).or("those start with 00O"))
        }
        Ok(known) if known.as_str() != id => {
            let wrong = Wrong::new(format!("`{id}` is not the whole id of a report"));
            Some(wrong.or(format!("write the whole id, `{known}`")))
        }
        Ok(_) => None,
        Err(error) => {
            Some(Wrong::new(format!("`{}` is not the id of a report: {error}", shown(id))))
        }
    }
}

fn tool(id: &str, known: &[&str]) -> Option<Wrong> {
    if known.contains(&id) {
        return None;
    }
    let wrong = Wrong::new(format!("there is no tool `{}`", shown(id)));
    Some(match tools::known_as(id) {
        Some(tool) => wrong.or(format!("policies know it by its platform name, `{}`", tool.name)),
        None => wrong.or_nearest(nearest(id, known.iter().copied())),
    })
}

fn role(id: &str, known: &[&str]) -> Option<Wrong> {
    let wrong = || Wrong::new(format!("there is no role `{}`", shown(id)));
    (!known.contains(&id)).then(|| wrong().or_nearest(nearest(id, known.iter().copied())))
}

/// An id as a problem shows it.
pub(super) fn shown(id: &str) -> String {
    id.chars().take(80).flat_map(char::escape_debug).collect()
}
