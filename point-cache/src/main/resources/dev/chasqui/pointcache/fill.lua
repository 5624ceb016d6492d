-- point-cache 4.4. KEYS: the key. ARGV: token, snapshot, head without expiry, payload, time to live in ms.
-- Replies 1 if it was stored; 0 if the caller has no lease any more; -1 if there is a fence whose transaction the
-- snapshot has not seen, or it has not seen all that the value before had: then the lease ends, for somebody else to try.
local token, head, payload = ARGV[1] or '', ARGV[3] or '', ARGV[4]
local life = tonumber(string.match(ARGV[5] or '', '^[1-9]%d*$'))
local xmin, xmax, xips = string.match(ARGV[2] or '', '^(%d+):(%d+):([%d,]*)$')
if not string.match(token, '^[%w_-]+$') or #token > 64 or not xmin or not string.match(head, '^[^|]+$') or not life
    or life >= 1e15 then
  return redis.error_reply('ERR point-cache fill: a token, a snapshot, a head, a payload and a life in ms')
end
local kept = redis.call('GET', KEYS[1])
local held, fences, before = string.match(kept or '', '^E|([^|]*)|([>%d,]*)(|?[%d:,]*)$')
if not held or string.match(held, '^(.*)@%d+$') ~= token then
  return 0
end
xmin, xmax = tonumber(xmin), tonumber(xmax)
local unseen = false
for mark, id in string.gmatch(fences, '(>?)(%d+)') do
  local x = tonumber(id)
  if x >= xmin then
    unseen = unseen or mark == '>' or x >= xmax
    for xip in string.gmatch(xips, '%d+') do
      unseen = unseen or tonumber(xip) == x
    end
  end
end
local oldMax, oldXips = string.match(before, '^|%d+:(%d+):([%d,]*)$')
if oldMax then
  unseen = unseen or xmax < tonumber(oldMax)
  for xip in string.gmatch(xips, '%d+') do
    unseen = unseen or tonumber(xip) < tonumber(oldMax) and not string.find(',' .. oldXips .. ',', ',' .. xip .. ',', 1, true)
  end
end
if unseen then
  redis.call('SET', KEYS[1], 'E||' .. fences .. before, 'KEEPTTL')
  return -1
end
local time = redis.call('TIME')
local expiry = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000) + life)
redis.call('SET', KEYS[1], 'V|' .. ARGV[2] .. '|' .. head .. ',' .. expiry .. '|' .. payload, 'PX', life)
return 1
