-- point-cache 4.7. KEYS: the key. ARGV: the value up to its third '|', snapshot, head without expiry, payload,
-- time to live in ms.
-- Replies 1 if it was stored; 0 if the value is another by now; -1 if the new snapshot has not seen all that the old
-- one has.
local old, head, payload = ARGV[1] or '', ARGV[3] or '', ARGV[4]
local life = tonumber(string.match(ARGV[5] or '', '^[1-9]%d*$'))
local xmin, xmax, xips = string.match(ARGV[2] or '', '^(%d+):(%d+):([%d,]*)$')
local oldMax, oldXips = string.match(old, '^V|%d+:(%d+):([%d,]*)|[^|]+|$')
if not xmin or not oldMax or not string.match(head, '^[^|]+$') or not life or life >= 1e15 then
  return redis.error_reply('ERR point-cache refresh: the beginning of a value, a snapshot, a head, a payload and a life in ms')
end
local kept = redis.call('GET', KEYS[1])
if not kept or string.sub(kept, 1, #old) ~= old then
  return 0
end
if tonumber(xmax) < tonumber(oldMax) then
  return -1
end
local unseen = {}
for xip in string.gmatch(oldXips, '%d+') do
  unseen[xip] = true
end
for xip in string.gmatch(xips, '%d+') do
  if tonumber(xip) < tonumber(oldMax) and not unseen[xip] then
    return -1
  end
end
local time = redis.call('TIME')
local expiry = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000) + life)
redis.call('SET', KEYS[1], 'V|' .. ARGV[2] .. '|' .. head .. ',' .. expiry .. '|' .. payload, 'PX', life)
return 1
