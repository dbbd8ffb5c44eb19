//! Skills as callers see them, with real folders.

use std::{fs, sync::Arc};

use capstan_engine::{Engine, Overrides};
use capstan_plan::{
    Exposure, FileId, FilePath, FileUse, IdVec, Listen, Origin, Plan, PlanFile, SiblingKind, SkillTool, SkillToolKind,
};
use http_body_util::BodyExt as _;

use super::*;
use crate::{
    bundle::fingerprint::Fingerprint,
    capability::instance::{Capability, State},
    finding::Findings,
    shared::Limits,
};

fn origin() -> Origin {
    Origin::new("demo.yaml".into(), 7, 3)
}

fn skill(name: &str, location: Option<FileId>) -> Skill {
    Skill {
        name: name.into(),
        description: "Orders: food \"now\".".into(),
        matter: Box::new([
            ("license".into(), json!("MIT")),
            ("allowed-tools".into(), json!("Read")),
            ("user-invocable".into(), json!(false)),
            ("metadata".into(), json!({ "a": "b" })),
        ]),
        location,
        tools: Box::new([
            SkillTool {
                name: "order".into(),
                description: "Orders.".into(),
                kind: SkillToolKind::Derived {
                    namespace: "shop".into(),
                    action: "place-order".into(),
                    mode: SiblingKind::Mcp,
                },
            },
            SkillTool {
                name: "howto".into(),
                description: "Explains.".into(),
                kind: SkillToolKind::Instruction("how/to.md".into()),
            },
        ]),
        origin: origin(),
    }
}

struct Site {
    adapter: SkillAdapter,
    shared: Shared,
    _folder: tempfile::TempDir,
}

impl Site {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        fs::create_dir_all(at("food/how")).unwrap();
        fs::create_dir_all(at("own")).unwrap();
        fs::write(at("secret.txt"), "s3cret").unwrap();
        fs::write(at("food/a b.json"), "{}").unwrap();
        fs::write(at("food/how/to.md"), "# How").unwrap();
        fs::write(at("food/.env"), "KEY=s3cret").unwrap();
        fs::write(at("food/data"), [0, 159]).unwrap();
        fs::write(at("own/SKILL.md"), "mine").unwrap();
        std::os::unix::fs::symlink(at("secret.txt"), at("food/escape.txt")).unwrap();
        std::os::unix::fs::symlink(folder.path(), at("food/up")).unwrap();
        std::os::unix::fs::symlink(at("food/data"), at("food/same")).unwrap();
        let mut files = IdVec::default();
        let mut location = |written: &str| {
            let path = FilePath::beside(folder.path().to_str().unwrap(), written).unwrap();
            files.push(PlanFile { path, usage: FileUse::Folder, origin: origin() })
        };
        let skills = Box::new([
            skill("food", Some(location("./food"))),
            skill("own", Some(location("own"))),
            skill("bare", None),
            skill("lost", Some(location("not/there"))),
        ]);
        let plan = Plan {
            exposures: vec![Exposure {
                namespace: "skills".into(),
                description: None,
                listen: Listen::default(),
                authenticator: None,
                kind: ExposureKind::Skill(Declared { skills }),
                origin: origin(),
            }],
            files,
            ..Plan::default()
        };
        let plan = Arc::new(plan);
        let lookup = |_: &capstan_plan::Binding| Ok(None);
        let shared = capstan_engine::Shared::system();
        let engine = Engine::activate(plan.clone(), &lookup, &Overrides::default(), shared.clone());
        let state = State::Serving { plan, engine: Arc::new(engine) };
        let path = at("demo.yaml");
        let capability = Capability::new("demo".into(), path, Fingerprint::default(), Findings::default(), state);
        let adapter = SkillAdapter { exposed: Exposed { capability: Arc::new(capability), index: 0 } };
        Self { adapter, shared: Shared::new(shared, Limits::default()), _folder: folder }
    }

    async fn ask(&self, method: &str, path: &str) -> (u16, String, Bytes) {
        let request = Request::builder().method(method).uri(path).body(()).unwrap();
        let answer = self.adapter.answer(path, request, &self.shared).await;
        let (parts, body) = answer.into_parts();
        let media_type = parts.headers[header::CONTENT_TYPE].to_str().unwrap().to_owned();
        (parts.status.as_u16(), media_type, body.collect().await.unwrap().to_bytes())
    }

    async fn json(&self, path: &str) -> Value {
        let (status, media_type, body) = self.ask("GET", path).await;
        assert_eq!((status, media_type.as_str()), (200, "application/json"), "{path}");
        serde_json::from_slice(&body).unwrap()
    }
}

#[tokio::test]
async fn skills_are_described() {
    let site = Site::new();
    let catalogue = site.json("/skills").await;
    assert_eq!(catalogue["count"], 4);
    assert_eq!(
        catalogue["skills"][0].to_string(),
        r#"{"name":"food","description":"Orders: food \"now\".","license":"MIT","tools":["order","howto"]}"#
    );
    assert_eq!(
        site.json("/skills/food").await.to_string(),
        json!({
            "name": "food",
            "description": "Orders: food \"now\".",
            "license": "MIT",
            "allowed-tools": "Read",
            "user-invocable": false,
            "metadata": { "a": "b" },
            "tools": [
                {
                    "name": "order",
                    "description": "Orders.",
                    "type": "derived",
                    "invocationRef": { "targetNamespace": "shop", "action": "place-order", "mode": "mcp" },
                },
                { "name": "howto", "description": "Explains.", "type": "instruction", "instruction": "how/to.md" },
            ],
        })
        .to_string()
    );
}

