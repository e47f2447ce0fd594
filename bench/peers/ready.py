"""One FastAPI route without dependencies that answers with ready bytes: the measure, 1.00."""

import os

from fastapi import FastAPI, Response

BODY = b"x" * int(os.environ["BENCH_LENGTH"])

app = FastAPI()


@app.get("/{path:path}")
async def ready(path: str) -> Response:
    """The same bytes for every address."""
    return Response(BODY, media_type="application/json")
