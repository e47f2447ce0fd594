"""The one way in which an embedded engine says that it can't run."""

from maru.settings import Fault


class EngineFault(Fault):
    """An engine that can't start, with the folder or thing it is about and what to do."""

    def __init__(self, subject: str, problem: str) -> None:
        super().__init__(f"{subject}: {problem}")
        self.subject = subject
        self.problem = problem
