//! Owns defaults and examples of keys, for the schema for editors and the reference page. It gives no key a
//! meaning.

use crate::fields::Table;
use crate::keys::{
    AUTH, BIND, CAPABILITY, CONSUMES, EXPOSED_RESOURCE, FORWARD, INFO, MCP, MOCK, OPERATION, OUTPUT, PARAMETER,
    RESOURCE, REST, ROOT, SANDBOX, STEP, TOOL, UNIT,
};

/// A default and an example, both as they would be written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Note {
    /// What holds where the key is absent.
    pub(crate) default: Option<&'static str>,
    /// What it may look like, as YAML on one line.
    pub(crate) example: Option<&'static str>,
}

/// The note of a key.
pub(crate) fn note(table: &'static Table, key: &str) -> Option<Note> {
    let row = NOTES.iter().find(|(of, name, ..)| std::ptr::eq(*of, table) && *name == key);
    let (_, _, default, example) = row?;
    let some = |text: &'static str| (!text.is_empty()).then_some(text);
    Some(Note { default: some(default), example: some(example) })
}

/// Table, key, default, example.
static NOTES: &[(&Table, &str, &str, &str)] = &[
    (&ROOT, "naftiko", "", "1.0.0-alpha2"),
    (&ROOT, "ikanos", "", "1.0.0-beta5"),
    (&INFO, "label", "the file's name", "Greeter"),
    (&INFO, "description", "", "Greets people by name."),
    (&INFO, "version", "", "1.2.0"),
    (&CAPABILITY, "hold-breaking", "false", "true"),
    (&BIND, "namespace", "", "greeter-env"),
    (&BIND, "location", "the environment", "./settings.yaml"),
    (&BIND, "keys", "", "{GREETER_TOKEN: GREETER_TOKEN}"),
    (&CONSUMES, "type", "http", "http"),
    (&CONSUMES, "namespace", "", "greetings"),
    (&CONSUMES, "baseUri", "", "https://api.greeter.example"),
    (&CONSUMES, "openapi", "the file's name with .openapi.yaml", "./greeter.openapi.yaml"),
    (&RESOURCE, "path", "", "/v2/greetings/{id}"),
    (&OPERATION, "name", "", "get-greeting"),
    (&OPERATION, "method", "GET", "POST"),
    (&OPERATION, "outputRawFormat", "json", "xml"),
    (&OPERATION, "maxBinarySize", "10 MB", "5MB"),
    (&PARAMETER, "name", "", "city"),
    (&PARAMETER, "in", "from path and method", "query"),
    (&PARAMETER, "type", "string", "integer"),
    (&PARAMETER, "required", "true", "false"),
    (&PARAMETER, "value", "", "'{{REGION}}'"),
    (&PARAMETER, "default", "", "10"),
    (&PARAMETER, "pattern", "", "'^[a-z]{2}$'"),
    (&PARAMETER, "enum", "", "[metric, imperial]"),
    (&PARAMETER, "description", "", "The name of the city."),
    (&AUTH, "type", "", "bearer"),
    (&AUTH, "token", "", "'{{GREETER_TOKEN}}'"),
    (&AUTH, "key", "", "X-API-Key"),
    (&AUTH, "value", "", "'{{GREETER_KEY}}'"),
    (&AUTH, "placement", "header", "query"),
    (&AUTH, "scopes", "", "[read]"),
    (&REST, "namespace", "the file's name with -rest", "greeter-rest"),
    (&REST, "port", "any free one for a gateway alone", "8080"),
    (&REST, "address", "loopback", "0.0.0.0"),
    (&REST, "basePath", "", "/v1"),
    (&EXPOSED_RESOURCE, "path", "", "/hello/{name}"),
    (&FORWARD, "targetNamespace", "", "greetings"),
    (&FORWARD, "trustedHeaders", "none", "[x-tenant]"),
    (&UNIT, "method", "GET", "POST"),
    (&UNIT, "call", "", "greetings.get-greeting"),
    (&UNIT, "with", "", "{name: greeter-rest.name}"),
    (&MCP, "namespace", "the file's name with -mcp", "greeter-mcp"),
    (&MCP, "port", "any free one for a gateway alone", "9090"),
    (&MCP, "address", "loopback", "0.0.0.0"),
    (&MCP, "transport", "http", "stdio"),
    (&TOOL, "name", "", "greet"),
    (&TOOL, "description", "", "Greets somebody by name."),
    (&TOOL, "call", "", "greetings.get-greeting"),
    (&TOOL, "with", "", "{name: greeter-mcp.name}"),
    (&OUTPUT, "name", "", "greeting"),
    (&OUTPUT, "type", "", "string"),
    (&OUTPUT, "mapping", "", "$.message.text"),
    (&STEP, "name", "", "find-user"),
    (&STEP, "call", "", "users.find"),
    (&MOCK, "when", "always", "request.query.name == 'ada'"),
    (&MOCK, "status", "200", "404"),
    (&MOCK, "delay", "none", "200ms"),
    (&SANDBOX, "for", "", "[https://api.greeter.example]"),
    (&SANDBOX, "values", "", "{GREETER_TOKEN: sandbox-token}"),
];
