//! Which resources there are: one for each that has a URI of its own, and one for each file of a folder.

use capstan_engine::{Files, Folder};
use capstan_plan::{self as plan, ContentSource};
use rmcp::model::Resource;

use super::uri;

/// Every resource that has a URI of its own: files in order of their paths.
pub(super) fn listing(resources: &[plan::Resource], files: &Files) -> Vec<Resource> {
    let mut listed = Vec::new();
    for resource in resources.iter().filter(|r| !r.uri.contains('{')) {
        match &resource.source {
            ContentSource::Flow { .. } => listed.push(entry(resource, (*resource.uri).into())),
            ContentSource::Folder(folder) => {
                let published = files.folder(*folder).map(Folder::files).unwrap_or_default();
                for file in published {
                    let segments: Vec<_> = file.name.split('/').map(uri::encode).collect();
                    let at = format!("{}/{}", resource.uri.trim_end_matches('/'), segments.join("/"));
                    let mut one = entry(resource, at);
                    one.title = Some(format!("{}: {}", one.title.unwrap_or_default(), file.name));
                    one.mime_type = Some(mime_type(resource, &file.name));
                    one.size = Some(file.size);
                    listed.push(one);
                }
            }
        }
    }
    listed
}

fn entry(resource: &plan::Resource, at: String) -> Resource {
    let mut listed = Resource::new(at, &*resource.name);
    listed.title = Some(resource.title.as_deref().unwrap_or(&resource.name).into());
    listed.description = resource.description.as_deref().map(Into::into);
    listed.mime_type = resource.mime_type.as_deref().map(Into::into);
    listed
}

/// The media type of a file: what its author says, or what its name says.
pub(super) fn mime_type(resource: &plan::Resource, file: &str) -> String {
    match resource.mime_type.as_deref() {
        Some(stated) => stated.into(),
        None => mime_guess::from_path(file).first_or_octet_stream().essence_str().into(),
    }
}
