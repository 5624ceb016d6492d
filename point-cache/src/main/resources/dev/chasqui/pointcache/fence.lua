-- point-cache 6.1. KEYS: the key. ARGV: transaction, W in ms, channel.
-- Replies 2 if a value had to go, 1 if the key is fenced anew, 0 if it need not be: its value has seen the transaction,
-- or it is fenced already; then its fences live on for W at least.
local id, life, channel = ARGV[1] or '', tonumber(string.match(ARGV[2] or '', '^[1-9]%d*$')), ARGV[3]
local x = tonumber(string.match(id, '^%d+$'))
if not x or x >= 2 ^ 53 or not life or life >= 1e15 or not channel then
  return redis.error_reply('ERR point-cache fence: a transaction, a life in ms and a channel')
end
local kept = redis.call('GET', KEYS[1]) or ''
local fences, before = '', ''
local xmin, xmax, xips = string.match(kept, '^V|(%d+):(%d+):([%d,]*)|[^|]+|')
if xmin then
  local seen = x < tonumber(xmax)
  if seen and x >= tonumber(xmin) then
    for xip in string.gmatch(xips, '%d+') do
      if tonumber(xip) == x then
        seen = false
      end
    end
  end
  if seen then
    return 0
  end
  fences, before = id, '|' .. xmin .. ':' .. xmax .. ':' .. xips
else
  fences, before = string.match(kept, '^E|[^|]*|([>%d,]*)(|?[%d:,]*)$')
  fences, before = fences or '', before or ''
  if fences ~= '' then
    life = math.max(life, redis.call('PTTL', KEYS[1]))
  end
  local most, count = x, 1
  for mark, other in string.gmatch(fences, '(>?)(%d+)') do
    local y = tonumber(other)
    if y == x or mark == '>' and x < y then
      redis.call('PEXPIRE', KEYS[1], life)
      return 0
    end
    most, count = math.max(most, y), count + 1
  end
  if count > 16 then
    fences = '>' .. string.format('%.0f', most)
  elseif fences == '' then
    fences = id
  else
    fences = fences .. ',' .. id
  end
end
redis.call('SET', KEYS[1], 'E||' .. fences .. before, 'PX', life)
redis.call('PUBLISH', channel, KEYS[1])
return xmin and 2 or 1
