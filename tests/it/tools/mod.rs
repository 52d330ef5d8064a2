//! Every tool in both dialects, from the agent through the binary to the demo org and back: a
//! permitted call, a refused object, a refused field, bad arguments and an upstream error.
//!
//! The calls stand in `rows/*.txt`, written as `table` says; a tool without a row for a case fails.

mod table;

use std::collections::BTreeMap;
use std::fmt::{Debug, Display};
use std::fs;
use std::path::Path;

use fieldgate::demo_org::Fault;
use fieldgate::tools::{CATALOG, Dialect, Effect};
use serde_json::{Value, json};

use crate::harness::{
    ADMIN, AGENTS, Answer, CLIENT_SECRET, Product, SALES, SUPPORT, Setup, Site, line,
};
use table::{Block, Call, Case, Keep, Look, Row, Trouble};

/// Two further agents, of `agents.cedar`, by their tokens.
const FEW_OBJECTS: &str = "canary-token-of-few-objects-1b93";
const FEW_FIELDS: &str = "canary-token-of-few-fields-e62d";

/// What the org says where it refuses, and no agent may read.
const SAID: &str = "canary-message-of-the-org-with-900-00-1234";

/// Where a case can't exist, and its row says why.
const WITHOUT: &[(&str, Case)] = &[
    ("getOrganizationLimits", Case::RefusedField),
    ("listAllObjects", Case::RefusedField),
    ("deleteRecords", Case::RefusedField),
    ("createCustomObject", Case::RefusedField),
    ("updateCustomObject", Case::RefusedField),
    ("createCustomField", Case::RefusedField),
];

#[test]
fn every_tool_has_a_row_for_every_case() {
    let blocks = table::read();
    let mut without = Vec::new();
    for tool in CATALOG {
        let mut own = blocks.iter().filter(|block| block.tool.name == tool.name);
        let block = own.next().unwrap_or_else(|| panic!("{} is not in the table", tool.name));
        assert!(own.next().is_none(), "{} stands twice in the table", tool.name);
        for case in Case::ALL {
            let written = block.rows.iter().filter(|row| row.case == case).count();
            let excused = block.without.iter().filter(|none| **none == case).count();
            assert_eq!(written + excused, 1, "{}, {}", tool.name, case.name());
            without.extend((excused > 0).then_some((tool.name, case)));
        }
        for row in &block.rows {
            assert!(says_enough(row), "{}: nothing would show that it works", row.place);
        }
    }
    without.sort_unstable();
    let mut known = WITHOUT.to_vec();
    known.sort_unstable();
    assert_eq!(without, known);
}

/// Whether the row would fail if the product did nothing, and holds nothing that isn't looked at.
fn says_enough(row: &Row) -> bool {
    let Row { call, names, says, shows, hides, asks, keeps, then, trouble, .. } = row;
    let plain = trouble.is_none() && asks.is_empty();
    let quiet = keeps.is_empty() && then.is_empty();
    match row.case {
        Case::Permitted => {
            let writes = call.tool.effect != Effect::Reads;
            let looks = then.iter().any(|look| !look.shows.is_empty() || !look.hides.is_empty());
            let other = names.is_empty() && says.is_empty() && hides.is_empty();
            plain && other && !shows.is_empty() && writes == looks
        }
        Case::RefusedObject | Case::RefusedField if names.is_empty() => {
            plain && quiet && says.is_empty() && !hides.is_empty() && !shows.is_empty()
        }
        Case::RefusedObject | Case::RefusedField => {
            quiet && trouble.is_none() && shows.is_empty() && hides.is_empty()
        }
        Case::BadArguments => {
            let other = names.is_empty() && shows.is_empty() && hides.is_empty();
            plain && quiet && other && !says.is_empty()
        }
        Case::UpstreamError => {
            quiet && names.is_empty() && asks.is_empty() && says.is_empty() != shows.is_empty()
        }
    }
}

#[test]
fn every_tool_keeps_its_row_in_the_platform_dialect() {
    Bench::new(Dialect::Platform).run();
}

