"""Upstreams over TLS whose certificate authority is our own: trusted through SSL_CERT_FILE, and one that asks for a certificate."""
import contextlib
import datetime
import pathlib
import shutil
import ssl
import tempfile

import trustme
from cryptography.hazmat.primitives import serialization

from harness import HERE, Capstan, Report, Upstream, equal, get, parallel

report = Report("tls")
authority, stranger = trustme.CA(), trustme.CA()


def context(server_certificate, wants=None, version=None):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_certificate.configure_cert(made)
    if wants:
        wants.configure_trust(made)
        made.verify_mode = ssl.CERT_REQUIRED
    if version:
        made.minimum_version = made.maximum_version = version
    return made


def page(seen):
    found = seen.connection.getpeercert()
    names = [value for kind, value in (found or {}).get("subjectAltName", ())]
    return 200, {}, {"names": names, "tls": seen.connection.version()}


def encrypted(key):
    loaded = serialization.load_pem_private_key(key.private_key_pem.bytes(), None)
    protection = serialization.BestAvailableEncryption(b"secret")
    return loaded.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection)


def pkcs8(key):
    loaded = serialization.load_pem_private_key(key.private_key_pem.bytes(), None)
    return loaded.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


@contextlib.contextmanager
def served(upstream, identity, trusted=authority, key=None, variables=None):
    """The capability beside its key files, so that they are found there."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        chain = b"".join(pem.bytes() for pem in identity.cert_chain_pems)
        key = key or identity.private_key_pem.bytes()
        shutil.copy(HERE / "capabilities" / "tls.yaml", folder)
        for name, content in {"client.crt": chain, "client.key": key, "both.pem": key + chain}.items():
            (folder / name).write_bytes(content)
        environment = {
            "CERTIFICATE": "client.crt",
            "KEY": "file:///./client.key",
            "BOTH": str(folder / "both.pem"),
            "PEM": (chain + key).decode().replace("\n", "\\n"),
        }
        if trusted:
            trusted.cert_pem.write_to_path(str(folder / "ca.pem"))
            environment["SSL_CERT_FILE"] = str(folder / "ca.pem")
        with Capstan(str(folder / "tls.yaml"), environment | (variables or {}), ["--upstream", f"https://site.example={upstream}"]) as capstan:
            yield capstan


def refused(answer):
    """A clear fault: the certificate is wrong, or the upstream did not want to go on."""
    equal(answer.status, 502, answer)
    equal(answer.headers["Content-Type"], "application/problem+json")
    equal(answer.json()["code"], "upstream-connect", answer)
    detail = answer.json()["detail"]
    assert "certificate" in detail or "refused the TLS connection" in detail, answer


client = authority.issue_cert("client@example.org")
plain = Upstream(page, context(authority.issue_cert("127.0.0.1")))
mutual = Upstream(page, context(authority.issue_cert("127.0.0.1"), wants=authority))

with served(plain.url, client) as capstan:

    @report.check("an authority in SSL_CERT_FILE is trusted")
    def _():
        equal(get(f"{capstan.url}/none").json(), {"names": [], "tls": "TLSv1.3"})


with served(plain.url, client, trusted=None) as capstan:

    @report.check("an unknown authority is not trusted")
    def _():
        refused(get(f"{capstan.url}/none"))


with served(plain.url, client, trusted=stranger) as capstan:

    @report.check("another authority in SSL_CERT_FILE does not do")
    def _():
        refused(get(f"{capstan.url}/none"))


for kind, certificate in {
    "another name": authority.issue_cert("elsewhere.example"),
    "an end in the past": authority.issue_cert("127.0.0.1", not_after=datetime.datetime(2020, 1, 1)),
}.items():
    wrong = Upstream(page, context(certificate))
    with served(wrong.url, client) as capstan:

        @report.check(f"a server certificate with {kind} is not trusted")
        def _():
            refused(get(f"{capstan.url}/none"))


with served(mutual.url, client) as capstan:
    for path, kind in {"files": "certificate and key in two files", "one-file": "both in one file", "text": "PEM text in a variable"}.items():

        @report.check(f"mutual TLS: {kind}")
        def _():
            answer = get(f"{capstan.url}/{path}")
            equal(answer.status, 200, answer)
            equal(answer.json(), {"names": ["client@example.org"], "tls": "TLSv1.3"})

    @report.check("mutual TLS: without a certificate there is a clear fault")
    def _():
        refused(get(f"{capstan.url}/none"))

    @report.check("mutual TLS: many calls at once, and clients do not mix")
    def _():
        answers = parallel(24, lambda index: get(f"{capstan.url}/{'none' if index % 3 == 0 else 'files'}"))
        equal([answer.status for answer in answers], [502 if index % 3 == 0 else 200 for index in range(24)])

    @report.check("mutual TLS: no key is logged")
    def _():
        log = capstan.log()
        for line in client.private_key_pem.bytes().decode().splitlines()[1:-1]:
            assert line not in log


for kind, version in {"TLS 1.2": ssl.TLSVersion.TLSv1_2}.items():
    older = Upstream(page, context(authority.issue_cert("127.0.0.1"), wants=authority, version=version))
    with served(older.url, client) as capstan:

        @report.check(f"mutual TLS: {kind}")
        def _():
            equal(get(f"{capstan.url}/files").json(), {"names": ["client@example.org"], "tls": "TLSv1.2"})
            refused(get(f"{capstan.url}/none"))


for kind in (trustme.KeyType.RSA, trustme.KeyType.ECDSA):
    identity = authority.issue_cert("client@example.org", key_type=kind)
    for form, key in {"traditional": None, "PKCS#8": pkcs8(identity)}.items():
        with served(mutual.url, identity, key=key) as capstan:

            @report.check(f"mutual TLS: {kind.name} key, {form}")
            def _():
                equal(get(f"{capstan.url}/files").status, 200)


intermediate = authority.create_child_ca()
with served(mutual.url, intermediate.issue_cert("client@example.org")) as capstan:

    @report.check("mutual TLS: a chain with an intermediate authority")
    def _():
        equal(get(f"{capstan.url}/files").json()["names"], ["client@example.org"])


with served(mutual.url, stranger.issue_cert("client@example.org")) as capstan:

    @report.check("mutual TLS: a certificate of another authority is refused, and we say so")
    def _():
        refused(get(f"{capstan.url}/files"))


for kind, key in {
    "an encrypted key": encrypted(client),
    "another certificate's key": authority.issue_cert("other@example.org").private_key_pem.bytes(),
    "no key": b"nothing",
}.items():
    with served(mutual.url, client, key=key) as capstan:

        @report.check(f"mutual TLS: {kind} is a clear fault")
        def _():
            answer = get(f"{capstan.url}/files")
            equal(answer.status, 500, answer)
            assert "key" in answer.json()["detail"], answer
            assert "secret" not in answer.text


with served(mutual.url, client, variables={"KEY": "missing.key"}) as capstan:

    @report.check("mutual TLS: a missing file is a clear fault")
    def _():
        answer = get(f"{capstan.url}/files")
        equal(answer.status, 500, answer)
        assert "cannot be read" in answer.json()["detail"], answer
        equal(get(f"{capstan.url}/one-file").status, 200)
