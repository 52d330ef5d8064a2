use std::fs;

use super::*;
use crate::policy::nesting;

const OK: &str = "@id(\"ok\") permit (principal, action, resource);\n";

#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (text, expected) in [
        ("permit (principal, action, resource);", "test.cedar:1:1: the policy has no id"),
        ("@id(\"a b\") permit (principal, action, resource);", "an id is at most 64 letters"),
        (
            "\n @id(\"x\") @idd(\"x\") permit (principal, action, resource);",
            ":2:2: unknown annotation `@idd`",
        ),
        ("@id(\"x\") @message(\"a\\nb\") permit (principal, action, resource);", "of one line"),
        ("@id(\"x\") permit (principal, action, resource)", "test.cedar:1:"),
        (
            "@id(\"x\") permit (principal == ?principal, action, resource);",
            "templates are not supported",
        ),
        (
            "@id(\"x\") permit (principal, action, resource);\n@id(\"x\") forbid (principal, action, resource);",
            "test.cedar:2:1: the id `x` is taken by the policy at test.cedar:1:1",
        ),
        ("@id(\"x\") permit (principal, action == Action::\"slect\", resource);", "test.cedar:1:"),
        (
            "@id(\"x\")\npermit (principal, action, resource in Object::\"Contcat\");",
            "test.cedar:2:40: the org has no object `Contcat`; did you mean `Contact`?",
        ),
        (
            "@id(\"x\")\nforbid (principal, action, resource == Report::\"00O000000000001\");",
            "test.cedar:2:40: `00O000000000001` is not the whole id of a report; write the whole id",
        ),
        (
            "@id(\"x\")\nforbid (principal, action, resource == Report::\"003000000000001AAA\");",
            "test.cedar:2:40: `003000000000001AAA` is not the id of a report",
        ),
        (
            "@id(\"x\")\npermit (principal, action, resource == Field::\"Contact.SSN_c\");",
            "test.cedar:2:40: the org has no field `Contact.SSN_c`; did you mean `Contact.SSN__c`?",
        ),
        (
            "@id(\"x\") forbid (principal, action, resource == Field::\"Contact.ssn__c\");",
            "`Contact.ssn__c` differs in case from the org's field; write `Contact.SSN__c`",
        ),
        (
            "@id(\"x\") forbid (principal, action, resource in Object::\"CONTACT\");",
            "write `Contact`",
        ),
        ("@id(\"x\") forbid (principal, action, resource in Org::\"prod\");", "write Org::\"org\""),
        (
            "@id(\"x\") forbid (principal, action, resource == Field::\"SSN__c\");",
            "write Object.Field",
        ),
        (
            "@id(\"x\") forbid (principal, action, resource) when { resource in [Field::\"Contact.Nme\"] };",
            "did you mean `Contact.Name`?",
        ),
        // A homoglyph: the first letter of this name is Cyrillic.
        (
            "@id(\"x\") forbid (principal, action, resource in Object::\"\u{421}ontact\");",
            "test.cedar:1:",
        ),
        (
            "@id(\"x\") forbid (principal, action, resource in Label::\"pii\");",
            "test.cedar:1:49: nothing stands under the label `pii`",
        ),
        ("", "no policy in any *.cedar file"),
    ] {
        let problems = problems(text);
        assert!(problems.contains(expected), "{text}\n{problems}");
    }
}

#[test]
fn everything_wrong_is_reported_at_once_and_once() {
    let names = schema();
    let error = PolicySet::from_texts(
        [
            ("b.cedar", "@id(\"x\") permit (principal, action, resource in Object::\"Acount\");"),
            ("a.cedar", "@id(\"y\") permit (principal, action, resource) when { resource.nope };\npermit (principal, action, resource);"),
            ("c.cedar", "@id(\"z\") permit"),
        ],
        &Names::new(&names),
    )
    .unwrap_err();
    let places: Vec<(&str, Option<usize>)> = error
        .problems()
        .iter()
        .map(|problem| (problem.file.as_str(), problem.position.map(|(line, _)| line)))
        .collect();
    assert_eq!(
        places,
        [("a.cedar", Some(1)), ("a.cedar", Some(2)), ("b.cedar", Some(1)), ("c.cedar", Some(1))],
        "{error}"
    );
}

