//! A policy set: read from a directory, checked whole, then only read.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::thread;

use cedar_policy::{Policy, PolicyId, ValidationMode, Validator};
use miette::Diagnostic;
use sha2::{Digest as _, Sha256};

use super::SCHEMA;
use super::model::Model;
use super::names::Names;
use super::nesting::{self, DEEPEST};
use super::problem::{LoadError, Problem};
use super::scope::Scoped;
use super::slice::Slices;
use crate::footprint::Action;

/// The longest file that is read, in bytes.
const LONGEST_FILE: u64 = 256 * 1024;

/// The most files that are read.
const MOST_FILES: usize = 200;

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

/// Policies that have been checked: what decides.
pub struct PolicySet {
    pub(super) model: Arc<Model>,
    pub(super) policies: BTreeMap<String, Arc<Scoped>>,
    /// Whether some policy can permit that anything is seen masked.
    pub(super) masks: bool,
    pub(super) slices: Slices,
    files: Vec<String>,
    hash: String,
}

impl fmt::Debug for PolicySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the policies: they are trees, and long.
        f.debug_struct("PolicySet").field("files", &self.files).field("hash", &self.hash).finish()
    }
}

/// A file as it was read.
struct File {
    name: String,
    text: Arc<str>,
}

impl PolicySet {
    /// Reads every `*.cedar` file of a directory and checks the whole: syntax, strict validation
    /// with warnings as errors, ids, annotations, and every name against the org's. All that is
    /// wrong is reported at once; a directory without a policy is wrong.
    pub fn load(directory: &Path, names: &Names<'_>) -> Result<Self, LoadError> {
        let files = read(directory)?;
        Self::check_aside(&directory.display().to_string(), files, names)
    }

    /// The same for texts that are in memory: file names and contents.
    pub fn from_texts<'a>(
        texts: impl IntoIterator<Item = (&'a str, &'a str)>,
        names: &Names<'_>,
    ) -> Result<Self, LoadError> {
        let mut files: Vec<File> = texts
            .into_iter()
            .map(|(name, text)| File { name: name.to_owned(), text: text.into() })
            .collect();
        files.sort_by(|a, b| a.name.cmp(&b.name));
        Self::check_aside("policies", files, names)
    }

    /// Checks on a thread of its own: Cedar's parser and validator recurse, and the caller's stack
    /// may be a worker's.
    fn check_aside(place: &str, files: Vec<File>, names: &Names<'_>) -> Result<Self, LoadError> {
        thread::scope(|scope| {
            thread::Builder::new()
                .name("policy-check".to_owned())
                .stack_size(STACK)
                .spawn_scoped(scope, || Self::check(place, files, names))
                .map_err(|error| error.to_string())
                .and_then(|thread| thread.join().map_err(|_panic| "the check failed".to_owned()))
                .unwrap_or_else(|message| Err(Problem::of_file(place, message).into()))
        })
    }

    fn check(place: &str, files: Vec<File>, names: &Names<'_>) -> Result<Self, LoadError> {
        let model =
            Model::new(SCHEMA).map_err(|error| Problem::of_file(place, error.to_string()))?;
        let mut problems = Vec::new();
        let mut found: BTreeMap<String, (&File, usize, Policy)> = BTreeMap::new();
        for file in &files {
            for (offset, policy) in parse(file, &mut problems) {
                match annotated(&policy) {
                    Ok(id) => {
                        if let Some((other, at, _)) = found.get(&id) {
                            let other = Problem::at(&other.name, &other.text, *at, "");
                            let message = format!(
                                "the id `{id}` is taken by the policy at {}",
                                other.to_string().trim_end_matches([':', ' '])
                            );
                            problems.push(Problem::at(&file.name, &file.text, offset, message));
                        } else {
                            let policy = policy.new_id(PolicyId::new(&id));
                            found.insert(id, (file, offset, policy));
                        }
                    }
                    Err(messages) => problems.extend(
                        messages
                            .into_iter()
                            .map(|m| Problem::at(&file.name, &file.text, offset, m)),
                    ),
                }
            }
        }
        if found.is_empty() && problems.is_empty() {
            problems.push(Problem::of_file(
                place,
                "no policy in any *.cedar file; without one everything would be denied",
            ));
        }
        validate(&model, &found, &mut problems);
        for (file, offset, policy) in found.values() {
            for (literal, message) in names.check(&model, policy) {
                let at = place_of(&file.text, *offset, policy, &literal.to_string());
                problems.push(Problem::at(&file.name, &file.text, at, message));
            }
        }
        if !problems.is_empty() {
            return Err(LoadError::new(problems));
        }
        let model = Arc::new(model);
        super::canary::sings(&model, names.schema)
            .map_err(|message| Problem::of_file(place, message))?;
        let set = Self::unchecked(model, found.into_values().map(|(_, _, policy)| policy));
        let hash = hash(&files);
        Ok(Self { files: files.into_iter().map(|f| f.name).collect(), hash, ..set })
    }

    /// A set of policies that nobody has checked.
    pub(super) fn unchecked(model: Arc<Model>, policies: impl IntoIterator<Item = Policy>) -> Self {
        let policies = policies.into_iter().map(|policy| Arc::new(Scoped::new(policy)));
        let policies: BTreeMap<String, Arc<Scoped>> =
            policies.map(|policy| (policy.id().to_owned(), policy)).collect();
        let slices = Slices::new(&model, policies.values());
        let masks = policies.values().any(|policy| {
            policy.permits() && policy.speaks_of_action(&model, Action::SelectMasked)
        });
        Self { model, policies, masks, slices, files: Vec::new(), hash: String::new() }
    }

    /// The names of its files, sorted.
    pub fn files(&self) -> &[String] {
        &self.files
    }

    /// The ids of its policies, sorted.
    pub fn policy_ids(&self) -> impl ExactSizeIterator<Item = &str> {
        self.policies.keys().map(String::as_str)
    }

    /// SHA-256 over the sorted files' names and contents, in lower-case hexadecimal.
    pub fn hash(&self) -> &str {
        &self.hash
    }
}