#[test]
fn every_tool_keeps_its_row_in_the_unified_dialect() {
    Bench::new(Dialect::Unified).run();
}

#[test]
fn a_dialect_has_its_own_names_and_no_others() {
    for (dialect, other) in
        [(Dialect::Platform, Dialect::Unified), (Dialect::Unified, Dialect::Platform)]
    {
        let bench = Bench::new(dialect);
        let listed = bench.product.method(ADMIN, "tools/list", &json!({}));
        let tools = listed.json["result"]["tools"].as_array().unwrap();
        let names: Vec<&str> = tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect();
        let own: Vec<&str> = CATALOG.iter().map(|tool| tool.name_in(dialect)).collect();
        assert_eq!(names, own);
        assert_eq!(foreign_name(&listed.body, dialect), None);
        for tool in CATALOG {
            let answer = bench.product.call(ADMIN, tool.name_in(other), &json!({}));
            assert_eq!(answer.json["error"]["code"], -32602, "{}: {answer:?}", tool.name);
        }
        assert_eq!(bench.site.received(), []);
    }
}

/// A name that tools have in the other dialect only: an agent that reads it can't call it.
fn foreign_name(text: &str, dialect: Dialect) -> Option<&str> {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let own = |word: &str| CATALOG.iter().any(|tool| tool.name_in(dialect) == word);
    let mut words = text.split(|c| !is_letter(c));
    words.find(|word| fieldgate::tools::known_as(word).is_some() && !own(word))
}

/// A product that speaks a dialect, before an org of its own.
struct Bench {
    site: Site,
    product: Product,
    dialect: Dialect,
}

/// What `$name` stands for.
type Kept = BTreeMap<String, String>;

/// What came of a row: what is wrong, if anything is.
type Verdict = Result<(), String>;

impl Bench {
    fn new(dialect: Dialect) -> Self {
        let site = Site::new();
        let name = match dialect {
            Dialect::Platform => "platform",
            Dialect::Unified => "unified",
        };
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let policies = site.path("policies");
        fs::create_dir(&policies).unwrap();
        for entry in fs::read_dir(root.join("policies")).unwrap() {
            let file = entry.unwrap();
            fs::copy(file.path(), policies.join(file.file_name())).unwrap();
        }
        fs::copy(root.join("tests/it/tools/agents.cedar"), policies.join("agents.cedar")).unwrap();
        let mut agents = String::new();
        for (role, token) in [("few-objects", FEW_OBJECTS), ("few-fields", FEW_FIELDS)] {
            fs::write(site.path(&format!("{role}.token")), token).unwrap();
            agents.push_str(&format!(
                "  - id: agent-{role}\n    roles: [administrator, {role}]\n    \
                 token_file: {role}.token\n"
            ));
        }
        let rest = format!("tools:\n  dialect: {name}\n");
        let arguments = ["--policies", policies.to_str().unwrap()];
        let setup =
            Setup { agents: &agents, rest: &rest, arguments: &arguments, ..Setup::default() };
        let product = site.start_with(&setup);
        Self { site, product, dialect }
    }

    /// Puts every tool through its cases and tells all that went wrong.
    fn run(&self) {
        let mut wrong = Vec::new();
        let blocks = table::read();
        for block in &blocks {
            let kept = match self.given(block) {
                Ok(kept) => kept,
                Err(why) => {
                    wrong.push(format!("{}, given: {why}", block.tool.name));
                    continue;
                }
            };
            for row in &block.rows {
                self.site.org.faults().clear();
                if let Err(why) = self.check(row, &kept) {
                    let (name, case) = (block.tool.name_in(self.dialect), row.case.name());
                    wrong.push(format!("{} {name}, {case}: {why}", row.place));
                }
            }
        }
        let rows: usize = blocks.iter().map(|block| block.rows.len()).sum();
        let count = wrong.len();
        assert_eq!(count, 0, "of {rows} rows:\n\n{}\n", wrong.join("\n\n"));
    }

