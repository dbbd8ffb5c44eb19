//! The JSON shape of every format, its errors, and its limits.

use apache_avro::reader::datum::GenericDatumReader;
use capstan_plan::Format;
use serde_json::{Value, json};

use super::decode;
use super::error::Position;
use super::schema::Schema;
use crate::files::schema;

fn read(format: Format, body: impl AsRef<[u8]>) -> Value {
    decode(format, body.as_ref(), None, None).unwrap_or_else(|error| panic!("{error}"))
}

fn fails(format: Format, body: impl AsRef<[u8]>) -> String {
    decode(format, body.as_ref(), None, None).unwrap_err().to_string()
}

fn with(format: Format, body: impl AsRef<[u8]>, name: &str, text: &str) -> Result<Value, String> {
    let wanted = name.split_once('#').map(|(_, message)| message);
    let decoded = |schema| decode(format, body.as_ref(), None, Some(schema)).map_err(|error| error.to_string());
    match format {
        Format::Avro => decoded(Schema::Avro(&schema::avro(text)?)),
        _ => decoded(Schema::Protobuf(&schema::protobuf(text, wanted)?)),
    }
}

#[test]
fn json_and_its_places() {
    assert_eq!(read(Format::Json, r#" {"b":1,"a":[1.5,null]} "#), json!({"b": 1, "a": [1.5, null]}));
    assert_eq!(read(Format::Json, b"\xEF\xBB\xBF{}"), json!({}));
    let error = decode(Format::Json, b"{\n \"a\": }", None, None).unwrap_err();
    assert_eq!(error.position, Some(Position::Line { line: 2, column: 7 }));
    assert_eq!(error.to_string(), "not readable as JSON: expected value (line 2, column 7)");
    assert!(fails(Format::Json, " \n").starts_with("not readable as JSON: the body is empty"));
    assert!(fails(Format::Json, "[".repeat(100_000)).contains("recursion limit"));
    assert!(decode(Format::Json, b"\"\xFF\"", None, None).is_err());
}

#[test]
fn charsets() {
    let latin = |format, body: &[u8]| decode(format, body, Some("text/x; Charset=\"ISO-8859-1\""), None).unwrap();
    assert_eq!(latin(Format::Text, b"caf\xE9"), json!("café"));
    assert_eq!(latin(Format::Json, b"\"\xE9\""), json!("é"));
    assert_eq!(latin(Format::Csv, b"a\n\xE9"), json!([{"a": "é"}]));
    assert_eq!(read(Format::Text, b"\xFF\xFEa\0"), json!("a"));
    assert_eq!(read(Format::Text, b"a\xFFb"), json!("a\u{FFFD}b"));
    assert_eq!(read(Format::Xml, b"<?xml version='1.0' encoding='windows-1252'?><a>\x80</a>"), json!("€"));
    assert_eq!(read(Format::Xml, b"<\0a\0/\0>\0"), json!(""));
    let page = b"<meta charset=iso-8859-1><table><tr><th>\xE9<tr><td>1</table>";
    assert_eq!(read(Format::Html, page), json!({"tables": [[{"é": "1"}]]}));
}

#[test]
fn text_and_binary() {
    assert_eq!(read(Format::Text, ""), json!(""));
    assert!(fails(Format::Binary, "x").contains("never decoded"));
}

#[test]
fn xml_shapes() {
    let document = r#"<?xml version="1.0"?>
        <!DOCTYPE list [<!ENTITY big "boom">]>
        <!-- gone -->
        <ns:list xmlns:ns="urn:x" xmlns="urn:y" ns:count="2" kind="a&amp;b">
          <item id="1">one</item>
          <item id="2"><![CDATA[<two>]]></item>
          <ns:single>  kept  </ns:single>
          <empty/><blank></blank>
          <nested><deep>&lt;5 &#65;&#x42;</deep></nested>
          <mixed>before<b>bold</b>after</mixed>
        </ns:list>"#;
    assert_eq!(
        read(Format::Xml, document),
        json!({
            "count": "2",
            "kind": "a&b",
            "item": [{"id": "1", "": "one"}, {"id": "2", "": "<two>"}],
            "single": "  kept  ",
            "empty": "",
            "blank": "",
            "nested": {"deep": "<5 AB"},
            "mixed": {"": ["before", "after"], "b": "bold"},
        })
    );
    assert_eq!(read(Format::Xml, "<a>text</a>"), json!("text"));
    assert_eq!(read(Format::Xml, "<a x='1'/>"), json!({"x": "1"}));
    assert_eq!(read(Format::Xml, "<a x='1'><x>2</x><x>3</x></a>"), json!({"x": ["1", "2", "3"]}));
}

#[test]
fn xml_errors() {
    assert!(fails(Format::Xml, "").contains("no root element"));
    assert!(fails(Format::Xml, "<a>\n<b></a>").contains("(line 2, column"));
    assert!(fails(Format::Xml, "<a>").contains("element `a` is not closed"));
    assert!(fails(Format::Xml, "<a/><b/>").contains("more than one root"));
    assert!(fails(Format::Xml, "x<a/>").contains("outside the root"));
    let entity = "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>";
    assert!(fails(Format::Xml, entity).contains("unknown entity `&x;`"));
    assert!(fails(Format::Xml, "<a b='&x;'/>").starts_with("not readable as XML"));
    assert!(fails(Format::Xml, "<a b='1' b='2'/>").starts_with("not readable as XML"));
    assert!(fails(Format::Xml, "<a>".repeat(500)).contains("deeper than"));
}

#[test]
fn delimited_values() {
    assert_eq!(
        read(Format::Csv, "id, name\r\n1,\"a, \"\"b\"\"\nc\"\n2\n\n3,\n"),
        json!([{"id": "1", "name": "a, \"b\"\nc"}, {"id": "2"}, {"id": "3", "name": ""}])
    );
    assert_eq!(read(Format::Tsv, "a\tb\n1\t2"), json!([{"a": "1", "b": "2"}]));
    assert_eq!(read(Format::Psv, "a|b\n1|2"), json!([{"a": "1", "b": "2"}]));
    assert_eq!(read(Format::Csv, "a,a,a_2\n1,2,3"), json!([{"a": "1", "a_2": "2", "a_2_2": "3"}]));
    assert_eq!(read(Format::Csv, "a,b"), json!([]));
    assert!(fails(Format::Csv, "").contains("no header line"));
    assert_eq!(
        fails(Format::Csv, "a\n1\n1,2"),
        "not readable as CSV: a row has 2 cells, the header has 1 (line 3, column 1)"
    );
    let bomb = format!("{}\n{}", "h".repeat(1 << 20), "1\n".repeat(1000));
    assert!(fails(Format::Csv, bomb).contains("makes more than"));
}

#[test]
fn yaml_documents() {
    assert_eq!(
        read(Format::Yaml, "a: 1\nb: [x, 1.5, true, ~]\n2: &k {c: d}\ne: *k\nf: !tag {g: h}\n---\nsecond: 1"),
        json!({"a": 1, "b": ["x", 1.5, true, null], "2": {"c": "d"}, "e": {"c": "d"}, "f": {"g": "h"}})
    );
    assert_eq!(read(Format::Yaml, "base: &b {x: 1, y: 1}\nd: {<<: *b, y: 2}")["d"], json!({"x": 1, "y": 2}));
    assert_eq!(read(Format::Yaml, ""), Value::Null);
    assert_eq!(read(Format::Yaml, "a: .inf"), json!({"a": "inf"}));
    assert!(fails(Format::Yaml, "a: [1").contains("(line "));
    assert!(fails(Format::Yaml, "? [a]\n: b").contains("a key is a list"));
    let laughs: String = (1..30).fold("a0: &a0 [x]\n".to_owned(), |text, level| {
        let inner = format!("*a{}, ", level - 1).repeat(9);
        format!("{text}a{level}: &a{level} [{inner}]\n")
    });
    assert!(!fails(Format::Yaml, laughs).is_empty());
    assert!(fails(Format::Yaml, "[".repeat(5000)).starts_with("not readable as YAML"));
}

const PAGE: &str = "<html><body><div class=x><table id=one><thead><tr><th> Name </th><th>Age</th></tr></thead>\
    <tbody><tr><td>Ann <b>B</b></td><td>5</td><td>extra</td></tr><tr><td>Bob</td></tr><tr><th>sum</th><td>1</td></tr></tbody></table></div>\
    <table><tr><th>k<th>v<tr><td>a<br>b<td>2</table><table><tr><td>no header</td></tr></table>\
    <table><tr><th> </th></tr><tr><td>blank header</td></tr></table>";

#[test]
fn html_tables() {
    let one = json!([{"Name": "Ann B", "Age": "5"}, {"Name": "Bob", "Age": ""}]);
    let two = json!([{"k": "a b", "v": "2"}]);
    assert_eq!(read(Format::Html, PAGE), json!({"tables": [one, two]}));
    let select = |selector: &str| decode(Format::Html, PAGE.as_bytes(), None, Some(Schema::Filter(selector)));
    assert_eq!(select("#one").unwrap(), json!({"tables": [one]}));
    assert_eq!(select("div.x").unwrap(), json!({"tables": [one]}));
    assert_eq!(select("body, div").unwrap(), json!({"tables": [one, two, one]}));
    assert_eq!(select("p").unwrap(), json!({"tables": []}));
    assert!(select("a[").unwrap_err().to_string().contains("`a[` is not a CSS selector"));
    assert_eq!(read(Format::Html, ""), json!({"tables": []}));
    for hostile in ["<b>", "<div></p>", "<table><tr><td>", "<a><p></b>"] {
        // Whether it is read or refused depends on the machine; that it ends does not.
        let start = std::time::Instant::now();
        let _ = decode(Format::Html, hostile.repeat(50_000).as_bytes(), None, None);
        assert!(start.elapsed() < std::time::Duration::from_secs(10), "{hostile}");
    }
}

const NOTES: &str = "---\r\ntitle: T\r\ntags: [a, b]\r\n---\r\npreface\n\n# First *one*\n\nSome `code`, a [link](x) and ![alt](y)\nsoft  \nhard\n\n\
    - item 1\n- item 2\n\n```rust\nlet x;\n```\n\n| A | B |\n|---|---|\n| 1 | **2** |\n| 3 |\n\nafter\n\nSecond\n---\n\n> quoted\n";

#[test]
fn markdown_parts() {
    let value = read(Format::Markdown, NOTES);
    assert_eq!(value["frontMatter"], json!({"title": "T", "tags": ["a", "b"]}));
    assert_eq!(value["tables"], json!([[{"A": "1", "B": "2"}, {"A": "3", "B": ""}]]));
    assert_eq!(
        value["sections"],
        json!([
            {"heading": "First one", "level": 1, "content": "Some code, a link and alt soft\nhard\nitem 1\nitem 2\nlet x;\nafter"},
            {"heading": "Second", "level": 2, "content": "quoted"},
        ])
    );
    let filtered = decode(Format::Markdown, NOTES.as_bytes(), None, Some(Schema::Filter("Sec"))).unwrap();
    assert_eq!(filtered["sections"], json!([{"heading": "Second", "level": 2, "content": "quoted"}]));
    assert_eq!(filtered["tables"].as_array().unwrap().len(), 1);
}

#[test]
fn markdown_without_front_matter() {
    let empty = json!({"frontMatter": {}, "tables": [], "sections": []});
    assert_eq!(read(Format::Markdown, ""), empty);
    assert_eq!(read(Format::Markdown, "---\n---\n"), empty);
    assert_eq!(read(Format::Markdown, "---\n- a list\n---\n"), empty);
    assert_eq!(read(Format::Markdown, "---\na: [\n---\n# H")["sections"][0]["heading"], json!("H"));
    assert_eq!(read(Format::Markdown, "---\na: 1\n---")["frontMatter"], json!({"a": 1}));
    assert_eq!(read(Format::Markdown, "text\n---\nnot: front\n---\n")["frontMatter"], json!({}));
}

const AVSC: &str = r#"{"type": "record", "name": "N", "fields": [
    {"name": "id", "type": "long"}, {"name": "name", "type": "string"}, {"name": "ok", "type": "boolean"},
    {"name": "kind", "type": {"type": "enum", "name": "K", "symbols": ["A", "B"]}},
    {"name": "tags", "type": {"type": "array", "items": "string"}},
    {"name": "more", "type": {"type": "map", "values": "int"}},
    {"name": "raw", "type": "bytes"}, {"name": "f", "type": "float"},
    {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}},
    {"name": "next", "type": ["null", "N"]}]}"#;

