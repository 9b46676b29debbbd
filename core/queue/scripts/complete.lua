-- script: complete
-- jobs: ARGV[3], ARGV[5], ...
-- Records that jobs are done, and forgets those that have been done for long. Returns for each of the jobs 0 if it is no
-- longer the caller's; 1 again if the caller has said so before.
-- KEYS[1] root of all keys; ARGV milliseconds for which a job can still be looked up, then of each job owner token, id.
local call = redis.call
local root = KEYS[1]
local tokens, ids = {}, {}
for i = 2, #ARGV, 2 do
  tokens[#tokens + 1], ids[#ids + 1] = ARGV[i], ARGV[i + 1]
end
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local owners = call('HMGET', root .. 'owners', unpack(ids))
local answer, ended, entries, journals, is_ended = {}, {}, {}, {}, {}
for i, id in ipairs(ids) do
  if owners[i] == tokens[i] and not is_ended[id] then
    call('HSET', root .. 'data:' .. id, 'state', 'completed', 'ended_by', tokens[i])
    is_ended[id], ended[#ended + 1] = true, id
    entries[#entries + 1], journals[#journals + 1] = now .. ':' .. id, root .. 'journal:' .. id
    answer[i] = 1
  else
    answer[i] = call('HGET', root .. 'data:' .. id, 'ended_by') == tokens[i] and 1 or 0
  end
end
if #ended == 0 then return answer end
call('HDEL', root .. 'owners', unpack(ended))
call('ZREM', root .. 'leases', unpack(ended))
call('DEL', unpack(journals))
-- To have Redis expire each of them would cost more than all the rest.
local completed = root .. 'completed'
call('RPUSH', completed, unpack(entries))
local function is_old(entry) return entry:match('^%d+') + ARGV[1] <= now end
if is_old(call('LINDEX', completed, 0)) then
  local old = {}
  for _, entry in ipairs(call('LRANGE', completed, 0, 2 * #ended)) do
    if not is_old(entry) then break end
    local id = entry:match(':(.*)')
    old[#old + 1], old[#old + 2] = root .. 'data:' .. id, root .. 'retry:' .. id
  end
  call('LTRIM', completed, #old / 2, -1)
  call('DEL', unpack(old))
end
return answer
