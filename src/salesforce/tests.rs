use super::*;

#[test]
fn record_ids_carry_their_case_in_the_suffix() {
    for (fifteen, eighteen) in [
        ("001D000000IRFma", "001D000000IRFmaIAH"),
        ("001000000000001", "001000000000001AAA"),
        ("00QZZZZZZZZZZZZ", "00QZZZZZZZZZZZZ255"),
    ] {
        assert_eq!(RecordId::parse(fifteen).unwrap().as_str(), eighteen);
        assert_eq!(RecordId::parse(eighteen).unwrap().as_str(), eighteen);
    }
}

#[test]
fn what_is_not_a_record_id_is_refused() {
    for text in ["", "001", "001D000000IRFmaIAX", "001D000000IRFm/", "001D000000IRFmà"] {
        assert!(RecordId::parse(text).is_err(), "{text}");
    }
}

#[test]
fn names_are_compared_without_case_and_by_ascii_alone() {
    let name = |text| ObjectName::parse(text).unwrap();
    assert_eq!(name("Contact"), name("CONTACT"));
    assert_ne!(name("Contact"), name("Contacts"));
    for bad in ["", "Con tact", "Сontact", "\u{212a}ontact", "1x", "a.b", "a/b", "x\0", "_a"] {
        assert!(ObjectName::parse(bad).is_err(), "{bad:?}");
    }
}