/// One record of `AVSC` by hand; `next` is null.
fn record() -> Vec<u8> {
    let mut bytes = vec![0x83, 0x01, 4, b'h', b'i', 1, 2];
    // Two tags, one of them in a block with its size.
    bytes.extend([2, 2, b'x', 1, 4, 2, b'y', 0]);
    bytes.extend([2, 2, b'm', 3, 0]);
    bytes.extend([4, 0xFF, 0x00]);
    bytes.extend(0.1_f32.to_le_bytes());
    bytes.extend([4, 0xFF, 0x85]);
    bytes.push(0);
    bytes
}

fn expected() -> Value {
    json!({"id": -66, "name": "hi", "ok": true, "kind": "B", "tags": ["x", "y"], "more": {"m": -2}, "raw": "/wA=",
        "f": 0.1, "price": "-1.23", "next": null})
}

#[test]
fn avro_records() {
    assert_eq!(with(Format::Avro, record(), "n.avsc", AVSC), Ok(expected()));
    assert!(fails(Format::Avro, record()).contains("needs `outputSchema`"));
    assert!(with(Format::Avro, record(), "n.avsc", "{").unwrap_err().contains("is not an Avro schema"));
    let mut longer = record();
    longer.push(0);
    assert!(with(Format::Avro, longer, "n", AVSC).unwrap_err().contains("1 bytes are left over"));
    for end in 0..record().len() {
        assert!(with(Format::Avro, &record()[..end], "n", AVSC).is_err());
    }
}

