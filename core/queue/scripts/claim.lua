-- script: claim
-- Makes due jobs ready and leases the oldest ready ones to the caller.
-- KEYS[1] root of all keys; ARGV worker, number of the claim (each claim's is higher than that of the worker's last one;
-- both together are the jobs' owner token), lease in microseconds, how many jobs at most, how many bytes their payloads
-- and journals may have together, a secret of which those of jobs are made that have none: other producers put in no more than a
-- payload, 1 if the worker has room for more jobs than it asks for.
-- Returns {wait, has_run_out, job, job, ...}.
-- wait: after so many microseconds the worker looks again; 0: there may be more for it already; -1: it waits until Redis tells it to
-- look. It is 0 for a worker without room, too.
-- has_run_out: 1 if a lease has run out and the worker is to recover its job. It is set only if the worker has room, no job is left for
-- it, and no other worker is on the way.
-- job: {id, payload, retry count, number of the run, secret, microseconds since it was put in, microseconds for which it could have been
-- taken, journal as field, value, ...}. A job that another producer put in counts as put in at its first claim, and its wait is not
-- known (-1). If one job alone has too many bytes, its payload is null and its journal is left out. If it has no payload, there is
-- {what is there instead} in its place.
-- While the queue is paused the script takes no job, and tells when the next lease runs out but not when a job is due.
local call = redis.call
local root, worker, number, most, most_bytes = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[4]), tonumber(ARGV[5]) or math.huge
local token, last_claim = worker .. number, root .. 'claim:' .. worker
local time = call('TIME')
local now = time[1] * 1000000 + time[2]
local ids = {}
local noted = call('MGET', last_claim, root .. 'paused')
local last_number, last_lease_end = (noted[1] or ''):match('^(%d+):(%d+)$')
local is_repeated = last_number == number
if is_repeated then
  -- The answer was lost, or came too late: what is still the caller's is leased anew and returned again.
  for _, id in ipairs(call('ZRANGEBYSCORE', root .. 'leases', last_lease_end, last_lease_end)) do
    if call('HGET', root .. 'owners', id) == token then ids[#ids + 1] = id end
  end
  -- Nothing of that claim is still the caller's. The caller asks again by a new number: a number takes jobs only once.
  if #ids == 0 then return {0, 0} end
elseif last_number and tonumber(last_number) > tonumber(number) then
  return {-1, 0}  -- It comes late. Its caller has long had the answer of another attempt.
end
-- This changes nothing. A Redis that is full refuses a script whose first write may need memory; after a write that
-- needs none it lets the script go on.
call('LTRIM', root .. 'ready', 0, -1)
local is_paused = #ids == 0 and noted[2]
local function first_due()
  return not is_paused and call('ZRANGE', root .. 'delayed', 0, 0, 'WITHSCORES')[2]
end
local next_due = first_due()
-- part: next_in
-- Redis takes nothing back when it refuses a command in the midst of a script: what was done before is taken back here.
if #ids == 0 and not is_paused then
  if next_due and tonumber(next_due) <= now then
    for _, job in ipairs(call('ZRANGEBYSCORE', root .. 'delayed', '-inf', now, 'LIMIT', 0, 100)) do
      call('ZREM', root .. 'delayed', job)
      local length = redis.pcall('RPUSH', root .. 'ready', job)
      if type(length) == 'table' then
        redis.pcall('ZADD', root .. 'delayed', string.format('%.0f', now), job)
        return length
      end
    end
    next_due = first_due()
  end
  ids = call('LRANGE', root .. 'ready', 0, most - 1)
end
local answer, has_more_room = {0, 0}, ARGV[7] == '1'
if #ids < most or has_more_room and call('LLEN', root .. 'ready') == (is_repeated and 0 or most) then
  answer = {next_in(now, next_due)}
end
-- A claim that is repeated has not looked at what is ready.
if is_repeated then answer[1] = 0 end
if #ids > 0 then
  -- part: record
  local leases, owners, lease_end = {}, {}, string.format('%.0f', now + ARGV[3])
  local bytes = 0
  for i, id in ipairs(ids) do
    local data = root .. 'data:' .. id
    local length, read, found = redis.pcall('HSTRLEN', data, 'payload'), call, nil
    if type(length) == 'table' then
      length, read = ask('HSTRLEN', data, 'payload'), ask
      if not length then length, found = 0, set_aside(id) end
    end
    local kept = read('HMGET', data, length <= most_bytes and 'payload' or 'unread', 'requeued_by', 'journaled', 'secret', 'runs',
                      'foreign', 'put_in_at', 'ready_at') or {}
    if length == 0 and not kept[1] then
      found = kept[6] or found or string.format('%s is not there, or has no payload', data:sub(1, 200))
    end
    local size = length + (kept[3] and count_of(kept[3]) or 0)
    if i > 1 and bytes + size > most_bytes then
      -- The rest stays where it is: of a repeated claim the caller's until its lease ends.
      for rest = #ids, i, -1 do ids[rest] = nil end
      answer[1] = 0
      break
    end
    bytes = bytes + size
    leases[2 * i - 1], leases[2 * i] = lease_end, id
    owners[2 * i - 1], owners[2 * i] = id, token
    local run, secret, is_too_large = 0, kept[4], size > most_bytes
    -- A re-queue and a put-off move `ready_at` and keep the older time in `put_in_at`.
    local put_in_at = time_of(kept[7]) or time_of(kept[8])
    if length > 0 or kept[1] then
      run = (kept[5] and count_of(kept[5]) or 0) + (is_repeated and 0 or 1)
      call('HSET', data, 'runs', run)
      if not secret then
        secret = redis.sha1hex(ARGV[6] .. id):sub(1, 32)
        call('HSET', data, 'secret', secret)
      end
      if not put_in_at then call('HSET', data, 'put_in_at', string.format('%.0f', now)) end
    end
    local age = string.format('%.0f', math.max(now - (put_in_at or now), 0))
    local payload = kept[1]
    if is_too_large then payload = false elseif found then payload = {found} end
    local ready_at = time_of(kept[8])
    local job = {id, payload, kept[2] and tostring(count_of(ask('GET', root .. 'retry:' .. id))) or '0', tostring(run), secret or '', age,
                 ready_at and math.max(now - ready_at, 0) or -1}
    if kept[3] and not is_too_large then
      local record = call('HGETALL', data)
      for field = 1, #record, 2 do
        local entry = record[field]:match('^effect:(.*)')
        if entry then job[#job + 1], job[#job + 2] = entry, record[field + 1] end
      end
    end
    answer[i + 2] = job
  end
  local refusal = refused(redis.pcall('ZADD', root .. 'leases', unpack(leases)))
    or refused(redis.pcall('HSET', root .. 'owners', unpack(owners)))
    or refused(redis.pcall('SET', last_claim, number .. ':' .. lease_end, 'PX', math.ceil(ARGV[3] / 1000)))
  if refusal then
    -- None is taken. Those of a repeated claim stay the caller's.
    if not is_repeated then
      redis.pcall('ZREM', root .. 'leases', unpack(ids))
      redis.pcall('HDEL', root .. 'owners', unpack(ids))
    end
    return refusal
  end
  if not is_repeated then call('LTRIM', root .. 'ready', #ids, -1) end
end
-- If the answer says 0, the worker claims again as soon as it has room.
local waiting, waits = root .. 'waiting', answer[1] ~= 0
if waits then call('ZADD', waiting, 0, worker) else call('ZREM', waiting, worker) end
if #call('ZRANGEBYSCORE', waiting, 0, 0, 'LIMIT', 0, 2) == (waits and 1 or 0) then return answer end
-- Others wait, too.
-- part: wake
if answer[2] == 1 and #ids == 0 then
  -- The watchers look at the same moment. The first of them recovers and then claims; the others look later, in case that it has died.
  local is_left_to_other = count_coming(now) > 0 and tell(worker, 'guard ' .. guard_after)
  if is_left_to_other then answer, waits = {-1, 0}, true end
  call('ZADD', waiting, is_left_to_other and 0 or string.format('%.0f', now), worker)
end
if waits and call('ZCOUNT', waiting, 0, 0) > watchers then
  -- Whether the caller is a watcher depends on the first two, which may have died. The two beside it are looked at as well, so
  -- that every dead worker is struck off some day.
  local rank, has_died
  repeat
    rank, has_died = call('ZRANK', waiting, worker), false
    local others = call('ZRANGE', waiting, math.max(rank - 1, 0), rank + 1)
    others[#others + 1], others[#others + 2] = unpack(call('ZRANGE', waiting, 0, 1))
    for _, other in ipairs(others) do
      -- The caller itself may be about to listen.
      if other ~= worker and not listens(other) then has_died = true end
    end
  until not has_died
  local count = call('ZCOUNT', waiting, 0, 0)
  -- The watchers look exactly when something is due. The other workers look some seconds later, one after the other, in case
  -- that all watchers have died. And every worker looks every ten minutes, or with N > 600 workers every N seconds.
  if answer[1] >= 0 and rank > 1 and rank < count - 1 then answer[1] = answer[1] + (5 + rank) * 1000000 end
  local look_in = math.floor(math.max(count, 600) * (0.5 + rank / count) * 1000000)
  if answer[1] < 0 or look_in < answer[1] then answer[1] = look_in end
end
if #ids > 0 then
  local is_empty = call('EXISTS', root .. 'ready') == 0
  tell_watchers(string.format('%s %.0f', is_empty and 'taken' or 'due', (next_in(now, next_due))), worker)
  if not is_empty then wake_for_ready(now, 0) end
end
return answer
