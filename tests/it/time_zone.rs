//! `policies: {time_zone}`: the zone that policies are told the hour and the weekday in, wherever they
//! are asked.

use std::fs;
use std::path::PathBuf;
use std::thread;

use fieldgate::telemetry::Clock;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::harness::{Failed, PATIENCE, Product, SUPPORT, Setup, Site, binary, run};

const READS: &str = "@id(\"reads\") permit (principal, action in Action::\"read\", resource);\n";

/// From nine to five, Monday to Friday.
const OFFICE: &str = "@id(\"office\") forbid (principal, action, resource) unless {
  context.hour >= 9 && context.hour < 17 &&
  !([Weekday::\"sat\", Weekday::\"sun\"].contains(context.weekday)) };\n";

const QUERY: &str = "SELECT Name FROM Contact LIMIT 1";

fn folder(site: &Site, name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = site.path(name);
    fs::create_dir_all(&folder).unwrap();
    for (name, text) in files {
        fs::write(folder.join(name), text).unwrap();
    }
    folder
}

/// A configuration with the policies of a folder, and perhaps a zone.
fn configured(site: &Site, folder: &str, zone: Option<&str>) -> String {
    let yaml = site.yaml(&Setup::default());
    let plain = yaml.lines().find(|line| line.starts_with("policies: ")).unwrap();
    let section = match zone {
        Some(zone) => format!("policies: {{directory: {folder}, time_zone: {zone}}}"),
        None => format!("policies: {folder}"),
    };
    let file = site.path("fieldgate.yaml");
    fs::write(&file, yaml.replace(plain, &section)).unwrap();
    file.to_str().unwrap().to_owned()
}

fn start(config: &str) -> Result<Product, Failed> {
    let mut command = binary();
    command.args(["serve", "--config", config]);
    Product::spawn(command)
}

#[test]
fn the_hour_of_a_call_is_that_of_the_configured_zone() {
    let site = Site::new();
    // Twelve hours from one to the other and six from each to UTC, with no summer time.
    let (east, west) = ("Etc/GMT-6", "Etc/GMT+6");
    let hour = Timestamp::now().to_zoned(TimeZone::get(east).unwrap()).hour();
    // The next hour too: it may begin while this runs.
    let forbid = format!(
        "@id(\"now\") forbid (principal, action, resource) when {{ [{hour}, {}].contains(context.hour) }};",
        (hour + 1) % 24
    );
    folder(&site, "policies", &[("all.cedar", &format!("{READS}{forbid}"))]);
    let journal = site.path("journal.jsonl");
    let journal = journal.to_str().unwrap();
    for (zone, code, recorded) in [
        (Some(west), "", json!(west)),
        (None, "", Value::Null),
        (Some("UTC"), "", Value::Null),
        (Some(east), "policy_denied", json!(east)),
    ] {
        let _from_the_last_round = fs::remove_file(journal);
        let product = start(&configured(&site, "policies", zone)).unwrap();
        let answer = product.query(SUPPORT, QUERY);
        assert_eq!(answer.code(), code, "{zone:?} {answer:?}");
        let shown = product.said().contains("  Contact      describe");
        assert_eq!(shown, code.is_empty(), "{zone:?} {}", product.said());
        let decisions = site.journal().into_iter().filter(|line| line.get("context").is_some());
        let zones: Vec<Value> =
            decisions.map(|line| line["context"]["time_zone"].clone()).collect();
        assert_eq!(zones, [recorded], "{zone:?}");
    }
    // The journal of the last one, asked again in its own zone and in another.
    let policies = site.path("policies");
    let replay =
        ["policy", "replay", "--journal", journal, "--policies", policies.to_str().unwrap()];
    let (code, out, err) = run(&replay, "");
    assert_eq!((code, out.contains(" 0 would change")), (0, true), "{out}{err}");
    for (zone, expected) in [(Some(east), 0), (Some(west), 3), (None, 3)] {
        let config = configured(&site, "policies", zone);
        let (code, out, err) = run(&[&replay[..], &["--config", &config]].concat(), "");
        assert_eq!(code, expected, "{zone:?} {out}{err}");
    }
    let unknown = fs::read_to_string(journal).unwrap().replace(east, "Moon/Tycho");
    fs::write(journal, unknown).unwrap();
    let (code, out, err) = run(&replay, "");
    assert_eq!(code, 3, "{out}{err}");
    assert!(out.contains("the line's time zone \"Moon/Tycho\" is not known"), "{out}");
}

/// Calls that must be denied at 08:30 UTC, with what stands above them.
fn guards(head: &str) -> String {
    format!(
        "{head}now: 2026-11-20T08:30:00Z\nagents: {{ helper: {{ roles: [support] }} }}\ntests:\n  - \
         name: early\n    as: helper\n    call: {{ executeQuery: \"{QUERY}\" }}\n    expect: deny\n"
    )
}

#[test]
fn what_tests_say_must_be_denied_is_asked_in_the_zone_of_the_file_or_the_configured_one() {
    let site = Site::new();
    let berlin = Some("Europe/Berlin");
    for (zone, head, starts) in [
        (None, "", true),
        (berlin, "", false),
        (berlin, "zone: UTC\n", true),
        (None, "zone: Europe/Berlin\n", false),
    ] {
        let text = format!("{READS}{OFFICE}");
        folder(&site, "policies", &[("all.cedar", &text), ("all_test.yaml", &guards(head))]);
        let config = configured(&site, "policies", zone);
        match start(&config) {
            Ok(_) => assert!(starts, "{zone:?} {head}"),
            Err(failed) => {
                assert!(!starts, "{zone:?} {head} {failed:?}");
                assert!(failed.stderr.contains("`early` as helper: must be denied"), "{failed:?}");
            }
        }
        let (code, out, err) = run(&["policy", "test", "--config", &config], "");
        assert_eq!(code, i32::from(!starts), "{zone:?} {head} {out}{err}");
    }
    // The same before a change takes effect.
    fs::remove_file(site.path("policies").join("all_test.yaml")).unwrap();
    let _product = start(&configured(&site, "policies", berlin)).unwrap();
    folder(&site, "policies", &[("all_test.yaml", &guards(""))]);
    let (clock, refused) = (Clock::system(), |line: &Value| line["event"] == "policy_set_refused");
    let begun = clock.monotonic();
    while !site.journal().iter().any(refused) {
        assert!(clock.monotonic().saturating_sub(begun) < PATIENCE, "the change is not refused");
        thread::yield_now();
    }
}

#[test]
fn commands_that_take_a_configuration_ask_in_its_zone() {
    let site = Site::new();
    folder(&site, "open", &[("all.cedar", READS)]);
    folder(&site, "policies", &[("all.cedar", &format!("{READS}{OFFICE}"))]);
    let [open, office] = ["open", "policies"].map(|name| site.path(name));
    let [open, office] = [&open, &office].map(|path| path.to_str().unwrap());
    let arguments = json!({ "query": QUERY }).to_string();
    for (zone, at, works) in [
        (None, "2026-11-20T08:30:00Z", false),
        (Some("Europe/Berlin"), "2026-11-20T08:30:00Z", true),
        // Summer time.
        (Some("Europe/Berlin"), "2026-07-03T07:30:00Z", true),
        // A Sunday in UTC.
        (None, "2026-11-22T23:30:00Z", false),
        (Some("Pacific/Auckland"), "2026-11-22T23:30:00Z", true),
    ] {
        let config = configured(&site, "policies", zone);
        let say = |command: &[&str]| {
            let (code, out, err) = run(&[command, &["--config", &config, "--at", at]].concat(), "");
            (code, format!("{out}{err}"))
        };
        let call = ["--as", "agent-support", "--tool", "executeQuery", "--args", &arguments];
        let (code, said) = say(&[&["explain"], &call[..]].concat());
        assert_eq!(code, if works { 0 } else { 2 }, "{zone:?} {at} {said}");
        let (code, said) = say(&["policy", "matrix", "--as", "agent-support"]);
        assert_eq!((code, said.contains("  Contact      describe")), (0, works), "{zone:?} {said}");
        let (_, said) = say(&["policy", "diff", open, office]);
        assert_eq!(said.contains("closes  support"), !works, "{zone:?} {at} {said}");
    }
}

#[test]
fn a_name_that_is_no_zone_is_no_start() {
    let site = Site::new();
    let config = configured(&site, "policies", Some("Europe/Berln"));
    let failed = start(&config).err().unwrap();
    let says = "line 2: `policies.time_zone`: `Europe/Berln` is not a time zone; did you mean \
                `Europe/Berlin`?";
    assert!(failed.stderr.contains(says), "{failed:?}");
    // A check without the org's secrets says the same.
    let (code, _, err) = run(&["policy", "check", "--config", &config], "");
    assert!(code == 1 && err.contains(says), "{code} {err}");
}
