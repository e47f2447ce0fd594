"""The face: everything that board adds to Maru."""

from maru_board import api
from maru_board.access.part import access
from maru_board.attention.part import attention
from maru_board.boards.part import boards
from maru_board.channels import post
from maru_board.comments.part import comments
from maru_board.drafts.part import drafts
from maru_board.figures import posts as post_count
from maru_board.figures import posts_written
from maru_board.files import (
    attachment,
    attachments,
    files_alone,
    picture,
    remove_file,
    tell_readers,
)
from maru_board.following.part import following
from maru_board.likes.part import likes
from maru_board.lists.part import lists
from maru_board.permissions import PERMISSIONS, READ, ROLES
from maru_board.popups.part import popups
from maru_board.portlets import PORTLETS
from maru_board.posts.part import posts
from maru_board.required.part import required
from maru_board.revisions.part import revisions
from maru_board.search import posts as found_posts
from maru_board.seed import fill_demo
from maru_board.settings import BoardSettings
from maru_board.trash.part import trash
from maru_sdk import Navigation, Plugin

plugin = Plugin(
    title="Boards",
    icon="message-square",
    migrations="migrations",
    routes=[attachments],
    pages=[files_alone, remove_file],
    portlets=PORTLETS,
    metrics=[post_count],
    statistics=[posts_written],
    channels=[post],
    search=[found_posts],
    listeners=[tell_readers],
    files=[attachment, picture],
    permissions=PERMISSIONS,
    roles=ROLES,
    navigation=[Navigation("Boards", "/board", icon="message-square", needs=READ, order=20)],
    settings=BoardSettings,
    publishes=[
        api.PostPublished,
        api.PostChanged,
        api.PostDeleted,
        api.PostRestored,
        api.PostMoved,
        api.NoticesChanged,
        api.CommentWritten,
        api.BoardDeleted,
        api.related,
        api.board_kinds,
    ],
    fills=[fill_demo],
    parts=[
        boards,
        access,
        lists,
        posts,
        drafts,
        revisions,
        trash,
        comments,
        attention,
        likes,
        required,
        following,
        popups,
    ],
)
