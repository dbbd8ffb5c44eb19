"""Capstan as a client of an OAuth 2.0 authorization server."""
import time

import jwt

from harness import AuthorizationServer, Capstan, Report, Upstream, equal, get, parallel, request

# Whatever a secret may hold (RFC 6749, appendix A.2) and a careless client spoils.
SECRET = 's:e/c+r e%74&"=\\~'
BOOKS = "https://books.example"
CLIENTS = [
    {"client_id": "odd client", "client_secret": SECRET, "token_endpoint_auth_method": "client_secret_basic"},
    {"client_id": "posting-client", "client_secret": SECRET, "token_endpoint_auth_method": "client_secret_post"},
]
RESOURCES = {
    BOOKS: {"scope": "books:read books:write"},
    f"{BOOKS}/discovered": {"scope": "books:read", "alg": "ES256"},
    f"{BOOKS}/posted": {"scope": "books:read"},
    f"{BOOKS}/short": {"scope": "books:read", "ttl": 11},
}

report = Report("oauth2 client")
revoked, unusable = set(), []


def token_of(seen):
    return (seen.headers["Authorization"] or "").removeprefix("Bearer ")


def books(seen):
    """An API that checks signature, expiry and issuer of every token itself."""
    token = token_of(seen)
    try:
        key = keys.get_signing_key_from_jwt(token).key
        algorithms = ["RS256", "ES256"]
        claims = jwt.decode(token, key, algorithms, issuer=server.issuer, options={"verify_aud": False, "require": ["exp"]})
    except jwt.PyJWTError as error:
        unusable.append(error)
        return 401, {"WWW-Authenticate": f'Bearer error="invalid_token", error_description="{error}"'}, {"error": str(error)}
    if revoked and (token in revoked or "everyone" in revoked):
        return 401, {"WWW-Authenticate": 'Bearer error="invalid_token"'}, {"error": "revoked"}
    return 200, {}, {"claims": claims, "body": seen.content.decode()}


def serve(secret=SECRET, issuer=None):
    variables = {"ISSUER": issuer or server.issuer, "CLIENT_SECRET": secret}
    return Capstan("oauth2-client.yaml", variables, ["--upstream", f"{BOOKS}={upstream.url}"])


def upstream_call(capstan):
    """The request upstream of one good call."""
    upstream.take()
    claims(get(f"{capstan.url}/direct"))
    server.tokens_issued()
    return upstream.take()[0]


def claims(answer):
    equal(answer.status, 200, answer)
    return answer.json()["claims"]


with AuthorizationServer(CLIENTS, RESOURCES) as server:
    keys = jwt.PyJWKClient(f"{server.issuer}/jwks")
    upstream = Upstream(books)

    with serve() as capstan:

        @report.check("the token endpoint gives a token with resource and scopes")
        def _():
            found = claims(get(f"{capstan.url}/direct"))
            equal(found["aud"], BOOKS)
            equal(found["scope"], "books:read books:write")
            equal(found["client_id"], "odd client")

        @report.check("one token serves many calls")
        def _():
            server.tokens_issued()
            upstream.take()
            for _ in range(20):
                claims(get(f"{capstan.url}/direct"))
            equal(server.tokens_issued(), 0)
            equal(len({token_of(seen) for seen in upstream.take()}), 1)

        @report.check("a body is sent again after a refused token, which is replaced")
        def _():
            revoked.add(token_of(upstream_call(capstan)))
            answer = request("POST", f"{capstan.url}/direct", {"title": "Emma"})
            equal(answer.status, 200, answer)
            equal(answer.json()["body"], '{"title":"Emma"}')
            equal([token_of(seen) in revoked for seen in upstream.take()], [True, False])
            equal(server.tokens_issued(), 1)

        @report.check("refused at once, many calls share one new token")
        def _():
            for _ in range(5):
                revoked.add(token_of(upstream_call(capstan)))
                server.tokens_issued()
                answers = parallel(24, lambda _: get(f"{capstan.url}/direct"))
                equal([answer.status for answer in answers], [200] * 24)
                equal(server.tokens_issued(), 1)

        @report.check("a token that is always refused is asked for once more, then the refusal is passed on")
        def _():
            claims(get(f"{capstan.url}/direct"))
            upstream.take()
            server.tokens_issued()
            revoked.add("everyone")
            try:
                answer = get(f"{capstan.url}/direct")
            finally:
                revoked.discard("everyone")
            equal(answer.status, 401, answer)
            equal(answer.json(), {"error": "revoked"})
            equal(len(upstream.take()), 2)
            equal(server.tokens_issued(), 1)

        @report.check("the issuer's metadata leads to the token endpoint")
        def _():
            server.test("seen")
            equal(claims(get(f"{capstan.url}/discovered"))["aud"], f"{BOOKS}/discovered")
            seen = server.test("seen")
            equal(seen.get("/token"), 1, seen)
            equal(sum(count for path, count in seen.items() if path.startswith("/.well-known/")), 1, seen)

        @report.check("the client authenticates in the form where it is told to")
        def _():
            equal(claims(get(f"{capstan.url}/posted"))["client_id"], "posting-client")

        @report.check("a token is replaced before it expires")
        def _():
            server.tokens_issued()
            unusable.clear()
            began = time.monotonic()
            while time.monotonic() < began + 14:
                claims(get(f"{capstan.url}/short"))
                time.sleep(0.05)
            equal(server.tokens_issued(), 2)
            equal(unusable, [])

        @report.check("neither secret nor token is logged")
        def _():
            log = capstan.log()
            for word in [SECRET, "s%3Ae%2Fc", *revoked]:
                assert word not in log, word

    with serve() as capstan:

        @report.check("calls that begin at once share the first token")
        def _():
            server.tokens_issued()
            answers = parallel(24, lambda _: get(f"{capstan.url}/direct"))
            equal([answer.status for answer in answers], [200] * 24)
            equal(server.tokens_issued(), 1)

    wrong = "wrong-secret-4711"
    with serve(secret=wrong) as capstan:
        for path in ["direct", "discovered", "posted"]:

            @report.check(f"a wrong secret is a clear fault that does not show it ({path})")
            def _():
                upstream.take()
                answer = get(f"{capstan.url}/{path}")
                equal(answer.status, 502, answer)
                equal(answer.headers["Content-Type"], "application/problem+json")
                assert "invalid_client" in answer.text, answer
                assert wrong not in answer.text, answer
                equal(upstream.take(), [])

        @report.check("a wrong secret is not logged")
        def _():
            assert wrong not in capstan.log()

    with serve(issuer="http://127.0.0.1:1") as capstan:
        for path in ["direct", "discovered"]:

            @report.check(f"an authorization server that is away is a clear fault ({path})")
            def _():
                answer = get(f"{capstan.url}/{path}")
                equal(answer.status, 502, answer)
                assert SECRET not in answer.text

    with serve() as capstan:

        @report.check("an authorization server that comes back is asked again")
        def _():
            server.test("down?is=true")
            try:
                equal(get(f"{capstan.url}/discovered").status, 502)
            finally:
                server.test("down?is=false")
            claims(get(f"{capstan.url}/discovered"))
