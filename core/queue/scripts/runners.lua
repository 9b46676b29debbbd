-- script: runners
-- Looks at which workers there are beside those that hold leases, and changes nothing.
-- KEYS[1] root of all keys.
-- Returns {1 if the queue is paused or 0, then for each worker that listens on this node or waits for jobs: worker, 1 if it
-- listens or 0, 1 if it waits or 0}.
local call = redis.call
local root = KEYS[1]
local channel = root .. 'wake:'
local answer, place = {call('MGET', root .. 'paused')[1] and 1 or 0}, {}
local function worker_of(name)
  if not place[name] then
    place[name] = #answer + 1
    answer[#answer + 1], answer[#answer + 2], answer[#answer + 3] = name, 0, 0
  end
  return place[name]
end
-- Letters that stand for others in a pattern stand for themselves here.
for _, name in ipairs(call('PUBSUB', 'CHANNELS', channel:gsub('[%*%?%[%]\\]', '\\%0') .. '*')) do
  local worker = name:sub(#channel + 1)
  -- All hear of limits there.
  if worker ~= 'holds' then answer[worker_of(worker) + 1] = 1 end
end
for _, name in ipairs(call('ZRANGE', root .. 'waiting', 0, -1)) do
  answer[worker_of(name) + 2] = 1
end
return answer
