//! What was refused and why, and what the agent may do instead.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::PolicySet;
use super::bench::Bench;
use crate::footprint::{Access, Action};
use crate::org::{self, FormulaReference};
use crate::salesforce::{FieldName, ObjectName};

/// How many fields an alternative names.
const MOST_FIELDS: usize = 40;

/// For how many objects alternatives are looked for, so that a refusal costs a bounded time.
const MOST_OBJECTS: usize = 8;

/// How many fields are asked about for them in all.
const MOST_ASKED: usize = 1_000;

/// How many permits that nearly permit something are listed for a whole denial.
const MOST_NEAR: usize = 100;

/// How many refused accesses the sentence names.
const MOST_NAMED: usize = 20;

/// A refusal by policy. It stands for the whole call: nothing of it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    refused: Vec<Refused>,
    allowed: Vec<Allowed>,
}

/// One refused access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What was asked.
    pub access: Access,
    /// Why not.
    pub why: Why,
    /// Where no policy permits it, the ids of the permits whose scope matches it and whose condition
    /// does not: the first ten by name.
    pub near_misses: Vec<String>,
    /// What the policies that forbid it say to agents (`@message`), in the order of their ids.
    pub messages: Vec<String>,
    /// The references of the parts that ask for it, where the operation has parts.
    pub parts: Vec<String>,
}

/// Why an access is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// These policies forbid it; sorted, never empty.
    ForbiddenBy(Vec<String>),
    /// No policy permits it.
    NotPermitted,
    /// These policies could not be evaluated (sorted), or, where there are none, the request could
    /// not be put. Cedar skips a policy that errors, even a forbid, so an error refuses.
    PolicyError(Vec<String>),
    /// The org's schema has no such object or field.
    Unknown,
    /// The org hides what the field is computed from, and no policy permits the field by its name.
    Opaque,
    /// The agent may see the field only masked, and this would tell more of it.
    Masked,
}

impl Why {
    /// Its name in audit records.
    pub fn code(&self) -> &'static str {
        match self {
            Self::ForbiddenBy(_) => "forbidden",
            Self::NotPermitted => "not_permitted",
            Self::PolicyError(_) => "policy_error",
            Self::Unknown => "unknown",
            Self::Opaque => "opaque",
            Self::Masked => "masked",
        }
    }

    /// The ids of the policies that it is due to, sorted.
    pub fn policy_ids(&self) -> &[String] {
        match self {
            Self::ForbiddenBy(ids) | Self::PolicyError(ids) => ids,
            Self::NotPermitted | Self::Unknown | Self::Opaque | Self::Masked => &[],
        }
    }
}

/// What the agent may do instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// The action that was refused elsewhere.
    pub action: Action,
    /// On which object.
    pub object: ObjectName,
    /// The fields that it is permitted on, sorted, at most 40.
    pub fields: Vec<FieldName>,
    /// There are more such fields.
    pub more: bool,
}

impl Refused {
    pub(super) fn new(access: Access, why: Why, near_misses: Vec<String>, set: &PolicySet) -> Self {
        let messages = match &why {
            Why::ForbiddenBy(ids) => {
                ids.iter().filter_map(|id| set.policies.get(id)?.message.clone()).collect()
            }
            Why::NotPermitted | Why::PolicyError(_) | Why::Unknown | Why::Opaque | Why::Masked => {
                Vec::new()
            }
        };
        Self { access, why, near_misses, messages, parts: Vec::new() }
    }
}

impl Denial {
    pub(super) fn new(refused: Vec<Refused>, allowed: Vec<Allowed>) -> Self {
        Self { refused, allowed }
    }

    /// The refusal of an operation that touches nothing, which no policy can speak of.
    pub(super) fn of_nothing() -> Self {
        Self { refused: Vec::new(), allowed: Vec::new() }
    }

    /// The refusal of some parts of an operation: each refused access once, with the parts that ask
    /// for it.
    pub(super) fn of_parts(denials: Vec<(&str, Box<Self>)>) -> Self {
        let mut whole = Self::of_nothing();
        for (reference, denial) in denials {
            for mut refused in denial.refused {
                let same = |known: &&mut Refused| {
                    known.access.action == refused.access.action
                        && known.access.target == refused.access.target
                        && known.why == refused.why
                };
                match whole.refused.iter_mut().find(same) {
                    Some(known) => known.parts.push(reference.to_owned()),
                    None => {
                        refused.parts.push(reference.to_owned());
                        whole.refused.push(refused);
                    }
                }
            }
            for allowed in denial.allowed {
                if !whole.allowed.contains(&allowed) {
                    whole.allowed.push(allowed);
                }
            }
        }
        whole
    }

    /// What was refused; empty only where the operation touches nothing.
    pub fn refused(&self) -> &[Refused] {
        &self.refused
    }

    /// What may be done instead.
    pub fn allowed(&self) -> &[Allowed] {
        &self.allowed
    }

