-- script: mend
-- Looks for keys of the queue that hold a value of another type than the queue's own: no script can go on where it meets one.
-- KEYS[1] root of all keys; ARGV '1' to give such a value another name, so that the queue makes the key anew; the caller's lease in
-- microseconds.
-- Returns an error that says which keys were wrong, so that log and commands show it like any error of Redis; 0 if none was wrong.
local call = redis.call
local root, found = KEYS[1], {}
for _, each in ipairs({{'completed', 'list'}, {'completed_by', 'hash'}, {'dead', 'list'}, {'delayed', 'zset'}, {'leases', 'zset'},
                       {'owners', 'hash'}, {'ready', 'list'}, {'waiting', 'zset'}}) do
  local key, kind = root .. each[1], call('TYPE', root .. each[1]).ok
  if kind ~= each[2] and kind ~= 'none' then
    local text = string.format('%s held a value of the type %s instead of a %s', key, kind, each[2])
    if ARGV[1] == '1' then
      local kept_as = root .. 'foreign:' .. each[1]
      -- A user may lack the right.
      local is_renamed = redis.pcall('RENAME', key, kept_as).ok
      text = text .. (is_renamed and '; it is now called ' .. kept_as or '; it could not be renamed')
    end
    found[#found + 1] = text
  end
end
if #found == 0 then return 0 end
local answer = {err = 'WRONGTYPE ' .. table.concat(found, '; ')}
if ARGV[1] ~= '1' then return answer end
-- Where the leases are gone, the owners still tell which jobs run. They last as long as the caller's own, and an hour at least: an owner
-- that lives renews its lease after a third of it, so before that is over where owners have the same settings.
if call('TYPE', root .. 'owners').ok == 'hash' then
  local time = call('TIME')
  local lease = math.max(tonumber(ARGV[2]) or 0, 3600000000)
  local lease_end = string.format('%.0f', time[1] * 1000000 + time[2] + lease)
  for _, id in ipairs(call('HKEYS', root .. 'owners')) do call('ZADD', root .. 'leases', 'NX', lease_end, id) end
end
-- Nobody knows any more who waits for jobs: all look, and say it anew.
call('PUBLISH', root .. 'wake', 'now')
return answer
