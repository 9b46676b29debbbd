-- script: claim
-- Makes due jobs ready and leases the oldest ready ones to the caller.
-- KEYS[1] root of all keys; ARGV worker, number of the claim (each claim's is higher than that of the worker's last one;
-- both together are the jobs' owner token), lease in microseconds, how many jobs at most, how many bytes their payloads
-- and journals may have together.
-- Returns {microseconds until a delayed job is due or a lease runs out (-1: none), 1 if a lease has run out} - both told
-- only where there were fewer jobs than asked for -, then of each job {id, payload, retry count, number of the run,
-- journal as field, value, ...}. Of a job that has more bytes alone, the payload is null and the journal
-- is left out.
-- While the queue is paused the script takes no job, and tells when the next lease runs out but not when a job is due.
-- Somebody may have put a value of another type where a job's record is expected. It counts as no record: what touches
-- records is called by pcall, so that one such job does not stop the others.
local call = redis.call
local root, worker, number, most, most_bytes = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[4]), tonumber(ARGV[5]) or math.huge
local token, last_claim = worker .. number, root .. 'claim:' .. worker
local time = call('TIME')
local now = time[1] * 1000000 + time[2]
local ids = {}
local last_number, last_lease_end = (call('GET', last_claim) or ''):match('^(%d+):(%d+)$')
local is_repeated = last_number == number
if is_repeated then
  -- The answer was lost, or came too late: what is still the caller's is leased anew and returned again.
  for _, id in ipairs(call('ZRANGEBYSCORE', root .. 'leases', last_lease_end, last_lease_end)) do
    if call('HGET', root .. 'owners', id) == token then ids[#ids + 1] = id end
  end
  -- Nothing of that claim is still the caller's. The caller asks again by a new number: a number takes jobs only once.
  if #ids == 0 then return {0, 0} end
  -- This changes nothing. A Redis that is full refuses a script whose first write may need memory; after a write that
  -- needs none it lets the script go on.
  call('LTRIM', root .. 'ready', 0, -1)
elseif last_number and tonumber(last_number) > tonumber(number) then
  return {-1, 0}  -- It comes late. Its caller has long had the answer of another attempt.
end
local is_paused = #ids == 0 and call('EXISTS', root .. 'paused') == 1
if #ids == 0 and not is_paused then
  local due = call('ZRANGEBYSCORE', root .. 'delayed', '-inf', now, 'LIMIT', 0, 100)
  for _, job in ipairs(due) do
    call('ZREM', root .. 'delayed', job)
    call('RPUSH', root .. 'ready', job)
  end
  ids = call('LPOP', root .. 'ready', most) or {}
  if #due > #ids then call('PUBLISH', root .. 'wake', 'due') end
end
local answer = {-1, 0}
if #ids < most then
  local due = call('ZRANGE', root .. 'delayed', 0, 0, 'WITHSCORES')
  if due[2] and not is_paused then answer[1] = math.max(due[2] - now, 0) end
  local lease = call('ZRANGE', root .. 'leases', 0, 0, 'WITHSCORES')
  if lease[2] then
    local left = lease[2] - now
    if left <= 0 then answer[2] = 1 end
    if answer[1] < 0 or left < answer[1] then answer[1] = math.max(left, 0) end
  end
end
if #ids == 0 then return answer end
local leases, owners, lease_end = {}, {}, string.format('%.0f', now + ARGV[3])
call('SET', last_claim, number .. ':' .. lease_end, 'PX', math.ceil(ARGV[3] / 1000))
local bytes = 0
for i, id in ipairs(ids) do
  local data = root .. 'data:' .. id
  local length = tonumber(redis.pcall('HSTRLEN', data, 'payload')) or 0
  local kept = redis.pcall('HMGET', data, length <= most_bytes and 'payload' or 'unread', 'requeued_by', 'journaled')
  local size = length + (tonumber(kept[3] or 0) or 0)
  if i > 1 and bytes + size > most_bytes then
    -- The rest goes back to where it was. Of a repeated claim it stays the caller's until its lease ends.
    for rest = #ids, i, -1 do
      if not is_repeated then call('LPUSH', root .. 'ready', ids[rest]) end
      ids[rest] = nil
    end
    answer[1] = 0
    if not is_repeated then call('PUBLISH', root .. 'wake', 'ready') end
    break
  end
  bytes = bytes + size
  leases[2 * i - 1], leases[2 * i] = lease_end, id
  owners[2 * i - 1], owners[2 * i] = id, token
  local run, is_too_large = 0, size > most_bytes
  if length > 0 or kept[1] then
    run = is_repeated and call('HGET', data, 'runs') or redis.pcall('HINCRBY', data, 'runs', 1)
    if type(run) == 'table' then run = 0 end  -- Somebody has put something else there.
  end
  local job = {id, not is_too_large and (kept[1] or ''), kept[2] and call('MGET', root .. 'retry:' .. id)[1] or '0',
               tostring(run)}
  if kept[3] and not is_too_large then
    local record = call('HGETALL', data)
    for field = 1, #record, 2 do
      local entry = record[field]:match('^effect:(.*)')
      if entry then job[#job + 1], job[#job + 2] = entry, record[field + 1] end
    end
  end
  answer[i + 2] = job
end
call('ZADD', root .. 'leases', unpack(leases))
call('HSET', root .. 'owners', unpack(owners))
return answer
