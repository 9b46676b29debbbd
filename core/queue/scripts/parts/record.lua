-- Needs `call` and `root`.
-- Somebody may have put something else where the queue keeps the record of a job. What belongs to one job is read and written by
-- these functions, so that such a job does not stop the others.
-- part: refused
-- What the command answers, or nil where it meets a value of another type. Any other refusal is raised.
local function ask(...)
  local answer = redis.pcall(...)
  if not refused(answer) then return answer end
  if answer.err:find('WRONGTYPE', 1, true) then return nil end
  return call(...)
end
-- A count as the queue writes them. Anything else counts as 0: a word, a negative number, one that no count can reach.
local function count_of(text)
  local count = type(text) == 'string' and #text <= 10 and text:find('^%d+$') and tonumber(text)
  return count and count < 4294967295 and count or 0
end
-- A moment as the queue writes them, in microseconds since 1970, or nil.
local function time_of(text)
  return type(text) == 'string' and #text <= 16 and text:find('^%d+$') and tonumber(text) or nil
end
-- Gives a value of another type than a record another name, and says in a new record what was found.
local function set_aside(id)
  local data, kept_as = root .. 'data:' .. id, root .. 'foreign:data:' .. id
  local found = string.format('%s held a value of the type %s instead of a hash', data:sub(1, 200), call('TYPE', data).ok)
  -- A user may lack the right. Then the value stays.
  if not redis.pcall('RENAME', data, kept_as).ok then return found end
  found = string.format('%s; it is now called %s', found, kept_as:sub(1, 200))
  redis.pcall('HSET', data, 'foreign', found)
  return found
end
-- Writes fields of the record.
local function note(id, ...)
  if ask('HSET', root .. 'data:' .. id, ...) then return end
  set_aside(id)
  ask('HSET', root .. 'data:' .. id, ...)
end
