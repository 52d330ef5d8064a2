//! Events as the middle part of a line: everything between `time` and `prev`.

use sha2::{Digest as _, Sha256};

use super::digest::hex;
use super::event::{
    AccessGroup, Admission, Call, CallId, Circumstances, Decision, Event, Outcome, Shadow,
};
use super::text::clean;

/// The longest line of a journal in bytes, with its line feed. Container runtimes split lines at
/// 16 KiB; below that a record is never cut in two on its way to a SIEM.
pub const LINE_CAP: usize = 12 * 1024;

/// What is left of a line for an event, after `seq`, `time`, `prev` and `hash`.
const FRAGMENT_CAP: usize = LINE_CAP - 512;

/// How many elements of a list are tried to be shown, until the event fits its line.
const SHOWN: [usize; 11] = [512, 256, 128, 64, 32, 16, 8, 4, 2, 1, 0];

/// JSON members without the braces around them.
struct Fragment {
    out: String,
    shown: usize,
    /// Only the length matters yet: writing stops behind the cap, and digests are left blank.
    measuring: bool,
    /// A list was cut short.
    cut: bool,
}

impl Fragment {
    /// Writes an event, showing as much of its lists as fits a line. Lists that do not fit are
    /// digested once, however often it is tried.
    fn fitted(event: &str, write: impl Fn(&mut Self)) -> String {
        let attempt = |shown, measuring| {
            let out = String::with_capacity(512);
            let mut fragment = Self { out, shown, measuring, cut: false };
            fragment.text("event", event);
            write(&mut fragment);
            fragment
        };
        for shown in SHOWN {
            let measured = attempt(shown, true);
            if measured.is_over() {
                continue;
            }
            return if measured.cut { attempt(shown, false).out } else { measured.out };
        }
        // With no list shown, what is left are capped strings: far less than a line.
        attempt(0, false).out
    }

    fn is_over(&self) -> bool {
        self.out.len() > FRAGMENT_CAP
    }

    /// Whether there is no use in writing more.
    fn is_settled(&self) -> bool {
        self.measuring && self.is_over()
    }

    fn key(&mut self, key: &str) {
        if !matches!(self.out.as_bytes().last(), None | Some(b'{')) {
            self.out.push(',');
        }
        self.out.push('"');
        self.out.push_str(key);
        self.out.push_str("\":");
    }

    fn text(&mut self, key: &str, value: &str) {
        self.key(key);
        push_string(&mut self.out, &clean(value));
    }

