-- script: leave
-- A worker takes no jobs for now, or ever again. What it was told, others are told.
-- KEYS[1] root of all keys; ARGV worker.
local call = redis.call
local root = KEYS[1]
call('ZREM', root .. 'waiting', ARGV[1])
-- part: wake
-- part: next_in
local time = call('TIME')
local now = time[1] * 1000000 + time[2]
local due = call('EXISTS', root .. 'paused') == 0 and call('ZRANGE', root .. 'delayed', 0, 0, 'WITHSCORES')[2]
tell_watchers(string.format('due %.0f', (next_in(now, due))))
-- It may have been told to look, and not have done so.
if call('EXISTS', root .. 'ready') == 1 then wake_for_ready(now, 1) end
return 1
