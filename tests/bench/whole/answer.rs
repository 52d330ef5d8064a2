//! Reading answers off a connection, with as little work as can be.

/// The answers that come in on one connection, one at a time.
#[derive(Default)]
pub(crate) struct Incoming {
    buffer: Vec<u8>,
    whole: Option<Whole>,
}

#[derive(Clone, Copy)]
struct Whole {
    status: u16,
    head: usize,
    length: usize,
    closes: bool,
}

/// An answer that is not one.
#[derive(Debug)]
pub(crate) struct NotHttp;

impl Incoming {
    /// Takes what came. True once an answer is there, whole.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Result<bool, NotHttp> {
        self.buffer.extend_from_slice(bytes);
        if self.whole.is_none() {
            let end = self.buffer.windows(4).position(|four| four == b"\r\n\r\n");
            let Some(end) = end else { return Ok(false) };
            self.whole = Some(head(&self.buffer[..end]).ok_or(NotHttp)?);
        }
        Ok(self.whole.is_some_and(|whole| self.buffer.len() >= whole.head + whole.length))
    }

    /// The answer's status and the length of its body.
    pub(crate) fn outcome(&self) -> (u16, usize) {
        self.whole.map_or((0, 0), |whole| (whole.status, whole.length))
    }

    /// Whether no other call can be made on the connection.
    pub(crate) fn closes(&self) -> bool {
        self.whole.is_some_and(|whole| whole.closes)
    }

    pub(crate) fn body(&self) -> String {
        let from = self.whole.map_or(0, |whole| whole.head);
        String::from_utf8_lossy(&self.buffer[from..]).into_owned()
    }

    /// Makes room for the next.
    pub(crate) fn clear(&mut self) {
        self.buffer.clear();
        self.whole = None;
    }
}

/// Reads a head without the empty line at its end.
fn head(head: &[u8]) -> Option<Whole> {
    let text = std::str::from_utf8(head).ok()?;
    let mut lines = text.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let (mut length, mut closes) = (None, false);
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        let value = value.trim();
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse().ok();
        } else if name.eq_ignore_ascii_case("connection") {
            closes = value.eq_ignore_ascii_case("close");
        }
    }
    Some(Whole { status, head: head.len() + 4, length: length?, closes })
}
