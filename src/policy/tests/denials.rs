use super::*;
use crate::policy::Why;
use crate::policy::decide::Offers;

const POLICIES: &str = "
@id(\"reads\") permit (principal, action in Action::\"read\", resource in Object::\"Contact\");
@id(\"names\") permit (principal, action == Action::\"select\", resource == Field::\"User.Name\");
@id(\"ssn\") @message(\"Numbers are for people.\")
forbid (principal, action, resource)
when { resource in [Field::\"Contact.SSN__c\", Field::\"Contact.Salary__c\"] };
@id(\"a-second\") forbid (principal, action, resource == Field::\"Contact.Salary__c\");
";

fn through(access: Access, path: &str) -> Access {
    Access { path: path.into(), ..access }
}

fn sentence(accesses: Vec<Access>) -> String {
    judge(&set(POLICIES), &[], accesses).unwrap_err().sentence()
}

#[test]
fn a_denial_names_the_fields_the_policies_and_what_is_allowed() {
    assert_eq!(
        sentence(vec![
            access(Action::Select, "Contact.Email"),
            access(Action::Select, "Contact.SSN__c"),
        ]),
        "Denied by policy: select Contact.SSN__c (forbidden by ssn: Numbers are for people). Do not \
         retry it. On Contact you may select: AccountId, Email, FirstName, Id, LastName, Name, \
         OwnerId."
    );
}

#[test]
fn a_denial_of_several_groups_them_by_their_reason() {
    let text = sentence(vec![
        access(Action::Update, "Contact.Email"),
        access(Action::Update, "Contact.Name"),
        access(Action::Filter, "Contact.Salary__c"),
        access(Action::Delete, "Contact"),
    ]);
    assert_eq!(
        text,
        "Denied by policy: update Contact.Email, Contact.Name and delete Contact (no policy permits \
         it); filter, sort or group by Contact.Salary__c (forbidden by a-second, ssn: Numbers are \
         for people). Do not retry it. On Contact you may filter, sort or group by: AccountId, \
         Email, FirstName, Id, LastName, Name, OwnerId. On Contact you may update no field."
    );
}

#[test]
fn actions_with_the_same_reason_and_the_same_help_stand_together() {
    let asked = [Action::Select, Action::Filter].map(|action| access(action, "Contact.SSN__c"));
    let text = sentence(asked.into());
    assert!(
        text.starts_with(
            "Denied by policy: select Contact.SSN__c and filter, sort or group by Contact.SSN__c \
             (forbidden by ssn: Numbers are for people). Do not retry it. On Contact you may \
             select or filter, sort or group by: AccountId, "
        ),
        "{text}"
    );
}

#[test]
fn a_denial_of_a_search_names_no_field_that_the_search_did_not_name() {
    let all = "IN ALL FIELDS";
    let text = sentence(vec![
        through(access(Action::Search, "Contact.SSN__c"), all),
        through(access(Action::Search, "Contact.Email"), all),
        through(access(Action::Search, "User.Name"), all),
        through(access(Action::Search, "User.Id"), all),
    ]);
    assert_eq!(
        text,
        "Denied by policy: search in Contact IN ALL FIELDS (forbidden by ssn: Numbers are for \
         people); search in User IN ALL FIELDS (no policy permits it). Do not retry it. A search of \
         fewer fields may be permitted: try IN NAME FIELDS, IN EMAIL FIELDS or IN PHONE FIELDS."
    );
}

#[test]
fn a_name_that_the_agent_did_not_write_is_told_with_its_path() {
    for (path, expected) in [
        ("SSN_Last4__c", "select Contact.SSN__c (through SSN_Last4__c) ("),
        ("", "select Contact.SSN__c ("),
        ("ssn__C", "select Contact.SSN__c ("),
        ("Contact.SSN__c", "select Contact.SSN__c ("),
        ("Who.SSN__c", "select Contact.SSN__c (through Who.SSN__c) ("),
        ("a\nb\u{7}", "(through a\\nb\\u{7})"),
    ] {
        let text = sentence(vec![through(access(Action::Select, "Contact.SSN__c"), path)]);
        assert!(text.contains(expected), "{path}: {text}");
    }
    let long = "x".repeat(10_000);
    assert!(sentence(vec![through(access(Action::Select, "Contact.SSN__c"), &long)]).len() < 500);
}

#[test]
fn help_offers_only_what_would_be_permitted() {
    // SSN_Last4__c is computed from a forbidden field: the field alone is permitted, its use isn't.
    let denial =
        judge(&set(POLICIES), &[], vec![access(Action::Select, "Contact.SSN__c")]).unwrap_err();
    let allowed = &denial.allowed()[0];
    assert_eq!((allowed.action, allowed.object.as_str()), (Action::Select, "Contact"));
    for field in ["SSN__c", "Salary__c", "SSN_Last4__c"] {
        assert!(!allowed.fields.contains(&FieldName::parse(field).unwrap()), "{field}");
    }
    // A compound field is its parts.
    let set = set("@id(\"x\") permit (principal, action, resource) when { resource in
         [Field::\"Contact.Name\", Field::\"Contact.FirstName\", Field::\"Contact.Email\"] };");
    let denial = judge(&set, &[], vec![access(Action::Select, "Contact.SSN__c")]).unwrap_err();
    let names: Vec<&str> = denial.allowed()[0].fields.iter().map(FieldName::as_str).collect();
    assert_eq!(names, ["Email", "FirstName"]);
}

#[test]
fn help_is_bounded() {
    let objects: String = (0..20)
        .map(|o| {
            let fields: String = (0..60).map(|f| format!(" F{f:02}")).collect();
            format!("O{o:02}{fields}\n")
        })
        .collect();
    let org = schema_of(&objects);
    let set = PolicySet::from_texts(
        [("a", "@id(\"x\") permit (principal, action == Action::\"select\", resource is Field);")],
        &Names::new(&org),
    )
    .unwrap();
    let asked = footprint((0..20).map(|o| access(Action::Select, &format!("O{o:02}"))).collect());
    let denial =
        set.judge(&agent(&[]), &org, &friday(), facts(), &asked, Offers::Made).unwrap_err();
    assert_eq!(denial.refused().len(), 20);
    assert_eq!(denial.allowed().len(), 8);
    assert_eq!(denial.allowed()[0].fields.len(), 40);
    assert!(denial.allowed()[0].more);
    assert!(denial.sentence().contains("F38, F39 and more."), "{denial}");
    let many = (0..60).map(|f| access(Action::Filter, &format!("O00.F{f:02}"))).collect();
    let denial = set
        .judge(&agent(&[]), &org, &friday(), facts(), &footprint(many), Offers::Made)
        .unwrap_err();
    assert!(denial.sentence().contains("; 40 more. Do not retry it."), "{denial}");
}

/// One condition that holds for some fields, one that holds at another hour, one of another role.
const NEARLY: &str = "
@id(\"some\") permit (principal, action == Action::\"select\", resource in Object::\"Contact\")
when { resource in [Field::\"Contact.Name\", Field::\"Contact.Id\"] };
@id(\"at-night\") permit (principal in Role::\"r\", action in Action::\"read\", resource)
when { context.hour == 3 };
@id(\"others\") permit (principal in Role::\"other\", action, resource) when { context.hour == 3 };
@id(\"ssn\") forbid (principal, action, resource == Field::\"Contact.SSN__c\");
";

#[test]
fn a_denial_names_the_permits_that_only_their_conditions_keep_from_counting() {
    let set = set(NEARLY);
    for (asked, near) in [
        (access(Action::Select, "Contact.Email"), vec!["at-night", "some"]),
        (access(Action::Select, "Contact"), vec!["at-night", "some"]),
        (access(Action::Filter, "Contact.Email"), vec!["at-night"]),
        (access(Action::Select, "User.Name"), vec!["at-night"]),
        (access(Action::ListObjects, ""), vec!["at-night"]),
        (access(Action::Update, "Contact.Email"), vec![]),
        // What is forbidden is not nearly permitted, and of what isn't there nothing is.
        (access(Action::Select, "Contact.SSN__c"), vec![]),
        (access(Action::Select, "Contact.Nope"), vec![]),
        (access(Action::Select, "Nope.Name"), vec![]),
    ] {
        let denial = judge(&set, &["r"], vec![asked.clone()]).unwrap_err();
        assert_eq!(denial.near_misses(), near, "{asked:?}");
        assert_eq!(denial.refused()[0].near_misses, near, "{asked:?}");
    }
    let asked = ["Contact.Email", "Contact.AccountId", "User.Name"];
    let asked = asked.map(|field| access(Action::Select, field));
    let denial = judge(&set, &[], asked.into()).unwrap_err();
    assert_eq!(
        denial.sentence(),
        "Denied by policy: select Contact.Email, Contact.AccountId (no policy permits it; nearly by \
         some); select User.Name (no policy permits it). Do not retry it. On Contact you may select: \
         Id. On User you may select no field."
    );
    assert!(denial.policy_ids().is_empty(), "what nearly permits decides nothing");
}

#[test]
fn near_misses_are_bounded() {
    let policies: String = (0..300)
        .map(|n| {
            let resource = if n % 3 == 0 { "" } else { " in Object::\"Contact\"" };
            format!(
                "@id(\"p{n:03}\") permit (principal, action, resource{resource})
                 when {{ context.hour == 3 }};\n"
            )
        })
        .collect();
    let set = set(&policies);
    let asked = ["Contact.Email", "Contact.Name", "User.Name"];
    let denial = judge(&set, &[], asked.map(|f| access(Action::Select, f)).into()).unwrap_err();
    let near = |nth: usize| denial.refused()[nth].near_misses.join(" ");
    assert_eq!(near(0), "p000 p001 p002 p003 p004 p005 p006 p007 p008 p009");
    assert_eq!(near(1), near(0));
    assert_eq!(near(2), "p000 p003 p006 p009 p012 p015 p018 p021 p024 p027");
    assert_eq!(denial.near_misses().len(), 16);
}

#[test]
fn every_reason_has_its_words_its_code_and_its_policies() {
    for (access, code, ids, words) in [
        (access(Action::Select, "Contact.SSN__c"), "forbidden", vec!["ssn"], "forbidden by ssn"),
        (access(Action::Select, "Lead.Name"), "not_permitted", vec![], "no policy permits it"),
        (access(Action::Select, "Lead.Nope"), "unknown", vec![], "the org has no such name"),
        (access(Action::Delete, "Lead.Name"), "policy_error", vec![], "could not be decided"),
        (
            Access { opaque: true, ..access(Action::Select, "Contact.Email") },
            "opaque",
            vec![],
            "computed from hidden fields",
        ),
    ] {
        let denial = judge(&set(POLICIES), &[], vec![access]).unwrap_err();
        assert_eq!(denial.refused()[0].why.code(), code);
        assert_eq!(denial.policy_ids(), ids);
        assert!(denial.sentence().contains(words), "{denial}");
    }
    assert_eq!(Why::PolicyError(vec!["p".to_owned()]).policy_ids(), ["p"]);
}
