"""The OpenAPI documents Capstan writes and reads: validators, a property-based tester and a client generator of others.

Further documents may be named in OPENAPI_DOCUMENTS (paths with `:` between them): each is imported, and what is lost is counted.
"""
import importlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

from openapi_spec_validator import validate

from harness import BINARY, HERE, WORK, Capstan, Report, Upstream, equal, get, request

ROOT = HERE.parent.parent
FOLDER = WORK / "openapi"
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
METHODS = ("get", "put", "post", "delete", "patch", "head", "options")

report = Report("openapi")


def capstan(*arguments, code=0):
    done = subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, timeout=60)
    assert done.returncode == code, f"{arguments}: {done.returncode}: {(done.stdout + done.stderr)[-2000:]}"
    return done


def fresh(name):
    path = FOLDER / name
    shutil.rmtree(path, ignore_errors=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def exported(path, name):
    target = fresh(f"{name}.json")
    target.unlink(missing_ok=True)
    capstan("export", "openapi", path, "-o", target)
    return target


def operations(document):
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield method, path, item[method]


def valid(paths):
    """Both validators find nothing wrong."""
    for path in paths:
        validate(json.loads(path.read_text()))
    script = WORK / "node" / "openapi-valid.mjs"
    lines = "".join(f"{path}\n" for path in paths)
    done = subprocess.run([os.environ["CAPSTAN_NODE"], script], input=lines, capture_output=True, text=True, timeout=60)
    verdicts = done.stdout.splitlines()
    equal(len(verdicts), len(paths), done.stderr)
    for path, verdict in zip(paths, verdicts):
        equal(verdict, "valid", path)


def schemathesis(url, examples, *arguments, seconds=60):
    """Requests made from a document get answers that are in the document, and none is a fault of ours."""
    command = [pathlib.Path(sys.executable).parent / "schemathesis", "run", url, "-c", CHECKS, "-n", str(examples), "--phases", "examples,fuzzing"]
    command += ["--suppress-health-check", "all", "--no-color", "--seed", "1", "--max-failures", "3", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, cwd=FOLDER)
    assert done.returncode == 0, f"{url}: {done.stdout[-3000:]} {done.stderr[-500:]}"


def shipped():
    """Every capability of the repository with a REST exposure."""
    for path in sorted((ROOT / "capabilities").rglob("*.yaml")):
        if not re.search(r"\.(test|sandbox|openapi)\.yaml$", path.name) and re.search(r"type: ['\"]?rest\b", path.read_text()):
            yield path


@report.check("what shipped capabilities export is valid by two validators")
def _():
    valid([exported(path, f"shipped/{path.parent.name}-{path.stem}") for path in shipped()])


@report.check("a property-based tester finds no answer outside of the served documents")
def _():
    end, tested = time.monotonic() + 90, 0
    with Capstan(str(ROOT / "capabilities"), variables={"STATUS_PASSWORD": "p", "STATUS_TOKEN": "t"}, arguments=["--gateway", "127.0.0.1:0", "--sandbox"]) as server:
        url = next(line for line in server.log().splitlines() if '"event":"ready"' in line)
        url = next(one["url"] for one in json.loads(url)["listeners"] if one.get("gateway"))
        index = request("GET", f"{url}/").json()
        for capability in index["capabilities"]:
            for adapter in capability["adapters"]:
                document = f"{url}{adapter['path']}/openapi.json"
                if adapter["type"] != "rest" or get(document).status in (401, 503):
                    continue
                schemathesis(document, 3, seconds=max(5, end - time.monotonic()))
                tested += 1
    assert tested >= 12, f"only {tested} documents were tested"


def large(count):
    """A document with parameters in all places, in many styles, and bodies of several kinds."""
    paths = {}
    for at in range(count):
        parameters = [{"name": "id", "in": "path", "required": True, "description": f"Which one of {at}.", "schema": {"type": "integer", "minimum": 0}}]
        parameters.append({"name": "fields", "in": "query", "description": "What of it.", "explode": at % 2 == 0, "schema": {"type": "array", "items": {"type": "string", "enum": ["a", "b", "c"]}}})
        parameters.append({"name": "since", "in": "query", "description": "From when.", "schema": {"type": "string", "format": "date"}})
        parameters.append({"name": f"X-Note-{at % 3}", "in": "header", "description": "A note.", "schema": {"type": "string", "pattern": "^[a-z]{1,9}$"}})
        answer = {"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": ["string", "null"]}}, "required": ["id"]}
        one = {"operationId": f"items{at}/get", "summary": f"Item of {at}.", "parameters": parameters}
        one["responses"] = {"200": {"description": "It.", "content": {"application/json": {"schema": answer}}}}
        two = {"operationId": f"items{at}/put", "summary": f"Sets an item of {at}.", "parameters": parameters[:1], "responses": one["responses"]}
        kind = ["application/json", "application/x-www-form-urlencoded"][at % 2]
        fields = {"name": {"type": "string", "description": "Its name."}, "count": {"type": "integer", "description": "How many.", "default": 1}}
        two["requestBody"] = {"required": True, "content": {kind: {"schema": {"type": "object", "properties": fields, "required": ["name"]}}}}
        paths[f"/kind{at}/items/{{id}}"] = {"get": one, "put": two}
    return {"openapi": "3.1.0", "info": {"title": "Large", "version": "1"}, "servers": [{"url": "https://large.example/v1"}], "paths": paths}


