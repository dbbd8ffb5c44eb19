"""Capstan as a client of Apache's mod_auth_digest and mod_auth_basic, and of httpbin's Digest with other hashes."""
import base64
import contextlib
import hashlib
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import urllib.parse
import wsgiref.simple_server

from harness import SECONDS, Capstan, Report, equal, get, parallel, request

# No quotation mark in the realm: Apache does not find its own again.
USER, PASSWORD, REALM = "Jäger", 'p"a:s\\s %41 wörd', "alte Bücher, stale=true"
LIFETIME = 3

report = Report("digest client")

CONFIGURATION = """
ServerName 127.0.0.1
User www-data
Group www-data
Listen 127.0.0.1:{port}
PidFile {root}/pid
Mutex file:{root}
DefaultRuntimeDir {root}
ErrorLog {root}/error.log
LogFormat "%>s\\t%m\\t%U%q\\t%{{Authorization}}i\\t%{{WWW-Authenticate}}o" seen
CustomLog {root}/access.log seen
DocumentRoot {root}/pages
{modules}
TypesConfig /dev/null
AddType application/json .json
<Directory {root}/pages>
  Require valid-user
  AllowMethods GET POST
</Directory>
<Directory {root}/pages/digest>
  AuthType Digest
  AuthName "{realm}"
  AuthDigestProvider file
  AuthUserFile {root}/htdigest
  AuthDigestNonceLifetime {lifetime}
</Directory>
<Directory {root}/pages/basic>
  AuthType Basic
  AuthName books
  AuthUserFile {root}/htpasswd
</Directory>
"""
MODULES = "mpm_event authn_core authn_file authz_core authz_user auth_basic auth_digest mime allowmethods"


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


