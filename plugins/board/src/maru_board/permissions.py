"""What one may do on the boards, and who may from the start."""

from maru_sdk import Permission, Role

READ = Permission("board:post:read", "Read boards")
WRITE = Permission("board:post:write", "Write posts")
COMMENT = Permission("board:comment:write", "Write comments")
MODERATE = Permission("board:post:moderate", "Change and remove what others wrote, pin, announce")
MANAGE = Permission("board:board:manage", "Create, change and delete boards")

PERMISSIONS = (READ, WRITE, COMMENT, MODERATE, MANAGE)
ROLES = (
    Role("member", READ, WRITE, COMMENT),
    Role("manager", READ, WRITE, COMMENT, MODERATE),
    Role("admin", *PERMISSIONS),
)
