"""The same count in Redis, in one step for all processes; the time is the server's.

Each key is a hash of sixtieths. All keys of a call are one tenant's, so of one node.
"""

from typing import Final

_WINDOW: Final = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local function window(key, ms, over)
  local width = ms / 60
  local present = math.floor(now / width)
  local used, kept, found = 0, {}, redis.call('HGETALL', key)
  for i = 1, #found, 2 do
    local slot = tonumber(found[i])
    if slot < present - 60 - over then
      redis.call('HDEL', key, found[i])
    else
      used = used + tonumber(found[i + 1])
      kept[#kept + 1] = {slot, tonumber(found[i + 1])}
    end
  end
  return present, used, kept, width
end
local function wait(kept, width, free, over)
  table.sort(kept, function(a, b) return a[1] < b[1] end)
  for i = 1, #kept do
    free = free + kept[i][2]
    if free >= 1 then return math.ceil((kept[i][1] + 61 + over) * width - now) end
  end
  return math.ceil(width * 60)
end
"""

# For each key a count and ms. Takes one of each where all have one; answers how much is left of
# each (-1: this one had none) and the ms until there is more.
TAKE: Final = (
    _WINDOW
    + """
local all, answer, places = true, {}, {}
for i = 1, #KEYS do
  local count, ms = tonumber(ARGV[i * 2 - 1]), tonumber(ARGV[i * 2])
  local present, used, kept, width = window(KEYS[i], ms, 0)
  places[i] = present
  if used < count then
    answer[i * 2 - 1], answer[i * 2] = count - used - 1, 0
  else
    all = false
    answer[i * 2 - 1], answer[i * 2] = -1, wait(kept, width, count - used, 0)
  end
end
if all then
  for i = 1, #KEYS do
    redis.call('HINCRBY', KEYS[i], places[i], 1)
    redis.call('PEXPIRE', KEYS[i], ARGV[i * 2] * 2)
  end
end
return answer
"""
)

# For each key a count, ms, how many were let through on credit or are given back (negative), and
# how many are wanted. Half of what is left is the most that one process gets, but at least one.
# Answers for each how many it gets, what is left, and the ms until there is more. A stock is used
# up within seconds of being drawn, so these count three sixtieths longer.
DRAW: Final = (
    _WINDOW
    + """
local answer = {}
for i = 1, #KEYS do
  local count, ms = tonumber(ARGV[i * 4 - 3]), tonumber(ARGV[i * 4 - 2])
  local owed, wanted = tonumber(ARGV[i * 4 - 1]), tonumber(ARGV[i * 4])
  local present, used, kept, width = window(KEYS[i], ms, 3)
  local free = count - used - owed
  local granted = math.max(0, math.min(wanted, math.ceil(free / 2)))
  if granted + owed ~= 0 then
    redis.call('HINCRBY', KEYS[i], present, granted + owed)
    redis.call('PEXPIRE', KEYS[i], ms * 2)
    kept[#kept + 1] = {present, granted + owed}
  end
  free = free - granted
  answer[i * 3 - 2], answer[i * 3 - 1] = granted, math.max(0, free)
  answer[i * 3] = free >= 1 and 0 or wait(kept, width, free, 3)
end
return answer
"""
)
