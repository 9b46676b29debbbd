-- script: recover
-- Makes the jobs whose leases have run out ready again, at the front: they were taken first. A recovery is counted apart
-- and spends no retry. Returns the ids, the same ones again to a caller whose answer was lost.
-- KEYS[1] root of all keys; ARGV token of this call, milliseconds for which its answer is kept.
local call = redis.call
local root = KEYS[1]
local kept = root .. 'recovered:' .. ARGV[1]
local ids = call('LRANGE', kept, 0, -1)
if #ids > 0 then return ids end
local time = call('TIME')
ids = call('ZRANGEBYSCORE', root .. 'leases', '-inf', time[1] * 1000000 + time[2], 'LIMIT', 0, 100)
for i = #ids, 1, -1 do
  call('HDEL', root .. 'owners', ids[i])
  redis.pcall('HINCRBY', root .. 'data:' .. ids[i], 'recoveries', 1)
  call('ZREM', root .. 'leases', ids[i])
  call('LPUSH', root .. 'ready', ids[i])
  call('LPUSH', kept, ids[i])
end
if #ids > 0 then
  call('PEXPIRE', kept, ARGV[2])
  call('PUBLISH', root .. 'wake', 'recovered')
end
return ids
