-- script: enqueue
-- job: ARGV[1]
-- Puts a job in, once. Another call with the same id changes nothing and returns 0; the same call made again returns 1.
-- KEYS[1] root of all keys; ARGV id, payload, token of this call, secret of the job.
local call = redis.call
local root, id = KEYS[1], ARGV[1]
local data = root .. 'data:' .. id
-- part: record
if call('EXISTS', data) == 1 then return ask('HGET', data, 'enqueued_by') == ARGV[3] and 1 or 0 end
local time = call('TIME')
local now = time[1] * 1000000 + time[2]
call('HSET', data, 'payload', ARGV[2], 'enqueued_by', ARGV[3], 'secret', ARGV[4], 'ready_at', string.format('%.0f', now))
-- If somebody deleted only the record of an earlier job with this id, its end and its retry count are still here.
-- A Redis that refuses one of these takes nothing back: without its record the job is not there, and nobody takes it for
-- one that was put in.
local refusal = refused(redis.pcall('HDEL', root .. 'completed_by', id)) or refused(redis.pcall('DEL', root .. 'retry:' .. id))
  or refused(redis.pcall('RPUSH', root .. 'ready', id))
if refusal then
  redis.pcall('DEL', data)
  redis.pcall('HDEL', data, 'payload', 'enqueued_by', 'secret', 'ready_at')
  return refusal
end
-- part: wake
wake_for_ready(now, 1)
return 1
