//! Answers of reports: the cells of the columns that the report was judged by, their groups and
//! summaries, and what the columns are called.
//!
//! The answer says which metadata it was run with. It must be that which was judged, and each row
//! must have as many cells as there are columns; an answer of another report is not understood.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::stream::write_value;
use super::{Pruned, RedactError, Visible, text};
use crate::footprint::Footprint;
use crate::salesforce::RecordId;
use crate::salesforce::report::{
    Aggregate, Column, Definition, Grouping, ReportMetadata, ReportOperation,
};

type Result<T> = std::result::Result<T, RedactError>;

/// The longest label of a column that is shown.
const MOST_LABEL_CHARS: usize = 120;

/// An answer to a run.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ran<'a> {
    #[serde(default)]
    all_data: bool,
    #[serde(borrow)]
    fact_map: BTreeMap<String, Fact<'a>>,
    #[serde(borrow)]
    groupings_down: Groups<'a>,
    #[serde(borrow)]
    groupings_across: Groups<'a>,
    report_metadata: Map<String, Value>,
    #[serde(default)]
    report_extended_metadata: Extended,
}

#[derive(Deserialize)]
struct Fact<'a> {
    #[serde(borrow)]
    aggregates: Vec<Cell<'a>>,
    #[serde(borrow, default)]
    rows: Vec<Row<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    #[serde(borrow)]
    data_cells: Vec<Cell<'a>>,
}

#[derive(Deserialize)]
struct Cell<'a> {
    #[serde(borrow)]
    label: Option<Cow<'a, str>>,
    #[serde(borrow)]
    value: Option<&'a RawValue>,
}

/// What money comes as.
#[derive(Deserialize)]
struct Money<'a> {
    #[serde(borrow)]
    amount: &'a RawValue,
}

#[derive(Deserialize)]
struct Groups<'a> {
    #[serde(borrow)]
    groupings: Vec<Group<'a>>,
}

#[derive(Deserialize)]
struct Group<'a> {
    #[serde(borrow)]
    key: Cow<'a, str>,
    #[serde(borrow)]
    label: Option<Cow<'a, str>>,
    #[serde(borrow)]
    value: Option<&'a RawValue>,
    #[serde(borrow, default)]
    groupings: Vec<Self>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Extended {
    aggregate_column_info: BTreeMap<String, Info>,
    detail_column_info: BTreeMap<String, Info>,
    grouping_column_info: BTreeMap<String, Info>,
}

#[derive(Deserialize)]
struct Info {
    label: Option<String>,
}

pub(super) fn prune(
    operation: &ReportOperation,
    _footprint: &Footprint,
    _visible: Visible<'_>,
    body: &[u8],
) -> Result<Pruned> {
    match operation {
        // It is for Fieldgate alone.
        ReportOperation::Describe { .. } => Ok(Pruned::whole("{}".to_owned(), 1)),
        ReportOperation::Run { id, definition: Definition::Read(judged), details, limit } => {
            let ran: Ran<'_> = serde_json::from_slice(body).map_err(|_unlike| RedactError)?;
            Answer { id, judged, details: *details, limit: u64::from(*limit) }.prune(ran)
        }
        ReportOperation::Run {
            definition: Definition::Unread | Definition::Refused(_), ..
        } => Err(RedactError),
    }
}

/// What the answer must be an answer to.
struct Answer<'a> {
    id: &'a RecordId,
    judged: &'a ReportMetadata,
    details: bool,
    limit: u64,
}

