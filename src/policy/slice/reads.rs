//! What the conditions of policies can look at.

use cedar_policy::Policy;
use serde_json::Value;

/// What the conditions of a policy look at, but for the resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::policy) struct Reads {
    /// The agent: its attributes, or its id by comparison.
    pub(in crate::policy) principal: bool,
    /// The circumstances of the call.
    pub(in crate::policy) context: bool,
}

impl Reads {
    /// Never less than what they look at.
    pub(in crate::policy) fn of(policy: &Policy) -> Self {
        if !policy.has_non_scope_constraint() {
            return Self { principal: false, context: false };
        }
        match policy.to_json() {
            Ok(json) => {
                let conditions = json.get("conditions").unwrap_or(&json);
                let reads = |name| any(conditions, &|text| text == name);
                Self { principal: reads("principal"), context: reads("context") }
            }
            Err(_unknown) => Self { principal: true, context: true },
        }
    }
}

/// Whether any text in a JSON value is one of those meant.
fn any(json: &Value, is_meant: &dyn Fn(&str) -> bool) -> bool {
    match json {
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
        Value::String(text) => is_meant(text),
        Value::Array(items) => items.iter().any(|item| any(item, is_meant)),
        Value::Object(members) => members.values().any(|member| any(member, is_meant)),
    }
}

/// The types of which no datum may be: policies could tell apart what is asked about only once.
const TOLD_APART: [&str; 2] = ["Field", "Agent"];

/// Checks that policies can compare a field, or an agent, with nothing but what they name: no attribute,
/// tag or circumstance is one. And that all actions are asked about in the same circumstances, which are
/// checked once a call. `schema` is Cedar's schema as JSON.
pub(in crate::policy) fn precondition(schema: &Value) -> Result<(), String> {
    let mut circumstances: Option<&Value> = None;
    let namespaces = schema.as_object().ok_or("no namespaces")?;
    for namespace in namespaces.values() {
        let part = |name: &str| namespace.get(name).into_iter().filter_map(Value::as_object);
        let mut data: Vec<(&String, &Value)> = part("commonTypes").flatten().collect();
        for (name, entity) in part("entityTypes").flatten() {
            let shape = ["shape", "tags"].into_iter().filter_map(|part| entity.get(part));
            data.extend(shape.map(|shape| (name, shape)));
        }
        for (name, action) in part("actions").flatten() {
            let Some(context) = action.get("appliesTo").and_then(|to| to.get("context")) else {
                continue;
            };
            data.push((name, context));
            if circumstances.replace(context).is_some_and(|other| other != context) {
                return Err(format!("the context of {name} is not that of other actions"));
            }
        }
        let holds = |text: &str| TOLD_APART.iter().any(|kind| last(text) == *kind);
        if let Some((name, _)) = data.into_iter().find(|(_, data)| any(data, &holds)) {
            let kinds = TOLD_APART.join(" or ");
            return Err(format!(
                "{name} holds a {kinds}, which policies could compare others with"
            ));
        }
    }
    Ok(())
}

/// The name of a type without its namespace.
fn last(name: &str) -> &str {
    name.rsplit("::").next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::model::Model;

    #[test]
    fn what_conditions_look_at_is_found_wherever_it_stands() {
        for (condition, principal, context) in [
            ("", false, false),
            ("when { true }", false, false),
            ("when { resource.custom }", false, false),
            ("when { resource in Object::\"Contact\" }", false, false),
            ("when { context.hour == 3 }", false, true),
            (
                "unless { [1, if context has rows then context.rows else 2].contains(2) }",
                false,
                true,
            ),
            ("when { true } unless { !{ a: [principal.subject] }.a.isEmpty() }", true, false),
            ("when { principal has team && resource in principal.team }", true, false),
            ("when { context.hour == 3 } when { principal in Role::\"r\" }", true, true),
            (
                "when { datetime(\"2027-01-01\") < context.now.offset(duration(\"1d\")) }",
                false,
                true,
            ),
            ("when { context[\"tool\"] == Tool::\"x\" }", false, true),
        ] {
            let text = format!("permit (principal, action, resource) {condition};");
            let policy: Policy = text.parse().unwrap();
            assert_eq!(Reads::of(&policy), Reads { principal, context }, "{condition}");
        }
        // The scope is looked at elsewhere.
        let scope = "permit (principal in Role::\"principal\", action, resource);";
        assert!(!Reads::of(&scope.parse().unwrap()).principal);
    }

    #[test]
    fn a_schema_in_which_fields_could_be_compared_with_data_is_refused() {
        let check = |schema: &str| {
            let (fragment, _) = cedar_policy::SchemaFragment::from_cedarschema_str(schema).unwrap();
            precondition(&fragment.to_json_value().unwrap())
        };
        let ours = crate::policy::SCHEMA;
        assert_eq!(check(ours), Ok(()));
        for (from, to) in [
            ("  subject: String,", "  subject: String, first: Field,"),
            ("  subject: String,", "  subject: String, some: Set<Field>,"),
            ("  subject: String,", "  subject: String, some: { deep?: { er: Field } },"),
            ("entity Org = {", "type Alias = Field; entity Org = { a: Alias, "),
            ("  tool: Tool,", "  tool: Tool, field?: Field,"),
            (
                "entity Object in [Org, Label] = { custom: Bool }",
                "entity Object in [Org, Label] = { custom: Bool, owner: Agent }",
            ),
            (
                "entity Field in [Object, Label] = { custom: Bool };",
                "entity Field in [Object, Label] = { custom: Bool } tags Set<Field>;",
            ),
        ] {
            assert!(ours.contains(from), "{from}");
            let told = check(&ours.replace(from, to)).unwrap_err();
            assert!(told.contains("could compare"), "{to}: {told}");
            assert!(Model::new(&ours.replace(from, to)).is_err(), "{to}: no set is loaded with it");
        }
        let other = ours.replacen("context: Call", "context: { tool: Tool }", 1);
        assert!(check(&other).unwrap_err().contains("is not that of other actions"));
    }
}
