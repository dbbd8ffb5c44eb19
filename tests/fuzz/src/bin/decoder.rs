//! An upstream's answer in each format, and in each content encoding: the first byte says which.
#![no_main]

use std::sync::LazyLock;

use capstan_engine::fuzzing::{self, Schemas};
use libfuzzer_sys::fuzz_target;

static SCHEMAS: LazyLock<Schemas> =
    LazyLock::new(|| Schemas::new(AVRO, PROTOBUF).expect("the schemas of a target compile"));

const AVRO: &str = r#"{"type": "record", "name": "R", "fields": [
    {"name": "s", "type": "string"}, {"name": "n", "type": ["null", "long", "double", "R"]},
    {"name": "l", "type": {"type": "array", "items": "bytes"}}, {"name": "m", "type": {"type": "map", "values": "int"}},
    {"name": "e", "type": {"type": "enum", "name": "E", "symbols": ["A", "B"]}},
    {"name": "f", "type": {"type": "fixed", "name": "F", "size": 4}}, {"name": "b", "type": "boolean"},
    {"name": "d", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}}]}"#;

const PROTOBUF: &str = r#"syntax = "proto3";
message M {
  string s = 1; int64 i = 2; double d = 3; bool b = 4; bytes y = 5; M m = 6; repeated M r = 7; repeated sint32 p = 8;
  map<string, M> q = 9; oneof o { fixed64 f = 10; E e = 11; } enum E { A = 0; B = 1; }
}"#;

fuzz_target!(|bytes: &[u8]| {
    let Some((format, body)) = bytes.split_first() else { return };
    fuzzing::decode(usize::from(*format), body, &SCHEMAS);
});
