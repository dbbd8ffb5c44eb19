//! A skill as JSON, and as the `SKILL.md` it has when its author wrote none.

use capstan_plan::{Skill, SkillTool, SkillToolKind};
use serde_json::{Map, Value, json};

/// A skill in the catalogue.
pub(super) fn entry(skill: &Skill) -> Value {
    let mut out = head(skill);
    copy(&mut out, skill, "license");
    let names: Vec<&str> = skill.tools.iter().map(|tool| &*tool.name).collect();
    out.insert("tools".to_owned(), json!(names));
    Value::Object(out)
}

/// A skill with all that is known of it.
pub(super) fn skill(skill: &Skill) -> Value {
    let mut out = head(skill);
    for key in [
        "license",
        "compatibility",
        "argument-hint",
        "allowed-tools",
        "user-invocable",
        "disable-model-invocation",
        "metadata",
    ] {
        copy(&mut out, skill, key);
    }
    out.insert("tools".to_owned(), skill.tools.iter().map(tool).collect());
    Value::Object(out)
}

fn head(skill: &Skill) -> Map<String, Value> {
    let mut out = Map::new();
    out.insert("name".to_owned(), json!(skill.name));
    out.insert("description".to_owned(), json!(skill.description));
    out
}

fn copy(out: &mut Map<String, Value>, skill: &Skill, key: &str) {
    if let Some((_, value)) = skill.matter.iter().find(|(name, value)| **name == *key && !value.is_null()) {
        out.insert(key.to_owned(), value.clone());
    }
}

fn tool(tool: &SkillTool) -> Value {
    match &tool.kind {
        SkillToolKind::Derived { namespace, action, mode } => json!({
            "name": tool.name,
            "description": tool.description,
            "type": "derived",
            "invocationRef": { "targetNamespace": namespace, "action": action, "mode": mode.name() },
        }),
        SkillToolKind::Instruction(file) => json!({
            "name": tool.name,
            "description": tool.description,
            "type": "instruction",
            "instruction": file,
        }),
    }
}

/// Front matter and what tools there are. JSON is YAML, so values stand in the front matter as JSON.
pub(super) fn skill_md(skill: &Skill) -> String {
    let mut out = format!("---\nname: {}\ndescription: {}\n", json!(skill.name), json!(skill.description));
    for (key, value) in skill.matter.iter().filter(|(_, value)| !value.is_null()) {
        out.push_str(&format!("{key}: {value}\n"));
    }
    out.push_str(&format!("---\n\n# {}\n\n{}\n", line(&skill.name), skill.description.trim()));
    if !skill.tools.is_empty() {
        out.push_str("\n## Tools\n\n");
    }
    for tool in &skill.tools {
        let origin = match &tool.kind {
            SkillToolKind::Derived { namespace, action, mode } => {
                format!("{} `{action}` of `{namespace}`", mode.name())
            }
            SkillToolKind::Instruction(file) => format!("read `{file}`"),
        };
        out.push_str(&format!("- `{}` ({origin}): {}\n", line(&tool.name), line(&tool.description)));
    }
    out
}

/// Text that does not end the line it stands in.
fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
