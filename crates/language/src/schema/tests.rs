//! Tests of the published schema against the tables it is made from.

use super::*;

fn definition<'a>(schema: &'a Value, name: &str) -> &'a Value {
    schema.pointer(&format!("/$defs/{name}")).unwrap_or_else(|| panic!("no {name}"))
}

fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Object(map) => {
            found.extend(map.get("$ref").and_then(Value::as_str));
            map.values().for_each(|value| references(value, found));
        }
        _ => {}
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let schema = json_schema();
    let mut found = Vec::new();
    references(&schema, &mut found);
    for reference in &found {
        assert!(schema.pointer(reference.strip_prefix('#').unwrap()).is_some(), "{reference}");
    }
    let defs = schema["$defs"].as_object().unwrap();
    for name in defs.keys() {
        assert!(found.iter().any(|r| *r == format!("#/$defs/{name}")), "{name} is not used");
        assert!(!name.ends_with('2'), "two tables are called {name}");
    }
    for name in ["ConsumedAPI", "RESTExposure", "MCPExposure", "SkillExposure", "ControlExposure", "Tool", "MockCase"] {
        definition(&schema, name);
    }
}

#[test]
fn keys_say_what_they_are() {
    let schema = json_schema();
    let consumed = definition(&schema, "ConsumedAPI");
    assert_eq!(consumed["additionalProperties"], json!(false));
    assert_eq!(consumed["patternProperties"], json!({"^x-": true}));
    assert_eq!(consumed["properties"]["openapi"]["x-capstan"], json!(true));
    assert_eq!(consumed["properties"]["namespace"].get("x-capstan"), None);
    assert_eq!(consumed["properties"]["tunnel"]["deprecated"], json!(true));
    assert!(consumed["properties"]["tunnel"]["description"].as_str().unwrap().contains("Not supported: "));
    assert_eq!(consumed["properties"]["baseUrl"]["type"], consumed["properties"]["baseUri"]["type"]);
    let named = &consumed["properties"]["resources"];
    assert_eq!(named["type"], json!(["object", "array"]));
    assert_eq!(named["additionalProperties"], json!({"$ref": "#/$defs/ConsumedResource"}));
    assert_eq!(named["items"], json!({"$ref": "#/$defs/ConsumedResource"}));
}

#[test]
fn requirements() {
    let schema = json_schema();
    assert_eq!(definition(&schema, "Authentication")["required"], json!(["type"]));
    let mapping = definition(&schema, "Mapping");
    assert_eq!(mapping["required"], json!(["value"]));
    assert_eq!(mapping["allOf"][0]["anyOf"], json!([{"required": ["target"]}, {"required": ["targetName"]}]));
    let exposure = definition(&schema, "Exposure");
    assert_eq!(exposure["anyOf"], json!([{"required": ["type"]}, {"required": ["from"]}]));
    assert_eq!(exposure["allOf"][1]["if"]["properties"]["type"], json!({"enum": ["mcp"]}));
    assert_eq!(exposure["allOf"][1]["then"], json!({"$ref": "#/$defs/MCPExposure"}));
    assert_eq!(exposure.get("additionalProperties"), None);
}
