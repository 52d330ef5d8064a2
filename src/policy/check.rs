//! The check of a policy set: syntax, annotations, strict validation, names. Everything that is wrong
//! is found in one pass, each thing once. `serve` loads what passes; `fieldgate policy check` reports.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr as _;
use std::sync::Arc;
use std::thread;

use cedar_policy::{
    ActionConstraint, EntityUid, Policy, PolicyId, PolicySet, ValidationMode, Validator,
};
use miette::Diagnostic;

use super::SCHEMA;
use super::hollow;
use super::labels::{LabelMembers, Labels};
use super::model::Model;
use super::names::{Finding, Kind, Lint, Wrong};
use super::nesting::{self, DEEPEST};
use super::problem::{LoadError, Problem, Span};
use super::scope::Scoped;
use super::source::{File, LONGEST_FILE, Source};
use crate::footprint::Action;
use crate::org::Schema;

/// The annotations that there are; they inform and never permit.
const ANNOTATIONS: [&str; 4] = ["id", "description", "message", "owner"];

/// The longest `@id`, and the longest `@message` (which agents read), in bytes.
const LONGEST_ID: usize = 64;
const LONGEST_MESSAGE: usize = 300;

/// The stack that policies are parsed and validated on, in bytes; several times what the deepest
/// need in a debug build.
const STACK: usize = 16 * 1024 * 1024;

/// How far policies may follow attributes. Everything within is in the store with each request.
const LEVEL: u32 = 2;

/// What a check found.
#[derive(Clone, Debug)]
pub struct Review {
    /// Everything that is wrong, sorted, each once.
    pub problems: Vec<Problem>,
    /// The names that could not be checked, as they are written in policies.
    pub unchecked: BTreeMap<Kind, BTreeSet<String>>,
    /// How many files there are, those of labels too.
    pub files: usize,
    /// How many policies there are.
    pub policies: usize,
    /// The labels with what stands under them; without a schema, with nothing.
    pub labels: Vec<LabelMembers>,
}

impl Review {
    /// Checks a policy set without making use of it. `Err` where it can't be read or checked at all.
    pub fn of(source: &Source, lint: Lint<'_>) -> Result<Self, LoadError> {
        let files = source.read()?;
        let place = source.place();
        let review = || {
            let checked = Checked::of(&place, &files, lint)?;
            Ok(Self {
                unchecked: checked.unchecked.clone(),
                files: files.len(),
                policies: checked.policies.len(),
                labels: checked.model.labels.expanded(lint.schema),
                problems: checked.finish().map_or_else(|e| e.problems().to_vec(), |_| Vec::new()),
            })
        };
        aside(&place, review, || ()).0
    }
}

/// Runs a check on a thread of its own: Cedar's parser and validator recurse, and the caller's stack
/// may be a worker's. What there is to do meanwhile, the caller does on its own stack.
pub(super) fn aside<T: Send, U>(
    place: &str,
    check: impl FnOnce() -> Result<T, LoadError> + Send,
    meanwhile: impl FnOnce() -> U,
) -> (Result<T, LoadError>, U) {
    thread::scope(|scope| {
        let thread = thread::Builder::new()
            .name("policy-check".to_owned())
            .stack_size(STACK)
            .spawn_scoped(scope, check);
        let done = meanwhile();
        let checked = thread
            .map_err(|error| error.to_string())
            .and_then(|thread| thread.join().map_err(|_panic| "the check failed".to_owned()))
            .unwrap_or_else(|message| Err(Problem::of_file(place, message).into()));
        (checked, done)
    })
}

/// Policies by `@id`, taken apart.
type Policies = BTreeMap<String, Arc<Scoped>>;

/// A policy set that was checked.
pub(super) struct Checked {
    model: Arc<Model>,
    policies: Policies,
    problems: Vec<Problem>,
    unchecked: BTreeMap<Kind, BTreeSet<String>>,
}

/// A policy with the place where it is written.
struct Found<'f> {
    file: &'f File,
    offset: usize,
    policy: Policy,
}

