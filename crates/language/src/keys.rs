//! The key tables of the dialect: one row per key, shared by the readers, the unknown-key diagnostics and the published JSON
//! Schema. A flat table; what a key *does* is in the reader and linker of its kind.

mod job;
mod words;

use crate::{
    document::Node,
    fields::{
        Key, KeyType,
        KeyType::{Any, Bool, Enum, Integer, List, Map, Named, Number, Object, OneOf, Text, TextList, When},
        Table,
    },
};
pub(crate) use job::{ASYNC, CANCEL, EVERY, FAILURE, JOB, LIMITS, POLL, PROGRESS, RESULT, TOLERATE};
use words::{
    AUTHENTICATION, BODY_TYPE, FORMAT, IKANOS, LANGUAGE, METHOD, NAFTIKO, PARAMETER_PLACE, PLACEMENT, TYPE, VALIDATION,
};

/// A type, or a list of types as JSON Schema allows it.
const TYPES: KeyType = OneOf(&[TYPE, List(&TYPE)]);

/// Whether it must be given, or which members must be.
const REQUIRED: KeyType = OneOf(&[Bool, List(&Text)]);

/// Other documents: a path, or a mapping that names it.
const IMPORTS: KeyType = OneOf(&[Text, Object(&IMPORT), List(&OneOf(&[Text, Object(&IMPORT)]))]);

/// A JSON Schema.
const SCHEMA: KeyType = Map(&Any);

/// Several headers or parameters.
const PAIRS: KeyType = OneOf(&[Map(&Any), List(&Object(&PAIR))]);

/// The outermost mapping of a document.
pub(crate) static ROOT: Table = Table::new(
    "a capability document",
    "One capability, or a library of parts others import.",
    &[
        Key::new("naftiko", OneOf(&[NAFTIKO, Map(&Any)]), "The Naftiko dialect version."),
        Key::new("ikanos", IKANOS, "The Ikanos dialect version."),
        Key::new("info", Object(&INFO), "What the capability is."),
        Key::new("capability", Object(&CAPABILITY), "What it consumes and exposes."),
        Key::new("consumes", List(&Object(&CONSUMES)), "Consumed APIs."),
        Key::new("exposes", List(&Object(&EXPOSES)), "What is served."),
        Key::new("aggregates", Named(&AGGREGATE), "Named flows that exposures refer to."),
        Key::new("binds", List(&Object(&BIND)), "Values from outside."),
        Key::new("imports", IMPORTS, "Other documents whose consumed APIs are used here.").or(&["import"]),
        Key::new("sandbox", Object(&SANDBOX), "Upstreams this document stands in for.").ours(),
        Key::new("tools", When(inline, &List(&Object(&TOOL)), &Any), "Tools with an inline callee.").ours(),
        Key::new("name", Text, "A name for people."),
        Key::prose("id", "An identifier for people."),
        Key::prose("description", "What it is."),
        Key::prose("version", "The author's version."),
        Key::prose("tags", "Tags."),
        Key::new("title", Text, "A name for people."),
        Key::new("label", Text, "A name for people.").or(&["display"]),
        Key::new("baseUrl", Text, "The base URL of a flat API document.").or(&["baseUri"]).ours(),
        Key::new("authentication", Object(&AUTH), "The credential of a flat API document.").or(&["auth"]).ours(),
        Key::new("operations", Named(&OPERATION), "The operations of a flat API document.").ours(),
    ],
);

/// Tools at the root are served when one of them says where it calls.
fn inline(_: &Node, tools: &Node) -> bool {
    tools.as_seq().is_some_and(|tools| tools.iter().any(|tool| tool.get("server").is_some()))
}

/// `info`.
pub(crate) static INFO: Table = Table::new(
    "`info`",
    "What the capability is, for people and listings.",
    &[
        Key::new("label", Text, "A name for people.").or(&["display", "title", "name"]),
        Key::new("description", Text, "What it does."),
        Key::new("version", Text, "The author's version, told to MCP clients."),
        Key::prose("tags", "Tags."),
        Key::prose("created", "When it was created."),
        Key::prose("modified", "When it was last changed."),
        Key::prose("stakeholders", "Who is responsible."),
        Key::prose("id", "An identifier."),
        Key::prose("category", "A category."),
        Key::prose("author", "Who wrote it."),
        Key::prose("license", "Its licence."),
    ],
);

/// `capability`.
pub(crate) static CAPABILITY: Table = Table::new(
    "`capability`",
    "What it consumes and exposes.",
    &[
        Key::new("consumes", List(&Object(&CONSUMES)), "Consumed APIs."),
        Key::new("exposes", List(&Object(&EXPOSES)), "What is served."),
        Key::new("aggregates", Named(&AGGREGATE), "Named flows that exposures refer to."),
        Key::new("binds", List(&Object(&BIND)), "Values from outside."),
        Key::new("imports", IMPORTS, "Other documents whose consumed APIs are used here.").or(&["import"]),
        Key::new("hold-breaking", Bool, "Whether a save that breaks callers waits until it is confirmed.").ours(),
        Key::new("name", Text, "A name for people."),
        Key::prose("description", "What it does."),
        Key::prose("tags", "Tags."),
    ],
);

/// An entry of `binds`.
pub(crate) static BIND: Table = Table::new(
    "a bind",
    "Named values from the environment or a file.",
    &[
        Key::new("namespace", Text, "How templates may qualify its names."),
        Key::prose("description", "What the values are."),
        Key::new(
            "location",
            Text,
            "A YAML, JSON or .env file, or a folder with one file a key; the environment when absent.",
        ),
        Key::new("keys", Map(&Text), "Template name to source name."),
        Key::new("from", Text, "The document an import comes from."),
        Key::new("import", Text, "The namespace to import."),
        Key::new("as", Text, "The name of the import here."),
    ],
);

