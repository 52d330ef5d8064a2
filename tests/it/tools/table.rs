//! The table as it is written: `rows/*.txt`, a block a tool.
//!
//! ```text
//! getBulkJob
//!   given job /id: createBulkJob by sales {"operation":"insert",…}
//!   permitted: sales {"id":"$job"}
//!     shows "state":"UploadComplete"
//!   no refused field: why there can't be one
//! ```
//!
//! `given` calls a tool first and keeps a member of its answer as `$job`. Then comes each case: who
//! calls and with what; below it, what has to come of it:
//!
//! - `names X`: it is denied, and the denial names the object `X`, the field `X.Y`, or `the org`.
//! - `says TEXT`: it is refused, and the agent reads this.
//! - `shows TEXT`: it succeeds, and the agent reads this.
//! - `hides TEXT`: the agent doesn't read this; where something is refused, the administrator does.
//! - `asks TEXT`: this request reaches the org although the call is refused: what an id stands for.
//! - `org …`: what is wrong with the org meanwhile ([`Trouble`]).
//! - `keeps NAME /POINTER`: a member of its answer, for what follows.
//! - `then TOOL by AGENT ARGUMENTS`: a look at what has changed; `shows` and `hides` below it are
//!   about that.

use std::fs;
use std::path::Path;

use fieldgate::tools::{CATALOG, Tool};

/// What every tool has to be put through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Case {
    Permitted,
    RefusedObject,
    RefusedField,
    BadArguments,
    UpstreamError,
}

impl Case {
    pub(super) const ALL: [Self; 5] = [
        Self::Permitted,
        Self::RefusedObject,
        Self::RefusedField,
        Self::BadArguments,
        Self::UpstreamError,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Permitted => "permitted",
            Self::RefusedObject => "refused object",
            Self::RefusedField => "refused field",
            Self::BadArguments => "bad arguments",
            Self::UpstreamError => "upstream error",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|case| case.name() == name)
    }
}

/// What is wrong with the org during a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// `org refuses`: it refuses the call, with words that are not for agents.
    Refuses,
    /// `org fails`: it has a failure of its own.
    Fails,
    /// `org is out of calls`: its daily quota is used up.
    OutOfCalls,
    /// `org breaks off`: its answer ends in the middle.
    BreaksOff,
    /// `org talks nonsense`: its answer has not the form that it must have.
    Nonsense,
}

impl Trouble {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "refuses" => Self::Refuses,
            "fails" => Self::Fails,
            "is out of calls" => Self::OutOfCalls,
            "breaks off" => Self::BreaksOff,
            "talks nonsense" => Self::Nonsense,
            _ => return None,
        })
    }
}

/// A call: who, what, with which arguments. `$name` in them stands for what was kept.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) tool: &'static Tool,
    pub(super) agent: String,
    pub(super) arguments: String,
}

/// A member of an answer that later calls need.
#[derive(Debug)]
pub(super) struct Keep {
    pub(super) name: String,
    pub(super) pointer: String,
}

impl Keep {
    fn read(text: &str) -> Option<Self> {
        let (name, pointer) = text.split_once(' ')?;
        Some(Self { name: name.to_owned(), pointer: pointer.to_owned() })
    }
}

/// A call made before the cases of a tool, for a member of its answer.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) keep: Keep,
    pub(super) call: Call,
}

/// A look at the org after a case, and what it has to show.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) call: Call,
    pub(super) shows: Vec<String>,
    pub(super) hides: Vec<String>,
}

/// A case of a tool.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) case: Case,
    /// File and line, for messages.
    pub(super) place: String,
    pub(super) call: Call,
    pub(super) trouble: Option<Trouble>,
    pub(super) names: Vec<String>,
    pub(super) says: Vec<String>,
    pub(super) shows: Vec<String>,
    pub(super) hides: Vec<String>,
    pub(super) asks: Vec<String>,
    pub(super) keeps: Vec<Keep>,
    pub(super) then: Vec<Look>,
}

/// All that is written of one tool.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) tool: &'static Tool,
    pub(super) given: Vec<Given>,
    pub(super) rows: Vec<Row>,
    /// Cases that it can't have.
    pub(super) without: Vec<Case>,
}

/// The blocks of all files, in the order of their names.
pub(super) fn read() -> Vec<Block> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/tools/rows");
    let files = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.collect();
    files.sort();
    let mut blocks = Vec::new();
    for file in files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        for (number, line) in (1_usize..).zip(fs::read_to_string(&file).unwrap().lines()) {
            let text = line.trim();
            if !text.is_empty() && !text.starts_with('#') {
                let place = format!("{name}:{number}");
                read_line(line.find(text).unwrap(), text, &place, &mut blocks)
                    .unwrap_or_else(|| panic!("{place} can't be read: {line}"));
            }
        }
    }
    blocks
}

/// Adds a line to what stands above it.
fn read_line(indent: usize, text: &str, place: &str, blocks: &mut Vec<Block>) -> Option<()> {
    if indent == 0 {
        let tool = tool(text)?;
        blocks.push(Block { tool, given: Vec::new(), rows: Vec::new(), without: Vec::new() });
        return Some(());
    }
    let block = blocks.last_mut()?;
    if indent > 2 {
        return read_outcome(text, block.rows.last_mut()?);
    }
    let (head, rest) = text.split_once(": ")?;
    if let Some(given) = head.strip_prefix("given ") {
        block.given.push(Given { keep: Keep::read(given)?, call: call(rest)? });
    } else if let Some(case) = head.strip_prefix("no ") {
        block.without.push(Case::named(case)?);
    } else {
        let (agent, arguments) = rest.split_once(' ')?;
        let (agent, arguments) = (agent.to_owned(), arguments.to_owned());
        block.rows.push(Row {
            case: Case::named(head)?,
            place: place.to_owned(),
            call: Call { tool: block.tool, agent, arguments },
            trouble: None,
            names: Vec::new(),
            says: Vec::new(),
            shows: Vec::new(),
            hides: Vec::new(),
            asks: Vec::new(),
            keeps: Vec::new(),
            then: Vec::new(),
        });
    }
    Some(())
}

fn read_outcome(text: &str, row: &mut Row) -> Option<()> {
    let (word, rest) = text.split_once(' ')?;
    let rest = rest.trim();
    let list = match (word, row.then.last_mut()) {
        ("then", _) => {
            row.then.push(Look { call: call(rest)?, shows: Vec::new(), hides: Vec::new() });
            return Some(());
        }
        ("shows", Some(look)) => &mut look.shows,
        ("hides", Some(look)) => &mut look.hides,
        (_, Some(_)) => return None,
        ("org", None) => {
            row.trouble = Some(Trouble::named(rest)?);
            return Some(());
        }
        ("keeps", None) => {
            row.keeps.push(Keep::read(rest)?);
            return Some(());
        }
        ("names", None) => &mut row.names,
        ("says", None) => &mut row.says,
        ("shows", None) => &mut row.shows,
        ("hides", None) => &mut row.hides,
        ("asks", None) => &mut row.asks,
        _ => return None,
    };
    list.push(rest.to_owned());
    Some(())
}

/// `TOOL by AGENT ARGUMENTS`.
fn call(text: &str) -> Option<Call> {
    let (name, rest) = text.split_once(" by ")?;
    let (agent, arguments) = rest.split_once(' ')?;
    Some(Call { tool: tool(name)?, agent: agent.to_owned(), arguments: arguments.to_owned() })
}

/// Tools stand in the table by their name in the platform dialect.
fn tool(name: &str) -> Option<&'static Tool> {
    CATALOG.iter().find(|tool| tool.name == name)
}
