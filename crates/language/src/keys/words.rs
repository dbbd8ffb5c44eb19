//! The enumerations of the dialect: what authors should write, and what published files write as well. What a word means is known
//! where it is read.

use crate::fields::{
    KeyType::{self, Words as OneWord},
    Words,
};

/// Versions of the Naftiko dialect.
pub(super) const NAFTIKO: KeyType =
    OneWord(&Words::new(&["1.0.0-alpha1", "1.0.0-alpha2", "1.0.0-alpha3"], &["0.5", "0.5.0"]));

/// Versions of the Ikanos dialect.
pub(super) const IKANOS: KeyType =
    OneWord(&Words::new(&["1.0.0-beta1", "1.0.0-beta2", "1.0.0-beta3", "1.0.0-beta4", "1.0.0-beta5"], &[]));

/// Types of values.
pub(super) const TYPE: KeyType = OneWord(&Words::new(
    &["string", "number", "integer", "boolean", "array", "object"],
    &[
        "text",
        "str",
        "uuid",
        "date",
        "datetime",
        "date-time",
        "uri",
        "url",
        "email",
        "int",
        "long",
        "float",
        "double",
        "bool",
        "list",
        "map",
        "any",
        "null",
        "file",
        "binary",
    ],
));

/// Where a parameter goes or comes from.
pub(super) const PARAMETER_PLACE: KeyType = OneWord(&Words::new(
    &["path", "query", "header", "cookie", "body", "environment"],
    &["headers", "formData", "form"],
));

/// Methods of consumed operations: those of HTTP, and registered extensions of it.
pub(super) const METHOD: KeyType = OneWord(&Words::new(
    &["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"],
    &[
        "TRACE",
        "QUERY",
        "SEARCH",
        "REPORT",
        "PROPFIND",
        "PROPPATCH",
        "MKCOL",
        "COPY",
        "MOVE",
        "LOCK",
        "UNLOCK",
        "LIST",
        "PURGE",
        "LINK",
        "UNLINK",
        "MERGE",
    ],
));

/// Methods of exposed operations.
pub(super) const EXPOSED_METHOD: KeyType =
    OneWord(&Words::new(&["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"], &[]));

/// Encodings of a request body.
pub(super) const BODY_TYPE: KeyType = OneWord(&Words {
    official: &["json", "formUrlEncoded", "multipartForm", "text", "xml", "sparql"],
    also: &["form", "urlencoded", "multipart", "yaml", "binary", "octet-stream", "raw"],
    form: |word| word.contains('/'),
});

/// Formats of an upstream's answer.
pub(super) const FORMAT: KeyType = OneWord(&Words::new(
    &["json", "xml", "yaml", "csv", "tsv", "psv", "html", "markdown", "avro", "protobuf", "text", "binary"],
    &[],
));

/// Kinds of credentials and authenticators.
pub(super) const AUTHENTICATION: KeyType = OneWord(&Words::new(
    &["bearer", "basic", "apikey", "digest", "oauth2", "oauth1", "hmac", "aws-sig-v4", "certificate"],
    &["api-key", "api_key", "header", "query", "aws-sigv4", "sigv4", "mtls", "none"],
));

/// Where a credential is put.
pub(super) const PLACEMENT: KeyType = OneWord(&Words::new(&["header", "query", "cookie", "body", "path"], &[]));

/// How a token is checked.
pub(super) const VALIDATION: KeyType = OneWord(&Words::new(&["jwks", "introspection"], &[]));

/// Languages of scripts.
pub(super) const LANGUAGE: KeyType = OneWord(&Words::new(&["javascript", "python", "groovy"], &["js"]));
