"""What every Python client checks, whatever its SDK generation.

A client gives `tools() -> [{name, inputSchema}]`, `call(name, arguments) -> (is_error, text, structured)` and `picture(name, arguments,
told) -> (is_error, text, [(media type, base64)])`, which calls `told(progress, total, message)` meanwhile. One line per check goes to stdout: `ok LABEL: CHECK` or `FAIL LABEL: CHECK: reason`.
"""
import asyncio
import base64
import json
import traceback
import urllib.request

GENERATION = [
    "generate-image-flux-1-dev",
    "generate-image-flux-1-pro",
    "generate-image-flux-1-1-pro",
    "generate-image-flux-1-1-pro-2",
    "generate-image-flux-1-schnell",
]
SCHNELL = GENERATION[-1]


class Report:
    def __init__(self, label):
        self.label, self.failed = label, 0

    async def check(self, name, action):
        try:
            await asyncio.wait_for(action(), 60)
            print(f"ok {self.label}: {name}", flush=True)
        except Exception as error:  # every failure of a client under test is a result, not a crash
            self.failed += 1
            reason = "".join(traceback.format_exception_only(error)).strip().replace("\n", " | ")
            print(f"FAIL {self.label}: {name}: {reason}", flush=True)


def accepted(outcome):
    """The task in an answer of a generation tool."""
    is_error, text, structured = outcome
    assert not is_error, text
    task = json.loads(text)
    assert structured is None or structured == task, (structured, task)
    assert task["id"] and task["polling_url"].endswith(task["id"]), task
    return task


async def generation(report, client):
    async def five_typed_tools():
        tools = {tool["name"]: tool["inputSchema"] for tool in await client.tools()}
        assert sorted(tools) == sorted(GENERATION), sorted(tools)
        for name, schema in tools.items():
            properties = schema["properties"]
            assert schema["type"] == "object", (name, schema)
            assert properties["prompt"]["type"] == "string" and "body" not in properties, (name, sorted(properties))
            assert not {"oneOf", "anyOf", "allOf", "$ref"} & set(schema), (name, sorted(schema))
            assert "$ref" not in json.dumps(schema), (name, "has $ref")
        width = tools[SCHNELL]["properties"]["width"]
        assert (width["type"], width["minimum"], width["maximum"]) == ("integer", 256, 1440), width
        assert tools[SCHNELL]["required"] == ["prompt"], tools[SCHNELL].get("required")

    async def call():
        accepted(await client.call(SCHNELL, {"prompt": "A lighthouse at dusk"}))

    async def coerced():
        accepted(await client.call(SCHNELL, {"prompt": "A lighthouse at dusk", "width": "512"}))

    async def body_argument():
        accepted(await client.call(SCHNELL, {"body": {"prompt": "A lighthouse at dusk"}}))

    async def out_of_range():
        is_error, text, structured = await client.call(SCHNELL, {"prompt": "A lighthouse", "width": 100000})
        assert is_error and "width" in text and "1440" in text and structured is None, (is_error, text, structured)

    async def missing_prompt():
        is_error, text, _ = await client.call(SCHNELL, {"width": 512})
        assert is_error and "prompt" in text, (is_error, text)

    await report.check("five tools with typed arguments", five_typed_tools)
    await report.check("a call gives id and polling_url", call)
    await report.check("a number given as text is accepted", coerced)
    await report.check("the whole body as one argument is accepted", body_argument)
    await report.check("a value out of range is an error naming the field", out_of_range)
    await report.check("a missing argument is an error naming the field", missing_prompt)


async def results(report, client, task):
    async def poll():
        tools = [tool["name"] for tool in await client.tools()]
        assert tools == ["get-result"], tools
        seen = []
        while True:
            is_error, text, _ = await client.call("get-result", {"id": task["id"]})
            assert not is_error, text
            answer = json.loads(text)
            seen.append(answer["status"])
            if answer["status"] == "Ready":
                break
            await asyncio.sleep(0.2)
        assert seen[0] == "Pending", seen
        with urllib.request.urlopen(answer["result"]["sample"], timeout=30) as response:
            assert response.headers["content-type"] == "image/png", response.headers
            assert response.read(8) == b"\x89PNG\r\n\x1a\n"

    async def unknown():
        is_error, text, _ = await client.call("get-result", {"id": "00000000-0000-4000-8000-000000000000"})
        assert is_error and "Task not found" in text, (is_error, text)

    await report.check("a task becomes Ready and its image downloads", poll)
    await report.check("an unknown task is an error", unknown)


async def pictures(report, client):
    async def listed():
        tools = [tool["name"] for tool in await client.tools()]
        assert {"generate-image", "generate-image-result"} <= set(tools), tools

    async def drawn():
        seen = []

        async def told(progress, total, message):
            seen.append((progress, message))

        arguments = {"prompt": "A lighthouse at dusk", "output_format": "png"}
        is_error, text, images = await client.picture("generate-image", arguments, told)
        assert not is_error, text
        ((media_type, data),) = images
        assert media_type == "image/png", media_type
        assert base64.b64decode(data).startswith(b"\x89PNG\r\n\x1a\n"), data[:40]
        values = [progress for progress, _ in seen]
        assert values and all(a < b for a, b in zip(values, values[1:])), seen
        assert "Pending" in [message for _, message in seen], seen

    async def moderated():
        is_error, text, _ = await client.call("generate-image", {"prompt": "something forbidden"})
        assert is_error and "The request was moderated" in text, (is_error, text)

    await report.check("a tool that takes long and the one that gives its result later", listed)
    await report.check("a picture comes back in one call, with progress", drawn)
    await report.check("what is moderated is an error that says so", moderated)


async def submit_png(client):
    return accepted(await client.call(SCHNELL, {"prompt": "A lighthouse at dusk", "output_format": "png"}))
