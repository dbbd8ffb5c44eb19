"""Capstan as a resource server: REST and MCP exposures that take access tokens."""
import asyncio
import base64
import hashlib
import hmac
import json
import re
import socket
import time

import httpx2
from mcp import Client
from mcp.client.auth.extensions.client_credentials import ClientCredentialsOAuthProvider
from mcp.client.streamable_http import streamable_http_client

from harness import AuthorizationServer, Capstan, Report, Upstream, equal, get, request

SECRET = "client-secret-4711"
CLIENTS = [
    {"client_id": "reader", "client_secret": SECRET, "token_endpoint_auth_method": "client_secret_post"},
    {"client_id": "host", "client_secret": SECRET, "token_endpoint_auth_method": "client_secret_basic"},
]
ALGORITHMS = ["RS256", "PS256", "ES256", "ES384", "EdDSA"]
SCOPES = "books:read books:write"
METADATA = "/.well-known/oauth-protected-resource"

report = Report("oauth2 resource")
with socket.create_server(("127.0.0.1", 0)) as free:
    mcp_port = free.getsockname()[1]
mcp_url = f"http://127.0.0.1:{mcp_port}/mcp"
RESOURCES = {
    **{f"https://shelf.example/{alg}": {"audience": "shelf", "scope": SCOPES, "alg": alg} for alg in ALGORITHMS},
    "https://elsewhere.example": {"scope": SCOPES},
    mcp_url: {"scope": SCOPES},
}
SHELF = "https://shelf.example/RS256"


def challenge(answer, status, error=None):
    """The parameters of the one Bearer challenge of a refusal."""
    equal(answer.status, status, answer)
    [value] = answer.headers.get_all("WWW-Authenticate")
    scheme, _, rest = value.partition(" ")
    equal(scheme, "Bearer")
    found = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', rest))
    equal(found.get("error"), error, value)
    return found


def books(token):
    return get(f"{capstan.url}/books", Authorization=f"Bearer {token}")


def call(token=None, method="tools/call", params=None):
    headers = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-06-18"}
    headers |= {"Authorization": f"Bearer {token}"} if token else {}
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params or {"name": "list", "arguments": {}}}
    return request("POST", mcp_url, message, headers)


def encoded(data):
    return base64.urlsafe_b64encode(data if isinstance(data, bytes) else json.dumps(data).encode()).rstrip(b"=").decode()


def part(token, index):
    text = token.split(".")[index]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


class Storage:
    """Where the MCP client keeps its tokens."""

    tokens = client = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        self.client = client


async def listed_by_a_real_client(mode, secret=SECRET):
    provider = ClientCredentialsOAuthProvider(
        server_url=mcp_url, storage=Storage(), client_id="host", client_secret=secret, issuer=server.issuer
    )
    async with httpx2.AsyncClient(auth=provider, timeout=10) as client:
        async with Client(streamable_http_client(mcp_url, http_client=client), mode=mode) as session:
            names = [tool.name for tool in (await session.list_tools()).tools]
            return names, await session.call_tool("list", {})


