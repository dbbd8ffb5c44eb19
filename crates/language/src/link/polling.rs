//! How the end of something is found out: what a job and a `poll` step have in common. Their templates differ in what they see, so
//! both bring the unit they are linked in.

use capstan_plan::{
    Call, ClientId, Escape, Followed, Hosts, JobFailure, JobResult, PollSource, Polling, Progress, ProgressTotal,
    Selector, Template,
};

use super::{
    call::{self, Ordinal},
    context::Context,
    linking::Linking,
    outputs::selector,
    step::call as call_step,
};
use crate::{
    diagnostic::{Code, Defect, Sink},
    key_path::KeyPath,
    model::{CalledDecl, HostsDecl, PollSourceDecl, PollingDecl, ProgressDecl, ResultDecl, TotalDecl},
    source::Spanned,
    template::{Style, compile},
};

/// How long something may take that does not say, in milliseconds.
const TIMEOUT: u64 = 600_000;

/// Links everything but whom to ask. `fetched` says what the author knows of the bytes of a result: its API, the most there may be
/// and their media type.
pub(super) fn polling(
    context: &Context<'_, '_>,
    decl: &PollingDecl<'_>,
    source: PollSource,
    fetched: (ClientId, Option<u64>, Option<&str>),
    sink: &mut Sink,
) -> Result<Polling, Defect> {
    let text = |states: &[Spanned<&str>]| states.iter().map(|state| state.value.trim().into()).collect();
    let status = selected(decl.status, sink);
    let progress = decl.progress.as_ref().map(|progress| self::progress(progress, sink)).transpose();
    let failure = decl.failure.iter().map(|failure| {
        let detail = failure.detail.map(|detail| selected(detail, sink)).transpose()?;
        let title = failure.title.map(Into::into);
        Ok((failure.state.value.trim().into(), JobFailure { status: failure.status, title, detail }))
    });
    let failure: Result<Vec<_>, Defect> = failure.collect();
    let result = result(context, &decl.result, fetched, sink);
    Ok(Polling {
        source,
        status: status?,
        pending: text(&decl.pending),
        success: text(&decl.success),
        failure: failure?.into(),
        every: decl.every,
        timeout_ms: decl.timeout_ms.unwrap_or(TIMEOUT),
        tolerate: decl.tolerate.clone(),
        progress: progress?,
        result: result?,
        block: Box::new(decl.block.clone()),
    })
}

fn selected(path: Spanned<&str>, sink: &mut Sink) -> Result<Selector, Defect> {
    selector(path.value, path.span, sink)
}

fn progress(decl: &ProgressDecl<'_>, sink: &mut Sink) -> Result<Progress, Defect> {
    let mut optional = |path: Option<Spanned<&str>>| path.map(|path| selected(path, sink)).transpose();
    let (value, message) = (optional(decl.value)?, optional(decl.message)?);
    let total = match &decl.total {
        None => None,
        Some(TotalDecl::Number(number)) => Some(ProgressTotal::Number(*number)),
        Some(TotalDecl::Selected(path)) => optional(Some(*path))?.map(ProgressTotal::Selected),
    };
    Ok(Progress { value, total, message })
}

fn result(
    context: &Context<'_, '_>,
    decl: &ResultDecl<'_>,
    (client, max_bytes, media_type): (ClientId, Option<u64>, Option<&str>),
    sink: &mut Sink,
) -> Result<JobResult, Defect> {
    Ok(match decl {
        ResultDecl::All => JobResult::Value(Selector::root()),
        ResultDecl::Value(path) => JobResult::Value(selected(*path, sink)?),
        ResultDecl::Fetched { url, hosts, within_ms } => {
            let hosts = self::hosts(context, hosts, client, sink)?;
            let link = Followed { address: selected(*url, sink)?, client, hosts };
            JobResult::Fetched { link, within_ms: *within_ms, max_bytes, media_type: media_type.map(Into::into) }
        }
    })
}

/// The hosts that are named; else those of the base URI, which there must be.
fn hosts(context: &Context<'_, '_>, decl: &HostsDecl, client: ClientId, sink: &mut Sink) -> Result<Hosts, Defect> {
    match decl {
        None => Ok(Hosts::OfBase),
        Some((named, _)) if !named.is_empty() => Ok(Hosts::Named(named.as_slice().into())),
        Some((_, span)) => {
            let base = context.clients.get(client).map_or("", |client| &*client.base_text);
            let draft = sink.error(Code::BadValue, *span, "`hosts` names no host: no address could be followed");
            Err(draft.help(format!("name them, or remove it: then those of {base} are allowed")).defect())
        }
    }
}

