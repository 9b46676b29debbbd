-- script: cancel
-- job: ARGV[1]
-- Ends a job that has not ended: it is taken from where it is, and from its owner. Its record, its journal with it, can be
-- looked up for a while and guards its id; it is not on the dead-letter list. Returns 1, again to the same call made again; 0 if
-- it has ended, -1 if there is no such job.
-- KEYS[1] root of all keys; ARGV id, token of this call, reason, milliseconds for which its record is kept.
local call = redis.call
local root, id, token = KEYS[1], ARGV[1], ARGV[2]
local data = root .. 'data:' .. id
if call('EXISTS', data) == 0 then return -1 end
-- part: record
local told = ask('HMGET', data, 'reason', 'failed_by')
if not told then return -1 end
if told[2] == token then return 1 end
if told[1] or call('HEXISTS', root .. 'completed_by', id) == 1 then return 0 end
local time, due, owner = call('TIME'), call('ZSCORE', root .. 'delayed', id), call('HGET', root .. 'owners', id)
-- Redis takes nothing back when it refuses one of these: then the job goes back to where it was, and has not ended.
local back = {}
for _, step in ipairs({
  {{'HDEL', root .. 'owners', id}, {'HSET', root .. 'owners', id, owner}},
  {{'ZREM', root .. 'leases', id}, {'ZADD', root .. 'leases', string.format('%.0f', time[1] * 1000000 + time[2]), id}},
  {{'ZREM', root .. 'delayed', id}, {'ZADD', root .. 'delayed', due, id}},
  {{'LREM', root .. 'ready', 0, id}, {'LPUSH', root .. 'ready', id}},
  {{'HSET', data, 'reason', ARGV[3], 'failed_by', token}, {}},
}) do
  local answer = redis.pcall(unpack(step[1]))
  if type(answer) == 'table' and answer.err then
    for _, command in ipairs(back) do redis.pcall(unpack(command)) end
    return answer
  end
  if answer > 0 then back[#back + 1] = step[2] end
end
call('PEXPIRE', data, ARGV[4])
call('PEXPIRE', root .. 'retry:' .. id, ARGV[4])
return 1
