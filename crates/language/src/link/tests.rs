//! The three passes of one call, each by itself.

use capstan_plan::{PathPart, Template};

use super::{
    assign::assign,
    assignment::{Assignment, Offers},
    binding::Bindings,
    callee::Callee,
    caller::{Caller, Kind},
    clients::clients,
    collect::{BodyNeed, collect},
    context::{Api, Context},
    emit::emit,
    linking::Linking,
    origins::Origins,
    source::Source,
    variables::Variables,
};
use crate::{
    diagnostic::{Code, Sink},
    document, read,
    source::{SourceSet, Spanned},
};

const DOCUMENT: &str = "
naftiko: 1.0.0-alpha2
binds: [{namespace: env, keys: {KEY: KEY}}]
capability:
  consumes:
  - type: http
    namespace: api
    baseUri: https://api.example.com
    authentication: {type: apikey, key: X-Key, value: '{{KEY}}', placement: header}
    resources:
    - path: /shops/{shop}/items
      operations:
      - name: add
        method: POST
        inputParameters:
        - {name: shop, in: path}
        - {name: X-Key, in: header}
        - {name: X-Version, in: header, value: '2'}
        - {name: lang, in: query}
        - {name: qty, in: body, type: integer}
";

/// Runs `test` over the only operation of [`DOCUMENT`] and a REST unit with the placeholder `shopId`.
fn call(test: impl FnOnce(&Callee<'_, '_>, &Api, &mut Context<'_, '_>, &mut Linking<'_>)) {
    let (mut sources, mut sink) = (SourceSet::new(), Sink::new());
    let (_, document) = document::load(&mut sources, "doc.yaml", DOCUMENT.into(), &mut sink);
    let document = document.unwrap();
    let spec = read::spec(&document, "doc", &mut sink).unwrap();
    let origins = Origins::new(&sources);
    let bindings = Bindings::declare(&spec, &origins, &mut sink);
    let mut context = Context::new(&spec, origins, bindings);
    clients(&mut context, &[], &mut sink);
    assert!(sink.diagnostics().is_empty(), "{:?}", sink.diagnostics());
    let callee = context.callees.iter().next().unwrap().clone();
    let api = context.apis.get(callee.client).unwrap().clone();
    let mut linking = Linking::new(Caller::new(Kind::Rest, "rest").posting(true));
    linking.derived.inputs.placeholders(&["shopId"], Spanned::new("/{shopId}", document.root.span));
    test(&callee, &api, &mut context, &mut linking);
}

fn assigned<'d>(
    callee: &Callee<'_, 'd>,
    api: &Api,
    context: &mut Context<'_, '_>,
    linking: &Linking<'d>,
) -> Assignment<'d> {
    let variables = Variables {
        bindings: &mut context.bindings,
        files: &mut context.files,
        origins: &context.origins,
        namespaces: &context.namespaces,
    };
    let offers = Offers { around: linking.surroundings(), with: &[], derived: &linking.derived, alone: true };
    assign(&collect(callee, api), &offers, variables, &mut Sink::new())
}

#[test]
fn needs_are_the_callees_alone() {
    call(|callee, api, _, _| {
        let needs = collect(callee, api);
        assert_eq!(needs.path.iter().map(|hole| hole.need.name).collect::<Vec<_>>(), ["shop"]);
        // The credential has the header `X-Key`: no caller is asked for it.
        assert_eq!(needs.params.iter().map(|need| need.name).collect::<Vec<_>>(), ["X-Version", "lang", "qty"]);
        assert!(matches!(needs.body, BodyNeed::Fields));
    });
}

#[test]
fn an_assignment_leaves_its_offers_as_they_are() {
    call(|callee, api, context, linking| {
        let assignment = assigned(callee, api, context, linking);
        assert!(matches!(assignment.path.as_slice(), [Source::Input(_)]), "the only value left over");
        assert!(matches!(assignment.params.as_slice(), [Source::Constant(_), Source::Input(_), Source::Input(_)]));
        let derived: Vec<&str> = assignment.derived.inputs.drafts.iter().map(|draft| draft.name.as_str()).collect();
        assert_eq!(derived, ["shopId", "lang", "qty"]);
        let rules: Vec<Code> = assignment.derived.rules.iter().map(|(code, ..)| *code).collect();
        assert_eq!(rules, [Code::Positional, Code::RestLookup, Code::QueryCoerce]);
        let (inputs, rules) = (linking.derived.inputs.drafts.len(), linking.derived.rules.len());
        assert_eq!((inputs, rules), (1, 0), "the unit's own are untouched");
    });
}

#[test]
fn a_request_is_what_was_assigned() {
    call(|callee, api, context, linking| {
        let assignment = assigned(callee, api, context, linking);
        let mut sink = Sink::new();
        let origin = context.origins.at(callee.op.span);
        let request = emit(&collect(callee, api), &assignment, origin, &mut sink).unwrap();
        assert!(sink.diagnostics().is_empty());
        let [PathPart::Literal(before), PathPart::Value { value: Template::Slot(..), .. }, PathPart::Literal(after)] =
            &*request.path
        else {
            panic!("{:?}", request.path)
        };
        assert_eq!((&**before, &**after), ("/shops/", "/items"));
        assert_eq!(request.headers.iter().map(|header| header.name.as_str()).collect::<Vec<_>>(), ["x-version"]);
        assert_eq!(request.query.len(), 1);
    });
}
