//! From the bytes of a body to a request, or to a problem that says what is wrong and in which field.

use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};
use serde::de::DeserializeOwned;
use serde_path_to_error::{Path, Segment};

use super::error::{Code, Problem};
use super::strict::Strict;

/// What a complaint about a whole field begins with; the field's name follows.
const ABOUT_FIELDS: [&str; 3] = ["missing field `", "unknown field `", "duplicate field `"];

/// The body as the wanted type.
///
/// # Errors
/// 415 or 400, naming what is wrong and where.
pub(super) fn parse<T: DeserializeOwned>(headers: &HeaderMap, body: &[u8]) -> Result<T, Problem> {
    check_media_type(headers)?;
    let mut json = serde_json::Deserializer::from_slice(body);
    T::deserialize(Strict(&mut json))
        .and_then(|request| json.end().map(|()| request))
        .map_err(|error| malformed::<T>(body, &error))
}

/// JSON in UTF-8, as it is.
fn check_media_type(headers: &HeaderMap) -> Result<(), Problem> {
    let refused = |detail: String| Err(Problem::new(Code::UnsupportedMediaType, detail));
    let content_type = headers.get(CONTENT_TYPE);
    let content_type = content_type.map_or(Ok(""), |value| value.to_str());
    let mut parts = content_type
        .unwrap_or("something unreadable")
        .split(';')
        .map(str::trim);
    let media_type = parts.next().unwrap_or_default();
    if !media_type.eq_ignore_ascii_case("application/json") {
        let found = if media_type.is_empty() {
            "nothing"
        } else {
            media_type
        };
        return refused(format!(
            "Content-Type must be application/json, not {found}"
        ));
    }
    for (name, value) in parts.filter_map(|parameter| parameter.split_once('=')) {
        let value = value.trim_matches('"');
        if name.eq_ignore_ascii_case("charset") && !value.eq_ignore_ascii_case("utf-8") {
            return refused(format!("JSON is written in UTF-8, not in {value}"));
        }
    }
    for encoding in headers.get_all(CONTENT_ENCODING) {
        if !encoding.as_bytes().eq_ignore_ascii_case(b"identity") {
            return refused("Content-Encoding must be identity, which is none".to_owned());
        }
    }
    Ok(())
}

/// What is wrong with a body, and in which field. It is read once more for that, since keeping track
/// of the field costs time that a good body need not pay.
fn malformed<T: DeserializeOwned>(body: &[u8], error: &serde_json::Error) -> Problem {
    let mut again = serde_json::Deserializer::from_slice(body);
    let located = serde_path_to_error::deserialize::<_, T>(Strict(&mut again)).err();
    let field = located.and_then(|error| field(error.path(), &error.inner().to_string()));
    match field {
        Some(field) => Problem::invalid(&field, error),
        None => Problem::new(Code::InvalidRequest, error.to_string()),
    }
}

/// The field that a complaint is about, as in `customer.email` or `tags[1]`.
fn field(path: &Path, complaint: &str) -> Option<String> {
    let mut field = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => field.push_str(&format!("[{index}]")),
            Segment::Map { key } => join(&mut field, key),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    // Such a complaint may be located at the object around the field.
    let named = ABOUT_FIELDS
        .iter()
        .find_map(|beginning| complaint.strip_prefix(beginning))
        .and_then(|rest| rest.split('`').next());
    if let Some(name) = named
        && path
            .iter()
            .next_back()
            .is_none_or(|last| !is_key(last, name))
    {
        join(&mut field, name);
    }
    (!field.is_empty()).then_some(field)
}

fn is_key(segment: &Segment, name: &str) -> bool {
    matches!(segment, Segment::Map { key } if key == name)
}

fn join(field: &mut String, name: &str) {
    if !field.is_empty() {
        field.push('.');
    }
    field.push_str(name);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only whether it can be read matters")]
    struct Outer {
        word: Option<Word>,
        inner: Option<Inside>,
        #[serde(default)]
        list: Vec<Inside>,
        #[serde(default)]
        free: BTreeMap<String, Option<String>>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only whether it can be read matters")]
    struct Inside {
        number: u64,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Word {
        Open,
        Closed,
    }

    fn read(body: &str) -> Result<Outer, Problem> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, "application/json".parse().unwrap());
        parse(&headers, body.as_bytes())
    }

    #[test]
    fn objects_and_words_are_read() {
        for good in [
            "{}",
            r#" {"word": "open", "inner": {"number": 7}} "#,
            r#"{"word": "c\u006cosed", "list": [{"number": 0}], "free": {"a": null, "b": "c"}}"#,
            r#"{"word": null, "inner": null}"#,
        ] {
            assert!(read(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn anything_else_is_refused_and_its_field_named_in_words_of_json() {
        for (bad, field, said) in [
            ("[]", "", "expected an object"),
            ("7", "", "expected an object"),
            ("{} {}", "", "trailing"),
            (r#"["open"]"#, "", "expected an object"),
            (r#"{"inner": [1]}"#, "inner", "expected an object"),
            (
                r#"{"list": [{"number": 1}, [1]]}"#,
                "list[1]",
                "expected an object",
            ),
            (r#"{"list": {}}"#, "list", "expected a list"),
            (r#"{"word": {"open": null}}"#, "word", "expected a string"),
            (r#"{"word": "shut"}"#, "word", "expected `open` or `closed`"),
            (r#"{"inner": {}}"#, "inner.number", "missing field"),
            (r#"{"inner": {"numbr": 1}}"#, "inner.numbr", "unknown field"),
            (r#"{"inner": {"number": -1}}"#, "inner.number", "from 0 on"),
            (r#"{"inner": {"number": 1.5}}"#, "inner.number", "from 0 on"),
            (r#"{"inner": {"number": "1"}}"#, "inner.number", "from 0 on"),
            (
                r#"{"inner": {"number": 1, "number": 2}}"#,
                "inner.number",
                "duplicate",
            ),
            (r#"{"wrd": 1}"#, "wrd", "unknown field"),
            (r#"{"free": []}"#, "free", "expected an object"),
            (r#"{"free": {"a": "1", "a": "2"}}"#, "free.a", "duplicate"),
            (r#"{"free": {"a": 1}}"#, "free.a", "expected a string"),
        ] {
            let problem = serde_json::to_value(read(bad).unwrap_err().to_answer().body);
            let problem = problem.unwrap().as_str().unwrap().to_owned();
            let problem: serde_json::Value = serde_json::from_str(&problem).unwrap();
            let named = problem["field"].as_str().unwrap_or_default();
            assert_eq!(named, field, "{bad}: {problem}");
            let detail = problem["detail"].as_str().unwrap();
            assert!(detail.contains(said), "{bad}: {detail}");
            for word in ["struct", "enum", "Outer", "Inside", "Word", "u64"] {
                assert!(!detail.contains(word), "{bad}: {detail}");
            }
        }
    }
}
