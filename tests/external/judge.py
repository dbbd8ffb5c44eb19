"""Upstream requests judged by the provider's own OpenAPI document: a mock server of another project (`prism mock --errors`) refuses
what the document does not allow. With the document beside the file, every operation is called over MCP and REST, with the inputs that
must be given and with all there are; inputs are made from the tools' schemas.

The documents in `openapi/` are the test; further ones come in CAPSTAN_DOCUMENTS, with spaces between them (`run` puts files it is
given there). The document is counted too: no tool has an input without a type, and none lost a description.
"""
import base64
import contextlib
import json
import os
import pathlib
import re
import socket
import subprocess
import tempfile
import time
import urllib.parse

import yaml

from harness import HERE, WORK, Capstan, Report, request

KEPT = sorted(path for path in (HERE / "openapi").rglob("*") if path.name != "README.md" and path.is_file())
METHODS = ["get", "put", "post", "delete", "options", "head", "patch"]
MODERN = "2026-07-28"
AWKWARD = "Zoë & Co=50%+1/x?"
PICTURE = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(range(256))).decode()

# Refusals that are not ours, by document, operation and inputs, with the reason.
EXCEPTIONS = {
    "styles.yaml": {
        ("queryStyles", "required"): "the judge takes a deepObject that is not there for an empty one, and misses its required member",
    },
    "trees.yaml": {
        ("drawShape", "required"): "arguments are a plain object, because clients refuse a choice at the root: what a kind demands is said in words",
    },
}


