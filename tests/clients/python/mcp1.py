"""The Python package `mcp`, version 1: only the `initialize` handshake; a non-2xx answer ends its session."""

from contextlib import asynccontextmanager

from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client

from checks import Connection, run


@asynccontextmanager
async def connect(url: str, headers: dict[str, str]):
    async with streamablehttp_client(url, headers=headers) as (reader, writer, _), ClientSession(reader, writer) as session:
        opened = await session.initialize()

        async def tools() -> list[str]:
            return [tool.name for tool in (await session.list_tools()).tools]

        async def query(soql: str) -> tuple[bool, str]:
            answer = await session.call_tool("executeQuery", {"query": soql})
            return answer.isError, "".join(part.text for part in answer.content if part.type == "text")

        yield Connection(opened.protocolVersion, tools, query)


run("python mcp 1", "2025-11-25", connect)
