//! What an OpenAPI document says, as others use it: plain data. Places are those of the reading, see `reading`.

use crate::source::Span;
use capstan_plan::Serialization;
use serde_json::Value;

/// What a document says of itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Info {
    /// Its title.
    pub(crate) title: Option<String>,
    /// Its version.
    pub(crate) version: Option<String>,
    /// What it describes.
    pub(crate) description: Option<String>,
}

/// A server.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Server {
    /// Its URL, with `{name}` for variables; perhaps relative to the document.
    pub(crate) url: String,
    /// What it is.
    pub(crate) description: Option<String>,
    /// Its variables.
    pub(crate) variables: Vec<ServerVariable>,
}

/// A variable of a server's URL.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ServerVariable {
    /// Its name.
    pub(crate) name: String,
    /// Its value when nobody gives one.
    pub(crate) default: Option<String>,
    /// The values it can have; empty when it can have any.
    pub(crate) values: Vec<String>,
    /// What it is.
    pub(crate) description: Option<String>,
}

/// A way to prove who calls.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SecurityScheme {
    /// Its name in the document.
    pub(crate) name: String,
    /// What it is.
    pub(crate) description: Option<String>,
    /// How it works.
    pub(crate) kind: SchemeKind,
    /// Where it is declared.
    pub(crate) span: Span,
}

/// How a security scheme works.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum SchemeKind {
    /// A key in a parameter.
    ApiKey {
        /// `query`, `header` or `cookie`.
        place: String,
        /// The parameter's name.
        name: String,
    },
    /// A scheme of HTTP, in lower case: `basic`, `bearer`, `digest` and others.
    Http {
        /// The scheme.
        scheme: String,
    },
    /// OAuth 2.0.
    OAuth2 {
        /// How tokens can be had.
        flows: Vec<OAuthFlow>,
    },
    /// OpenID Connect.
    OpenIdConnect {
        /// Where it describes itself.
        url: String,
    },
    /// A certificate of the client.
    MutualTls,
    /// Something else.
    Unknown,
}

/// A way to an OAuth 2.0 token.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct OAuthFlow {
    /// `clientCredentials`, `authorizationCode`, `implicit`, `password` or `deviceAuthorization`.
    pub(crate) name: String,
    /// Where people consent.
    pub(crate) authorization_url: Option<String>,
    /// Where tokens are had.
    pub(crate) token_url: Option<String>,
    /// Scopes, with what each allows.
    pub(crate) scopes: Vec<(String, String)>,
}

/// Schemes that are all needed at once, with scopes. None is needed where there are none.
pub(crate) type Requirement = Vec<(String, Vec<String>)>;

/// One operation, with schemas that need nothing outside themselves.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TypedOperation {
    /// Its `operationId`.
    pub(crate) operation_id: Option<String>,
    /// One line for people.
    pub(crate) summary: Option<String>,
    /// What it does.
    pub(crate) description: Option<String>,
    /// What it is filed under.
    pub(crate) tags: Vec<String>,
    /// Whether it is to be avoided.
    pub(crate) deprecated: bool,
    /// Parameters of the operation and its path, in document order.
    pub(crate) parameters: Vec<TypedParameter>,
    /// The request body.
    pub(crate) body: Option<TypedBody>,
    /// What a successful answer looks like, as far as it is JSON; nothing of it is demanded.
    pub(crate) answer: Option<Value>,
    /// Its answers, in document order.
    pub(crate) responses: Vec<TypedResponse>,
    /// Any of these suffices; nothing is needed where there is none.
    pub(crate) security: Vec<Requirement>,
    /// Servers of its own, or of its path.
    pub(crate) servers: Vec<Server>,
    /// Where the operation stands in its document.
    pub(crate) span: Span,
}

/// One parameter, or one field of a body.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TypedParameter {
    /// Its name on the wire.
    pub(crate) name: String,
    /// `path`, `query`, `header`, `cookie`, or `body` for a field.
    pub(crate) place: &'static str,
    /// Whether it must be given.
    pub(crate) required: bool,
    /// What it is.
    pub(crate) description: Option<String>,
    /// Its schema.
    pub(crate) schema: Value,
    /// How it is written.
    pub(crate) serialization: Serialization,
    /// Where it stands.
    pub(crate) span: Span,
}

/// A request body.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TypedBody {
    /// Whether it must be given.
    pub(crate) required: bool,
    /// What it is.
    pub(crate) description: Option<String>,
    /// The media types it may have, the one that suits us best first; at least one.
    pub(crate) media: Vec<TypedMedia>,
    /// The members of the first one, where it is an object.
    pub(crate) fields: Vec<TypedParameter>,
    /// Where it stands.
    pub(crate) span: Span,
}

/// A request body in one media type.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TypedMedia {
    /// The media type.
    pub(crate) media_type: String,
    /// Its schema; an object schema has no composition at its root.
    pub(crate) schema: Value,
    /// How fields of a form are written, where that is said.
    pub(crate) encodings: Vec<(String, TypedEncoding)>,
}

/// How one field of a form is written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TypedEncoding {
    /// The media types it may have.
    pub(crate) content_type: Option<String>,
    /// How lists and objects are written.
    pub(crate) serialization: Option<Serialization>,
}

/// One answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TypedResponse {
    /// `200`, `4XX`, `default`.
    pub(crate) status: String,
    /// What it means.
    pub(crate) description: Option<String>,
    /// Its media types with their schemas.
    pub(crate) media: Vec<(String, Value)>,
}

impl TypedParameter {
    /// Its schema, with what is said of the parameter itself.
    pub(crate) fn described(&self) -> Value {
        let mut schema = self.schema.clone();
        if let (Value::Object(keywords), Some(description)) = (&mut schema, &self.description) {
            keywords.insert("description".to_owned(), Value::String(description.clone()));
        }
        schema
    }
}

impl TypedBody {
    /// The media type that is sent.
    pub(crate) fn chosen(&self) -> Option<&TypedMedia> {
        self.media.first()
    }
}
