"""What every Python client must see on the demo org.

A client script hands `run` a way to connect; the checks, their order and their report are here.
"""

import asyncio
import json
import os
import sys
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Awaitable, Callable

ALLOWED = "SELECT Id, Name FROM Contact LIMIT 3"
REFUSED = "SELECT Name, SSN__c FROM Contact LIMIT 3"
REFUSED_FIELD = "Contact.SSN__c"
WHOLE_RUN_SECONDS = 60

CHECKS = (
    "speaks the expected revision",
    "lists getOrganizationLimits first, and executeQuery",
    "reads three records",
    "is refused a forbidden field, by name",
    "goes on working on the same connection",
)


@dataclass
class Connection:
    """One open client, brought to the little that the checks need."""

    revision: str
    tools: Callable[[], Awaitable[list[str]]]
    query: Callable[[str], Awaitable[tuple[bool, str]]]
    """SOQL to (is it an error, its text)."""


Connect = Callable[[str, dict[str, str]], AbstractAsyncContextManager[Connection]]


class Miss(Exception):
    """A check that found something else than it should."""


def run(client: str, revision: str, connect: Connect) -> None:
    """Runs all checks, prints a line for each, and ends the process: 0 only if all of them passed."""
    url = sys.argv[1]
    headers = {"Authorization": f"Bearer {os.environ['FIELDGATE_TOKEN']}"}
    outcomes: list[str] = []
    try:
        asyncio.run(asyncio.wait_for(_exercise(url, headers, revision, connect, outcomes), WHOLE_RUN_SECONDS))
    except BaseException as stop:  # a client may tear its task group down, which is a finding
        if isinstance(stop, KeyboardInterrupt):
            raise
        if len(outcomes) < len(CHECKS):
            outcomes.append(_innermost(stop))
    outcomes += ["not reached"] * (len(CHECKS) - len(outcomes))
    for check, miss in zip(CHECKS, outcomes, strict=True):
        print(f"FAIL {client}: {check}: {miss}" if miss else f"ok   {client}: {check}")
    sys.exit(any(outcomes))


async def _exercise(url: str, headers: dict[str, str], revision: str, connect: Connect, outcomes: list[str]) -> None:
    async with connect(url, headers) as connection:
        steps = (
            lambda: _speaks(connection, revision),
            lambda: _lists(connection),
            lambda: _reads(connection),
            lambda: _is_refused(connection),
            lambda: _reads(connection),
        )
        for step in steps:
            try:
                await step()
                outcomes.append("")
            except Miss as miss:
                outcomes.append(str(miss))
            except Exception as fault:  # the client's own error for one call; its session may still be alive
                outcomes.append(_innermost(fault))


async def _speaks(connection: Connection, revision: str) -> None:
    if connection.revision != revision:
        raise Miss(f"expected {revision}, got {connection.revision}")


async def _lists(connection: Connection) -> None:
    names = await connection.tools()
    if names[:1] != ["getOrganizationLimits"] or "executeQuery" not in names:
        raise Miss(f"got {names}")


async def _reads(connection: Connection) -> None:
    is_error, text = await connection.query(ALLOWED)
    if is_error:
        raise Miss(f"refused: {text[:300]}")
    try:
        records = json.loads(text)["records"]
    except (ValueError, KeyError, TypeError):
        raise Miss(f"no `records` in the text: {text[:300]}") from None
    if len(records) != 3 or not all(record.get("Id") and record.get("Name") for record in records):
        raise Miss(f"expected three records with Id and Name: {text[:300]}")


async def _is_refused(connection: Connection) -> None:
    is_error, text = await connection.query(REFUSED)
    if not is_error:
        raise Miss("the call succeeded")
    if REFUSED_FIELD not in text:
        raise Miss(f"the refusal does not name {REFUSED_FIELD}: {text[:300]}")


def _innermost(stop: BaseException) -> str:
    while isinstance(stop, BaseExceptionGroup):
        stop = stop.exceptions[0]
    return " ".join(f"{type(stop).__name__}: {stop}".split())[:300]
