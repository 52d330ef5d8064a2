//! Policies that change while the product runs: whole or not at all, and never in the middle of a call.

use std::cell::Cell;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;

use fieldgate::telemetry::Clock;
use serde_json::{Value, json};

use crate::harness::{ADMIN, PATIENCE, Product, SUPPORT, Setup, Site};

/// Two policies that a query of contacts and their accounts needs, each with this in its id.
fn pair(mark: &str) -> [(&'static str, String); 2] {
    let policy = |object: &str| {
        let id = object.to_ascii_lowercase();
        format!(
            "@id(\"{id}-{mark}\")\npermit (principal in Role::\"support\", action in \
             Action::\"read\", resource in Object::\"{object}\")\nunless {{ resource == \
             Field::\"Contact.SSN__c\" }};\n"
        )
    };
    [("account.cedar", policy("Account")), ("contact.cedar", policy("Contact"))]
}

/// A volume as the kubelet makes it: each file a link through `..data`, which is renamed over.
struct Volume {
    path: PathBuf,
    version: usize,
}

impl Volume {
    fn new(path: PathBuf) -> Self {
        fs::create_dir(&path).unwrap();
        Self { path, version: 0 }
    }

    fn publish(&mut self, files: &[(&str, String)]) {
        self.version = self.version.saturating_add(1);
        let version = format!("..{}", self.version);
        fs::create_dir(self.path.join(&version)).unwrap();
        for (name, text) in files {
            fs::write(self.path.join(&version).join(name), text).unwrap();
            if fs::symlink_metadata(self.path.join(name)).is_err() {
                symlink(format!("..data/{name}"), self.path.join(name)).unwrap();
            }
        }
        symlink(&version, self.path.join("..data_tmp")).unwrap();
        let old = fs::read_link(self.path.join("..data"));
        fs::rename(self.path.join("..data_tmp"), self.path.join("..data")).unwrap();
        if let Ok(old) = old {
            fs::remove_dir_all(self.path.join(old)).unwrap();
        }
    }
}

/// The journal while it is written, from where it was read last.
struct Tail {
    file: BufReader<fs::File>,
    line: String,
}

impl Tail {
    fn of(site: &Site) -> Self {
        let file = fs::File::open(site.path("journal.jsonl")).unwrap();
        Self { file: BufReader::new(file), line: String::new() }
    }

    /// The next event of that name.
    fn next(&mut self, event: &str) -> Value {
        self.next_after(event, thread::yield_now)
    }

    /// The same; `wait` is done again and again until it is there.
    fn next_after(&mut self, event: &str, wait: impl Fn()) -> Value {
        let clock = Clock::system();
        let begun = clock.monotonic();
        loop {
            if self.file.read_line(&mut self.line).unwrap() == 0 || !self.line.ends_with('\n') {
                assert!(clock.monotonic().saturating_sub(begun) < PATIENCE, "no {event}");
                wait();
                continue;
            }
            let read: Value = serde_json::from_str(&self.line).unwrap();
            self.line.clear();
            if read["event"] == event {
                return read;
            }
        }
    }
}

fn hang_up(product: &Product) {
    let script = format!("kill -HUP {}", product.id());
    assert!(Command::new("sh").args(["-c", &script]).status().unwrap().success());
}

fn start(site: &Site, policies: &Path) -> Product {
    let arguments = ["--policies", policies.to_str().unwrap()];
    site.start_with(&Setup { arguments: &arguments, ..Setup::default() })
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

const PERMITTED: &str = "SELECT Name, Account.Name FROM Contact LIMIT 1";
const DENIED: &str = "SELECT SSN__c, Account.Name FROM Contact LIMIT 1";

/// Calls until it is told to stop, and tells of each answer that was as it had to be.
fn load(product: &Product, stop: &AtomicBool, answered: &Sender<()>) {
    let mut connection = product.connect();
    while !stop.load(Ordering::Acquire) {
        for (soql, code) in [(PERMITTED, ""), (DENIED, "policy_denied")] {
            let body = crate::harness::call("executeQuery", &json!({ "query": soql }));
            let answer = connection.post(SUPPORT, &body).expect("an answer");
            assert_eq!((answer.status, answer.code()), (200, code), "{answer:?}");
            answered.send(()).unwrap();
        }
    }
}

#[test]
fn a_hundred_swaps_under_load_drop_no_call_and_mix_no_sets() {
    let site = Site::new();
    let mut volume = Volume::new(site.path("policies"));
    volume.publish(&pair("a"));
    let product = start(&site, &volume.path);
    let mut tail = Tail::of(&site);
    let mut sets = vec![(tail.next("genesis")["policy_set"].clone(), "a")];
    let (stop, (answered, answers)) = (AtomicBool::new(false), channel());
    let (mut refused, calls) = (0, Cell::new(0));
    let another_call = || {
        answers.recv_timeout(PATIENCE).expect("an answer");
        calls.set(calls.get() + 1);
    };
    thread::scope(|scope| {
        for answered in [answered.clone(), answered] {
            let (product, stop) = (&product, &stop);
            scope.spawn(move || load(product, stop, &answered));
        }
        let mut in_force = "a";
        for swap in 0..100 {
            if swap % 4 == 3 {
                let mut bad = pair("bad");
                bad[1].1 = bad[1].1.replace("SSN__c", &format!("SSN_{swap}__c"));
                volume.publish(&bad);
                hang_up(&product);
                let event = tail.next_after("policy_set_refused", another_call);
                assert_eq!(event["policy_set"], sets.last().unwrap().0);
                assert!(texts(&event["problems"])[0].contains(&format!("SSN_{swap}__c")));
                refused += 1;
            } else {
                in_force = if in_force == "a" { "b" } else { "a" };
                volume.publish(&pair(in_force));
                hang_up(&product);
                let event = tail.next_after("policy_set", another_call);
                assert_eq!(event["before"], sets.last().unwrap().0);
                assert_eq!((&event["added"], &event["removed"]), (&json!(2), &json!(2)));
                sets.push((event["policy_set"].clone(), in_force));
            }
            // Some calls begin under each set.
            (0..2).for_each(|_| another_call());
        }
        stop.store(true, Ordering::Release);
    });
    calls.set(calls.get() + answers.iter().count());
    assert_eq!((sets.len(), refused), (76, 25));
    let journal = site.journal();
    let of = |event: &str| journal.iter().filter(|e| e["event"] == event).collect::<Vec<_>>();
    let decided = [of("admission"), of("denial")].concat();
    assert_eq!(decided.len(), calls.get());
    assert_eq!(of("outcome").len(), of("admission").len());
    assert!(of("outcome").iter().all(|outcome| outcome["result"] == "ok"));
    let mut marks = [0, 0];
    for decision in &decided {
        let mark = sets.iter().find(|(set, _)| *set == decision["policy_set"]).unwrap().1;
        marks[usize::from(mark == "b")] += 1;
        if decision["event"] == "admission" {
            let ids = ["account", "contact"].map(|object| format!("{object}-{mark}"));
            assert_eq!(texts(&decision["policies"]), ids);
        }
    }
    assert!(marks.iter().all(|calls| *calls > 50), "{marks:?}");
}

#[test]
fn a_new_version_of_a_volume_takes_effect_by_itself() {
    let site = Site::new();
    let mut volume = Volume::new(site.path("policies"));
    volume.publish(&pair("a"));
    let mut product = start(&site, &volume.path);
    let mut tail = Tail::of(&site);
    for mark in ["b", "a"] {
        volume.publish(&pair(mark));
        tail.next("policy_set");
        product.query(SUPPORT, PERMITTED).data();
        let ids = tail.next("admission");
        assert_eq!(texts(&ids["policies"])[0], format!("account-{mark}"));
    }
    // The set that ends all: from the next call on.
    volume
        .publish(&[("account.cedar", "@id(\"no\") forbid (principal, action, resource);".into())]);
    tail.next("policy_set_refused");
    assert_eq!(
        product.query(SUPPORT, PERMITTED).code(),
        "",
        "a file that leads nowhere is refused"
    );
    fs::remove_file(volume.path.join("contact.cedar")).unwrap();
    tail.next("policy_set");
    assert_eq!(product.query(SUPPORT, PERMITTED).code(), "policy_denied");
    product.kill();
}

#[test]
fn a_bad_set_stays_out_is_loud_once_and_can_be_mended() {
    let site = Site::new();
    let policies = site.path("policies");
    fs::create_dir(&policies).unwrap();
    let write = |name: &str, text: &str| fs::write(policies.join(name), text).unwrap();
    for (name, text) in pair("a") {
        write(name, &text);
    }
    let mut product = start(&site, &policies);
    let mut tail = Tail::of(&site);
    let first = tail.next("genesis")["policy_set"].clone();
    let test = "agents: { helper: { roles: [support] } }\ntests:\n  - name: names stay in\n    as: \
                helper\n    call: { executeQuery: { query: \"SELECT Name FROM Contact LIMIT 1\" } }\
                \n    expect: deny\n";
    for (name, text, says) in [
        ("bad.cedar", "permit", "bad.cedar:1:"),
        (
            "bad.cedar",
            "@id(\"x\") forbid (principal, action, resource in Object::\"Contcat\");",
            "`Contact`",
        ),
        ("bad_test.yaml", test, "`names stay in` as helper: must be denied, and is permitted by"),
        ("bad_test.yaml", "tests: 1", "is not understood"),
    ] {
        write(name, text);
        let event = tail.next("policy_set_refused");
        assert_eq!(event["policy_set"], first, "{text}");
        assert!(texts(&event["problems"])[0].contains(says), "{says}: {event}");
        product.query(SUPPORT, PERMITTED).data();
        fs::remove_file(policies.join(name)).unwrap();
    }
    // Nothing left of the policies, which would deny everything.
    for (name, _) in pair("a") {
        fs::rename(policies.join(name), site.path(name)).unwrap();
    }
    let event = tail.next("policy_set_refused");
    assert!(texts(&event["problems"])[0].contains("no policy in any *.cedar file"), "{event}");
    hang_up(&product);
    hang_up(&product);
    product.query(SUPPORT, PERMITTED).data();
    for (name, text) in pair("b") {
        write(name, &text);
    }
    assert_eq!(tail.next("policy_set")["before"], first);
    product.terminate();
    product.wait();
    let said = product.said();
    assert_eq!(said.matches("new policies are refused").count(), 5, "{said}");
    assert!(said.contains("must be denied, and is permitted by"), "{said}");
}

#[test]
fn policies_that_would_guard_nothing_are_no_start() {
    let site = Site::new();
    let policies = site.path("policies");
    let refused = |says: &str| {
        let arguments = ["--policies", policies.to_str().unwrap()];
        let setup = Setup { arguments: &arguments, ..Setup::default() };
        let Err(failed) = site.try_start(&setup) else { panic!("started, though {says}") };
        assert_eq!(failed.status.code(), Some(1));
        assert!(failed.stderr.contains(says), "`{says}` is not in {}", failed.stderr);
        assert!(!site.path("journal.jsonl").exists());
    };
    refused("can't be read");
    fs::create_dir(&policies).unwrap();
    refused("no policy in any *.cedar file");
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    for entry in fs::read_dir(shipped).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), policies.join(entry.file_name())).unwrap();
    }
    let guards = fs::read_to_string(policies.join("00-guards.cedar")).unwrap();
    let open = "@id(\"all\") permit (principal, action, resource);\n";
    fs::write(policies.join("00-guards.cedar"), open).unwrap();
    refused("`social security numbers are not selected` as nobody: must be denied");
    fs::write(policies.join("00-guards.cedar"), guards).unwrap();
    start(&site, &policies).query(ADMIN, PERMITTED).data();
}

#[test]
fn a_set_that_names_what_the_org_has_not_yet_waits_for_it() {
    let site = Site::new();
    let policies = site.path("policies");
    fs::create_dir(&policies).unwrap();
    let everything = "@id(\"all\") permit (principal, action, resource);\n";
    fs::write(policies.join("a.cedar"), everything).unwrap();
    let product = start(&site, &policies);
    let mut tail = Tail::of(&site);
    let forbid = "@id(\"no\") forbid (principal, action, resource == Field::\"Account.Due__c\");";
    fs::write(policies.join("b.cedar"), forbid).unwrap();
    tail.next("policy_set_refused");
    let due = json!({ "object": "Account", "name": "Due__c",
                      "definition": { "label": "Due", "type": "Date" } });
    let made = product.call(ADMIN, "createCustomField", &due);
    assert!(!made.refused(), "{made:?}");
    tail.next("policy_set");
    let answer = product.query(ADMIN, "SELECT Due__c FROM Account LIMIT 1");
    assert_eq!(answer.code(), "policy_denied", "{answer:?}");
}
