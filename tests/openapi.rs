//! The OpenAPI document is part of the contract: a change of it shows in its golden file.
//!
//! `OCHRE_UPDATE_GOLDEN=1 cargo nextest run --test openapi` writes the file anew.

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
