"""What Redis does in one step: each script touches keys of one tenant, so of one node."""

import hashlib
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Script:
    """Lua and the name that Redis knows it by."""

    text: str
    sha: str = field(init=False)

    def __post_init__(self) -> None:
        digest = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()
        object.__setattr__(self, "sha", digest)


# Keys: value, lock, tags. Given: a first generation, its life in seconds, what to hold the lock
# with, for how many ms (0: don't), and the ms that a value must have left to count.
# Answers the generations, then the ms left and the value, or 0 (yours to make), -1 (being made).
LOOK = Script(
    """
local found = redis.call('MGET', unpack(KEYS, 3))
for i = 1, #found do
  if not found[i] then
    redis.call('SET', KEYS[i + 2], ARGV[1], 'EX', ARGV[2])
    found[i] = ARGV[1]
  end
end
local now = table.concat(found, ',')
local stored = redis.call('GET', KEYS[1])
if stored and string.sub(stored, 1, #now + 1) == now .. ';' then
  local left = redis.call('PTTL', KEYS[1])
  if left > tonumber(ARGV[5]) then return {now, left, string.sub(stored, #now + 2)} end
end
if ARGV[4] == '0' then return {now, 0} end
local held = redis.call('GET', KEYS[2])
if held and held ~= now .. ';' .. ARGV[3] and string.sub(held, 1, #now + 1) == now .. ';' then
  return {now, -1}
end
redis.call('SET', KEYS[2], now .. ';' .. ARGV[3], 'PX', ARGV[4])
return {now, 0}
"""
)

# Keys: value, lock, tags. Given: the generations read before the value was made, the value, its ms
# (0: there is none), what the lock is held with. An old value doesn't push out a newer one.
STORE = Script(
    """
if ARGV[3] ~= '0' then
  local found = redis.call('MGET', unpack(KEYS, 3))
  for i = 1, #found do found[i] = found[i] or '' end
  if table.concat(found, ',') == ARGV[1] then
    redis.call('SET', KEYS[1], ARGV[1] .. ';' .. ARGV[2], 'PX', ARGV[3])
  end
end
if redis.call('GET', KEYS[2]) == ARGV[1] .. ';' .. ARGV[4] then redis.call('DEL', KEYS[2]) end
return 1
"""
)

# A generation is new for each drop and never comes back, else evicting it would revive old values.
BUMP = Script(
    """
if redis.call('SET', KEYS[1], '1', 'NX', 'EX', ARGV[2]) then
  for i = 2, #KEYS do redis.call('SET', KEYS[i], ARGV[1], 'EX', ARGV[3]) end
end
return 1
"""
)