/// The operation that is called for it, which is no job itself.
pub(super) fn called<'d>(
    context: &mut Context<'_, 'd>,
    linking: &mut Linking<'d>,
    decl: &CalledDecl<'d>,
    key_path: &KeyPath<'d>,
    sink: &mut Sink,
) -> Result<Call, Defect> {
    let found = call::resolve(&context.callees, &context.imported(), decl.call, Ordinal::default());
    let (id, _) = found.map_err(|no| no.report(key_path, sink))?;
    if context.callees.get(id).is_some_and(|callee| callee.op.job.is_some()) {
        let message = format!("{} is a job itself", decl.call.value.trim());
        let draft = sink.error(Code::UnresolvedCall, decl.call.span, message);
        return Err(draft.help("call the operation that tells how a job stands").path(key_path).defect());
    }
    call_step::step(context, linking, key_path, decl.call, &decl.with, sink).map(|(call, _)| call)
}

/// The address to ask, and where it may lead.
pub(super) fn address(
    context: &mut Context<'_, '_>,
    linking: &mut Linking<'_>,
    decl: &PollSourceDecl<'_>,
    client: ClientId,
    sink: &mut Sink,
) -> Result<Followed<Template>, Defect> {
    let PollSourceDecl::Url { url, hosts, .. } = decl else {
        return Err(Defect { code: Code::MissingKey, message: "there is no address to ask".to_owned(), span: None });
    };
    let hosts = self::hosts(context, hosts, client, sink)?;
    let address = compile(url.value.trim(), url.span, Style::Strict, &mut linking.scope(context), sink);
    literal(context, &address, (client, &hosts), *url, sink)?;
    Ok(Followed { address: contained(address), client, hosts })
}

/// A value after the beginning of an address stays where it is put.
fn contained(address: Template) -> Template {
    let Template::Text(parts) = address else { return address };
    let parts = parts.into_vec().into_iter().enumerate().map(|(at, part)| match part {
        part @ Template::Literal(_) => part,
        part if at == 0 => part,
        part => Template::Escape(Escape::Url, Box::new(part)),
    });
    Template::Text(parts.collect())
}

/// What is written of an address is one, and may be followed.
fn literal(
    context: &Context<'_, '_>,
    address: &Template,
    (client, hosts): (ClientId, &Hosts),
    url: Spanned<&str>,
    sink: &mut Sink,
) -> Result<(), Defect> {
    let (beginning, whole) = match address {
        Template::Literal(value) => (value.as_str(), true),
        Template::Text(parts) => match parts.first() {
            Some(Template::Literal(value)) => (value.as_str(), false),
            _ => return Ok(()),
        },
        _ => return Ok(()),
    };
    let beginning = beginning.unwrap_or_default();
    if beginning.starts_with('/') && !beginning.starts_with("//") {
        return Ok(());
    }
    let base = context.clients.get(client).map_or("", |client| &*client.base_text);
    let Some((scheme, rest)) = beginning.split_once("://") else {
        let draft = sink.error(Code::BadUrl, url.span, format!("`{}` is not an address", url.value.trim()));
        return Err(draft.help("write `{{handle.url}}`, or an address that begins with https://").defect());
    };
    let plain = scheme.eq_ignore_ascii_case("http") && base.starts_with("http://");
    if !scheme.eq_ignore_ascii_case("https") && !plain {
        let draft = sink.error(Code::InsecureUrl, url.span, "the credential would go there without encryption");
        return Err(draft.help("write `https://`").defect());
    }
    let end = rest.find(['/', '?', '#']);
    let Some(authority) = rest.get(..end.unwrap_or(rest.len())).filter(|_| whole || end.is_some()) else {
        return Ok(());
    };
    if is_allowed(authority, hosts, base) {
        return Ok(());
    }
    let draft = sink.error(Code::BadUrl, url.span, format!("`{authority}` is not among the hosts that are allowed"));
    Err(draft.help(format!("add it: `hosts: [{authority}]`")).defect())
}

/// Whether an address with this authority may be followed; what only the running process knows is not judged.
fn is_allowed(authority: &str, hosts: &Hosts, base: &str) -> bool {
    let host = authority_host(authority);
    match hosts {
        Hosts::Named(named) => named.iter().any(|pattern| pattern.has(host)),
        Hosts::OfBase => {
            let after = base.split_once("://").map_or(base, |(_, rest)| rest);
            let own = authority_host(after.split(['/', '?', '#']).next().unwrap_or_default());
            own.is_empty()
                || own.contains(['{', '<', '$'])
                || host.eq_ignore_ascii_case(own)
                || capstan_plan::job::is_below(host, own)
        }
    }
}

/// The host of an authority, without its port.
fn authority_host(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}
