use super::*;
use crate::policy::Extent;

#[test]
fn a_tool_is_shown_if_some_permit_could_count() {
    let ssn = "resource == Field::\"Contact.SSN__c\"";
    for (policies, action, expected) in [
        ("permit (principal, action, resource);", Action::Delete, true),
        ("permit (principal in Role::\"r\", action, resource);", Action::Delete, true),
        ("permit (principal in Role::\"other\", action, resource);", Action::Delete, false),
        ("permit (principal == Agent::\"tester\", action, resource);", Action::Delete, true),
        ("permit (principal is Agent, action, resource);", Action::Delete, true),
        ("permit (principal, action in Action::\"read\", resource);", Action::Delete, false),
        ("permit (principal, action in Action::\"read\", resource);", Action::Filter, true),
        // A condition may hold at another time.
        ("permit (principal, action, resource) when { context.hour == 3 };", Action::Select, true),
        (&format!("permit (principal, action, {ssn});"), Action::Select, true),
        ("forbid (principal, action, resource);", Action::Select, false),
        ("permit (principal, action in Action::\"read\", resource);", Action::RunReport, true),
        (
            "permit (principal, action in Action::\"read\", resource in Object::\"Contact\");",
            Action::RunReport,
            false,
        ),
        (
            "permit (principal, action, resource == Report::\"00O000000000001EAA\");",
            Action::RunReport,
            true,
        ),
    ] {
        let set = set(&format!("@id(\"x\") {policies}"));
        assert_eq!(set.could_permit(&agent(&["r"]), action), expected, "{policies} {action:?}");
    }
    for (permit, forbid, expected) in [
        ("resource", "resource);", false),
        ("resource", "resource in Org::\"org\");", false),
        ("resource", "resource) when { context.hour == 3 };", true),
        ("resource", "resource in Object::\"Contact\");", true),
        ("resource in Object::\"Contact\"", "resource in Object::\"Contact\");", false),
        ("resource in Object::\"Contact\"", "resource in Object::\"Account\");", true),
        (ssn, "resource in Object::\"Contact\");", false),
        (ssn, "resource == Field::\"Contact.SSN__c\");", false),
        (ssn, "resource == Field::\"Contact.Email\");", true),
        ("resource in Object::\"Contact\"", "resource is Object in Object::\"Contact\");", true),
        ("resource", "resource is Field);", true),
    ] {
        let set = set(&format!(
            "@id(\"p\") permit (principal, action, {permit});
             @id(\"f\") forbid (principal in Role::\"r\", action in Action::\"any\", {forbid}"
        ));
        let could = set.could_permit(&agent(&["r"]), Action::Select);
        assert_eq!(could, expected, "{permit} / {forbid}");
        assert!(set.could_permit(&agent(&[]), Action::Select), "the forbid is for a role");
    }
}

#[test]
fn the_matrix_says_what_is_excepted_or_the_only_thing() {
    let set = set(
        "@id(\"l\") permit (principal, action == Action::\"listObjects\", resource);
         @id(\"r\") permit (principal, action == Action::\"select\", resource in Object::\"Contact\");
         @id(\"f\") forbid (principal, action, resource == Field::\"Contact.SSN__c\");
         @id(\"u\") permit (principal, action == Action::\"update\",
                            resource == Field::\"Opportunity.StageName\");
         @id(\"d\") permit (principal, action == Action::\"delete\", resource in Object::\"Lead\");
         @id(\"c\") permit (principal, action == Action::\"create\", resource in Object::\"Task\");",
    );
    let matrix = set.matrix(&agent(&[]), &schema(), &friday());
    assert!(matrix.objects.iter().all(|object| object.masked.is_empty()));
    assert_eq!(matrix.org, [Action::ListObjects]);
    let extent = |object: &str, action: Action| {
        let rights = matrix.objects.iter().find(|rights| rights.object.as_str() == object).unwrap();
        rights.rights.iter().find(|(known, _)| *known == action).unwrap().1.clone()
    };
    let names = |names: &[&str]| names.iter().map(|n| FieldName::parse(n).unwrap()).collect();
    assert_eq!(extent("Contact", Action::Select), Extent::Except(names(&["SSN__c"])));
    assert_eq!(extent("Contact", Action::Filter), Extent::Nothing);
    assert_eq!(extent("Opportunity", Action::Update), Extent::Only(names(&["StageName"])));
    assert_eq!(extent("Lead", Action::Delete), Extent::All);
    assert_eq!(extent("Contact", Action::Delete), Extent::Nothing);
    assert_eq!(extent("Task", Action::Create), Extent::All);
}

#[test]
fn the_matrix_says_what_asking_one_by_one_says_whatever_a_permit_speaks_of() {
    let set = set("@id(\"a\") permit (principal in Role::\"a\", action == Action::\"select\", resource is Field);
         @id(\"b\") permit (principal in Role::\"b\", action in Action::\"read\", resource in Object::\"Case\");
         @id(\"c\") permit (principal in Role::\"c\", action == Action::\"update\", resource == Field::\"Opportunity.StageName\");
         @id(\"d\") permit (principal in Role::\"d\", action, resource);
         @id(\"e\") permit (principal, action == Action::\"describe\", resource is Object);
         @id(\"f\") permit (principal in Role::\"f\", action == Action::\"filter\", resource is Field in Object::\"Opportunity\");
         @id(\"g\") permit (principal in Role::\"g\", action == Action::\"delete\", resource == Object::\"Task\");");
    let schema = schema();
    for role in ["a", "b", "c", "d", "f", "g", "none"] {
        let mut bench = bench(&set, &schema, &agent(&[role]));
        for rights in set.matrix(&agent(&[role]), &schema, &friday()).objects {
            let object = schema.object(&rights.object).unwrap();
            for (action, extent) in rights.rights {
                let whole = bench.ask(&access(action, object.name.as_str())).is_ok();
                if action == Action::Delete {
                    assert_eq!(extent == Extent::All, whole, "{role} {action:?} {}", object.name);
                    continue;
                }
                for field in object.fields() {
                    let asked = bench.ask(&Access::of_field(action, object, field)).is_ok();
                    let told = match &extent {
                        Extent::Nothing => false,
                        Extent::All => true,
                        Extent::Except(fields) => !fields.contains(&field.name),
                        Extent::Only(fields) => fields.contains(&field.name),
                    };
                    assert_eq!(told, asked, "{role} {action:?} {}.{}", object.name, field.name);
                }
                assert!(!(extent == Extent::Nothing && whole), "{role} {action:?}");
            }
        }
    }
}

#[test]
fn the_matrix_says_what_is_seen_only_masked_and_that_it_chooses_no_rows() {
    let set = set("@id(\"r\") permit (principal, action in Action::\"read\", resource in Object::\"Contact\");
         @id(\"m\") permit (principal, action == Action::\"selectMasked\", resource in Object::\"Contact\");
         @id(\"f\") forbid (principal, action == Action::\"select\", resource)
         when { resource in [Field::\"Contact.SSN__c\", Field::\"Contact.Salary__c\"] };
         @id(\"g\") forbid (principal, action, resource == Field::\"Contact.Salary__c\");");
    let matrix = set.matrix(&agent(&[]), &schema(), &friday());
    let contact = matrix.objects.iter().find(|rights| rights.object.as_str() == "Contact").unwrap();
    let ssn = FieldName::parse("SSN__c").unwrap();
    assert_eq!(contact.masked, std::slice::from_ref(&ssn));
    let filter = contact.rights.iter().find(|(action, _)| *action == Action::Filter).unwrap();
    let Extent::Except(fields) = &filter.1 else { panic!("{filter:?}") };
    assert!(fields.contains(&ssn), "{fields:?}");
    // Nor does a denial offer it, and what takes the mask away opens the filter.
    let asked = vec![access(Action::Filter, "Contact.Salary__c")];
    let denial = judge(&set, &[], asked).unwrap_err();
    assert!(!denial.allowed()[0].fields.contains(&ssn), "{denial}");
    let text = |id: &str| set.policies[id].policy.to_cedar().unwrap();
    let without = self::set(&["r", "f", "g"].map(text).join("\n"));
    let told = without.shifts(&set, &[], &schema(), &friday()).told;
    let opens = told.iter().filter(|shift| shift.opens).map(|shift| shift.action);
    assert_eq!(opens.collect::<Vec<_>>(), [Action::Filter, Action::Search]);
}
