-- script: complete
-- job: ARGV[2]
-- Records that the job is done. Returns 0 if it is no longer the caller's; 1 again if the caller has done so before.
-- KEYS[1] root of all keys; ARGV owner token, id, milliseconds for which the job can still be looked up.
local call = redis.call
local root, token, id = KEYS[1], ARGV[1], ARGV[2]
local data = root .. 'data:' .. id
local kept = call('HMGET', data, 'owner', 'journaled', 'requeued_by')
if kept[1] ~= token then
  return call('HGET', data, 'ended_by') == token and 1 or 0
end
call('ZREM', root .. 'leases', id)
call('HSET', data, 'state', 'completed', 'owner', '', 'ended_by', token)
call('PEXPIRE', data, ARGV[3])
if kept[2] then call('DEL', root .. 'journal:' .. id) end
if kept[3] then call('PEXPIRE', root .. 'retry:' .. id, ARGV[3]) end
return 1
