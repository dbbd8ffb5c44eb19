use std::path::Path;

use super::{Imported, Kind, Selection, Wanted, import};
use crate::source::MemoryFiles;

const PETS: &str = r#"
openapi: 3.0.3
info: {title: Pet Store, version: "2"}
servers:
- url: https://{region}.pets.example/v1
  variables: {region: {default: eu}}
security: [{key: []}]
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
    cert: {type: mutualTLS}
paths:
  /pets/{id}:
    get:
      operationId: pets/get
      tags: [pets]
      summary: One pet.
      parameters:
      - {name: id, in: path, required: true, schema: {type: integer}}
      responses: {"200": {description: ok}}
    trace:
      responses: {"200": {description: ok}}
  /orders:
    post:
      tags: [orders]
      security: [{cert: []}]
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Gone'}}}}
      responses: {"200": {description: ok}}
"#;

fn imported(text: &str, kind: Kind, tags: &[&str]) -> Result<Imported, String> {
    let files = MemoryFiles::new().with("in/doc", text);
    let tags: Vec<String> = tags.iter().map(ToString::to_string).collect();
    let selection = Selection::new(&tags, &[]).map_err(|why| why.to_string())?;
    import(&files, &Wanted { kind, document: Path::new("in/doc"), folder: Path::new("out"), name: None, selection })
}

fn text<'i>(imported: &'i Imported, name: &str) -> &'i str {
    let found = imported.files.iter().find(|(path, _)| path == &Path::new("out").join(name));
    found.map_or_else(|| panic!("{name} in {:?}", imported.files), |(_, text)| text)
}

#[test]
fn a_document_becomes_a_capability() {
    let imported = imported(PETS, Kind::OpenApi, &[]).unwrap();
    assert_eq!((&*imported.name, imported.operations), ("pet-store", 2), "{imported:?}");
    let capability = text(&imported, "pet-store.yaml");
    for expected in [
        "label: Pet Store",
        "https://{{env.PET_STORE_REGION}}.pets.example/v1",
        "type: apikey",
        "key: X-Key",
        "value: '{{env.PET_STORE_API_KEY}}'",
        "name: pets-get",
        "description: One pet.",
        "call: pet-store.pets-get",
        "name: post-orders",
    ] {
        assert!(capability.contains(expected), "{expected} in\n{capability}");
    }
    assert!(text(&imported, ".env").contains("PET_STORE_REGION=eu"));
    assert_eq!(imported.variables, ["PET_STORE_REGION", "PET_STORE_API_KEY"]);
    let left: Vec<&str> = imported.left.iter().map(|left| &*left.what).collect();
    assert_eq!(left.len(), 3, "{left:?}");
    assert!(left.contains(&"TRACE /pets/{id}") && left.contains(&"the credential of POST /orders"), "{left:?}");
    // What leads nowhere is not in the copy.
    assert!(!text(&imported, "pet-store.openapi.json").contains("Gone"));
}

#[test]
fn a_sound_document_is_copied_as_it_is() {
    let sound = PETS.replace("$ref: '#/components/schemas/Gone'", "type: object");
    let imported = imported(&sound, Kind::OpenApi, &["pets"]).unwrap();
    assert_eq!(text(&imported, "pet-store.openapi.yaml"), sound);
    assert_eq!(imported.operations, 1);
}

#[test]
fn what_is_not_there_is_said() {
    let why = imported(PETS, Kind::OpenApi, &["pet"]).unwrap_err();
    assert_eq!(why, "no operation has the tag `pet`; did you mean `pets`?");
    let why = Selection::new(&[], &["/pets".to_owned()]).unwrap_err();
    assert_eq!(why.to_string(), "`/pets` is not METHOD:PATH, such as GET:/pets/{id}");
    assert!(imported("a: 1", Kind::OpenApi, &[]).is_err());
    assert!(imported("{}", Kind::Postman, &[]).unwrap_err().contains("no Postman collection"));
}

#[test]
fn a_collection_becomes_a_capability() {
    let collection = r#"{
      "info": {"name": "Shop", "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
      "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{token}}"}]},
      "variable": [{"key": "version", "value": "v3"}],
      "item": [{"name": "Items", "item": [
        {"name": "Get item", "request": {"method": "GET",
          "url": {"raw": "{{host}}/{{version}}/items/:id?full=true",
            "variable": [{"key": "id", "value": "7", "description": "Which one."}],
            "query": [{"key": "full", "value": "true", "description": "All of it."}]}},
          "response": [{"name": "ok", "code": 200, "body": "{\"name\": \"x\"}"}]},
        {"name": "Add item", "request": {"method": "POST", "url": "{{host}}/{{version}}/items",
          "auth": {"type": "noauth"},
          "header": [{"key": "X-Trace", "value": "1"}, {"key": "Content-Type", "value": "application/json"}],
          "body": {"mode": "raw", "raw": "{\"name\": \"a\", \"count\": 2}"}}}
      ]}]
    }"#;
    let imported = imported(collection, Kind::Postman, &[]).unwrap();
    assert_eq!((imported.operations, &imported.left[..]), (2, &[][..]), "{imported:#?}");
    let capability = text(&imported, "shop.yaml");
    for expected in ["https://{{env.SHOP_HOST}}", "/v3/items/{id}", "name: get-item", "token: '{{env.SHOP_TOKEN}}'"] {
        assert!(capability.contains(expected), "{expected} in\n{capability}");
    }
    let document = text(&imported, "shop.openapi.json");
    assert!(document.contains("All of it.") && document.contains("X-Trace") && !document.contains("Content-Type"));
}
