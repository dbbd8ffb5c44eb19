//! `capstan export`: what a capability offers, for the tools of others.

use std::{path::Path, sync::Arc};

use capstan_engine::{Host, Overrides, Secrets, Shared, SystemHost};
use capstan_plan::{Exposure, ExposureKind};
use capstan_server::{
    bundle::environment::{Environment, Variables},
    inprocess::{Access, Document, Running, Sandboxes, Setting},
};

use crate::{
    args::export::{Export, Exported},
    exit::Exit,
    print::{self, complain},
};

/// Why nothing was exported.
type Refusal = (Exit, String);

/// Writes what is asked for.
pub(crate) fn run(args: &Export) -> Exit {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let exported = match runtime {
        Ok(runtime) => runtime.block_on(exported(args)),
        Err(error) => Err((Exit::Internal, error.to_string())),
    };
    match exported {
        Ok(text) => written(args.output.as_deref(), text.as_bytes()),
        Err((exit, why)) => {
            complain(why);
            exit
        }
    }
}

async fn exported(args: &Export) -> Result<String, Refusal> {
    let cannot = |why: String| (Exit::Configuration, why);
    let document = Document::read(&args.path).map_err(|why| cannot(why.0))?;
    let kind = match args.format {
        Exported::Openapi => "rest",
        Exported::Mcp => "mcp",
    };
    let exposure = chosen(&document, kind, args).map_err(|why| (Exit::Usage, why))?;
    let environment = Arc::new(Environment::read(args.env_file.as_deref(), Variables::default()).map_err(cannot)?);
    let values = environment.of(&document.id, document.folder());
    let host: Arc<dyn Host> = Arc::new(SystemHost);
    // Nothing is called: there is no network.
    let engine = Shared::over(host, Arc::new(Sandboxes::default()), Secrets::default());
    let setting = Setting { values: &values, overrides: &Overrides::default(), engine, access: Access::Operator };
    let running = Running::start(&document, setting);
    let nothing = || (Exit::Internal, "the exposure does not say what it offers".to_owned());
    match args.format {
        Exported::Openapi => {
            let value = running.openapi(&exposure.namespace, server(exposure).as_deref()).ok_or_else(nothing)?;
            Ok(format!("{value:#}\n"))
        }
        Exported::Mcp => Ok(format!("{}\n", running.tools(&exposure.namespace).await.ok_or_else(nothing)?)),
    }
}

/// The only exposure of a kind, or the one that is named.
fn chosen<'d>(document: &'d Document, kind: &str, args: &Export) -> Result<&'d Exposure, String> {
    let of_kind: Vec<&Exposure> = document.plan.exposures.iter().filter(|one| one.kind.name() == kind).collect();
    let (shown, names) = (args.path.display(), || {
        of_kind.iter().map(|exposure| format!("`{}`", exposure.namespace)).collect::<Vec<_>>().join(", ")
    });
    let word = if kind == "rest" { "REST" } else { "MCP" };
    match (&args.namespace, of_kind.as_slice()) {
        (_, []) => Err(format!("{shown} has no {word} exposure")),
        (Some(name), all) => all
            .iter()
            .find(|exposure| *exposure.namespace == **name)
            .copied()
            .ok_or_else(|| format!("{shown} has no {word} exposure `{name}`, only {}", names())),
        (None, [only]) => Ok(only),
        (None, _) => Err(format!("{shown} has several {word} exposures: name one of {} with --namespace", names())),
    }
}

/// Where an exposure is served when nobody moves it.
fn server(exposure: &Exposure) -> Option<String> {
    let ExposureKind::Rest(_) = exposure.kind else { return None };
    let address = exposure.listen.address.as_deref().filter(|address| !matches!(*address, "0.0.0.0" | "::" | "[::]"));
    let port = exposure.listen.port?;
    Some(format!("http://{}:{port}", address.unwrap_or("localhost")))
}

/// Writes to a file, or to standard output.
#[allow(clippy::disallowed_methods, reason = "the operator names the file")]
fn written(path: Option<&Path>, text: &[u8]) -> Exit {
    use std::io::Write as _;
    match path {
        None => print::written(std::io::stdout().lock().write_all(text), Exit::Ok),
        Some(path) => match std::fs::write(path, text) {
            Ok(()) => Exit::Ok,
            Err(error) => {
                complain(format_args!("{} cannot be written: {error}", path.display()));
                Exit::Output
            }
        },
    }
}
