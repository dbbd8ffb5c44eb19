//! Agent Skills over HTTP: what skills there are and the files they consist of. Only descriptions; nothing is invoked here.

mod describe;
mod files;

#[cfg(test)]
mod tests;

use bytes::Bytes;
use capstan_engine::Engine;
use capstan_plan::{ExposureKind, Skill, SkillAdapter as Declared};
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use self::files::{SkillFiles, Trouble};
use super::paths::{Beside, FixedPaths};
use crate::{
    capability::exposed::Exposed,
    http::{body::Body, problem},
    shared::Shared,
};

/// Where skills are.
pub(super) const PATHS: FixedPaths = FixedPaths {
    exact: &["/skills"],
    prefixes: &["/skills/"],
    beside: Beside::Route,
    below_an_id: Some("/skills"),
    entry: "/skills",
};

/// An Agent Skills catalogue, exposed by a document.
#[derive(Debug)]
pub struct SkillAdapter {
    pub(super) exposed: Exposed,
}

impl SkillAdapter {
    /// Answers a request whose path, as this adapter sees it, is `path`.
    pub(super) async fn answer<B>(&self, path: &str, request: Request<B>, shared: &Shared) -> Response<Body> {
        let (parts, _) = request.into_parts();
        match self.exposed.admit(shared, &parts).await {
            Ok((engine, _)) => admitted(&self.exposed, engine, path, &parts.method).await,
            Err(refused) => refused,
        }
    }
}

async fn admitted(exposed: &Exposed, engine: &Engine, path: &str, method: &Method) -> Response<Body> {
    let Some(ExposureKind::Skill(skills)) = exposed.exposure().map(|exposure| &exposure.kind) else {
        return nothing(path);
    };
    let decoded: Result<Vec<String>, Trouble> = path.trim_start_matches('/').split('/').map(segment).collect();
    let segments = match decoded {
        Ok(segments) => segments,
        Err(trouble) => return trouble.answer(path),
    };
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    if !matches!(*method, Method::GET | Method::HEAD) {
        let known = matches!(
            segments.as_slice(),
            ["skills"] | ["skills", _] | ["skills", _, "download"] | ["skills", _, "contents", ..]
        );
        return if known { not_allowed(method) } else { nothing(path) };
    }
    match respond(skills, engine, &segments).await {
        Ok(response) => response,
        Err(trouble) => trouble.answer(path),
    }
}

async fn respond(adapter: &Declared, engine: &Engine, segments: &[&str]) -> Result<Response<Body>, Trouble> {
    let find = |name: &str| {
        let known = adapter.skills.iter().find(|skill| *skill.name == *name);
        known.ok_or_else(|| Trouble::Unknown(format!("no skill is called `{name}`")))
    };
    let files_of = |skill: &Skill| SkillFiles::new(skill, engine);
    match segments {
        ["skills"] => Ok(of_json(&catalogue(adapter))),
        ["skills", name] => Ok(of_json(&describe::skill(find(name)?))),
        ["skills", name, "download"] => {
            let zip = files_of(find(name)?).zip().await?;
            Ok(of_bytes(zip.into(), "application/zip"))
        }
        ["skills", name, "contents"] => {
            let files = files_of(find(name)?).list()?;
            let files: Vec<Value> = files
                .iter()
                .map(|file| json!({ "name": file.path.rsplit('/').next(), "path": file.path, "size": file.size, "type": files::media_type(file.path) }))
                .collect();
            Ok(of_json(&json!({ "name": name, "files": files })))
        }
        ["skills", name, "contents", file @ ..] => {
            let path = file.join("/");
            let media_type = files::media_type(&path);
            let content = files_of(find(name)?).read(&path).await?;
            Ok(of_bytes(content, &media_type))
        }
        _ => Err(Trouble::Unknown("nothing is served there".to_owned())),
    }
}

fn catalogue(adapter: &Declared) -> Value {
    let skills: Vec<Value> = adapter.skills.iter().map(describe::entry).collect();
    json!({ "count": skills.len(), "skills": skills })
}

/// A decoded segment that cannot lead anywhere else.
fn segment(raw: &str) -> Result<String, Trouble> {
    let unsafe_path = || Trouble::Unsafe("a segment of the path is not allowed".to_owned());
    let text = percent_decode_str(raw).decode_utf8().map_err(|_| unsafe_path())?;
    if text.is_empty() || text == "." || text == ".." || text.contains(['/', '\\', '\0']) {
        return Err(unsafe_path());
    }
    Ok(text.into_owned())
}

fn of_json(value: &Value) -> Response<Body> {
    of_bytes(value.to_string().into(), "application/json")
}

fn of_bytes(bytes: Bytes, media_type: &str) -> Response<Body> {
    let mut response = Response::new(Body::Full(bytes));
    let headers = response.headers_mut();
    let media_type = HeaderValue::from_str(media_type);
    headers.insert(header::CONTENT_TYPE, media_type.unwrap_or(HeaderValue::from_static("application/octet-stream")));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

fn not_allowed(method: &Method) -> Response<Body> {
    let detail = format!("{method} is not served here, only GET, HEAD");
    let mut response = problem::plain(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", detail);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    response
}

fn nothing(path: &str) -> Response<Body> {
    Trouble::Unknown("nothing is served there".to_owned()).answer(path)
}
