-- point-cache 4.2. KEYS: the key. ARGV: token, D in ms.
-- Replies the value if there is one, '' if the caller now has the lease, nil if another has it.
local token, life = ARGV[1] or '', tonumber(string.match(ARGV[2] or '', '^[1-9]%d*$'))
if not string.match(token, '^[%w_-]+$') or #token > 64 or not life or life >= 1e15 then
  return redis.error_reply('ERR point-cache lease: a token and a life in ms')
end
local kept = redis.call('GET', KEYS[1]) or ''
if string.match(kept, '^V|%d+:%d+:[%d,]*|[^|]+|') then
  return kept
end
local held, fences, before = string.match(kept, '^E|([^|]*)|([>%d,]*)(|?[%d:,]*)$')
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local deadline = held and string.match(held, '@(%d+)$')
if deadline and tonumber(deadline) > now then
  return nil
end
local till = string.format('%.0f', now + life)
if fences and fences ~= '' then
  life = math.max(life, redis.call('PTTL', KEYS[1]))
end
redis.call('SET', KEYS[1], 'E|' .. token .. '@' .. till .. '|' .. (fences or '') .. (before or ''), 'PX', life)
return ''
