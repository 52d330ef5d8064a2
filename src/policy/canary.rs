//! The canary: forbids that must fire with the entities that we build.
//!
//! Cedar answers "allow" without any error where an entity's groups or parents are missing. Before a
//! set is used, each kind of forbid that depends on them is tried, on an object and field of the
//! org's own schema, with the very functions that decide on calls.

use std::str::FromStr;

use cedar_policy::{Authorizer, Decision, Request};

use super::context::{CallContext, Channel, Environment, Facts};
use super::model::{Known, Model};
use super::{Agent, labels, model};
use crate::footprint::Action;
use crate::org;

/// `Ok` if every canary fires. The message says which is silent.
pub(super) fn sings(model: &Model, schema: &org::Schema) -> Result<(), String> {
    let object = schema.objects().next().ok_or("the org's schema has no object")?;
    let known = match object.fields().next() {
        Some(field) => Known::Field(object, field),
        None => Known::Object(object),
    };
    for (what, forbid) in canaries(model, object) {
        sing(model, what, &forbid, known)?;
    }
    for (label, object, field) in model.labels.examples(schema) {
        let what = format!("the label `{label}`");
        let label = labels::uid(&model.types.label, &label);
        let forbid = format!("forbid(principal, action, resource in {label});");
        // What stands under a label by itself, and what is in it.
        let own = field.map_or(Known::Object(object), |field| Known::Field(object, field));
        sing(model, &what, &forbid, own)?;
        if let Some(inner) = object.fields().next().filter(|_| field.is_none()) {
            sing(model, &what, &forbid, Known::Field(object, inner))?;
        }
    }
    Ok(())
}

fn sing(model: &Model, what: &str, forbid: &str, known: Known<'_>) -> Result<(), String> {
    let fires = fires(model, &format!("permit(principal, action, resource); {forbid}"), known)
        .map_err(|error| format!("the canary for {what} could not be tried: {error}"))?;
    if fires {
        Ok(())
    } else {
        Err(format!("a forbid on {what} does not fire: refusing to decide"))
    }
}

fn canaries(model: &Model, object: &org::Object) -> [(&'static str, String); 5] {
    let object = model.object(object);
    let org = model.org();
    [
        ("an action group", "forbid(principal, action in Action::\"write\", resource);".to_owned()),
        ("every action", "forbid(principal, action in Action::\"any\", resource);".to_owned()),
        ("an object", format!("forbid(principal, action, resource in {object});")),
        ("the org", format!("forbid(principal, action, resource in {org});")),
        ("a role", "forbid(principal in Role::\"canary\", action, resource);".to_owned()),
    ]
}

fn fires(model: &Model, policies: &str, known: Known<'_>) -> Result<bool, String> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let policies = cedar_policy::PolicySet::from_str(policies).map_err(|e| text(&e))?;
    let agent = Agent::new("canary", "fieldgate", "canary", ["canary"]);
    let call = CallContext {
        tool: "canary",
        environment: Environment::Production,
        now: jiff::Timestamp::UNIX_EPOCH,
        zone: &jiff::tz::TimeZone::UTC,
    };
    let facts = Facts { via: Channel::Record, rows: Some(1), query: None };
    let failed = |error: model::ModelError| error.to_string();
    let request = Request::new(
        model.principal(&agent),
        model.action(Action::Update).ok_or("no such action")?.clone(),
        model.resource(known),
        model.context(&call, facts).map_err(failed)?,
        Some(&model.schema),
    )
    .map_err(|e| text(&e))?;
    let entities = model.entities(&agent, call.environment, [known]).map_err(failed)?;
    let response = Authorizer::new().is_authorized(&request, &policies, &entities);
    Ok(response.decision() == Decision::Deny && response.diagnostics().errors().next().is_none())
}
