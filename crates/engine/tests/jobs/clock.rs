//! A machine whose clock moves when somebody waits, and what is done on it.

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use capstan_engine::{Answer, AnswerBody, Engine, Fault, Host, Invocation, SystemHost};
use capstan_plan::{FlowId, Plan};
use http_body_util::BodyExt as _;
use serde_json::json;

use crate::fixture::{Upstream, engine_on, inputs, plan, reply};

/// A machine whose clock moves when somebody waits.
#[derive(Clone)]
pub(crate) struct Clock(pub(crate) Arc<AtomicU64>);

impl Default for Clock {
    fn default() -> Self {
        Self(Arc::new(AtomicU64::new(1_800_000_000_000)))
    }
}

impl Clock {
    pub(crate) fn ms(&self) -> u64 {
        self.0.load(Ordering::SeqCst) - 1_800_000_000_000
    }
}

impl Host for Clock {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.0.load(Ordering::SeqCst))
    }

    fn random(&self, buffer: &mut [u8]) {
        SystemHost.random(buffer);
    }

    fn read(&self, _: &str) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let clock = Arc::clone(&self.0);
        Box::pin(async move {
            tokio::task::yield_now().await;
            clock.fetch_add(u64::try_from(time.as_millis()).unwrap(), Ordering::SeqCst);
        })
    }
}

impl Upstream {
    pub(crate) fn count(&self, start: &str) -> usize {
        self.seen.lock().unwrap().iter().filter(|seen| seen.starts_with(start)).count()
    }

    pub(crate) fn first(&self, start: &str) -> String {
        self.seen.lock().unwrap().iter().find(|seen| seen.starts_with(start)).cloned().unwrap()
    }
}

pub(crate) fn ready() -> (u16, String, Vec<u8>) {
    reply(200, &json!({"status": "Ready", "result": {"n": 7}}))
}

pub(crate) fn engine_with(plan: Arc<Plan>, clock: &Clock, key: Option<&str>) -> Arc<Engine> {
    engine_on(plan, Arc::new(clock.clone()), key)
}

pub(crate) fn engine(base: &str, clock: &Clock) -> Arc<Engine> {
    engine_with(plan(base, |_, _| {}), clock, None)
}

pub(crate) async fn invoke(engine: &Engine) -> Result<Answer, Fault> {
    engine.invoke(FlowId(0), inputs("a cat"), Invocation::default()).await
}

pub(crate) async fn body(answer: Answer) -> (Option<String>, Vec<u8>) {
    let media_type = answer.media_type().map(str::to_owned);
    let bytes = match answer.body {
        AnswerBody::Empty => Vec::new(),
        AnswerBody::Json(json) => json.to_string().into_bytes(),
        AnswerBody::Bytes(bytes) => bytes.to_vec(),
        AnswerBody::Stream(stream) => stream.collect().await.unwrap().to_bytes().to_vec(),
    };
    (media_type, bytes)
}