/// An entry of `consumes`.
pub(crate) static CONSUMES: Table = Table::new(
    "a consumed API",
    "An HTTP API this capability calls.",
    &[
        Key::new("type", Enum(&["http", "rest"]), "The kind of API."),
        Key::new("namespace", Text, "How calls name it.").or(&["name"]),
        Key::new("baseUri", Text, "Scheme, authority and path prefix.").or(&["baseUrl", "baseURI"]),
        Key::prose("description", "What it is."),
        Key::prose("label", "A name for people."),
        Key::new("inputParameters", Named(&PARAMETER), "Parameters of every operation."),
        Key::new("authentication", Object(&AUTH), "What proves us to it.").or(&["auth"]),
        Key::new("resources", Named(&RESOURCE), "Its resources."),
        Key::new("operations", Named(&OPERATION), "Operations that stand outside a resource.").ours(),
        Key::new("openapi", Text, "An OpenAPI document (relative path) that types its operations.").ours(),
        Key::new("limits", Object(&LIMITS), "How much is asked of it at a time.").ours(),
        Key::new("location", Text, "The document an import comes from.").or(&["from", "ref", "url"]),
        Key::new("import", Text, "The namespace to import."),
        Key::new("as", Text, "The name of the import here."),
        Key::unsupported(
            "tunnel",
            Any,
            "A private network tunnel.",
            "Capstan has no tunnel providers; run one beside it and point `baseUri` at it",
        ),
    ],
);

/// A consumed resource.
pub(crate) static RESOURCE: Table = Table::new(
    "a consumed resource",
    "A path of a consumed API.",
    &[
        Key::prose("name", "Its name."),
        Key::new("path", Text, "Its path after the base URI."),
        Key::prose("description", "What it is."),
        Key::prose("label", "A name for people.").or(&["display"]),
        Key::prose("tags", "Tags."),
        Key::new("inputParameters", Named(&PARAMETER), "Parameters of all its operations."),
        Key::new("operations", Named(&OPERATION), "Its operations."),
    ],
);

/// A consumed operation.
pub(crate) static OPERATION: Table = Table::new(
    "a consumed operation",
    "One request of a consumed API.",
    &[
        Key::new("name", Text, "How calls name it.").or(&["id"]),
        Key::prose("operationId", "The name of an operation under `paths`."),
        Key::new("method", METHOD, "The HTTP method."),
        Key::new("path", Text, "A path of its own, after or instead of the resource's."),
        Key::prose("label", "A name for people.").or(&["display", "summary"]),
        Key::new("description", Text, "What it does."),
        Key::prose("tags", "Tags."),
        Key::new("inputParameters", Named(&PARAMETER), "Its parameters.").or(&["parameters"]),
        Key::new("body", When(typed, &Object(&BODY), &Any), "The request body as a template."),
        Key::new("inputBody", Any, "The request body's schema."),
        Key::new("outputRawFormat", FORMAT, "The format of the answer."),
        Key::new("outputMediaType", Text, "The media type to claim for a binary answer."),
        Key::new("maxBinarySize", Any, "The most bytes a binary answer may have."),
        Key::new("outputSchema", Text, "A schema file (Avro, Protobuf) or a filter (HTML, Markdown) for decoding."),
        Key::new("outputParameters", Named(&OUTPUT), "What an orchestration keeps of the answer."),
        Key::unsupported(
            "mappings",
            Any,
            "The official schema lets it stand here by mistake.",
            "a consumed operation has no steps; put `mappings` on what is exposed",
        ),
        Key::new("job", Object(&JOB), "What it begins: its calls yield the finished result.").ours(),
    ],
);

/// A request body that says its type.
pub(crate) static BODY: Table = Table::new(
    "a request body",
    "What is sent, and how it is encoded.",
    &[
        Key::new("type", BODY_TYPE, "How it is encoded."),
        Key::new("data", When(multipart, &List(&Object(&PART)), &Any), "What is sent, as a template."),
    ],
);

/// A body is `type` and `data`, or what is sent itself.
fn typed(_: &Node, body: &Node) -> bool {
    body.get("type").is_some() || body.get("data").is_some()
}

/// A list of parts has a mapping for each.
fn multipart(body: &Node, data: &Node) -> bool {
    let word = body.get("type").and_then(Node::scalar_text).unwrap_or_default();
    word.trim().to_ascii_lowercase().starts_with("multipart") && data.as_seq().is_some()
}

/// A part of a multipart body.
pub(crate) static PART: Table = Table::new(
    "a part of a body",
    "One field or file.",
    &[
        Key::new("name", Text, "Its name.").required(),
        Key::new("value", Any, "Its content, as a template.").required(),
        Key::new("filename", Text, "The name of a file."),
        Key::new("contentType", Text, "Its media type."),
    ],
);

/// A parameter or input.
pub(crate) static PARAMETER: Table = Table::new(
    "a parameter",
    "A named value of a request.",
    &[
        Key::new("name", Text, "Its name."),
        Key::new("in", PARAMETER_PLACE, "Where it goes: path, query, header, cookie, body, environment."),
        Key::new("type", TYPE, "Its JSON type."),
        Key::new("description", Text, "What it is, for people and models."),
        Key::new("required", REQUIRED, "Whether it must be given; a list names required members."),
        Key::new("value", Any, "A constant, or a template over inputs and variables.").or(&["template"]),
        Key::new("const", Any, "A constant."),
        Key::new("default", Any, "The value when none is given."),
        Key::new("mapping", Text, "Where the value is, or which parameter it feeds."),
        Key::new("pattern", Text, "A regular expression the text must match."),
        Key::new("enum", List(&Any), "The values allowed.").or(&["values"]),
        Key::new("format", Text, "The JSON Schema format."),
        Key::new("minimum", Number, "The least number."),
        Key::new("maximum", Number, "The greatest number."),
        Key::new("minLength", Integer, "The least number of characters."),
        Key::new("maxLength", Integer, "The greatest number of characters."),
        Key::new("items", Object(&MEMBER), "The schema of list elements."),
        Key::new("properties", Map(&Object(&MEMBER)), "The schemas of members."),
        Key::new("example", Any, "An example.").or(&["examples"]),
        Key::new("schema", SCHEMA, "A JSON Schema.").ours(),
        Key::prose("label", "A name for people.").or(&["display"]),
        Key::prose("precision", "Digits, for people."),
        Key::prose("scale", "Digits after the point, for people."),
        Key::prose("nullable", "Whether it may be null."),
        Key::prose("sensitive", "Whether it is sensitive."),
        Key::prose("style", "How OpenAPI writes it."),
        Key::prose("explode", "How OpenAPI writes it."),
    ],
);

