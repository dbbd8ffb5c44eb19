//! `capstan call`: one route or tool of a capability, run in this process; its answer, or what stands in the way and where.

mod answer;
mod curl;
mod dry_run;
mod inputs;
mod output;
mod progress;
mod quoting;
mod unit;

use std::sync::Arc;

use capstan_engine::{Host, Overrides, Secrets, Shared, SystemHost, Timeouts, Transport};
use capstan_server::{
    bundle::environment::Environment,
    inprocess::{Access, Answered, Document, Running, Sandboxes, Setting},
};

use self::{dry_run::DryRun, inputs::Asked};
use crate::{
    args::call::Call,
    exit::Exit,
    print::{complain, say},
    sandbox_files,
};

/// How long a connection may take.
const CONNECT: std::time::Duration = std::time::Duration::from_secs(5);

/// Calls and prints.
pub(crate) fn run(args: &Call) -> Exit {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(called(args)),
        Err(error) => Err((Exit::Internal, error.to_string())),
    };
    outcome.unwrap_or_else(|(exit, why)| {
        complain(why);
        exit
    })
}

/// Why nothing was called.
type Refusal = (Exit, String);

async fn called(args: &Call) -> Result<Exit, Refusal> {
    let cannot = |why: String| (Exit::Configuration, why);
    let document = Document::read(&args.path).map_err(|why| cannot(why.0))?;
    let unit = unit::find(&document.plan, &args.unit).map_err(|why| (Exit::Usage, why))?;
    let asked = inputs::asked(&document.plan, &unit, args).map_err(|why| (Exit::Usage, why))?;
    let host: Arc<dyn Host> = Arc::new(SystemHost);
    let sandboxes = match args.sandbox {
        true => Some(Arc::new(sandboxes(&document, &host).map_err(cannot)?)),
        false => None,
    };
    let replaced = sandboxes.as_ref().map(|sandboxes| sandboxes.values().clone()).unwrap_or_default();
    let environment = Environment::read(args.env_file.as_deref(), replaced).map_err(cannot)?;
    let environment = Arc::new(environment);
    let variables = environment.snapshot(&document.id, document.folder());
    let overrides = Overrides {
        base_env: Some(Arc::new(variables)),
        timeouts: Timeouts { first_byte: args.timeout, ..Timeouts::default() },
        ..Overrides::default()
    };
    let values = environment.of(&document.id, document.folder());
    let inner = sandboxes.clone().map(|sandboxes| sandboxes as Arc<dyn Transport>);
    if args.dry_run {
        let shown = DryRun::new(&document.plan, &values, inner, args.output.clone());
        let engine = Shared::over(host, shown.transport(), Secrets::default());
        let setting = Setting { values: &shown, overrides: &overrides, engine, access: Access::Operator };
        let answered = answered(&document, setting, &asked).await;
        return Ok(shown.print(&answered, args.sandbox));
    }
    let engine = match inner {
        Some(transport) => Shared::over(host, transport, Secrets::default()),
        None => Shared::hiding(host, CONNECT, Secrets::default()),
    };
    let setting = Setting { values: &values, overrides: &overrides, engine, access: Access::Operator };
    let answered = progress::watched(answered(&document, setting, &asked)).await;
    if args.trace {
        trace(&answered);
    }
    Ok(match asked {
        Asked::Http { .. } => answer::http(&answered, &document, args.output.as_deref()),
        Asked::Tool { .. } => answer::tool(&answered, &document, args.output.as_deref()),
    })
}

/// The sandboxes beside a document.
fn sandboxes(document: &Document, host: &Arc<dyn Host>) -> Result<Sandboxes, String> {
    let mut documents = Vec::new();
    for path in sandbox_files::beside(document.folder()) {
        documents.push(Document::read(&path).map_err(|why| why.0)?);
    }
    let sandboxes = Sandboxes::start(&documents, host);
    match sandboxes.is_empty() {
        true => Err(format!("there is no sandbox file (*.sandbox.yaml) in {}", document.folder().display())),
        false => Ok(sandboxes),
    }
}

async fn answered(document: &Document, setting: Setting<'_>, asked: &Asked) -> Answered {
    let running = Running::start(document, setting);
    let answered = match asked {
        Asked::Http { namespace, request } => running.http(Some(namespace), request.clone()).await,
        Asked::Tool { namespace, call } => running.tool(Some(namespace), call).await,
    };
    answered.unwrap_or_else(Answered::nothing)
}

/// What happened upstream.
fn trace(answered: &Answered) {
    if answered.exchanges.is_empty() {
        say("trace: nothing was sent upstream");
    }
    for (nth, exchange) in answered.exchanges.iter().enumerate() {
        let status = exchange.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
        let millis = exchange.elapsed.as_secs_f64() * 1000.0;
        say(format_args!("trace: {} {}: {status} in {millis:.1} ms, {}", nth + 1, exchange.name, exchange.url()));
    }
}
