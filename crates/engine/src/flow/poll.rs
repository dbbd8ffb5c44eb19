//! Asks until something is over: sends what the machine of `job` says, when it says so.

use std::{borrow::Cow, sync::Arc, time::Duration};

use capstan_plan::{
    Call, Format, JobFailure, Origin, PollSource, Polling, ProgressTotal, Selector,
    budget::{Budget, Effort},
};
use http::StatusCode;
use serde_json::Value as Json;

use super::{
    call,
    execution::{Detached, Execution},
    follow::{self, Link},
};
use crate::{
    base::exchange_log::{ExchangeLog, UpstreamExchange},
    base::fault::{CapabilityFault, Fault, FaultKind, UpstreamFault},
    base::host::Host,
    base::invocation::{Invocation, Report},
    exchange::reply::Reply,
    exchange::run::Admission,
    exchange::usable::in_words,
    job::address::address,
    job::machine::{Heard, Machine, Next},
    request::headers::Accept,
    response::decode,
    response::format,
    response::headers::retry_after,
    template::computed::write_text,
    template::scope::Scope,
    wire::collect::collect,
    wire::encodings,
};

/// The most bytes of an error that are read so that its connection can be used again.
const ERROR_BODY: usize = 64 << 10;

/// What is asked, and for whom.
#[derive(Clone, Copy)]
pub(super) struct Question<'a> {
    pub(super) polling: &'a Polling,
    /// What it is called where its exchanges are written down.
    pub(super) name: &'a str,
    pub(super) origin: &'a Origin,
    /// When that began which is asked for: milliseconds since 1970.
    pub(super) started: u64,
}

/// The last answer.
#[derive(Debug)]
pub(super) struct Last {
    pub(super) answer: Json,
    pub(super) exchange: Arc<UpstreamExchange>,
}

/// What one question was answered with.
struct Asked {
    answer: Result<Json, Odd>,
    retry_after: Option<Duration>,
    exchange: Option<Arc<UpstreamExchange>>,
}

/// An answer without a state.
enum Odd {
    Status(StatusCode),
    Nothing(Fault),
}

/// Asks until it is over; nothing when somebody cancels it before.
pub(super) async fn unless_cancelled(
    execution: &Execution<'_>,
    question: Question<'_>,
    scope: Scope<'_>,
) -> Result<Option<Last>, Fault> {
    let over = until_over(execution, question, scope);
    let Some(Detached { running, .. }) = execution.detached else { return over.await.map(Some) };
    tokio::select! {
        biased;
        () = running.cancelled() => Ok(None),
        last = over => last.map(Some),
    }
}

/// Asks until it is over.
async fn until_over(execution: &Execution<'_>, question: Question<'_>, scope: Scope<'_>) -> Result<Last, Fault> {
    let Question { polling, started, .. } = question;
    let host = &**execution.network.host;
    let mut machine = Machine::new(polling, started, host.now_ms());
    let mut wait = machine.first(host.now_ms(), chance(host));
    loop {
        if let Some(Detached { running, .. }) = execution.detached {
            running.asks_after(wait);
            if running.leaves() {
                return Err(unwatched());
            }
        }
        host.sleep(wait).await;
        // Boxed, so that little is kept while it waits.
        let asked = Box::pin(ask(execution, question, scope)).await?;
        let state = asked.answer.as_ref().ok().map(|answer| state(polling, answer)).transpose()?;
        let heard = match (&asked.answer, &state) {
            (Ok(_), Some(Some(state))) => Heard::State(state),
            (Ok(_), _) => Heard::Stateless,
            (Err(Odd::Status(status)), _) => Heard::Status(status.as_u16()),
            (Err(Odd::Nothing(_)), _) => Heard::Nothing,
        };
        let next = machine.next(heard, asked.retry_after, host.now_ms(), chance(host));
        if let (Next::Ask(again), Ok(answer)) = (next, &asked.answer) {
            tell(execution, polling, answer)?;
            wait = again;
            continue;
        }
        if let Next::Ask(again) = next {
            wait = again;
            continue;
        }
        return ended(execution, question, asked, state.flatten(), next);
    }
}

