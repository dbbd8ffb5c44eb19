//! `capstan migrate`: files in an official dialect, which send what they sent.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

use std::{fs, path::Path};

use capstan_tests::{
    capstan::{Capstan, Run},
    client::Request,
    folder,
    upstream::Upstream,
};

/// The operations of a shop, as a file others import.
const SHARED: &str = "\
# what the shop offers
naftiko: 1.0.0-alpha1
consumes:
- namespace: shop
  type: http
  baseUri: https://api.shop.test
  resources:
  - name: all_orders
    path: /orders
    operations:
    - name: list
      method: GET
      inputParameters:
      - {name: limit, in: query, type: integer, description: How many.}
      - {name: state, in: query, type: string, required: true}
    - name: create
      method: post
";

const SHOP: &str = "\
naftiko: 1.0.0-alpha2
info: {title: Shop, description: Orders.}
capability:
  consumes:
  - location: ./shared/orders.yaml
    import: shop   # the one shop
  exposes:
  - type: rest
    port: 8080
    namespace: api
    description: For people.
    resources:
    - path: /orders
      operations:
      - method: GET
        call: shop.list
        with: {limit: rest.limit}
        outputParameters: [{type: object, mapping: $.}]
      - {method: POST, call: shop.create}
  - type: mcp
    port: 9090
    namespace: tools
    tools:
    - name: list-orders
      call: shop.list
";

fn migrate(folder: &Path, args: &[&str]) -> (i32, String, String) {
    Run::new(args).told("migrate", folder)
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap()
}

/// What reaches the upstream for a call of the served folder.
fn sent(bundle: &Path, file: &str) -> Vec<String> {
    let upstream = Upstream::start();
    let args = [
        file,
        "--listen",
        "8080=127.0.0.1:0",
        "--listen",
        "9090=127.0.0.1:0",
        "--no-watch",
        "--upstream",
        &format!("*={}", upstream.url()),
    ];
    let capstan: Capstan = Run::new(&args).serve(bundle).unwrap_or_else(|ended| panic!("it ended: {ended:?}"));
    let rest = capstan.address("rest", None).unwrap();
    Request::new("GET", "/orders?limit=5&state=open").send(rest).unwrap();
    Request::new("POST", "/orders").json("{\"a\":1}").send(rest).unwrap();
    let told = |request: capstan_tests::upstream::Seen| {
        format!("{} {} {}", request.method, request.target, String::from_utf8_lossy(&request.body))
    };
    upstream.take().into_iter().map(told).collect()
}

#[test]
fn a_folder_goes_to_another_with_what_it_imports() {
    let bundle =
        folder(&[("shop.yaml", SHOP), ("shared/orders.yaml", SHARED), ("compose.yaml", "services: {web: 1}\n")]);
    for (to, version) in [("ikanos-beta5", "ikanos: 1.0.0-beta5"), ("naftiko-alpha2", "naftiko: 1.0.0-alpha2")] {
        let (code, out, error) = migrate(bundle.path(), &["--to", to, ".", "-o", to]);
        assert_eq!((code, out.as_str()), (0, ""), "{error}");
        assert!(error.ends_with("2 files: 2 changed, 2 valid, 0 with something left\n"), "{error}");
        let done = bundle.path().join(to);
        assert!(!done.join("compose.yaml").exists());
        let (shop, shared) = (read(&done, "shop.yaml"), read(&done, "shared/orders.yaml"));
        assert!(shop.starts_with(version) && shop.contains("# the one shop"), "{shop}");
        assert!(shared.contains("# what the shop offers") && shared.contains("all-orders"), "{shared}");
        let (_, out, _) = Run::new(&["--strict", "--format", "line", "."]).told("check", &done);
        assert!(!out.contains("official-schema"), "{out}\n{shop}");
        assert_eq!(sent(&done, "shop.yaml"), sent(bundle.path(), "shop.yaml"));
        // What is valid stays as it is.
        let (code, _, error) = migrate(&done, &["--to", to, ".", "--write"]);
        assert_eq!((code, error.as_str()), (0, "2 files: 0 changed, 2 valid, 0 with something left\n"));
        assert_eq!((read(&done, "shop.yaml"), read(&done, "shared/orders.yaml")), (shop, shared));
        fs::remove_dir_all(done).unwrap();
    }
    assert_eq!(read(bundle.path(), "shop.yaml"), SHOP);
}

#[test]
fn what_is_left_is_said_and_a_patch_changes_nothing() {
    let wrong = SHOP.replace("name: list-orders", "name: list_orders");
    let bundle = folder(&[("shop.yaml", &wrong), ("shared/orders.yaml", SHARED)]);
    let (code, out, error) = migrate(bundle.path(), &["--to", "ikanos-beta5", "shop.yaml", "--diff"]);
    assert_eq!(code, 1);
    assert!(out.contains("-naftiko: 1.0.0-alpha2\n") && out.contains("+ikanos: 1.0.0-beta5\n"), "{out}");
    assert!(error.contains("left: the standard does not allow the name `list_orders`"), "{error}");
    assert!(error.contains("note: shop.yaml: `capability.exposes[0].description` is a comment now"), "{error}");
    assert_eq!(read(bundle.path(), "shop.yaml"), wrong);
    let (code, _, error) = migrate(bundle.path(), &["--to", "ikanos-beta5", "shop.yaml", "--write"]);
    assert_eq!(code, 1, "{error}");
    let first = read(bundle.path(), "shop.yaml");
    assert!(first.starts_with("ikanos: 1.0.0-beta5") && first.contains("list_orders"), "{first}");
    migrate(bundle.path(), &["--to", "ikanos-beta5", "shop.yaml", "--write"]);
    assert_eq!(read(bundle.path(), "shop.yaml"), first);
}

#[test]
fn usage_says_where_it_goes() {
    let bundle = folder(&[("shop.yaml", SHOP)]);
    let (code, _, error) = migrate(bundle.path(), &["--to", "ikanos-beta5", "shop.yaml"]);
    assert_eq!(code, 2);
    assert!(error.contains("--out <DIR>") && error.contains("--write"), "{error}");
    let (code, _, error) = migrate(bundle.path(), &["--to", "ikanos-beta5", "nowhere.yaml", "--write"]);
    assert_eq!((code, error.as_str()), (78, "error: nowhere.yaml does not exist\n"));
}