#[test]
fn avro_limits() {
    // An array of 2^40 nulls takes no bytes at all.
    let nulls = r#"{"type": "array", "items": "null"}"#;
    let count = [0x80, 0x80, 0x80, 0x80, 0x80, 0x40];
    assert!(with(Format::Avro, count, "n", nulls).unwrap_err().contains("more than"));
    let endless = r#"{"type": "record", "name": "R", "fields": [{"name": "r", "type": "R"}]}"#;
    assert!(with(Format::Avro, [], "n", endless).unwrap_err().contains("deeper than"));
    assert!(with(Format::Avro, [0xFF; 11], "n", "\"long\"").unwrap_err().contains("too long"));
    assert!(with(Format::Avro, [0x01], "n", "\"bytes\"").unwrap_err().contains("negative"));
}

#[test]
fn avro_container_files() {
    for codec in [apache_avro::Codec::Null, apache_avro::Codec::Deflate(Default::default()), apache_avro::Codec::Snappy]
    {
        let schema = apache_avro::Schema::parse_str(AVSC).unwrap();
        let value = GenericDatumReader::builder(&schema).build().unwrap().read_value(&mut record().as_slice()).unwrap();
        let mut writer = apache_avro::Writer::with_codec(&schema, Vec::new(), codec).unwrap();
        writer.append_value(value.clone()).unwrap();
        writer.append_value(value).unwrap();
        let file = writer.into_inner().unwrap();
        assert_eq!(read(Format::Avro, &file), json!([expected(), expected()]));
        // Only a header by itself is a whole file.
        let whole = (4..file.len()).filter(|end| decode(Format::Avro, &file[..*end], None, None).is_ok());
        assert_eq!(whole.count(), 1);
    }
}

