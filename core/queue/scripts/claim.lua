-- script: claim
-- Makes due jobs ready and leases the oldest ready ones to the caller, one for each of its tokens.
-- KEYS[1] root of all keys; ARGV lease in microseconds, then owner tokens (new ones for each claim).
-- Returns {microseconds until a delayed job is due or a lease runs out (-1: none), 1 if a lease has run out} - both told
-- only where fewer jobs than tokens were ready -, then of each job {number of its token, id, payload, retry count,
-- journal as field, value, ...}.
local call = redis.call
local root = KEYS[1]
local time = call('TIME')
local now = time[1] * 1000000 + time[2]
local tokens = {unpack(ARGV, 2)}
local ids, places = {}, {}
-- Tokens that hold jobs are of a claim whose answer was lost.
for place, id in ipairs(call('HMGET', root .. 'owners', unpack(tokens))) do
  if id then
    ids[#ids + 1], places[#places + 1] = id, place
  end
end
if #ids == 0 then
  local due = call('ZRANGEBYSCORE', root .. 'delayed', '-inf', now, 'LIMIT', 0, 100)
  for _, job in ipairs(due) do
    call('ZREM', root .. 'delayed', job)
    call('HSET', root .. 'data:' .. job, 'state', 'waiting')
    call('RPUSH', root .. 'ready', job)
  end
  ids = call('LPOP', root .. 'ready', #tokens) or {}
  for place = 1, #ids do places[place] = place end
  if #due > #ids then call('PUBLISH', root .. 'wake', 'due') end
end
local answer = {-1, 0}
if #ids < #tokens then
  local due = call('ZRANGE', root .. 'delayed', 0, 0, 'WITHSCORES')
  if due[2] then answer[1] = due[2] - now end
  local lease = call('ZRANGE', root .. 'leases', 0, 0, 'WITHSCORES')
  if lease[2] then
    local left = lease[2] - now
    if left <= 0 then answer[2] = 1 end
    if answer[1] < 0 or left < answer[1] then answer[1] = math.max(left, 0) end
  end
end
if #ids == 0 then return answer end
local leases, owners, counts = {}, {}, {}
for i, id in ipairs(ids) do
  leases[2 * i - 1], leases[2 * i] = now + ARGV[1], id
  owners[2 * i - 1], owners[2 * i] = tokens[places[i]], id
  counts[i] = root .. 'retry:' .. id
end
call('ZADD', root .. 'leases', unpack(leases))
call('HSET', root .. 'owners', unpack(owners))
counts = call('MGET', unpack(counts))
for i, id in ipairs(ids) do
  local data = root .. 'data:' .. id
  call('HSET', data, 'state', 'running', 'owner', tokens[places[i]])
  local kept = call('HMGET', data, 'payload', 'journaled')
  local job = {places[i], id, kept[1] or '', counts[i] or '0'}
  if kept[2] then
    for _, text in ipairs(call('HGETALL', root .. 'journal:' .. id)) do job[#job + 1] = text end
  end
  answer[#answer + 1] = job
end
return answer