impl Found<'_> {
    fn problem(&self, span: Span, message: impl Into<String>) -> Problem {
        Problem::at(&self.file.shown, &self.file.text, span, message)
    }

    /// Where a literal stands in the policy; the policy's start where it is written in another way.
    fn place_of(&self, literal: &str) -> Span {
        let policy = self.policy.to_cedar().unwrap_or_default();
        let within = self
            .file
            .text
            .get(self.offset..)
            .and_then(|rest| rest.get(..policy.len()))
            .and_then(|policy| policy.find(literal));
        match within {
            Some(within) => {
                Span { start: self.offset.saturating_add(within), length: literal.len() }
            }
            None => Span::at(self.offset),
        }
    }

    /// What is wrong with a policy on exactly a group of actions: no request is for a group.
    fn action_group(&self, model: &Model) -> Option<Problem> {
        let ActionConstraint::Eq(id) = self.policy.action_constraint() else { return None };
        let is_leaf = Action::ALL.into_iter().any(|action| model.action(action) == Some(&id));
        let is_group = Action::ALL.into_iter().any(|action| model.action_in(action, &id));
        if is_leaf || !is_group {
            return None;
        }
        let message = format!("{id} is a group of actions, and no request is for a whole group");
        let problem = self.problem(self.place_of(&id.to_string()), message);
        Some(problem.with_hint(Some(format!("write `action in {id}`"))))
    }
}

impl Checked {
    /// `Err` only where nothing could be checked.
    pub(super) fn of(place: &str, files: &[File], lint: Lint<'_>) -> Result<Self, LoadError> {
        let unusable = |error: &dyn std::fmt::Display| Problem::of_file(place, error.to_string());
        let mut problems = Vec::new();
        let of_labels = files.iter().filter(|file| file.is_of_labels());
        let labels = Labels::read(of_labels, lint.schema, &mut problems);
        let model = Model::new(SCHEMA).map_err(|error| unusable(&error))?.with_labels(labels);
        let model = Arc::new(model);
        let mut found: BTreeMap<String, Found<'_>> = BTreeMap::new();
        for file in files.iter().filter(|file| !file.is_of_labels()) {
            for policy in parse(file, &mut problems) {
                note(policy, &mut found, &mut problems);
            }
        }
        if found.is_empty() && problems.is_empty() {
            problems.push(Problem::of_file(
                place,
                "no policy in any *.cedar file; without one everything would be denied",
            ));
        }
        let policies = validate(&model, place, &found, &mut problems)?;
        let mut unchecked: BTreeMap<Kind, BTreeSet<String>> = BTreeMap::new();
        if lint.schema.is_none() && !model.labels.is_empty() {
            let patterns = model.labels.patterns().map(str::to_owned).collect();
            unchecked.insert(Kind::Schema, patterns);
        }
        for policy in found.values() {
            for (literal, finding) in lint.check(&model, &policy.policy) {
                let literal = literal.to_string();
                match finding {
                    Finding::Fine => {}
                    Finding::Unchecked(kind) => {
                        unchecked.entry(kind).or_default().insert(literal);
                    }
                    Finding::Wrong(wrong) => {
                        let problem = policy.problem(policy.place_of(&literal), wrong.message);
                        problems.push(problem.with_hint(wrong.hint));
                    }
                }
            }
        }
        if problems.is_empty() {
            problems = hollow_policies(&model, &found, &policies, lint.schema);
        }
        if let Some(schema) = lint.schema.filter(|_| problems.is_empty()) {
            super::canary::sings(&model, schema).map_err(|message| unusable(&message))?;
        }
        Ok(Self { model, policies, problems, unchecked })
    }

    /// The set, if nothing is wrong with it.
    pub(super) fn finish(self) -> Result<(Arc<Model>, Policies), LoadError> {
        if self.problems.is_empty() {
            Ok((self.model, self.policies))
        } else {
            Err(LoadError::new(self.problems))
        }
    }
}

/// Takes a policy in by its `@id`.
fn note<'f>(
    mut new: Found<'f>,
    found: &mut BTreeMap<String, Found<'f>>,
    problems: &mut Vec<Problem>,
) {
    let id = match annotated(&new.policy) {
        Ok(id) => id,
        Err(wrong) => {
            let problem =
                |(message, hint)| new.problem(Span::at(new.offset), message).with_hint(hint);
            problems.extend(wrong.into_iter().map(problem));
            return;
        }
    };
    if let Some(other) = found.get(&id) {
        let (line, column) = super::problem::position(&other.file.text, other.offset);
        let message =
            format!("the id `{id}` is taken by the policy at {}:{line}:{column}", other.file.shown);
        problems.push(new.problem(Span::at(new.offset), message));
    } else {
        new.policy = new.policy.new_id(PolicyId::new(&id));
        found.insert(id, new);
    }
}

