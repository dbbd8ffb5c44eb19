//! Tests of `gateway`.

use super::*;
use crate::fixture::{capability, failing};

fn place(gateway: &Gateway, path: &str) -> String {
    match gateway.at(path, None) {
        GatewayMatch::Adapter(adapter, path) => {
            let at = adapter.exposed().reference().unwrap();
            match adapter.paths() {
                Paths::Routes => format!("{} rest {path}", at.capability),
                Paths::Fixed(_) => format!("{} {} {}", at.capability, adapter.kind(), at.key),
            }
        }
        GatewayMatch::Within(mount) => format!("{} within", mount.capability.id),
        GatewayMatch::Index => "index".to_owned(),
        GatewayMatch::Nothing => "nothing".to_owned(),
    }
}

#[test]
fn paths_lead_to_adapters() {
    let mut gateway = Gateway::default();
    for capability in [
        capability("one", &[("r", 1, &["GET /x x"]), ("m", 2, &[])]),
        capability("many", &[("r", 1, &["GET /x x"]), ("s", 1, &["GET /x x"]), ("m", 2, &[]), ("n", 3, &[])]),
        capability("one/deep er", &[("r", 1, &["GET /x x"])]),
        failing("bad"),
    ] {
        gateway.mount(Arc::new(Mount::new(capability)));
    }
    for (path, expected) in [
        ("/", "index"),
        ("/one", "one rest "),
        ("/one/x", "one rest /x"),
        ("/one/mcp", "one mcp m"),
        ("/one/deep%20er/x", "one/deep er rest /x"),
        ("/one/deeper/x", "one rest /deeper/x"),
        ("/many/r/x", "many rest /x"),
        ("/many/s/x/y", "many rest /x/y"),
        ("/many/n/mcp", "many mcp n"),
        ("/many/x", "many within"),
        ("/many/mcp", "many within"),
        ("/bad/x", "bad within"),
        ("/on/x", "nothing"),
    ] {
        assert_eq!(place(&gateway, path), expected, "{path}");
    }
}
