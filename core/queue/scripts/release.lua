-- script: release
-- job: ARGV[2]
-- Gives the job back, as a worker does that has to stop: to be taken next, or after a delay where something of it may
-- still be under way. No retry is spent. Returns 0 if it is no longer the caller's; 1 again if the caller has done so
-- before.
-- KEYS[1] root of all keys; ARGV owner token, id, delay in microseconds.
local call = redis.call
local root, token, id = KEYS[1], ARGV[1], ARGV[2]
local data = root .. 'data:' .. id
-- part: record
-- part: move
if call('HGET', root .. 'owners', id) ~= token then
  return ask('HGET', data, 'released_by') == token and 1 or 0
end
-- A Redis that is full refuses a script whose first write may need memory; after a write that needs none, as these, it
-- lets the script go on.
show_that_moves_can_be_undone()
local time = call('TIME')
local now = time[1] * 1000000 + time[2]
local due = string.format('%.0f', now + ARGV[3])
note(id, 'released_by', token, 'held_until', due)
local refusal
if ARGV[3] == '0' then
  refusal = move(id, token, 'LPUSH', 'ready', id)
else
  refusal = move(id, token, 'ZADD', 'delayed', now + ARGV[3], id)
end
if refusal then
  redis.pcall('HDEL', data, 'released_by', 'held_until')
  return refusal
end
-- One that nobody may take before it is due has not waited for a worker until then. Where Redis refuses this, it keeps its age.
if ARGV[3] ~= '0' then
  local times = ask('HMGET', data, 'put_in_at', 'ready_at') or {}
  local put_in_at = string.format('%.0f', time_of(times[1]) or time_of(times[2]) or now)
  redis.pcall('HSET', data, 'put_in_at', put_in_at, 'ready_at', due)
end
-- part: wake
if ARGV[3] == '0' then
  -- The worker that gives a job back takes no other one for now.
  call('ZREM', waiting, token:match('^(.-)%d*$'))
  wake_for_ready(now, 1)
elseif call('ZRANK', root .. 'delayed', id) == 0 then
  tell_watchers('due ' .. ARGV[3])
end
return 1
