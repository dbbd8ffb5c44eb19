"""The previous Python SDK (`mcp` 1). Usage: legacy.py http GENERATION_URL RESULTS_URL PICTURES_URL, or legacy.py stdio COMMAND..."""
import asyncio
import contextlib
import sys

from mcp import ClientSession, StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

import checks


class Adapter:
    def __init__(self, session):
        self.session = session

    async def tools(self):
        listed = await self.session.list_tools()
        return [{"name": tool.name, "inputSchema": tool.inputSchema} for tool in listed.tools]

    async def call(self, name, arguments):
        result = await self.session.call_tool(name, arguments)
        text = "".join(block.text for block in result.content if block.type == "text")
        return bool(result.isError), text, result.structuredContent

    async def picture(self, name, arguments, told):
        result = await self.session.call_tool(name, arguments, progress_callback=told)
        text = "".join(block.text for block in result.content if block.type == "text")
        images = [(block.mimeType, block.data) for block in result.content if block.type == "image"]
        return bool(result.isError), text, images


@contextlib.asynccontextmanager
async def connect(transport):
    async with transport as streams:
        async with ClientSession(streams[0], streams[1]) as session:
            yield session, await session.initialize()


async def main(kind, *target):
    report = checks.Report(f"python mcp 1 {kind}")

    async def all_of_it():
        if kind == "http":
            transport = streamable_http_client(target[0])
        else:
            transport = stdio_client(StdioServerParameters(command=target[0], args=list(target[1:])))
        async with connect(transport) as (session, welcome):
            async def negotiated():
                assert welcome.protocolVersion == "2025-11-25", welcome.protocolVersion

            await report.check("negotiates 2025-11-25", negotiated)
            await checks.generation(report, Adapter(session))
            if kind == "stdio":
                return
            task = await checks.submit_png(Adapter(session))
        async with connect(streamable_http_client(target[1])) as (session, _):
            await checks.results(report, Adapter(session), task)
        async with connect(streamable_http_client(target[2])) as (session, _):
            await checks.pictures(report, Adapter(session))

    try:
        await asyncio.wait_for(all_of_it(), 180)
    except BaseException as error:  # connecting is a check too, and arrives as an exception group
        report.failed += 1
        print(f"FAIL {report.label}: session: {error!r}", flush=True)
    return 1 if report.failed else 0


sys.exit(asyncio.run(main(*sys.argv[1:])))
