//! The layering: a module uses only those above it, and the pure ones touch nothing outside.

use std::fs;
use std::path::{Path, PathBuf};

/// Reading order; the ones marked are pure.
const MODULES: [(&str, bool); 21] = [
    ("soql", true),
    ("sosl", true),
    ("csv", true),
    ("salesforce", true),
    ("org", true),
    ("footprint", true),
    ("jsonrpc", true),
    ("mcp", true),
    ("seal", true),
    ("tools", true),
    ("policy", false),
    ("limits", false),
    ("redact", true),
    ("audit", false),
    ("upstream", false),
    ("config", false),
    ("telemetry", false),
    ("identity", false),
    ("proxy", false),
    ("demo_org", false),
    ("cli", false),
];

/// What a pure module may not name: the runtime, the network, files, clocks and the environment.
const IMPURE: [&str; 11] = [
    "tokio",
    "hyper",
    "reqwest",
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "Instant",
    "SystemTime",
    "Timestamp::now",
];

/// The files of a module, without its tests.
fn files(module: &str) -> Vec<PathBuf> {
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(module)];
    let mut files = Vec::new();
    while let Some(path) = open.pop() {
        let name = path.file_stem().unwrap().to_owned();
        if path.is_dir() && name != "tests" {
            open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|kind| kind == "rs") && name != "tests" {
            files.push(path);
        }
    }
    assert!(!files.is_empty(), "src/{module} has no files");
    files
}

/// Lines of code with their places; comments are left out.
fn code(module: &str) -> Vec<(String, String)> {
    let lines = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        let code = |line: &str| line.split("//").next().unwrap_or_default().to_owned();
        let place = |number: usize| format!("{}:{number}", path.display());
        (1..).zip(text.lines()).map(|(at, line)| (place(at), code(line))).collect::<Vec<_>>()
    };
    files(module).into_iter().flat_map(lines).collect()
}

/// Whether `line` has `name` as a whole path.
fn names(line: &str, name: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    line.match_indices(name).any(|(at, _)| {
        let (before, rest) = line.split_at(at);
        !before.ends_with(word)
            && !rest.strip_prefix(name).is_some_and(|rest| rest.starts_with(word))
    })
}

#[test]
fn a_module_uses_only_those_above_it() {
    let mut wrong = Vec::new();
    for (at, (module, _)) in MODULES.iter().enumerate() {
        for (place, line) in code(module) {
            // `use crate::{a, b}` would escape the search, so it isn't done.
            let grouped = line.contains("crate::{");
            let below =
                MODULES.iter().skip(at).skip(1).find(|(m, _)| names(&line, &format!("crate::{m}")));
            if grouped || below.is_some() {
                wrong.push(format!("{place}: {}", line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "against the order:\n{}", wrong.join("\n"));
}

#[test]
fn the_pure_modules_touch_nothing_outside() {
    let mut wrong = Vec::new();
    for (module, _) in MODULES.iter().filter(|(_, pure)| *pure) {
        for (place, line) in code(module) {
            if IMPURE.iter().any(|name| names(&line, name)) {
                wrong.push(format!("{place}: {}", line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "not pure:\n{}", wrong.join("\n"));
}

#[test]
fn the_list_is_that_of_the_library() {
    let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs");
    let library = fs::read_to_string(library).unwrap();
    let declared =
        library.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    assert!(declared.eq(MODULES.iter().map(|(module, _)| *module)));
}
