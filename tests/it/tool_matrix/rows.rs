//! What was said of the calls of one tool, and how it is printed.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use fieldgate::footprint::Target;

/// What calls without an object are noted under.
const CALL: &str = "the call";

/// What is said of a call, or of a part of its answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    Permitted,
    Masked,
    Refused,
}

/// What was said of an object: of the whole, and of its fields.
#[derive(Default)]
struct Row {
    whole: Option<Said>,
    fields: BTreeMap<String, Said>,
}

/// What was said of each object.
#[derive(Default)]
pub(super) struct Rows(BTreeMap<String, Row>);

impl Rows {
    pub(super) fn note(&mut self, target: &Target, said: Said) {
        let object = target.object().map_or(CALL.to_owned(), ToString::to_string);
        let row = self.0.entry(object).or_default();
        match target.field() {
            Some(field) => {
                row.fields.insert(field.to_string(), said);
            }
            None => row.whole = Some(said),
        }
    }

    /// A line for each object, those that are wholly permitted or refused together.
    pub(super) fn shown(&self) -> String {
        let mut text = String::new();
        let mut alike: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for (object, row) in &self.0 {
            match (object.as_str(), row.shown()) {
                (CALL, said) if said == "none" => text.push_str("  refused\n"),
                (CALL, _) => text.push_str("  permitted\n"),
                (object, said) if said == "all" || said == "none" => {
                    alike.entry(said).or_default().push(object);
                }
                (object, said) => writeln!(text, "  {object:<12} {said}").unwrap(),
            }
        }
        for (said, objects) in alike {
            writeln!(text, "  {said:<12} {}", objects.join(", ")).unwrap();
        }
        text
    }
}

impl Row {
    fn shown(&self) -> String {
        let those = |wanted: &[Said]| -> Vec<&str> {
            let fields = self.fields.iter().filter(|(_, said)| wanted.contains(said));
            fields.map(|(field, _)| field.as_str()).collect()
        };
        let refused = those(&[Said::Refused]);
        let seen = those(&[Said::Permitted, Said::Masked]);
        let masked = those(&[Said::Masked]);
        let mut text = match self.whole {
            Some(Said::Refused) => "none".to_owned(),
            None if seen.is_empty() => "none".to_owned(),
            _ if refused.is_empty() => "all".to_owned(),
            _ if seen.is_empty() => "no field".to_owned(),
            _ if seen.len() > refused.len() => format!("all but {}", refused.join(", ")),
            _ => format!("only {}", seen.join(", ")),
        };
        if !masked.is_empty() {
            write!(text, "; masked {}", masked.join(", ")).unwrap();
        }
        text
    }
}

/// Ways with the same rows below each other, then the rows.
pub(super) fn grouped(rows: impl IntoIterator<Item = (String, String)>) -> String {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for (way, rows) in rows {
        match groups.iter_mut().find(|(known, _)| *known == rows) {
            Some((_, ways)) => ways.push(way),
            None => groups.push((rows, vec![way])),
        }
    }
    let shown = groups.into_iter().map(|(rows, ways)| format!("{}\n{rows}\n", ways.join("\n")));
    shown.collect()
}
