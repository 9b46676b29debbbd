-- script: recover
-- Takes the jobs whose leases have run out from their owners. A job goes back to the front of the ready list, because it
-- was taken first; a job that has now been recovered more often than is allowed goes to the dead-letter list instead.
-- Recoveries are counted since the job was put in, revived or last re-queued. A recovery spends no retry.
-- KEYS[1] root of all keys; ARGV token of this call, milliseconds for which its answer is kept, how many recoveries are
-- allowed, the reason of a job that fails.
-- Returns 'ready:' .. id or 'failed:' .. id for each of the jobs; the same again to a caller whose answer was lost.
local call = redis.call
local root, most = KEYS[1], tonumber(ARGV[3])
local kept = root .. 'recovered:' .. ARGV[1]
-- part: record
-- part: move
local answer = ask('LRANGE', kept, 0, -1)
if not answer then
  call('DEL', kept)
  answer = {}
end
if #answer > 0 then return answer end
local time = call('TIME')
local now = time[1] * 1000000 + time[2]
local ids = call('ZRANGEBYSCORE', root .. 'leases', '-inf', now, 'LIMIT', 0, 100)
if #ids == 0 then return answer end
-- A Redis that is full refuses a script whose first write may need memory; after a write that needs none, as these, it
-- lets the script go on.
show_that_moves_can_be_undone()
local ready = 0
-- From the last to the first, so that the first one comes to stand at the very front.
for i = #ids, 1, -1 do
  local id = ids[i]
  local count, refusal = count_of(ask('HGET', root .. 'data:' .. id, 'recoveries')) + 1
  note(id, 'recoveries', count)
  if count > most then
    local last_error = 'its lease ran out ' .. count .. ' times in a row: its workers died, or could not reach Redis'
    note(id, 'reason', ARGV[4], 'last_error', last_error, 'error_api', '', 'error_status', '',
         'error_at', string.format('%.0f', now))
    refusal = move(id, nil, 'RPUSH', 'dead', id)
    answer[i] = 'failed:' .. id
  else
    refusal = move(id, nil, 'LPUSH', 'ready', id)
    answer[i] = 'ready:' .. id
    ready = ready + 1
  end
  if refusal then
    redis.pcall('HSET', root .. 'data:' .. id, 'recoveries', count - 1)
    redis.pcall('HDEL', root .. 'data:' .. id, 'reason')
    return refusal
  end
end
call('RPUSH', kept, unpack(answer))
call('PEXPIRE', kept, ARGV[2])
-- part: wake
-- A worker that was told to look a minute ago and has not done so has died.
call('ZREMRANGEBYSCORE', waiting, 1, string.format('%.0f', now - 60000000))
wake_for_ready(now, ready)
return answer
