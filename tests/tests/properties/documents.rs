//! Any text is parsed or diagnosed: free text, text made of what capabilities are made of, real documents with damage to their
//! text, and real documents with damage to their structure, which gets furthest.

use std::{path::Path, sync::OnceLock};

use capstan_language::{
    Compilation, Options, compile,
    format::{Style, format},
    render,
    source::MemoryFiles,
};
use capstan_tests::{mutate::verdict::without_places, spec::block::Document};
use proptest::{collection::vec, prelude::*, sample::Index};
use serde_json::{Map, Value};

/// Documents to damage: the capabilities of all specs and those in the box.
fn seeds() -> &'static [String] {
    static SEEDS: OnceLock<Vec<String>> = OnceLock::new();
    SEEDS.get_or_init(|| {
        let mut found = Vec::new();
        collect(&capstan_tests::root().join("tests/specs"), &mut found);
        collect(&capstan_tests::root().join("capabilities"), &mut found);
        collect(&capstan_tests::root().join("tests/conformance"), &mut found);
        assert!(found.len() > 50, "the seeds are gone");
        found
    })
}

fn collect(folder: &Path, found: &mut Vec<String>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let extension = path.extension().map(|extension| extension.to_string_lossy().into_owned());
        match extension.as_deref() {
            _ if path.is_dir() && !path.ends_with("node_modules") => collect(&path, found),
            Some("md") => {
                let text = std::fs::read_to_string(&path).unwrap();
                // Other Markdown than specs has no such blocks.
                let blocks = Document::parse(&text).map(|document| document.blocks).unwrap_or_default();
                found.extend(blocks.into_iter().filter(|b| matches!(&*b.kind, "capability" | "file")).map(|b| b.body));
            }
            Some("yaml") => found.push(std::fs::read_to_string(&path).unwrap()),
            _ => {}
        }
    }
}

/// A text that can be laid out says the same afterwards, and is laid out then; any other is left with a reason.
fn settles(text: &str) {
    match format("x.yaml", text, Style::default()) {
        Err(left) => assert!(!left.0.is_empty(), "left without a reason"),
        Ok(after) => {
            let again = format("x.yaml", &after, Style::default()).expect("what was laid out can be laid out");
            assert_eq!(again, after);
            let plan = |text: &str| {
                let files = MemoryFiles::new().with("x.yaml", text);
                without_places(&format!("{:?}", compile(&files, Path::new("x.yaml"), &Options::default()).plan))
            };
            assert_eq!(plan(text), plan(&after));
        }
    }
}

/// Compiles, renders everything there is to say, and looks whether it makes sense.
fn bears(text: &[u8]) {
    if let Ok(text) = std::str::from_utf8(text) {
        settles(text);
    }
    let files = MemoryFiles::new().with("x.yaml", text);
    bears_files(&files);
}

fn bears_files(files: &MemoryFiles) {
    let options = Options::default();
    let Compilation { plan, diagnostics, sources, .. } = compile(files, Path::new("x.yaml"), &options);
    assert!(plan.is_some() || !diagnostics.is_empty(), "no plan, and no word why");
    for diagnostic in &diagnostics {
        let line = render::line(diagnostic, &sources);
        assert!(!line.contains('\n'), "{line}");
        let _ = render::human(diagnostic, &sources, render::Style::Plain);
        let Some(span) = diagnostic.span() else { continue };
        let text = &sources.get(span.file).expect("a diagnostic is about a file that was read").text;
        assert!(text.get(span.range()).is_some(), "{line}: {span:?} of {} bytes", text.len());
    }
    let _ = render::json(&diagnostics, &sources);
    let _ = render::sarif(&diagnostics, &sources);
}

