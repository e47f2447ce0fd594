"""What every test of the house stands on, and what a run says at its end about tests it could not
run."""

import os
from typing import Any

import pytest
from tests.chaos.figures import REPORT
from tests.engines import database, engines, settings, template, tenants
from tests.shifts import Shifts, processes

__all__ = ["database", "engines", "settings", "template", "tenants"]

SKIPPED: list[tuple[str, str]] = []


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """What `./maru test` starts."""
    return processes(config)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Who runs what, unless somebody asked for another way."""
    return Shifts(config, log) if config.option.dist == "load" else None


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Takes over what a process measured."""
    REPORT.lines += getattr(node, "workeroutput", {}).get("measured", [])


class AtOnce:
    """Names what fails while the others still run."""

    def __init__(self, terminal: Any) -> None:
        self._terminal = terminal

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._terminal.write_line(f"\n{report.when} failed: {report.nodeid}")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Only the process that has the terminal says so."""
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if terminal is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(AtOnce(terminal))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Notes each skipped test with its reason."""
    if report.skipped and isinstance(report.longrepr, tuple):
        SKIPPED.append((report.nodeid, report.longrepr[2].removeprefix("Skipped: ")))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a skipped test is a failure: a part that CI must have is missing."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["measured"] = REPORT.lines
        return
    if not SKIPPED or os.environ.get("CI") != "true":
        return
    if session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    if failed := session.config.pluginmanager.get_plugin("lfplugin"):
        failed.lastfailed.update(dict.fromkeys((name for name, _ in SKIPPED), True))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Names what was skipped for want of a part, and what was measured under fault."""
    if REPORT.lines:
        terminalreporter.section("measured under fault")
        for line in REPORT.lines:
            terminalreporter.line(line)
    if SKIPPED:
        terminalreporter.section(f"{len(SKIPPED)} skipped for want of a part")
        for name, reason in SKIPPED:
            terminalreporter.line(f"{name}: {reason}")


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own MARU_ variables don't change what is tested."""
    for name in [name for name in os.environ if name.startswith("MARU_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MARU_TRUSTED_PLUGINS", "*")  # tests vouch for what they test, unless told
