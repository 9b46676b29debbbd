-- script: queue-turn
-- What a job's way through a queue asks of Redis, in one call: put in, leased, done. It leaves nothing behind.
-- KEYS[1] root of all keys; ARGV id, payload.
local call = redis.call
local root, id = KEYS[1], ARGV[1]
local data = root .. 'data:' .. id
local time = call('TIME')
local now = time[1] * 1000000 + time[2]
if call('EXISTS', data) == 1 then return 0 end
call('HSET', data, 'payload', ARGV[2], 'enqueued_by', id)
call('HDEL', root .. 'completed_by', id)
call('RPUSH', root .. 'ready', id)
local claimed = call('LPOP', root .. 'ready')
call('ZADD', root .. 'leases', now + 30000000, claimed)
call('HSET', root .. 'owners', claimed, id)
local kept = call('HMGET', data, 'payload', 'requeued_by', 'journaled')
call('HSET', root .. 'completed_by', claimed, id)
call('HDEL', root .. 'owners', claimed)
call('ZREM', root .. 'leases', claimed)
call('RPUSH', root .. 'completed', claimed)
call('LPOP', root .. 'completed')
call('HDEL', root .. 'completed_by', claimed)
call('DEL', data)
return kept[1]