#[tokio::test]
async fn files_are_listed_and_given_out() {
    let site = Site::new();
    let contents = site.json("/skills/food/contents").await;
    let made = contents["files"][0]["size"].clone();
    assert_eq!(
        contents,
        json!({ "name": "food", "files": [
            { "name": "SKILL.md", "path": "SKILL.md", "size": made, "type": "text/markdown" },
            { "name": "a b.json", "path": "a b.json", "size": 2, "type": "application/json" },
            { "name": "data", "path": "data", "size": 2, "type": "application/octet-stream" },
            { "name": "to.md", "path": "how/to.md", "size": 5, "type": "text/markdown" },
            { "name": "same", "path": "same", "size": 2, "type": "application/octet-stream" },
        ] })
    );
    for (path, media_type, content) in [
        ("/skills/food/contents/a%20b.json", "application/json", &b"{}"[..]),
        ("/skills/food/contents/how/to.md", "text/markdown", b"# How"),
        ("/skills/food/contents/data", "application/octet-stream", &[0, 159]),
        ("/skills/own/contents/SKILL.md", "text/markdown", b"mine"),
    ] {
        let (status, given, body) = site.ask("GET", path).await;
        assert_eq!((status, given.as_str(), &*body), (200, media_type, content), "{path}");
    }
    for name in ["food", "bare", "lost"] {
        let (status, _, body) = site.ask("GET", &format!("/skills/{name}/contents/SKILL.md")).await;
        let text = String::from_utf8_lossy(&body);
        assert_eq!(status, 200, "{name}");
        let head = format!("---\nname: \"{name}\"\ndescription: \"Orders: food \\\"now\\\".\"\nlicense: \"MIT\"\n");
        assert!(text.starts_with(&head), "{text}");
        assert!(text.contains("\nuser-invocable: false\nmetadata: {\"a\":\"b\"}\n---\n"), "{text}");
        assert!(
            text.ends_with(
                "- `order` (mcp `place-order` of `shop`): Orders.\n- `howto` (read `how/to.md`): Explains.\n"
            ),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_download_has_all_files() {
    let site = Site::new();
    for (name, files) in [
        ("food", &["SKILL.md", "a b.json", "data", "how/to.md", "same"][..]),
        ("own", &["SKILL.md"]),
        ("bare", &["SKILL.md"]),
    ] {
        let (status, media_type, body) = site.ask("GET", &format!("/skills/{name}/download")).await;
        assert_eq!((status, media_type.as_str()), (200, "application/zip"));
        let mut zip = zip::ZipArchive::new(std::io::Cursor::new(body)).unwrap();
        let names: Vec<String> =
            (0..zip.len()).map(|at| zip.by_index(at).unwrap().name().unwrap().into_owned()).collect();
        assert_eq!(names, files);
    }
}

#[tokio::test]
async fn nothing_else_is_given_out() {
    let site = Site::new();
    for (method, path, status) in [
        ("GET", "/skills/none", 404),
        ("GET", "/skills/none/download", 404),
        ("GET", "/skills/food/other", 404),
        ("GET", "/skills/food/contents/none", 404),
        ("GET", "/skills/food/contents/how", 404),
        ("GET", "/skills/food/contents/.env", 404),
        ("GET", "/skills/bare/contents/a%20b.json", 404),
        ("GET", "/skills/food/contents/../secret.txt", 400),
        ("GET", "/skills/food/contents/%2e%2e/secret.txt", 400),
        ("GET", "/skills/food/contents/..%2fsecret.txt", 400),
        ("GET", "/skills/food/contents/%2fetc%2fpasswd", 400),
        ("GET", "/skills/food/contents//etc/passwd", 400),
        ("GET", "/skills/food/contents/..%5csecret.txt", 400),
        ("GET", "/skills/food/contents/a%00", 400),
        ("GET", "/skills/food/contents/%ff", 400),
        ("GET", "/skills/food/contents/./data", 400),
        ("GET", "/skills/food/contents/escape.txt", 400),
        ("GET", "/skills/food/contents/up/secret.txt", 400),
        ("GET", "/skills/food/contents/up/food/data", 200),
        ("GET", "/skills/../contents", 400),
        ("GET", "/skills/%2e%2e/download", 400),
        ("POST", "/skills", 405),
        ("DELETE", "/skills/food", 405),
        ("PUT", "/skills/food/contents/data", 405),
        ("POST", "/elsewhere", 404),
        ("HEAD", "/skills/food", 200),
    ] {
        let (given, media_type, body) = site.ask(method, path).await;
        assert_eq!(given, status, "{method} {path}: {}", String::from_utf8_lossy(&body));
        assert_eq!(media_type == "application/problem+json", status != 200, "{path}");
        assert!(!body.windows(6).any(|part| part == b"s3cret"), "{path}");
    }
}