fn hash(files: &[File]) -> String {
    let mut sha = Sha256::new();
    for part in files.iter().flat_map(|file| [file.name.as_bytes(), file.text.as_bytes()]) {
        // Each part's length first, so that no text can be moved from one part to the next.
        sha.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
        sha.update(part);
    }
    let mut hex = String::with_capacity(64);
    for byte in sha.finalize() {
        let _infallible = write!(hex, "{byte:02x}");
    }
    hex
}

fn read(directory: &Path) -> Result<Vec<File>, LoadError> {
    let place = directory.display().to_string();
    let unreadable =
        |error: std::io::Error| Problem::of_file(&place, format!("can't be read: {error}"));
    let mut names = Vec::new();
    for entry in fs::read_dir(directory).map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name();
        match name.to_str() {
            // A Kubernetes volume keeps its versions in hidden directories.
            Some(name) if name.ends_with(".cedar") && !name.starts_with('.') => {
                names.push(name.to_owned());
            }
            Some(_) => {}
            None => return Err(Problem::of_file(&place, "a file's name is not UTF-8").into()),
        }
    }
    if names.len() > MOST_FILES {
        let message = format!("{} policy files, more than {MOST_FILES}", names.len());
        return Err(Problem::of_file(&place, message).into());
    }
    names.sort();
    let mut files = Vec::new();
    let mut problems = Vec::new();
    for name in names {
        match read_file(&directory.join(&name)) {
            Ok(text) => files.push(File { name, text: text.into() }),
            Err(message) => problems.push(Problem::of_file(&name, message)),
        }
    }
    if problems.is_empty() { Ok(files) } else { Err(LoadError::new(problems)) }
}

fn read_file(path: &Path) -> Result<String, String> {
    let unreadable = |error: std::io::Error| format!("can't be read: {error}");
    // Before it is opened: to open a pipe is to wait for a writer.
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err("is not a file".to_owned());
    }
    let file = fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(LONGEST_FILE.saturating_add(1)).read_to_end(&mut bytes).map_err(unreadable)?;
    String::from_utf8(bytes).map_err(|_not_utf8| "is not UTF-8".to_owned())
}

