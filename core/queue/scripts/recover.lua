-- script: recover
-- Takes the jobs whose leases have run out from their owners. A job goes back to the front of the ready list, because it
-- was taken first; a job that has now been recovered more often than is allowed goes to the dead-letter list instead.
-- Recoveries are counted since the job was put in, revived or last re-queued. A recovery spends no retry.
-- KEYS[1] root of all keys; ARGV token of this call, milliseconds for which its answer is kept, how many recoveries are
-- allowed, the reason of a job that fails.
-- Returns 'ready:' .. id or 'failed:' .. id for each of the jobs; the same again to a caller whose answer was lost.
-- Somebody may have put a value of another type where a job's record is expected. It counts as no record: what touches
-- records is called by pcall, so that one such job does not stop the others.
local call = redis.call
local root, most = KEYS[1], tonumber(ARGV[3])
local kept = root .. 'recovered:' .. ARGV[1]
local answer = call('LRANGE', kept, 0, -1)
if #answer > 0 then return answer end
local time = call('TIME')
local now = time[1] * 1000000 + time[2]
local ids = call('ZRANGEBYSCORE', root .. 'leases', '-inf', now, 'LIMIT', 0, 100)
if #ids == 0 then return answer end
local ready = 0
-- From the last to the first, so that the first one comes to stand at the very front.
for i = #ids, 1, -1 do
  local id = ids[i]
  local data = root .. 'data:' .. id
  call('HDEL', root .. 'owners', id)
  call('ZREM', root .. 'leases', id)
  local count = redis.pcall('HINCRBY', data, 'recoveries', 1)
  if type(count) == 'number' and count > most then
    local last_error = 'its lease ran out ' .. count .. ' times in a row: its workers died, or could not reach Redis'
    redis.pcall('HSET', data, 'reason', ARGV[4], 'last_error', last_error, 'error_api', '', 'error_status', '',
                'error_at', string.format('%.0f', now))
    call('RPUSH', root .. 'dead', id)
    answer[i] = 'failed:' .. id
  else
    call('LPUSH', root .. 'ready', id)
    answer[i] = 'ready:' .. id
    ready = ready + 1
  end
end
call('RPUSH', kept, unpack(answer))
call('PEXPIRE', kept, ARGV[2])
-- part: wake
-- A worker that was told to look a minute ago and has not done so has died.
call('ZREMRANGEBYSCORE', waiting, 1, string.format('%.0f', now - 60000000))
wake_for_ready(now, ready)
return answer
