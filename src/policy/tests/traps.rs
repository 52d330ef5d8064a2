//! The fifteen ways in which Cedar, or what is built around it, says "allow" where the rule says
//! "deny", numbered as in the list that they were collected in. Each fails if what closes its way is
//! taken out.

use std::fs;
use std::sync::Arc;
use std::thread;

use super::*;
use crate::footprint;
use crate::policy::decide::Offers;
use crate::policy::model::Model;
use crate::policy::nesting::{self, DEEPEST};
use crate::policy::{Against, SCHEMA, Snapshot, Why, canary};
use crate::salesforce::{Operation, RecordKey};

const PERMIT_ALL: &str = "@id(\"all\") permit (principal, action, resource);";

fn why(set: &PolicySet, roles: &[&str], asked: Access) -> Why {
    judge(set, roles, vec![asked]).unwrap_err().refused()[0].why.clone()
}

fn by(id: &str) -> Why {
    Why::ForbiddenBy(vec![id.to_owned()])
}

#[test]
fn trap_01_a_forbid_that_errors_denies() {
    // Strictly valid, overflow when they are evaluated, and Cedar skips them.
    for condition in [
        "9223372036854775807 + context.hour > 0",
        "resource is Field && 9223372036854775807 + (if resource.custom then 1 else 0) > 0",
    ] {
        let set = set(&format!(
            "{PERMIT_ALL} @id(\"late\") forbid (principal, action, resource) when {{ {condition} }};"
        ));
        for _asked_again in 0..2 {
            let why = why(&set, &[], access(Action::Select, "Contact.SSN__c"));
            assert_eq!(why, Why::PolicyError(vec!["late".to_owned()]), "{condition}");
        }
    }
}

