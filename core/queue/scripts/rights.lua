-- script: rights
-- Tries each command that the queue's scripts use, and to read and to write each kind of key, and leaves everything as it was.
-- KEYS[1] root of all keys; ARGV an id that no job has.
-- Returns what was refused, as word and error: the word is a command, or a key with `*` in place of the id.
local root, id = KEYS[1], ARGV[1]
local refused = {}
local function try(word, ...)
  local answer = redis.pcall(...)
  -- A command that is let in may find that a key holds something else, and has then changed nothing.
  if type(answer) ~= 'table' or not answer.err or answer.err:find('^WRONGTYPE') then return true end
  refused[#refused + 1], refused[#refused + 2] = word, answer.err
  return false
end
local scratch = root .. 'data:' .. id
local function command(name, ...) return try(name, name, scratch, ...) end
-- This one is the first: a Redis that is full refuses a script whose first write may need memory, and after a write that needs
-- none it lets the script go on.
local is_made = command('SET', '1', 'PX', 1000)
local can_delete = command('DEL')
-- These change nothing where there is no such key.
for _, name in ipairs({'EXISTS', 'GET', 'HGETALL', 'HKEYS', 'LLEN', 'MGET', 'TYPE', 'ZCARD'}) do command(name) end
for _, name in ipairs({'HDEL', 'HEXISTS', 'HGET', 'HMGET', 'HSTRLEN', 'LPOS', 'ZRANK', 'ZREM', 'ZSCORE'}) do command(name, 'x') end
for _, name in ipairs({'LRANGE', 'LTRIM', 'ZCOUNT', 'ZRANGE', 'ZRANGEBYSCORE', 'ZREMRANGEBYSCORE', 'ZREVRANGEBYSCORE'}) do
  command(name, 0, 0)
end
command('LINDEX', 0)
command('LREM', 0, 'x')
command('PEXPIRE', 1000)
try('TIME', 'TIME')
try('PUBSUB|NUMSUB', 'PUBSUB', 'NUMSUB', root .. 'wake:' .. id)
try('PUBSUB|CHANNELS', 'PUBSUB', 'CHANNELS', root .. 'wake:' .. id)
try('PUBLISH', 'PUBLISH', root .. 'wake:' .. id, 'now')
-- The others would make a key, and find one that is there and goes of itself. Where no key can be taken away none is made.
if is_made or can_delete then
  command('SET', '1', 'PX', 1000)
  command('RENAME', scratch)
  for _, name in ipairs({'LPUSH', 'RPUSH'}) do command(name, 'x') end
  command('HSET', 'x', 'x')
  command('ZADD', 0, 'x')
  command('DEL')
end
for _, kind in ipairs({'claim:*', 'completed', 'completed_by', 'data:*', 'dead', 'delayed', 'foreign:*', 'holds', 'leases', 'owners', 'paused', 'ready',
                       'recovered:*', 'retry:*', 'waiting'}) do
  local key = root .. kind:gsub('%*', id)
  if try(root .. kind, 'LRANGE', key, 0, 0) then try(root .. kind, 'LTRIM', key, 0, -1) end
end
return refused
