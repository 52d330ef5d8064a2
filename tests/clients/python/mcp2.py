"""The Python package `mcp`, version 2, in the mode given: `auto` probes, `legacy` never does, a revision is taken as it is."""

import sys
from contextlib import asynccontextmanager

from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client

from checks import Connection, run

MODE = sys.argv[2]


@asynccontextmanager
async def connect(url: str, headers: dict[str, str]):
    async with create_mcp_http_client(headers=headers) as http:
        transport = streamable_http_client(url, http_client=http)
        async with Client(transport, mode=MODE) as client:

            async def tools() -> list[str]:
                return [tool.name for tool in (await client.list_tools()).tools]

            async def query(soql: str) -> tuple[bool, str]:
                answer = await client.call_tool("executeQuery", {"query": soql})
                return answer.is_error, "".join(part.text for part in answer.content if part.type == "text")

            yield Connection(client.protocol_version, tools, query)


run(f"python mcp 2, {MODE}", "2025-11-25" if MODE == "legacy" else "2026-07-28", connect)