class Judge:
    """Prism, with one document."""

    def __init__(self, path):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.log = (WORK / "logs" / f"prism-{time.monotonic_ns()}.log").open("wb")
        script = WORK / "node" / "node_modules" / "@stoplight" / "prism-cli" / "dist" / "index.js"
        node = os.environ["CAPSTAN_NODE"]
        command = [node, str(script), "mock", "--errors", "--host", "127.0.0.1", "--port", str(port), str(path)]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                return
            time.sleep(0.05)
        raise AssertionError(f"the judge does not start with {path}: {pathlib.Path(self.log.name).read_text()[-2000:]}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.log.close()


class Document:
    """A document with its references followed."""

    def __init__(self, path):
        self.path, self.loaded = path, {}
        self.root = self.load(path)
        self.is_swagger = "swagger" in self.root

    def load(self, path):
        if path not in self.loaded:
            text = path.read_text()
            self.loaded[path] = json.loads(text) if path.suffix == ".json" else yaml.load(text, Loader=Loader)
        return self.loaded[path]

    def follow(self, node, path=None):
        """A node without a reference, and the file it stands in."""
        path = path or self.path
        for _ in range(16):
            if not isinstance(node, dict) or "$ref" not in node:
                break
            name, _, pointer = node["$ref"].partition("#")
            path = (path.parent / name).resolve() if name else path
            node = self.load(path)
            for step in pointer.split("/")[1:]:
                step = urllib.parse.unquote(step).replace("~1", "/").replace("~0", "~")
                node = node[int(step)] if isinstance(node, list) else node[step]
        return node, path

    def operations(self):
        for path, item in self.root.get("paths", {}).items():
            item, file = self.follow(item)
            for method in METHODS:
                if method in item:
                    operation, _ = self.follow(item[method], file)
                    parameters = {}
                    for parameter in [*item.get("parameters", []), *operation.get("parameters", [])]:
                        parameter, _ = self.follow(parameter, file)
                        parameters[parameter["name"], parameter["in"]] = parameter
                    yield path, method, operation, list(parameters.values())

    def schemes(self):
        schemes = self.root.get("securityDefinitions") or self.root.get("components", {}).get("securitySchemes") or {}
        return {name: self.follow(scheme)[0] for name, scheme in schemes.items()}

    def credential(self, operation):
        """The name of a scheme that suffices, none when none is needed; an error when one does not suffice."""
        needed = operation.get("security", self.root.get("security")) or [{}]
        schemes = self.schemes()
        for requirement in needed:
            if not requirement:
                return None
            if len(requirement) == 1 and authentication(schemes.get(next(iter(requirement)), {})):
                return next(iter(requirement))
        raise LookupError("needs a credential that one `authentication` cannot be")


class Loader(yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader):
    """YAML without dates and words for truth, as OpenAPI means it."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in Loader.yaml_implicit_resolvers.items()
}


def authentication(scheme):
    """The `authentication` of a security scheme."""
    kind, name = scheme.get("type"), scheme.get("name")
    if kind == "basic" or (kind == "http" and scheme.get("scheme", "").lower() == "basic"):
        return {"type": "basic", "username": "{{USER}}", "password": "{{SECRET}}"}
    if kind == "oauth2" or kind == "openIdConnect" or (kind == "http" and scheme.get("scheme", "").lower() == "bearer"):
        return {"type": "bearer", "token": "{{SECRET}}"}
    if kind == "apiKey" and scheme.get("in") in ("header", "query"):
        return {"type": "apikey", "key": name, "value": "{{SECRET}}", "placement": scheme["in"]}
    return None


def capability(document, operations, name):
    """A capability that declares nothing but operations: all else is the document's."""
    schemes, clients, tools, resources = document.schemes(), {}, [], []
    for unit, (path, method, operation, credential) in operations.items():
        if credential not in clients:
            namespace = f"api{len(clients)}"
            clients[credential] = {
                "type": "http", "namespace": namespace, "baseUri": "https://upstream.example", "openapi": f"./{name}", "resources": []
            }
            if credential:
                clients[credential]["authentication"] = authentication(schemes[credential])
        client = clients[credential]
        operation = {"name": unit, "method": method.upper()}
        client["resources"].append({"name": unit, "path": path, "operations": [operation]})
        call = f"{client['namespace']}.{unit}"
        tools.append({"name": unit, "description": unit, "call": call})
        held = "".join(f"/{{{hole}}}" for hole in re.findall(r"{([^}]+)}", path.split("#")[0].split("?")[0]))
        route = {"name": unit, "method": method.upper(), "call": call}
        resources.append({"name": unit, "path": f"/{unit}{held}", "operations": [route]})
    return {
        "naftiko": "1.0.0-alpha2",
        "info": {"label": "Judged", "description": "Judged."},
        "binds": [{"namespace": "env", "keys": {"SECRET": "SECRET", "USER": "USER"}}],
        "capability": {
            "consumes": list(clients.values()),
            "exposes": [
                {"type": "rest", "namespace": "rest", "port": 8080, "resources": resources},
                {"type": "mcp", "namespace": "tools", "port": 9090, "tools": tools},
            ],
        },
    }


def mcp(url, method, params):
    meta = {
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientInfo": {"name": "judge", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    headers = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": MODERN, "Mcp-Method": method}
    if "name" in params:
        headers["Mcp-Name"] = params["name"]
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": meta}}
    text = request("POST", f"{url}/mcp", message, headers).text
    lines = [line.removeprefix("data:") for line in text.splitlines() if line.strip().startswith(("data:", "{"))]
    return next(found for found in (json.loads(line) for line in lines if line.strip()) if "id" in found)


def matching(pattern):
    """A text that a regular expression finds: the shortest there is, as far as it is read."""
    parse = __import__("re._parser", fromlist=["parse"]).parse

    def text(parts):
        out = ""
        for kind, value in parts:
            kind = str(kind)
            if kind == "LITERAL":
                out += chr(value)
            elif kind == "NOT_LITERAL":
                out += "a" if value != ord("a") else "b"
            elif kind == "ANY":
                out += "a"
            elif kind == "IN":
                first = str(value[0][0])
                if first == "NEGATE":
                    taken = {found for name, found in value[1:] if str(name) == "LITERAL"}
                    out += next(letter for letter in "aA0-_." if ord(letter) not in taken)
                elif first == "LITERAL":
                    out += chr(value[0][1])
                elif first == "RANGE":
                    out += chr(value[0][1][0])
                else:
                    out += {"CATEGORY_DIGIT": "1", "CATEGORY_SPACE": " "}.get(str(value[0][1]), "a")
            elif kind in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
                least, most, inner = value
                out += text(inner) * max(least, min(1, most))
            elif kind == "SUBPATTERN":
                out += text(value[3])
            elif kind == "BRANCH":
                out += text(value[1][0])
        return out

    return text(parse(pattern))


FORMATS = {
    "date-time": "2025-06-01T12:00:00Z", "date": "2025-06-01", "time": "12:00:00Z", "uuid": "0b3a5a4e-6a0c-4a3e-9f5e-3a1d7b1f0c11",
    "email": "a@example.com", "uri": "https://example.com/a", "url": "https://example.com/a", "uri-reference": "/a",
    "hostname": "example.com", "ipv4": "192.0.2.1", "ipv6": "2001:db8::1", "byte": "aGVsbG8=", "duration": "P1D", "snowflake": "123456789012345678",
}


def value(schema, everything, depth=0):
    """A value that a schema accepts."""
    if not isinstance(schema, dict):
        return "x"
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return next((one for one in schema["enum"] if one not in (None, "")), schema["enum"][0])
    for key in ("oneOf", "anyOf"):
        choices = [one for one in schema.get(key, []) if one.get("type") != "null"]
        if choices:
            return value({**{k: v for k, v in schema.items() if k != key}, **choices[0]}, everything, depth)
    if schema.get("allOf"):
        merged = {k: v for k, v in schema.items() if k != "allOf"}
        for one in schema["allOf"]:
            merged = {**merged, **one, "properties": {**merged.get("properties", {}), **one.get("properties", {})}}
        return value(merged, everything, depth)
    kinds = schema.get("type", "object" if "properties" in schema else "string")
    kind = next((one for one in kinds if one != "null"), "null") if isinstance(kinds, list) else kinds
    if kind == "object":
        required = set(schema.get("required", []))
        members = {
            name: value(inner, everything, depth + 1)
            for name, inner in schema.get("properties", {}).items()
            if name in required or (everything and depth < 3 and not is_cut(inner))
        }
        more = schema.get("additionalProperties")
        if isinstance(more, dict) and len(members) < max(schema.get("minProperties", 0), everything):
            members["key"] = value(more, everything, depth + 1)
        return members
    if kind == "array":
        count = max(schema.get("minItems", 0), 1)
        items = schema.get("items", {})
        if schema.get("uniqueItems") and isinstance(items, dict) and items.get("enum"):
            return items["enum"][:count]
        return [value(items, everything, depth + 1) for _ in range(min(count, schema.get("maxItems", count)))]
    if kind in ("integer", "number"):
        step = schema.get("multipleOf", 1)
        least = schema.get("minimum", schema.get("exclusiveMinimum", 0 if schema.get("maximum", 1) >= 0 else schema.get("maximum")))
        found = least + (step if least == schema.get("exclusiveMinimum") else 0)
        found = -(-found // step) * step
        if found > schema.get("maximum", found):
            found = schema["maximum"]
        return int(found) if float(found).is_integer() else found
    if kind == "boolean":
        return True
    if kind == "null":
        return None
    return text(schema)


def is_cut(schema):
    """Whether a schema ends here, because it contains itself: what is required further down is not told."""
    choices = schema.get("anyOf", []) + schema.get("oneOf", [])
    return "nested too deeply" in schema.get("description", "") or any(is_cut(one) for one in choices) or (
        isinstance(schema.get("items"), dict) and is_cut(schema["items"])
    )


def text(schema):
    if schema.get("contentEncoding") == "base64":
        return PICTURE
    if schema.get("pattern"):
        with contextlib.suppress(Exception):
            found = matching(schema["pattern"])
            if re.search(schema["pattern"], found) and len(found) >= schema.get("minLength", 0):
                return found
        if schema.get("examples"):
            return schema["examples"][0]
    if schema.get("format") in FORMATS:
        return FORMATS[schema["format"]]
    found = AWKWARD
    while len(found) < schema.get("minLength", 0):
        found += "x"
    return found[: schema.get("maxLength", len(found))]


def routed(document, path, operation, parameters, arguments, tool):
    """The REST request that gives these arguments."""
    places = {parameter["name"]: parameter["in"] for parameter in parameters if parameter["in"] not in ("body", "formData")}
    query, headers, rest, held = [], {}, {}, ""
    holes = re.findall(r"{([^}]+)}", path.split("#")[0].split("?")[0])
    for hole in holes:
        given = arguments.get(hole, "x")
        given = given if not isinstance(given, list) else ",".join(map(str, given))
        held += "/" + urllib.parse.quote(plain(given), safe="")
    for name, given in arguments.items():
        place = places.get(name)
        if name in holes or place == "path":
            continue
        if place == "query":
            query += [(name, plain(one)) for one in (given if isinstance(given, list) else [given])]
        elif place == "header":
            headers[name] = plain(given) if not isinstance(given, list) else ",".join(map(plain, given))
        elif place == "cookie":
            headers["Cookie"] = f"{name}={urllib.parse.quote(plain(given))}"
        else:
            rest[name] = given
    if set(rest) == {"body"} and "body" in tool["inputSchema"]["properties"]:
        rest = rest["body"]
    body = None
    if rest or any(parameter["in"] == "body" for parameter in parameters):
        taken = list((document.follow(operation.get("requestBody", {}))[0]).get("content", {})) or ["application/json"]
        is_json = not isinstance(rest, str) or any("json" in one for one in taken)
        body = json.dumps(rest) if is_json else (base64.b64decode(rest) if rest == PICTURE else rest.encode())
        headers["Content-Type"] = "application/json" if is_json else taken[0]
    return held + (f"?{urllib.parse.urlencode(query)}" if query else ""), body, headers


def plain(given):
    return given if isinstance(given, str) else json.dumps(given, separators=(",", ":"))


def refusal(status, said):
    """Why a request was refused, if it was: by the judge, or by the server before it was sent."""
    if "stoplight.io/prism/errors" not in said:
        ours = re.search(r'"code":"(invalid-input|missing-input|bad-header|not-found|[a-z-]+)","retryable"', said)
        return said[:300] if status == 400 and ours or status in (404, 405, 415, 501, 502, 503, 504) else None
    kind = re.search(r"prism/errors#([A-Z_]+)", said).group(1)
    if kind in ("NO_SUCCESS_RESPONSE_DEFINED", "NO_RESPONSE_DEFINED", "VIOLATIONS", "NOT_ACCEPTABLE", "NO_COMPLEX_OBJECT_TEXT", "SCHEMA_TOO_COMPLEX"):
        return None
    return f"{kind}: {said[:400]}"


class Trial:
    """What one document shows."""

    def __init__(self, path):
        self.path, self.calls, self.refused, self.left_out = path, 0, {}, {}
        self.inputs = self.untyped = self.described = 0
        self.lost = []

    def run(self):
        document = Document(self.path)
        operations, details = {}, {}
        for number, (path, method, operation, parameters) in enumerate(document.operations()):
            unit = f"op{number}"
            name = operation.get("operationId") or f"{method} {path}"
            try:
                operations[unit] = (path, method, operation, document.credential(operation))
            except LookupError as why:
                self.left_out[name] = str(why)
                continue
            details[unit] = (name, parameters)
        with tempfile.TemporaryDirectory() as folder, Judge(self.path) as judge:
            folder = pathlib.Path(folder)
            link = folder / self.path.parent.name
            link.symlink_to(self.path.parent, target_is_directory=True)
            name = f"{link.name}/{self.path.name}"
            (folder / "judged.yaml").write_text(json.dumps(capability(document, operations, name)))
            variables = {"SECRET": "s-0123456789", "USER": "judge"}
            arguments = ["--upstream", f"*={judge.url}"]
            with Capstan(str(folder / "judged.yaml"), variables, arguments, ports=(8080, 9090)) as server:
                tools = self.tools(server)
                for unit, tool in tools.items():
                    self.count(tool, details[unit], operations[unit])
                    for everything in (False, True):
                        self.one(server, document, (unit, tool), operations[unit], details[unit], everything)
        return self

    @staticmethod
    def tools(server):
        tools, cursor = {}, None
        while True:
            answer = mcp(server.urls[9090], "tools/list", {"cursor": cursor} if cursor else {})["result"]
            tools |= {tool["name"]: tool for tool in answer["tools"]}
            cursor = answer.get("nextCursor")
            if not cursor:
                return tools

    def count(self, tool, detail, operation):
        name, parameters = detail
        shown = tool["inputSchema"]["properties"]
        self.inputs += len(shown)
        says = ("type", "enum", "const", "anyOf", "oneOf", "allOf", "$ref")
        documented = {parameter["name"]: parameter for parameter in parameters}
        for key, schema in shown.items():
            silent = key in documented and not (documented[key].get("schema") or documented[key].get("type"))
            if not any(word in schema for word in says) and not silent and key in documented:
                self.untyped += 1
        for key, parameter in documented.items():
            if (parameter.get("description") or "").strip() and key in shown:
                self.described += 1
                if not shown[key].get("description"):
                    self.lost.append(f"{name}.{key}")

    def one(self, server, document, unit, operation, detail, everything):
        unit, tool = unit
        path, method, operation, _ = operation
        arguments = value(tool["inputSchema"], everything)
        for kind in ("mcp", "rest"):
            self.calls += 1
            if kind == "mcp":
                answer = mcp(server.urls[9090], "tools/call", {"name": unit, "arguments": arguments})
                result = answer.get("result", {"isError": True, "content": [{"text": json.dumps(answer.get("error"))}]})
                said = "\n".join(part.get("text", "") for part in result.get("content", []))
                is_ours = result.get("isError") and "The request is not valid" in said
                why = said[:400] if is_ours or "error" in answer else refusal(0, said if result.get("isError") else "")
            else:
                target, body, headers = routed(document, path, operation, detail[1], arguments, tool)
                answer = request(method.upper(), f"{server.url}/{unit}{target}", body, headers)
                why = refusal(answer.status, answer.text if answer.status >= 400 else "")
            if why:
                self.refused[f"{detail[0]} over {kind}, {'all' if everything else 'required'} inputs"] = why


def main():
    report = Report("judge")
    further = [pathlib.Path(path).resolve() for path in os.environ.get("CAPSTAN_DOCUMENTS", "").split()]
    documents = [path for path in KEPT if re.search(r"\"?(openapi|swagger)\"?: ", path.read_text()[:200])]
    assert len(documents) >= 6, documents
    for path in [*documents, *further]:
        name = path.name if path.parent.name == "openapi" else f"{path.parent.name}/{path.name}"

        @report.check(f"{name}: what the document allows is what is sent")
        def accepted():
            trial = Trial(path).run()
            reasons = EXCEPTIONS.get(name, {})
            def reason(what):
                operation, _, rest = what.partition(" over ")
                return reasons.get((operation, "all" if "all inputs" in rest else "required"))

            unexplained = {what: why for what, why in trial.refused.items() if not reason(what)}
            share = 100 * (trial.calls - len(trial.refused)) / max(trial.calls, 1)
            print(
                f"   {name}: {trial.calls - len(trial.refused)} of {trial.calls} calls accepted ({share:.1f} %), {len(trial.left_out)} operations "
                f"left out; {trial.inputs} inputs, {trial.untyped} untyped, {len(trial.lost)} of {trial.described} descriptions lost"
            )
            for what, why in {**trial.left_out, **trial.refused}.items():
                print(f"   - {what}: {reason(what) or why}")
            assert trial.calls > 0, "nothing was called"
            assert not unexplained, f"{len(unexplained)} refused"
            assert not trial.untyped, f"{trial.untyped} inputs have no type"
            assert not trial.lost, f"descriptions are lost: {trial.lost[:5]}"


if __name__ == "__main__":
    main()
