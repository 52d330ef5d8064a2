//! What the conditions of policies can look at.

use std::collections::BTreeSet;

use cedar_policy::Policy;
use serde_json::{Map, Value};

use crate::policy::circumstances::Attribute;

/// What the conditions of a policy look at, but for the resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::policy) struct Reads {
    /// The agent: its attributes, or its id by comparison.
    pub(in crate::policy) principal: bool,
    /// Which circumstances of the call.
    pub(in crate::policy) context: BTreeSet<Attribute>,
}

impl Reads {
    /// Never less than what they look at.
    pub(in crate::policy) fn of(policy: &Policy) -> Self {
        let mut context = BTreeSet::new();
        if !policy.has_non_scope_constraint() {
            return Self { principal: false, context };
        }
        match policy.to_json() {
            Ok(json) => {
                let conditions = json.get("conditions").unwrap_or(&json);
                read_of_context(conditions, &mut context);
                Self { principal: any(conditions, &|text| text == "principal"), context }
            }
            Err(_unknown) => Self { principal: true, context: Attribute::ALL.into() },
        }
    }

    pub(in crate::policy) fn any_context(&self) -> bool {
        !self.context.is_empty()
    }

    /// Whether the circumstances that they look at are again those of other calls.
    pub(super) fn recurs(&self) -> bool {
        self.context.iter().all(|attribute| attribute.recurs())
    }
}

/// Adds the attributes of the context that an expression reads: all, where the context is anything
/// else than what one of its attributes is asked of.
fn read_of_context(json: &Value, read: &mut BTreeSet<Attribute>) {
    match json {
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
        Value::String(text) => {
            if text == "context" {
                read.extend(Attribute::ALL);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| read_of_context(item, read)),
        Value::Object(members) => match attribute_of_context(members) {
            Some(attribute) => {
                read.insert(attribute);
            }
            None => members.values().for_each(|member| read_of_context(member, read)),
        },
    }
}

/// The attribute in `context.ATTRIBUTE` and `context has ATTRIBUTE`. What stands below it in
/// `context has query.limit` is a part of its value.
fn attribute_of_context(expression: &Map<String, Value>) -> Option<Attribute> {
    let mut members = expression.iter();
    let (operator, operands) = members.next()?;
    let operands = operands.as_object()?;
    let variable = operands.get("left")?.as_object()?;
    let of_context = members.next().is_none()
        && matches!(operator.as_str(), "." | "has")
        && operands.len() == 2
        && variable.len() == 1
        && variable.get("Var")?.as_str()? == "context";
    let attribute = operands.get("attr")?;
    let name = attribute.as_str().or_else(|| attribute.get(0)?.as_str())?;
    Attribute::named(name).filter(|_| of_context)
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
        const ALL: &str = "tool via environment now hour weekday rows query";
        for (condition, principal, context) in [
            ("", false, ""),
            ("when { true }", false, ""),
            ("when { resource.custom }", false, ""),
            ("when { resource in Object::\"Contact\" }", false, ""),
            ("when { true } unless { !{ a: [principal.subject] }.a.isEmpty() }", true, ""),
            ("when { principal has team && resource in principal.team }", true, ""),
            ("when { context.hour == 3 } when { principal in Role::\"r\" }", true, "hour"),
            ("when { context.hour == 3 } unless { context.hour == 4 }", false, "hour"),
            ("when { context.weekday in [Weekday::\"mon\"] }", false, "weekday"),
            ("unless { context.environment != resource.environment }", false, "environment"),
            ("when { context[\"tool\"] == Tool::\"x\" }", false, "tool"),
            ("when { context has \"tool\" }", false, "tool"),
            ("when { context has rows && context.rows > 3 }", false, "rows"),
            ("unless { context has rows }", false, "rows"),
            ("when { [context.via].contains(Channel::\"soql\") }", false, "via"),
            ("when { {a: context.hour, context: context.via}.a == 3 }", false, "via hour"),
            ("when { context.query.limit > 3 }", false, "query"),
            ("when { context has query.limit && !context.query.deleted }", false, "query"),
            ("when { context has query && context.query has limit }", false, "query"),
            (
                "unless { [1, if context has rows then context.hour else 2].contains(2) }",
                false,
                "hour rows",
            ),
            (
                "when { if context.hour > 1 then context.via is Channel else true }",
                false,
                "via hour",
            ),
            ("when { context.tool in [Tool::\"x\"] || -context.hour < 2 }", false, "tool hour"),
            (
                "when { datetime(\"2027-01-01\") < context.now.offset(duration(\"1d\")) }",
                false,
                "now",
            ),
            (
                "when { context.now > datetime(\"2027-01-01\") && context.hour > 3 }",
                false,
                "now hour",
            ),
            // The context as a whole.
            ("when { context == context }", false, ALL),
            ("when { context.hour == 3 && [context].contains(context) }", false, ALL),
            ("when { {a: context}.a.hour == 3 }", false, ALL),
            ("when { (if true then context else context).hour == 3 }", false, ALL),
            ("when { context.hour == 3 && context like \"*\" }", false, ALL),
            ("when { context is Tool }", false, ALL),
            ("when { context in resource }", false, ALL),
            ("when { context.hasTag(\"hour\") }", false, ALL),
            ("when { resource.getTag(\"x\") == context }", false, ALL),
            // What the schema doesn't know, and what only looks as if.
            ("when { context.other == 3 }", false, ALL),
            ("when { context has other.hour }", false, ALL),
            ("when { principal.subject == \"context\" }", true, ALL),
            ("when { resource.context.hour == 3 }", false, ALL),
            ("when { {left: resource, attr: \"hour\"}.left.hour == 3 }", false, ""),
            ("when { {\".\": context}[\".\"].hour == 3 }", false, ALL),
        ] {
            let text = format!("permit (principal, action, resource) {condition};");
            let policy: Policy = text.parse().unwrap();
            let reads = Reads::of(&policy);
            let read: Vec<&str> = reads.context.iter().map(|attribute| attribute.name()).collect();
            assert_eq!((reads.principal, read.join(" ").as_str()), (principal, context), "{text}");
            // As it was read from text, and as it is in memory.
            let printed = Policy::from_json(None, policy.to_json().unwrap()).unwrap();
            assert_eq!(Reads::of(&printed), reads, "{text}");
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
