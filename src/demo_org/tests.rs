use super::catalog::{FieldDef, Kind, ObjectDef};
use super::query::{self, Context};
use super::{DemoSettings, seed, store};
use crate::salesforce::RecordId;

/// The code that a query is refused with, or nothing.
fn code(context: Context<'_>, soql: &str) -> Option<&'static str> {
    query::run(context, soql).err().map(|refusal| refusal.code)
}

fn with_context(test: impl Fn(Context<'_>)) {
    let now = DemoSettings::default().now;
    let store = seed::store(now);
    test(Context { store: &store, now, version: "68.0", deleted: false });
}

#[test]
fn every_field_can_be_used_as_its_describe_says() {
    with_context(|context| {
        let each = |test: &dyn Fn(&ObjectDef, &FieldDef)| {
            for object in context.store.catalog().objects() {
                object.fields.iter().for_each(|field| test(object, field));
            }
        };
        each(&|object, field| {
            let (object, name) = (&object.name, &field.name);
            let address = field.kind == Kind::Address;
            let refused = |allowed: bool| (!allowed).then_some("INVALID_FIELD");
            for (soql, expected) in [
                (format!("SELECT {name} FROM {object} LIMIT 3"), None),
                (
                    format!("SELECT Id FROM {object} WHERE {name} = NULL"),
                    refused(field.filterable() && !address),
                ),
                (format!("SELECT Id FROM {object} ORDER BY {name}"), refused(field.sortable())),
                (
                    format!("SELECT COUNT(Id) FROM {object} GROUP BY {name}"),
                    refused(field.groupable()),
                ),
                (
                    format!("SELECT MAX({name}) FROM {object}"),
                    (!field.aggregatable()).then_some("MALFORMED_QUERY"),
                ),
            ] {
                assert_eq!(code(context, &soql), expected, "{soql}");
            }
        });
    });
}

#[test]
fn every_relationship_can_be_walked_up_and_down() {
    with_context(|context| {
        for object in context.store.catalog().objects() {
            for field in object.fields.iter().filter(|field| field.relationship.is_some()) {
                let relationship = field.relationship.as_ref().unwrap();
                let soql = format!("SELECT {relationship}.Id FROM {} LIMIT 5", object.name);
                assert_eq!(code(context, &soql), None, "{soql}");
            }
            for (_, _, field) in context.store.catalog().children(object) {
                let Some(child) = &field.child else { continue };
                let soql = format!("SELECT Id, (SELECT Id FROM {child}) FROM {}", object.name);
                assert_eq!(code(context, &soql), None, "{soql}");
            }
        }
    });
}

#[test]
fn every_lookup_points_to_a_record_of_an_object_that_it_may_point_to() {
    let store = seed::store(DemoSettings::default().now);
    for object in store.catalog().objects() {
        for record in store.records(object) {
            for (index, field) in object.fields.iter().enumerate() {
                let Some(id) = record.stored(index).as_text() else { continue };
                if field.reference_to.is_empty() {
                    continue;
                }
                let (target, _) = store.target(id).unwrap();
                assert!(
                    field.reference_to.contains(&target.name),
                    "{}.{}",
                    object.name,
                    field.name
                );
            }
        }
    }
}

#[test]
fn ids_count_in_base_62() {
    for (place, body) in [(0, "003Dm0000000001"), (60, "003Dm000000000z"), (61, "003Dm0000000010")]
    {
        assert_eq!(store::new_id("003", place), Some(RecordId::parse(body).unwrap()));
    }
}
