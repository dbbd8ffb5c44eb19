//! `capstan serve`: starts the server, announces it, and ends it when told to.

use std::{sync::Arc, time::Duration};

use capstan_engine::Secrets;
use capstan_server::{
    Running, Settings, StartError,
    publication::state::Cause,
    settings::{Patience, Watch},
};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{
    announce,
    args::{LogFormat, Serve},
    exit::Exit,
    log,
    print::{complain, say},
};

/// Serves until a signal ends it.
pub(crate) fn run(args: Serve) -> Exit {
    let started = std::time::Instant::now();
    let sink = match log::start(args.log_format, &args.log_level) {
        Ok(sink) => sink,
        Err(why) => {
            complain(why);
            return Exit::Configuration;
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            complain(error);
            return Exit::Internal;
        }
    };
    let exit = runtime.block_on(serve(args, sink.secrets().clone(), started));
    // Whatever still runs after a drain is not waited for.
    runtime.shutdown_background();
    sink.flush();
    exit
}

async fn serve(args: Serve, secrets: Secrets, started: std::time::Instant) -> Exit {
    let format = args.log_format;
    // Before anything can be interrupted, so that an early signal ends the process in order.
    let (Ok(mut ends), Ok(mut hangup)) = (Ends::new(), signal(SignalKind::hangup())) else {
        complain("signals cannot be handled");
        return Exit::Internal;
    };
    let terminal = has_terminal();
    let stdio = args.stdio.clone();
    let (running, report) = tokio::select! {
        served = capstan_server::serve(settings(args, secrets)) => match served {
            Ok(running) => running,
            Err(error) => return refused(&error, format),
        },
        // Nothing is served that had to be finished.
        _ = ends.next() => return Exit::Ok,
    };
    announce::ready(&running, &report, format, started.elapsed());
    let reloads = async {
        while hangup.recv().await.is_some() {
            // A hangup that takes the terminal away asks to end, any other one to reload.
            if terminal && !has_terminal() {
                return;
            }
            let _ = running.reload(Cause::Signal).await;
        }
    };
    let (ended, delay) = tokio::select! {
        _ = ends.next() => (Exit::Ok, running.settings().drain_delay),
        () = reloads => (Exit::Ok, Duration::ZERO),
        exit = on_stdio(&running, stdio.as_deref()) => (exit, Duration::ZERO),
    };
    // A second signal means it.
    tokio::select! {
        () = running.drain(delay) => ended,
        exit = ends.next() => exit,
    }
}

/// The signals that ask to end.
struct Ends {
    terminate: Signal,
    interrupt: Signal,
}

impl Ends {
    fn new() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Waits for one, and says how a process ends that finishes nothing for it.
    async fn next(&mut self) -> Exit {
        tokio::select! {
            _ = self.terminate.recv() => Exit::Terminated,
            _ = self.interrupt.recv() => Exit::Interrupted,
        }
    }
}

/// Whether the process belongs to a terminal.
#[allow(clippy::disallowed_methods, reason = "a terminal is a file")]
fn has_terminal() -> bool {
    std::fs::File::open("/dev/tty").is_ok()
}

/// Never returns without `--stdio`.
async fn on_stdio(running: &Arc<Running>, name: Option<&str>) -> Exit {
    let Some(name) = name else { return std::future::pending().await };
    match running.stdio(name).await {
        Ok(()) => Exit::Ok,
        Err(error) if error.is::<StartError>() => {
            complain(error);
            Exit::Configuration
        }
        Err(error) => {
            complain(error);
            Exit::Internal
        }
    }
}

fn refused(error: &StartError, format: LogFormat) -> Exit {
    match format {
        LogFormat::Text => {
            for finding in &error.findings {
                say(format_args!("{}\n", finding.rendered));
            }
            // A single finding may be the whole reason.
            if !error.findings.iter().any(|finding| *finding.message == *error.message) {
                complain(error);
            }
        }
        LogFormat::Json => {
            let line = serde_json::json!({"event": "refused", "message": error.message, "diagnostics": error.findings});
            say(line);
        }
    }
    Exit::Configuration
}

fn settings(args: Serve, secrets: Secrets) -> Settings {
    Settings {
        paths: args.paths,
        gateway: args.gateway,
        listen: args.listen,
        stdio: args.stdio,
        upstream: args.upstream,
        base_uris: args.base_uri,
        env_file: args.env_file,
        sandbox: args.sandbox,
        strict: args.strict,
        hold_breaking: args.hold_breaking,
        auto_expose: args.auto_expose,
        control: args.control,
        watch: match (args.no_watch, args.poll) {
            (true, _) => Watch::Off,
            (false, Some(interval)) => Watch::Poll(interval),
            (false, None) => Watch::Events,
        },
        allow_host: args.allow_host,
        allow_origin: args.allow_origin,
        timeout: args.timeout,
        patience: Patience {
            head: args.header_timeout,
            idle: args.idle_timeout,
            stall: args.stall_timeout,
            rate: args.min_rate,
            body: args.body_timeout,
        },
        drain_delay: args.drain_delay,
        drain: args.drain_timeout,
        secrets,
    }
}
