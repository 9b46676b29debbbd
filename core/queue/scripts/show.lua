-- script: show
-- job: ARGV[1]
-- Looks at one job and changes nothing.
-- KEYS[1] root of all keys; ARGV id, how many bytes of any text are shown.
-- Returns {state (waiting, delayed, running, completed, failed; empty: there is no such job), place in the ready list (-1: not in
-- it), microseconds until it is due or its lease ends, owner, retry count, recoveries, runs, bytes of its payload, the payload,
-- reason, last error, API and status of the call that met it, microseconds since then (-1: not known), then field and value of each entry of the journal}. A text that is
-- longer than is shown is left out.
-- Somebody may have put a value of another type where a job's record is expected. It counts as no record.
local call = redis.call
local root, id, most = KEYS[1], ARGV[1], tonumber(ARGV[2])
local data = root .. 'data:' .. id
local time = call('TIME')
local now = time[1] * 1000000 + time[2]
local is_record = call('TYPE', data).ok == 'hash'
-- part: record
local function text(field)
  if not is_record or call('HSTRLEN', data, field) > most then return '' end
  return call('HGET', data, field) or ''
end
local due, lease = call('ZSCORE', root .. 'delayed', id), call('ZSCORE', root .. 'leases', id)
local place = call('LPOS', root .. 'ready', id)
local reason = text('reason')
local state = ''
if reason ~= '' then state = 'failed'
elseif call('HEXISTS', root .. 'completed_by', id) == 1 then state = 'completed'
elseif lease then state = 'running'
elseif due then state = 'delayed'
elseif place or is_record then state = 'waiting' end
local error_at = tonumber(text('error_at'))
local answer = {state, place or -1, math.floor(math.max(math.min(due or lease or now, 1e16), 0) - now), call('HGET', root .. 'owners', id) or '',
                count_of(redis.pcall('GET', root .. 'retry:' .. id)), count_of(text('recoveries')), count_of(text('runs')), is_record and call('HSTRLEN', data, 'payload') or 0, text('payload'), reason,
                text('last_error'), text('error_api'), text('error_status'), error_at and error_at >= 0 and math.floor(now - error_at) or -1}
if is_record then
  for _, field in ipairs(call('HKEYS', data)) do
    local entry = field:match('^effect:(.*)')
    if entry then answer[#answer + 1], answer[#answer + 2] = entry, text(field) end
  end
end
return answer
