//! An org of fifty objects, queries of it, and policy sets of any size.

use std::fmt::Write as _;

use fieldgate::footprint::{self, Resolved};
use fieldgate::org::Schema;
use fieldgate::policy::{Agent, CallContext, Environment, Names, Permitted, PolicySet};
use fieldgate::salesforce::Operation;
use fieldgate::soql;

/// Fifty objects of two hundred and fifty fields.
pub(crate) fn schema() -> Schema {
    let objects: Vec<String> = (0..50)
        .map(|object| {
            let fields: Vec<String> = (0..250)
                .map(|field| {
                    let custom = field % 2 == 0;
                    let suffix = if custom { "__c" } else { "" };
                    format!(r#"{{"name":"Field{field:03}{suffix}","custom":{custom}}}"#)
                })
                .collect();
            format!(r#"{{"name":"Object{object:02}","fields":[{}]}}"#, fields.join(","))
        })
        .collect();
    let json = format!(r#"{{"apiVersion":"68.0","sobjects":[{}]}}"#, objects.join(","));
    Schema::from_json(json.as_bytes()).unwrap()
}

/// Eight that speak of the query or look as if they might.
const SPEAKING: &str = r#"
@id("reads") permit (principal in Role::"support", action in Action::"read", resource in Object::"Object00");
@id("filters") permit (principal in Role::"everyone", action == Action::"filter", resource);
@id("standard") permit (principal, action == Action::"select", resource is Field) when { !resource.custom };
@id("one") permit (principal in Role::"support", action in Action::"write", resource == Field::"Object00.Field001");
@id("guard") forbid (principal, action, resource == Field::"Object00.Field249");
@id("write") forbid (principal, action in Action::"write", resource) unless { context.hour < 8 };
@id("delete") forbid (principal, action == Action::"delete", resource);
@id("describe") permit (principal, action == Action::"describe", resource);
"#;

pub(crate) const CONDITIONAL: &str = r#"
@id("until") permit (principal, action in Action::"read", resource in Object::"Object00")
when { context.now < datetime("2027-02-01") };
@id("channel") forbid (principal, action in Action::"read", resource)
when { context.via == Channel::"report" || (context has rows && context.rows > 5000) };
"#;

#[expect(clippy::arithmetic_side_effects, reason = "small numbers")]
pub(crate) fn set(schema: &Schema, policies: usize, more: &str) -> PolicySet {
    let mut files = vec![format!("{SPEAKING}{more}")];
    for nth in 10..policies {
        if nth % 500 == 0 || nth == 10 {
            files.push(String::new());
        }
        let (object, field) = (nth % 49 + 1, nth % 125 * 2 + 1);
        let file = files.last_mut().unwrap();
        let _infallible = match nth % 4 {
            0 => writeln!(
                file,
                "@id(\"p{nth}\") permit (principal in Role::\"support\", action in \
                 Action::\"read\", resource in Object::\"Object{object:02}\");"
            ),
            1 => writeln!(
                file,
                "@id(\"p{nth}\") permit (principal in Role::\"role{nth}\", action in \
                 Action::\"read\", resource in Object::\"Object00\");"
            ),
            2 => writeln!(
                file,
                "@id(\"p{nth}\") forbid (principal, action, resource == \
                 Field::\"Object{object:02}.Field{field:03}\");"
            ),
            _ => writeln!(
                file,
                "@id(\"p{nth}\") permit (principal in Role::\"role{nth}\", action == \
                 Action::\"update\", resource) when {{ context.hour > 8 }};"
            ),
        };
    }
    let names: Vec<String> = (0..files.len()).map(|nth| format!("{nth:02}.cedar")).collect();
    let texts = names.iter().map(String::as_str).zip(files.iter().map(String::as_str));
    PolicySet::from_texts(texts, &Names::new(schema)).unwrap()
}

pub(crate) fn query(schema: &Schema, fields: usize) -> Resolved {
    let fields: Vec<String> = (0..fields)
        .map(|field| format!("Field{field:03}{}", if field % 2 == 0 { "__c" } else { "" }))
        .collect();
    let text = format!("SELECT {} FROM Object00 WHERE Field003 = 'x' LIMIT 100", fields.join(", "));
    footprint::resolve(Operation::query(soql::parse(&text).unwrap()), schema).unwrap()
}

/// Decides as for an agent of the roles that the sets speak of.
pub(crate) fn decide(set: &PolicySet, schema: &Schema, query: Resolved) -> Permitted {
    let zone = jiff::tz::TimeZone::UTC;
    let call = CallContext {
        tool: "executeQuery",
        environment: Environment::Production,
        now: jiff::Timestamp::UNIX_EPOCH,
        zone: &zone,
    };
    let agent = Agent::new("agent", "issuer", "agent", ["support", "everyone"]).with_team("emea");
    set.authorize(&agent, schema, &call, query).unwrap()
}
