use proptest::prelude::*;

use super::*;

#[test]
fn a_cell_is_a_field_or_one_step_to_a_parent() {
    for (cell, object, relationship, field) in [
        ("LastName", None, None, "LastName"),
        ("ns__Level__c", None, None, "ns__Level__c"),
        ("Owner.Email", None, Some("Owner"), "Email"),
        ("Parent__r.Code__c", None, Some("Parent__r"), "Code__c"),
        ("User:Owner.Username", Some("User"), Some("Owner"), "Username"),
    ] {
        let column = Column::parse(cell).unwrap();
        assert_eq!(column.object.as_ref().map(|n| n.as_str()), object, "{cell}");
        assert_eq!(column.relationship.as_ref().map(|n| n.as_str()), relationship, "{cell}");
        assert_eq!(column.field.as_str(), field, "{cell}");
        assert_eq!(column.to_string(), cell);
    }
}

#[test]
fn what_is_no_column_is_refused_with_its_reason() {
    let long = "x".repeat(200);
    for (cell, problem) in [
        ("", ColumnProblem::Empty),
        (" ", ColumnProblem::NotNames),
        (" Name", ColumnProblem::NotNames),
        ("Name ", ColumnProblem::NotNames),
        ("Na me", ColumnProblem::NotNames),
        ("Name\n", ColumnProblem::NotNames),
        ("Name\0", ColumnProblem::NotNames),
        ("\"Name\"", ColumnProblem::NotNames),
        ("'Name'", ColumnProblem::NotNames),
        ("Na%6De", ColumnProblem::NotNames),
        ("%00", ColumnProblem::NotNames),
        ("\u{feff}Name", ColumnProblem::NotNames),
        ("N\u{430}me", ColumnProblem::NotNames),
        ("\u{212a}ey__c", ColumnProblem::NotNames),
        ("Owner\u{ff0e}Email", ColumnProblem::NotNames),
        ("Name\u{200b}", ColumnProblem::NotNames),
        ("1Name", ColumnProblem::NotNames),
        ("_Name", ColumnProblem::NotNames),
        ("Name;Phone", ColumnProblem::NotNames),
        ("a/b", ColumnProblem::NotNames),
        (".Name", ColumnProblem::NotNames),
        ("Owner.", ColumnProblem::NotNames),
        ("Owner..Email", ColumnProblem::NotNames),
        ("Owner . Email", ColumnProblem::NotNames),
        (":Owner.Email", ColumnProblem::NotNames),
        ("User:Owner.", ColumnProblem::NotNames),
        ("User::Owner.Email", ColumnProblem::NotNames),
        ("User:Group:Owner.Email", ColumnProblem::NotNames),
        ("Owner.User:Email", ColumnProblem::NotNames),
        ("Account.Owner.Email", ColumnProblem::TooDeep),
        ("User:Account.Owner.Email", ColumnProblem::TooDeep),
        ("User:Email", ColumnProblem::TypeWithoutRelationship),
        (&long, ColumnProblem::NotNames),
    ] {
        assert_eq!(Column::parse(cell), Err(problem), "{cell:?}");
    }
}

#[test]
fn a_field_is_set_by_one_column() {
    let lookup = |column, field| ColumnProblem::SameLookup {
        column,
        field: crate::salesforce::FieldName::parse(field).unwrap(),
    };
    for (cells, problem) in [
        (["Name", "NAME"], ColumnProblem::Duplicate(1)),
        (["Owner.Email", "owner.EMAIL"], ColumnProblem::Duplicate(1)),
        (["User:Owner.Email", "USER:owner.email"], ColumnProblem::Duplicate(1)),
        (["OwnerId", "Owner.Email"], lookup(1, "OwnerId")),
        (["Owner.Email", "ownerid"], lookup(1, "OwnerId")),
        (["Owner.Email", "Owner.Username"], lookup(1, "OwnerId")),
        (["Owner.Email", "User:Owner.Email"], lookup(1, "OwnerId")),
        (["Lead:Who.Email", "Contact:Who.Email"], lookup(1, "WhoId")),
        (["Parent__c", "PARENT__R.Code__c"], lookup(1, "Parent__c")),
        (["ns__P__r.Code__c", "ns__P__c"], lookup(1, "ns__P__c")),
        (["Level__pr.Code__c", "Level__pc"], lookup(1, "Level__pc")),
    ] {
        let error = Columns::parse(cells).unwrap_err();
        assert_eq!((error.column, error.problem), (2, problem), "{cells:?}");
    }
    let columns = Columns::parse(["Name", "Owner.Email", "Email", "Owner__r.Code__c"]).unwrap();
    assert_eq!(columns.as_slice().len(), 4);
}

#[test]
fn an_error_names_the_cell_and_says_what_would_be_right() {
    for (cells, text) in [
        (
            vec!["Name", "Em\u{430}il\n"],
            r"column 2 of the header, `Em\u{430}il\n`, is not a field: expected `Field`, `Relationship.Field` or `ObjectType:Relationship.Field`, each name a letter, then letters, digits or underscores",
        ),
        (
            vec!["OwnerId", "Name", "Owner.Email"],
            "column 3 of the header, `Owner.Email`, sets the same lookup field, OwnerId, as column 1: one of them has to go",
        ),
        (vec![], "column 1 of the header, ``, is empty: every column needs the name of a field"),
    ] {
        assert_eq!(Columns::parse(cells).unwrap_err().to_string(), text);
    }
    let long = Columns::parse([format!("{}!", "\u{10ffff}".repeat(5_000)).as_str()]).unwrap_err();
    assert!(long.text.ends_with('…') && long.text.len() < 1_000, "{}", long.text.len());
}

#[test]
fn a_thousand_columns_are_the_most() {
    let cells: Vec<String> = (0..1_001).map(|n| format!("F{n}__c")).collect();
    let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
    assert_eq!(Columns::parse(cells[..1_000].iter().copied()).unwrap().iter().count(), 1_000);
    let error = Columns::parse(cells).unwrap_err();
    assert_eq!((error.column, error.problem), (1_001, ColumnProblem::TooMany));
}

proptest! {
    #[test]
    fn any_cell_is_refused_or_printed_as_it_was(cell in "[A-Za-z_.: é0-9]{0,12}|\\PC{0,20}") {
        if let Ok(column) = Column::parse(&cell) {
            prop_assert_eq!(column.to_string(), cell.clone());
            prop_assert!(cell.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.:".contains(&b)));
        }
        if let Err(error) = Columns::parse([cell.as_str()]) {
            prop_assert!(error.to_string().is_ascii());
        }
    }
}
