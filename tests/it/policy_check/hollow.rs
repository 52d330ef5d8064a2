//! Policies that are valid and hold less than they seem to.

use super::Desk;

/// The text behind `@id("x")` on a line of its own; line and column, the message, the hint.
type Row = (&'static str, (u64, u64), &'static str, &'static str);

const HOLLOW: &[Row] = &[
    (
        "forbid (principal, action == Action::\"create\", resource == Object::\"Contact\");",
        (2, 60),
        "create is never asked about an object, only about a field",
        "write `resource in Object::\"Contact\"`",
    ),
    (
        "permit (principal, action in [Action::\"create\", Action::\"update\"], resource == Object::\"Task\");",
        (2, 80),
        "create, update are never asked about an object, only about a field",
        "write `resource in Object::\"Task\"`",
    ),
    (
        "permit (principal, action == Action::\"filter\", resource is Object);",
        (1, 1),
        "filter is never asked about an object",
        "",
    ),
    (
        "permit (principal, action == Action::\"createMetadata\", resource == Field::\"Contact.Email\");",
        (2, 68),
        "createMetadata is never asked about a field, only about an object or the org",
        "",
    ),
    (
        "forbid (principal, action == Action::\"deleteMetadata\", resource == Org::\"org\");",
        (2, 68),
        "deleteMetadata is never asked about the org, only about a field or an object",
        "write `resource in Org::\"org\"`",
    ),
    // It would forbid to count the records, and leave every field open.
    (
        "forbid (principal, action == Action::\"select\", resource == Object::\"Contact\");",
        (2, 60),
        "values are asked about field by field",
        "write `resource in Object::\"Contact\"`",
    ),
    (
        "forbid (principal, action, resource == Object::\"Contact\");",
        (2, 40),
        "no field is Object::\"Contact\" itself: this forbids none",
        "write `resource in Object::\"Contact\"`",
    ),
    (
        "forbid (principal, action in Action::\"read\", resource == Org::\"org\");",
        (2, 58),
        "values are asked about field by field",
        "write `resource in Org::\"org\"`",
    ),
    (
        "forbid (principal, action, resource == Field::\"Contact.Name\");",
        (2, 40),
        "Contact.Name is made of other fields, and Contact.FirstName, Contact.LastName, Contact.Salutation stay open",
        "forbid those too",
    ),
    (
        "forbid (principal in Role::\"support\", action in Action::\"read\", resource)\n\
         when { resource in [Field::\"User.Title\", Field::\"User.Address\", Field::\"User.City\"] };",
        (3, 42),
        "User.Address is made of other fields, and User.Country, ",
        "forbid those too",
    ),
];

const SOUND: &[&str] = &[
    "permit (principal, action == Action::\"select\", resource == Object::\"Contact\");",
    "permit (principal, action in Action::\"read\", resource == Object::\"Contact\");",
    "permit (principal, action in Action::\"read\", resource == Org::\"org\");",
    "forbid (principal, action == Action::\"delete\", resource == Object::\"Contact\");",
    "forbid (principal, action == Action::\"describe\", resource == Object::\"Contact\");",
    "forbid (principal, action in Action::\"changeMetadata\", resource == Object::\"Contact\");",
    "forbid (principal, action, resource in Object::\"Contact\");",
    "permit (principal, action, resource == Field::\"Contact.Name\");",
    "forbid (principal, action, resource)\n\
     when { resource in [Field::\"Contact.Name\", Field::\"Contact.FirstName\", \
     Field::\"Contact.LastName\", Field::\"Contact.Salutation\"] };",
    // All but the name is forbidden, and so are its parts.
    "forbid (principal, action, resource is Field in Object::\"Contact\")\n\
     unless { resource == Field::\"Contact.Name\" };",
];

#[test]
fn a_policy_that_holds_less_than_it_seems_to_is_refused() {
    for (text, place, message, hint) in HOLLOW {
        let policy = format!("@id(\"x\")\n{text}\n");
        let said = Desk::new(&[("a.cedar", &policy)]).json(&[]);
        let problems = said["problems"].as_array().unwrap();
        assert_eq!(problems.len(), 1, "{text}\n{said}");
        let problem = &problems[0];
        assert!(problem["message"].as_str().unwrap().contains(message), "{text}\n{said}");
        assert!(problem["hint"].as_str().unwrap_or_default().starts_with(hint), "{text}\n{said}");
        let at = (problem["line"].as_u64().unwrap(), problem["column"].as_u64().unwrap());
        assert_eq!(at, *place, "{text}\n{said}");
        assert_eq!(said["ok"], false);
    }
}

#[test]
fn a_policy_that_holds_what_it_says_passes() {
    for text in SOUND {
        let policy = format!("@id(\"x\")\n{text}\n");
        let said = Desk::new(&[("a.cedar", &policy)]).json(&[]);
        assert_eq!(said["problems"], serde_json::json!([]), "{text}");
    }
    // The parts may be forbidden by another policy, or stand under the same label.
    let others = "@id(\"x\") forbid (principal, action, resource == Field::\"Contact.Name\");\n\
                  @id(\"y\") forbid (principal, action, resource in Label::\"names\");";
    let labels = ("labels.yaml", "names: [Contact.Name]\n");
    let said = Desk::new(&[("a.cedar", others), labels]).json(&[]);
    assert_eq!(said["problems"], serde_json::json!([]));
}