/// What the end means.
fn ended(
    execution: &Execution<'_>,
    question: Question<'_>,
    asked: Asked,
    state: Option<String>,
    next: Next<'_>,
) -> Result<Last, Fault> {
    let Question { polling, name, origin, .. } = question;
    let Asked { answer, exchange, .. } = asked;
    if let Some(exchange) = &exchange {
        execution.invocation.exchanges.push(Arc::clone(exchange));
    }
    let fault = match (next, answer, exchange.clone()) {
        (Next::Succeeded, Ok(answer), Some(exchange)) => return Ok(Last { answer, exchange }),
        (Next::Failed(words), Ok(answer), _) => failed(name, &state.unwrap_or_default(), words, &answer)?,
        (Next::Late, ..) => {
            let limit = Duration::from_millis(polling.timeout_ms);
            let state = state.map(|state| format!("; its last state is `{state}`")).unwrap_or_default();
            Fault::upstream(
                UpstreamFault::Timeout,
                format!("{name} was not over within {} s{state}", limit.as_secs_f32()),
            )
        }
        (_, Err(Odd::Nothing(fault)), _) => fault,
        (_, Err(Odd::Status(status)), _) => {
            let why = format!("{name} was asked how far it is, and the answer is {}", in_words(status));
            Fault::upstream(UpstreamFault::JobFailed, why)
        }
        (_, Ok(_), _) => {
            let why = format!("{name} was asked how far it is, and nothing is at `{}`", polling.status.text());
            Fault::upstream(UpstreamFault::Unusable, why)
        }
    };
    let mut fault = fault.at(origin);
    if let Some(exchange) = exchange {
        fault.upstream.get_or_insert(exchange);
    }
    Err(fault)
}

/// The fault of something that ended in a state that is no success.
fn failed(name: &str, state: &str, words: Option<&JobFailure>, answer: &Json) -> Result<Fault, Fault> {
    let mut detail = format!("{name} ended as `{state}`");
    if let Some(selector) = words.and_then(|words| words.detail.as_ref())
        && let Some(said) = selected(selector, answer)?.filter(|said| !said.is_null())
    {
        detail.push_str(": ");
        write_text(&said, &mut detail);
    }
    let mut fault = Fault::upstream(UpstreamFault::JobFailed, detail);
    if let Some(words) = words {
        fault.stated = StatusCode::from_u16(words.status).ok();
        if let Some(title) = &words.title {
            fault.title = title.to_string().into();
        }
    }
    Ok(fault)
}

/// Asks once. What is no answer is told as such; an error is what asking again does not mend.
async fn ask(execution: &Execution<'_>, question: Question<'_>, scope: Scope<'_>) -> Result<Asked, Fault> {
    // Written down apart: of hundreds of questions only the last is worth a line.
    let quiet = Invocation { exchanges: ExchangeLog::default(), progress: None, ..execution.invocation.clone() };
    let execution = Execution { invocation: &quiet, admission: Admission::Look, ..*execution };
    let sent = match &question.polling.source {
        PollSource::Url(link) => {
            let Some(text) = scope.text(&link.address)?.filter(|text| !text.trim().is_empty()) else {
                let why = format!("{} gave no address to ask at", question.name);
                return Err(Fault::upstream(UpstreamFault::Address, why).at(question.origin));
            };
            let base = execution.base(link.client)?;
            let address = address(&text, &link.hosts, &base, execution.network.upstreams.routing, question.name)
                .map_err(|fault| fault.at(question.origin))?;
            let accept = Accept { media_types: format::accept(Format::Json), encodings: Some(encodings::ACCEPTED) };
            let Question { name, origin, .. } = question;
            let link = Link { address, client: link.client, with_credential: true, accept, name, origin };
            follow::get(&execution, link, scope).await
        }
        PollSource::Call(call) => call::send(&execution, call, None, scope).await,
    };
    let read = match sent {
        Ok(reply) => {
            let call = if let PollSource::Call(call) = &question.polling.source { Some(&**call) } else { None };
            read(&execution, call, reply).await
        }
        Err(fault) => Err(fault),
    };
    read.or_else(|fault| match fault.kind {
        // Another time it may do.
        FaultKind::Upstream(
            UpstreamFault::Connect | UpstreamFault::Timeout | UpstreamFault::CutShort | UpstreamFault::Protocol,
        )
        | FaultKind::Overload(_) => {
            let exchange = quiet.exchanges.read(|entries| entries.last().cloned());
            Ok(Asked { answer: Err(Odd::Nothing(fault)), retry_after: None, exchange })
        }
        _ => Err(fault),
    })
}