    fn maybe(&mut self, key: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(key, value);
        }
    }

    fn number(&mut self, key: &str, value: Option<u64>) {
        if let Some(value) = value {
            self.key(key);
            self.out.push_str(&value.to_string());
        }
    }

    /// A list of names; cut short, its whole length and digest stand beside it. The digest is
    /// the SHA-256 of the names with a line feed between them.
    fn list(&mut self, key: &str, items: &[impl AsRef<str>]) {
        self.key(key);
        self.out.push('[');
        for (i, item) in items.iter().take(self.shown).enumerate() {
            if self.is_settled() {
                return;
            }
            if i > 0 {
                self.out.push(',');
            }
            push_string(&mut self.out, &clean(item.as_ref()));
        }
        self.out.push(']');
        if items.len() > self.shown {
            let whole = items.iter().map(|item| clean(item.as_ref()).into_owned());
            self.digest(key, items.len(), whole);
        }
    }

    /// The length and digest of a list that was cut short.
    fn digest(&mut self, key: &str, len: usize, items: impl Iterator<Item = String>) {
        self.cut = true;
        let mut hash = Sha256::new();
        // The blank digest of a measurement is as long as the real one.
        let items = if self.measuring { None } else { Some(items) };
        for (i, item) in items.into_iter().flatten().enumerate() {
            if i > 0 {
                hash.update(b"\n");
            }
            hash.update(item.as_bytes());
        }
        self.number(&format!("{key}_count"), u64::try_from(len).ok());
        self.text(&format!("{key}_sha256"), &hex(&hash.finalize()));
    }

    /// Accesses by action and object; the digest of a list that was cut is over lines of
    /// `action object field,field,…`.
    fn accesses(&mut self, key: &str, groups: &[AccessGroup]) {
        self.key(key);
        self.out.push('[');
        for (i, group) in groups.iter().take(self.shown).enumerate() {
            if self.is_settled() {
                return;
            }
            if i > 0 {
                self.out.push(',');
            }
            self.out.push('{');
            self.text("action", &group.action);
            self.text("object", &group.object);
            self.list("fields", &group.fields);
            self.out.push('}');
        }
        self.out.push(']');
        if groups.len() > self.shown {
            let whole = groups.iter().map(|group| {
                let fields: Vec<_> = group.fields.iter().map(|field| clean(field)).collect();
                format!("{} {} {}", clean(&group.action), clean(&group.object), fields.join(","))
            });
            self.digest(key, groups.len(), whole);
        }
    }

    fn call(&mut self, call: &Call) {
        self.text("id", call.id.as_str());
        self.maybe("for", call.made_for.as_ref().map(CallId::as_str));
        self.maybe("agent", call.agent.as_deref());
        self.maybe("server", call.server.as_deref());
        self.maybe("tool", call.tool.as_deref());
        self.maybe("revision", call.revision.as_deref());
        self.maybe("trace_id", call.trace_id.as_deref());
    }

    fn decision(&mut self, decision: &Decision) {
        self.text("operation", &decision.operation);
        self.list("objects", &decision.objects);
        self.accesses("accesses", &decision.accesses);
        self.number("row_bound", decision.row_bound);
        self.list("policies", &decision.policies);
        self.text("policy_set", &decision.policy_set);
        if let Some(circumstances) = &decision.circumstances {
            self.circumstances(circumstances);
        }
        for (key, groups) in [("refused", &decision.refused), ("maskable", &decision.maskable)] {
            if !groups.is_empty() {
                self.accesses(key, groups);
            }
        }
        self.number("asked_alone", Some(decision.asked_alone).filter(|alone| *alone > 0));
        self.maybe("shape", decision.shape.map(|shape| shape.to_string()).as_deref());
        if !decision.digests.is_empty() {
            let digests: Vec<_> =
                decision.digests.iter().map(|(name, digest)| format!("{name}={digest}")).collect();
            self.list("digests", &digests);
        }
        if let Some(shadow) = &decision.shadow {
            self.shadow(shadow);
        }
    }
}

impl Fragment {
    fn circumstances(&mut self, circumstances: &Circumstances) {
        let Circumstances { issuer, subject, roles, team, environment, time_zone, via, asked } =
            circumstances;
        self.key("context");
        self.out.push('{');
        self.text("issuer", issuer);
        self.maybe("subject", subject.as_deref());
        self.list("roles", roles);
        self.maybe("team", team.as_deref());
        self.text("environment", environment);
        self.maybe("time_zone", time_zone.as_deref());
        self.text("via", via);
        self.key("asked");
        self.out.push('[');
        for (i, asked) in asked.iter().take(self.shown).enumerate() {
            if self.is_settled() {
                return;
            }
            if i > 0 {
                self.out.push(',');
            }
            self.out.push('{');
            self.number("rows", asked.rows.map(u64::from));
            if let Some(words) = &asked.query {
                self.list("query", words);
            }
            self.number("limit", asked.limit.map(u64::from));
            self.out.push('}');
        }
        self.out.push(']');
        if asked.len() > self.shown {
            self.cut = true;
            self.number("asked_count", u64::try_from(asked.len()).ok());
        }
        self.out.push('}');
    }

    fn shadow(&mut self, shadow: &Shadow) {
        let Shadow { policy_set, verdict, roles, differs } = shadow;
        self.key("shadow");
        self.out.push('{');
        self.text("policy_set", policy_set);
        self.text("verdict", verdict);
        self.list("roles", roles);
        self.key("differs");
        self.out.push('[');
        for (i, differs) in differs.iter().take(self.shown).enumerate() {
            if self.is_settled() {
                return;
            }
            if i > 0 {
                self.out.push(',');
            }
            self.out.push('{');
            self.text("would", differs.would);
            self.text("action", &differs.accesses.action);
            self.text("object", &differs.accesses.object);
            self.list("fields", &differs.accesses.fields);
            self.list("policies", &differs.policies);
            self.out.push('}');
        }
        self.out.push(']');
        if differs.len() > self.shown {
            self.number("differs_count", u64::try_from(differs.len()).ok());
        }
        self.out.push('}');
    }
}

fn push_string(out: &mut String, value: &str) {
    if value.bytes().all(|byte| (0x20..=0x7e).contains(&byte) && byte != b'"' && byte != b'\\') {
        out.push('"');
        out.push_str(value);
        out.push('"');
        return;
    }
    match serde_json::to_string(value) {
        Ok(quoted) => out.push_str(&quoted),
        // A string always serialises; were it not to, an empty one keeps the line readable.
        Err(_) => out.push_str("\"\""),
    }
}

