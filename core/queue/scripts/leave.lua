-- script: leave
-- A worker says that it takes no jobs until it claims again. The script passes on to other workers what this one knew: when
-- something is due, and that jobs are ready.
-- KEYS[1] root of all keys; ARGV worker.
local call = redis.call
local root = KEYS[1]
call('ZREM', root .. 'waiting', ARGV[1])
-- part: wake
-- part: next_in
local time = call('TIME')
local now = time[1] * 1000000 + time[2]
local due = not call('MGET', root .. 'paused')[1] and call('ZRANGE', root .. 'delayed', 0, 0, 'WITHSCORES')[2]
tell_watchers(string.format('due %.0f', (next_in(now, due))))
-- This worker may have been told to look for them, and has not done so.
if call('EXISTS', root .. 'ready') == 1 then wake_for_ready(now, 1) end
return 1
