//! What a check found, for people and for programs.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::policy::{Kind, LabelMembers, LabelSource, Problem, Review};

/// The most names that a line lists.
const MOST_NAMES: usize = 6;

/// Like a compiler: each problem with its place, its line, and what would be right.
pub(super) fn text(
    out: &mut impl Write,
    review: &Review,
    notes: &[String],
    verbose: bool,
) -> io::Result<()> {
    for problem in &review.problems {
        show(out, problem)?;
    }
    if verbose {
        labels(out, &review.labels)?;
    }
    for (kind, names) in &review.unchecked {
        let (what, why) = meaning(*kind);
        let listed: Vec<&str> = names.iter().take(MOST_NAMES).map(String::as_str).collect();
        let more = names.len().saturating_sub(listed.len());
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        writeln!(out, "not checked: {what} ({}{more}): {why}", listed.join(", "))?;
    }
    for note in notes {
        writeln!(out, "note: {note}")?;
    }
    let sizes = format!(
        "{}, {}, {}",
        counted(review.files, "file", "files"),
        counted(review.policies, "policy", "policies"),
        counted(review.labels.len(), "label", "labels")
    );
    match review.problems.len() {
        0 => writeln!(out, "ok: {sizes}"),
        problems => writeln!(out, "{} ({sizes})", counted(problems, "problem", "problems")),
    }
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn show(out: &mut impl Write, problem: &Problem) -> io::Result<()> {
    let place = problem.position.map(|(line, column)| format!("{line}:{column}:"));
    writeln!(out, "{}:{} {}", problem.file, place.unwrap_or_default(), problem.message)?;
    if let (Some((line, _)), Some(excerpt)) = (problem.position, &problem.excerpt) {
        writeln!(out, "{line:>5} | {}", excerpt.text)?;
        let (before, carets) = (" ".repeat(excerpt.before), "^".repeat(excerpt.width));
        writeln!(out, "      | {before}{carets}")?;
    }
    if let Some(hint) = &problem.hint {
        writeln!(out, "      = {hint}")?;
    }
    writeln!(out)
}

fn labels(out: &mut impl Write, labels: &[LabelMembers]) -> io::Result<()> {
    for label in labels {
        writeln!(out, "label {}", label.label)?;
        for (source, members) in &label.sources {
            let source = match source {
                LabelSource::Pattern { pattern, .. } => pattern.as_str(),
                LabelSource::Org => "the org's classification",
            };
            writeln!(out, "  {source} -> {}", members.join(", "))?;
        }
        if label.sources.is_empty() {
            writeln!(out, "  nothing")?;
        }
    }
    if labels.is_empty() { Ok(()) } else { writeln!(out) }
}

/// What a kind of names is, and why it could not be checked.
fn meaning(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Schema => (
            "names of objects and fields",
            "no org is at hand; give --org-schema FILE or --config FILE",
        ),
        Kind::Label => (
            "labels that are not in labels.yaml",
            "no org is at hand whose classification could have them",
        ),
        Kind::Role => ("roles", "no configuration is at hand; give --config FILE"),
    }
}

/// One object.
pub(super) fn json(
    out: &mut impl Write,
    review: &Review,
    notes: &[String],
    verbose: bool,
) -> io::Result<()> {
    let problems: Vec<Value> = review
        .problems
        .iter()
        .map(|problem| {
            json!({
                "file": problem.file,
                "line": problem.position.map(|(line, _)| line),
                "column": problem.position.map(|(_, column)| column),
                "message": problem.message,
                "hint": problem.hint,
            })
        })
        .collect();
    let unchecked = review.unchecked.iter().map(|(kind, names)| {
        let (what, because) = meaning(*kind);
        json!({ "what": what, "names": names, "because": because })
    });
    let mut object = json!({
        "ok": problems.is_empty(),
        "files": review.files,
        "policies": review.policies,
        "problems": problems,
        "unchecked": unchecked.collect::<Value>(),
        "notes": notes,
    });
    if let Some(members) = object.as_object_mut().filter(|_| verbose) {
        members.insert("labels".to_owned(), review.labels.iter().map(label).collect());
    }
    writeln!(out, "{object}")
}

fn label(label: &LabelMembers) -> Value {
    let sources = label.sources.iter().map(|(source, members)| match source {
        LabelSource::Pattern { file, pattern } => {
            json!({ "file": file, "pattern": pattern, "members": members })
        }
        LabelSource::Org => json!({ "org": true, "members": members }),
    });
    json!({ "label": label.label, "sources": sources.collect::<Value>() })
}
