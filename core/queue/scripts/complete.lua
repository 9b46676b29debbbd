-- script: complete
-- job: ARGV[2]
-- Records that the job is done. Returns 0 if it is no longer the caller's; 1 again if the caller has done so before.
-- KEYS[1] root of all keys; ARGV owner token, id, milliseconds for which the job can still be looked up.
local call = redis.call
local root, token, id = KEYS[1], ARGV[1], ARGV[2]
local data = root .. 'data:' .. id
if call('HGET', data, 'owner') ~= token then
  return call('HGET', data, 'ended_by') == token and 1 or 0
end
call('ZREM', root .. 'leases', id)
call('HDEL', root .. 'owners', token)
call('HDEL', data, 'owner')
call('HSET', data, 'state', 'completed', 'ended_by', token)
call('DEL', root .. 'journal:' .. id)
call('PEXPIRE', data, ARGV[3])
call('PEXPIRE', root .. 'retry:' .. id, ARGV[3])
return 1