    /// The ids of the permits that would have permitted something of it but for their conditions,
    /// sorted, each once: the first hundred.
    pub fn near_misses(&self) -> Vec<&str> {
        let near = self.refused.iter().flat_map(|refused| &refused.near_misses);
        let ids: BTreeSet<&str> = near.map(String::as_str).collect();
        ids.into_iter().take(MOST_NEAR).collect()
    }

    /// The ids of all policies that it is due to, sorted, each once.
    pub fn policy_ids(&self) -> Vec<&str> {
        let ids: BTreeSet<&str> =
            self.refused.iter().flat_map(|r| r.why.policy_ids()).map(String::as_str).collect();
        ids.into_iter().collect()
    }

    /// The parts that ask for what was refused, where there are parts.
    fn place(&self) -> String {
        let parts: BTreeSet<&str> =
            self.refused.iter().flat_map(|refused| &refused.parts).map(String::as_str).collect();
        let named: Vec<&str> = parts.iter().take(MOST_NAMED).copied().collect();
        match (parts.len(), named.join(", ")) {
            (0, _) => String::new(),
            (1, part) => format!(", in part {part}"),
            (all, parts) if all > MOST_NAMED => format!(", in parts {parts} and more"),
            (_, parts) => format!(", in parts {parts}"),
        }
    }

    /// What the agent reads: what was refused and by which policy, that it is final, and what is
    /// allowed. It names what the agent touched, and fields that it may use; nothing else.
    pub fn sentence(&self) -> String {
        if self.refused.is_empty() {
            return "Denied by policy: the call touches nothing that a policy could permit. \
                    Do not retry it."
                .to_owned();
        }
        let mut groups: Vec<(String, BTreeMap<Action, Vec<String>>)> = Vec::new();
        for refused in self.refused.iter().take(MOST_NAMED) {
            let because = because(refused);
            if !groups.iter().any(|(known, _)| *known == because) {
                groups.push((because.clone(), BTreeMap::new()));
            }
            if let Some((_, targets)) = groups.iter_mut().find(|(known, _)| *known == because) {
                let names = targets.entry(refused.access.action).or_default();
                let name = named(&refused.access);
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        let mut parts: Vec<String> = groups
            .into_iter()
            .map(|(because, targets)| {
                let actions: Vec<String> = targets
                    .into_iter()
                    .map(|(action, targets)| format!("{} {}", verb(action), targets.join(", ")))
                    .collect();
                format!("{} ({because})", actions.join(" and "))
            })
            .collect();
        let unnamed = self.refused.len().saturating_sub(MOST_NAMED);
        if unnamed > 0 {
            parts.push(format!("{unnamed} more"));
        }
        let place = self.place();
        let mut text = format!("Denied by policy: {}{place}. Do not retry it.", parts.join("; "));
        text.push_str(&offers(&self.allowed));
        if self.refused.iter().any(|refused| refused.access.action == Action::Search) {
            text.push_str(NARROWER);
        }
        text
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence())
    }
}

impl std::error::Error for Denial {}

/// What may be done instead; actions that are permitted on the same fields stand together.
fn offers(allowed: &[Allowed]) -> String {
    let mut groups: Vec<(&Allowed, Vec<&str>)> = Vec::new();
    for one in allowed {
        let same = |other: &&mut (&Allowed, Vec<&str>)| {
            other.0.object == one.object && other.0.fields == one.fields
        };
        match groups.iter_mut().find(same) {
            Some((_, verbs)) => verbs.push(verb(one.action)),
            None => groups.push((one, vec![verb(one.action)])),
        }
    }
    groups
        .into_iter()
        .map(|(allowed, verbs)| {
            let fields: Vec<&str> = allowed.fields.iter().map(FieldName::as_str).collect();
            let (object, verbs) = (&allowed.object, verbs.join(" or "));
            match (fields.is_empty(), allowed.more) {
                (true, _) => format!(" On {object} you may {verbs} no field."),
                (false, false) => format!(" On {object} you may {verbs}: {}.", fields.join(", ")),
                (false, true) => {
                    format!(" On {object} you may {verbs}: {} and more.", fields.join(", "))
                }
            }
        })
        .collect()
}

fn verb(action: Action) -> &'static str {
    match action {
        Action::Select => "select",
        Action::SelectMasked => "see masked",
        Action::Filter => "filter, sort or group by",
        Action::Search => "search in",
        Action::Describe => "describe",
        Action::Create => "set at creation",
        Action::Update => "update",
        Action::Delete => "delete",
        Action::ListObjects => "list the objects of",
        Action::ReadLimits => "read the limits of",
        Action::RunReport => "run",
        Action::ReadMetadata => "read the definition of",
        Action::CreateMetadata => "create a definition in",
        Action::UpdateMetadata => "change the definition of",
        Action::DeleteMetadata => "remove",
        Action::ChangeAccess => "change who may do what through",
        Action::ChangeCode => "change code in",
    }
}

