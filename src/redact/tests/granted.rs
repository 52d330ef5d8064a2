//! What is left of an operation of which some fields may be seen only masked and some not at all:
//! whatever Salesforce sends, nothing of either comes out.

use jiff::tz::TimeZone;

use super::masks::{CANARY, FIELDS, FORMS, Form, NUMBER, masks, secrets};
use super::*;
use crate::policy::{Agent, CallContext, Environment, Granted, Names, OnForbidden, PolicySet};
use crate::redact::Mask;

/// What the policies say of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    Open,
    Masked,
    Forbidden,
    Nothing,
}

fn said() -> impl Strategy<Value = Vec<Said>> {
    let one = prop_oneof![
        2 => Just(Said::Open),
        1 => Just(Said::Masked),
        1 => Just(Said::Forbidden),
        1 => Just(Said::Nothing),
    ];
    // A forbid on a name alone, which is made of others, doesn't load.
    prop::collection::vec(one, FIELDS.len()).prop_map(|said| {
        let alone = |(field, said)| match (field, said) {
            ("Name", Said::Forbidden) => Said::Nothing,
            (_, said) => said,
        };
        FIELDS.into_iter().zip(said).map(alone).collect()
    })
}

fn policies(said: &[Said]) -> PolicySet {
    let those = |wanted: &[Said]| {
        let fields = FIELDS.into_iter().zip(said).filter(|(_, said)| wanted.contains(said));
        let fields: Vec<String> =
            fields.map(|(field, _)| format!("Field::\"Contact.{field}\"")).collect();
        format!("resource in [{}]", fields.join(", "))
    };
    let hidden = those(&[Said::Masked, Said::Forbidden, Said::Nothing]);
    let mut text = format!(
        "@id(\"reads\") permit (principal, action in Action::\"read\", resource) \
         unless {{ {hidden} }};\n"
    );
    if said.contains(&Said::Masked) {
        text.push_str(&format!(
            "@id(\"masks\") permit (principal, action == Action::\"selectMasked\", resource) \
             when {{ {} }};\n",
            those(&[Said::Masked])
        ));
    }
    if said.contains(&Said::Forbidden) {
        text.push_str(&format!(
            "@id(\"forbids\") forbid (principal, action, resource) when {{ {} }};\n",
            those(&[Said::Forbidden])
        ));
    }
    PolicySet::from_texts([("test.cedar", text.as_str())], &Names::new(&SCHEMA)).unwrap()
}

/// Members that nobody asked for, or that were asked for in another place or spelling.
fn junk() -> impl Strategy<Value = Value> {
    let key = prop::sample::select(vec![
        "ssn__c",
        "SSN__C",
        "email",
        "Extra",
        "attributes",
        "Owner",
        "Account",
        "Contacts",
        "records",
        "type",
        "SSN__c",
        "Name",
    ]);
    secrets().prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 1..4)
                .prop_map(|members| members.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_masked_or_dropped_comes_out_nowhere(
        said in said(),
        fields in prop::sample::subsequence(FIELDS.to_vec(), 1..FIELDS.len()),
        bound in prop::collection::vec(prop::sample::select(Mask::ALL.to_vec()), FIELDS.len()),
        lies in prop::collection::vec(junk(), FIELDS.len()),
        extra in junk(),
        form in prop::sample::select(FORMS.to_vec()),
    ) {
        prop_assume!(said.iter().any(|said| *said != Said::Open));
        let of = |field: &str| said[FIELDS.iter().position(|known| *known == field).unwrap()];
        // A name is made of others.
        let is_open = |field: &str| {
            let parts = ["FirstName", "LastName"].into_iter().all(|part| of(part) == Said::Open);
            of(field) == Said::Open && (field != "Name" || parts)
        };
        let agent = Agent::new("tester", "issuer", "tester", ["r"]);
        let call = CallContext {
            tool: "executeQuery",
            environment: Environment::Sandbox,
            now: "2026-11-20T10:00:00Z".parse().unwrap(),
            zone: &TimeZone::UTC,
        };
        let resolved = resolve(form.operation(&fields), &SCHEMA).unwrap();
        let granted = policies(&said).grant(&agent, &SCHEMA, &call, resolved, OnForbidden::Drop);
        // Where nothing is left, or what is refused can't be left out, nothing is sent.
        let Ok(Granted { permitted, dropped, refused: _ }) = granted else { return Ok(()) };
        let mut row = json!({ "Extra": extra });
        for (field, lie) in fields.iter().zip(&lies) {
            row[*field] = if is_open(field) { json!("open") } else { lie.clone() };
            row[field.to_ascii_lowercase()] = lie.clone();
        }
        let bound: Vec<(&str, Mask)> = FIELDS.into_iter().zip(bound).collect();
        let resolved = permitted.resolved();
        let body = form.answer(&fields, &row);
        let out = prune_within(
            resolved.operation(),
            resolved.footprint(),
            &|action, target| permitted.visible(action, target),
            &masks(&bound),
            Window::default(),
            body.as_bytes(),
        );
        let Ok(out) = out else {
            // A file with columns that were not asked for is none of the job's.
            prop_assert!(matches!(form, Form::Bulk) && !dropped.is_empty(), "{:?} {}", form, body);
            return Ok(());
        };
        prop_assert!(!out.json.contains(NUMBER), "{}", out.json);
        let longest = out.json.split(|c| !CANARY.contains(&c)).map(|run| run.chars().count()).max();
        let last4 = bound.iter().any(|(field, mask)| *mask == Mask::Last4 && of(field) == Said::Masked);
        prop_assert!(longest.unwrap() <= if last4 { 4 } else { 0 }, "{} of {}", out.json, body);
        let open = fields.iter().filter(|field| is_open(field)).count();
        prop_assert_eq!(out.json.matches("open").count(), open, "{} of {}", out.json, body);
    }
}