    fn given(&self, block: &Block) -> Result<Kept, String> {
        let mut kept = Kept::new();
        for given in &block.given {
            let answer = self.call(&given.call, &kept)?;
            succeeded(&answer)?;
            kept.insert(given.keep.name.clone(), given.keep.of(&answer)?);
        }
        Ok(kept)
    }

    fn call(&self, call: &Call, kept: &Kept) -> Result<Answer, String> {
        let arguments = filled(&call.arguments, kept);
        let arguments: Value = serde_json::from_str(&arguments)
            .map_err(|error| format!("the row's arguments are not JSON: {error}"))?;
        let token = token(&call.agent);
        let answer = self.product.call(token, call.tool.name_in(self.dialect), &arguments);
        self.nothing_secret(&answer)?;
        holds(answer.status, 200, &answer.json)?;
        Ok(answer)
    }

    /// Whatever the answer is, it tells no secret, and no tool's name that can't be called here.
    fn nothing_secret(&self, answer: &Answer) -> Verdict {
        let token = self.site.org.access_token();
        let others = [CLIENT_SECRET, FEW_OBJECTS, FEW_FIELDS, SAID, token.as_str()];
        for secret in others.iter().chain(&AGENTS) {
            let told = answer.body.contains(secret) || answer.head.contains(secret);
            holds(told, false, &format!("{secret} in {}", answer.json))?;
        }
        let own = answer.json["result"]["content"].as_array().cloned().unwrap_or_default();
        // What follows a result is ours, the result is not.
        let own = own.iter().skip(usize::from(!answer.refused()));
        let own: String = own.map(Value::to_string).collect();
        holds(foreign_name(&own, self.dialect), None, &own)
    }

    fn check(&self, row: &Row, kept: &Kept) -> Verdict {
        let already = |look| self.look(look, kept).is_ok();
        let changed = !row.then.is_empty() && row.then.iter().all(already);
        holds(changed, false, &"the org is before the call as it should be after it")?;
        if let Some(trouble) = row.trouble {
            self.site.org.faults().next(1, fault(trouble));
        }
        self.site.org.forget_requests();
        let answer = self.call(&row.call, kept)?;
        let sent: Vec<String> = self.site.received().iter().map(line).collect();
        match row.case {
            Case::Permitted => {
                succeeded(&answer)?;
                holds(sent.is_empty(), false, &"nothing was asked of the org")?;
            }
            Case::RefusedObject | Case::RefusedField if row.names.is_empty() => {
                succeeded(&answer)?;
                self.hides_what_there_is(row, &answer)?;
            }
            Case::RefusedObject | Case::RefusedField => {
                denied(row, &answer)?;
                let asked = row.asks.iter().map(|text| filled(text, kept));
                let asked: Vec<String> = asked.collect();
                let as_asked = asked.iter().zip(&sent).all(|(text, sent)| sent.starts_with(text));
                holds((asked.len(), true), (sent.len(), as_asked), &format!("sent {sent:?}"))?;
            }
            Case::BadArguments => {
                let code = answer.code();
                let known = ["invalid_arguments", "unknown_name"].contains(&code);
                holds((answer.refused(), known), (true, true), &answer.json)?;
                holds(sent.is_empty(), true, &format!("sent {sent:?}"))?;
            }
            Case::UpstreamError => {
                holds(sent.is_empty(), false, &"nothing was asked of the org")?;
                holds(answer.refused(), !row.says.is_empty(), &answer.json)?;
                let told = |text: &&String| read_by_agents(&answer).contains(*text);
                holds(row.hides.iter().find(told), None, &answer.json)?;
            }
        }
        for text in row.says.iter().chain(&row.shows) {
            contains(&answer, &filled(text, kept))?;
        }
        let mut kept = kept.clone();
        for keep in &row.keeps {
            kept.insert(keep.name.clone(), keep.of(&answer)?);
        }
        row.then.iter().try_for_each(|look| self.look(look, &kept))
    }

