-- script: fail
-- job: ARGV[2]
-- Puts the job on the dead-letter list with the reason and its last error. Returns 0 if it is no longer the caller's; 1
-- again if the caller has done so before.
-- KEYS[1] root of all keys; ARGV owner token, id, reason, last error, API and status of the call that met it.
local call = redis.call
local root, token, id = KEYS[1], ARGV[1], ARGV[2]
local data = root .. 'data:' .. id
if call('HGET', root .. 'owners', id) ~= token then
  return call('HGET', data, 'failed_by') == token and 1 or 0
end
call('ZREM', root .. 'leases', id)
call('HDEL', root .. 'owners', id)
local time = call('TIME')
redis.pcall('HSET', data, 'failed_by', token, 'reason', ARGV[3], 'last_error', ARGV[4], 'error_api', ARGV[5],
            'error_status', ARGV[6], 'error_at', string.format('%.0f', time[1] * 1000000 + time[2]))
call('RPUSH', root .. 'dead', id)
return 1
