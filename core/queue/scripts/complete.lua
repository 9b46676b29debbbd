-- script: complete
-- jobs: ARGV[3], ARGV[5], ...
-- Records that jobs are done, and forgets those that have been done for long. Returns for each of the jobs 0 if it is no
-- longer the caller's; 1 again if the caller has said so before.
-- KEYS[1] root of all keys; ARGV milliseconds for which a job can still be looked up, then of each job owner token, id.
local call = redis.call
local root, completed, completed_by = KEYS[1], KEYS[1] .. 'completed', KEYS[1] .. 'completed_by'
local tokens, ids = {}, {}
for i = 2, #ARGV, 2 do
  tokens[#tokens + 1], ids[#ids + 1] = ARGV[i], ARGV[i + 1]
end
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local stamp = now .. ':'
-- Whether it is time to forget the job of an entry `milliseconds:id`, or the entry is none.
local function is_old(entry)
  local ended_at = tonumber(entry:match('^(%d+):'))
  return not ended_at or ended_at + ARGV[1] <= now
end
local old, forgotten = {}, 0
local oldest = call('LINDEX', completed, 0)
if oldest and is_old(oldest) then
  for _, entry in ipairs(call('LRANGE', completed, 0, 2 * #ids)) do
    if not is_old(entry) then break end
    forgotten = forgotten + 1
    old[#old + 1] = entry:match('^%d+:(.*)')
  end
end
-- Done even where it changes nothing: a Redis that is full refuses a script whose first write may need memory; after a
-- write that needs none it lets the script go on.
call('LTRIM', completed, forgotten, -1)
if #old > 0 then
  local records = {}
  for i, owner in ipairs(call('HMGET', completed_by, unpack(old))) do
    -- Without an owner the job was deleted by hand, and may have been put in anew.
    if owner then
      records[#records + 1], records[#records + 2] = root .. 'data:' .. old[i], root .. 'retry:' .. old[i]
    end
  end
  call('HDEL', completed_by, unpack(old))
  if #records > 0 then call('DEL', unpack(records)) end
end
local owners = call('HMGET', root .. 'owners', unpack(ids))
local answer, ended, ends, entries, ended_by = {}, {}, {}, {}, {}
for i, id in ipairs(ids) do
  answer[i] = 0
  if owners[i] == tokens[i] and not ended_by[id] then
    ended_by[id], answer[i] = tokens[i], 1
    ended[#ended + 1], entries[#entries + 1] = id, stamp .. id
    ends[#ends + 1], ends[#ends + 2] = id, tokens[i]
  elseif (ended_by[id] or call('HGET', completed_by, id)) == tokens[i] then
    answer[i] = 1
  end
end
if #ended == 0 then return answer end
-- Redis takes nothing back when it refuses a command in the midst of a script: then the jobs are given back to their owners, with
-- leases that are over, so that the owner who tries again or a recovery finds them.
-- Nobody's id is empty: this changes nothing, and shows that HDEL is allowed.
call('HDEL', completed_by, '')
-- part: refused
local refusal = refused(redis.pcall('HSET', completed_by, unpack(ends))) or refused(redis.pcall('HDEL', root .. 'owners', unpack(ended)))
  or refused(redis.pcall('ZREM', root .. 'leases', unpack(ended))) or refused(redis.pcall('RPUSH', completed, unpack(entries)))
if refusal then
  redis.pcall('HDEL', completed_by, unpack(ended))
  redis.pcall('HSET', root .. 'owners', unpack(ends))
  for _, id in ipairs(ended) do redis.pcall('ZADD', root .. 'leases', 'NX', now .. '000', id) end
  return refusal
end
return answer
