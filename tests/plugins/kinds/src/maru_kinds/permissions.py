"""What people may do with notes."""

from maru_sdk import Permission, Role

READ = Permission("kinds:note:read", "Read notes")
WRITE = Permission("kinds:note:write", "Write notes")

ROLES = [Role("member", READ), Role("manager", READ, WRITE), Role("admin", READ, WRITE)]
PERMISSIONS = [READ, WRITE]
