-- script: renew
-- job: ARGV[2]
-- Prolongs the caller's lease to a whole one from now. Returns 0 if the job is no longer the caller's.
-- KEYS[1] root of all keys; ARGV owner token, id, lease in microseconds.
local call = redis.call
local root, id = KEYS[1], ARGV[2]
if call('HGET', root .. 'owners', id) ~= ARGV[1] then return 0 end
-- This changes nothing. A Redis that is full refuses a script whose first write may need memory; after a write that
-- needs none it lets the script go on.
call('LTRIM', root .. 'ready', 0, -1)
local time = call('TIME')
call('ZADD', root .. 'leases', time[1] * 1000000 + time[2] + ARGV[3], id)
return 1
