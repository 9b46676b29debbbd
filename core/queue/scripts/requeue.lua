-- script: requeue
-- job: ARGV[2]
-- Gives the job back to be taken again after a delay, and counts the retry. Returns the retry count, the same one again
-- if the caller has done so before, or 0 if the job is no longer the caller's.
-- KEYS[1] root of all keys; ARGV owner token, id, delay in microseconds, last error.
local root, token, id = KEYS[1], ARGV[1], ARGV[2]
local data = root .. 'data:' .. id
if redis.call('HGET', data, 'owner') ~= token then
  if redis.call('HGET', data, 'requeued_by') ~= token then return 0 end
  return tonumber(redis.call('GET', root .. 'retry:' .. id)) or 0
end
local count = redis.call('INCR', root .. 'retry:' .. id)
redis.call('ZREM', root .. 'leases', id)
redis.call('HDEL', root .. 'owners', token)
redis.call('HDEL', data, 'owner')
redis.call('HSET', data, 'state', 'delayed', 'requeued_by', token, 'last_error', ARGV[4])
local time = redis.call('TIME')
redis.call('ZADD', root .. 'delayed', time[1] * 1000000 + time[2] + ARGV[3], id)
-- Whoever sleeps until a later moment must hear of an earlier one.
if redis.call('ZRANK', root .. 'delayed', id) == 0 then redis.call('PUBLISH', root .. 'wake', 'delayed') end
return count
