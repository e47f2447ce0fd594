"""The whole API as it describes itself, asked by Schemathesis as an administrator and as a member:
whatever is sent, no answer is a fault of the server, and nothing answers without its sign-in.

The demo is one of its own: what is asked deletes, switches off and changes.
"""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from tests.e2e.demo import PASSWORD, Demo

ENDS = r"/auth/(logout|change-password)$|/users/|/sessions"
"""What may end the session that asks, or the person: asked in another company, by sessions that
nothing else needs."""
OPERATORS = "/operator/"
"""What no person of a company may ask; it has a sign-in and tests of its own."""
CHECKS = "not_a_server_error,ignored_auth"
PATIENCE = 900


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A seeded demo that may be broken."""
    running = Demo(tmp_path_factory.mktemp("fuzzed"), people=20)
    try:
        running.start()
        yield running
    finally:
        running.stop()


def token(demo: Demo, username: str, company: str = "hanbit") -> str:
    """An access token of one of the demo's people."""
    answer = httpx2.post(
        f"http://127.0.0.1:{demo.port}/api/v1/auth/login",
        headers={"host": f"{company}.maru.test:{demo.port}"},
        json={"username": username, "password": PASSWORD},
        timeout=60,
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["data"]["access_token"])


def is_signed_in(demo: Demo, given: str, company: str) -> bool:
    """Whether this token still speaks for somebody; who has asked too much in a minute is told so
    as the person whom it speaks for."""
    answer = httpx2.post(
        f"http://127.0.0.1:{demo.port}/api/v1/auth/verify-token",
        headers={"x-maru-tenant": company, "authorization": f"Bearer {given}"},
        timeout=60,
    )
    if answer.status_code == 429:
        return bool(answer.json()["error"]["details"]["limit"] == "writes.user")
    return answer.status_code == 200


def asked(
    demo: Demo, given: str, company: str, which: list[str], report: Path
) -> subprocess.CompletedProcess[str]:
    """Everything that Schemathesis thinks of in two phases, with a seed that is always the same."""
    tool = shutil.which("schemathesis")
    assert tool is not None
    headers = [f"Authorization: Bearer {given}", f"X-Maru-Tenant: {company}"]
    words = [word for header in headers for word in ("--header", header)]
    return subprocess.run(
        [
            *(tool, "run", f"http://127.0.0.1:{demo.port}/openapi.json", *words),
            *("--phases", "coverage,fuzzing", "--checks", CHECKS, "--max-examples", "5"),
            *(*which, "--seed", "17", "--continue-on-failure"),
            *("--request-timeout", "60", "--warnings", "off", "--no-color"),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
        cwd=report,
    )


@pytest.mark.slow
@pytest.mark.timeout(PATIENCE + 60)
@pytest.mark.parametrize("username", ["member", "admin"])
def test_nothing_that_is_asked_is_a_fault_of_the_server(
    demo: Demo, username: str, tmp_path: Path
) -> None:
    which = ["--exclude-path-regex", f"{ENDS}|{OPERATORS}"]
    given = token(demo, username)
    check(asked(demo, given, "hanbit", which, tmp_path))
    assert is_signed_in(demo, given, "hanbit"), (
        "the walk lost its session, so part of it is in vain"
    )


@pytest.mark.slow
@pytest.mark.timeout(4 * PATIENCE)
def test_what_ends_sessions_and_people_is_no_fault_of_the_server(
    demo: Demo, tmp_path: Path
) -> None:
    """The member first, whom the admin's walk may put away. What deletes has a session of its own,
    since it finds that among the answers and ends it."""
    which = ["--include-path-regex", ENDS, "--exclude-path-regex", OPERATORS]
    for username in ("member", "admin"):
        lasting, ending = (token(demo, username, "saebom") for _ in range(2))
        check(asked(demo, lasting, "saebom", [*which, "--exclude-method", "DELETE"], tmp_path))
        assert is_signed_in(demo, lasting, "saebom"), "part of the walk was in vain"
        check(asked(demo, ending, "saebom", [*which, "--include-method", "DELETE"], tmp_path))


def check(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
    assert "Tested:" in done.stdout
