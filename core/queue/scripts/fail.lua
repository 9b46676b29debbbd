-- script: fail
-- job: ARGV[2]
-- Puts the job on the dead-letter list with the reason and its last error. Returns 0 if it is no longer the caller's; 1
-- again if the caller has done so before.
-- KEYS[1] root of all keys; ARGV owner token, id, reason, last error, API and status of the call that met it.
local call = redis.call
local root, token, id = KEYS[1], ARGV[1], ARGV[2]
local data = root .. 'data:' .. id
-- part: record
-- part: move
if call('HGET', root .. 'owners', id) ~= token then
  return ask('HGET', data, 'failed_by') == token and 1 or 0
end
-- A Redis that is full refuses a script whose first write may need memory; after a write that needs none, as these, it
-- lets the script go on.
show_that_moves_can_be_undone()
local time = call('TIME')
local now = time[1] * 1000000 + time[2]
note(id, 'failed_by', token, 'reason', ARGV[3], 'last_error', ARGV[4], 'error_api', ARGV[5], 'error_status', ARGV[6],
     'error_at', string.format('%.0f', now))
local refusal = move(id, token, 'RPUSH', 'dead', id)
if not refusal then return 1 end
redis.pcall('HDEL', data, 'failed_by', 'reason')
return refusal
