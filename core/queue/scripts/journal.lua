-- script: journal
-- job: ARGV[2]
-- Writes one entry of the job's journal of effects. Returns 0 if the job is no longer the caller's, -1 if the journal has no
-- room for it.
-- KEYS[1] root of all keys; ARGV owner token, id, entry, text, how many bytes the journal may have then (not given: any number).
local call = redis.call
local root, id = KEYS[1], ARGV[2]
if call('HGET', root .. 'owners', id) ~= ARGV[1] then return 0 end
local data, field = root .. 'data:' .. id, 'effect:' .. ARGV[3]
-- part: record
local kept = ask('HMGET', data, 'journaled', field)
if not kept then
  set_aside(id)
  kept = {}
end
local bytes = count_of(kept[1]) + #field + #ARGV[4]
if kept[2] then bytes = bytes - #field - #kept[2] end
if bytes > (tonumber(ARGV[5]) or math.huge) then return -1 end
note(id, 'journaled', bytes, field, ARGV[4])
return 1
