"""MCP over HTTP: the calls that load and probes send."""

import http.client
import json
from pathlib import Path

ACCEPT = "application/json, text/event-stream"
MODERN = "2026-07-28"
LEGACY = "2025-06-18"
META = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}


def message(method, params, mode):
    if mode == MODERN:
        params = {**params, "_meta": META}
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})


def headers(method, mode, session=None):
    found = {"Content-Type": "application/json", "Accept": ACCEPT, "MCP-Protocol-Version": MODERN if mode == MODERN else LEGACY}
    if mode == MODERN:
        found["Mcp-Method"] = method
        if method == "tools/call":
            found["Mcp-Name"] = "read-small"
    if session:
        found["Mcp-Session-Id"] = session
    return found


def call(mode):
    return message("tools/call", {"name": "read-small", "arguments": {"name": "Ada", "limit": 3}}, mode)


def listing():
    """A probe: lists the tools."""
    return ("POST", "/mcp", message("tools/list", {}, MODERN), headers("tools/list", MODERN))


def post(server, body, head):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("POST", "/mcp", body=body, headers=head)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, answer.getheader("Mcp-Session-Id"), text


def calls_without_session(server):
    return post(server, call("2025 stateless"), headers("tools/call", "2025 stateless"))[0] == 200


def session(server):
    hello = {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}}
    status, found, text = post(server, message("initialize", hello, LEGACY), headers("initialize", LEGACY))
    assert status == 200 and found, f"no session: {status} {text}"
    post(server, json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}), headers("", LEGACY, found))
    return found


def script(folder, server, mode, connections):
    """A wrk script that calls the tool; with sessions, in as many as there are connections."""
    sessions = [session(server) for _ in range(connections)] if mode == "2025 with sessions" else [None]
    body = call(mode)
    status, _, text = post(server, body, headers("tools/call", mode, sessions[0]))
    assert status == 200 and "xxxx" in text and '"isError":true' not in text, f"{server.name}: {status} {text}"
    lines = ["local requests = {}"]
    for found in sessions:
        table = ", ".join(f"[{json.dumps(k)}]={json.dumps(v)}" for k, v in headers("tools/call", mode, found).items())
        lines.append(f"requests[#requests + 1] = {{headers = {{{table}}}}}")
    lines.append(f"local body = [==[{body}]==]")
    lines.append("local made, at = {}, 0")
    lines.append("function init()")
    lines.append("  for n, r in ipairs(requests) do made[n] = wrk.format('POST', '/mcp', r.headers, body) end")
    lines.append("end")
    lines.append("function request() at = at % #made + 1; return made[at] end")
    file = Path(folder) / f"{server.name}.lua"
    file.write_text("\n".join(lines))
    return file
