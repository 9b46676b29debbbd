-- script: journal
-- job: ARGV[2]
-- Writes one entry of the job's journal of effects. Returns 0 if the job is no longer the caller's.
-- KEYS[1] root of all keys; ARGV owner token, id, entry, text.
local call = redis.call
local root, id = KEYS[1], ARGV[2]
if call('HGET', root .. 'owners', id) ~= ARGV[1] then return 0 end
call('HSET', root .. 'data:' .. id, 'journaled', '1', 'effect:' .. ARGV[3], ARGV[4])
return 1
