//! Capabilities made by hand, for tests.

use std::{
    collections::BTreeMap,
    sync::{Arc, Weak},
};

use capstan_engine::{Engine, Overrides};
use capstan_plan::{
    Exposure, ExposureKind, Listen, Mcp, Origin, Pattern, Plan, Reading, Rest, Route, Target, Unavailable, Unit,
};

use crate::{
    adapter::{Adapter, context::Context, mcp::Endpoints},
    bundle::fingerprint::Fingerprint,
    capability::{
        catalogue::Catalogue,
        exposed::Exposed,
        instance::{Capability, State},
    },
    control::{self, Operations, Operator},
    finding::{Finding, Findings, ServerCode},
    http::guard::Guard,
    listen::{
        accept::{self, Listening},
        connections::Connections,
        dispatch::Dispatch,
    },
    publication::{
        port::Port,
        slot::ListenerId,
        snapshot::{Live, Snapshot},
        table::Table,
    },
    reload::operations::ProcessOperations,
    shared::Shared,
};

/// An adapter: its namespace, port, and `METHOD /path name` per route; no routes make an MCP adapter.
pub(crate) type Declared<'a> = (&'a str, u16, &'a [&'a str]);

/// A capability whose units are all unavailable.
pub(crate) fn capability(id: &str, adapters: &[Declared<'_>]) -> Arc<Capability> {
    let exposures = adapters.iter().map(|(namespace, port, routes)| Exposure {
        namespace: (*namespace).into(),
        description: None,
        listen: Listen { port: Some(*port), ..Listen::default() },
        authenticator: None,
        kind: match routes {
            [] => ExposureKind::Mcp(Mcp::default()),
            routes => ExposureKind::Rest(Rest { routes: routes.iter().map(|text| route(text)).collect() }),
        },
        origin: origin(1),
    });
    let plan = Arc::new(Plan { exposures: exposures.collect(), ..Plan::default() });
    let lookup = |_: &capstan_plan::Binding| Ok(None);
    let engine = Engine::activate(plan.clone(), &lookup, &Overrides::default(), capstan_engine::Shared::system());
    let state = State::Serving { plan, engine: Arc::new(engine) };
    Arc::new(Capability::new(
        id.into(),
        format!("{id}.yaml").into(),
        Fingerprint::default(),
        Findings::default(),
        state,
    ))
}

/// A capability that does not run.
pub(crate) fn failing(id: &str) -> Arc<Capability> {
    let finding = Finding::plain(ServerCode::Internal, "no".to_owned(), Some(&origin(3)), None);
    let findings = Findings::one(finding);
    Arc::new(Capability::new(id.into(), format!("{id}.yaml").into(), Fingerprint::default(), findings, State::Failing))
}

fn route(text: &str) -> Route {
    let mut words = text.split(' ');
    let (method, path, name) = (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
    Route {
        method: (method != "*").then(|| method.parse().unwrap()),
        pattern: Pattern::parse(path, None).unwrap(),
        query: Box::default(),
        answer: None,
        fixed: Box::default(),
        unit: Unit {
            name: name.into(),
            title: None,
            description: None,
            target: Target::Unavailable(Unavailable {
                code: "unresolved-call".into(),
                message: format!("{name} calls nothing").into(),
                origin: origin(7),
            }),
            reading: Reading::Declared,
            policy: None,
            upstream: None,
            origin: origin(7),
        },
        inputs: Box::default(),
    }
}

fn origin(line: u32) -> Origin {
    Origin::new("fixture.yaml".into(), line, 1)
}

/// A port with the REST adapter of a capability.
pub(crate) fn port(capability: &Arc<Capability>) -> Arc<Table> {
    let mut port = Port::default();
    port.add(Adapter::new(Exposed { capability: capability.clone(), index: 0 }).unwrap());
    Arc::new(Table::Port(port))
}

/// A snapshot with these capabilities and one listener.
pub(crate) fn snapshot(capabilities: &[Arc<Capability>], table: Option<Arc<Table>>) -> Snapshot {
    let capabilities = capabilities.iter().map(|one| (one.id.clone(), one.clone())).collect();
    Snapshot {
        catalogue: Arc::new(Catalogue::default().next(capabilities)),
        notices: BTreeMap::new(),
        listeners: table.into_iter().map(|table| (ListenerId(0), table)).collect(),
    }
}

/// A listener on loopback with this table.
pub(crate) fn listen(snapshot: Snapshot, shared: Shared) -> Listening {
    let live = Arc::new(Live::default());
    live.publish(snapshot);
    let (limits, shared) = (shared.limits, Arc::new(shared));
    let operations: Weak<dyn Operations> = Weak::<ProcessOperations>::new();
    let context = Context {
        endpoints: Arc::new(Endpoints::new(live.catalogue(), shared.clone())),
        fixed: control::routes(Operator::new(operations), shared.engine.secrets()),
        shared,
    };
    let dispatch = Dispatch {
        listener: ListenerId(0),
        loopback: true,
        live,
        guard: Arc::new(Guard::default()),
        context: Arc::new(context),
    };
    accept::bind(([127, 0, 0, 1], 0).into()).unwrap().start(
        Arc::new(dispatch),
        limits,
        &Connections::new(limits.connections),
    )
}
