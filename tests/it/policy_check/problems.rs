//! Bad policies, each with what is said of it.

use serde_json::json;

use super::Desk;

/// The text behind `@id("x")` on a line of its own; the place of the problem, the message, the hint.
type Row = (&'static str, (u64, u64), &'static str, &'static str);

const BAD: &[Row] = &[
    // Names of the org.
    (
        "permit (principal, action, resource in Object::\"Contcat\");",
        (2, 40),
        "the org has no object `Contcat`",
        "did you mean `Contact`?",
    ),
    (
        "forbid (principal, action, resource == Field::\"Contact.SSN_c\");",
        (2, 40),
        "the org has no field `Contact.SSN_c`",
        "did you mean `Contact.SSN__c`?",
    ),
    (
        "forbid (principal, action, resource == Field::\"contact.SSN__c\");",
        (2, 40),
        "`contact` differs in case from the org's object",
        "write `Contact`",
    ),
    (
        "forbid (principal, action, resource)\nwhen { resource in [Field::\"Contact.Name\", Field::\"Contact.email\"] };",
        (3, 44),
        "`Contact.email` differs in case from the org's field",
        "write `Contact.Email`",
    ),
    (
        "forbid (principal, action, resource == Field::\"SSN__c\");",
        (2, 40),
        "`SSN__c` is not the name of a field",
        "write Object.Field",
    ),
    (
        "forbid (principal, action, resource in Org::\"prod\");",
        (2, 40),
        "there is no org `prod`",
        "write Org::\"org\"",
    ),
    (
        "forbid (principal, action, resource == Report::\"00O000000000001\");",
        (2, 40),
        "is not the whole id of a report",
        "write the whole id, `00O000000000001EAA`",
    ),
    // Labels, tools and roles.
    (
        "forbid (principal, action, resource in Label::\"PII\");",
        (2, 40),
        "nothing stands under the label `PII`",
        "did you mean `pii`?",
    ),
    (
        "forbid (principal, action, resource in Label::\"geography\");",
        (2, 40),
        "nothing stands under the label `geography`",
        "name what does in labels.yaml",
    ),
    (
        "permit (principal, action, resource) when { context.tool == Tool::\"executeQuerry\" };",
        (2, 61),
        "there is no tool `executeQuerry`",
        "did you mean `executeQuery`?",
    ),
    (
        "permit (principal, action, resource) when { context.tool == Tool::\"list_all_salesforce_query\" };",
        (2, 61),
        "there is no tool `list_all_salesforce_query`",
        "policies know it by its platform name, `executeQuery`",
    ),
    (
        "permit (principal in Role::\"suport\", action, resource);",
        (2, 22),
        "there is no role `suport`",
        "did you mean `support`?",
    ),
    // What Cedar finds: unknown words, warnings as errors, levels.
    (
        "permit (principal, action == Action::\"slect\", resource);",
        (2, 30),
        "unrecognized action",
        "select",
    ),
    (
        "permit (principal, action == Action::\"read\", resource);",
        (2, 30),
        "Action::\"read\" is a group of actions",
        "write `action in Action::\"read\"`",
    ),
    (
        "permit (principal, action, resource) when { context has typo && context.typo == 1 };",
        (1, 1),
        "impossible",
        "",
    ),
    (
        "permit (principal, action, resource) when { context.rows < 5 };",
        (2, 45),
        "rows",
        "context has rows",
    ),
    (
        "permit (principal, action, resource) when { context.via == Channel::\"blk\" };",
        (2, 60),
        "blk",
        "bulk",
    ),
    (
        "permit (principal, action, resource) when { Org::\"org\".environment == Environment::\"sandbox\" };",
        (2, 45),
        "entity",
        "",
    ),
    ("permit (principal, action, resource)", (2, 37), "unexpected end of input", ""),
    (
        "permit (principal == ?principal, action, resource);",
        (1, 1),
        "templates are not supported",
        "write the principal and the resource out",
    ),
];

const CONFIG: &str = "policies: x\nagents:\n  - {id: a, roles: [support, administrator]}\n";

#[test]
fn each_bad_policy_has_its_message_with_file_line_column_and_hint_once() {
    for (text, (line, column), message, hint) in BAD {
        let policy = format!("@id(\"x\")\n{text}\n");
        let desk = Desk::new(&[("a.cedar", &policy)]);
        let config = desk.config(CONFIG);
        let said = desk.json(&["--config", &config]);
        let problems = said["problems"].as_array().unwrap();
        assert_eq!(problems.len(), 1, "{text}\n{said}");
        let problem = &problems[0];
        let file = problem["file"].as_str().unwrap();
        assert!(file.ends_with("policies/a.cedar"), "{said}");
        assert!(problem["message"].as_str().unwrap().contains(message), "{text}\n{said}");
        assert!(problem["hint"].as_str().unwrap_or_default().contains(hint), "{text}\n{said}");
        assert_eq!(said["ok"], false);
        let place = (problem["line"].as_u64().unwrap(), problem["column"].as_u64().unwrap());
        assert_eq!(place, (*line, *column), "{text}\n{said}");

        let (code, out, err) = desk.check_with_org(&["--config", &config]);
        assert_eq!((code, err.as_str()), (2, ""), "{out}");
        assert!(out.contains(&format!("{file}:{line}:{column}: ")), "{out}");
        assert!(
            out.contains(
                "
1 problem (1 file, "
            ),
            "{out}"
        );
    }
}

#[test]
fn annotations_are_checked() {
    for (text, message, hint) in [
        ("permit (principal, action, resource);", "the policy has no id", "write @id(\"…\")"),
        (
            "@id(\"x\") @mesage(\"y\") permit (principal, action, resource);",
            "unknown annotation `@mesage`",
            "did you mean `@message`?",
        ),
        ("@id(\"a b\") permit (principal, action, resource);", "an id is at most 64 letters", ""),
    ] {
        let desk = Desk::new(&[("a.cedar", text)]);
        let said = desk.json(&[]);
        let problem = &said["problems"][0];
        assert!(problem["message"].as_str().unwrap().contains(message), "{said}");
        assert!(problem["hint"].as_str().unwrap_or_default().contains(hint), "{said}");
    }
    // The same policy twice: the second one is at fault, wherever it is.
    let twice = "@id(\"x\") permit (principal, action, resource);\n";
    let said = Desk::new(&[("a.cedar", &twice.repeat(2)), ("b.cedar", twice)]).json(&[]);
    let problems = said["problems"].as_array().unwrap();
    assert_eq!(problems.len(), 2, "{said}");
    assert_eq!(problems[0]["line"], 2);
    for problem in problems {
        let message = problem["message"].as_str().unwrap();
        assert!(message.starts_with("the id `x` is taken by the policy at "), "{said}");
        assert!(message.ends_with("policies/a.cedar:1:1"), "{said}");
    }
}

#[test]
fn people_see_the_line_with_a_caret() {
    let policy =
        "// ä\n@id(\"x\")\nforbid (principal, action,\tresource == Field::\"Contact.SSN_c\");\n";
    let desk = Desk::new(&[("a.cedar", policy)]);
    let (code, out, err) = desk.check_with_org(&[]);
    assert_eq!((code, err.as_str()), (2, ""));
    let file = desk.path("policies/a.cedar");
    let expected = format!(
        "{}:3:40: the org has no field `Contact.SSN_c`\n    \
         3 | forbid (principal, action, resource == Field::\"Contact.SSN_c\");\n      \
         |                                        ^^^^^^^^^^^^^^^^^^^^^^\n      \
         = did you mean `Contact.SSN__c`?\n\n",
        file.display()
    );
    assert!(out.starts_with(&expected), "{out}");
}

#[test]
fn everything_is_said_in_one_run() {
    let desk = Desk::new(&[
        ("a.cedar", "@id(\"x\") permit (principal, action, resource in Object::\"Acount\");"),
        ("b.cedar", "@id(\"y\") permit (principal, action, resource) when { resource.nope };"),
        ("c.cedar", "permit"),
        ("labels.yaml", "pii: [Contact.Nme]\n"),
    ]);
    let said = desk.json(&[]);
    let files: Vec<&str> = said["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| problem["file"].as_str().unwrap().rsplit('/').next().unwrap())
        .collect();
    assert_eq!(files, ["a.cedar", "b.cedar", "c.cedar", "labels.yaml"], "{said}");
}

#[test]
fn without_an_org_it_says_what_it_could_not_check() {
    let desk = Desk::new(&[
        (
            "a.cedar",
            "@id(\"x\") permit (principal in Role::\"anybody\", action, resource in Object::\"Anything\");\n\
             @id(\"y\") forbid (principal, action, resource in Label::\"gdpr\");\n\
             @id(\"z\") forbid (principal, action, resource in Label::\"pii\");",
        ),
        ("labels.yaml", "pii: [\"*.Nothing*\"]\n"),
    ]);
    let (code, out, err) = desk.check(&["--json"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    let said: serde_json::Value = serde_json::from_str(&out).unwrap();
    let names: Vec<_> = said["unchecked"].as_array().unwrap().iter().map(|u| &u["names"]).collect();
    assert_eq!(
        names,
        [
            &json!(["*.Nothing*", "Object::\"Anything\""]),
            &json!(["Label::\"gdpr\""]),
            &json!(["Role::\"anybody\""])
        ],
        "{said}"
    );
    let (code, out, _) = desk.check(&[]);
    assert_eq!(code, 0);
    for says in
        ["not checked: names of objects and fields", "--org-schema FILE", "not checked: roles"]
    {
        assert!(out.contains(says), "{out}");
    }
    // With an org nothing of it passes, and with a configuration the role neither.
    let config = desk.config(CONFIG);
    let said = desk.json(&["--config", &config]);
    assert_eq!(said["unchecked"], json!([]), "{said}");
    assert_eq!(said["problems"].as_array().unwrap().len(), 3, "{said}");
}
