"""`maru doctor`: what is wrong with this installation, each with the line that mends it."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict

import click

from maru.cli import say
from maru.cli.doctor.database import database_findings
from maru.cli.doctor.finding import Finding, Level
from maru.cli.doctor.machine import machine_findings, run_state
from maru.cli.doctor.outward import outward_findings
from maru.cli.doctor.push import push_findings
from maru.cli.doctor.redis import redis_findings
from maru.cli.doctor.secret import secret_findings
from maru.settings import DATABASES, REDIS, Settings, load_settings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def command(as_json: bool) -> None:
    """Say what is wrong and how to mend it; status 1 where something is."""
    findings = asyncio.run(_examine(load_settings()))
    if as_json:
        say(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=1))
    else:
        _print(findings)
    if any(finding.level is Level.FAULT for finding in findings):
        sys.exit(1)


async def _examine(settings: Settings) -> list[Finding]:
    findings = machine_findings(settings)
    if not any(getattr(settings, name) for name in (*DATABASES, *REDIS)):
        mend = "./maru demo, or set MARU_DATABASE_URL and MARU_REDIS_URL"
        return [*findings, Finding(Level.NOTE, "servers", "none is set and no demo ran here", mend)]
    if settings.demo and not run_state(settings.data):
        state = f"the demo of {settings.data} isn't running"
        return [*findings, Finding(Level.NOTE, "servers", state, "./maru demo")]
    asked = (
        database_findings(settings),
        redis_findings(settings),
        push_findings(settings),
        outward_findings(settings),
        secret_findings(settings),
    )
    for examined in await asyncio.gather(*asked):
        findings += examined
    return findings


def _print(findings: Sequence[Finding]) -> None:
    width = max(len(finding.subject) for finding in findings)
    for finding in findings:
        say(f"{_mark(finding.level):5}  {finding.subject:{width}}  {finding.state}")
        if finding.mend:
            say(f"{'':5}  {'':{width}}  mend: {finding.mend}")
    faults = sum(finding.level is Level.FAULT for finding in findings)
    say(f"\n{faults} fault{'' if faults == 1 else 's'} in {len(findings)} findings")


def _mark(level: Level) -> str:
    word = level.value
    if level is Level.FAULT and sys.stdout.isatty() and not os.environ.get("NO_COLOR"):
        return f"\x1b[31m{word}\x1b[0m"
    return word