/// Reads an answer.
async fn read(execution: &Execution<'_>, call: Option<&Call>, reply: Reply) -> Result<Asked, Fault> {
    let Reply { status, headers, body, exchange } = reply;
    let retry_after = retry_after(&headers, execution.network.host.now_ms());
    if !status.is_success() {
        // So that the connection can be used again; whatever it says, the status counts.
        let _ = collect(execution.network.upstreams.buffers, body, ERROR_BODY).await;
        return Ok(Asked { answer: Err(Odd::Status(status)), retry_after, exchange: Some(exchange) });
    }
    let body = execution.whole(body, &headers, execution.limit).await?;
    let (format, json) = match call {
        Some(call) => (
            call.format,
            execution.turns.run(body.len(), || decode::decode(execution.files, call, &body, &headers)).await,
        ),
        None => (Format::Json, execution.turns.run(body.len(), || decode::json(&body, &headers)).await),
    };
    let answer = json.map_err(|fault| {
        let why = format!("{} is not {}: {}", exchange.name, format.name(), fault.detail);
        let mut fault = Fault::upstream(UpstreamFault::Undecodable, why);
        fault.upstream = Some(Arc::clone(&exchange));
        fault
    })?;
    Ok(Asked { answer: Ok(answer), retry_after, exchange: Some(exchange) })
}

/// The state an answer tells.
fn state(polling: &Polling, answer: &Json) -> Result<Option<String>, Fault> {
    let state = selected(&polling.status, answer)?.filter(|state| !state.is_null());
    Ok(state.map(|state| {
        let mut text = String::new();
        write_text(&state, &mut text);
        text
    }))
}

/// Tells those who wait how far it is.
fn tell(execution: &Execution<'_>, polling: &Polling, answer: &Json) -> Result<(), Fault> {
    let Some(progress) = &execution.invocation.progress else { return Ok(()) };
    let Some(planned) = &polling.progress else {
        progress(Report::Job { part: None, message: None });
        return Ok(());
    };
    let number = |selector| Ok::<_, Fault>(selected(selector, answer)?.and_then(|value| number(&value)));
    let value = planned.value.as_ref().map(number).transpose()?.flatten();
    let total = match &planned.total {
        None => None,
        Some(ProgressTotal::Number(total)) => Some(*total),
        Some(ProgressTotal::Selected(selector)) => number(selector)?,
    };
    let part = value.map(|value| value / total.filter(|total| *total > 0.0).unwrap_or(1.0));
    let mut message = String::new();
    if let Some(selector) = &planned.message
        && let Some(said) = selected(selector, answer)?
    {
        write_text(&said, &mut message);
    }
    let message = (!message.is_empty()).then(|| execution.network.mask.apply(&message));
    progress(Report::Job { part: part.map(|part| part.clamp(0.0, 1.0)), message: message.as_deref() });
    Ok(())
}

/// A number, or text that is one, with or without a percent sign.
fn number(value: &Json) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().trim_end_matches('%').trim_end().parse().ok())
}

/// What a selector finds in an answer.
pub(super) fn selected<'v>(selector: &Selector, answer: &'v Json) -> Result<Option<Cow<'v, Json>>, Fault> {
    selector
        .select(answer, &Budget::new(Effort::Whole))
        .map_err(|exceeded| Fault::upstream(UpstreamFault::TooCostly, format!("`{}`: {exceeded}", selector.text())))
}

/// A number from 0 to 1.
fn chance(host: &dyn Host) -> f64 {
    let mut bytes = [0_u8; 4];
    host.random(&mut bytes);
    f64::from(u32::from_ne_bytes(bytes)) / f64::from(u32::MAX)
}

/// The end of asking when nobody looks: whoever comes back takes it up again.
fn unwatched() -> Fault {
    Fault::capability(CapabilityFault::Unavailable, "nobody has looked at this job for a while")
}
