"""What the scripts here share: the server under test, an upstream, plain requests, checks.

One line per check goes to stdout: `ok CHECK` or `FAIL CHECK: reason`.
"""
import contextlib
import http.client
import http.server
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time
import traceback
import types
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
WORK = pathlib.Path(os.environ["CAPSTAN_EXTERNAL"])
BINARY = os.environ["CAPSTAN_BIN"]
SECONDS = 20


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode(errors="replace")

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {dict(self.headers.items())} {self.text[:2000]}"


def request(method, url, body=None, headers=None):
    """One request, without redirects, credentials or any other help."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=SECONDS)
    with contextlib.closing(connection):
        headers = dict(headers or {})
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), body, headers)
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())


def get(url, **headers):
    return request("GET", url, headers={name.replace("_", "-"): value for name, value in headers.items()})


def parallel(count, action):
    """What `action(index)` gives, called that often at the same time."""
    results, gate = [None] * count, threading.Barrier(count)

    def run(index):
        gate.wait()
        try:
            results[index] = action(index)
        except Exception as error:  # it is the check's business to say what it expected
            results[index] = error

    threads = [threading.Thread(target=run, args=[index]) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


class Report:
    """Runs checks and counts them."""

    def __init__(self, label):
        self.label = label

    def check(self, name):
        """Decorates the function that checks, and runs it."""

        def run(action):
            try:
                action()
                print(f"ok {self.label}: {name}", flush=True)
            except Exception as error:  # whatever goes wrong is a result, not a crash
                reason = "".join(traceback.format_exception_only(error)).strip().replace("\n", " | ")
                frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != __file__]
                line = f" (line {frames[-1].lineno})" if frames else ""
                print(f"FAIL {self.label}: {name}: {reason}{line}", flush=True)
            return action

        return run


def equal(actual, expected, about=""):
    assert actual == expected, f"{actual!r}, not {expected!r} {about}"


class Upstream:
    """An HTTP server that records the requests it gets and answers what `answer(request)` gives: status, headers, body."""

    def __init__(self, answer, tls=None):
        upstream = self
        self.seen, self.answer = [], answer

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self):
                content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                seen = types.SimpleNamespace(method=self.command, path=self.path, headers=self.headers, content=content)
                seen.connection = self.connection
                upstream.seen.append(seen)
                status, headers, body = upstream.answer(seen)
                if not isinstance(body, bytes):
                    body = json.dumps(body).encode()
                self.send_response(status)
                for header, value in {"Content-Type": "application/json", **headers}.items():
                    self.send_header(header, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = handle_one

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads, request_queue_size = True, 128

            def finish_request(self, connection, address):
                # The handshake belongs to the connection's own thread: one that fails must not end the others.
                if tls:
                    connection.settimeout(SECONDS)
                    connection = tls.wrap_socket(connection, server_side=True)
                self.RequestHandlerClass(connection, address, self)

            def handle_error(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.port = self.server.server_address[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"

    def take(self):
        """The requests since the last time."""
        seen, self.seen = self.seen, []
        return seen


class Capstan:
    """The server under test, serving one capability file of this folder with these variables and nothing else of the environment."""

    def __init__(self, capability, variables=None, arguments=(), ports=(8080,), ready=True):
        folder = WORK / "logs"
        folder.mkdir(exist_ok=True)
        self.path = folder / f"{capability.replace('/', '-')}-{time.monotonic_ns()}.log"
        path = HERE / "capabilities" / capability if not os.path.isabs(capability) else capability
        listen = [word for port in ports for word in ("--listen", f"{port}=127.0.0.1:0")]
        command = [BINARY, "serve", str(path), "--log-format", "json", "--log-level", "debug", *listen, *arguments]
        with self.path.open("wb") as log:
            environment = {"PATH": os.environ["PATH"], **(variables or {})}
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log, env=environment)
        self.urls = self.listeners()

    def listeners(self):
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            for line in self.log().split("\n")[:-1]:
                with contextlib.suppress(ValueError):
                    event = json.loads(line)
                    if isinstance(event, dict) and event.get("event") == "ready":
                        return {listener["declared"]: listener["url"] for listener in event["listeners"]}
            time.sleep(0.02)
        state = self.process.poll()
        self.__exit__()
        raise AssertionError(f"not ready ({state}): {self.log()[-3000:]}")

    @property
    def url(self):
        return self.urls[8080]

    def log(self):
        return self.path.read_text(errors="replace")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class AuthorizationServer:
    """`authorization-server.mjs`, and what a client asks of it."""

    def __init__(self, clients, resources):
        script = WORK / "node" / "authorization-server.mjs"
        settings = json.dumps({"clients": clients, "resources": resources})
        self.clients = {client["client_id"]: client["client_secret"] for client in clients}
        self.process = subprocess.Popen(
            [os.environ["CAPSTAN_NODE"], str(script), settings], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=sys.stderr
        )
        self.issuer = self.process.stdout.readline().decode().strip()
        assert self.issuer, "the authorization server did not start"

    def test(self, path):
        return request("GET" if path == "seen" else "POST", f"{self.issuer}/test/{path}").json()

    def tokens_issued(self):
        """How many requests for a token there were since the last time."""
        return self.test("seen").get("/token", 0)

    def token(self, client, resource, scope=""):
        form = {"grant_type": "client_credentials", "client_id": client, "client_secret": self.clients[client]}
        form |= {"resource": resource} | ({"scope": scope} if scope else {})
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = request("POST", f"{self.issuer}/token", urllib.parse.urlencode(form), headers)
        assert answer.status == 200, answer
        return answer.json()["access_token"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
