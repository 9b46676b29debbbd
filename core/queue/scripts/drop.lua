-- script: drop
-- job: ARGV[1]
-- Forgets a job that has ended, on the dead-letter list or anywhere else, and all that is known of it: its id is free again.
-- Returns 1; 0 if it has not ended, -1 if there is no such job.
-- KEYS[1] root of all keys; ARGV id.
local call = redis.call
local root, id = KEYS[1], ARGV[1]
local data = root .. 'data:' .. id
local is_dead = call('LPOS', root .. 'dead', id)
local is_completed = call('HEXISTS', root .. 'completed_by', id) == 1
if not is_dead and not is_completed then
  if call('EXISTS', data) == 0 then return -1 end
  -- part: record
  if not ask('HGET', data, 'reason') then return 0 end
end
-- In this order the job can still be dropped after any of them was refused.
call('LREM', root .. 'dead', 0, id)
call('DEL', data, root .. 'retry:' .. id, root .. 'foreign:data:' .. id)
call('HDEL', root .. 'completed_by', id)
return 1
