//! How the org classifies its fields: compliance categories and sensitivity levels, which describe
//! doesn't tell. They are read from `FieldDefinition`, as far as Fieldgate's user may see it.
//!
//! Shapes: Tooling API, "FieldDefinition". It takes neither `LIMIT` nor further pages, and answers
//! with at most 2,000 rows, so that objects are asked about in groups.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize;

use super::{ReadSchemaError, Upstream};
use crate::org::Described;
use crate::salesforce::{ObjectName, rest};

/// Whether the org is asked how it classifies its fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Classification {
    /// It is asked. Where it doesn't say, no field is classified, and the log warns.
    #[default]
    Optional,
    /// It is asked and has to say.
    Required,
    /// It isn't asked.
    Off,
}

impl Classification {
    /// For what is read again of an org that did, or didn't, say before.
    pub fn as_before(classified: bool) -> Self {
        if classified { Self::Required } else { Self::Off }
    }
}

/// The most fields and objects that one query asks about. There may be more definitions than
/// described fields, by far not twice as many.
const MOST_FIELDS: usize = 1_000;
const MOST_OBJECTS: usize = 50;

#[derive(Deserialize)]
struct Page {
    done: bool,
    records: Vec<Definition>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Definition {
    qualified_api_name: String,
    entity_definition: Entity,
    compliance_group: Option<String>,
    security_classification: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entity {
    qualified_api_name: ObjectName,
}

impl Upstream {
    /// Notes in the describes how the org classifies their fields; whether it said.
    pub(super) async fn classify(
        &self,
        objects: &mut BTreeMap<ObjectName, Described>,
        classification: Classification,
    ) -> Result<bool, ReadSchemaError> {
        if classification == Classification::Off {
            return Ok(false);
        }
        let mut definitions = Vec::new();
        for group in groups(objects) {
            match self.definitions(&group).await? {
                Ok(some) => definitions.extend(some),
                Err(why) if classification == Classification::Required => {
                    return Err(ReadSchemaError::Unclassified(why));
                }
                Err(why) => {
                    tracing::warn!(why, "the org does not say how its fields are classified");
                    return Ok(false);
                }
            }
        }
        for definition in definitions {
            if let Some(object) = objects.get_mut(&definition.entity_definition.qualified_api_name)
            {
                object.classify(
                    &definition.qualified_api_name,
                    definition.compliance_group,
                    definition.security_classification,
                );
            }
        }
        Ok(true)
    }

    /// The inner `Err` says why the org doesn't tell; an org that doesn't answer is the outer one.
    async fn definitions(
        &self,
        objects: &[&ObjectName],
    ) -> Result<Result<Vec<Definition>, String>, ReadSchemaError> {
        let resource = format!("query?q={}", rest::percent_encode(&query(objects)));
        let body = match self.read("FieldDefinition", &resource).await {
            Ok(body) => body,
            Err(ReadSchemaError::Refused { fault, .. }) if is_kept(fault.status, &fault.code) => {
                let code = fault.code.unwrap_or_else(|| "no code".to_owned());
                return Ok(Err(format!(
                    "FieldDefinition is refused with status {}, {code}; its user may need the \
                     permission View Setup and Configuration",
                    fault.status
                )));
            }
            Err(error) => return Err(error),
        };
        Ok(match serde_json::from_slice::<Page>(&body) {
            Ok(page) if page.done => Ok(page.records),
            Ok(_) => Err("FieldDefinition has more rows than were expected".to_owned()),
            Err(error) => Err(format!("the answer is not one of FieldDefinition: {error}")),
        })
    }
}

/// Whether a refusal means that the org has no such thing for this user, rather than that it has no
/// answer now.
fn is_kept(status: u16, code: &Option<String>) -> bool {
    let access = || code.as_deref().is_some_and(|code| code.starts_with("INSUFFICIENT_ACCESS"));
    matches!(status, 400 | 404) || status == 403 && access()
}

fn groups(objects: &BTreeMap<ObjectName, Described>) -> Vec<Vec<&ObjectName>> {
    let mut groups: Vec<Vec<&ObjectName>> = Vec::new();
    let mut fields = 0_usize;
    for (name, described) in objects {
        fields = fields.saturating_add(described.field_count());
        match groups.last_mut() {
            Some(group) if fields <= MOST_FIELDS && group.len() < MOST_OBJECTS => group.push(name),
            Some(_) | None => {
                fields = described.field_count();
                groups.push(vec![name]);
            }
        }
    }
    groups
}

fn query(objects: &[&ObjectName]) -> String {
    let mut query = "SELECT EntityDefinition.QualifiedApiName, QualifiedApiName, ComplianceGroup, \
                     SecurityClassification FROM FieldDefinition \
                     WHERE EntityDefinition.QualifiedApiName IN ("
        .to_owned();
    for (nth, name) in objects.iter().enumerate() {
        // A name has letters, digits and underscores alone.
        let _infallible = write!(query, "{}'{name}'", if nth == 0 { "" } else { "," });
    }
    query.push(')');
    query
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(name: &str, fields: usize) -> (ObjectName, Described) {
        let fields: Vec<String> = (0..fields).map(|n| format!(r#"{{"name":"F{n}__c"}}"#)).collect();
        let json = format!(r#"{{"name":"{name}","fields":[{}]}}"#, fields.join(","));
        (ObjectName::parse(name).unwrap(), Described::from_json(json.as_bytes()).unwrap())
    }

    #[test]
    fn objects_are_asked_about_in_groups_that_one_answer_holds() {
        let objects = [("A", 600), ("B", 400), ("C", 1), ("D", 1500), ("E", 2), ("F", 3)];
        let objects = objects.into_iter().map(|(name, fields)| described(name, fields)).collect();
        let names = |group: Vec<&ObjectName>| {
            group.iter().map(|name| name.as_str()).collect::<Vec<_>>().concat()
        };
        assert_eq!(
            groups(&objects).into_iter().map(names).collect::<Vec<_>>(),
            ["AB", "C", "D", "EF"]
        );
        let many = (0..120).map(|n| described(&format!("O{n}"), 1)).collect();
        assert_eq!(groups(&many).iter().map(Vec::len).collect::<Vec<_>>(), [50, 50, 20]);
    }
}
