//! Reads the org's schema: the list of its objects, then a describe of each.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use tokio::task::JoinSet;

use super::classification::Classification;
use super::{Upstream, UpstreamError};
use crate::org::{Described, Object, Schema, SchemaError, Snapshot};
use crate::salesforce::rest::Request;
use crate::salesforce::{Fault, ObjectName};

/// Describes that are read at the same time.
const AT_ONCE: usize = 8;

/// Why the org's schema can't be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadSchemaError {
    /// Salesforce gave no answer.
    #[error(transparent)]
    Upstream(#[from] UpstreamError),
    /// Salesforce refused.
    #[error("Salesforce refused to describe `{what}`: status {}, code {}", fault.status,
        fault.code.as_deref().unwrap_or("none"))]
    Refused {
        /// What was asked for.
        what: String,
        /// Its answer.
        fault: Fault,
    },
    /// A describe can't be used.
    #[error("the describe of `{what}` cannot be used")]
    Schema {
        /// Which object.
        what: String,
        /// Why.
        source: SchemaError,
    },
    /// A describe of another object than was asked for.
    #[error("the describe of `{0}` describes another object")]
    Other(ObjectName),
    /// The list of objects can't be read.
    #[error("the list of the org's objects cannot be read")]
    List(#[source] serde_json::Error),
    /// The org doesn't say how it classifies its fields, and the configuration requires it.
    #[error("the org does not say how its fields are classified: {0}")]
    Unclassified(String),
    /// An object that the configuration names isn't there.
    #[error("the org has no object `{0}`, which the configuration names")]
    Missing(ObjectName),
}

#[derive(Deserialize)]
struct ObjectList {
    sobjects: Vec<Listed>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    name: ObjectName,
    #[serde(default)]
    queryable: bool,
    #[serde(default)]
    createable: bool,
}

impl Upstream {
    /// Reads the schema. `only` names the objects to describe; empty means all that can be queried
    /// or created. This is Fieldgate's own traffic, not an agent's.
    pub async fn read_schema(
        self: &Arc<Self>,
        only: &[ObjectName],
        classification: Classification,
    ) -> Result<Schema, ReadSchemaError> {
        let snapshot = self.read_snapshot(only, classification).await?;
        snapshot
            .schema()
            .map_err(|source| ReadSchemaError::Schema { what: "the org".to_owned(), source })
    }

    /// Reads what [`Self::read_schema`] makes a schema of.
    pub async fn read_snapshot(
        self: &Arc<Self>,
        only: &[ObjectName],
        classification: Classification,
    ) -> Result<Snapshot, ReadSchemaError> {
        let body = self.read("the org's objects", "sobjects").await?;
        let list: ObjectList = serde_json::from_slice(&body).map_err(ReadSchemaError::List)?;
        let mut names: Vec<ObjectName> = list
            .sobjects
            .into_iter()
            .filter(|o| only.contains(&o.name) || only.is_empty() && (o.queryable || o.createable))
            .map(|object| object.name)
            .collect();
        if let Some(missing) = only.iter().find(|name| !names.contains(name)) {
            return Err(ReadSchemaError::Missing(missing.clone()));
        }
        let mut objects = BTreeMap::new();
        let mut running = JoinSet::new();
        loop {
            while running.len() < AT_ONCE {
                let Some(name) = names.pop() else { break };
                let upstream = Arc::clone(self);
                running.spawn(async move {
                    let object = upstream.read_describe(&name).await?;
                    Ok::<_, ReadSchemaError>((name, object))
                });
            }
            let Some(done) = running.join_next().await else { break };
            // A task of ours neither panics nor is cancelled; a lost one would leave a hole.
            let (name, object) = done
                .map_err(|_lost| UpstreamError::Setup("a describe was interrupted".to_owned()))??;
            objects.insert(name, object);
        }
        let classified = self.classify(&mut objects, classification).await?;
        let version = self.version().as_str().to_owned();
        Ok(Snapshot::new(version, classified, objects.into_values().collect()))
    }

    /// Reads one object of the schema. This is Fieldgate's own traffic, not an agent's.
    pub async fn describe(
        &self,
        name: &ObjectName,
        classification: Classification,
    ) -> Result<Object, ReadSchemaError> {
        let described = self.read_describe(name).await?;
        let mut one = BTreeMap::from([(name.clone(), described)]);
        self.classify(&mut one, classification).await?;
        let object = one.into_values().next().map(Described::object);
        object
            .ok_or_else(|| ReadSchemaError::Missing(name.clone()))?
            .map_err(|source| ReadSchemaError::Schema { what: name.to_string(), source })
    }

    async fn read_describe(&self, name: &ObjectName) -> Result<Described, ReadSchemaError> {
        let body = self.read(name.as_str(), &format!("sobjects/{name}/describe")).await?;
        let unusable = |source| ReadSchemaError::Schema { what: name.to_string(), source };
        let described = Described::from_json(&body).map_err(unusable)?;
        if described.name().map_err(unusable)? == *name {
            Ok(described)
        } else {
            Err(ReadSchemaError::Other(name.clone()))
        }
    }

    pub(super) async fn read(
        &self,
        what: &str,
        resource: &str,
    ) -> Result<bytes::Bytes, ReadSchemaError> {
        let path = format!("/services/data/v{}/{resource}", self.version().as_str());
        let request = Request::get(path);
        let answer = self.exchange(&request).await?;
        if answer.status == 200 {
            return Ok(answer.body);
        }
        let fault = Fault::read(answer.status, &answer.body);
        Err(ReadSchemaError::Refused { what: what.to_owned(), fault })
    }
}