with AuthorizationServer(CLIENTS, RESOURCES) as server, AuthorizationServer(CLIENTS, RESOURCES) as stranger:
    upstream = Upstream(lambda seen: (200, {}, {"books": ["Emma"]}))
    variables = {"ISSUER": server.issuer, "MCP_URL": mcp_url}
    arguments = ["--upstream", f"https://books.example={upstream.url}", "--listen", f"9090=127.0.0.1:{mcp_port}"]
    server.test("down?is=true")
    with Capstan("oauth2-resource.yaml", variables, arguments) as capstan:

        @report.check("while the authorization server is away nobody gets in, and then they do")
        def _():
            try:
                answer = books(stranger.token("reader", SHELF))
            finally:
                server.test("down?is=false")
            equal(answer.status, 503, answer)
            assert int(answer.headers["Retry-After"] or 99) <= 10, answer
            token = server.token("reader", SHELF, SCOPES)
            deadline = time.monotonic() + 12
            while (answer := books(token)).status == 503 and time.monotonic() < deadline:
                time.sleep(0.2)
            equal(answer.status, 200, answer)

        @report.check("the token stays here: the upstream does not see it")
        def _():
            upstream.take()
            equal(books(server.token("reader", SHELF, SCOPES)).json(), {"books": ["Emma"]})
            [seen] = upstream.take()
            equal(seen.headers["Authorization"], None)

        for algorithm in ALGORITHMS:

            @report.check(f"a token signed with {algorithm} is accepted")
            def _():
                token = server.token("reader", f"https://shelf.example/{algorithm}", SCOPES)
                equal(part(token, 0)["alg"], algorithm)
                equal(books(token).status, 200)

        @report.check("the scheme's case does not matter")
        def _():
            token = server.token("reader", SHELF, SCOPES)
            equal(get(f"{capstan.url}/books", Authorization=f"bEARER {token}").status, 200)

        @report.check("without a token the challenge names scopes and metadata, and no error")
        def _():
            found = challenge(get(f"{capstan.url}/books"), 401)
            equal(found["scope"], SCOPES)
            equal(found["resource_metadata"], f"https://shelf.example{METADATA}/api")

        @report.check("a token in the query does not count")
        def _():
            token = server.token("reader", SHELF, SCOPES)
            challenge(get(f"{capstan.url}/books?access_token={token}"), 401)

        @report.check("other credentials do not count")
        def _():
            challenge(get(f"{capstan.url}/books", Authorization="Basic cmVhZGVyOng="), 401)

        for garbage in ["garbage", "a.b.c", "..", "ey", "%00", "x" * 8000]:

            @report.check(f"no token at all is refused: {garbage[:10]}")
            def _():
                challenge(books(garbage), 401, "invalid_token")

        @report.check("a token for another audience is refused")
        def _():
            challenge(books(server.token("reader", "https://elsewhere.example", SCOPES)), 401, "invalid_token")

        @report.check("a token of another issuer is refused")
        def _():
            challenge(books(stranger.token("reader", SHELF, SCOPES)), 401, "invalid_token")

        @report.check("an expired token is refused")
        def _():
            server.test("clock?shift=-3600")
            try:
                token = server.token("reader", SHELF, SCOPES)
            finally:
                server.test("clock?shift=0")
            assert part(token, 1)["exp"] < time.time()
            found = challenge(books(token), 401, "invalid_token")
            assert "expired" in found["error_description"], found

        for scope in ["books:read", "books:write", ""]:

            @report.check(f"a token that lacks a scope is refused, and told all of them: {scope or 'no scope'}")
            def _():
                token = server.token("reader", SHELF, scope)
                found = challenge(books(token), 403, "insufficient_scope")
                equal(found["scope"], SCOPES)
                equal(found["resource_metadata"], f"https://shelf.example{METADATA}/api")

        @report.check("forged tokens are refused")
        def _():
            token = server.token("reader", SHELF, "books:read")
            head, claims, signature = token.split(".")
            more = encoded({**part(token, 1), "scope": SCOPES})
            [public] = [key for key in get(f"{server.issuer}/jwks").json()["keys"] if key["alg"] == "RS256"]
            key = base64.urlsafe_b64decode(public["n"] + "==")
            shared = encoded({**part(token, 0), "alg": "HS256"})
            mac = encoded(hmac.digest(key, f"{shared}.{more}".encode(), hashlib.sha256))
            for forged in [
                f"{head}.{more}.{signature}",
                f"{encoded({**part(token, 0), 'alg': 'none'})}.{more}.",
                f"{encoded({**part(token, 0), 'alg': 'None'})}.{more}.{signature}",
                f"{shared}.{more}.{mac}",
                f"{encoded({**part(token, 0), 'alg': 'ES256'})}.{more}.{signature}",
                f"{head}.{claims}.",
            ]:
                challenge(books(forged), 401, "invalid_token")

        @report.check("REST metadata says whom to ask for a token")
        def _():
            answer = get(f"{capstan.url}{METADATA}/api")
            equal(answer.status, 200, answer)
            found = answer.json()
            equal(found["resource"], "https://shelf.example/api")
            equal(found["authorization_servers"], [server.issuer])
            equal(found["scopes_supported"], SCOPES.split())
            equal(found["bearer_methods_supported"], ["header"])

        @report.check("MCP metadata says whom to ask for a token, below the path and at the root")
        def _():
            for path in [f"{METADATA}/mcp", METADATA]:
                answer = get(f"http://127.0.0.1:{mcp_port}{path}")
                equal(answer.status, 200, answer)
                equal(answer.json()["resource"], mcp_url)
                equal(answer.json()["authorization_servers"], [server.issuer])

        @report.check("MCP without a token: 401 with the metadata's address")
        def _():
            for method in ["initialize", "tools/list", "tools/call", "server/discover"]:
                found = challenge(call(method=method), 401)
                equal(found["resource_metadata"], f"http://127.0.0.1:{mcp_port}{METADATA}/mcp")
                equal(found["scope"], "books:read")

        @report.check("MCP refuses garbage, another audience and a missing scope")
        def _():
            challenge(call("garbage"), 401, "invalid_token")
            challenge(call(server.token("reader", SHELF, SCOPES)), 401, "invalid_token")
            found = challenge(call(server.token("reader", mcp_url, "books:write")), 403, "insufficient_scope")
            equal(found["scope"], "books:read")

        for mode in ["auto", "legacy"]:

            @report.check(f"the official MCP client finds the authorization server and gets in ({mode})")
            def _():
                names, result = asyncio.run(asyncio.wait_for(listed_by_a_real_client(mode), 20))
                equal(names, ["list"])
                assert not result.is_error and "Emma" in result.content[0].text, result

        @report.check("tokens of new keys are accepted, though not at once when keys were just asked for")
        def _():
            server.test("keys")
            token = server.token("reader", SHELF, SCOPES)
            deadline = time.monotonic() + 40
            while (answer := books(token)).status == 401 and time.monotonic() < deadline:
                time.sleep(0.5)
            equal(answer.status, 200, answer)

        @report.check("no token is logged")
        def _():
            equal(re.findall(r"eyJ[\w-]+\.[\w-]+", capstan.log()), [])
