//! Capabilities made by hand, for tests.

use std::sync::Arc;

use capstan_engine::{Engine, Overrides, Shared};
use capstan_plan::{
    Exposure, ExposureKind, Listen, Mcp, Origin, Pattern, Plan, Reading, Rest, Route, Target, Unavailable, Unit,
};

use crate::{
    bundle::fingerprint::Fingerprint,
    capability::instance::{Capability, State},
    finding::Findings,
};

/// An adapter: its namespace, port, and `METHOD /path name` per route; no routes make an MCP adapter.
pub(crate) type Adapter<'a> = (&'a str, u16, &'a [&'a str]);

/// A capability whose units are all unavailable.
pub(crate) fn capability(id: &str, adapters: &[Adapter<'_>]) -> Arc<Capability> {
    let exposures = adapters.iter().map(|(namespace, port, routes)| Exposure {
        namespace: (*namespace).into(),
        description: None,
        listen: Listen { address: None, port: Some(*port) },
        authenticator: None,
        kind: match routes {
            [] => ExposureKind::Mcp(Mcp::default()),
            routes => ExposureKind::Rest(Rest { routes: routes.iter().map(|text| route(text)).collect() }),
        },
        origin: origin(1),
    });
    let plan = Arc::new(Plan { exposures: exposures.collect(), ..Plan::default() });
    let lookup = |_: &capstan_plan::Binding| Ok(None);
    let engine = Engine::activate(plan.clone(), &lookup, &Overrides::default(), Shared::system());
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
    let finding = crate::finding::Finding::plain("yaml-syntax", "no".to_owned(), Some(&origin(3)), None);
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
            upstream: None,
            origin: origin(7),
        },
        inputs: Box::default(),
    }
}

fn origin(line: u32) -> Origin {
    Origin::new("fixture.yaml".into(), line, 1)
}