    fn look(&self, look: &Look, kept: &Kept) -> Verdict {
        let seen = self.call(&look.call, kept)?;
        succeeded(&seen)?;
        for text in &look.shows {
            contains(&seen, &filled(text, kept))?;
        }
        let told = |text: &&String| read_by_agents(&seen).contains(*text);
        holds(look.hides.iter().find(told), None, &seen.json)
    }

    /// What an answer leaves out, the same call shows to the administrator.
    fn hides_what_there_is(&self, row: &Row, answer: &Answer) -> Verdict {
        let call = Call { agent: "admin".to_owned(), ..row.call.clone() };
        let whole = self.call(&call, &Kept::new())?;
        for text in &row.hides {
            contains(&whole, text)?;
            holds(read_by_agents(answer).contains(text), false, &answer.json)?;
        }
        Ok(())
    }
}

impl Keep {
    /// The text that stands there in a result.
    fn of(&self, answer: &Answer) -> Result<String, String> {
        let data = answer.data();
        let value = data.pointer(&self.pointer).and_then(Value::as_str).map(str::to_owned);
        value.ok_or_else(|| format!("no {} in {data}", self.pointer))
    }
}

/// Denied by policy for what the row names: the agent reads it, and programs are told.
fn denied(row: &Row, answer: &Answer) -> Verdict {
    holds((answer.refused(), answer.code()), (true, "policy_denied"), &answer.json)?;
    let refused = answer.meta("fieldgate/denied").as_array().cloned().unwrap_or_default();
    for name in &row.names {
        contains(answer, name)?;
        let is_meant = |one: &Value| match name.split_once('.') {
            Some((object, field)) => one["object"] == object && one["field"] == field,
            None if name == "the org" => one["object"].is_null(),
            None => one["object"] == **name,
        };
        holds(refused.iter().any(is_meant), true, &answer.json)?;
    }
    Ok(())
}

fn token(agent: &str) -> &'static str {
    match agent {
        "support" => SUPPORT,
        "sales" => SALES,
        "admin" => ADMIN,
        "few-objects" => FEW_OBJECTS,
        "few-fields" => FEW_FIELDS,
        other => panic!("`{other}` is not an agent"),
    }
}

/// Puts what was kept in the place of `$name`.
fn filled(text: &str, kept: &Kept) -> String {
    let fill =
        |text: String, (name, value): (&String, &String)| text.replace(&format!("${name}"), value);
    kept.iter().fold(text.to_owned(), fill)
}

fn fault(trouble: Trouble) -> Fault {
    let raw = |status, body: &Value| Fault::Raw {
        status,
        content_type: "application/json".to_owned(),
        body: body.to_string(),
    };
    match trouble {
        Trouble::Refuses => raw(
            400,
            &json!([{ "errorCode": "UNABLE_TO_LOCK_ROW", "message": SAID, "fields": [SAID] }]),
        ),
        Trouble::Nonsense => raw(200, &json!([SAID])),
        Trouble::Fails => Fault::ServerError,
        Trouble::OutOfCalls => Fault::LimitExceeded,
        Trouble::BreaksOff => Fault::Truncated,
    }
}

/// All text of a result.
fn read_by_agents(answer: &Answer) -> String {
    let content = answer.json["result"]["content"].as_array().cloned().unwrap_or_default();
    let texts = content.iter().filter_map(|one| one["text"].as_str());
    texts.collect::<Vec<_>>().join("\n")
}

fn holds<T: Copy + PartialEq + Debug>(is: T, should_be: T, of: &dyn Display) -> Verdict {
    let wrong = || format!("{is:?} should be {should_be:?}: {of}");
    if is == should_be { Ok(()) } else { Err(wrong()) }
}

fn succeeded(answer: &Answer) -> Verdict {
    let result = answer.json["result"].is_object();
    holds((result, answer.refused()), (true, false), &answer.json)
}

fn contains(answer: &Answer, text: &str) -> Verdict {
    let wrong = || format!("`{text}` is not in {}", answer.json);
    if read_by_agents(answer).contains(text) { Ok(()) } else { Err(wrong()) }
}
