//! JSON, against its schema and against the account.

use pgassay::coverage::{Account, Gauge, Selector, Threshold, thresholds};
use pgassay::report::coverage::{SCHEMA, json};
use serde_json::Value;

use crate::{contents, excluded, sample};

#[test]
fn json_is_as_documented() {
    let report = sample::small();
    let exclusions = [excluded("audit.*", "kept by another team")];
    let account = Account::new(&report, &exclusions);
    let earlier = sample::earlier(&account.figures, 1);
    let value: Value =
        serde_json::from_str(&json(&contents(&account, &earlier, &[])).unwrap()).unwrap();
    let mut shown = value.clone();
    let objects = shown["objects"].as_array_mut().unwrap();
    // Of each kind one, or nobody reads it.
    objects.dedup_by_key(|object| object["kind"].clone());
    insta::assert_snapshot!(serde_json::to_string_pretty(&shown).unwrap());
}

#[test]
fn json_is_valid_by_its_schema_and_the_schema_refuses_what_is_not() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let report = sample::of_size(600);
    let exclusions = [excluded("audit.*", "kept by another team")];
    let account = Account::new(&report, &exclusions);
    let earlier = sample::earlier(&account.figures, 5);
    let asked = [Threshold {
        gauge: Gauge::Exercised,
        objects: Selector::default(),
        least: 99.5,
    }];
    let complaints = thresholds(&account, &asked);
    assert!(!complaints.is_empty());
    let text = json(&contents(&account, &earlier, &complaints)).unwrap();
    let value: Value = serde_json::from_str(&text).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(&value)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
    for (pointer, wrong) in [
        ("/version", Value::from(2)),
        ("/objects/0/level", Value::from("verified")),
        ("/objects/0/properties/0/is_asserted", Value::Null),
        ("/figures/objects", Value::from(-1)),
        ("/began", Value::from("yesterday")),
    ] {
        let mut broken = value.clone();
        *broken.pointer_mut(pointer).unwrap() = wrong;
        assert!(!validator.is_valid(&broken), "{pointer}");
    }
}

#[test]
fn figures_are_what_the_objects_add_up_to() {
    let report = sample::of_size(600);
    let exclusions = [excluded("crm.*", "kept by another team")];
    let account = Account::new(&report, &exclusions);
    let text = json(&contents(&account, &[], &[])).unwrap();
    let value: Value = serde_json::from_str(&text).unwrap();
    let objects = value["objects"].as_array().unwrap();
    let counting = || objects.iter().filter(|object| object["excluded"].is_null());
    assert_eq!(value["figures"]["objects"], counting().count());
    assert_eq!(
        value["figures"]["excluded"],
        objects.len() - counting().count()
    );
    for (field, level) in [
        ("uncovered", "uncovered"),
        ("partly_exercised", "partly-exercised"),
        ("asserted_and_exercised", "asserted-and-exercised"),
    ] {
        assert_eq!(
            value["figures"][field],
            counting().filter(|object| object["level"] == level).count()
        );
    }
    let asserted = counting()
        .flat_map(|object| object["properties"].as_array().unwrap())
        .filter(|it| it["is_asserted"] == true);
    assert_eq!(value["figures"]["asserted_properties"], asserted.count());
    for (index, group) in value["groups"].as_array().unwrap().iter().enumerate() {
        let members = counting().filter(|object| object["group"] == index);
        assert_eq!(group["figures"]["objects"], members.count());
    }
}

#[test]
fn the_first_line_of_a_body_is_told_where_the_script_has_it_in_the_words_of_the_server() {
    let report = sample::small();
    let account = Account::new(&report, &[]);
    let text = json(&contents(&account, &[], &[])).unwrap();
    let value: Value = serde_json::from_str(&text).unwrap();
    let objects = value["objects"].as_array().unwrap();
    let mut told = Vec::new();
    for object in objects {
        let logic = &object["logic"];
        let points = logic["points"].as_array().into_iter().flatten();
        for point in points.filter(|_| !logic["first_line"].is_null()) {
            let first = logic["first_line"].as_u64().unwrap();
            let line = first + point["body_line"].as_u64().unwrap() - 1;
            assert_eq!(point["file_line"], line);
            told.push(object["name"].as_str().unwrap());
        }
    }
    told.dedup();
    // Neither of what is kept analysed, nor of what cannot be read.
    assert_eq!(told, ["date_row", "refund", "settle", "refund"]);
}

#[test]
fn every_field_of_the_schema_is_documented() {
    fn fields(schema: &Value, found: &mut Vec<String>) {
        match schema {
            Value::Object(members) => {
                if let (Some(Value::Object(properties)), Some(Value::String(_))) =
                    (members.get("properties"), members.get("type"))
                {
                    found.extend(properties.keys().cloned());
                }
                let required = members.get("required").and_then(Value::as_array);
                let names = required.into_iter().flatten().filter_map(Value::as_str);
                found.extend(names.map(str::to_owned));
                members.values().for_each(|member| fields(member, found));
            }
            Value::Array(members) => members.iter().for_each(|member| fields(member, found)),
            _ => {}
        }
    }
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let mut found = Vec::new();
    fields(&schema, &mut found);
    assert!(found.len() > 50);
    let document = include_str!("../../docs/coverage.md");
    let missing: Vec<&String> = found
        .iter()
        .filter(|field| !document.contains(&format!("`{field}`")))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