/// The policies of a file with the bytes where they start. Cedar numbers the policies of each text
/// anew, so files are parsed one by one and their policies named by `@id` afterwards.
fn parse<'f>(file: &'f File, problems: &mut Vec<Problem>) -> Vec<Found<'f>> {
    if u64::try_from(file.text.len()).unwrap_or(u64::MAX) > LONGEST_FILE {
        let message = format!("longer than {LONGEST_FILE} bytes");
        problems
            .push(Problem::of_file(&file.shown, message).with_hint(Some("split it".to_owned())));
        return Vec::new();
    }
    if let Some(at) = nesting::too_deep(&file.text) {
        let problem = Problem::at(
            &file.shown,
            &file.text,
            Span::at(at),
            format!("nested more than {DEEPEST} deep"),
        );
        problems.push(problem.with_hint(Some("split the policy".to_owned())));
        return Vec::new();
    }
    let set = match PolicySet::from_str(&file.text) {
        Ok(set) => set,
        Err(errors) => {
            problems.extend(errors.iter().map(|error| diagnosed(file, 0, error)));
            return Vec::new();
        }
    };
    for template in set.templates() {
        let at = file.text.find(&template.to_cedar()).unwrap_or(0);
        let message = "templates are not supported";
        let problem = Problem::at(&file.shown, &file.text, Span::at(at), message);
        let hint = "write the principal and the resource out";
        problems.push(problem.with_hint(Some(hint.to_owned())));
    }
    // `policy0`, `policy1`, … in the order of the text, so that two of one wording are told apart.
    let number = |policy: &Policy| {
        let id: &str = policy.id().as_ref();
        id.trim_start_matches(|c: char| !c.is_ascii_digit()).parse::<u64>().unwrap_or(u64::MAX)
    };
    let mut policies: Vec<Policy> = set.policies().cloned().collect();
    policies.sort_by_key(number);
    let mut from = 0;
    let mut found = Vec::new();
    for policy in policies {
        let text = policy.to_cedar().unwrap_or_default();
        let after = file.text.get(from..).and_then(|rest| rest.find(&text));
        let offset = match after {
            Some(after) => from.saturating_add(after),
            None => file.text.find(&text).unwrap_or(0),
        };
        from = offset.saturating_add(text.len());
        found.push(Found { file, offset, policy });
    }
    found
}

/// The policy's `@id`, or what is wrong with its annotations and what would be right.
fn annotated(policy: &Policy) -> Result<String, Vec<(String, Option<String>)>> {
    let mut wrong = Vec::new();
    for (name, _) in policy.annotations() {
        if !ANNOTATIONS.contains(&name) {
            let known = ANNOTATIONS.map(|known| format!("@{known}")).join(", ");
            let hint = match crate::org::nearest(name, ANNOTATIONS.into_iter()) {
                Some(near) => format!("did you mean `@{near}`? There are {known}"),
                None => format!("there are {known}"),
            };
            wrong.push((format!("unknown annotation `@{name}`"), Some(hint)));
        }
    }
    let id = policy.annotation("id").unwrap_or_default();
    let is_id_byte = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if id.is_empty() {
        let hint = "write @id(\"…\") before it".to_owned();
        wrong.push(("the policy has no id".to_owned(), Some(hint)));
    } else if id.len() > LONGEST_ID || !id.bytes().all(is_id_byte) {
        let message =
            format!("an id is at most {LONGEST_ID} letters, digits, hyphens, underscores or dots");
        wrong.push((message, None));
    }
    let message = policy.annotation("message").unwrap_or_default();
    if message.len() > LONGEST_MESSAGE || message.chars().any(char::is_control) {
        let message = format!(
            "a message is at most {LONGEST_MESSAGE} bytes long and of one line: agents read it"
        );
        wrong.push((message, None));
    }
    wrong.sort();
    if wrong.is_empty() { Ok(id.to_owned()) } else { Err(wrong) }
}

