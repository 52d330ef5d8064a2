//! Single values: durations, sizes, rates, addresses and secrets.

use std::io::Read as _;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::SecretString;

use crate::limits::Rate;

/// The longest duration: nothing here waits for more than a day.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// `250ms`, `30s`, `5m`, `2h`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{}` is not a duration; write for example 250ms, 30s or 5m", cut(text));
    let (count, unit) = number_and_unit(text).ok_or_else(wrong)?;
    let millis = match unit {
        "ms" => Some(count),
        "s" => count.checked_mul(1000),
        "m" => count.checked_mul(60_000),
        "h" => count.checked_mul(3_600_000),
        _ => None,
    };
    match millis.map(Duration::from_millis) {
        Some(duration) if duration > LONGEST => Err("is longer than 24h".to_owned()),
        Some(duration) if !duration.is_zero() => Ok(duration),
        Some(_) | None => Err(wrong()),
    }
}

/// `65536`, `64KiB`, `8MiB`; at most `most` MiB.
pub(super) fn bytes(text: &str, most: u64) -> Result<usize, String> {
    let wrong = || format!("`{}` is not a size; write for example 65536, 64KiB or 8MiB", cut(text));
    let (count, unit) = number_and_unit(text).ok_or_else(wrong)?;
    let bytes = match unit {
        "" | "B" => Some(count),
        "KiB" => count.checked_mul(1024),
        "MiB" => count.checked_mul(1024 * 1024),
        _ => None,
    };
    if bytes.is_some_and(|bytes| bytes > most.saturating_mul(1024 * 1024)) {
        return Err(format!("is more than {most}MiB"));
    }
    bytes.filter(|n| *n > 0).and_then(|n| usize::try_from(n).ok()).ok_or_else(wrong)
}

/// `https://fieldgate.example`: a scheme and a host, perhaps a port, and nothing behind.
pub(super) fn origin(text: &str) -> Result<String, String> {
    let wrong = || format!("`{}` is not an address; write https://fieldgate.example", cut(text));
    let url = url::Url::parse(text).map_err(|_not_one| wrong())?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let plain = url.username().is_empty() && url.password().is_none() && url.host().is_some();
    let known = matches!(url.scheme(), "http" | "https");
    if bare && plain && known { Ok(url.origin().ascii_serialization()) } else { Err(wrong()) }
}

/// `600/minute burst 60`; without `burst`, as many as one second or one call brings.
pub(super) fn rate(text: &str) -> Result<Rate, String> {
    let wrong = || {
        format!(
            "`{}` is not a rate; write for example `10/second` or `600/minute burst 60`",
            cut(text)
        )
    };
    let mut words = text.split_whitespace();
    let (count, unit) = words.next().and_then(|w| w.split_once('/')).ok_or_else(wrong)?;
    let count: NonZeroU32 = count.parse().map_err(|_not_a_number| wrong())?;
    let per_second = match unit {
        "second" | "s" => count.get(),
        "minute" | "min" => count.get().div_ceil(60),
        "hour" | "h" => count.get().div_ceil(3600),
        _ => return Err(wrong()),
    };
    let burst = match (words.next(), words.next(), words.next()) {
        (None, None, None) => NonZeroU32::new(per_second).unwrap_or(NonZeroU32::MIN),
        (Some("burst"), Some(burst), None) => burst.parse().map_err(|_not_a_number| wrong())?,
        _ => return Err(wrong()),
    };
    match unit {
        "second" | "s" => Rate::per_second(count, burst),
        "minute" | "min" => Rate::per_minute(count, burst),
        _ => Rate::per_hour(count, burst),
    }
    .map_err(|error| error.to_string())
}

/// A whole number from 1 to `most`.
pub(super) fn count(text: &str, most: u32) -> Result<u32, String> {
    match text.parse::<u32>() {
        Ok(count) if (1..=most).contains(&count) => Ok(count),
        _ => Err(format!("`{}` is not a whole number from 1 to {most}", cut(text))),
    }
}

/// A path, relative to the configuration file.
pub(super) fn path(base: &Path, text: &str) -> Result<PathBuf, String> {
    if text.trim().is_empty() { Err("is empty".to_owned()) } else { Ok(base.join(text)) }
}

/// A secret in a file of its own; line breaks at its end are cut off.
pub(super) fn secret(base: &Path, text: &str) -> Result<SecretString, String> {
    let path = path(base, text)?;
    let shown = path.display();
    let content = file(&path, 16 * 1024)?;
    let content = String::from_utf8(content).unwrap_or_default();
    let secret = content.trim_end_matches(['\r', '\n']);
    let printable = secret.bytes().all(|b| b.is_ascii_graphic());
    if secret.is_empty() || !printable {
        return Err(format!("`{shown}` must hold one line of printable characters, nothing else"));
    }
    Ok(SecretString::from(secret))
}

/// A file of at most `most` bytes.
pub(super) fn file(path: &Path, most: u64) -> Result<Vec<u8>, String> {
    let fail = |why: &dyn std::fmt::Display| format!("`{}` {why}", path.display());
    let failed = |error: std::io::Error| fail(&format_args!("cannot be read: {error}"));
    let opened = std::fs::File::open(path).map_err(failed)?;
    let mut content = Vec::new();
    opened.take(most.saturating_add(1)).read_to_end(&mut content).map_err(failed)?;
    if u64::try_from(content.len()).is_ok_and(|length| length <= most) {
        Ok(content)
    } else {
        Err(fail(&format_args!("is larger than {most} bytes")))
    }
}

fn number_and_unit(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at_checked(end)?;
    Some((digits.parse().ok()?, unit.trim()))
}

/// A text as a problem shows it.
pub(super) fn cut(text: &str) -> String {
    text.chars().take(80).flat_map(char::escape_debug).collect()
}