/// A member or an element of a parameter: a JSON Schema, in which the words of a parameter may stand too.
pub(crate) static MEMBER: Table = Table::new(
    "a member of a parameter",
    "The schema of a member, or of the elements.",
    &[
        Key::new("type", TYPES, "Its JSON type."),
        Key::new("required", REQUIRED, "Whether it must be given, or which of its members must be."),
        Key::new("items", OneOf(&[Object(&MEMBER), Bool]), "The schema of list elements."),
        Key::new("properties", Map(&OneOf(&[Object(&MEMBER), Bool])), "The schemas of members."),
        Key::new("additionalProperties", OneOf(&[Bool, Object(&MEMBER)]), "The schema of other members."),
        Key::new("enum", List(&Any), "The values allowed.").or(&["values"]),
        Key::new("pattern", Text, "A regular expression the text must match."),
        Key::new("minimum", Number, "The least number."),
        Key::new("maximum", Number, "The greatest number."),
        Key::new("minLength", Integer, "The least number of characters."),
        Key::new("maxLength", Integer, "The greatest number of characters."),
        Key::new("minItems", Integer, "The least number of elements."),
        Key::new("maxItems", Integer, "The greatest number of elements."),
        Key::new("oneOf", List(&Any), "Exactly one of these schemas holds."),
        Key::new("anyOf", List(&Any), "One of these schemas holds."),
        Key::new("allOf", List(&Any), "All of these schemas hold."),
        Key::prose("name", "Its name; the key says it."),
        Key::prose("in", "Where it goes; it is where its parameter is."),
        Key::prose("mapping", "Where it comes from; it is where its parameter is."),
        Key::prose("value", "Its value; its parameter's `value` says it."),
        Key::prose("description", "What it is, for people and models."),
        Key::prose("title", "A name for people.").or(&["label", "display"]),
        Key::prose("format", "The JSON Schema format."),
        Key::prose("default", "The value when none is given."),
        Key::prose("const", "A constant."),
        Key::prose("example", "An example.").or(&["examples"]),
        Key::prose("not", "A schema that must not hold."),
        Key::prose("uniqueItems", "Whether elements differ."),
        Key::prose("multipleOf", "What a number is a multiple of."),
        Key::prose("exclusiveMinimum", "The number it must exceed."),
        Key::prose("exclusiveMaximum", "The number it must stay below."),
        Key::prose("minProperties", "The least number of members."),
        Key::prose("maxProperties", "The greatest number of members."),
        Key::prose("patternProperties", "The schemas of members by their names."),
        Key::prose("propertyNames", "The schema of names."),
        Key::prose("prefixItems", "The schemas of the first elements."),
        Key::prose("contains", "The schema of some element."),
        Key::prose("dependentRequired", "Members that need others."),
        Key::prose("if", "A condition.").or(&["then", "else"]),
        Key::prose("nullable", "Whether it may be null."),
        Key::prose("readOnly", "Whether only answers have it."),
        Key::prose("writeOnly", "Whether only requests have it."),
        Key::prose("deprecated", "Whether it should not be used."),
        Key::prose("discriminator", "How OpenAPI tells choices apart."),
        Key::prose("xml", "How OpenAPI writes it as XML."),
        Key::prose("externalDocs", "Where OpenAPI describes it."),
        Key::prose("$ref", "Another schema."),
        Key::prose("$comment", "A remark."),
    ],
);

/// An output.
pub(crate) static OUTPUT: Table = Table::new(
    "an output",
    "A mapped or constant value of an answer.",
    &[
        Key::new("name", Text, "Its name."),
        Key::new("type", TYPES, "Its JSON type."),
        Key::new("mapping", Any, "A JSONPath into the answer."),
        Key::new("value", Any, "A constant or template; a JSONPath on consumed operations."),
        Key::new("const", Any, "A constant."),
        Key::new("properties", Map(&Object(&OUTPUT)), "The members of an object."),
        Key::new("items", OneOf(&[Object(&OUTPUT), List(&Object(&OUTPUT))]), "The elements of an array."),
        Key::new("values", Object(&OUTPUT), "The values of an object with free keys."),
        Key::new("maxLength", Integer, "Cuts text to this many characters."),
        Key::new("description", Text, "What it is."),
        Key::prose("required", "Whether it is always there."),
        Key::prose("label", "A name for people.").or(&["display"]),
        Key::prose("format", "The JSON Schema format."),
        Key::prose("enum", "The values possible."),
        Key::prose("in", "Where it is; outputs are in the body."),
        Key::prose("example", "An example."),
        Key::prose("precision", "Digits, for people."),
        Key::prose("scale", "Digits after the point, for people."),
    ],
);