fn because(refused: &Refused) -> String {
    match &refused.why {
        Why::ForbiddenBy(ids) => {
            let mut text = format!("forbidden by {}", ids.join(", "));
            for (nth, message) in refused.messages.iter().enumerate() {
                text.push_str(if nth == 0 { ": " } else { "; " });
                text.push_str(message.trim_end_matches('.'));
            }
            text
        }
        Why::NotPermitted => match refused.near_misses.as_slice() {
            [] => "no policy permits it".to_owned(),
            near => format!("no policy permits it; nearly by {}", near.join(", ")),
        },
        Why::PolicyError(ids) if ids.is_empty() => "it could not be decided".to_owned(),
        Why::PolicyError(ids) => format!("{} could not be evaluated", ids.join(", ")),
        Why::Unknown => "the org has no such name".to_owned(),
        Why::Masked => "it may be seen only masked, and this would tell more".to_owned(),
        Why::Opaque => "computed from hidden fields, and no policy permits it by name".to_owned(),
    }
}

/// What to try where a search looks in fields that it may not look in.
const NARROWER: &str = " A search of fewer fields may be permitted: try IN NAME FIELDS, IN EMAIL \
                        FIELDS or IN PHONE FIELDS.";

/// The target, and how the call came to it where that isn't plain.
fn named(access: &Access) -> String {
    if let (Action::Search, Some(object)) = (access.action, access.target.object()) {
        return format!("{object} {}", access.path).trim_end().to_owned();
    }
    let target = access.target.to_string();
    let plain = access.path.is_empty()
        || access.path.eq_ignore_ascii_case(&target)
        || access.target.field().is_some_and(|f| access.path.eq_ignore_ascii_case(f.as_str()))
        || access.target.object().is_some_and(|o| access.path.eq_ignore_ascii_case(o.as_str()));
    if plain {
        target
    } else {
        let path: String = access.path.chars().take(80).flat_map(char::escape_debug).collect();
        format!("{target} (through {path})")
    }
}

/// For each object and action that was refused, the fields that the same action is permitted on.
pub(super) fn alternatives(
    bench: &mut Bench<'_>,
    schema: &org::Schema,
    refused: &[Refused],
) -> Vec<Allowed> {
    let wanted: BTreeSet<(&ObjectName, Action)> = refused
        .iter()
        .filter(|refused| has_alternatives(refused.access.action))
        .filter_map(|refused| Some((refused.access.target.object()?, refused.access.action)))
        .collect();
    let mut asked = 0_usize;
    wanted
        .into_iter()
        .take(MOST_OBJECTS)
        .filter_map(|(object, action)| {
            let object = schema.object(object)?;
            asked = asked.saturating_add(object.fields().count());
            if asked > MOST_ASKED {
                return None;
            }
            let mut fields = usable(bench, object, action);
            let more = fields.len() > MOST_FIELDS;
            fields.truncate(MOST_FIELDS);
            Some(Allowed { action, object: object.name.clone(), fields, more })
        })
        .collect()
}

fn has_alternatives(action: Action) -> bool {
    match action {
        Action::Select | Action::Filter | Action::Create | Action::Update => true,
        // Which fields a search looks in can't be chosen one by one.
        Action::Search
        | Action::SelectMasked
        | Action::Describe
        | Action::Delete
        | Action::ListObjects
        | Action::ReadLimits
        | Action::RunReport
        | Action::ReadMetadata
        | Action::CreateMetadata
        | Action::UpdateMetadata
        | Action::DeleteMetadata
        | Action::ChangeAccess
        | Action::ChangeCode => false,
    }
}

/// The fields of an object that an access to nothing but them would be permitted on. A field made of
/// others counts only if each of those is of the same object and permitted as well.
fn usable(bench: &mut Bench<'_>, object: &org::Object, action: Action) -> Vec<FieldName> {
    let writes = matches!(action, Action::Create | Action::Update);
    let permitted: BTreeSet<&FieldName> = object
        .fields()
        .filter(|field| bench.lets_through(&Access::of_field(action, object, field)))
        .map(|field| &field.name)
        .collect();
    let plain = |reference: &FormulaReference| {
        reference.relationships.is_empty()
            && permitted.contains(&reference.field)
            && object.field(&reference.field).is_some_and(|field| !field.calculated)
    };
    object
        .fields()
        .filter(|field| permitted.contains(&field.name))
        .filter(|field| !writes || (!field.calculated && field.components.is_empty()))
        .filter(|field| field.components.iter().all(|part| permitted.contains(part)))
        .filter(|field| match &field.formula {
            Some(Ok(references)) => references.iter().all(plain),
            Some(Err(_)) | None => true,
        })
        .map(|field| field.name.clone())
        .collect()
}
