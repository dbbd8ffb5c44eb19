//! JavaScript in a fresh QuickJS runtime per run, without any access to the host. Owns limits and the reading
//! of `result`. Does not read files and does not decide where scripts may lie.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rquickjs::context::EvalOptions;
use rquickjs::{CatchResultExt as _, CaughtError, Context, Ctx, Exception, Function, Runtime, Value as Js};
use serde_json::Value;

use crate::response::format::json::few;

/// How many statements one call of the interrupt handler stands for.
const STATEMENTS_PER_TICK: u64 = 10_000;

/// How many statements a promise job stands for.
const STATEMENTS_PER_JOB: u64 = 10;

/// How many elements of a list, looked at in one go, stand for a statement.
const ELEMENTS_PER_STATEMENT: u64 = 100;

/// The most elements looked at in one go.
const ELEMENTS: f64 = 1e7;

/// The most bytes of a result as JSON.
const RESULT: usize = 10 << 20;

/// The most characters of what a script says went wrong.
const MESSAGE: usize = 1_000;

/// Makes what QuickJS does not interrupt say beforehand how long it takes.
const PRELUDE: &str = include_str!("javascript/prelude.js");

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
pub(crate) fn run(
    sources: &[Source<'_>],
    context: &Value,
    limits: &Limits,
    stop: &Arc<AtomicBool>,
) -> Result<Option<Value>, ScriptError> {
    let guard = Guard::new(limits, stop);
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
    prelude(ctx, guard).catch(ctx).map_err(failed)?;
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

/// Puts what counts in the place of what does not.
fn prelude<'js>(ctx: &Ctx<'js>, guard: &Guard) -> rquickjs::Result<()> {
    let guard = guard.clone();
    let charge = Function::new(ctx.clone(), move |ctx: Ctx<'js>, elements: f64| {
        if guard.charge(elements) { Ok(()) } else { Err(Exception::throw_range(&ctx, "this list or text is too long")) }
    })?;
    let install: Function<'js> = ctx.eval(PRELUDE)?;
    install.call((charge,))
}

/// Runs promise jobs until none is left; they count against the same limits.
fn pump(ctx: &Ctx<'_>, guard: &Guard, sources: &[Source<'_>]) -> Result<(), ScriptError> {
    loop {
        if guard.expired() {
            return Err(guard.explain(CaughtError::Error(rquickjs::Error::Unknown), sources));
        }
        // A job that was stopped looks like one that failed, which a promise keeps to itself.
        if let Some(stopped) = guard.stopped() {
            return Err(stopped);
        }
        if !ctx.execute_pending_job() {
            return Ok(());
        }
        guard.count(STATEMENTS_PER_JOB);
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
            return Ok(Some(Value::String(bounded(&text, RESULT).into_owned())));
        }
    };
    if text.len() > RESULT {
        return Err(ScriptError::Result { message: format!("it has more than {RESULT} bytes") });
    }
    few(text.as_bytes()).map_err(|error| ScriptError::Result { message: error.message })?;
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
    statements: Arc<AtomicU64>,
    state: Arc<AtomicU8>,
    /// Set when nobody waits for the result any more.
    stop: Arc<AtomicBool>,
}

impl Guard {
    fn new(limits: &Limits, stop: &Arc<AtomicBool>) -> Self {
        Self {
            deadline: Instant::now().checked_add(limits.timeout),
            limits: *limits,
            statements: Arc::default(),
            state: Arc::default(),
            stop: Arc::clone(stop),
        }
    }

    fn expired(&self) -> bool {
        let late =
            self.stop.load(Ordering::Relaxed) || self.deadline.is_some_and(|deadline| Instant::now() >= deadline);
        if late {
            self.state.store(TIMED_OUT, Ordering::Relaxed);
        }
        late
    }

    /// Whether the script must stop now.
    fn tick(&self) -> bool {
        let stopped = self.stopped().is_some();
        self.count(STATEMENTS_PER_TICK);
        stopped || self.expired() || self.stopped().is_some()
    }

    /// Counts statements; remembers when they are too many.
    fn count(&self, statements: u64) {
        let before = self.statements.fetch_add(statements, Ordering::Relaxed);
        if before.saturating_add(statements) > self.limits.statements.max(STATEMENTS_PER_TICK) {
            self.state.store(TOO_MANY, Ordering::Relaxed);
        }
    }

    /// Whether that many elements may be looked at in one go.
    fn charge(&self, elements: f64) -> bool {
        if elements.is_nan() || elements > ELEMENTS {
            return false;
        }
        // Neither negative nor larger than what was just compared with.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it was compared with the largest")]
        let elements = elements.max(0.0) as u64;
        self.count(elements / ELEMENTS_PER_STATEMENT);
        !self.expired() && self.stopped().is_none()
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
        let thrown =
            |message: String, place| ScriptError::Thrown { message: bounded(&message, MESSAGE).into_owned(), place };
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

/// The beginning of a text that a script may make as long as it likes.
fn bounded(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => Cow::Owned(format!("{}...", text.get(..end).unwrap_or_default())),
        None => Cow::Borrowed(text),
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