#[test]
fn tools_and_roles_are_checked_where_they_are_known() {
    let names = schema();
    let text = "@id(\"x\") permit (principal in Role::\"suport\", action, resource)
                when { context.tool == Tool::\"executQuery\" };";
    let known =
        Names { tools: Some(&["executeQuery"]), roles: Some(&["support"]), ..Names::new(&names) };
    let error = PolicySet::from_texts([("a.cedar", text)], &known).unwrap_err().to_string();
    assert!(error.contains("did you mean `support`?"), "{error}");
    assert!(error.contains("did you mean `executeQuery`?"), "{error}");
    assert!(PolicySet::from_texts([("a.cedar", text)], &Names::new(&names)).is_ok());
}

#[test]
fn brackets_in_strings_and_comments_do_not_nest() {
    let text = format!(
        "// {0}\n{OK}@description(\"{0}\\\"{0}\")\n{1}",
        "(".repeat(500),
        OK.replace("ok", "b")
    );
    assert_eq!(nesting::too_deep(&text), None);
    assert!(PolicySet::from_texts([("a.cedar", text.as_str())], &Names::new(&schema())).is_ok());
}

#[test]
fn a_directory_is_read_in_order_and_whole_or_not_at_all() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(directory.path().join(name), text).unwrap();
    let names = schema();
    let load = || PolicySet::load(directory.path(), &Names::new(&names));
    let refused = || load().unwrap_err().to_string();
    assert!(refused().contains("no policy in any *.cedar file"));
    write("b.cedar", OK);
    write("README.md", "not a policy");
    write(".hidden.cedar", "not a policy");
    let first = load().unwrap();
    assert_eq!(first.files(), ["b.cedar"]);
    assert_eq!(first.hash().len(), 64);

    write("a.cedar", "permit");
    assert!(refused().contains("a.cedar:1:"));
    write("a.cedar", "@id(\"two\") forbid (principal, action == Action::\"delete\", resource);");
    let second = load().unwrap();
    assert_eq!(second.files(), ["a.cedar", "b.cedar"]);
    assert_ne!(second.hash(), first.hash());

    write("a.cedar", &" ".repeat(256 * 1024 + 1));
    assert!(refused().contains("longer than"));
    fs::write(directory.path().join("a.cedar"), [0xff]).unwrap();
    assert!(refused().contains("UTF-8"));
    fs::remove_file(directory.path().join("a.cedar")).unwrap();
    fs::create_dir(directory.path().join("a.cedar")).unwrap();
    assert!(refused().contains("not a file"));
}

#[test]
fn the_hash_tells_a_name_from_a_text() {
    let names = schema();
    let hash = |files: [(&str, &str); 2]| {
        PolicySet::from_texts(files, &Names::new(&names)).unwrap().hash().to_owned()
    };
    let one = hash([("a", OK), ("b", "// x\n")]);
    assert_eq!(one, hash([("b", "// x\n"), ("a", OK)]), "the order of files is no matter");
    assert_ne!(one, hash([("a", OK), ("c", "// x\n")]));
    assert_ne!(one, hash([("a", OK), ("b", "// y\n")]));
}

#[test]
fn the_schema_has_exactly_the_actions_that_operations_need() {
    let (schema, _) = cedar_policy::Schema::from_cedarschema_str(crate::policy::SCHEMA).unwrap();
    let groups: Vec<String> = schema.action_groups().map(ToString::to_string).collect();
    let mut leaves: Vec<String> =
        schema.actions().map(ToString::to_string).filter(|id| !groups.contains(id)).collect();
    leaves.sort();
    let mut known: Vec<String> =
        Action::ALL.iter().map(|action| format!("Action::\"{}\"", action.name())).collect();
    known.sort();
    assert_eq!(leaves, known);
}
