-- script: claim
-- Makes due jobs ready and leases the oldest ready one to the caller.
-- KEYS[1] root of all keys; ARGV owner token (a new one for each claim), lease in microseconds.
-- Returns {id, payload, retry count, journal as field, value, ...}, or with nothing ready {false, microseconds until a
-- delayed job is due or a lease runs out (-1: none), 1 if a lease has run out}.
local call = redis.call
local root, token = KEYS[1], ARGV[1]
local time = call('TIME')
local now = time[1] * 1000000 + time[2]
-- A token that holds a job is one whose answer was lost.
local id = call('HGET', root .. 'owners', token)
if not id then
  local due = call('ZRANGEBYSCORE', root .. 'delayed', '-inf', now, 'LIMIT', 0, 100)
  for _, job in ipairs(due) do
    call('ZREM', root .. 'delayed', job)
    call('HSET', root .. 'data:' .. job, 'state', 'waiting')
    call('RPUSH', root .. 'ready', job)
  end
  if #due > 1 then call('PUBLISH', root .. 'wake', 'due') end
  id = call('LPOP', root .. 'ready')
end
if not id then
  local wait, expired = -1, 0
  local due = call('ZRANGE', root .. 'delayed', 0, 0, 'WITHSCORES')
  if due[2] then wait = due[2] - now end
  local lease = call('ZRANGE', root .. 'leases', 0, 0, 'WITHSCORES')
  if lease[2] then
    local left = lease[2] - now
    if left <= 0 then expired = 1 end
    if wait < 0 or left < wait then wait = math.max(left, 0) end
  end
  return {false, wait, expired}
end
local data = root .. 'data:' .. id
call('ZADD', root .. 'leases', now + ARGV[2], id)
call('HSET', root .. 'owners', token, id)
call('HSET', data, 'state', 'running', 'owner', token)
local answer = {id, call('HGET', data, 'payload') or '', call('GET', root .. 'retry:' .. id) or '0'}
for _, text in ipairs(call('HGETALL', root .. 'journal:' .. id)) do answer[#answer + 1] = text end
return answer
