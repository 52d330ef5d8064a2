//! A request's head, read strictly: what two HTTP parsers could frame differently is refused.
//!
//! hyper is lenient where RFC 9112 lets a server be: it takes a missing or doubled Host, an
//! absolute-form target for another authority, Content-Length beside Transfer-Encoding, and bare
//! line feeds. Behind or in front of another parser each of those is a way to smuggle a request.

/// How the body of a request is delimited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// So many bytes, perhaps none.
    Length(u64),
    /// Chunks. Only hyper reads those; the connection ends with this request.
    Chunked,
}

/// Why a head is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeadFault {
    /// Longer than 16 KiB, or more than 64 fields.
    #[error("the request's head is larger than 16 KiB or 64 header fields")]
    TooLarge,
    /// A line feed without a carriage return, or the reverse.
    #[error("a line of the head does not end in CRLF")]
    BareLineEnd,
    /// A control character.
    #[error("the head contains a control character")]
    ControlCharacter,
    /// Not `METHOD target HTTP/1.1`.
    #[error("the request line is malformed")]
    RequestLine,
    /// Not HTTP/1.1 or HTTP/1.0.
    #[error("the protocol is not HTTP/1.1")]
    Version,
    /// A field that is no `name: value`, or continues the line before.
    #[error("a header field is malformed")]
    Field,
    /// No Host.
    #[error("the Host header is missing")]
    NoHost,
    /// More than one Host.
    #[error("the Host header was sent twice")]
    ManyHosts,
    /// The target names another authority than Host.
    #[error("the request target names another host than the Host header")]
    OtherAuthority,
    /// More than one Content-Length, or one that isn't a plain number.
    #[error("Content-Length must be sent once, as a number")]
    Length,
    /// Content-Length beside Transfer-Encoding.
    #[error("Content-Length and Transfer-Encoding exclude each other")]
    LengthAndEncoding,
    /// A Transfer-Encoding other than one `chunked`.
    #[error("Transfer-Encoding must be `chunked`")]
    Encoding,
}

impl HeadFault {
    /// The HTTP status to refuse with.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::TooLarge => 431,
            Self::Version => 505,
            Self::BareLineEnd
            | Self::ControlCharacter
            | Self::RequestLine
            | Self::Field
            | Self::NoHost
            | Self::ManyHosts
            | Self::OtherAuthority
            | Self::Length
            | Self::LengthAndEncoding
            | Self::Encoding => 400,
        }
    }
}

/// The longest head.
pub(super) const MAX_HEAD: usize = 16 * 1024;
/// The most header fields.
pub(super) const MAX_FIELDS: usize = 64;

/// Judges one byte of a head after the byte before it, so that a head which never ends is refused
/// at its first wrong byte.
pub(super) const fn judge_byte(before: u8, byte: u8) -> Result<(), HeadFault> {
    match (before, byte) {
        (b'\r', b'\n') => Ok(()),
        (b'\r', _) | (_, b'\n') => Err(HeadFault::BareLineEnd),
        (_, b'\t' | b'\r' | 0x20..=0x7e | 0x80..) => Ok(()),
        (_, 0x00..=0x1f | 0x7f) => Err(HeadFault::ControlCharacter),
    }
}

#[derive(Default)]
struct Fields<'a> {
    host: Option<&'a [u8]>,
    length: Option<u64>,
    chunked: bool,
}

/// Reads a whole head, from the request line to the empty line, whose bytes were all judged.
pub(super) fn inspect(head: &[u8]) -> Result<Framing, HeadFault> {
    let mut lines = head.split(|byte| *byte == b'\n').map(|line| line.trim_suffix_cr());
    let (target, is_1_1) = request_line(lines.next().unwrap_or_default())?;
    let mut fields = Fields::default();
    for (count, line) in lines.take_while(|line| !line.is_empty()).enumerate() {
        if count >= MAX_FIELDS {
            return Err(HeadFault::TooLarge);
        }
        field(line, &mut fields)?;
    }
    let host = fields.host.ok_or(HeadFault::NoHost)?;
    if let Some(authority) = authority(target)?
        && !authority.eq_ignore_ascii_case(host)
    {
        return Err(HeadFault::OtherAuthority);
    }
    match (fields.length, fields.chunked) {
        (Some(_), true) => Err(HeadFault::LengthAndEncoding),
        (None, true) if !is_1_1 => Err(HeadFault::Encoding),
        (None, true) => Ok(Framing::Chunked),
        (length, false) => Ok(Framing::Length(length.unwrap_or(0))),
    }
}

trait TrimCr {
    fn trim_suffix_cr(&self) -> &[u8];
}

impl TrimCr for [u8] {
    fn trim_suffix_cr(&self) -> &[u8] {
        self.strip_suffix(b"\r").unwrap_or(self)
    }
}

/// The target, and whether the version is 1.1.
fn request_line(line: &[u8]) -> Result<(&[u8], bool), HeadFault> {
    let mut parts = line.split(|byte| *byte == b' ');
    let (Some(method), Some(target), Some(version), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(HeadFault::RequestLine);
    };
    let plain = target.iter().all(|byte| (0x21..=0x7e).contains(byte) && *byte != b'#');
    if method.is_empty() || !method.iter().all(is_token) || target.is_empty() || !plain {
        return Err(HeadFault::RequestLine);
    }
    match version {
        b"HTTP/1.1" => Ok((target, true)),
        b"HTTP/1.0" => Ok((target, false)),
        _ => Err(HeadFault::Version),
    }
}

/// The authority of an absolute-form target; none for origin-form. Other forms have no use here.
fn authority(target: &[u8]) -> Result<Option<&[u8]>, HeadFault> {
    if target.starts_with(b"/") || target == b"*" {
        return Ok(None);
    }
    let rest = target
        .strip_prefix(b"http://")
        .or_else(|| target.strip_prefix(b"https://"))
        .ok_or(HeadFault::RequestLine)?;
    Ok(rest.split(|byte| matches!(byte, b'/' | b'?')).next())
}

fn field<'a>(line: &'a [u8], fields: &mut Fields<'a>) -> Result<(), HeadFault> {
    let mut halves = line.splitn(2, |byte| *byte == b':');
    let (Some(name), Some(value)) = (halves.next(), halves.next()) else {
        return Err(HeadFault::Field);
    };
    if name.is_empty() || !name.iter().all(is_token) {
        return Err(HeadFault::Field);
    }
    let value = value.trim_ascii();
    if name.eq_ignore_ascii_case(b"host") {
        if fields.host.replace(value).is_some() {
            return Err(HeadFault::ManyHosts);
        }
    } else if name.eq_ignore_ascii_case(b"content-length") {
        let length = number(value).ok_or(HeadFault::Length)?;
        if fields.length.replace(length).is_some() {
            return Err(HeadFault::Length);
        }
    } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
        if fields.chunked || !value.eq_ignore_ascii_case(b"chunked") {
            return Err(HeadFault::Encoding);
        }
        fields.chunked = true;
    }
    Ok(())
}

fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// RFC 9110, section 5.6.2.
fn is_token(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte)
}