#[test]
fn trap_02_a_policy_that_reads_an_entity_which_may_be_absent_does_not_load() {
    let problems = problems(&format!(
        "{PERMIT_ALL} @id(\"sandbox\") forbid (principal, action, resource)
         when {{ Org::\"org\".environment == Environment::\"sandbox\" }};"
    ));
    assert!(problems.contains("test.cedar:2:"), "{problems}");
}

#[test]
fn trap_03_a_forbid_on_a_group_an_object_or_the_org_fires_and_else_there_is_no_start() {
    for (forbid, action, target) in [
        ("action in Action::\"write\", resource", Action::Update, "Contact.Email"),
        ("action in Action::\"write\", resource", Action::Delete, "Contact"),
        ("action in [Action::\"read\", Action::\"write\"], resource", Action::ReadLimits, ""),
        ("action in Action::\"any\", resource", Action::Describe, "Contact"),
        ("action, resource in Object::\"Contact\"", Action::Filter, "Contact.Email"),
        ("action, resource in Org::\"org\"", Action::Create, "Contact.Email"),
        ("action, resource is Field", Action::Create, "Contact.Email"),
    ] {
        let set =
            set(&format!("{PERMIT_ALL} @id(\"no\") forbid (principal in Role::\"r\", {forbid});"));
        assert_eq!(why(&set, &["r"], access(action, target)), by("no"), "{forbid}");
        assert!(judge(&set, &["s"], vec![access(action, target)]).is_ok(), "{forbid}");
    }
    // The canary can fail: with another schema, in which `update` is in no group, it does.
    let model = || Model::new(SCHEMA).unwrap();
    assert_eq!(canary::sings(&Arc::new(model()), &schema()), Ok(()));
    let text = SCHEMA.replace("action create, update in [write]", "action create, update in [any]");
    let (other, _) = cedar_policy::Schema::from_cedarschema_str(&text).unwrap();
    let mut without = model();
    without.schema = other;
    let silent = canary::sings(&Arc::new(without), &schema()).unwrap_err();
    assert!(silent.contains("an action group"), "{silent}");
}

#[test]
fn trap_04_what_the_org_does_not_have_is_denied_before_cedar_is_asked() {
    let set = set(PERMIT_ALL);
    for unknown in ["Contact.Nope__c", "Nope__c", "Nope__c.Name"] {
        assert_eq!(why(&set, &[], access(Action::Select, unknown)), Why::Unknown, "{unknown}");
    }
}

#[test]
fn trap_05_letter_case_makes_no_difference_to_a_forbid() {
    let forbid = |field: &str| {
        format!(
            "{PERMIT_ALL} @id(\"ssn\") forbid (principal, action, resource == Field::\"{field}\");"
        )
    };
    let set = set(&forbid("Contact.SSN__c"));
    for spelling in ["Contact.SSN__c", "CONTACT.ssn__C", "contact.Ssn__c"] {
        assert_eq!(why(&set, &[], access(Action::Select, spelling)), by("ssn"), "{spelling}");
    }
    assert!(may(&set, &[], Action::Select, "CONTACT.email"));
    let problems = problems(&forbid("Contact.ssn__C"));
    assert!(problems.contains("write `Contact.SSN__c`"), "{problems}");
}

/// The deepest policies of a shape that are let through.
fn deepest(shape: impl Fn(usize) -> String) -> String {
    let text = |n| {
        format!(
            "{PERMIT_ALL} @id(\"x\") forbid (principal, action == Action::\"select\", resource)
             when {{ {} }};",
            shape(n)
        )
    };
    let n = (1..=DEEPEST).rev().find(|n| nesting::too_deep(&text(*n)).is_none()).unwrap();
    text(n)
}

/// Conditions that are true, nested `n` deep; the last doesn't look at the circumstances.
const SHAPES: [fn(usize) -> String; 7] = [
    |n| format!("{}context.hour < 99{}", "(".repeat(n), ")".repeat(n)),
    |n| format!("{}context.hour < 99", "context.hour < 99 && ".repeat(n)),
    |n| format!("{}context.hour < 99", "context.hour > 99 || ".repeat(n)),
    |n| format!("{}true{}", "if context.hour < 99 then ".repeat(n), " else false".repeat(n)),
    |n| format!("{}context.hour < 99{}", "context.hour < 99 && (".repeat(n), ")".repeat(n)),
    |n| format!("context.hour < 99{}", " + 1".repeat(n)),
    |n| format!("{}!resource.custom{}", "!resource.custom && (".repeat(n), ")".repeat(n)),
];

/// Always of one org, so that what is kept of it is asked again.
fn decided_on(stack: usize, set: &Arc<PolicySet>, org: &Arc<Schema>) -> Why {
    let (set, org) = (Arc::clone(set), Arc::clone(org));
    let ask = move || {
        let asked = footprint(vec![access(Action::Select, "Contact.Email")]);
        let denial =
            set.judge(&agent(&[]), &org, &friday(), facts(), &asked, Offers::Made).unwrap_err();
        denial.refused()[0].why.clone()
    };
    thread::Builder::new().stack_size(stack).spawn(ask).unwrap().join().unwrap()
}

#[test]
fn trap_06_a_stack_that_is_too_small_denies_and_is_not_remembered() {
    const MIB: usize = 1024 * 1024;
    // A debug build takes ten times the stack of a release build.
    let (worker, small) =
        if cfg!(debug_assertions) { (16 * MIB, MIB / 2) } else { (2 * MIB, MIB / 4) };
    let error = Why::PolicyError(vec!["x".to_owned()]);
    let org = Arc::new(schema());
    let (mut errors, mut of_what_is_kept) = (0, 0);
    for shape in SHAPES {
        let text = deepest(shape);
        let set = Arc::new(set(&text));
        let on_small = decided_on(small, &set, &org);
        assert!(on_small == by("x") || on_small == error, "{on_small:?}: {text}");
        errors += usize::from(on_small == error);
        of_what_is_kept += usize::from(on_small == error && !text.contains("context"));
        assert_eq!(decided_on(worker, &set, &org), by("x"), "{text}");
    }
    assert!(errors > of_what_is_kept, "the small stack was never too small");
    assert!(of_what_is_kept > 0, "nor for what doesn't look at the circumstances");
}

#[test]
fn trap_07_a_deep_or_long_policy_is_refused_before_it_is_parsed() {
    // A thousand brackets end the process if Cedar sees them.
    let nested = |open: &str, close: &str| {
        format!("{}1 == 1{}", open.repeat(100_000), close.repeat(100_000))
    };
    for condition in [
        nested("(", ")"),
        nested("!", ""),
        nested("-", ""),
        nested("[", "]"),
        nested("if true then ", " else false"),
        nested("true && ", ""),
        format!("context{}", ".a".repeat(5_000)),
        format!("context{}", "[\"a\"]".repeat(5_000)),
        "(".repeat(5_000),
        ")".repeat(5_000),
        format!("\"{}\" like \"\" || {}", "\\\"".repeat(100), "(".repeat(5_000)),
    ] {
        let condition: String = condition.chars().take(200_000).collect();
        let text =
            format!("@id(\"x\") permit (principal, action, resource) when {{ {condition} }};");
        let problems = problems(&text);
        assert!(problems.contains("nested more than") || condition.starts_with(')'), "{problems}");
    }
    let whens = "when { true } ".repeat(5_000);
    assert!(
        problems(&format!("@id(\"x\") permit (principal, action, resource) {whens};"))
            .contains("nested")
    );
    let long = format!("{PERMIT_ALL} // {}", "a".repeat(300_000));
    assert!(problems(&long).contains("longer than"));
}

#[test]
fn trap_08_a_set_is_never_used_unvalidated() {
    // Cedar would drop this forbid at run time without a word.
    let problems = problems(&format!(
        "{PERMIT_ALL} @id(\"x\") forbid (principal, action, resource)
         when {{ principal.subject in [\"a\"] }};"
    ));
    assert!(problems.contains("test.cedar:2:"), "{problems}");
}

#[test]
fn trap_09_a_request_that_does_not_fit_the_schema_is_denied() {
    // Deletion is of objects, never of a field.
    let set = set(PERMIT_ALL);
    for (action, target) in [(Action::Delete, "Contact.Email"), (Action::ListObjects, "Contact")] {
        assert_eq!(why(&set, &[], access(action, target)), Why::PolicyError(Vec::new()));
    }
    // Nor is there a set under a schema that knows another context than that of calls.
    for (from, to) in [
        ("  rows?: Long,", ""),
        ("  rows?: Long,", "  rows: Long,"),
        ("  rows?: Long,", "  rows?: String,"),
        ("    limit?: Long,", ""),
        ("    deleted: Bool,", ""),
        ("  tool: Tool,", "  tool: Channel,"),
        ("  hour: Long,", "  hour: Long, minute: Long,"),
        ("  now: datetime,", "  now: duration,"),
        ("\"sosl\", ", ""),
        ("\"sandbox\", ", ""),
        (", \"sun\"]", "]"),
    ] {
        assert!(SCHEMA.contains(from), "{from}");
        let told = Model::new(&SCHEMA.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(told.contains("does not accept the context"), "{from} as {to}: {told}");
    }
}

#[test]
fn trap_10_policies_are_told_in_the_order_of_their_ids() {
    let ids: Vec<String> = (0..40).map(|n| format!("p{n:02}")).collect();
    let each = |policy: &str| -> String {
        ids.iter().rev().map(|id| format!("@id(\"{id}\") {policy} ")).collect()
    };
    let asked = || access(Action::Select, "Contact.Email");
    let late = "when { 9223372036854775807 + context.hour > 0 }";
    let forbidding = set(&each("forbid (principal, action, resource);"));
    assert_eq!(why(&forbidding, &[], asked()), Why::ForbiddenBy(ids.clone()));
    let failing = set(&each(&format!("forbid (principal, action, resource) {late};")));
    assert_eq!(why(&failing, &[], asked()), Why::PolicyError(ids.clone()));
    let permitting = set(&each("permit (principal, action, resource);"));
    let judgement = judge(&permitting, &[], vec![asked()]).unwrap();
    assert_eq!(judgement.policies.into_iter().collect::<Vec<_>>(), ids);
    assert_eq!(bench(&permitting, &schema(), &agent(&[])).ask(&asked()).unwrap().as_ref(), ids);
}

#[test]
fn trap_11_each_field_is_its_own_question_and_the_hour_and_weekday_are_supplied() {
    // Cedar can't say "all of these fields": the allowlists of two roles add up field by field.
    let two_lists = set(
        "@id(\"a\") permit (principal in Role::\"a\", action, resource == Field::\"Contact.Email\");
         @id(\"b\") permit (principal in Role::\"b\", action, resource == Field::\"Contact.Name\");",
    );
    let both =
        || vec![access(Action::Update, "Contact.Email"), access(Action::Update, "Contact.Name")];
    assert!(judge(&two_lists, &["a", "b"], both()).is_ok());
    let denial = judge(&two_lists, &["a"], both()).unwrap_err();
    let refused: Vec<String> =
        denial.refused().iter().map(|refused| refused.access.target.to_string()).collect();
    assert_eq!(refused, ["Contact.Name"]);
    assert_eq!(denial.refused()[0].why, Why::NotPermitted);
    // Nor can it tell the day from an instant.
    let office = set("@id(\"x\") permit (principal, action, resource)
        when { context.hour >= 8 && context.hour < 18 && context.weekday == Weekday::\"fri\" };");
    for (now, allowed) in [
        ("2026-11-20T08:00:00Z", true),
        ("2026-11-20T18:00:00Z", false),
        ("2026-11-21T10:00:00Z", false),
    ] {
        let asked = footprint(vec![access(Action::Select, "Contact.Email")]);
        let judged =
            office.judge(&agent(&[]), &schema(), &call(now), facts(), &asked, Offers::Made);
        assert_eq!(judged.is_ok(), allowed, "{now}");
    }
}

#[test]
fn trap_12_a_set_is_checked_against_the_schema_at_hand() {
    let forbid = "@id(\"ssn\") forbid (principal, action, resource == Field::\"Contact.SSN__c\");";
    let text = format!("{PERMIT_ALL}\n{forbid}");
    let snapshot = Snapshot::from_texts([("a.cedar", text.as_str())]);
    let checked = |org: &Schema| {
        let (names, environment) = (Names::new(org), Environment::Production);
        snapshot
            .check(&Against { names, environment, now: friday().now, zone: friday().zone })
            .enforced
    };
    let before = checked(&schema()).unwrap();
    // The field went, or came back in another spelling: the forbid would be dead.
    for other in ["", "ssn__c"] {
        let org = schema_of(&ORG.replace("SSN__c", other).replace(" SSN_Last4__c=RIGHT(,4)", ""));
        let error = checked(&org).unwrap_err().to_string();
        assert!(error.contains("a.cedar:2:"), "{error}");
    }
    // And a describe that is read anew while calls run is compared with the policies' spelling.
    let describe = |field: &str| {
        let json = format!(r#"{{"name":"Contact","fields":[{{"name":"{field}"}}]}}"#);
        crate::org::Described::from_json(json.as_bytes()).unwrap().object().unwrap()
    };
    assert!(before.spells_otherwise(&describe("ssn__c")));
    assert!(!before.spells_otherwise(&describe("SSN__c")));
}

#[test]
fn trap_13_no_part_of_cedar_that_is_experimental_decides() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let line = manifest.lines().find(|line| line.starts_with("cedar-policy ")).unwrap();
    // A plain, exact version: partial evaluation is a feature that is off by default.
    let version = line.strip_prefix("cedar-policy = \"=").unwrap().strip_suffix('"').unwrap();
    assert!(version.chars().all(|c| c.is_ascii_digit() || c == '.'), "{line}");
}

#[test]
fn trap_14_what_is_done_is_read_from_the_operation_and_not_from_the_tool() {
    // The tool of this call says of itself that it only reads.
    let set = set(&format!(
        "{PERMIT_ALL} @id(\"w\") forbid (principal, action == Action::\"delete\", resource);"
    ));
    let context = friday();
    assert_eq!(context.tool, "executeQuery");
    let key = RecordKey::Id(RecordId::parse("003000000000001AAA").unwrap());
    let delete = Operation::DeleteRecord { object: ObjectName::parse("Contact").unwrap(), key };
    let resolved = footprint::resolve(delete, &schema()).unwrap();
    let denial = set.authorize(&agent(&[]), &schema(), &context, resolved).unwrap_err();
    assert_eq!(denial.refused()[0].why, by("w"));
    // And of a tool, policies know nothing but its name.
    let (fragment, _) = cedar_policy::SchemaFragment::from_cedarschema_str(SCHEMA).unwrap();
    let json = fragment.to_json_value().unwrap();
    assert_eq!(json[""]["entityTypes"]["Tool"], serde_json::json!({}));
}

#[test]
fn trap_15_ids_are_unique_across_files_and_each_file_has_its_own_policies() {
    // Cedar calls the first policy of each text `policy0`.
    let names = schema();
    let load = |second: &str| {
        PolicySet::from_texts([("a.cedar", PERMIT_ALL), ("b.cedar", second)], &Names::new(&names))
    };
    let set =
        load("@id(\"two\") forbid (principal, action == Action::\"delete\", resource);").unwrap();
    assert_eq!(set.policy_ids().collect::<Vec<_>>(), ["all", "two"]);
    assert_eq!(why(&set, &[], access(Action::Delete, "Contact")), by("two"));
    let taken = load(PERMIT_ALL).unwrap_err().to_string();
    assert!(taken.starts_with("b.cedar:1:1: the id `all` is taken"), "{taken}");
}
