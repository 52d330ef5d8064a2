//! The canary: forbids that must fire with the entities that we build.
//!
//! Cedar answers "allow" without any error where an entity's groups or parents are missing. Before a
//! set is used, each kind of forbid that depends on them is tried, on an object and field of the
//! org's own schema, with the very functions that decide on calls.

use std::sync::Arc;

use cedar_policy::{Policy, PolicyId};

use super::bench::Bench;
use super::context::{CallContext, Channel, Environment, Facts};
use super::model::{Known, Model};
use super::scope::Scoped;
use super::{Agent, PolicySet, Why, labels};
use crate::footprint::{Access, Action, Target};
use crate::org;

/// `Ok` if every canary fires. The message says which is silent.
pub(super) fn sings(model: &Arc<Model>, schema: &org::Schema) -> Result<(), String> {
    let object = schema.objects().next().ok_or("the org's schema has no object")?;
    let (known, target) = match object.fields().next() {
        Some(field) => {
            (Known::Field(object, field), Target::Field(object.name.clone(), field.name.clone()))
        }
        None => (Known::Object(object), Target::Object(object.name.clone())),
    };
    for (what, forbid) in canaries(model, known) {
        fires(model, schema, &target, what, &forbid)?;
    }
    for (label, object, field) in model.labels.examples(schema) {
        let what = format!("the label `{label}`");
        let label = labels::uid(&model.types.label, &label);
        let forbid = format!("forbid (principal, action, resource in {label});");
        let name = object.name.clone();
        let of_field = |field: &org::Field| Target::Field(name.clone(), field.name.clone());
        // What stands under a label by itself, and what is in it.
        let own = field.map_or_else(|| Target::Object(name.clone()), of_field);
        fires(model, schema, &own, &what, &forbid)?;
        if let Some(inner) = object.fields().next().filter(|_| field.is_none()) {
            fires(model, schema, &of_field(inner), &what, &forbid)?;
        }
    }
    Ok(())
}

/// `Ok` if the forbid forbids the target.
fn fires(
    model: &Arc<Model>,
    schema: &org::Schema,
    target: &Target,
    what: &str,
    forbid: &str,
) -> Result<(), String> {
    let said = answer(model, schema, target, &["permit (principal, action, resource);", forbid])
        .map_err(|error| format!("the canary for {what} could not be tried: {error}"))?;
    if said == Err(Why::ForbiddenBy(vec!["1".to_owned()])) {
        Ok(())
    } else {
        Err(format!("a forbid on {what} does not fire: refusing to decide"))
    }
}

fn canaries(model: &Model, known: Known<'_>) -> [(&'static str, String); 7] {
    let (resource, org) = (model.resource(known), model.org());
    let object = model.resource(known.without_field());
    [
        ("an action group", "forbid(principal, action in Action::\"write\", resource);".to_owned()),
        ("every action", "forbid(principal, action in Action::\"any\", resource);".to_owned()),
        ("a field", format!("forbid(principal, action, resource == {resource});")),
        ("an object", format!("forbid(principal, action, resource in {object});")),
        ("the org", format!("forbid(principal, action, resource in {org});")),
        ("a role", "forbid(principal in Role::\"canary\", action, resource);".to_owned()),
        (
            "the circumstances",
            "forbid(principal, action, resource) when { context.via == Channel::\"record\" };"
                .to_owned(),
        ),
    ]
}

/// What policies, which are named by their number, say of an update.
fn answer(
    model: &Arc<Model>,
    schema: &org::Schema,
    target: &Target,
    policies: &[&str],
) -> Result<Result<Arc<[String]>, Why>, String> {
    let parse = |(nth, text): (usize, &&str)| {
        let id = PolicyId::new(nth.to_string());
        Policy::parse(Some(id), text).map_err(|error| error.to_string())
    };
    let policies: Vec<Policy> =
        policies.iter().enumerate().map(parse).collect::<Result<_, String>>()?;
    let policies = policies.into_iter().map(|policy| Arc::new(Scoped::new(policy)));
    let set = PolicySet::unchecked(Arc::clone(model), policies);
    let agent = Agent::new("canary", "fieldgate", "canary", ["canary"]);
    let call = CallContext {
        tool: "canary",
        environment: Environment::Production,
        now: jiff::Timestamp::UNIX_EPOCH,
        zone: &jiff::tz::TimeZone::UTC,
    };
    let facts = Facts { via: Channel::Record, rows: Some(1), query: None };
    let access = Access::plain(Action::Update, target.clone());
    Ok(Bench::new(&set, &agent, schema, &call, facts).ask(&access))
}