/// `authentication`.
pub(crate) static AUTH: Table = Table::new(
    "`authentication`",
    "A credential (consumed) or an authenticator (exposed).",
    &[
        Key::new(
            "type",
            AUTHENTICATION,
            "bearer, basic, apikey, digest, oauth2, oauth1, hmac, aws-sig-v4, certificate.",
        )
        .required(),
        Key::new("username", Text, "The user name."),
        Key::new("password", Text, "The password."),
        Key::new("token", Text, "The token."),
        Key::new("key", Text, "The name of an API key; its value where `header` gives the name."),
        Key::new("value", Text, "The value of an API key."),
        Key::new("placement", PLACEMENT, "header, query, cookie, body or path."),
        Key::new("in", PLACEMENT, "The same as `placement`."),
        Key::new("name", Text, "The same as `key`."),
        Key::new("header", Text, "The header of an API key."),
        Key::new("headers", PAIRS, "Several headers, as a map or a list of key and value."),
        Key::new("parameters", PAIRS, "Several parameters, as a list of name and value."),
        Key::new("consumerKey", Text, "The OAuth 1 consumer key."),
        Key::new("signingKey", Text, "The OAuth 1 private key: PEM text or a path."),
        Key::new("apiId", Text, "The HMAC API id."),
        Key::new("apiKey", Text, "The HMAC API key."),
        Key::new("accessKeyId", Text, "The AWS access key id.").or(&["accessKey"]),
        Key::new("secretKey", Text, "The AWS secret access key.").or(&["secretAccessKey"]),
        Key::new("sessionToken", Text, "The AWS session token."),
        Key::new("region", Text, "The AWS region."),
        Key::new("service", Text, "The AWS service."),
        Key::new("certPath", Text, "The client certificate: PEM text or a path.").or(&["certificate"]),
        Key::new("keyPath", Text, "The client key, when it is apart.").or(&["privateKey"]),
        Key::unsupported(
            "certPassword",
            Text,
            "The password of a PKCS#12 file.",
            "use an unencrypted PEM file, readable by the process only",
        ),
        Key::new("authorizationServerUri", Text, "The issuer.").or(&["issuer"]),
        Key::new("resource", Text, "This server's public URL (exposed), or the resource asked for (consumed)."),
        Key::new("scopes", TextList, "Scopes asked for or demanded.").or(&["scope"]),
        Key::new("audience", Text, "The audience asked for or demanded."),
        Key::new("tokenEndpoint", Text, "Where tokens are obtained.").or(&["tokenUrl", "tokenUri"]),
        Key::new("tokenValidation", VALIDATION, "jwks; introspection is not supported."),
        Key::new("clientId", Text, "The OAuth 2.0 client id.").ours(),
        Key::new("clientSecret", Text, "The OAuth 2.0 client secret.").ours(),
        Key::new(
            "clientAuthentication",
            Enum(&["basic", "body"]),
            "How the client proves itself to the token endpoint.",
        )
        .ours(),
        Key::prose("description", "What it is."),
        Key::prose("scheme", "The HTTP scheme; the type says it."),
        Key::prose("prefix", "A value's prefix; write it in `value`."),
        Key::prose("grantType", "client_credentials is the only one without a user."),
        Key::prose("flow", "The OAuth flow."),
    ],
);

/// A header or parameter of a credential.
pub(crate) static PAIR: Table = Table::new(
    "a header or parameter",
    "One header or parameter a credential sends.",
    &[
        Key::new("key", Text, "Its name.").or(&["name"]).required(),
        Key::new("value", Text, "Its value.").required(),
        Key::prose("description", "What it is."),
    ],
);

/// What another document is imported by.
pub(crate) static IMPORT: Table = Table::new(
    "an import",
    "Another document whose parts are used here.",
    &[
        Key::new("location", Text, "The document.").or(&["from", "url", "path", "file", "ref"]).required(),
        Key::new("import", Text, "The namespace to import.").or(&["namespace", "name"]),
        Key::new("as", Text, "The name of the import here.").or(&["alias"]),
        Key::prose("description", "What it is."),
        Key::prose("type", "Its kind; the document says it."),
    ],
);

/// The keys every kind of exposure shares, for the JSON Schema of the list.
pub(crate) static EXPOSES: Table = Table::open(
    "an exposure",
    "Something that is served: `type` is rest, mcp, skill or control.",
    &[Key::new("type", Enum(&["rest", "http", "mcp", "skill", "control"]), "Its kind.").required()],
);

/// The kinds of exposure.
#[derive(Clone, Copy)]
pub(crate) enum ExposureType {
    Rest,
    Mcp,
    Skill,
    Control,
}

impl ExposureType {
    /// The table it is read by.
    pub(crate) fn table(self) -> &'static Table {
        match self {
            Self::Rest => &REST,
            Self::Mcp => &MCP,
            Self::Skill => &SKILL_ADAPTER,
            Self::Control => &CONTROL,
        }
    }
}

/// The kind of an exposure: its `type`, or what it alone can have. An import has the kind of what it names.
pub(crate) fn exposure_type(node: &Node) -> Option<ExposureType> {
    let Some(word) = node.get("type").filter(|node| !node.is_null()) else {
        let has = |key: &str| node.get(key).is_some();
        return match (has("from"), has("tools"), has("resources") || has("paths")) {
            (false, true, _) => Some(ExposureType::Mcp),
            (false, false, true) => Some(ExposureType::Rest),
            _ => None,
        };
    };
    let word = word.as_str()?.trim().to_ascii_lowercase();
    EXPOSURES.iter().find(|(words, _)| words.contains(&&*word)).map(|(_, ty)| *ty)
}

/// The words of `type`, and the kind of exposure they mean.
pub(crate) static EXPOSURES: &[(&[&str], ExposureType)] = &[
    (&["rest", "http"], ExposureType::Rest),
    (&["mcp"], ExposureType::Mcp),
    (&["skill"], ExposureType::Skill),
    (&["control"], ExposureType::Control),
];

/// `exposes` with `type: rest`.
pub(crate) static REST: Table = Table::new(
    "a REST exposure",
    "A REST API.",
    &[
        Key::new("type", Enum(&["rest", "http"]), "Its kind."),
        Key::new("namespace", Text, "How it is named."),
        Key::new("port", Integer, "The TCP port."),
        Key::new("address", Text, "The address to listen on; loopback when absent."),
        Key::prose("description", "What it is."),
        Key::prose("label", "A name for people.").or(&["display", "name", "title"]),
        Key::prose("tags", "Tags."),
        Key::new("authentication", Object(&AUTH), "How callers prove themselves.").or(&["auth"]),
        Key::new("maxBinarySize", Any, "The most bytes a binary answer may have."),
        Key::new("inputParameters", Named(&PARAMETER), "Inputs of every operation."),
        Key::new("resources", Named(&EXPOSED_RESOURCE), "Its resources."),
        Key::new("paths", OneOf(&[Map(&Object(&PATH)), List(&Object(&UNIT))]), "Its operations by path and method."),
        Key::new("basePath", Text, "A prefix of every path.").ours(),
        Key::prose("transport", "REST is always HTTP."),
        Key::new("from", Text, "The document an import comes from."),
        Key::new("import", Text, "The namespace to import."),
        Key::new("as", Text, "The name of the import here."),
    ],
);

/// A path of `paths`.
pub(crate) static PATH: Table = Table::open(
    "a path",
    "The operations of a path, by method.",
    &[
        Key::new("get", Object(&UNIT), "Its GET operation."),
        Key::new("post", Object(&UNIT), "Its POST operation."),
        Key::new("put", Object(&UNIT), "Its PUT operation."),
        Key::new("patch", Object(&UNIT), "Its PATCH operation."),
        Key::new("delete", Object(&UNIT), "Its DELETE operation."),
        Key::new("head", Object(&UNIT), "Its HEAD operation."),
        Key::new("options", Object(&UNIT), "Its OPTIONS operation."),
    ],
);

