-- script: cancel
-- job: ARGV[1]
-- Ends a job that has not ended: it is taken from where it is, and from its owner. Its record, its journal with it, can be
-- looked up for a while and guards its id; it is not on the dead-letter list. Returns 1, again to the same call made again; 0 if
-- it has ended, -1 if there is no such job.
-- KEYS[1] root of all keys; ARGV id, token of this call, reason, milliseconds for which its record is kept.
local call = redis.call
local root, id, token = KEYS[1], ARGV[1], ARGV[2]
local data = root .. 'data:' .. id
if call('EXISTS', data) == 0 then return -1 end
local told = redis.pcall('HMGET', data, 'reason', 'failed_by')
if told.err then return -1 end
if told[2] == token then return 1 end
if told[1] or call('HEXISTS', root .. 'completed_by', id) == 1 then return 0 end
call('ZREM', root .. 'leases', id)
call('ZREM', root .. 'delayed', id)
call('LREM', root .. 'ready', 0, id)
call('HDEL', root .. 'owners', id)
call('HSET', data, 'reason', ARGV[3], 'failed_by', token)
call('PEXPIRE', data, ARGV[4])
call('PEXPIRE', root .. 'retry:' .. id, ARGV[4])
return 1
