-- script: resume
-- Claims take jobs again, and idle workers hear of it. Returns 1, or 0 if nothing was paused.
-- KEYS[1] root of all keys.
local was_paused = redis.call('DEL', KEYS[1] .. 'paused')
if was_paused == 1 then redis.call('PUBLISH', KEYS[1] .. 'wake', 'resumed') end
return was_paused
