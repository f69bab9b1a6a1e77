//! The OpenAPI document is part of the contract: a change of it shows in its golden file.
//!
//! `OCHRE_UPDATE_GOLDEN=1 cargo nextest run --test openapi` writes the file anew.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, which should stop at once"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use ochre_assign::api::{Code, openapi_document};
use serde_json::Value;

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/openapi.json");

fn parsed() -> Value {
    serde_json::from_str(&openapi_document()).unwrap_or_default()
}

#[test]
fn the_document_is_the_golden_one() {
    let document = openapi_document();
    if std::env::var_os("OCHRE_UPDATE_GOLDEN").is_some() {
        let folder = Path::new(GOLDEN).parent();
        folder.map(fs::create_dir_all).transpose().unwrap();
        fs::write(GOLDEN, &document).unwrap();
    }
    let golden = fs::read_to_string(GOLDEN).unwrap_or_default();
    let differing = golden
        .lines()
        .zip(document.lines())
        .position(|(golden, now)| golden != now);
    assert!(
        golden == document,
        "tests/golden/openapi.json differs, first at line {differing:?}; \
         if that is meant, run with OCHRE_UPDATE_GOLDEN=1"
    );
}

#[test]
fn the_catalogue_is_in_the_document() {
    let document = parsed();
    let listed = document
        .pointer("/components/schemas/Problem/properties/code/enum")
        .and_then(Value::as_array)
        .unwrap();
    let listed: BTreeSet<_> = listed.iter().filter_map(Value::as_str).collect();
    let codes: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(listed, codes);
    let description = document.pointer("/info/description").unwrap().to_string();
    for code in codes {
        assert!(description.contains(&format!("| `{code}` |")), "{code}");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = parsed();
    let mut references = BTreeSet::new();
    collect_references(&document, &mut references);
    assert!(references.len() > 10, "{references:?}");
    for reference in references {
        let pointer = reference.trim_start_matches('#');
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

#[test]
fn every_operation_has_an_id_of_its_own_and_says_what_it_does() {
    let document = parsed();
    let mut ids = BTreeSet::new();
    let paths = document.get("paths").and_then(Value::as_object).unwrap();
    for (path, item) in paths {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation.get("operationId").and_then(Value::as_str);
            assert!(ids.insert(id), "{method} {path}: {id:?} is not its own");
            for key in ["operationId", "summary", "tags"] {
                assert!(operation.get(key).is_some(), "{method} {path}: {key}");
            }
        }
    }
}

/// Every operation with its method and path.
fn operations(document: &Value) -> Vec<(String, &Value)> {
    let paths = document.get("paths").and_then(Value::as_object).unwrap();
    let operations = paths.iter().flat_map(|(path, item)| {
        let item = item.as_object().unwrap();
        item.iter()
            .map(move |(method, operation)| (format!("{method} {path}"), operation))
    });
    operations.collect()
}

fn responses(operation: &Value) -> Vec<(&String, &Value)> {
    let responses = operation.get("responses").and_then(Value::as_object);
    responses.unwrap().iter().collect()
}

#[test]
fn every_answer_has_a_status_of_its_own_a_description_and_a_form() {
    let document = parsed();
    for (name, operation) in operations(&document) {
        for (status, response) in responses(operation) {
            let about = format!("{name} {status}");
            assert!(status.parse::<u16>().is_ok(), "{about}");
            let description = response.get("description").and_then(Value::as_str);
            assert!(description.is_some_and(|text| !text.is_empty()), "{about}");
            let is_refusal = status.starts_with(['4', '5']);
            let form = "/content/application~1problem+json/schema/$ref";
            let problem = response.pointer(form).and_then(Value::as_str);
            let expected = is_refusal.then_some("#/components/schemas/Problem");
            assert_eq!(problem, expected, "{about}");
            let waits = response.pointer("/headers/retry-after").is_some();
            assert_eq!(waits, ["429", "503"].contains(&status.as_str()), "{about}");
            let content = response.get("content").and_then(Value::as_object);
            let forms = content.map_or(0, serde_json::Map::len);
            let is_empty = ["101", "204"].contains(&status.as_str());
            assert_eq!(forms, usize::from(!is_empty), "{about}");
        }
    }
}

#[test]
fn every_code_is_named_where_it_can_be_met_and_with_its_status() {
    let document = parsed();
    let mut named = BTreeSet::new();
    for (name, operation) in operations(&document) {
        for (status, response) in responses(operation) {
            let description = response["description"].as_str().unwrap_or_default();
            for code in Code::ALL {
                if description.contains(&format!("`{}`", code.as_str())) {
                    assert_eq!(&code.status().to_string(), status, "{name}: {code:?}");
                    named.insert(code.as_str());
                }
            }
        }
    }
    // No operation has a method that it has not.
    named.insert(Code::MethodNotAllowed.as_str());
    let codes: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(named, codes);
}

#[test]
fn the_headers_of_requests_and_answers_are_described() {
    let document = parsed();
    for (name, operation) in operations(&document) {
        let takes = |header: &str| {
            let parameters = operation.get("parameters").and_then(Value::as_array);
            let mut parameters = parameters.into_iter().flatten();
            parameters.any(|one| one["in"] == "header" && one["name"] == header)
        };
        let is_change = ["put ", "post ", "patch "]
            .iter()
            .any(|method| name.starts_with(method));
        let of_conversation = name.contains(" /v1/conversations/{id}");
        let is_sign_in = name == "post /v1/session";
        assert_eq!(takes("Idempotency-Key"), is_change && !is_sign_in, "{name}");
        let of_rules = name.ends_with(" /v1/routing/rules");
        let is_versioned = of_conversation || of_rules;
        assert_eq!(takes("If-Match"), is_change && is_versioned, "{name}");
        let mismatch = operation.pointer("/responses/412").is_some();
        assert_eq!(mismatch, is_change && is_versioned, "{name}");
        for (status, response) in responses(operation) {
            let tells = |header: &str| response.pointer(&format!("/headers/{header}")).is_some();
            let is_success = status.starts_with('2');
            let has_version = of_rules
                || (is_change && name.contains(" /v1/conversations"))
                || name == "get /v1/conversations/{id}";
            assert_eq!(tells("etag"), is_success && has_version, "{name} {status}");
            let made = ["conversations", "users", "teams"];
            let creates = made.iter().any(|what| name == format!("post /v1/{what}"));
            assert_eq!(tells("location"), is_success && creates, "{name} {status}");
        }
    }
}

fn collect_references(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                match member {
                    Value::String(text) if key == "$ref" => {
                        into.insert(text.clone());
                    }
                    other => collect_references(other, into),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect_references(item, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
