-- Waits until it is night where the device stands, then does one subtask.

local function minutes(text)
  local hour, minute = text:match("^(%d%d):(%d%d)$")
  return tonumber(hour) * 60 + tonumber(minute)
end

-- Minutes until the window opens; 0 inside it.
local function to_wait(now, from, till)
  local inside = from <= till and now >= from and now < till
  if from > till then
    inside = now >= from or now < till
  end
  return inside and 0 or (from - now) % 1440
end

return platen.flow {
  name = "night-window",
  title = "[System] Run in the Night",
  params = {
    type = "object",
    required = { "kind" },
    properties = {
      from = { type = "string", pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", title = "Begin" },
      till = { type = "string", pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", title = "End" },
      kind = { type = "string", maxLength = 64, title = "Task kind" },
      settings = { type = "object", title = "Its settings" },
    },
  },
  run = function(ctx, device)
    local from = minutes(ctx.params.from or "22:00")
    local till = minutes(ctx.params.till or "06:00")
    for _ = 1, 10 do -- a clock that is set makes another round, not an endless one
      local now = platen.local_time(device)
      local wait = now and to_wait(now.hour * 60 + now.minute, from, till) or 0
      if wait == 0 then
        return ctx:subtask(ctx.params.kind, device, ctx.params.settings or {})
      end
      ctx:log("waits " .. wait .. " minutes")
      ctx:sleep(wait * 60)
      if ctx.preview then
        return ctx:subtask(ctx.params.kind, device, ctx.params.settings or {})
      end
    end
    return ctx:fail("the night never came")
  end,
}
