-- script: count
-- Counts the jobs of each state and changes nothing. It takes as long for a million jobs as for one.
-- KEYS[1] root of all keys.
-- Returns {ready, delayed, running, dead, microseconds for which the oldest ready job has been ready (-1: there is none, -2: not
-- known), 1 if the queue is paused}.
-- The first of the ready jobs is the oldest one: a job that is given back or recovered goes to the front. It is not known since
-- when it is ready if another producer put it in. A delayed job that is due counts as ready in this: nobody has looked for it.
local call = redis.call
local root = KEYS[1]
local time = call('TIME')
local now, age = time[1] * 1000000 + time[2], -1
local oldest = call('LINDEX', root .. 'ready', 0)
if oldest then
  -- Somebody may have put a value of another type where a job's record is expected.
  local ready_at = redis.pcall('HGET', root .. 'data:' .. oldest, 'ready_at')
  ready_at = type(ready_at) == 'string' and ready_at:find('^%d+$') and tonumber(ready_at)
  age = ready_at and math.max(now - ready_at, 0) or -2
end
local due = call('ZRANGE', root .. 'delayed', 0, 0, 'WITHSCORES')[2]
if due and age ~= -2 and tonumber(due) <= now then age = math.max(age, math.min(now - due, now)) end
return {call('LLEN', root .. 'ready'), call('ZCARD', root .. 'delayed'), call('ZCARD', root .. 'leases'),
        call('LLEN', root .. 'dead'), age, call('MGET', root .. 'paused')[1] and 1 or 0}