const PROTO: &str = r#"syntax = "proto3"; package shop;
    import "google/protobuf/timestamp.proto";
    message Item { string item_name = 1; int64 count = 2; repeated string tags = 3; bytes raw = 4; Kind kind = 5;
        google.protobuf.Timestamp at = 6; Item parent = 7; map<string, int32> sizes = 8;
        message Inner { int32 x = 1; } }
    enum Kind { NONE = 0; BIG = 1; }
    message Other { string y = 1; }"#;

#[test]
fn protobuf_messages() {
    let body = [
        0x0A, 2, b'a', b'b', 0x10, 5, 0x1A, 1, b't', 0x22, 1, 0xFF, 0x28, 1, 0x32, 2, 0x08, 1, 0x42, 5, 0x0A, 1, b'k',
        0x10, 9,
    ];
    assert_eq!(
        with(Format::Protobuf, body, "shop.proto", PROTO),
        Ok(
            json!({"item_name": "ab", "count": 5, "tags": ["t"], "raw": "/w==", "kind": "BIG", "at": "1970-01-01T00:00:01Z",
            "sizes": {"k": 9}})
        )
    );
    let zero = with(Format::Protobuf, [], "shop.proto", PROTO).unwrap();
    assert_eq!(zero, json!({"item_name": "", "count": 0, "tags": [], "raw": "", "kind": "NONE", "sizes": {}}));
    for name in ["shop.proto#Other", "shop.proto#shop.Other"] {
        assert_eq!(with(Format::Protobuf, [0x0A, 1, b'z'], name, PROTO), Ok(json!({"y": "z"})));
    }
    assert_eq!(with(Format::Protobuf, [8, 3], "s#Item.Inner", PROTO), Ok(json!({"x": 3})));
    assert!(with(Format::Protobuf, [], "s#Nope", PROTO).unwrap_err().contains("has no message `Nope`"));
    assert!(with(Format::Protobuf, [], "s.proto", "syntax = \"proto3\";").unwrap_err().contains("declares no message"));
    assert!(
        with(Format::Protobuf, [], "s.proto", "message {")
            .unwrap_err()
            .contains("is not a Protocol Buffers description")
    );
    assert!(with(Format::Protobuf, [0x0A, 9], "s.proto", PROTO).is_err());
    assert!(fails(Format::Protobuf, []).contains("needs `outputSchema`"));
    let deep: Vec<u8> = (0..5000).fold(Vec::new(), |inner, _| {
        if inner.len() > 100 { inner } else { [&[0x3A, u8::try_from(inner.len()).unwrap()], inner.as_slice()].concat() }
    });
    assert!(with(Format::Protobuf, deep, "s.proto", PROTO).is_ok());
}

