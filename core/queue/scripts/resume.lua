-- script: resume
-- Claims take jobs again, and workers that wait hear of it. Returns 1, or 0 if nothing was paused.
-- KEYS[1] root of all keys.
local call = redis.call
local root = KEYS[1]
if call('DEL', root .. 'paused') == 0 then return 0 end
-- part: wake
local time = call('TIME')
wake_for_ready(time[1] * 1000000 + time[2], math.huge)
-- While the queue was paused nobody was told when a job is due.
tell_watchers('due 0')
return 1
