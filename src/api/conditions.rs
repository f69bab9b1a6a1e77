//! `If-Match` (RFC 9110 § 13.1.1): a change only of what the client saw.

use actix_web::http::header::{HeaderMap, IF_MATCH};

use super::error::Problem;

/// The versions that a request accepts; `None` is any. A tag that is no version of ours is well formed
/// and matches nothing: tags are compared as they are written.
///
/// # Errors
/// 400 when it is no list of entity tags.
pub(super) fn if_match(headers: &HeaderMap) -> Result<Option<Vec<u64>>, Problem> {
    // Several lines are one list.
    let lines: Vec<&[u8]> = headers
        .get_all(IF_MATCH)
        .map(|line| line.as_bytes())
        .collect();
    if lines.is_empty() {
        return Ok(None);
    }
    let list = lines.join(&b", "[..]);
    if list.trim_ascii() == b"*" {
        return Ok(None);
    }
    versions(&list).map(Some).ok_or_else(|| {
        let detail = "must be `*` or entity tags, each in double quotes as in ETag";
        Problem::invalid("If-Match", detail)
    })
}

/// The versions among the tags of a list that has one tag at least.
fn versions(list: &[u8]) -> Option<Vec<u64>> {
    let mut versions = Vec::new();
    let mut rest = list.trim_ascii();
    let mut count: usize = 0;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix(b",") {
            rest = after.trim_ascii_start();
            continue;
        }
        let weak = rest.strip_prefix(b"W/");
        let (tag, after) = opaque_tag(weak.unwrap_or(rest))?;
        count = count.saturating_add(1);
        if weak.is_none() {
            versions.extend(version(tag));
        }
        rest = after.trim_ascii_start();
        if !rest.is_empty() && !rest.starts_with(b",") {
            return None;
        }
    }
    (count > 0).then_some(versions)
}

/// What stands between the quotes, and what comes after them.
fn opaque_tag(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = text.strip_prefix(b"\"")?;
    let end = text.iter().position(|byte| *byte == b'"')?;
    let (tag, after) = text.split_at_checked(end)?;
    let visible = |byte: &u8| matches!(byte, 0x21..=0x7e | 0x80..);
    Some((tag, after.strip_prefix(b"\"")?)).filter(|_| tag.iter().all(visible))
}

fn version(tag: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(tag).ok()?;
    let version: u64 = text.parse().ok()?;
    (version.to_string() == text).then_some(version)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn read(lines: &[&str]) -> Result<Option<Vec<u64>>, Problem> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(IF_MATCH, HeaderValue::from_str(line).unwrap());
        }
        if_match(&headers)
    }

    #[test]
    fn any_version_is_no_condition() {
        for lines in [&[][..], &["*"], &[" * "]] {
            assert_eq!(read(lines).unwrap(), None, "{lines:?}");
        }
    }

    #[test]
    fn tags_are_compared_as_they_are_written() {
        for (lines, versions) in [
            (&["\"7\""][..], &[7][..]),
            (&["\"7\",\"8\" , \"9\""], &[7, 8, 9]),
            (&["\"7\"", "\"8\""], &[7, 8]),
            (&[",, \"7\" ,"], &[7]),
            (&["W/\"7\", \"8\""], &[8]),
            (
                &[
                    "\"07\"",
                    "\"+7\"",
                    "\"\"",
                    "\"abc\"",
                    "\"7,8\"",
                    "\"18446744073709551616\"",
                ],
                &[],
            ),
            (&["\"ä\""], &[]),
        ] {
            assert_eq!(read(lines).unwrap().unwrap(), versions, "{lines:?}");
        }
    }

    #[test]
    fn what_is_no_list_of_tags_is_refused() {
        for line in [
            "",
            " ",
            ",",
            "1",
            "\"1",
            "1\"",
            "\"1\" \"2\"",
            "\"1\", *",
            "*, *",
            "w/\"1\"",
            "W/1",
            "\"1 2\"",
        ] {
            assert!(read(&[line]).is_err(), "{line:?}");
        }
    }
}