/// Bytes nobody meant: decoders answer or refuse, and do not take the process with them.
#[test]
fn noise() {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let formats = [
        Format::Json,
        Format::Xml,
        Format::Yaml,
        Format::Csv,
        Format::Tsv,
        Format::Psv,
        Format::Html,
        Format::Markdown,
        Format::Avro,
        Format::Protobuf,
        Format::Text,
    ];
    let alphabet = b"<>/=\"'&;#![]{}:-,|*`\n\r\t \0ab01\xC3\xA9\xFF?%~\x01\x02\x80";
    let (avro, protobuf) = (schema::avro(AVSC).unwrap(), schema::protobuf(PROTO, None).unwrap());
    for round in 0..3000 {
        let length = usize::try_from(next() % 80).unwrap();
        let body: Vec<u8> = (0..length).map(|_| alphabet[usize::try_from(next()).unwrap() % alphabet.len()]).collect();
        let format = formats[round % formats.len()];
        let schema = match format {
            Format::Avro => Some(Schema::Avro(&avro)),
            Format::Protobuf => Some(Schema::Protobuf(&protobuf)),
            _ => None,
        };
        if let Err(error) = decode(format, &body, None, schema) {
            assert!(!error.message.contains("the decoder failed"), "{format:?} {body:?}");
        }
    }
}
