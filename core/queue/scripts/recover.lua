-- script: recover
-- Makes the jobs whose leases have run out ready again, at the front: they were taken first. A recovery is counted apart
-- and spends no retry. Returns the ids, the same ones again to a caller whose answer was lost.
-- KEYS[1] root of all keys; ARGV token of this call, milliseconds for which its answer is kept.
local root = KEYS[1]
local kept = root .. 'recovered:' .. ARGV[1]
local ids = redis.call('LRANGE', kept, 0, -1)
if #ids > 0 then return ids end
local time = redis.call('TIME')
ids = redis.call('ZRANGEBYSCORE', root .. 'leases', '-inf', time[1] * 1000000 + time[2], 'LIMIT', 0, 100)
for i = #ids, 1, -1 do
  local data = root .. 'data:' .. ids[i]
  local owner = redis.call('HGET', data, 'owner')
  if owner then redis.call('HDEL', root .. 'owners', owner) end
  redis.call('HDEL', data, 'owner')
  redis.call('HSET', data, 'state', 'waiting')
  redis.call('HINCRBY', data, 'recoveries', 1)
  redis.call('ZREM', root .. 'leases', ids[i])
  redis.call('LPUSH', root .. 'ready', ids[i])
  redis.call('LPUSH', kept, ids[i])
end
if #ids > 0 then
  redis.call('PEXPIRE', kept, ARGV[2])
  redis.call('PUBLISH', root .. 'wake', 'recovered')
end
return ids
