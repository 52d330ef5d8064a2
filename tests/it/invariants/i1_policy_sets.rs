//! I1: a policy set that is wrong doesn't start, and one that fails while it decides denies.

use std::fs;
use std::path::Path;

use serde_json::json;

use super::i1_permit_for_every_access::is_denied;
use crate::harness::{ADMIN, SUPPORT, Setup, Site};

/// The shipped policies with this in the place of, or beside, one of the files.
fn policies(site: &Site, name: &str, text: &str) -> String {
    let directory = site.path("policies");
    fs::create_dir_all(&directory).unwrap();
    for file in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("policies")).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), directory.join(file.file_name())).unwrap();
    }
    fs::write(directory.join(name), text).unwrap();
    directory.to_str().unwrap().to_owned()
}

#[test]
fn a_policy_set_that_is_wrong_does_not_start() {
    for (name, text, says) in [
        (
            "50-typo.cedar",
            "@id(\"a\")\nforbid (principal, action, resource == Field::\"Contact.SSN_c\");",
            "Contact.SSN_c",
        ),
        (
            "50-object.cedar",
            "@id(\"a\")\npermit (principal, action, resource in Object::\"Contcat\");",
            "Contcat",
        ),
        (
            "50-action.cedar",
            "@id(\"a\")\npermit (principal, action == Action::\"reed\", resource);",
            "reed",
        ),
        (
            "50-errors.cedar",
            "@id(\"erring\")\nforbid (principal, action, resource) when { principal.nope == 1 };",
            "nope",
        ),
        (
            "50-type.cedar",
            "@id(\"a\")\nforbid (principal, action, resource) when { context.tool == 1 };",
            "50-type.cedar",
        ),
        (
            "50-syntax.cedar",
            "@id(\"a\")\npermit (principal, action, resource;",
            "50-syntax.cedar:2:",
        ),
        ("50-nameless.cedar", "permit (principal, action, resource);", "@id"),
        (
            "50-twice.cedar",
            "@id(\"ssn-for-administrators\")\nforbid (principal, action, resource);",
            "ssn-for-administrators",
        ),
        (
            "50-misspelt.cedar",
            "@id(\"a\") @mesage(\"x\")\nforbid (principal, action, resource);",
            "mesage",
        ),
        ("10-everyone.cedar", "", "10-everyone.cedar"),
    ] {
        let site = Site::new();
        let directory = policies(&site, name, text);
        let arguments = ["--policies", directory.as_str()];
        let started = site.try_start(&Setup { arguments: &arguments, ..Setup::default() });
        if name == "10-everyone.cedar" {
            // Nothing is permitted by an empty file; the rest of the set holds.
            let product = started.unwrap_or_else(|failed| panic!("{failed:?}"));
            let answer = product.call(SUPPORT, "listAllObjects", &json!({}));
            assert_eq!(answer.code(), "policy_denied", "{answer:?}");
            continue;
        }
        let Err(failed) = started else { panic!("{name} started") };
        assert_eq!(failed.status.code(), Some(1), "{name}: {failed:?}");
        assert!(failed.stderr.contains(name) && failed.stderr.contains(says), "{name}: {failed:?}");
        assert_eq!(failed.stdout, "", "{name}");
        assert!(!site.path("journal.jsonl").exists(), "{name}");
    }
}

#[test]
fn a_policy_that_fails_while_it_is_evaluated_denies() {
    // Cedar skips a policy that errors, even a forbid: here the skipped one would have permitted
    // nothing, and the rest of the set permits the call.
    let text = "@id(\"overflows\")\nforbid (principal, action, resource) \
                when { 9223372036854775807 + context.now.toTime().toMilliseconds() + 1 > 5 };";
    let site = Site::new();
    let directory = policies(&site, "50-overflows.cedar", text);
    let arguments = ["--policies", directory.as_str()];
    // The tests beside the policies find it at once; without them it starts.
    let Err(failed) = site.try_start(&Setup { arguments: &arguments, ..Setup::default() }) else {
        panic!("started");
    };
    assert!(failed.stderr.contains("refused for an error in overflows"), "{failed:?}");
    for file in fs::read_dir(&directory).unwrap().map(|file| file.unwrap().path()) {
        if file.to_str().unwrap().ends_with("_test.yaml") {
            fs::remove_file(file).unwrap();
        }
    }
    match site.try_start(&Setup { arguments: &arguments, ..Setup::default() }) {
        Ok(product) => {
            let answer = product.query(ADMIN, "SELECT Name FROM Account LIMIT 1");
            is_denied(&site, &answer, &["Account.Name"], "overflow");
            assert!(answer.body.contains("overflows"), "{answer:?}");
        }
        Err(failed) => panic!("{failed:?}"),
    }
}
