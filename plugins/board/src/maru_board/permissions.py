"""What one may do on the boards, and who may from the start."""

from maru_sdk import Permission, Role

READ = Permission(
    "board:post:read",
    "Read boards",
    "All boards with their posts and comments; for one board, that board alone",
    scoped=True,
)
WRITE = Permission("board:post:write", "Write posts", "And change or delete one's own", scoped=True)
COMMENT = Permission("board:comment:write", "Write comments", "On what one may read", scoped=True)
MODERATE = Permission(
    "board:post:moderate",
    "Change and remove what others wrote, pin, announce",
    "Also write where only moderators do",
    scoped=True,
)
UNSEAL = Permission(
    "board:post:unseal",
    "See who wrote an anonymous post",
    "Each look needs a reason and stands in the audit trail",
)
MANAGE = Permission("board:board:manage", "Create, change and delete boards")

PERMISSIONS = (READ, WRITE, COMMENT, MODERATE, UNSEAL, MANAGE)
# What may be given on one board alone.
READER = Role("board.reader", READ, title="May read")
COMMENTER = Role("board.commenter", READ, COMMENT, title="May read and comment")
WRITER = Role("board.writer", READ, COMMENT, WRITE, title="May write")
MODERATOR = Role("board.moderator", READ, COMMENT, WRITE, MODERATE, title="Moderates")

OF_ONE_BOARD = (READER, COMMENTER, WRITER, MODERATOR)
ROLES = (
    Role("member", READ, WRITE, COMMENT),
    Role("manager", READ, WRITE, COMMENT, MODERATE),
    Role("admin", *PERMISSIONS),
    *OF_ONE_BOARD,
)
