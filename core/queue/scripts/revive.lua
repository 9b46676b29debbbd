-- script: revive
-- job: ARGV[1]
-- Takes a job off the dead-letter list to be run anew with all its retries and recoveries; its journal stays, so that what it has done
-- is not done again. Returns 1, or 0 if it is not on the list.
-- KEYS[1] root of all keys; ARGV id.
local call = redis.call
local root, id = KEYS[1], ARGV[1]
local data = root .. 'data:' .. id
if call('LREM', root .. 'dead', 1, id) == 0 then return 0 end
call('DEL', root .. 'retry:' .. id)
redis.pcall('HDEL', data, 'reason', 'failed_by', 'requeued_by', 'released_by', 'recoveries')
call('RPUSH', root .. 'ready', id)
-- part: wake
local time = call('TIME')
wake_for_ready(time[1] * 1000000 + time[2], 1)
return 1
