//! A port with all kinds of adapters behind one kind of authentication, and a clock that can be set.

use std::{
    collections::BTreeMap,
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use capstan_engine::{Engine, Host, Overrides};
use capstan_plan::{
    Authenticator, Binding, BindingId, BindingSource, Exposure, ExposureKind, Listen, Mcp, Origin, Plan, SkillAdapter,
    Template,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{
    bundle::fingerprint::Fingerprint,
    capability::instance::{Capability, State},
    finding::Findings,
    fixture,
    listen::accept::Listening,
    publication::layout,
    settings::Settings,
    shared::{Limits, Shared},
};

pub(super) fn origin(line: u32) -> Origin {
    Origin::new("demo.yaml".into(), line, 1)
}

/// The one secret there is.
pub(super) fn secret(_name: &str) -> Template {
    Template::Binding(BindingId::from(0))
}

/// A machine whose clock is set.
struct Machine(Arc<AtomicU64>);

impl Host for Machine {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.0.load(Ordering::Relaxed))
    }

    fn random(&self, buffer: &mut [u8]) {
        buffer.fill(7);
    }

    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }
}

pub(super) struct Site {
    listening: Listening,
    clock: Arc<AtomicU64>,
}

/// What came back.
pub(super) struct Reply {
    pub(super) status: u16,
    /// Head and body.
    pub(super) text: String,
}

impl Reply {
    /// All values of a header.
    pub(super) fn all(&self, name: &str) -> Vec<String> {
        let head = self.text.split("\r\n\r\n").next().unwrap_or_default();
        let fields = head.lines().filter_map(|line| line.split_once(": "));
        fields.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned()).collect()
    }

    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::from_str(self.text.split_once("\r\n\r\n").unwrap().1).unwrap()
    }
}

/// Midday, some day in 2030.
pub(super) const NOW: u64 = 1_900_000_000;

impl Site {
    pub(super) async fn start(authenticator: Authenticator, secret: Option<&str>) -> Self {
        Self::start_at(authenticator, secret, false).await
    }

    /// Under a gateway the capability's id is `demo`.
    pub(super) async fn start_at(authenticator: Authenticator, secret: Option<&str>, gateway: bool) -> Self {
        let clock = Arc::new(AtomicU64::new(NOW * 1000));
        let shared = capstan_engine::Shared::new(Arc::new(Machine(clock.clone())), Duration::from_secs(5));
        let one = capability(authenticator, secret, shared.clone());
        let mut settings = Settings::new(Vec::new());
        settings.gateway = gateway.then(|| ([127, 0, 0, 1], 0).into());
        let layout = layout::layout(&settings, [&one].into_iter(), &BTreeMap::new());
        assert!(layout.notices.is_empty(), "{:?}", layout.notices);
        let table = layout.tables.into_values().next().unwrap();
        let shared = Shared::new(shared, Limits::default());
        Self { listening: fixture::listen(fixture::snapshot(&[one], Some(table)), shared), clock }
    }

    /// Lets time pass.
    pub(super) fn pass(&self, seconds: u64) {
        self.clock.fetch_add(seconds * 1000, Ordering::Relaxed);
    }

    pub(super) async fn ask(&self, method: &str, path: &str, headers: &[&str]) -> Reply {
        let mut stream = TcpStream::connect(self.listening.address).await.unwrap();
        let mut request = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n");
        for header in headers {
            request.push_str(header);
            request.push_str("\r\n");
        }
        request.push_str("content-length: 0\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let text = String::from_utf8_lossy(&answer).into_owned();
        let status = text.get(9..12).and_then(|status| status.parse().ok()).unwrap_or_default();
        Reply { status, text }
    }
}

fn capability(
    authenticator: Authenticator,
    secret: Option<&str>,
    shared: Arc<capstan_engine::Shared>,
) -> Arc<Capability> {
    let mut plan = Plan::default();
    plan.bindings.push(Binding {
        name: "TOKEN".into(),
        namespace: None,
        source: BindingSource::Environment { key: "TOKEN".into() },
        origin: origin(3),
        declared: true,
        optional: false,
    });
    let rest = fixture::capability("demo", &[("r", 1, &["GET /x one"])]).plan().unwrap().exposures[0].kind.clone();
    for (namespace, kind) in
        [("r", rest), ("m", ExposureKind::Mcp(Mcp::default())), ("s", ExposureKind::Skill(SkillAdapter::default()))]
    {
        plan.exposures.push(Exposure {
            namespace: namespace.into(),
            description: None,
            listen: Listen { port: Some(1), ..Listen::default() },
            authenticator: Some(authenticator.clone()),
            kind,
            origin: origin(5),
        });
    }
    let plan = Arc::new(plan);
    let secret = secret.map(str::to_owned);
    let lookup = move |_: &Binding| Ok(secret.clone());
    let engine = Engine::activate(plan.clone(), &lookup, &Overrides::default(), shared);
    let state = State::Serving { plan, engine: Arc::new(engine) };
    Arc::new(Capability::new("demo".into(), "demo.yaml".into(), Fingerprint::default(), Findings::default(), state))
}
