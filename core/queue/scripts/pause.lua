-- script: pause
-- From now on no claim takes a job. What runs is finished. Returns 1, or 0 if that is so already.
-- KEYS[1] root of all keys.
local paused = KEYS[1] .. 'paused'
if redis.call('MGET', paused)[1] then return 0 end
-- Also over a value of another type, which pauses nothing.
redis.call('SET', paused, '1')
return 1