/// An exposed resource.
pub(crate) static EXPOSED_RESOURCE: Table = Table::new(
    "an exposed resource",
    "A path of a REST API.",
    &[
        Key::prose("name", "Its name."),
        Key::new("path", Text, "Its path.").required(),
        Key::prose("label", "A name for people.").or(&["display"]),
        Key::prose("description", "What it is."),
        Key::prose("tags", "Tags."),
        Key::new("inputParameters", Named(&PARAMETER), "Inputs of all its operations."),
        Key::new("operations", Named(&UNIT), "Its operations."),
        Key::new("forward", Object(&FORWARD), "Passes requests on unchanged."),
    ],
);

/// `forward`.
pub(crate) static FORWARD: Table = Table::new(
    "`forward`",
    "A transparent proxy to a consumed API.",
    &[
        Key::new("targetNamespace", Text, "The consumed API.").required(),
        Key::new("trustedHeaders", TextList, "Request headers that are passed on."),
    ],
);

/// An exposed REST operation.
pub(crate) static UNIT: Table = Table::new(
    "an exposed operation",
    "One REST operation.",
    &[
        Key::new("name", Text, "Its name.").or(&["id", "operationId"]),
        Key::prose("label", "A name for people.").or(&["display", "title", "summary"]),
        Key::new("description", Text, "What it does."),
        Key::prose("tags", "Tags."),
        Key::new("method", METHOD, "The HTTP method."),
        Key::new("path", Text, "Appended to the resource's path."),
        Key::new("inputParameters", Named(&PARAMETER), "Its inputs.").or(&["parameters", "inputs"]),
        Key::new("inputSchema", SCHEMA, "Its inputs as a JSON Schema."),
        Key::new("ref", Text, "The aggregate flow it runs."),
        Key::new("call", Text, "The consumed operation it calls."),
        Key::new("operation", Text, "The consumed operation it calls."),
        Key::new("calls", List(&Object(&CALL)), "A one-element list of calls."),
        Key::new("with", Any, "Values for the callee's parameters."),
        Key::new("steps", Named(&STEP), "The steps of an orchestration."),
        Key::new("mappings", List(&Object(&MAPPING)), "What is answered from step outputs."),
        Key::new("outputParameters", Named(&OUTPUT), "How the answer is mapped.").or(&["outputs"]),
        Key::new("responses", Map(&Object(&RESPONSE)), "The answers by status; a binary one gives its media type."),
        Key::new("responseBinary", Object(&BINARY_RESPONSE), "The media type of a binary answer."),
        Key::new("mock", List(&Object(&MOCK)), "Answers computed without an upstream.").ours(),
        Key::new("async", Object(&ASYNC), "How it behaves where its answer takes long.").ours(),
        Key::prose("hints", "Hints belong to tools."),
    ],
);

/// An entry of `responses`.
pub(crate) static RESPONSE: Table = Table::new(
    "a response",
    "The answer of one status.",
    &[
        Key::prose("description", "What it means."),
        Key::new("content", Map(&Object(&CONTENT)), "Its content by media type."),
    ],
);

/// An entry of `content`.
pub(crate) static CONTENT: Table = Table::new(
    "a response's content",
    "The content of one media type.",
    &[Key::new("binary", Bool, "Whether it is bytes."), Key::prose("schema", "Its schema.")],
);

/// `responseBinary`.
pub(crate) static BINARY_RESPONSE: Table = Table::new(
    "a binary response",
    "The one answer, as bytes.",
    &[
        Key::prose("status", "The upstream's status is passed on."),
        Key::new("mediaType", Text, "Its media type."),
        Key::prose("description", "What it means."),
    ],
);

/// An MCP exposure.
pub(crate) static MCP: Table = Table::new(
    "an MCP exposure",
    "An MCP server.",
    &[
        Key::new("type", Enum(&["mcp"]), "Its kind."),
        Key::new("namespace", Text, "How it is named."),
        Key::new("port", Integer, "The TCP port."),
        Key::new("address", Text, "The address to listen on; loopback when absent."),
        Key::new("transport", Enum(&["http", "stdio", "streamable-http", "sse"]), "http, or stdio."),
        Key::new("description", Text, "What it is; told to clients as instructions."),
        Key::prose("label", "A name for people.").or(&["display", "name", "title"]),
        Key::prose("tags", "Tags."),
        Key::new("authentication", Object(&AUTH), "How callers prove themselves.").or(&["auth"]),
        Key::new("maxBinarySize", Any, "The most bytes a binary answer may have."),
        Key::new("ttlMs", Integer, "How long clients may cache lists, in milliseconds."),
        Key::new("cacheScope", Enum(&["public", "private"]), "Whether lists may be cached across users."),
        Key::new("tools", Named(&TOOL), "Its tools."),
        Key::new("resources", Named(&MCP_RESOURCE), "Its resources."),
        Key::new("prompts", Named(&PROMPT), "Its prompts."),
        Key::new("from", Text, "The document an import comes from."),
        Key::new("import", Text, "The namespace to import."),
        Key::new("as", Text, "The name of the import here."),
    ],
);

/// An MCP tool.
pub(crate) static TOOL: Table = Table::new(
    "a tool",
    "One MCP tool.",
    &[
        Key::new("name", Text, "Its name."),
        Key::new("label", Text, "A name for people.").or(&["display", "title"]),
        Key::new("description", Text, "What it does."),
        Key::prose("tags", "Tags."),
        Key::new("inputParameters", Named(&PARAMETER), "Its inputs.").or(&["parameters", "inputs"]),
        Key::new("inputSchema", SCHEMA, "Its inputs as a JSON Schema."),
        Key::new("outputSchema", SCHEMA, "The JSON Schema of its structured result.").ours(),
        Key::new("ref", Text, "The aggregate flow it runs."),
        Key::new("call", Text, "The consumed operation it calls."),
        Key::new("operation", Text, "The consumed operation it calls."),
        Key::new("calls", List(&Object(&CALL)), "A one-element list of calls."),
        Key::new("with", Any, "Values for the callee's parameters."),
        Key::new("steps", Named(&STEP), "The steps of an orchestration."),
        Key::new("mappings", List(&Object(&MAPPING)), "What is answered from step outputs."),
        Key::new("hints", Object(&HINTS), "Behaviour hints for clients."),
        Key::new("outputParameters", Named(&OUTPUT), "How the answer is mapped.").or(&["outputs"]),
        Key::new("mock", List(&Object(&MOCK)), "Answers computed without an upstream.").ours(),
        Key::new("async", Object(&ASYNC), "How it behaves where its answer takes long.").ours(),
        Key::new("server", Any, "An inline callee.").ours(),
        Key::prose("category", "A category."),
        Key::prose("id", "An identifier."),
    ],
);