pub(super) fn admission(admission: &Admission) -> String {
    Fragment::fitted("admission", |f| {
        f.call(&admission.call);
        f.decision(&admission.decision);
    })
}

/// Added to an outcome that could not be recorded before its call was answered.
pub(super) const LATE: &str = ",\"late\":true";

pub(super) fn outcome(call: &Call, outcome: &Outcome) -> String {
    Fragment::fitted("outcome", |f| {
        f.call(call);
        f.text("result", outcome.result.as_str());
        f.maybe("reason", outcome.reason.as_deref());
        f.number("upstream_status", outcome.upstream_status.map(u64::from));
        f.maybe("upstream_request_id", outcome.upstream_request_id.as_deref());
        f.number("rows", outcome.rows);
        f.number("bytes", outcome.bytes);
        f.number("pruned_fields", outcome.pruned_fields);
        f.number("duration_us", outcome.duration_us);
    })
}

pub(super) fn event(event: &Event) -> String {
    match event {
        Event::Denial { call, decision, denied, near_misses, reason } => {
            Fragment::fitted("denial", |f| {
                f.call(call);
                f.text("reason", reason);
                f.accesses("denied", denied);
                if !near_misses.is_empty() {
                    f.list("near_misses", near_misses);
                }
                f.decision(decision);
            })
        }
        Event::Throttled { call, decision, bucket, retry_after_ms } => {
            Fragment::fitted("throttled", |f| {
                f.call(call);
                f.text("bucket", bucket);
                f.number("retry_after_ms", *retry_after_ms);
                f.decision(decision);
            })
        }
        Event::Rejected { call, reason } => Fragment::fitted("rejected", |f| {
            f.call(call);
            f.text("reason", reason);
        }),
        Event::PolicySet { policy_set, before, policies, added, removed, changed } => {
            Fragment::fitted("policy_set", |f| {
                f.text("policy_set", policy_set);
                f.text("before", before);
                f.number("policies", Some(*policies));
                f.number("added", Some(*added));
                f.number("removed", Some(*removed));
                f.number("changed", Some(*changed));
            })
        }
        Event::ShadowSet { shadow_set } => Fragment::fitted("shadow_set", |f| {
            f.maybe("shadow_set", shadow_set.as_deref());
        }),
        Event::PolicySetRefused { shadow, policy_set, refused, problems } => {
            let event = if *shadow { "shadow_set_refused" } else { "policy_set_refused" };
            Fragment::fitted(event, |f| {
                f.text("policy_set", policy_set);
                f.text("refused", refused);
                f.list("problems", problems);
            })
        }
    }
}

/// What a `genesis` says of the process that starts to write.
pub(super) struct Genesis<'a> {
    pub(super) chain: &'a str,
    pub(super) version: &'a str,
    pub(super) policy_set: &'a str,
    pub(super) catalogue: &'a str,
    pub(super) mode: &'a str,
    pub(super) digest_key: Option<&'a str>,
    pub(super) continues: Option<&'a str>,
}

pub(super) fn genesis(genesis: &Genesis<'_>) -> String {
    Fragment::fitted("genesis", |f| {
        f.text("chain", genesis.chain);
        f.text("version", genesis.version);
        f.text("policy_set", genesis.policy_set);
        f.text("catalogue", genesis.catalogue);
        f.text("mode", genesis.mode);
        f.maybe("digest_key", genesis.digest_key);
        f.maybe("continues", genesis.continues);
    })
}

/// A torn tail was cut off: its length and what it was, as a digest.
pub(super) fn recovered(bytes: u64, sha256: &str) -> String {
    Fragment::fitted("recovered", |f| {
        f.number("bytes_cut", Some(bytes));
        f.text("cut_sha256", sha256);
    })
}

/// An admission of an earlier run has no outcome: the call may have been carried out.
pub(super) fn outcome_unknown(id: &str) -> String {
    Fragment::fitted("outcome_unknown", |f| f.text("id", id))
}

/// The journal can be written again, after `refused` events were not.
pub(super) fn resumed(cause: &str, refused: u64) -> String {
    Fragment::fitted("resumed", |f| {
        f.text("cause", cause);
        f.number("refused", Some(refused));
    })
}

pub(super) fn shutdown(reason: &str) -> String {
    Fragment::fitted("shutdown", |f| f.text("reason", reason))
}
