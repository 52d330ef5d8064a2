//! `multipart/form-data` with the parts `job` and `content`, in one body.

/// The boundary that a content type names.
pub(super) fn boundary(content_type: &str) -> Option<&str> {
    let (essence, parameters) = content_type.split_once(';')?;
    if !essence.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let parameter = parameters.split(';').find_map(|p| p.trim().strip_prefix("boundary="))?;
    let boundary = parameter.trim_matches('"');
    (!boundary.is_empty() && boundary.len() <= 70).then_some(boundary)
}

/// The part of that name.
pub(super) fn part<'a>(body: &'a str, boundary: &str, name: &str) -> Option<&'a str> {
    let delimiter = format!("--{boundary}");
    let wanted = format!("name=\"{name}\"");
    body.split(delimiter.as_str()).skip(1).find_map(|part| {
        let (head, content) = part.strip_prefix("\r\n")?.split_once("\r\n\r\n")?;
        let named = head.lines().any(|line| {
            let (header, value) = line.split_once(':').unwrap_or((line, ""));
            header.trim().eq_ignore_ascii_case("content-disposition")
                && value.split(';').any(|parameter| parameter.trim() == wanted)
        });
        named.then(|| content.strip_suffix("\r\n").unwrap_or(content))
    })
}
