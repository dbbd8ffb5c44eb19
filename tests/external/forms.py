"""Forms and multipart bodies that Capstan writes, read by Werkzeug, python-multipart and Python itself."""
import io
import json
import urllib.parse

import python_multipart
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header

from harness import Capstan, Report, Upstream, equal, get, request

TEXTS = {
    "separators": "a=b&c;d+e%20f g%",
    "quotes": "\"double\" 'single' `back` \\back\\",
    "unicode": "Grüße, 世界 👩‍🚀 \u202e",
    "line breaks": "one\r\ntwo\nthree\rfour",
    "a header": "x\r\nContent-Disposition: form-data; name=\"admin\"\r\n\r\nyes",
    "an end": "x\r\n--capstan--\r\nContent-Disposition: form-data; name=\"admin\"",
    "templates": "{{text}} <<text>> {% raw %}",
    "blanks": "  \t ",
    "empty": "",
    "controls": "\x00\x01\x7f",
    "long": "ä" * 100_000,
}
PICTURE = bytes(range(256)) * 300 + b"\r\n--capstan--\r\n"

report = Report("forms")


def with_werkzeug(content, media_type):
    kind, options = parse_options_header(media_type)
    _, form, files = FormDataParser(silent=False).parse(io.BytesIO(content), kind, len(content), options)
    found = [(name, None, None, value) for name, value in form.items(multi=True)]
    return found + [(name, file.filename, file.content_type, file.read()) for name, file in files.items(multi=True)]


def with_urllib(content, _):
    return [(name, None, None, value) for name, value in urllib.parse.parse_qsl(content.decode(), keep_blank_values=True)]


def with_python_multipart(content, media_type):
    found, headers = [], {"Content-Type": media_type.encode(), "Content-Length": str(len(content)).encode()}

    def text(data):
        return data.decode() if isinstance(data, bytes) else data

    def on_file(file):
        file.file_object.seek(0)
        found.append((text(file.field_name), text(file.file_name), text(file.content_type), file.file_object.read()))

    python_multipart.parse_form(
        headers, io.BytesIO(content), lambda field: found.append((text(field.field_name), None, None, text(field.value) or "")), on_file
    )
    return found


def answer(seen):
    if seen.path == "/image":
        return 200, {"Content-Type": "image/png"}, PICTURE
    return 200, {}, {}


def plain(entry):
    """With quotation marks in names, which browsers write as %22; Werkzeug undoes that and python-multipart does not."""
    name, filename, media_type, value = entry
    return name.replace("%22", '"'), filename and filename.replace("%22", '"'), media_type, value


def parsed(path, body, headers=None):
    """What both parsers find in the body that went upstream: name, filename, content type, value, sorted."""
    upstream.take()
    reply = request("POST", f"{capstan.url}{path}", body, headers)
    equal(reply.status, 200, reply)
    seen = upstream.take()[-1]
    media_type = seen.headers["Content-Type"]
    # python-multipart leaves names and values of urlencoded forms as they are written.
    second = with_python_multipart if media_type.startswith("multipart/") else with_urllib
    results = [parse(seen.content, media_type) for parse in (with_werkzeug, second)]
    first, second = [sorted(map(plain, result), key=str) for result in results]
    equal([entry[:2] + entry[3:] for entry in first], [entry[:2] + entry[3:] for entry in second])
    return first, media_type, seen


def fields(found):
    return [(name, value) for name, filename, _, value in found if filename is None]