/// The entry of `calls`.
pub(crate) static CALL: Table = Table::new(
    "an entry of `calls`",
    "The consumed operation it calls, and with what.",
    &[
        Key::new("call", Text, "The consumed operation.").or(&["capability", "operation"]).required(),
        Key::new("with", Map(&Any), "Values for the callee's parameters.").or(&["parameters"]),
        Key::prose("name", "A name for people."),
        Key::prose("description", "What it does."),
    ],
);

/// `hints`.
pub(crate) static HINTS: Table = Table::new(
    "`hints`",
    "Behaviour hints for clients.",
    &[
        Key::new("readOnly", Bool, "It changes nothing.").or(&["readOnlyHint"]),
        Key::new("destructive", Bool, "It may destroy something.").or(&["destructiveHint"]),
        Key::new("idempotent", Bool, "Calling it twice is calling it once.").or(&["idempotentHint"]),
        Key::new("openWorld", Bool, "It reaches an open set of things outside.").or(&["openWorldHint"]),
    ],
);

/// An MCP resource.
pub(crate) static MCP_RESOURCE: Table = Table::new(
    "an MCP resource",
    "Content clients can read.",
    &[
        Key::new("name", Text, "Its name."),
        Key::new("label", Text, "A name for people.").or(&["display", "title"]),
        Key::new("uri", Text, "Its URI, or URI template.").required(),
        Key::new("description", Text, "What it is."),
        Key::new("mimeType", Text, "Its media type."),
        Key::new("binary", Bool, "Serve it as bytes."),
        Key::new("location", Text, "A folder of files."),
        Key::new("call", Text, "The consumed operation it calls."),
        Key::new("operation", Text, "The consumed operation it calls."),
        Key::new("calls", List(&Object(&CALL)), "A one-element list of calls."),
        Key::new("with", Any, "Values for the callee's parameters."),
        Key::new("steps", Named(&STEP), "The steps of an orchestration."),
        Key::new("mappings", List(&Object(&MAPPING)), "What is answered from step outputs."),
        Key::new("outputParameters", Named(&OUTPUT), "How the answer is mapped."),
        Key::new("inputParameters", Named(&PARAMETER), "Its inputs.").ours(),
        Key::new("inputSchema", SCHEMA, "Its inputs as a JSON Schema.").ours(),
        Key::new("ref", Text, "The aggregate flow it runs.").ours(),
        Key::new("mock", List(&Object(&MOCK)), "Answers computed without an upstream.").ours(),
        Key::prose("tags", "Tags."),
    ],
);

/// An MCP prompt.
pub(crate) static PROMPT: Table = Table::new(
    "a prompt",
    "A template of messages for a model.",
    &[
        Key::new("name", Text, "Its name."),
        Key::new("label", Text, "A name for people.").or(&["display", "title"]),
        Key::new("description", Text, "What it is for."),
        Key::new("arguments", Named(&PROMPT_ARGUMENT), "Its arguments."),
        Key::new("template", List(&Object(&PROMPT_MESSAGE)), "Its messages."),
        Key::new("location", Text, "A file that is one user message."),
        Key::prose("tags", "Tags."),
    ],
);

/// A prompt's argument.
pub(crate) static PROMPT_ARGUMENT: Table = Table::new(
    "a prompt argument",
    "A named text that fills a prompt.",
    &[
        Key::new("name", Text, "Its name."),
        Key::new("label", Text, "A name for people.").or(&["display", "title"]),
        Key::new("description", Text, "What it is."),
        Key::new("required", Bool, "Whether it must be given; true when absent."),
        Key::new("values", TextList, "Known values, offered for completion.").or(&["enum"]).ours(),
        Key::prose("type", "Prompt arguments are text."),
    ],
);

/// A prompt's message.
pub(crate) static PROMPT_MESSAGE: Table = Table::new(
    "a prompt message",
    "One message.",
    &[
        Key::new("role", Enum(&["user", "assistant"]), "Who says it.").required(),
        Key::new("content", Text, "What is said.").required(),
    ],
);