/// The policies of a file with the bytes where they start. Cedar numbers the policies of each text
/// anew, so files are parsed one by one and their policies named by `@id` afterwards.
fn parse(file: &File, problems: &mut Vec<Problem>) -> Vec<(usize, Policy)> {
    if u64::try_from(file.text.len()).unwrap_or(u64::MAX) > LONGEST_FILE {
        let message = format!("longer than {LONGEST_FILE} bytes: split it");
        problems.push(Problem::of_file(&file.name, message));
        return Vec::new();
    }
    if let Some(at) = nesting::too_deep(&file.text) {
        let message = format!("nested more than {DEEPEST} deep: split the policy");
        problems.push(Problem::at(&file.name, &file.text, at, message));
        return Vec::new();
    }
    let set = match cedar_policy::PolicySet::from_str(&file.text) {
        Ok(set) => set,
        Err(errors) => {
            problems.extend(errors.iter().map(|error| diagnosed(file, 0, error)));
            return Vec::new();
        }
    };
    for template in set.templates() {
        let at = file.text.find(&template.to_cedar()).unwrap_or(0);
        let message = "templates are not supported: write the principal and the resource out";
        problems.push(Problem::at(&file.name, &file.text, at, message));
    }
    let mut policies: Vec<(usize, Policy)> = set
        .policies()
        .map(|policy| {
            let text = policy.to_cedar().unwrap_or_default();
            (file.text.find(&text).unwrap_or(0), policy.clone())
        })
        .collect();
    policies.sort_by_key(|(offset, _)| *offset);
    policies
}

/// The policy's `@id`, or what is wrong with its annotations.
fn annotated(policy: &Policy) -> Result<String, Vec<String>> {
    let mut messages = Vec::new();
    for (name, _) in policy.annotations() {
        if !ANNOTATIONS.contains(&name) {
            let known = ANNOTATIONS.map(|known| format!("@{known}")).join(", ");
            messages.push(format!("unknown annotation `@{name}`: expected {known}"));
        }
    }
    let id = policy.annotation("id").unwrap_or_default();
    let is_id_byte = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if id.is_empty() {
        messages.push("the policy has no id: write @id(\"…\") before it".to_owned());
    } else if id.len() > LONGEST_ID || !id.bytes().all(is_id_byte) {
        messages.push(format!(
            "an id is at most {LONGEST_ID} letters, digits, hyphens, underscores or dots"
        ));
    }
    let message = policy.annotation("message").unwrap_or_default();
    if message.len() > LONGEST_MESSAGE || message.chars().any(char::is_control) {
        messages.push(format!(
            "a message is at most {LONGEST_MESSAGE} bytes long and of one line: agents read it"
        ));
    }
    messages.sort();
    if messages.is_empty() { Ok(id.to_owned()) } else { Err(messages) }
}

fn validate(
    model: &Model,
    found: &BTreeMap<String, (&File, usize, Policy)>,
    problems: &mut Vec<Problem>,
) {
    let policies = found.values().map(|(_, _, policy)| policy.clone());
    let set = match cedar_policy::PolicySet::from_policies(policies) {
        Ok(set) => set,
        Err(error) => {
            problems.push(Problem::of_file("policies", error.to_string()));
            return;
        }
    };
    let result = Validator::new(model.schema.clone()).validate_with_level(
        &set,
        ValidationMode::Strict,
        LEVEL,
    );
    let mut places = BTreeSet::new();
    let mut report = |id: &PolicyId, diagnostic: &dyn Diagnostic| {
        let id: &str = id.as_ref();
        let problem = match found.get(id) {
            Some((file, offset, _)) => diagnosed(file, *offset, diagnostic),
            None => Problem::of_file("policies", diagnostic.to_string()),
        };
        // Cedar repeats itself for each kind of request; the first of a place says enough.
        if places.insert((problem.file.clone(), problem.position)) {
            problems.push(problem);
        }
    };
    for error in result.validation_errors() {
        report(error.policy_id(), error);
    }
    for warning in result.validation_warnings() {
        report(warning.policy_id(), warning);
    }
}

/// Cedar's own words for what is wrong, where it says it is.
fn diagnosed(file: &File, default: usize, diagnostic: &dyn Diagnostic) -> Problem {
    let at = diagnostic
        .labels()
        .and_then(|mut labels| labels.next())
        .map_or(default, |label| label.offset());
    let mut message = one_line(&diagnostic.to_string());
    if let Some(help) = diagnostic.help() {
        let _infallible = write!(message, " ({})", one_line(&help.to_string()));
    }
    Problem::at(&file.name, &file.text, at, message)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Where a literal stands in a policy; the policy's start where it is written in another way.
fn place_of(text: &str, start: usize, policy: &Policy, literal: &str) -> usize {
    let policy = policy.to_cedar().unwrap_or_default();
    let within = text
        .get(start..)
        .and_then(|rest| rest.get(..policy.len()))
        .and_then(|policy| policy.find(literal));
    start.saturating_add(within.unwrap_or(0))
}
