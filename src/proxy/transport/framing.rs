//! Which bytes of a connection may go on to hyper: a state machine without any I/O.
//!
//! A head goes on only when all of it is there and [`head::inspect`](super::head::inspect) likes
//! it, so hyper never sees a head that we have not judged. The two parsers can't disagree on where
//! the next head begins: with a Content-Length (once, digits only) both count the same bytes; after
//! a chunked head nothing is judged any more, and the transport closes the connection with that
//! response, so hyper doesn't read another head either. Should they disagree all the same, hyper
//! would hand over more requests than heads were cleared, which is refused too.

use super::head::{Framing, HeadFault, MAX_HEAD, inspect, judge_byte};

/// What to do with the bytes at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// A head ends here: so many bytes may go on.
    Head(usize),
    /// So many bytes of a body may go on.
    Body(usize),
    /// Not before more has come.
    More,
    /// Never; nothing after this is read.
    Refuse(HeadFault),
}

/// The place in the conversation.
#[derive(Debug, Default)]
pub(super) struct Inspector {
    place: Place,
}

#[derive(Debug)]
enum Place {
    /// In a head of which `judged` bytes were looked at.
    Head { judged: usize },
    /// In a body with so many bytes to come.
    Body { left: u64 },
    /// In the connection's last message.
    Last,
}

impl Default for Place {
    fn default() -> Self {
        Self::Head { judged: 0 }
    }
}

impl Inspector {
    /// Whether the next byte begins or continues a head.
    pub(super) const fn in_head(&self) -> bool {
        matches!(self.place, Place::Head { .. })
    }

    /// Judges `waiting`: the bytes received and not yet let go. The caller lets go exactly as many
    /// as the step says before it asks again.
    pub(super) fn advance(&mut self, waiting: &[u8]) -> Step {
        match self.place {
            Place::Head { judged } => self.judge_head(waiting, judged),
            Place::Body { left } => {
                let ready = usize::try_from(left).map_or(waiting.len(), |l| l.min(waiting.len()));
                let rest = left.saturating_sub(u64::try_from(ready).unwrap_or(u64::MAX));
                self.place = if rest == 0 { Place::default() } else { Place::Body { left: rest } };
                if ready == 0 { Step::More } else { Step::Body(ready) }
            }
            Place::Last if waiting.is_empty() => Step::More,
            Place::Last => Step::Body(waiting.len()),
        }
    }

    fn judge_head(&mut self, waiting: &[u8], judged: usize) -> Step {
        let mut before = judged.checked_sub(1).and_then(|at| waiting.get(at)).copied().unwrap_or(0);
        for (at, byte) in waiting.iter().copied().enumerate().skip(judged) {
            if at >= MAX_HEAD {
                return Step::Refuse(HeadFault::TooLarge);
            }
            if let Err(fault) = judge_byte(before, byte) {
                return Step::Refuse(fault);
            }
            before = byte;
            let length = at.saturating_add(1);
            let head = waiting.get(..length).unwrap_or_default();
            if byte == b'\n' && head.ends_with(b"\r\n\r\n") {
                return self.finish_head(head);
            }
        }
        self.place = Place::Head { judged: waiting.len() };
        Step::More
    }

    fn finish_head(&mut self, head: &[u8]) -> Step {
        match inspect(head) {
            Ok(Framing::Length(0)) => self.place = Place::default(),
            Ok(Framing::Length(left)) => self.place = Place::Body { left },
            Ok(Framing::Chunked) => self.place = Place::Last,
            Err(fault) => return Step::Refuse(fault),
        }
        Step::Head(head.len())
    }
}
