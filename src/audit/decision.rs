//! What was decided, as names, read off the types that were decided on.

use std::collections::{BTreeMap, BTreeSet};

use super::digest::{Digest, DigestKey};
use super::event::{AccessGroup, Decision};
use crate::footprint::{Access, Resolved, Target};
use crate::salesforce::{Operation, RecordId};

impl AccessGroup {
    /// Accesses grouped by action and object, each group's fields sorted.
    #[must_use]
    pub fn group<'a>(accesses: impl IntoIterator<Item = &'a Access>) -> Vec<Self> {
        let mut groups: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
        for Access { action, target, .. } in accesses {
            let object = target.object().map_or("org", |object| object.as_str());
            let fields = groups.entry((action.name(), object)).or_default();
            fields.extend(target.field().map(|field| field.as_str()));
        }
        groups
            .into_iter()
            .map(|((action, object), fields)| Self {
                action: action.to_owned(),
                object: object.to_owned(),
                fields: fields.into_iter().map(str::to_owned).collect(),
            })
            .collect()
    }
}

impl Decision {
    /// What the policy set is asked about. [`Decision::policies`] is empty until it has answered, and
    /// a query's shape is the caller's to add. With a key, a record is digested as `record`.
    #[must_use]
    pub fn about(resolved: &Resolved, policy_set: &str, key: Option<&DigestKey>) -> Self {
        let footprint = resolved.footprint();
        let objects: BTreeSet<&str> =
            footprint.accesses.iter().filter_map(|access| object(&access.target)).collect();
        let record = key.zip(record(resolved.operation()));
        Self {
            operation: resolved.operation().kind().to_owned(),
            objects: objects.into_iter().map(str::to_owned).collect(),
            accesses: AccessGroup::group(&footprint.accesses),
            row_bound: footprint.rows.map(u64::from),
            policies: Vec::new(),
            policy_set: policy_set.to_owned(),
            shape: None,
            digests: record
                .map(|(key, id)| ("record".to_owned(), digest(key, id)))
                .into_iter()
                .collect(),
        }
    }
}

fn object(target: &Target) -> Option<&str> {
    target.object().map(|object| object.as_str())
}

fn digest(key: &DigestKey, id: &RecordId) -> Digest {
    key.digest("record", id.as_str().as_bytes())
}

/// The one record that an operation names.
fn record(operation: &Operation) -> Option<&RecordId> {
    match operation {
        Operation::GetRecord { id, .. }
        | Operation::UpdateRecord { id, .. }
        | Operation::DeleteRecord { id, .. } => Some(id),
        Operation::GetLimits
        | Operation::ListObjects
        | Operation::DescribeObject { .. }
        | Operation::Query(_)
        | Operation::CreateRecord { .. } => None,
    }
}
