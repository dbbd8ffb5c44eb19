"""Capstan behind Digest: curl, which takes SHA-256 where it is offered, and httpx with either hash."""
import base64
import pathlib
import subprocess
import tempfile

import httpx2

from harness import Capstan, Report, Upstream, equal, get, request

USER, PASSWORD = "Jäger", 'p"a:s\\s %41 wörd'
WRONG = "wrong-password-4711"

report = Report("digest resource")


def curl(url, *arguments, user=USER, password=PASSWORD):
    """Status, body, and what curl says with `-v` about what it sent and got."""
    with tempfile.TemporaryDirectory() as folder:
        body = pathlib.Path(folder, "body")
        command = ["curl", "-sS", "-v", "--max-time", "10", "--digest", "--user", f"{user}:{password}", "-o", str(body)]
        command += ["-w", "%{http_code}", *arguments, url]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return int(done.stdout), body.read_text() if body.exists() else "", done.stderr


def sent(trace):
    return [line.removeprefix("> Authorization: ") for line in trace.splitlines() if line.startswith("> Authorization: ")]


class Only(httpx2.Auth):
    """The client's own Digest, which sees only the challenge of one algorithm."""

    requires_response_body = True

    def __init__(self, algorithm, password=PASSWORD):
        self.algorithm, self.inner = algorithm, httpx2.DigestAuth(USER, password)

    def auth_flow(self, request):
        flow = self.inner.auth_flow(request)
        response = yield next(flow)
        headers = response.headers.multi_items()
        only = [(name, value) for name, value in headers if "digest" not in value.lower() or f"algorithm={self.algorithm}," in value]
        response.headers = httpx2.Headers(only)
        try:
            self.sent = flow.send(response)
        except StopIteration:
            return
        yield self.sent


def fresh_answer(target):
    """Credentials for a GET of this target, which have not been used yet."""
    flow = httpx2.DigestAuth(USER, PASSWORD).auth_flow(httpx2.Request("GET", target))
    next(flow)
    return flow.send(httpx2.get(target)).headers["Authorization"].encode().decode("latin-1")


upstream = Upstream(lambda seen: (200, {}, {"target": seen.path, "body": seen.content.decode()}))
arguments = ["--upstream", f"https://books.example={upstream.url}"]
with Capstan("digest-resource.yaml", {"PASSWORD": PASSWORD}, arguments) as capstan:
    url = f"{capstan.url}/books"

    @report.check("both algorithms are offered, the better one first")
    def _():
        answer = get(url)
        equal(answer.status, 401, answer)
        first, second = answer.headers.get_all("WWW-Authenticate")
        assert "algorithm=SHA-256" in first and "algorithm=MD5" in second, (first, second)
        equal(upstream.take(), [])

    @report.check("curl gets in with SHA-256")
    def _():
        status, body, trace = curl(url)
        equal(status, 200, trace)
        equal(len(sent(trace)), 1)
        assert "algorithm=SHA-256" in sent(trace)[0], trace

    @report.check("curl gets in with a query of awkward characters")
    def _():
        status, body, trace = curl(f"{url}?q=a%20%22b%22&x=%2F%3F&y=1,2")
        equal(status, 200, trace)

    @report.check("curl sends a body after the handshake")
    def _():
        upstream.take()
        status, body, trace = curl(url, "-H", "Content-Type: application/json", "-d", '{"title": "Emma"}')
        equal(status, 200, trace)
        [seen] = upstream.take()
        equal(seen.content, b'{"title":"Emma"}')
        equal(seen.headers["Authorization"], None)

    @report.check("a nonce is good for more than one request, and an answer for one alone")
    def _():
        statuses, sent = [], []
        hooks = {
            "response": [lambda response: statuses.append(response.status_code)],
            "request": [lambda request: sent.append(dict(request.headers.raw).get(b"Authorization", b"").decode("latin-1"))],
        }
        with httpx2.Client(auth=httpx2.DigestAuth(USER, PASSWORD), event_hooks=hooks, timeout=10) as client:
            for _ in range(2):
                equal(client.get(url).status_code, 200)
        equal(statuses, [401, 200, 200])
        assert "nc=00000002" in sent[-1], sent
        equal(get(url, Authorization=sent[-1]).status, 401)

    for algorithm in ["SHA-256", "MD5"]:

        @report.check(f"httpx gets in with {algorithm}")
        def _():
            auth = Only(algorithm)
            answer = httpx2.get(f"{url}?q=1", auth=auth, timeout=10)
            equal(answer.status_code, 200, answer.text)
            assert f"algorithm={algorithm}" in auth.sent.headers["Authorization"], auth.sent.headers

        @report.check(f"httpx does not get in with {algorithm} and a wrong password")
        def _():
            equal(httpx2.get(url, auth=Only(algorithm, WRONG), timeout=10).status_code, 401)

    for name, wrong in [("password", {"password": WRONG}), ("user", {"user": "nobody"}), ("user's case", {"user": "jäger"})]:

        @report.check(f"curl does not get in with a wrong {name}")
        def _():
            upstream.take()
            status, body, trace = curl(url, **wrong)
            equal(status, 401, trace)
            equal(upstream.take(), [])

    @report.check("an answer for one request is none for another")
    def _():
        equal(get(url, Authorization=fresh_answer(url)).status, 200)
        equal(get(f"{url}?q=other", Authorization=fresh_answer(url)).status, 401)
        equal(request("POST", url, {"title": "Emma"}, {"Authorization": fresh_answer(url)}).status, 401)
        equal(get(url, Authorization=fresh_answer(url).replace('uri="/books"', 'uri="/other"')).status, 401)
        equal(get(url, Authorization=fresh_answer(url).replace("nc=00000001", "nc=00000002")).status, 401)

    @report.check("a nonce we did not make is no nonce")
    def _():
        credentials = fresh_answer(url)
        nonce = credentials.split('nonce="')[1].split('"')[0]
        equal(get(url, Authorization=credentials.replace(nonce, nonce[:-4] + "AAAA")).status, 401)

    @report.check("Basic is not taken instead")
    def _():
        credentials = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        equal(get(url, Authorization=f"Basic {credentials}").status, 401)

    @report.check("the password is not logged")
    def _():
        log = capstan.log()
        assert PASSWORD not in log and "wörd" not in log and WRONG not in log