/// Pieces capabilities are made of.
const PIECES: &[&str] = &[
    "naftiko: 1.0.0-alpha2\n",
    "ikanos: 1.0.0-beta5\n",
    "capability:\n",
    "  consumes:\n",
    "  - type: http\n",
    "    namespace: a\n",
    "    baseUri: https://a.example\n",
    "    baseUri: ''\n",
    "    resources:\n",
    "    - path: /{x}\n",
    "      name: r\n",
    "      operations:\n",
    "      - method: GET\n",
    "        name: o\n",
    "        call: a.o\n",
    "        with:\n",
    "          x: rest.x\n",
    "          x: {{X}}\n",
    "  exposes:\n",
    "  - type: rest\n",
    "  - type: mcp\n",
    "    port: 8080\n",
    "    tools:\n",
    "    - name: t\n",
    "      call: a.o\n",
    "        inputParameters:\n",
    "        - name: x\n",
    "          in: path\n",
    "        outputParameters:\n",
    "        - mapping: $.\n",
    "        - mapping: $[?(@.a]\n",
    "binds:\n",
    "- namespace: env\n",
    "  keys:\n",
    "    K: K\n",
    "    authentication:\n",
    "      type: bearer\n",
    "      token: '{{K}}'\n",
    "  ",
    "\n",
    "- ",
    ": ",
    "{",
    "}",
    "[",
    "]",
    "'",
    "\"",
    "|\n",
    ">-\n",
    "&a ",
    "*a",
    "<<: ",
    "!!int ",
    "#",
    "---\n",
    "...\n",
    "\t",
    "{{",
    "}}",
    "{{#x}}",
    "{{/x}}",
    "<<x>>",
    "${X}",
    "null",
    "~",
    "1e999",
    "\u{feff}",
    "\u{0}",
    "é",
    "# --- truncated at 32 KB (46 KB total) ---\n",
];

/// Values that turn up where something else is expected.
fn strange() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        Just(String::new()),
        Just("{{".into()),
        Just("{{x}}".into()),
        Just("{{#x}}{{/y}}".into()),
        Just("{{x|f(}}".into()),
        Just("$.".into()),
        Just("$..[?(@.a==1)]".into()),
        Just("$[".into()),
        Just("/{".into()),
        Just("/{a}{b}/{a}".into()),
        Just("..".into()),
        Just("rest.".into()),
        Just("tools.body.x".into()),
        Just("a.b.c.d".into()),
        Just("http://[".into()),
        Just("//".into()),
        Just("https://{x}{y}@{z}:{w}/".into()),
        Just("file:///x".into()),
        Just("rest".into()),
        Just("mcp".into()),
        Just("body".into()),
        Just("\u{0}é\u{202e}".into()),
        Just("a".repeat(5000)),
        ".*",
    ];
    let leaf = prop_oneof![
        4 => text.prop_map(Value::String),
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => any::<i64>().prop_map(Value::from),
        1 => Just(Value::from(1e300)),
    ];
    leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::Array),
            vec(("[a-z.$*]{0,5}", inner), 0..3)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// What happens to one node of a document.
#[derive(Debug, Clone)]
enum Damage {
    Replace(Value),
    Remove,
    Rename(String),
    Twice,
    /// Another node of the same document in its place.
    Other(Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        4 => strange().prop_map(Damage::Replace),
        2 => Just(Damage::Remove),
        1 => prop_oneof![Just("name".to_owned()), Just("steps".into()), Just("call".into()), Just("ref".into()), Just("body".into()), ".{0,6}"].prop_map(Damage::Rename),
        1 => Just(Damage::Twice),
        2 => any::<Index>().prop_map(Damage::Other),
    ]
}

/// Every node of a document, as JSON pointers.
fn nodes(value: &Value, at: &str, found: &mut Vec<String>) {
    let escaped = |key: &str| key.replace('~', "~0").replace('/', "~1");
    let children: Vec<(String, &Value)> = match value {
        Value::Array(items) => items.iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect(),
        Value::Object(map) => map.iter().map(|(key, item)| (escaped(key), item)).collect(),
        _ => Vec::new(),
    };
    for (key, child) in children {
        let at = format!("{at}/{key}");
        found.push(at.clone());
        nodes(child, &at, found);
    }
}

