//! Single values: durations, sizes, rates, addresses and secrets.

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::SecretString;

use crate::limits::Rate;

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
    match millis {
        Some(millis) if millis > 0 => Ok(Duration::from_millis(millis)),
        Some(_) | None => Err(wrong()),
    }
}

/// `65536`, `64KiB`, `8MiB`.
pub(super) fn bytes(text: &str) -> Result<usize, String> {
    let wrong = || format!("`{}` is not a size; write for example 65536, 64KiB or 8MiB", cut(text));
    let (count, unit) = number_and_unit(text).ok_or_else(wrong)?;
    let bytes = match unit {
        "" | "B" => Some(count),
        "KiB" => count.checked_mul(1024),
        "MiB" => count.checked_mul(1024 * 1024),
        _ => None,
    };
    bytes.filter(|n| *n > 0).and_then(|n| usize::try_from(n).ok()).ok_or_else(wrong)
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
    const MOST: u64 = 16 * 1024;
    let path = path(base, text)?;
    let shown = path.display();
    let size = std::fs::metadata(&path).map_err(|e| format!("`{shown}` cannot be read: {e}"))?;
    if size.len() > MOST {
        return Err(format!("`{shown}` is larger than {MOST} bytes, which is no secret"));
    }
    let content =
        std::fs::read_to_string(&path).map_err(|e| format!("`{shown}` cannot be read: {e}"))?;
    let secret = content.trim_end_matches(['\r', '\n']);
    let printable = secret.bytes().all(|b| b.is_ascii_graphic());
    if secret.is_empty() || !printable {
        return Err(format!("`{shown}` must hold one line of printable characters, nothing else"));
    }
    Ok(SecretString::from(secret))
}

fn number_and_unit(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at_checked(end)?;
    Some((digits.parse().ok()?, unit.trim()))
}

fn cut(text: &str) -> String {
    text.chars().take(80).flat_map(char::escape_debug).collect()
}