upstream = Upstream(answer)
with Capstan("forms.yaml", arguments=["--upstream", f"https://site.example={upstream.url}"]) as capstan:
    for name, text in TEXTS.items():

        @report.check(f"urlencoded: {name}")
        def _():
            found, media_type, _ = parsed("/form", {"text": text, "tags": ["one", "two & three"]})
            equal(media_type, "application/x-www-form-urlencoded")
            wanted = [("text", text), ("around", f"a={text}&b"), ("tag", "one"), ("tag", "two & three"), ('a & "b"=ü', "constant")]
            equal(sorted(fields(found)), sorted(wanted))

        @report.check(f"urlencoded, written as text: {name}")
        def _():
            found, media_type, _ = parsed("/form-text", {"text": text})
            equal(media_type, "application/x-www-form-urlencoded")
            equal(dict(fields(found)), {"first": "1", "text": text, "last": "2"})

        @report.check(f"multipart: {name}")
        def _():
            found, media_type, _ = parsed("/parts", {"text": text, "name": "n", "tags": ["one", "two & three"]})
            assert media_type.startswith("multipart/form-data; boundary="), media_type
            values = {}
            for entry in found:
                values.setdefault(entry[0], []).append(entry[1:])
            equal([value for *_, value in values["text"]], [text])
            equal([value for *_, value in values["tag"]], ["one", "two & three"])
            equal(values["file"], [("n", "text/csv; charset=utf-8", text.encode())])
            equal(json.loads(values["typed"][0][2]), {"text": text})
            equal(values["plain"], [("plain.bin", "application/octet-stream", b"plain")])
            equal([entry for entry in values if entry in ("left-out", "admin")], [])

        @report.check(f"multipart from an object: {name}")
        def _():
            found, *_ = parsed("/object", {"text": text, "tags": ["one", "two"]})
            equal(sorted(fields(found)), sorted([("text", text), ("tag", "one"), ("tag", "two")]))

    # A name in a header cannot hold everything: browsers write line breaks with a per cent sign, and so do we.
    NAMES = {
        "separators": ("a=b&c;d+e%20f.txt", "a=b&c;d+e%20f.txt"),
        "quotes": ('a "b".txt', 'a "b".txt'),
        "unicode": ("Grüße 世界.txt", "Grüße 世界.txt"),
        "an apostrophe": ("it's; x=y.txt", "it's; x=y.txt"),
        "line breaks": ("a\r\nX-Evil: 1\r\n\r\nb", "a%0D%0AX-Evil: 1%0D%0A%0D%0Ab"),
        "another parameter": ('a"; filename="evil.sh', 'a"; filename="evil.sh'),
    }
    for name, (given, wanted) in NAMES.items():

        @report.check(f"multipart, names: {name}")
        def _():
            found, *_ = parsed("/parts", {"text": "x", "name": given})
            equal([value for name, _, _, value in found if name == wanted], ["named"], found)
            equal([(filename, value) for name, filename, _, value in found if name == "file"], [(wanted, b"x")])
            equal(len(found), 6, found)

    @report.check("multipart, names: a constant one")
    def _():
        found, *_ = parsed("/parts", {"text": "x", "name": "n"})
        equal([value for name, _, _, value in found if name == 'a & "b"=ü'], ["constant"], found)

    @report.check("multipart, names: a backslash at the end")
    def _():
        # Browsers leave it as it is; parsers differ in what they make of it, but none may be led astray.
        upstream.take()
        equal(request("POST", f"{capstan.url}/parts", {"text": "x", "name": "a\\"}).status, 200)
        seen = upstream.take()[-1]
        assert b'; filename="a\\"\r\n' in seen.content, seen.content

    @report.check("multipart: a file from an earlier step, byte by byte")
    def _():
        found, *_ = parsed("/copy", None)
        equal([entry[:3] for entry in found], [("picture", "picture.png", "image/png")])
        assert found[0][3] == PICTURE

    @report.check("multipart: a caller's own body goes on as it came")
    def _():
        body = b'--b\r\nContent-Disposition: form-data; name="f"; filename="x.bin"\r\nContent-Type: a/b\r\n\r\n' + PICTURE + b"\r\n--b--\r\n"
        found, media_type, seen = parsed("/passed-on", body, {"Content-Type": "multipart/form-data; boundary=b"})
        equal((media_type, seen.content == body), ("multipart/form-data; boundary=b", True))
        assert found == [("f", "x.bin", "a/b", PICTURE)]

    @report.check("urlencoded: a caller's own body goes on as it came")
    def _():
        body = b"a=1&a=2&b=%26%3D+x&c"
        _, media_type, seen = parsed("/passed-on", body, {"Content-Type": "application/x-www-form-urlencoded"})
        equal((media_type, seen.content), ("application/x-www-form-urlencoded", body))
