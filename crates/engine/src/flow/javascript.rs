//! JavaScript in a fresh QuickJS runtime per run, without any access to the host. Owns limits and the reading
//! of `result`. Does not read files and does not decide where scripts may lie.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rquickjs::context::EvalOptions;
use rquickjs::{CatchResultExt as _, CaughtError, Context, Ctx, Exception, Runtime, Value as Js};
use serde_json::Value;

/// How many statements one call of the interrupt handler stands for.
const STATEMENTS_PER_TICK: u64 = 10_000;

/// One script text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'a> {
    /// Its name in messages.
    pub name: &'a str,
    /// Its text.
    pub text: &'a str,
}

/// What a run may use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Wall-clock time.
    pub timeout: Duration,
    /// Statements, approximately.
    pub statements: u64,
    /// Bytes of memory.
    pub memory: usize,
    /// Bytes of stack.
    pub stack: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(60), statements: 100_000, memory: 64 << 20, stack: 512 << 10 }
    }
}

/// Why a script gave no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ScriptError {
    /// It ran too long.
    Timeout {
        /// The limit.
        limit: Duration,
    },
    /// It did too much.
    Statements {
        /// The limit.
        limit: u64,
    },
    /// It used too much memory.
    Memory {
        /// The limit in bytes.
        limit: usize,
    },
    /// It threw, or is not JavaScript.
    Thrown {
        /// What it said.
        message: String,
        /// The script and the line.
        place: Option<(String, u32)>,
    },
    /// Its `result` has no JSON form.
    Result {
        /// Why.
        message: String,
    },
    /// The engine could not be set up.
    Engine {
        /// Why.
        message: String,
    },
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timeout { limit } => write!(f, "the script exceeded the timeout limit ({} ms)", limit.as_millis()),
            Self::Statements { limit } => write!(f, "the script exceeded the statement limit ({limit})"),
            Self::Memory { limit } => write!(f, "the script exceeded the memory limit ({} MiB)", limit >> 20),
            Self::Thrown { message, place: Some((file, line)) } => {
                write!(f, "the script failed: {message} ({file}:{line})")
            }
            Self::Thrown { message, place: None } => write!(f, "the script failed: {message}"),
            Self::Result { message } => write!(f, "the script's `result` has no JSON form: {message}"),
            Self::Engine { message } => write!(f, "the script engine failed: {message}"),
        }
    }
}

impl std::error::Error for ScriptError {}

/// Runs scripts in order in one global scope, with `context` as a deep copy, and returns the global `result`: `None` when it
/// was never set. The last source is the main script, those before it its dependencies. Blocks the thread.
///
/// # Errors
/// When a limit is reached, a script throws, or `result` has no JSON form.
pub(crate) fn run(sources: &[Source<'_>], context: &Value, limits: &Limits) -> Result<Option<Value>, ScriptError> {
    let guard = Guard::new(limits);
    let runtime = Runtime::new().map_err(engine)?;
    runtime.set_memory_limit(limits.memory);
    runtime.set_max_stack_size(limits.stack);
    let handler = guard.clone();
    runtime.set_interrupt_handler(Some(Box::new(move || handler.tick())));
    let global = Context::full(&runtime).map_err(engine)?;
    let context = serde_json::to_string(context).map_err(|error| ScriptError::Engine { message: error.to_string() })?;
    let outcome = global.with(|ctx| evaluate(&ctx, sources, &context, &guard));
    // The handler owns nothing of the runtime; dropping it first keeps finalizers from being interrupted.
    runtime.set_interrupt_handler(None);
    outcome
}

fn engine(error: rquickjs::Error) -> ScriptError {
    ScriptError::Engine { message: error.to_string() }
}

fn evaluate(ctx: &Ctx<'_>, sources: &[Source<'_>], context: &str, guard: &Guard) -> Result<Option<Value>, ScriptError> {
    let failed = |error| guard.explain(error, sources);
    let copy = ctx.json_parse(context).catch(ctx).map_err(failed)?;
    ctx.globals().set("context", copy).catch(ctx).map_err(failed)?;
    for source in sources {
        let mut options = EvalOptions::default();
        // Classic scripts: a plain assignment makes a global, as authors of the reference engine rely on.
        options.strict = false;
        options.filename = Some(source.name.to_owned());
        let _: Js<'_> = ctx.eval_with_options(source.text, options).catch(ctx).map_err(failed)?;
        pump(ctx, guard, sources)?;
    }
    result(ctx, guard, sources)
}

/// Runs promise jobs until none is left; they count against the same limits.
fn pump(ctx: &Ctx<'_>, guard: &Guard, sources: &[Source<'_>]) -> Result<(), ScriptError> {
    loop {
        if guard.expired() {
            return Err(guard.explain(CaughtError::Error(rquickjs::Error::Unknown), sources));
        }
        if !ctx.execute_pending_job() {
            return guard.stopped().map_or(Ok(()), Err);
        }
    }
}