/// A step.
pub(crate) static STEP: Table = Table::new(
    "a step",
    "One step of an orchestration.",
    &[
        Key::new("type", Enum(STEPS), "Its kind.").required(),
        Key::new("name", Text, "Its name."),
        Key::prose("description", "What it does."),
        Key::prose("label", "A name for people.").or(&["display"]),
        Key::new("call", Text, "The consumed operation."),
        Key::new("with", Any, "Values for the callee or script."),
        Key::new("index", Text, "The step whose output is searched."),
        Key::new("match", Text, "The field compared."),
        Key::new("lookupValue", Text, "What it is compared with."),
        Key::new("outputParameters", TextList, "The fields kept."),
        Key::new("language", Enum(&["javascript", "js", "python", "groovy"]), "The script's language."),
        Key::new("location", Text, "The folder scripts are confined to."),
        Key::new("file", Text, "The script, relative to the folder."),
        Key::new("dependencies", TextList, "Scripts evaluated first."),
        Key::new("client", Text, "The consumed API a polled address belongs to, where the document has several.")
            .ours(),
        Key::new("url", Text, "The address a `poll` step asks.").ours(),
        Key::new("hosts", TextList, job::HOSTS_DOC).ours(),
        Key::new("status", OneOf(&[Integer, Text]), "The state, as a JSONPath (`poll`); the HTTP status (`fail`).")
            .ours(),
        Key::new("pending", TextList, "States in which asking goes on.").ours(),
        Key::new("success", TextList, "States in which the result is there.").ours(),
        Key::new("failure", job::FAILURES, "What callers get in other states.").ours(),
        Key::new("tolerate", Object(&TOLERATE), "Which answers are no answer.").ours(),
        Key::new("every", job::EVERY_KEY, "When to ask: `2s`, `1s..5s`, or all of it.").ours(),
        Key::new("timeout", Text, "When to give up: `3m`.").ours(),
        Key::new("progress", Object(&PROGRESS), "What is told meanwhile.").ours(),
        Key::new("result", Object(&RESULT), "What it yields; all of the last answer when absent.").ours(),
        Key::new("when", OneOf(&[Text, Bool]), "What an `if` step asks: an expression.").ours(),
        Key::new("then", Named(&STEP), "The steps of an `if` that run when it holds.").ours(),
        Key::new("else", Named(&STEP), "The steps of an `if` that run when it does not.").ours(),
        Key::new("in", Any, "The list a `for-each` step goes through.").ours(),
        Key::new("as", Text, "The name of the element in the steps of a `for-each`; `item` when absent.").ours(),
        Key::new("parallel", Integer, "How many elements of a `for-each` at the same time; 1 when absent.").ours(),
        Key::new(
            "on-error",
            job::ON_ERROR,
            "What an element of a `for-each` that fails means: `stop`, or `keep` its problem in the list.",
        )
        .ours(),
        Key::new("collect", Any, "What a `for-each` keeps of each element; the output of its last step when absent.")
            .ours(),
        Key::new("steps", Named(&STEP), "The steps of a `for-each` or a `parallel` step.").ours(),
        Key::new("value", Any, "What a `set` step computes: a template, or a value with templates in it.").ours(),
        Key::new("title", Text, "What a `fail` step tells the caller, in a few words.").ours(),
        Key::new("detail", Text, "What is wrong, and what to do (`fail`).").ours(),
    ],
);

/// The kinds of step. Those after the third are ours.
const STEPS: &[&str] = &["call", "lookup", "script", "poll", "if", "for-each", "parallel", "set", "fail"];

/// An entry of `mappings`.
pub(crate) static MAPPING: Table = Table::new(
    "a mapping",
    "One member of an orchestration's answer.",
    &[
        Key::new("target", Text, "The member it sets (`targetName` in Naftiko documents); dots nest.")
            .or(&["targetName"])
            .required(),
        Key::new("value", Text, "A path `$.step.field`.").required(),
    ],
);

/// An aggregate.
pub(crate) static AGGREGATE: Table = Table::new(
    "an aggregate",
    "Named flows that exposures refer to.",
    &[
        Key::prose("label", "A name for people.").or(&["display"]),
        Key::new("namespace", Text, "How references name it.").or(&["name"]),
        Key::prose("description", "What it is."),
        Key::prose("tags", "Tags."),
        Key::new("flows", Named(&FLOW), "Its flows.").or(&["functions"]),
        Key::new("from", Text, "The document an import comes from."),
        Key::new("import", Text, "The namespace to import."),
        Key::new("as", Text, "The name of the import here."),
    ],
);

/// An aggregate's flow.
pub(crate) static FLOW: Table = Table::new(
    "a flow",
    "A named flow.",
    &[
        Key::new("name", Text, "Its name."),
        Key::new("label", Text, "A name for people.").or(&["display"]),
        Key::new("description", Text, "What it does."),
        Key::prose("tags", "Tags."),
        Key::new("semantics", Object(&SEMANTICS), "What calling it means."),
        Key::new("outputMediaType", Text, "The media type to claim for a binary answer."),
        Key::new("inputParameters", Named(&PARAMETER), "Its inputs."),
        Key::new("inputSchema", SCHEMA, "Its inputs as a JSON Schema.").ours(),
        Key::new("call", Text, "The consumed operation it calls."),
        Key::new("operation", Text, "The consumed operation it calls."),
        Key::new("calls", List(&Object(&CALL)), "A one-element list of calls."),
        Key::new("with", Any, "Values for the callee's parameters."),
        Key::new("steps", Named(&STEP), "The steps of an orchestration."),
        Key::new("mappings", List(&Object(&MAPPING)), "What is answered from step outputs."),
        Key::new("outputParameters", Named(&OUTPUT), "How the answer is mapped."),
        Key::new("mock", List(&Object(&MOCK)), "Answers computed without an upstream.").ours(),
        Key::unsupported("ref", Text, "Another flow.", "a flow cannot refer to a flow"),
    ],
);

/// `semantics`.
pub(crate) static SEMANTICS: Table = Table::new(
    "`semantics`",
    "What calling a flow means.",
    &[
        Key::new("safe", Bool, "It changes nothing."),
        Key::new("idempotent", Bool, "Calling it twice is calling it once."),
        Key::prose("cacheable", "Whether its answer may be cached."),
    ],
);

/// A skill exposure.
pub(crate) static SKILL_ADAPTER: Table = Table::new(
    "a skill exposure",
    "A catalogue of Agent Skills.",
    &[
        Key::new("type", Enum(&["skill"]), "Its kind."),
        Key::new("namespace", Text, "How it is named."),
        Key::new("port", Integer, "The TCP port."),
        Key::new("address", Text, "The address to listen on; loopback when absent."),
        Key::prose("description", "What it is."),
        Key::prose("label", "A name for people.").or(&["display", "name", "title"]),
        Key::new("authentication", Object(&AUTH), "How callers prove themselves.").or(&["auth"]),
        Key::new("skills", Named(&SKILL), "Its skills."),
        Key::unsupported("tools", Any, "Tools of the catalogue.", "tools of a catalogue belong to one of its `skills`"),
        Key::new("from", Text, "The document an import comes from."),
        Key::new("import", Text, "The namespace to import."),
        Key::new("as", Text, "The name of the import here."),
    ],
);

