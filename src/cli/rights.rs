//! What an agent may do, as a table: one line an object and extent.

use std::io::{self, Write};

use crate::footprint::Action;
use crate::policy::{Extent, Matrix, ObjectRights};
use crate::salesforce::FieldName;

/// Prints a matrix; of a list of fields, at most `shown` are named.
pub(super) fn print(out: &mut impl Write, matrix: &Matrix, shown: usize) -> io::Result<()> {
    let mut nothing = Vec::new();
    for object in &matrix.objects {
        let lines = lines(object, shown);
        if lines.is_empty() {
            nothing.push(object.object.as_str());
        }
        for (at, line) in lines.iter().enumerate() {
            let name = if at == 0 { object.object.as_str() } else { "" };
            writeln!(out, "  {name:<12} {line}")?;
        }
    }
    if !nothing.is_empty() {
        writeln!(out, "  nothing with {}", nothing.join(", "))?;
    }
    Ok(())
}

/// Actions that go equally far stand together: `describe, select, filter  all but SSN__c`.
fn lines(object: &ObjectRights, shown: usize) -> Vec<String> {
    let mut groups: Vec<(&Extent, Vec<&str>)> = Vec::new();
    for (action, extent) in &object.rights {
        match extent {
            Extent::Nothing => {}
            Extent::All | Extent::Except(_) | Extent::Only(_) => {
                match groups.iter_mut().find(|(known, _)| *known == extent) {
                    Some((_, actions)) => actions.push(action.name()),
                    None => groups.push((extent, vec![action.name()])),
                }
            }
        }
    }
    let masked = (!object.masked.is_empty()).then(|| Extent::Only(object.masked.clone()));
    groups.extend(masked.as_ref().map(|masked| (masked, vec![Action::SelectMasked.name()])));
    let line = |(extent, actions): (&Extent, Vec<&str>)| {
        let extent = match extent {
            Extent::Nothing => String::new(),
            Extent::All => "everything".to_owned(),
            Extent::Except(fields) => format!("all but {}", listed(fields, shown)),
            Extent::Only(fields) if fields.is_empty() => "the object alone".to_owned(),
            Extent::Only(fields) => format!("only {}", listed(fields, shown)),
        };
        format!("{:<24} {extent}", actions.join(", "))
    };
    groups.into_iter().map(line).collect()
}

fn listed(fields: &[FieldName], shown: usize) -> String {
    let names: Vec<&str> = fields.iter().take(shown).map(|field| field.as_str()).collect();
    let more = fields.len().saturating_sub(shown);
    let names = names.join(", ");
    if more == 0 { names } else { format!("{names} and {more} more") }
}
