//! The tables in `tests/attacks/hostile`, as their README says they are written.

/// A table, with what it is about.
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) text: &'static str,
}

/// One block of a table.
#[derive(Default)]
pub(super) struct Case<'a> {
    /// `#`
    pub(super) what: &'a str,
    /// Its calls, in order.
    pub(super) calls: Vec<Call<'a>>,
    /// `^`: Salesforce sends more than it is asked for, so that a canary may leave the org.
    pub(super) more_is_sent: bool,
}

/// One call, with what must become of it.
pub(super) struct Call<'a> {
    /// `&`: who calls; `eve` if nobody is named.
    pub(super) agent: &'a str,
    pub(super) asked: Asked<'a>,
    /// `=` is permitted, and its answer contains this; `!` is refused, with a code and a reason.
    pub(super) expected: Result<&'a str, (&'a str, &'a str)>,
    /// `*`: what the org answers to the next request, or `report` and what a saved report says.
    pub(super) answer: Option<&'a str>,
    /// `<`: what is taken from its answer, as a name and a JSON pointer.
    pub(super) taken: Vec<(&'a str, &'a str)>,
}

/// What is asked for.
pub(super) enum Asked<'a> {
    /// `?`: a tool with its arguments, or `PUT` and `GET` with an address and a file.
    Tool(&'a str, &'a str),
    /// `+`: REST requests, in the envelope of the line `@`, or alone.
    Parts(&'a str, Vec<Part<'a>>),
}

/// `ref METHOD url body`; a request that stands alone has no reference.
pub(super) struct Part<'a> {
    pub(super) reference: &'a str,
    pub(super) method: &'a str,
    pub(super) url: &'a str,
    pub(super) body: Option<&'a str>,
}

impl<'a> Part<'a> {
    fn read(line: &'a str, alone: bool) -> Self {
        let (reference, line) =
            if alone { ("part", line) } else { line.split_once(' ').expect("a reference") };
        let mut words = line.splitn(3, ' ');
        let mut word = || words.next();
        let (method, url) = (word().expect("a method"), word().expect("an address"));
        Self { reference, method, url, body: word() }
    }
}

impl Table {
    pub(super) fn cases(&self) -> Vec<Case<'static>> {
        let blocks = self.text.split("\n\n").map(str::trim).filter(|block| !block.is_empty());
        blocks.map(Case::read).collect()
    }
}

impl<'a> Case<'a> {
    fn read(block: &'a str) -> Self {
        let mut case = Self::default();
        let (mut agent, mut envelope) = ("eve", "alone");
        let (mut tool, mut parts, mut answer) = (None, Vec::new(), None);
        for line in block.lines() {
            let (mark, rest) = line.split_once(' ').unwrap_or((line, ""));
            let expected = match mark {
                "#" => {
                    case.what = rest;
                    continue;
                }
                "^" => {
                    case.more_is_sent = true;
                    continue;
                }
                "&" => {
                    agent = rest;
                    continue;
                }
                "@" => {
                    envelope = rest;
                    continue;
                }
                "?" => {
                    tool = Some(rest.split_once(' ').unwrap_or((rest, "{}")));
                    continue;
                }
                "+" => {
                    parts.push(Part::read(rest, envelope == "alone"));
                    continue;
                }
                "*" => {
                    answer = Some(rest);
                    continue;
                }
                "<" => {
                    let taken = rest.split_once(' ').expect("a name and a pointer");
                    case.calls.last_mut().expect("a call").taken.push(taken);
                    continue;
                }
                "=" => Ok(rest),
                "!" => Err(rest.split_once(' ').unwrap_or_else(|| panic!("no reason: {block}"))),
                other => panic!("`{other}` marks no line: {block}"),
            };
            let asked = match tool.take() {
                Some((tool, arguments)) => Asked::Tool(tool, arguments),
                None => Asked::Parts(envelope, std::mem::take(&mut parts)),
            };
            let (answer, taken) = (answer.take(), Vec::new());
            case.calls.push(Call { agent, asked, expected, answer, taken });
            (agent, envelope) = ("eve", "alone");
        }
        let whole = tool.is_none() && parts.is_empty() && !case.calls.is_empty();
        assert!(whole && !case.what.is_empty(), "not a whole case: {block}");
        case
    }
}