fn apply(root: &mut Value, at: &str, damage: Damage, other: Option<Value>) {
    let (parent, key) = at.rsplit_once('/').expect("a pointer has a slash");
    let key = key.replace("~1", "/").replace("~0", "~");
    match (root.pointer_mut(parent), damage) {
        (Some(Value::Object(map)), damage) => match damage {
            Damage::Replace(value) => drop(map.insert(key, value)),
            Damage::Remove => drop(map.shift_remove(&key)),
            Damage::Rename(name) => {
                let value = map.shift_remove(&key).unwrap_or_default();
                map.insert(name, value);
            }
            Damage::Twice => {
                let value = map.get(&key).cloned().unwrap_or_default();
                map.insert(key, Value::Array(vec![value.clone(), value]));
            }
            Damage::Other(_) => drop(map.insert(key, other.unwrap_or_default())),
        },
        (Some(Value::Array(items)), damage) => {
            let Some(item) = key.parse::<usize>().ok().filter(|index| *index < items.len()) else { return };
            match damage {
                Damage::Replace(value) => items[item] = value,
                Damage::Remove => drop(items.remove(item)),
                Damage::Rename(name) => items[item] = Value::String(name),
                Damage::Twice => items.insert(item, items[item].clone()),
                Damage::Other(_) => items[item] = other.unwrap_or_default(),
            }
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: super::cases(400), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(bytes in vec(any::<u8>(), 0..300)) {
        bears(&bytes);
    }

    #[test]
    fn any_text(text in "(?s).{0,300}") {
        bears(text.as_bytes());
    }

    #[test]
    fn pieces_of_capabilities(pieces in vec(proptest::sample::select(PIECES), 0..60)) {
        bears(pieces.concat().as_bytes());
    }

    #[test]
    fn damaged_text(seed: Index, cut: Index, length in 0..40usize, put in prop_oneof![Just(String::new()), "(?s).{0,12}", proptest::sample::select(PIECES).prop_map(str::to_owned)]) {
        let mut text = seed.get(seeds()).clone();
        let mut at = cut.index(text.len() + 1);
        while !text.is_char_boundary(at) { at -= 1; }
        let mut end = (at + length).min(text.len());
        while !text.is_char_boundary(end) { end -= 1; }
        text.replace_range(at..end.max(at), &put);
        bears(text.as_bytes());
    }

    #[test]
    fn half_documents(seed: Index, cut: Index, marked: bool) {
        let text = seed.get(seeds());
        let mut half = text.as_bytes()[..cut.index(text.len() + 1)].to_vec();
        if marked {
            half.extend_from_slice(b"\n# --- truncated at 32 KB (46 KB total) ---\n# Full source: https://a.example\n");
        }
        bears(&half);
    }

    #[test]
    fn damaged_structure(seed: Index, hits in vec((any::<Index>(), damage()), 1..5)) {
        let Ok(mut root) = serde_yaml::from_str::<Value>(seed.get::<String>(seeds())) else { return Ok(()) };
        for (index, damage) in hits {
            let mut found = Vec::new();
            nodes(&root, "", &mut found);
            if found.is_empty() { break; }
            let other = match &damage {
                Damage::Other(index) => root.pointer(index.get::<String>(&found)).cloned(),
                _ => None,
            };
            apply(&mut root, index.get::<String>(&found), damage, other);
        }
        bears(root.to_string().as_bytes());
    }

    #[test]
    fn damaged_openapi(hits in vec((any::<Index>(), damage()), 1..6)) {
        let folder = capstan_tests::root().join("capabilities/flux");
        let capability = std::fs::read(folder.join("image-generation-generation.yaml")).unwrap();
        let openapi = std::fs::read_to_string(folder.join("image-generation-generation.openapi.yaml")).unwrap();
        let mut root: Value = serde_yaml::from_str(&openapi).unwrap();
        for (index, damage) in hits {
            let mut found = Vec::new();
            nodes(&root, "", &mut found);
            if found.is_empty() { break; }
            let other = match &damage {
                Damage::Other(index) => root.pointer(index.get::<String>(&found)).cloned(),
                _ => None,
            };
            apply(&mut root, index.get::<String>(&found), damage, other);
        }
        bears_files(&MemoryFiles::new().with("x.yaml", capability).with("x.openapi.yaml", root.to_string()));
    }
}
