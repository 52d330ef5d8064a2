//! What `explain --as` adds to a footprint: the verdict on each access, and on the whole call.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::asking::{Asker, Asking, Court};
use crate::footprint::{self, Access, Action, Resolved};
use crate::policy::{Granted, Ruling};

/// What the policies say of a call.
pub(super) struct Judged {
    agent: String,
    rulings: Vec<Ruling>,
    /// The fields that would be left out and those that would be masked, or the denial.
    verdict: Result<(Vec<String>, Vec<String>), String>,
}

impl Judged {
    /// Decides as the gate does.
    ///
    /// # Errors
    /// When there is no such agent, or the policies can't be used.
    pub(super) fn of(
        asking: &Asking,
        court: &Court,
        agent: &str,
        tool: &str,
        resolved: &Resolved,
    ) -> io::Result<Self> {
        let Asker { agent, policies } = asking.asker(court, agent)?;
        let (call, schema) = (court.call(tool), &court.schema);
        let rulings = policies.rulings(&agent, schema, &call, resolved);
        let again = footprint::resolve(resolved.operation().clone(), schema);
        let again = again.map_err(io::Error::other)?;
        let granted = policies.grant(&agent, schema, &call, again, court.on_forbidden());
        let verdict = granted.map(|granted| spared(&granted)).map_err(|denial| denial.to_string());
        Ok(Self { agent: agent.id().to_owned(), rulings, verdict })
    }

    pub(super) fn is_permitted(&self) -> bool {
        self.verdict.is_ok()
    }

    /// Adds the verdict to the call's members, and to each of `accesses` its own.
    pub(super) fn add_to(&self, call: &mut Value) {
        let Some(members) = call.as_object_mut() else { return };
        let word = if self.is_permitted() { "permit" } else { "deny" };
        members.insert("agent".to_owned(), json!(self.agent));
        members.insert("verdict".to_owned(), json!(word));
        match &self.verdict {
            Ok((dropped, masked)) => {
                members.insert("dropped".to_owned(), json!(dropped));
                members.insert("masked".to_owned(), json!(masked));
            }
            Err(denial) => {
                members.insert("denial".to_owned(), json!(denial));
            }
        }
        let left_out = self.rulings.iter().filter(|ruling| ruling.pruned && ruling.said.is_err());
        let left_out: Vec<String> = left_out.map(|r| r.access.target.to_string()).collect();
        members.insert("leftOut".to_owned(), json!(left_out));
    }

    /// The accesses of a part, or of the whole, each with its verdict.
    pub(super) fn add_to_accesses(
        &self,
        shown: &mut Value,
        accesses: &[Access],
        part: Option<&str>,
    ) {
        let Some(shown) = shown.as_array_mut() else { return };
        for (shown, access) in shown.iter_mut().zip(accesses) {
            let (Some(ruling), Some(members)) = (self.on(access, part), shown.as_object_mut())
            else {
                continue;
            };
            let (word, policies) = match &ruling.said {
                Ok(policies) => ("permit", policies.as_slice()),
                Err(why) => ("deny", why.policy_ids()),
            };
            members.insert("verdict".to_owned(), json!(word));
            members.insert("policies".to_owned(), json!(policies));
            if let Err(why) = &ruling.said {
                members.insert("reason".to_owned(), json!(why.code()));
                members.insert("nearMisses".to_owned(), json!(ruling.near_misses));
            }
        }
    }

    /// Of several parts that ask for the same, one that is refused counts.
    fn on(&self, access: &Access, part: Option<&str>) -> Option<&Ruling> {
        let same = |ruling: &&Ruling| {
            ruling.access.action == access.action
                && ruling.access.target == access.target
                && part.is_none_or(|part| ruling.part.as_deref() == Some(part))
        };
        let mut rulings = self.rulings.iter().filter(same);
        let refused = rulings.clone().find(|ruling| ruling.said.is_err());
        refused.or_else(|| rulings.next())
    }

    pub(super) fn print(&self, out: &mut impl Write) -> io::Result<()> {
        let line = |ruling: &Ruling| {
            let part = ruling.part.as_deref().unwrap_or_default().to_owned();
            let (action, target) = (ruling.access.action.name(), ruling.access.target.to_string());
            [part, action.to_owned(), target, said(ruling)]
        };
        let head = ["PART", "ACTION", "TARGET", "VERDICT"].map(str::to_owned);
        let lines: Vec<[String; 4]> =
            [head].into_iter().chain(self.rulings.iter().map(line)).collect();
        let has_parts = self.rulings.iter().any(|ruling| ruling.part.is_some());
        let width = |of: fn(&[String; 4]) -> &String| {
            lines.iter().map(|line| of(line).chars().count()).max().unwrap_or_default()
        };
        let (parts, actions, targets) = (
            width(|[part, ..]| part),
            width(|[_, action, ..]| action),
            width(|[_, _, target, _]| target),
        );
        writeln!(out, "\nas {}\n", self.agent)?;
        for [part, action, target, said] in &lines {
            if has_parts {
                write!(out, "{part:<parts$} ")?;
            }
            writeln!(out, "{action:<actions$} {target:<targets$} {said}")?;
        }
        match &self.verdict {
            Ok((dropped, masked)) => {
                writeln!(out, "\npermitted")?;
                for (what, fields) in [("left out", dropped), ("masked", masked)] {
                    if !fields.is_empty() {
                        writeln!(out, "{what}: {}", fields.join(", "))?;
                    }
                }
                Ok(())
            }
            Err(denial) => writeln!(out, "\n{denial}"),
        }
    }
}

fn said(ruling: &Ruling) -> String {
    let near = |ruling: &Ruling| match ruling.near_misses.as_slice() {
        [] => String::new(),
        near => format!("; nearly by {}", near.join(", ")),
    };
    match &ruling.said {
        Ok(policies) => format!("permit by {}", policies.join(", ")),
        Err(why) => {
            let refused = if ruling.pruned { "left out" } else { "deny" };
            match why.policy_ids() {
                [] => format!("{refused}: {}{}", why.code().replace('_', " "), near(ruling)),
                ids => format!("{refused}: {} by {}", why.code().replace('_', " "), ids.join(", ")),
            }
        }
    }
}

/// What is left out and what is masked of a permitted call.
fn spared(granted: &Granted) -> (Vec<String>, Vec<String>) {
    let footprint = granted.permitted.resolved().footprint();
    let parts = footprint.parts.iter().flat_map(|part| &part.footprint.accesses);
    let accesses = footprint.accesses.iter().chain(parts);
    let masked = accesses.filter(|access| access.action == Action::SelectMasked);
    let mut masked: Vec<String> = masked.map(|access| access.target.to_string()).collect();
    masked.sort();
    masked.dedup();
    (granted.dropped.clone(), masked)
}
