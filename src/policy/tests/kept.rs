//! What a policy set keeps of its answers, and for whom.

use std::sync::Arc;
use std::thread;

use super::*;
use crate::policy::model::Known;
use crate::policy::slice::{Place, Slice};
use crate::policy::{Sets, Store, Why};

const POLICIES: &str = "
@id(\"r\") permit (principal in Role::\"r\", action, resource in Object::\"Contact\");
@id(\"ssn\") forbid (principal, action, resource == Field::\"Contact.SSN__c\");
@id(\"named\") permit (principal == Agent::\"named\", action, resource in Object::\"Account\");
@id(\"hour\") forbid (principal, action in Action::\"write\", resource)
when { context.hour == 3 && resource is Field && resource.custom };
";

fn slice(set: &PolicySet, schema: &Schema, agent: &Agent, object: &str) -> Arc<Slice> {
    let asker = set.slices.asker(&set.model, agent, Environment::Production);
    let target = target(object);
    let known = Known::find(schema, &target).unwrap();
    set.slices.find(&set.model, &asker, Action::Update, Place::of(&target), known).unwrap()
}

fn asks(set: &PolicySet, schema: &Schema, agent: &Agent, field: &str) -> bool {
    bench(set, schema, agent).ask(&access(Action::Update, field)).is_ok()
}

#[test]
fn fields_that_policies_cannot_tell_apart_are_one_class() {
    let (set, schema) = (set(POLICIES), schema());
    let contact = slice(&set, &schema, &agent(&["r"]), "Contact");
    // The standard ones, those of the org's own people, and the one that is named.
    assert_eq!((contact.fields(), contact.classes()), (10, 3));
    assert_eq!(slice(&set, &schema, &agent(&["r"]), "Account").classes(), 2);
    assert_eq!(slice(&set, &schema, &agent(&["r"]), "Campaign").classes(), 1);
}

#[test]
fn agents_that_policies_cannot_tell_apart_share_a_slice() {
    let (one, schema) = (set(POLICIES), schema());
    let agent = |id: &str, role: &str| Agent::new(id, "issuer", id, [role]);
    let of = |set: &PolicySet, agent: &Agent| slice(set, &schema, agent, "Contact");
    let first = of(&one, &agent("a", "r"));
    assert!(Arc::ptr_eq(&first, &of(&one, &agent("b", "r"))));
    for other in [agent("a", "s"), agent("a", "r").with_team("sales"), agent("named", "r")] {
        assert!(!Arc::ptr_eq(&first, &of(&one, &other)), "{other:?}");
    }
    // Where a condition looks at the agent, no two are alike.
    let subject =
        "@id(\"s\") permit (principal, action, resource) when { principal.subject == \"b\" };";
    let reading = set(&format!("{POLICIES}{subject}"));
    let first = of(&reading, &agent("a", "r"));
    assert!(Arc::ptr_eq(&first, &of(&reading, &agent("a", "r"))));
    assert!(!Arc::ptr_eq(&first, &of(&reading, &agent("b", "r"))));
    assert!(!asks(&reading, &schema, &agent("a", "s"), "Contact.Email"));
    assert!(asks(&reading, &schema, &agent("b", "s"), "Contact.Email"));
    // An agent with the id of the one that stands for all is told from it.
    let nameless = set("@id(\"x\") permit (principal == Agent::\"\", action, resource);");
    assert!(!asks(&nameless, &schema, &agent("a", "r"), "Contact.Email"));
    assert!(asks(&nameless, &schema, &agent("", "r"), "Contact.Email"));
    assert!(!asks(&nameless, &schema, &agent("b", "r"), "Contact.Email"));
}

#[test]
fn another_describe_of_an_object_is_decided_on_anew_and_the_others_are_kept() {
    let set =
        set("@id(\"x\") permit (principal, action, resource is Field) when { resource.custom };");
    let agent = agent(&[]);
    let before = schema();
    let describe = |fields: &str| {
        let json = format!(r#"{{"name":"Contact","fields":[{fields}]}}"#);
        crate::org::Described::from_json(json.as_bytes()).unwrap().object().unwrap()
    };
    assert!(!asks(&set, &before, &agent, "Contact.Email"));
    assert!(asks(&set, &before, &agent, "Contact.SSN__c"));
    let account = slice(&set, &before, &agent, "Account");
    let changed =
        r#"{"name":"Email","custom":true},{"name":"SSN__c"},{"name":"New__c","custom":true}"#;
    let after = before.with(vec![describe(changed)], None).unwrap();
    assert!(Arc::ptr_eq(&account, &slice(&set, &after, &agent, "Account")));
    // A call that began before goes on as it began.
    for _turn in 0..3 {
        for (field, before_it, after_it) in [
            ("Contact.Email", Err(Why::NotPermitted), Ok(())),
            ("Contact.SSN__c", Ok(()), Err(Why::NotPermitted)),
            ("Contact.New__c", Err(Why::Unknown), Ok(())),
            ("Contact.Salary__c", Ok(()), Err(Why::Unknown)),
        ] {
            for (schema, expected) in [(&before, before_it), (&after, after_it)] {
                let asked = access(Action::Select, field);
                let said = bench(&set, schema, &agent).ask(&asked).map(|_ids| ());
                assert_eq!(said, expected, "{field}");
            }
        }
    }
    let gone = after.with(Vec::new(), Some(&ObjectName::parse("Contact").unwrap())).unwrap();
    let asked = access(Action::Select, "Contact.Email");
    assert_eq!(bench(&set, &gone, &agent).ask(&asked).unwrap_err(), Why::Unknown);
}

#[test]
fn another_policy_set_keeps_nothing_of_the_one_before() {
    let schema = schema();
    let store = Store::fixed(set(POLICIES));
    let begun = store.current();
    assert!(asks(&begun, &schema, &agent(&["r"]), "Contact.Email"));
    let other = Arc::new(set(&POLICIES.replace("SSN__c", "Email")));
    store.put(Sets { enforced: other, shadow: None }, None, std::time::UNIX_EPOCH);
    assert!(!asks(&store.current(), &schema, &agent(&["r"]), "Contact.Email"));
    assert!(asks(&store.current(), &schema, &agent(&["r"]), "Contact.SSN__c"));
    assert!(asks(&begun, &schema, &agent(&["r"]), "Contact.Email"));
}

#[test]
fn nothing_is_kept_across_circumstances() {
    let (set, schema) = (set(POLICIES), schema());
    for (now, field, allowed) in [
        ("2026-11-20T10:00:00Z", "Contact.Salary__c", true),
        ("2026-11-20T03:00:00Z", "Contact.Salary__c", false),
        ("2026-11-20T03:00:00Z", "Contact.Email", true),
        ("2026-11-20T04:00:00Z", "Contact.Salary__c", true),
        ("2026-11-20T04:00:00Z", "Contact.SSN__c", false),
    ] {
        let mut bench = Bench::new(&set, &agent(&["r"]), &schema, &call(now), facts());
        assert_eq!(bench.ask(&access(Action::Update, field)).is_ok(), allowed, "{field} at {now}");
    }
}

#[test]
fn what_is_seen_of_parts_adds_up_and_what_is_refused_of_them_does_not() {
    let (set, schema) = (set(POLICIES), schema());
    let mut bench = bench(&set, &schema, &agent(&["r"]));
    for field in ["Contact.Email", "Contact.SSN__c", "Contact.Name", "Account.Name"] {
        if let Ok(permit) = bench.put(&access(Action::Select, field)) {
            bench.note(&permit);
        }
    }
    // What is only asked is not seen.
    assert!(bench.ask(&access(Action::Select, "Contact.AccountId")).is_ok());
    let judgement = bench.permitted();
    assert_eq!(judgement.policies.iter().collect::<Vec<_>>(), ["r"]);
    let seen = |field: &str| judgement.visible(Action::Select, &target(field));
    assert!(seen("Contact.Email") && seen("CONTACT.NAME"));
    for refused in ["Contact", "Contact.SSN__c", "Contact.AccountId", "Contact.Id", "Account.Name"]
    {
        assert!(!seen(refused), "{refused}");
    }
    assert!(!judgement.visible(Action::Filter, &target("Contact.Email")));
}

#[test]
fn threads_that_share_a_set_decide_alike() {
    let (set, schema) = (set(POLICIES), schema());
    thread::scope(|scope| {
        for nth in 0..4 {
            let (set, schema) = (&set, &schema);
            scope.spawn(move || {
                for round in 0..50 {
                    let id = format!("agent-{}", (nth + round) % 7);
                    let one =
                        Agent::new(id, "issuer", "s", if round % 2 == 0 { ["r"] } else { ["s"] });
                    let now = if round % 3 == 0 {
                        "2026-11-20T03:00:00Z"
                    } else {
                        "2026-11-20T10:00:00Z"
                    };
                    let mut bench = Bench::new(set, &one, schema, &call(now), facts());
                    let mut asks = |field| bench.ask(&access(Action::Update, field)).is_ok();
                    assert_eq!(asks("Contact.Email"), round % 2 == 0);
                    assert!(!asks("Contact.SSN__c"));
                    assert_eq!(asks("Contact.Salary__c"), round % 2 == 0 && round % 3 != 0);
                }
            });
        }
    });
}
