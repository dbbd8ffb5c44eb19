//! Owns the rows of the code table: name, default weight, what, why, example, fix. A flat table.
//! It holds no logic; a new code is one row.

use super::row::Weight::{self, Error, Note, Rule, Warning};
use super::row::{Doc, codes};

codes! {
    // --- the text itself
    YamlSyntax "yaml-syntax" Error, {
        "The text is not well-formed YAML.", "Nothing after the place can be read with certainty.",
        "paths: [a, b", "Correct the line the caret points at; check indentation, quotes and brackets there." }
    YamlEncoding "yaml-encoding" Error, {
        "The file is not UTF-8 text.", "Names and values could not be compared or sent unchanged.",
        "name: caf\\xE9  # Latin-1", "Save the file as UTF-8." }
    YamlTooLarge "yaml-too-large" Error, {
        "The document exceeds 8 MiB.", "A limit keeps one file from exhausting the process.",
        "(a file of 20 MB)", "Split it into several capabilities or imports." }
    YamlTooDeep "yaml-too-deep" Error, {
        "Mappings and lists are nested more than 64 levels deep.", "No dialect needs it; deep nesting is a way to exhaust a parser.",
        "[[[[...]]]]", "Flatten the structure." }
    YamlTooManyNodes "yaml-too-many-nodes" Error, {
        "The document has more than 250,000 values.", "A limit keeps one file from exhausting the process.",
        "(a generated file)", "Split it into several capabilities or imports." }
    YamlMultipleDocuments "yaml-multiple-documents" Error, {
        "A second YAML document follows in the same file.", "One file is one capability; the second would be silently ignored.",
        "a: 1\n---\nb: 2", "Move the second document to its own file." }
    YamlAliasBudget "yaml-alias-budget" Error, {
        "Aliases expand to too many values.", "A few lines of nested aliases can stand for billions of values.",
        "b: &b [*a, *a]\nc: [*b, *b]", "Write the values out or reference them less often." }
    YamlAlias "yaml-alias" Error, {
        "An alias names no anchor that is complete before it.", "There is nothing to put in its place.",
        "host: *.example.com", "Quote the value if the `*` is meant literally, or define the anchor above." }
    YamlMerge "yaml-merge" Error, {
        "A merge key `<<` holds something other than a mapping or a list of mappings.", "Only mappings can be merged.",
        "<<: text", "Point it at a mapping, usually an alias." }
    YamlTag "yaml-tag" Warning, {
        "A tag has no meaning here and was ignored.", "The value is read as if the tag were not there.",
        "key: !secret token", "Remove the tag." }
    YamlKey "yaml-key" Error, {
        "A mapping key is itself a mapping or a list.", "Keys are names; the entry was left out.",
        "? [a, b]\n: 1", "Use text as the key." }
    DuplicateKey "duplicate-key" Error, {
        "The same key appears twice in one mapping.", "Only one of the two could count, and which one is a guess.",
        "port: 1\nport: 2", "Remove or rename one of them." }
    UnquotedTemplate "unquoted-template" Error, {
        "A template that begins a value is not quoted.", "YAML reads the braces as a mapping, not as text.",
        "token: {{env.TOKEN}}", "Quote it: '{{env.TOKEN}}'." }
    TruncatedDocument "truncated-document" Rule("TRUNC-TAIL"), {
        "The document carries a truncation mark.", "Its tail is missing; what is left is served.",
        "# --- truncated at 32 KB (46 KB total) ---", "Replace it by the full original." }
    UnreadableFile "unreadable-file" Error, {
        "A file could not be read.", "What it declares is missing.",
        "location: ./missing.yaml", "Check path and permissions." }
    NotACapability "not-a-capability" Note, {
        "The file is YAML but not a capability.", "It was skipped.",
        "kind: Deployment", "Move it out of the folder, or add a `capability` key." }

    // --- keys and values
    UnknownKey "unknown-key" Warning, {
        "A key that nothing reads.", "Whatever it was meant to do does not happen. Near a known key, or at another one's place, it is an error.",
        "adress: 0.0.0.0", "Correct the spelling, remove it, or begin it with `x-`." }
    MissingKey "missing-key" Error, {
        "A required key is absent.", "Its value cannot be guessed.",
        "consumes:\n  - baseUri: https://api.example.com", "Add the key." }
    WrongType "wrong-type" Error, {
        "A value has another type than expected.", "It cannot be read.",
        "port: [8080]", "Write a value of the type the message names." }
    BadValue "bad-value" Error, {
        "A value is not among those that are understood.", "There is no meaning to give it.",
        "type: rset", "Use one of the listed values." }
    DuplicateName "duplicate-name" Error, {
        "Two things of one kind have the same name.", "A reference could mean either.",
        "- name: a\n- name: a", "Rename one of them." }
    BadPattern "bad-pattern" Error, {
        "A `pattern` is no regular expression, or compiles to more than 1 MiB.", "The input could not be checked, so nothing is sent.",
        "pattern: '[a-z'", "Correct the expression; bound long repetitions by `maxLength` instead." }
    Unsupported "unsupported" Warning, {
        "A key of the dialect that this runtime does not act on.", "What it asks for does not happen.",
        "(depends on the key)", "Remove it, or do what the message says." }
    NameNotPortable "name-not-portable" Warning, {
        "A name that some clients refuse.", "They would not list or could not call it.",
        "name: list.items", "Use letters, digits, `-` and `_`, at most 64 characters." }

    // --- references
    UnresolvedCall "unresolved-call" Error, {
        "A call names no operation of this capability.", "The unit answers 501 or an error result.",
        "call: petstore.lst-pets", "Name a declared `namespace.operation`." }
    AmbiguousCall "ambiguous-call" Error, {
        "A call fits several operations.", "Choosing one would be a guess.",
        "call: list-pets", "Name it as `namespace.operation`." }
    UnresolvedRef "unresolved-ref" Error, {
        "A `ref` names nothing that is declared.", "There is nothing to run.",
        "ref: orders.create", "Name a declared aggregate function." }
    UnresolvedImport "unresolved-import" Error, {
        "An imported file is missing or holds nothing to import.", "The units that need it fail.",
        "location: ./shared.yaml", "Correct the path; imports are files, never URLs." }
    ImportCycle "import-cycle" Error, {
        "Documents import each other.", "What one of them wants from the other may be declared by neither.",
        "a.yaml imports b.yaml, and b.yaml imports a.yaml", "Import from the document that declares it." }
    NestedImport "nested-import" Error, {
        "A document that only declares parts imports others.", "Imports of imports are not followed.",
        "consumes: [{from: ./other.yaml, import: shop}]  # without `capability`", "Import the file where it is used." }
    UnresolvedStep "unresolved-step" Error, {
        "A reference names a step that does not exist or comes later, or a field its output does not have.", "Its value would never be there.",
        "with: {id: '{{frist.id}}'}", "Name an earlier step, and a field it declares." }
    UnknownName "unknown-name" Error, {
        "A name means nothing where it is written, or only by a slip: one that is near it is left without a use.", "The text would be sent as it is, or the value that was meant would be missing.",
        "with: {city: rest.citty}", "Correct the spelling, or declare the name. A text that only looks like a reference is written '{{\"a.b\"}}'." }
    RouteConflict "route-conflict" Error, {
        "Two routes answer the same requests on one listener.", "Only one of them can be reached.",
        "GET /users/{id} and GET /users/{name}", "Change a path, a method or a port." }
    PortConflict "port-conflict" Error, {
        "Two adapters that cannot share a port declare the same one.", "Only one of them can listen.",
        "two MCP adapters on 9090", "Give one of them another port." }

    OpenControl "open-control" Error, {
        "A control adapter that other machines reach.", "Whoever reaches it reads the status and may reload; without `authentication` it is not served.",
        "address: 0.0.0.0  # of a control adapter", "Use localhost." }
    SemanticsConflict "semantics-conflict" Warning, {
        "A flow promises what its calls do not keep.", "Clients repeat or allow a call because of it.",
        "semantics: {safe: true}  # calls POST", "Say what the call does." }

    // --- who may, and in the open
    UnusedAuthentication "unused-authentication" Warning, {
        "`authentication` where nobody is authenticated.", "Standard input has no callers but whoever started the process.",
        "transport: stdio\nauthentication: {type: bearer}", "Remove it." }
    InsecureUrl "insecure-url" Error, {
        "Credentials or tokens would travel without encryption.", "Everyone on the way can read and change them.",
        "authorizationServerUri: http://auth.example.com", "Write `https://`." }
    ActiveMarkdown "active-markdown" Error, {
        "A description holds a script.", "It is shown to people, in places that may run it.",
        "description: <script>...</script>", "Remove it." }

    // --- the official schema, and style
    OfficialSchema "official-schema" Error, {
        "The official JSON Schema of the dialect rejects this.", "Other engines may refuse the document, or ignore this part.",
        "(depends on the place; only with --strict)", "Write it as the standard does." }
    MissingDescription "missing-description" Note, {
        "Something people or models choose by its description has none.", "They see its name alone.",
        "- name: list-orders  # no description", "Add one sentence." }
    MissingTags "missing-tags" Note, {
        "The capability has no tags.", "Listings cannot group it.",
        "info: {label: Shop, description: Orders.}", "Add `tags`." }
    TrailingSlash "trailing-slash" Note, {
        "A path or base URI ends with a slash.", "Some engines refuse it, others send two.",
        "baseUri: https://api.example.com/", "Remove it." }
    PlaceholderHost "placeholder-host" Note, {
        "A host that is reserved for examples.", "Nothing answers there.",
        "baseUri: https://api.example.com", "Write the real host." }

    // --- expressions
    BadSelector "bad-selector" Error, {
        "A JSONPath that cannot be read.", "The mapped value would always be missing.",
        "mapping: $.items[", "Correct the path." }
    BadTemplate "bad-template" Error, {
        "A template expression that cannot be read.", "No text can be produced from it.",
        "value: '{{ a | }}'", "Correct the expression." }
    UnclosedTemplate "unclosed-template" Warning, {
        "`{{` without `}}`.", "It is sent as literal text in a body and refused elsewhere.",
        "value: 'Bearer {{env.TOKEN'", "Close it with `}}`." }
    LiteralSecret "literal-secret" Warning, {
        "A credential is written out in the file.", "Everyone who can read the file has it.",
        "token: sk-123", "Declare it under `binds`, write '{{NAME}}' instead, and renew it." }
    BadUrl "bad-url" Error, {
        "A URL that cannot be called.", "No request can be sent.",
        "baseUri: tcp://host", "Use an absolute http or https URL." }

    // --- jobs
    OverlappingStates "overlapping-states" Error, {
        "A state of a job is named twice.", "Whether it goes on, is done or has failed would be a guess.",
        "pending: [Pending, Ready], success: [Ready]", "Name each state once." }
    MissingTimeout "missing-timeout" Warning, {
        "A job or a `poll` step without `timeout`.", "It is given up after 10 minutes, which nobody chose.",
        "job: {handle: {id: $.id}, poll: {...}}", "Add `timeout`, a little longer than it takes at worst." }
    JobOfProcess "job-of-process" Note, {
        "A job that no other process can go on with.", "Its handles are good as long as the process runs that began it, whatever CAPSTAN_JOB_KEY is.",
        "steps: [{type: for-each, steps: [{type: call, call: bfl.generate}]}]", "Let the call of the job be a step of the flow itself, and what comes after it only read." }
    WideHosts "wide-hosts" Error, {
        "A pattern of hosts that strangers have hosts in.", "The credential would follow an address to any of them.",
        "hosts: ['*.com']", "Name the API's own domain." }
    UnusedAsync "unused-async" Warning, {
        "`async` where nothing takes long.", "Nothing reads it: the answer comes with the call.",
        "call: shop.list-orders, async: {wait: 5s}", "Remove it, or declare the `job` of the operation." }

    // --- OpenAPI
    BadOpenapi "bad-openapi" Warning, {
        "An OpenAPI document that cannot be used.", "Types and descriptions from it are missing.",
        "openapi: ./broken.yaml", "Correct the document or remove the reference." }
    OpenapiUnmatched "openapi-unmatched" Warning, {
        "An operation that the OpenAPI document does not contain.", "It has no types or descriptions from there.",
        "path: /v2/pets", "Correct path or method, or the server of the document." }
    OpenapiContradiction "openapi-contradiction" Warning, {
        "File and OpenAPI document say different things of one request.", "What the file says is sent; the API may refuse it.",
        "inputParameters: [{name: limit, in: header}]", "Correct the one that is wrong." }
    OpenapiSecurity "openapi-security" Note, {
        "The OpenAPI document demands a credential that the API does not declare.", "Its requests are likely refused with 401.",
        "consumes: [{type: http, namespace: shop, baseUri: https://shop.example}]", "Declare its `authentication`." }
    OpenapiServer "openapi-server" Note, {
        "The OpenAPI document has other servers than `baseUri`.", "Operations are found by their paths alone.",
        "baseUri: https://api.example.com/v2", "Correct `baseUri`, or the `servers` of the document." }
    LiteralTemplate "literal-template" Note, {
        "A description has a placeholder.", "It is shown as it is written: nothing fills it there.",
        "description: Finds {{title}}.", "Name the value without braces." }
    UnusedArgument "unused-argument" Note, {
        "An argument of a prompt that its text does not use.", "Clients ask for it, and nothing comes of it.",
        "arguments: [{name: mood}]", "Write `{{mood}}` where it belongs, or remove the argument." }
    UntypedTool "untyped-tool" Note, {
        "Tools whose arguments nobody describes.", "A model has to guess what they take.",
        "inputParameters: [{name: body, in: body}]", "Declare `type`, or put an OpenAPI document beside the file: its name with `.openapi.yaml`." }

    // --- rules of the wild dialect: documents and calls
    Import "import" Rule("IMPORT"), {
        "Operations come from another file in an informal spelling.", "The file is found by search, not by the standard's rules.",
        "consumes: [{ref: shared.yaml}]", "Write `import` and `location` as the standard does." }
    AutoExpose "auto-expose" Rule("AUTO-EXPOSE"), {
        "A document without exposed units was given one per operation.", "Names and paths are derived, not chosen.",
        "capability: {consumes: [...]}", "Declare `exposes`." }
    CallDupOrdinal "call-dup-ordinal" Rule("CALL-DUP-ORDINAL"), {
        "Several operations share the called name; they were paired in order.", "Reordering either list changes what is called.",
        "call: search.get", "Give the operations distinct names." }
    CallDupFirst "call-dup-first" Rule("CALL-DUP-FIRST"), {
        "Several operations share the called name; the first was taken.", "The others cannot be reached.",
        "call: search.get", "Give the operations distinct names." }
    CallResource "call-resource" Rule("CALL-RESOURCE"), {
        "A call names the resource between namespace and operation.", "The standard knows two parts.",
        "call: shop.orders.list", "Write `shop.list`." }
    CallNorm "call-norm" Rule("CALL-NORM"), {
        "A call differs from the operation in case or punctuation.", "It only works while the match stays unique.",
        "call: shop.listOrders", "Write the declared name." }
    CallPrefix "call-prefix" Rule("CALL-PREFIX"), {
        "A call gives only the beginning of the operation's name.", "It only works while the match stays unique.",
        "call: shop.list", "Write the whole name." }
    CallUniqueOp "call-unique-op" Rule("CALL-UNIQUE-OP"), {
        "A call has an unknown namespace but a unique operation.", "A second operation of that name would break it.",
        "call: shop-tools.list-orders", "Write the consumed namespace." }
    CallName "call-name" Rule("CALL-NAME"), {
        "A unit without `call` was paired with the operation of its name.", "Renaming either breaks it.",
        "- name: list-orders", "Add `call`." }
    CallOperation "call-operation" Rule("CALL-OPERATION"), {
        "`operation` stands for `call`.", "The standard does not know it here.",
        "operation: shop.list-orders", "Write `call`." }
    CallsList "calls-list" Rule("CALLS-LIST"), {
        "A `calls` list stands for `call` and `with`.", "The standard does not know it.",
        "calls: [{capability: shop.list}]", "Write `call` and `with`." }

    // --- rules: caller inputs
    EphNorm "eph-norm" Rule("EPH-NORM"), {
        "`with` names a path placeholder in another spelling.", "It only works while the match stays unique.",
        "path: /orders/{order-id}\nwith: {id: rest.orderId}", "Use one spelling." }
    EphAppend "eph-append" Rule("EPH-APPEND"), {
        "An exposed placeholder that nothing consumes was appended to the upstream path.", "The upstream path is a guess.",
        "path: /orders/{id}", "Declare the placeholder in the consumed path." }
    EphDrop "eph-drop" Rule("EPH-DROP"), {
        "An exposed placeholder is not sent anywhere.", "Callers must give it for nothing.",
        "path: /orders/{id}", "Use it in `with`, or remove it." }
    WithRoot "with-root" Rule("WITH-ROOT"), {
        "`with` uses the root of another kind of adapter, or in a flow none.", "It reads as an input of this one.",
        "with: {id: tools.id}  # in a REST operation", "Use the adapter's own namespace." }
    WithLoc "with-loc" Rule("WITH-LOC"), {
        "`with` says in which part of the request the value is.", "The standard has no such form.",
        "with: {v: rest.header.x-version}", "Declare an input parameter with `in`." }
    WithEnv "with-env" Rule("WITH-ENV"), {
        "`with` reads a variable of the environment.", "The standard reads it as an input.",
        "with: {key: env.API_KEY}", "Put '{{API_KEY}}' into the consumed parameter's `value`." }
    WithNested "with-nested" Rule("WITH-NESTED"), {
        "`with` holds a list or mapping with references inside.", "The standard knows flat values.",
        "with: {ids: [tools.a, tools.b]}", "Use a body template." }
    WithNull "with-null" Rule("WITH-NULL"), {
        "`with` holds null.", "It reads as if the key were absent.",
        "with: {id: null}", "Remove the key." }
    WithExtra "with-extra" Rule("WITH-EXTRA"), {
        "`with` fills something the operation does not declare.", "Where it is sent is a guess.",
        "with: {limit: rest.limit}", "Declare the parameter on the consumed operation." }
    InputExtra "input-extra" Rule("INPUT-EXTRA"), {
        "A declared input fills nothing the operation declares.", "Where it is sent is a guess.",
        "inputParameters: [{name: limit}]", "Declare the parameter on the consumed operation." }
    InputMapping "input-mapping" Rule("INPUT-MAPPING"), {
        "`mapping` on an input says where it goes.", "The standard knows `mapping` on outputs only.",
        "- {name: id, mapping: $.path.id}", "Use `in` and `with`." }
    ImplicitInput "implicit-input" Rule("IMPLICIT-INPUT"), {
        "The operation needs a value that nothing declares; it became an input.", "Callers learn of it only from us.",
        "call: shop.get-order  # path /orders/{id}", "Declare the input." }
    NameNorm "name-norm" Rule("NAME-NORM"), {
        "Two names differ in case or punctuation only and were paired.", "It only works while the match stays unique.",
        "{orderId} and order_id", "Use one spelling." }
    ParamValue "param-value" Rule("PARAM-VALUE"), {
        "An input or `with` of the same name takes the place of a consumed parameter's `value`.", "The standard sends the value.",
        "value: '{{region}}', with: {zone: eu}  # parameter zone", "Remove one of the two." }
    Positional "positional" Rule("POSITIONAL"), {
        "The one uncovered need was paired with the one unclaimed input.", "A second of either breaks it.",
        "/orders/{id} calls /orders/{orderId}", "Use one name, or `with`." }
    RestLookup "rest-lookup" Rule("REST-LOOKUP"), {
        "An undeclared REST input is looked for in path, query, body and headers.", "A client cannot know which place is meant.",
        "with: {limit: rest.limit}  # POST", "Declare it with `in`." }
    BodyRoot "body-root" Rule("BODY-ROOT"), {
        "`rest.body` or `tools.body` is the whole request body.", "The standard reads an input named body.",
        "with: {body: rest.body}", "Declare an input `body` with `in: body`." }
    BodyField "body-field" Rule("BODY-FIELD"), {
        "`rest.body` or `tools.body` is the field named body.", "It is easily mistaken for the whole body.",
        "with: {text: tools.body}", "Rename the input." }
    QueryCoerce "query-coerce" Rule("QUERY-COERCE"), {
        "A string from the URL is parsed for a typed body field.", "The standard sends it as text.",
        "data: {limit: '{{tools.limit}}'}", "Declare the input's type." }

    // --- rules: the upstream request
    OpPath "op-path" Rule("OP-PATH"), {
        "A consumed operation has its own `path`.", "The standard knows the resource's path only.",
        "operations: [{path: '/{id}'}]", "Move it to a resource of its own." }
    OrphanPath "orphan-path" Rule("ORPHAN-PATH"), {
        "A path parameter has no placeholder and was appended to the path.", "The real path may differ.",
        "path: /orders\nparameters: [{name: id, in: path}]", "Write the placeholder into the path." }
    ParamNoise "param-noise" Rule("PARAM-NOISE"), {
        "A path parameter is a leaked schema keyword and was ignored.", "It is no parameter of the API.",
        "- {name: nullable, in: path}", "Remove it." }
    ParamInDefault "param-in-default" Rule("PARAM-IN-DEFAULT"), {
        "A consumed parameter does not say where it goes.", "Its place is guessed from path and method.",
        "- {name: limit}", "Write `in`." }
    PathSlash "path-slash" Rule("PATH-SLASH"), {
        "A path does not begin with a slash; one was inserted.", "Joined as written it would alter the host or last segment.",
        "path: orders", "Write `/orders`." }
    BaseuriVar "baseuri-var" Rule("BASEURI-VAR"), {
        "`baseUri` contains a placeholder.", "It must be configured before anything can be called.",
        "baseUri: https://{tenant}.example.com", "Use a declared binding: '{{TENANT}}'." }
    BaseConfig "base-config" Rule("BASE-CONFIG"), {
        "`baseUri` is empty or relative and comes from configuration.", "Nothing can be called until it is set.",
        "baseUri: ''", "Write the address, or set `<NS>_BASE_URL`." }
    BaseScheme "base-scheme" Rule("BASE-SCHEME"), {
        "`baseUri` has no scheme; https was assumed.", "A reader cannot see whether it is encrypted.",
        "baseUri: api.example.com", "Write `https://`." }
    QueryInPath "query-in-path" Rule("QUERY-IN-PATH"), {
        "A consumed path contains a query string; it is sent as constant parameters.", "The standard would encode it into the path.",
        "path: /?Action=List", "Declare query parameters with `value`." }
    FragUp "frag-up" Rule("FRAG-UP"), {
        "A consumed path contains `#`; the rest became headers or query.", "A fragment is never sent.",
        "path: /#X-Amz-Target=A.B", "Declare header parameters with `value`." }
    ArrayQuery "array-query" Rule("ARRAY-QUERY"), {
        "An array in the query is sent as a repeated key.", "The API may want commas instead.",
        "- {name: ids, in: query, type: array}", "Keep it if the API reads repeated names." }
    HeaderSensitive "header-sensitive" Rule("HEADER-SENSITIVE"), {
        "A sensitive header is never filled implicitly from the caller's request.", "Credentials would leak between parties.",
        "- {name: Authorization, in: header}", "Name it in `with`, or declare `authentication`." }
    TmplRoot "tmpl-root" Rule("TMPL-ROOT"), {
        "A template names the kind of adapter instead of its namespace.", "It reads as the caller's input, whichever adapter calls.",
        "data: {id: '{{tools.id}}'}", "Use the adapter's namespace." }
    BodyType "body-type" Rule("BODY-TYPE"), {
        "A body type outside the standard.", "It was read as the media type it resembles.",
        "body: {type: form}", "Use a type of the standard." }
    ImplicitBody "implicit-body" Rule("IMPLICIT-BODY"), {
        "An operation that writes declares no body; the caller's body is forwarded.", "Callers cannot see what to send.",
        "method: POST", "Declare `body`." }
    BodyMerge "body-merge" Rule("BODY-MERGE"), {
        "A body template and body parameters were merged.", "The standard knows one or the other.",
        "body: {data: {}}\nparameters: [{in: body}]", "Put all fields into the template." }
    BodyOnGet "body-on-get" Rule("BODY-ON-GET"), {
        "A body is declared on GET, HEAD or DELETE.", "It is sent only if the caller gives one; servers may ignore it.",
        "method: GET\nbody: {type: json}", "Remove it, or change the method." }

    // --- rules: authentication and variables
    AuthKey "auth-key" Rule("AUTH-KEY"), {
        "`auth` stands for `authentication`.", "The standard ignores it and sends no credential.",
        "auth: {type: bearer}", "Write `authentication`." }
    AuthAlias "auth-alias" Rule("AUTH-ALIAS"), {
        "A credential uses other key names than the standard.", "The standard ignores them.",
        "{type: apikey, in: header, name: X-Key}", "Write `key`, `value` and `placement`." }
    AuthHeaders "auth-headers" Rule("AUTH-HEADERS"), {
        "A credential lists several headers or parameters.", "The standard knows one.",
        "headers: {DD-API-KEY: '{{KEY}}'}", "Declare the others as parameters with `value`." }
    AuthPlace "auth-place" Rule("AUTH-PLACE"), {
        "A credential goes into body, cookie or path.", "The standard knows header and query.",
        "placement: cookie", "Keep it if the API wants it." }
    AuthSign "auth-sign" Rule("AUTH-SIGN"), {
        "Requests are signed by a scheme outside the standard.", "Other engines send them unsigned.",
        "type: aws-sig-v4", "Keep it if the API wants it." }
    AuthNoValue "auth-no-value" Rule("AUTH-NO-VALUE"), {
        "A credential has no value; it comes from configuration.", "Nothing can be called until it is set.",
        "{type: oauth2, scopes: [a]}", "Write the value, or set `<NS>_TOKEN` or `<NS>_API_KEY`." }
    AuthDynamic "auth-dynamic" Rule("AUTH-DYNAMIC"), {
        "A credential needs a value that must be computed.", "No declared input or variable provides it.",
        "value: 'HMAC {{signature}}'", "Use a supported signing scheme." }
    UndeclaredVar "undeclared-var" Rule("UNDECLARED-VAR"), {
        "A variable is used that no `binds` declares; the environment provides it.", "Readers cannot see what must be configured.",
        "token: '{{API_TOKEN}}'", "Declare it under `binds`." }

    // --- rules: what is exposed and returned
    DupRoute "dup-route" Rule("DUP-ROUTE"), {
        "Several operations have the same method and path; inputs decide.", "A client cannot choose by URL alone.",
        "two `GET /users/{id}`", "Give each its own path." }
    FragRoute "frag-route" Rule("FRAG-ROUTE"), {
        "An exposed path contains `#`, matched as `%23`.", "Clients cut a bare `#`.",
        "path: /v1/#DeleteTable", "Remove the `#`." }
    QueryRoute "query-route" Rule("QUERY-ROUTE"), {
        "An exposed path contains a query string that must match.", "The standard matches paths only.",
        "path: /v1/?action=list", "Use distinct paths." }
    DupTool "dup-tool" Rule("DUP-TOOL"), {
        "A tool name is repeated; later ones got a number.", "The number depends on the order.",
        "two tools `list`", "Rename one." }
    Skill "skill" Rule("SKILL"), {
        "A skill was completed from its tools.", "Its folder is missing, or its tools use an informal form.",
        "location: file:///opt/skills/a", "Provide the folder." }
    PathsMap "paths-map" Rule("PATHS-MAP"), {
        "`paths` stands for `resources`.", "The standard does not know it.",
        "paths: {/orders: {get: {...}}}", "Write `resources` and `operations`." }
    ToolServer "tool-server" Rule("TOOL-SERVER"), {
        "A tool carries its upstream inside.", "The standard declares it under `consumes`.",
        "tools: [{server: {rest: {...}}}]", "Declare `consumes` and `call`." }
    FlatApi "flat-api" Rule("FLAT-API"), {
        "A flat API description stands for a `consumes` entry.", "The standard knows resources and operations.",
        "{baseUrl: ..., operations: [...]}", "Write it as `consumes`." }
    OutLength "out-length" Rule("OUT-LENGTH"), {
        "`.length` counts the elements.", "It is no JSONPath of the standard.",
        "mapping: $.items.length", "Keep it if the count is meant." }
    OutNamed "out-named" Rule("OUT-NAMED"), {
        "Several or named outputs became an object.", "The standard returns one value in call mode.",
        "outputParameters: [{name: a}, {name: b}]", "Use one output of type object." }
}