/// What is wrong with policies that are valid and hold less than they seem to.
fn hollow_policies(
    model: &Arc<Model>,
    found: &BTreeMap<String, Found<'_>>,
    policies: &Policies,
    schema: Option<&Schema>,
) -> Vec<Problem> {
    let told = |found: &Found<'_>, literal: Option<&EntityUid>, wrong: Wrong| {
        let place = literal.map(|literal| found.place_of(&literal.to_string()));
        let place = place.unwrap_or_else(|| Span::at(found.offset));
        found.problem(place, wrong.message).with_hint(wrong.hint)
    };
    let unasked = policies.values().filter_map(|policy| {
        let (literal, wrong) = hollow::unasked(model, policy)?;
        Some(told(found.get(policy.id())?, literal.as_ref(), wrong))
    });
    let mut problems: Vec<Problem> = unasked.collect();
    if let Some(schema) = schema {
        let open = hollow::open_parts(model, policies.values().cloned(), schema).into_iter();
        problems.extend(open.filter_map(|open| {
            Some(told(found.get(&open.policy)?, Some(&open.literal), open.wrong))
        }));
    }
    problems
}

/// Validates the policies and takes them apart; half of them on another thread, since Cedar looks at
/// each by itself.
fn validate(
    model: &Model,
    place: &str,
    found: &BTreeMap<String, Found<'_>>,
    problems: &mut Vec<Problem>,
) -> Result<Policies, LoadError> {
    let validator = Validator::new(model.schema.clone());
    let all: Vec<&Policy> = found.values().map(|found| &found.policy).collect();
    let validated = |policies: &[&Policy]| {
        let set = PolicySet::from_policies(policies.iter().map(|policy| (*policy).clone()));
        let unusable = |error: &dyn std::fmt::Display| {
            LoadError::from(Problem::of_file("policies", error.to_string()))
        };
        let set = set.map_err(|error| unusable(&error))?;
        let result = validator.validate_with_level(&set, ValidationMode::Strict, LEVEL);
        let scoped = policies.iter().map(|policy| Arc::new(Scoped::new((*policy).clone())));
        Ok::<_, LoadError>((result, scoped.collect::<Vec<_>>()))
    };
    let (half, rest) = all.split_at(all.len() / 2);
    let (rest, half) = aside(place, || validated(rest), || validated(half));
    let (results, policies): (Vec<_>, Vec<_>) = [half?, rest?].into_iter().unzip();
    let mut said: BTreeMap<&str, Vec<Problem>> = BTreeMap::new();
    let mut note = |id: &PolicyId, diagnostic: &dyn Diagnostic| {
        let id: &str = id.as_ref();
        match found.get_key_value(id) {
            Some((id, found)) => {
                let problem = diagnosed(found.file, found.offset, diagnostic);
                said.entry(id).or_default().push(problem);
            }
            None => problems.push(Problem::of_file("policies", diagnostic.to_string())),
        }
    };
    for result in &results {
        for error in result.validation_errors() {
            note(error.policy_id(), error);
        }
        for warning in result.validation_warnings() {
            note(warning.policy_id(), warning);
        }
    }
    for (id, mut said) in said {
        // Cedar repeats itself for each kind of request; one problem of a place says enough. That the
        // whole can never hold says nothing beside what is wrong in it.
        said.sort();
        said.dedup_by(|b, a| a.position == b.position);
        let useless = |problem: &Problem| {
            [NO_ACTION, IMPOSSIBLE].iter().any(|said| problem.message.starts_with(said))
        };
        match found.get(id).and_then(|found| found.action_group(model)) {
            Some(group) if said.iter().all(useless) => problems.push(group),
            Some(_) | None if said.iter().all(useless) => problems.extend(said),
            Some(_) | None => problems.extend(said.into_iter().filter(|one| !useless(one))),
        }
    }
    Ok(policies.into_iter().flatten().map(|policy| (policy.id().to_owned(), policy)).collect())
}

/// What Cedar says of a policy whose action no request has.
const NO_ACTION: &str = "unable to find an applicable action";

/// What it says of one whose condition never holds.
const IMPOSSIBLE: &str = "policy is impossible";

/// Cedar's own words for what is wrong, where it says it is.
fn diagnosed(file: &File, default: usize, diagnostic: &dyn Diagnostic) -> Problem {
    let label = diagnostic.labels().and_then(|mut labels| labels.next());
    let span = label
        .map_or(Span::at(default), |label| Span { start: label.offset(), length: label.len() });
    let hint = diagnostic.help().map(|help| one_line(&help.to_string()));
    let message = one_line(&diagnostic.to_string());
    // Its place says which policy it is.
    let message = match message.strip_prefix("for policy `").and_then(|rest| rest.split_once('`')) {
        Some((_, rest)) => rest.trim_start_matches([',', ':', ' ']).to_owned(),
        None => message,
    };
    Problem::at(&file.shown, &file.text, span, message).with_hint(hint)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