def lost(document, tools):
    """What a document says of inputs and the list of tools does not: counted by operation."""
    by_description = {}
    for tool in tools:
        by_description.setdefault(tool["description"].strip(), []).append(tool)
    inputs = descriptions = untyped = 0
    for tool in tools:
        for schema in tool["inputSchema"].get("properties", {}).values():
            inputs += 1
            untyped += not ({"type", "enum", "const", "anyOf", "oneOf", "allOf", "not"} & set(schema))
    shown = json.dumps(tools, ensure_ascii=False)
    for _, _, operation in operations(document):
        for parameter in operation.get("parameters", []):
            text = parameter.get("description")
            if text and parameter.get("in") in ("path", "query") and json.dumps(text, ensure_ascii=False)[1:-1] not in shown:
                descriptions += 1
    return inputs, untyped, descriptions


@report.check("a large document is imported, served, and tested from its own export")
def _():
    document, folder = large(60), fresh("large")
    source = fresh("large-source.json")
    source.unlink(missing_ok=True)
    source.write_text(json.dumps(document))
    began = time.monotonic()
    capstan("import", "openapi", source, "-o", folder)
    print(f"# imported {len(document['paths'])} paths in {time.monotonic() - began:.1f} s", file=sys.stderr)
    capstan("check", "--strict", folder)
    capstan("fmt", "--check", folder / "large.yaml")
    tools = json.loads(capstan("export", "mcp", folder / "large.yaml").stdout)
    equal(len(tools), 120)
    inputs, untyped, descriptions = lost(document, tools)
    equal((untyped, descriptions), (0, 0), f"of {inputs} inputs: untyped, lost descriptions")
    valid([exported(folder / "large.yaml", "large-export")])

    def answer(seen):
        return 200, {}, {"id": 1, "name": None}

    upstream = Upstream(answer)
    upstream.server.RequestHandlerClass.do_PUT = upstream.server.RequestHandlerClass.do_GET
    with Capstan(str(folder / "large.yaml"), arguments=["--upstream", f"*={upstream.url}"], ports=(8080, 9090)) as server:
        schemathesis(f"{server.url}/openapi.json", 2, seconds=80)
    assert len(upstream.take()) > 100


@report.check("tools are exported as clients list them")
def _():
    folder = fresh("large")
    if not (folder / "large.yaml").exists():
        source = fresh("large-source.json")
        source.write_text(json.dumps(large(3)))
        capstan("import", "openapi", source, "-o", folder)
    text = capstan("export", "mcp", folder / "large.yaml").stdout.strip()
    with Capstan(str(folder / "large.yaml"), ports=(8080, 9090)) as server:
        meta = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": meta}}
        headers = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/list"}
        listed = request("POST", f"{server.urls[9090]}/mcp", body, headers).text
    assert f'"tools":{text}' in listed, f"{text[:300]} is not in {listed[:300]}"


@report.check("a generated client calls what is served")
def _():
    document, package = exported(HERE / "capabilities" / "orders.yaml", "orders"), fresh("client/orders_client")
    valid([document])
    scripts = pathlib.Path(sys.executable).parent
    generator = [scripts / "openapi-python-client", "generate", "--path", document, "--meta", "none", "--output-path", package]
    done = subprocess.run(generator, capture_output=True, text=True, timeout=60, env={**os.environ, "PATH": f"{scripts}:{os.environ['PATH']}"})
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    sys.path.insert(0, str(package.parent))
    client_of = importlib.import_module("orders_client").Client
    get_order = importlib.import_module("orders_client.api.default.get_order")
    add_order = importlib.import_module("orders_client.api.default.add_order")
    order = importlib.import_module("orders_client.models").AddOrderBody
    parts = importlib.import_module("orders_client.models").GetOrderParts

    def answer(seen):
        return (200, {}, {"what": "pen", "amount": 3}) if seen.method == "GET" else (200, {}, {"number": 8})

    upstream = Upstream(answer)
    with Capstan("orders.yaml", arguments=["--upstream", f"*={upstream.url}"]) as server:
        client = client_of(base_url=server.url)
        response = get_order.sync_detailed(7, client=client, parts=parts.OPEN)
        equal((int(response.status_code), json.loads(response.content)), (200, {"item": "pen", "count": 3}))
        response = add_order.sync_detailed(client=client, body=order(item="ink", count=2), x_trace="t1")
        equal((int(response.status_code), json.loads(response.content)), (200, {"number": 8}))
    first, second = upstream.take()
    equal((first.method, first.path), ("GET", "/v1/orders/7?parts=open"))
    equal((second.path, json.loads(second.content), second.headers["X-Trace"]), ("/v1/orders", {"item": "ink", "count": "2"}, "t1"))


@report.check("documents that are named are imported, and what is lost is counted")
def _():
    for path in filter(None, os.environ.get("OPENAPI_DOCUMENTS", "").split(":")):
        folder = fresh(f"named/{pathlib.Path(path).stem}")
        began = time.monotonic()
        told = capstan("import", "openapi", path, "-o", folder, "--name", "named")
        seconds = time.monotonic() - began
        capstan("check", "--strict", folder)
        text = capstan("export", "mcp", folder / "named.yaml").stdout
        document = json.loads(next(folder.glob("*.openapi.json"), pathlib.Path(path)).read_text())
        inputs, untyped, descriptions = lost(document, json.loads(text))
        left = re.search(r"(\d+) parts? left out", told.stderr)
        print(
            f"# {path}: imported in {seconds:.1f} s, {len(json.loads(text))} tools of {len(text)} bytes, {inputs} inputs, "
            f"{untyped} untyped, {descriptions} descriptions lost, {left.group(1) if left else 0} parts left out",
            file=sys.stderr,
        )