class Apache:
    """Apache with one page behind Digest and one behind Basic. Its workers are not root, so its files are not below our own."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        root = pathlib.Path(self.folder.name)
        root.chmod(0o755)
        for kind in ["digest", "basic"]:
            (root / "pages" / kind).mkdir(parents=True)
            for page in ["page.json", "another page.json"]:
                (root / "pages" / kind / page).write_text(f'{{"kind": "{kind}"}}')
        secret = hashlib.md5(f"{USER}:{REALM}:{PASSWORD}".encode()).hexdigest()
        (root / "htdigest").write_text(f"{USER}:{REALM}:{secret}\n")
        (root / "htpasswd").write_text(f"{USER}:{{SHA}}{base64.b64encode(hashlib.sha1(PASSWORD.encode()).digest()).decode()}\n")
        (root / "error.log").touch()
        self.log, self.errors, self.read = root / "access.log", root / "error.log", 0
        modules = "\n".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in MODULES.split())
        self.port = free_port()
        (root / "apache.conf").write_text(
            CONFIGURATION.format(port=self.port, root=root, realm=REALM, lifetime=LIFETIME, modules=modules)
        )
        command = [shutil.which("apache2") or "/usr/sbin/apache2", "-d", root, "-f", root / "apache.conf", "-DFOREGROUND"]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            time.sleep(0.05)
        raise AssertionError(f"Apache does not listen: {self.errors.read_text()}")

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def take(self, count):
        """That many requests since the last time, as Apache logged them: status, method, target, credentials, challenge."""
        deadline = time.monotonic() + 5
        while True:
            lines = self.log.read_text().splitlines()[self.read :]
            if len(lines) >= count or time.monotonic() > deadline:
                break
            time.sleep(0.02)
        time.sleep(0.1)
        lines = self.log.read_text().splitlines()[self.read :]
        self.read += len(lines)
        equal(len(lines), count, lines)
        return [line.split("\t") for line in lines]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.folder.cleanup()


def field(credentials, name):
    found = re.search(rf'[ ,]{name}=\\?"?([^",\\]+)', credentials)
    return found and found[1]


def bin_seen(application):
    """httpbin, with the credentials of every request."""

    class Quiet(wsgiref.simple_server.WSGIRequestHandler):
        def log_message(self, *_):
            pass

    seen = []

    def recording(environment, start):
        seen.append(environment.get("HTTP_AUTHORIZATION"))
        return application(environment, start)

    server = wsgiref.simple_server.make_server("127.0.0.1", 0, recording, handler_class=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}", seen


def serve(password=PASSWORD):
    arguments = ["--upstream", f"https://apache.example={apache.url}", "--upstream", f"https://httpbin.example={bin_url}"]
    return Capstan("digest-client.yaml", {"PASSWORD": password}, arguments)


import httpbin  # noqa: E402  (it says on standard error what it lacks)

bin_url, bin_credentials = bin_seen(httpbin.app)
with Apache() as apache:
    with serve() as capstan:

        @report.check("Apache: the handshake, then the nonce again with a higher count")
        def _():
            for _ in range(3):
                answer = get(f"{capstan.url}/digest/page.json")
                equal(answer.status, 200, answer)
                equal(answer.json(), {"kind": "digest"})
            # Apache logs what its workers are done with, each at its own pace.
            seen = sorted(apache.take(4), key=lambda entry: field(entry[3], "nc") or "")
            equal([entry[0] for entry in seen], ["401", "200", "200", "200"])
            equal(seen[0][3], "-")
            equal([field(entry[3], "nc") for entry in seen[1:]], ["00000001", "00000002", "00000003"])
            equal(len({field(entry[3], "nonce") for entry in seen[1:]}), 1)

        @report.check("Apache: a stale nonce is replaced without the caller noticing")
        def _():
            time.sleep(LIFETIME + 1.5)
            answer = get(f"{capstan.url}/digest/page.json")
            equal(answer.status, 200, answer)
            refused, accepted = apache.take(2)
            equal((refused[0], accepted[0]), ("401", "200"))
            assert "stale=true" in refused[4], refused
            equal(field(accepted[3], "nc"), "00000001")
            assert field(accepted[3], "nonce") != field(refused[3], "nonce")

        @report.check("Apache: many calls at once count the nonce without repeating")
        def _():
            answers = parallel(24, lambda _: get(f"{capstan.url}/digest/page.json"))
            equal([answer.status for answer in answers], [200] * 24)
            counts = [field(entry[3], "nc") for entry in apache.take(24)]
            equal(len(set(counts)), 24, counts)

        @report.check("Apache: many calls at once recover from a stale nonce")
        def _():
            time.sleep(LIFETIME + 1.5)
            answers = parallel(24, lambda _: get(f"{capstan.url}/digest/page.json"))
            equal([answer.status for answer in answers], [200] * 24)
            time.sleep(0.2)
            apache.read = len(apache.log.read_text().splitlines())

        @report.check("Apache: path and query are signed as they are sent")
        def _():
            for query in ["a=b&c", "100%", "ü \"'\\", "?#/"]:
                answer = get(f"{capstan.url}/digest/another%20page.json?q={urllib.parse.quote(query, safe='')}")
                equal(answer.status, 200, f"{query}: {answer}")

        @report.check("Apache: a body goes with the second request too")
        def _():
            time.sleep(LIFETIME + 1.5)
            apache.read = len(apache.log.read_text().splitlines())
            answer = request("POST", f"{capstan.url}/digest/page.json", {"text": "Emma"})
            equal(answer.status, 200, answer)
            equal([entry[:2] for entry in apache.take(2)], [["401", "POST"], ["200", "POST"]])

        @report.check("Apache: a page that is not there is no challenge")
        def _():
            equal(get(f"{capstan.url}/digest/nothing.json").status, 404)
            equal([entry[0] for entry in apache.take(1)], ["404"])

        @report.check("Apache: Basic")
        def _():
            answer = get(f"{capstan.url}/basic")
            equal(answer.status, 200, answer)
            equal(answer.json(), {"kind": "basic"})
            equal([entry[0] for entry in apache.take(1)], ["200"])

        @report.check("no password and no answer to a challenge is logged")
        def _():
            log = capstan.log()
            assert PASSWORD not in log and "wörd" not in log
            equal(re.findall(r'response=\\?"\w{8}', log), [])

    # httpbin takes any nonce: each kind of challenge needs a client that has none yet.
    for qop, algorithm in [("auth", "MD5"), ("auth", "SHA-256"), ("either", "SHA-256")]:

        @report.check(f"httpbin: {algorithm} with qop {qop}")
        def _():
            bin_credentials.clear()
            with serve() as capstan:
                answer = get(f"{capstan.url}/bin/{qop}/{algorithm}")
            equal(answer.status, 200, answer)
            equal(answer.json(), {"authenticated": True, "user": "user"})
            equal(field(bin_credentials[-1], "algorithm"), algorithm)
            equal(field(bin_credentials[-1], "qop"), "auth")

    for qop, algorithm in [("auth-int", "MD5"), ("auth", "SHA-512")]:

        @report.check(f"httpbin: {algorithm} with qop {qop}, which we cannot answer, is passed on at once")
        def _():
            bin_credentials.clear()
            with serve() as capstan:
                equal(get(f"{capstan.url}/bin/{qop}/{algorithm}").status, 401)
            equal(bin_credentials, [None])

    wrong = "wrong-password-4711"
    with serve(wrong) as capstan:

        @report.check("Apache: a wrong password is tried once, and the refusal passed on")
        def _():
            answer = get(f"{capstan.url}/digest/page.json")
            equal(answer.status, 401, answer)
            seen = apache.take(2)
            equal(["-" == entry[3] for entry in seen], [True, False])
            equal(get(f"{capstan.url}/basic").status, 401)
            assert wrong not in answer.text and wrong not in capstan.log()