/// A skill.
pub(crate) static SKILL: Table = Table::new(
    "a skill",
    "One Agent Skill.",
    &[
        Key::new("name", Text, "Its name."),
        Key::new("description", Text, "What it does and when to use it."),
        Key::new("license", Text, "Its licence."),
        Key::new("compatibility", Text, "Where it works."),
        Key::new("metadata", Map(&Any), "Free metadata."),
        Key::new("allowed-tools", TextList, "Tools it may use."),
        Key::new("argument-hint", Text, "A hint for its argument."),
        Key::new("user-invocable", Bool, "Whether people may invoke it."),
        Key::new("disable-model-invocation", Bool, "Whether models may not invoke it."),
        Key::new("location", Text, "The folder with its files."),
        Key::new("tools", Named(&SKILL_TOOL), "Its tools."),
        Key::new("call", Text, "The consumed operation it calls."),
        Key::prose("label", "A name for people.").or(&["display", "title"]),
        Key::prose("tags", "Tags."),
        Key::prose("version", "Its version."),
    ],
);

/// A skill's tool.
pub(crate) static SKILL_TOOL: Table = Table::new(
    "a skill tool",
    "A tool a skill mentions.",
    &[
        Key::new("name", Text, "Its name."),
        Key::new("description", Text, "What it does."),
        Key::new("from", Object(&SKILL_FROM), "A unit of a sibling exposure."),
        Key::new("instruction", Text, "A file of the skill."),
        Key::new("call", Text, "The consumed operation it calls."),
        Key::new("with", Any, "Values for the callee's parameters."),
        Key::new("inputParameters", Named(&PARAMETER), "Its inputs."),
        Key::new("outputParameters", Named(&OUTPUT), "How the answer is mapped."),
        Key::prose("hints", "Behaviour hints."),
        Key::prose("label", "A name for people.").or(&["display", "title"]),
    ],
);

/// `from` of a skill's tool.
pub(crate) static SKILL_FROM: Table = Table::new(
    "`from`",
    "A unit of a sibling exposure.",
    &[
        Key::new("sourceNamespace", Text, "The sibling's namespace.").or(&["namespace"]).required(),
        Key::new("action", Text, "The operation or tool.").or(&["name"]).required(),
    ],
);

/// The control exposure.
pub(crate) static CONTROL: Table = Table::new(
    "a control exposure",
    "The control plane.",
    &[
        Key::new("type", Enum(&["control"]), "Its kind."),
        Key::new("namespace", Text, "How it is named."),
        Key::new("port", Integer, "The TCP port."),
        Key::new("address", Text, "The address to listen on; loopback when absent."),
        Key::prose("description", "What it is."),
        Key::new("authentication", Object(&AUTH), "How callers prove themselves.").or(&["auth"]),
        Key::new("management", Object(&MANAGEMENT), "Which endpoints it serves."),
        Key::new("observability", Object(&OBSERVABILITY), "Metrics and traces."),
    ],
);

/// `management`.
pub(crate) static MANAGEMENT: Table = Table::new(
    "`management`",
    "Which endpoints the control plane serves.",
    &[
        Key::new("health", Bool, "`/health/live` and `/health/ready`; on unless false."),
        Key::new("info", Bool, "`/status`."),
        Key::new("reload", Bool, "`POST /config/reload`."),
        Key::new("validate", Bool, "`POST /config/validate`."),
        Key::unsupported("logs", Any, "Log levels and streaming.", "use --log-level; logs go to standard error"),
        Key::new("scripting", Object(&SCRIPTING), "Defaults and limits of script steps."),
    ],
);

/// `scripting`.
pub(crate) static SCRIPTING: Table = Table::new(
    "`scripting`",
    "Defaults and limits of script steps.",
    &[
        Key::new("enabled", Bool, "Whether scripts run."),
        Key::new("defaultLocation", Text, "The folder of scripts that name none."),
        Key::new(
            "defaultLanguage",
            Enum(&["javascript", "python", "groovy"]),
            "The language of scripts that name none.",
        ),
        Key::new("timeout", Integer, "Wall-clock limit in milliseconds."),
        Key::new("statementLimit", Integer, "Statement limit."),
        Key::new("allowedLanguages", OneOf(&[LANGUAGE, List(&LANGUAGE)]), "The languages allowed."),
    ],
);

/// `observability`.
pub(crate) static OBSERVABILITY: Table = Table::new(
    "`observability`",
    "Metrics and traces.",
    &[
        Key::new("enabled", Bool, "Whether anything is observed."),
        Key::new("metrics", Object(&METRICS), "`/metrics`."),
        Key::unsupported(
            "traces",
            Any,
            "Traces.",
            "Capstan keeps no traces; every request has an access line with its times",
        ),
        Key::unsupported("exporters", Any, "OTLP export.", "Capstan exports no telemetry; scrape `/metrics`"),
    ],
);

/// `metrics`.
pub(crate) static METRICS: Table = Table::new(
    "`metrics`",
    "What is measured.",
    &[Key::new("local", Object(&LOCAL), "`/metrics` of the control port.")],
);

/// `local`.
pub(crate) static LOCAL: Table =
    Table::new("`local`", "`/metrics` of the control port.", &[Key::new("enabled", Bool, "Whether it is served.")]);

/// `sandbox` (ours).
pub(crate) static SANDBOX: Table = Table::new(
    "`sandbox`",
    "Upstreams this document stands in for under `--sandbox`.",
    &[
        Key::new("for", TextList, "Origins, such as https://api.example.org.").required().ours(),
        Key::new("values", Map(&Text), "Dummy values that replace bindings.").ours(),
    ],
);

/// A case of `mock` (ours).
pub(crate) static MOCK: Table = Table::new(
    "a mock case",
    "One answer computed without an upstream.",
    &[
        Key::new("when", OneOf(&[Text, Bool]), "A minijinja expression; always when absent.").ours(),
        Key::new("let", Map(&Any), "Values computed once, in order.").ours(),
        Key::new("status", Integer, "The status; 200 when absent.").ours(),
        Key::new("headers", Map(&Text), "Response headers.").ours(),
        Key::new("body", Any, "A JSON value whose strings are templates.").ours(),
        Key::new("text", Text, "A text body.").ours(),
        Key::new("file", Text, "A file beside the document.").ours(),
        Key::new("contentType", Text, "The media type of a text or file.").ours(),
        Key::new("delay", Any, "How long to wait: `200ms`, `1s`.").ours(),
        Key::prose("description", "What the case is for.").ours(),
    ],
);
