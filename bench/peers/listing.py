"""A board's list of posts by FastAPI, an SQLModel session and a response model.

Nobody signs in, no policy guards the table, nothing is counted and no cursor made: less than Maru's
list does. The author's name stands in the table, so that it needs no join.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, FastAPI, Query
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import Field, SQLModel, desc, select
from sqlmodel.ext.asyncio.session import AsyncSession

URL = os.environ["BENCH_DATABASE_URL"].replace("postgresql://", "postgresql+asyncpg://")
engine = create_async_engine(URL, pool_size=20, max_overflow=5)


class PostLine(SQLModel):
    """What the list shows of a post."""

    id: UUID = Field(primary_key=True)
    board_id: UUID
    title: str
    author_id: UUID
    author_name: str
    is_notice: bool
    is_pinned: bool
    view_count: int
    like_count: int
    comment_count: int
    is_published: bool
    published_at: datetime
    created_at: datetime
    updated_at: datetime


class Post(PostLine, table=True):
    """The table that `bench.ground` copies from board's."""

    __tablename__ = "post"
    __table_args__ = {"schema": "bench"}


@asynccontextmanager
async def life(_: FastAPI) -> AsyncIterator[None]:
    """Closes the engine's connections at the end."""
    yield
    await engine.dispose()


async def session() -> AsyncIterator[AsyncSession]:
    """A session for one request."""
    async with AsyncSession(engine) as opened:
        yield opened


app = FastAPI(lifespan=life)


@app.get("/api/v1/board/boards/{board_id}/posts", response_model=list[PostLine])
async def posts(
    board_id: UUID,
    db: Annotated[AsyncSession, Depends(session)],
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Any:
    """The first page of a board."""
    found = await db.exec(
        select(Post)
        .where(Post.board_id == board_id, Post.is_published)
        .order_by(desc(Post.is_pinned), desc(Post.published_at), desc(Post.id))
        .limit(limit)
    )
    return found.all()
