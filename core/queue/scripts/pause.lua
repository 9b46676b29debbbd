-- script: pause
-- From now on no claim takes a job. What runs is finished. Returns 1, or 0 if that is so already.
-- KEYS[1] root of all keys.
return redis.call('SETNX', KEYS[1] .. 'paused', '1')