fn result(ctx: &Ctx<'_>, guard: &Guard, sources: &[Source<'_>]) -> Result<Option<Value>, ScriptError> {
    let failed = |error| guard.explain(error, sources);
    // `let result` lives beside the global object, so it is read by name.
    let options = || {
        let mut options = EvalOptions::default();
        options.strict = false;
        options
    };
    let value: Js<'_> = ctx
        .eval_with_options("typeof result === 'undefined' ? undefined : result", options())
        .catch(ctx)
        .map_err(failed)?;
    if value.is_undefined() {
        return Ok(None);
    }
    let text = match ctx.json_stringify(&value).catch(ctx).map_err(failed)? {
        Some(text) => text.to_string().map_err(|error| ScriptError::Result { message: error.to_string() })?,
        // Functions and symbols have a text, if no JSON.
        None => {
            ctx.globals().set("result", value).catch(ctx).map_err(failed)?;
            let text: String = ctx.eval_with_options("String(result)", options()).catch(ctx).map_err(failed)?;
            return Ok(Some(Value::String(text)));
        }
    };
    serde_json::from_str(&text).map(Some).map_err(|error| ScriptError::Result { message: error.to_string() })
}

const RUNNING: u8 = 0;
const TIMED_OUT: u8 = 1;
const TOO_MANY: u8 = 2;

/// Watches a run from inside the interrupt handler.
#[derive(Clone)]
struct Guard {
    deadline: Option<Instant>,
    limits: Limits,
    ticks: Arc<AtomicU64>,
    state: Arc<AtomicU8>,
}

impl Guard {
    fn new(limits: &Limits) -> Self {
        Self {
            deadline: Instant::now().checked_add(limits.timeout),
            limits: *limits,
            ticks: Arc::default(),
            state: Arc::default(),
        }
    }

    fn expired(&self) -> bool {
        let late = self.deadline.is_some_and(|deadline| Instant::now() >= deadline);
        if late {
            self.state.store(TIMED_OUT, Ordering::Relaxed);
        }
        late
    }

    /// Whether the script must stop now.
    fn tick(&self) -> bool {
        let ticks = self.ticks.fetch_add(1, Ordering::Relaxed) + 1;
        if self.expired() {
            return true;
        }
        let over = ticks.saturating_mul(STATEMENTS_PER_TICK) > self.limits.statements.max(STATEMENTS_PER_TICK);
        if over {
            self.state.store(TOO_MANY, Ordering::Relaxed);
        }
        over
    }

    fn stopped(&self) -> Option<ScriptError> {
        match self.state.load(Ordering::Relaxed) {
            RUNNING => None,
            TIMED_OUT => Some(ScriptError::Timeout { limit: self.limits.timeout }),
            _ => Some(ScriptError::Statements { limit: self.limits.statements }),
        }
    }

    /// What an error is: a limit of ours shows as an exception too.
    fn explain(&self, error: CaughtError<'_>, sources: &[Source<'_>]) -> ScriptError {
        if let Some(stopped) = self.stopped() {
            return stopped;
        }
        let thrown = |message: String, place| ScriptError::Thrown { message, place };
        match error {
            CaughtError::Exception(exception) => {
                let message = describe(&exception);
                if message.ends_with("out of memory") {
                    return ScriptError::Memory { limit: self.limits.memory };
                }
                let place = exception.stack().and_then(|stack| place(&stack, sources));
                thrown(message, place)
            }
            CaughtError::Value(value) if value.is_null() => ScriptError::Memory { limit: self.limits.memory },
            CaughtError::Value(value) => thrown(plain(&value), None),
            CaughtError::Error(rquickjs::Error::Allocation) => ScriptError::Memory { limit: self.limits.memory },
            CaughtError::Error(error) => thrown(error.to_string(), None),
        }
    }
}

fn describe(exception: &Exception<'_>) -> String {
    let message = exception.message().unwrap_or_default();
    match exception.as_object().get::<_, String>("name") {
        Ok(name) if !name.is_empty() && !message.is_empty() => format!("{name}: {message}"),
        Ok(name) if message.is_empty() => name,
        _ => message,
    }
}

/// A thrown value that is no error object.
fn plain(value: &Js<'_>) -> String {
    let json = value.ctx().json_stringify(value).ok().flatten().and_then(|text| text.to_string().ok());
    match value.as_string().and_then(|text| text.to_string().ok()) {
        Some(text) => text,
        None => json.unwrap_or_else(|| value.type_name().to_owned()),
    }
}

/// The first frame of a stack that lies in one of the scripts: `    at f (file.js:3:7)`.
fn place(stack: &str, sources: &[Source<'_>]) -> Option<(String, u32)> {
    stack.lines().find_map(|frame| {
        sources.iter().find_map(|source| {
            let (_, rest) = frame.split_once(&format!("{}:", source.name))?;
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            Some((source.name.to_owned(), digits.parse().ok()?))
        })
    })
}

#[cfg(test)]
mod tests;
