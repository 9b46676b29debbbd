-- script: release
-- job: ARGV[2]
-- Gives the job back, as a worker does that has to stop: to be taken next, or after a delay where something of it may
-- still be under way. No retry is spent. Returns 0 if it is no longer the caller's; 1 again if the caller has done so
-- before.
-- KEYS[1] root of all keys; ARGV owner token, id, delay in microseconds.
local call = redis.call
local root, token, id = KEYS[1], ARGV[1], ARGV[2]
local data = root .. 'data:' .. id
if call('HGET', root .. 'owners', id) ~= token then
  return call('HGET', data, 'released_by') == token and 1 or 0
end
call('ZREM', root .. 'leases', id)
call('HDEL', root .. 'owners', id)
local time = call('TIME')
local now = time[1] * 1000000 + time[2]
redis.pcall('HSET', data, 'released_by', token, 'held_until', string.format('%.0f', now + ARGV[3]))
-- part: wake
if ARGV[3] == '0' then
  -- The worker that gives a job back takes no other one for now.
  call('ZREM', waiting, token:match('^(.-)%d*$'))
  call('LPUSH', root .. 'ready', id)
  wake_for_ready(now, 1)
else
  call('ZADD', root .. 'delayed', now + ARGV[3], id)
  if call('ZRANK', root .. 'delayed', id) == 0 then tell_watchers('due ' .. ARGV[3]) end
end
return 1