impl Answer<'_> {
    fn prune(&self, ran: Ran<'_>) -> Result<Pruned> {
        let judged = self.judged;
        let said = ReportMetadata::of_answer(ran.report_metadata).map_err(|_other| RedactError)?;
        if !judged.is_like(&said) {
            return Err(RedactError);
        }
        let mut out = Pruned { json: "{\"report\":".to_owned(), ..Pruned::default() };
        self.header(&mut out.json, &said.name, &ran.report_extended_metadata);
        out.json.push_str(",\"groupingsDown\":");
        groups(&mut out.json, &ran.groupings_down.groupings, judged.groupings_down.len())?;
        out.json.push_str(",\"groupingsAcross\":");
        groups(&mut out.json, &ran.groupings_across.groupings, judged.groupings_across.len())?;
        out.json.push_str(",\"factMap\":{");
        let mut first = true;
        for (key, fact) in &ran.fact_map {
            self.check_key(key)?;
            separate(&mut out.json, &mut first);
            text::write(&mut out.json, key);
            out.json.push(':');
            self.fact(&mut out, fact)?;
        }
        out.json.push('}');
        let all = ran.all_data && out.dropped == 0;
        out.json.push_str(&format!(",\"hasDetailRows\":{},\"allData\":{all}}}", self.details));
        Ok(out)
    }

    /// What the report is called, and the columns of its cells in their order.
    fn header(&self, json: &mut String, name: &str, said: &Extended) {
        let judged = self.judged;
        json.push_str(&format!("{{\"id\":\"{}\",\"name\":", self.id));
        text::write(json, &short(name));
        json.push_str(&format!(",\"format\":\"{}\"", judged.format.name()));
        let tokens = |columns: &[Column]| columns.iter().map(|c| c.token.clone()).collect();
        let groups = |groups: &[Grouping]| groups.iter().map(|g| g.column.token.clone()).collect();
        let (details, across): (Vec<_>, Vec<_>) =
            (tokens(&judged.details), groups(&judged.groupings_across));
        let down: Vec<String> = groups(&judged.groupings_down);
        let aggregates: Vec<String> = judged.aggregates.iter().map(Aggregate::text).collect();
        for (member, names, infos) in [
            ("detailColumns", details, &said.detail_column_info),
            ("groupingsDown", down, &said.grouping_column_info),
            ("groupingsAcross", across, &said.grouping_column_info),
            ("aggregates", aggregates, &said.aggregate_column_info),
        ] {
            json.push_str(&format!(",\"{member}\":["));
            let mut first = true;
            for name in names {
                separate(json, &mut first);
                json.push_str("{\"name\":");
                text::write(json, &name);
                if let Some(label) = infos.get(&name).and_then(|info| info.label.as_deref()) {
                    json.push_str(",\"label\":");
                    text::write(json, &short(label));
                }
                json.push('}');
            }
            json.push(']');
        }
        json.push('}');
    }

    /// `0_1!T`: groups of rows and of columns, no deeper than the report has groupings.
    fn check_key(&self, key: &str) -> Result<()> {
        let (down, across) = key.split_once('!').ok_or(RedactError)?;
        let fits = |key: &str, most: usize| {
            key == "T" || (is_group_key(key) && key.split('_').count() <= most)
        };
        let known = fits(down, self.judged.groupings_down.len())
            && fits(across, self.judged.groupings_across.len());
        if known { Ok(()) } else { Err(RedactError) }
    }

    fn fact(&self, out: &mut Pruned, fact: &Fact<'_>) -> Result<()> {
        out.json.push_str("{\"aggregates\":");
        cells(&mut out.json, &fact.aggregates, self.judged.aggregates.len())?;
        if self.details {
            out.json.push_str(",\"rows\":[");
            let mut first = true;
            for row in &fact.rows {
                if out.rows >= self.limit {
                    out.dropped = out.dropped.saturating_add(1);
                    continue;
                }
                separate(&mut out.json, &mut first);
                out.json.push_str("{\"dataCells\":");
                cells(&mut out.json, &row.data_cells, self.judged.details.len())?;
                out.json.push('}');
                out.rows = out.rows.saturating_add(1);
            }
            out.json.push(']');
        }
        out.json.push('}');
        Ok(())
    }
}

/// Cells, exactly as many as there are columns.
fn cells(json: &mut String, cells: &[Cell<'_>], columns: usize) -> Result<()> {
    if cells.len() != columns {
        return Err(RedactError);
    }
    json.push('[');
    let mut first = true;
    for cell in cells {
        separate(json, &mut first);
        json.push('{');
        labelled(json, cell.label.as_deref(), cell.value)?;
        json.push('}');
    }
    json.push(']');
    Ok(())
}

/// A label and one value; of money the amount, of anything else that has members nothing.
fn labelled(json: &mut String, label: Option<&str>, value: Option<&RawValue>) -> Result<()> {
    json.push_str("\"label\":");
    match label {
        Some(label) => text::write(json, label),
        None => json.push_str("null"),
    }
    let value = value.map_or("null", RawValue::get);
    let value = match value.as_bytes().first() {
        Some(b'{') => {
            serde_json::from_str::<Money<'_>>(value).map_or("null", |money| money.amount.get())
        }
        Some(_) | None => value,
    };
    json.push_str(",\"value\":");
    write_value(json, value, false).map_err(|_unlike| RedactError)
}

/// Groups, no deeper than the report has groupings.
fn groups(json: &mut String, found: &[Group<'_>], levels: usize) -> Result<()> {
    if found.is_empty() {
        json.push_str("[]");
        return Ok(());
    }
    let below = levels.checked_sub(1).ok_or(RedactError)?;
    json.push('[');
    let mut first = true;
    for group in found {
        if !is_group_key(&group.key) {
            return Err(RedactError);
        }
        separate(json, &mut first);
        json.push_str("{\"key\":");
        text::write(json, &group.key);
        json.push(',');
        labelled(json, group.label.as_deref(), group.value)?;
        if below > 0 {
            json.push_str(",\"groupings\":");
        }
        if below > 0 || !group.groupings.is_empty() {
            groups(json, &group.groupings, below)?;
        }
        json.push('}');
    }
    json.push(']');
    Ok(())
}

/// `0_12`.
fn is_group_key(key: &str) -> bool {
    let number = |part: &str| {
        (1..=5).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    key.split('_').all(number)
}

fn short(text: &str) -> String {
    text.chars().take(MOST_LABEL_CHARS).collect()
}

fn separate(json: &mut String, first: &mut bool) {
    if !std::mem::take(first) {
        json.push(',');
    }
}
