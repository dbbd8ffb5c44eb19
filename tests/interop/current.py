"""The current Python SDK (`mcp` 2). Usage: current.py auto|legacy http GENERATION_URL RESULTS_URL PICTURES_URL, or ... stdio COMMAND..."""
import asyncio
import sys

from mcp import Client, StdioServerParameters

import checks

ERA = {"auto": "2026-07-28", "legacy": "2025-11-25"}


class Adapter:
    def __init__(self, client):
        self.client = client

    async def tools(self):
        listed = await self.client.list_tools()
        return [{"name": tool.name, "inputSchema": tool.input_schema} for tool in listed.tools]

    async def call(self, name, arguments):
        result = await self.client.call_tool(name, arguments)
        text = "".join(block.text for block in result.content if block.type == "text")
        return bool(result.is_error), text, result.structured_content

    async def picture(self, name, arguments, told):
        result = await self.client.call_tool(name, arguments, progress_callback=told)
        text = "".join(block.text for block in result.content if block.type == "text")
        images = [(block.mime_type, block.data) for block in result.content if block.type == "image"]
        return bool(result.is_error), text, images


async def main(mode, transport, *target):
    report = checks.Report(f"python mcp 2 {mode} {transport}")
    server = target[0] if transport == "http" else StdioServerParameters(command=target[0], args=list(target[1:]))

    async def all_of_it():
        async with Client(server, mode=mode) as client:
            async def negotiated():
                assert str(client.protocol_version) == ERA[mode], client.protocol_version

            await report.check(f"negotiates {ERA[mode]}", negotiated)
            await checks.generation(report, Adapter(client))
            if transport == "stdio":
                return
            task = await checks.submit_png(Adapter(client))
        async with Client(target[1], mode=mode) as client:
            await checks.results(report, Adapter(client), task)
        async with Client(target[2], mode=mode) as client:
            await checks.pictures(report, Adapter(client))

    try:
        await asyncio.wait_for(all_of_it(), 180)
    except BaseException as error:  # connecting is a check too, and arrives as an exception group
        report.failed += 1
        print(f"FAIL {report.label}: session: {error!r}", flush=True)
    return 1 if report.failed else 0


sys.exit(asyncio.run(main(*sys.argv[1:])))
