-- Gives the settings of one device to many: backs up the source, makes distribution data of it,
-- and distributes that to the others. The source is one of the targets: its part is to make the
-- data, and the others wait for it. What belongs to the source alone is not written to them.

local WAITS = { 5, 10, 20, 30, 60 } -- seconds between two looks; the last one again and again

local function ask(ctx, operation, arguments)
  local answer, err = platen.operation("setting-value." .. operation, arguments)
  if err then
    ctx:fail(err)
  end
  return answer
end

-- The source's part: a fresh backup becomes data under a name that only this run has.
local function offer(ctx, device, name)
  local settings = { key = ctx.params.key, categories = ctx.params.categories }
  local done, err = ctx:subtask("setting-value.back-up", device, settings)
  if not done then
    return nil, err
  end
  if ctx.preview then
    return done
  end
  local backup = ask(ctx, "newest-backup", { device = tostring(device.id) })
  if not backup then
    return ctx:fail("there is no backup of the source")
  end
  ask(ctx, "backup-to-data", { id = backup.id, name = name, purpose = "distribution" })
  return "the data '" .. name .. "' is there for the others"
end

local function wait_for(ctx, name)
  local left = ctx.params.wait_s or 1800
  local step = 1
  while true do
    local data = ask(ctx, "find-data", { name = name })
    if data or left <= 0 then
      return data
    end
    ctx:sleep(WAITS[step])
    left = left - WAITS[step]
    step = math.min(step + 1, #WAITS)
  end
end

return platen.flow {
  name = "clone-settings",
  title = "[Device Configuration] Clone Settings",
  params = {
    type = "object",
    required = { "source", "key" },
    properties = {
      source = {
        type = "string",
        maxLength = 19,
        title = "Source device",
        ["x-page"] = "/devices",
      },
      key = {
        type = "string",
        maxLength = 19,
        title = "Encryption password",
        ["x-page"] = "/setting-value/keys",
      },
      categories = {
        type = "array",
        maxItems = 50,
        items = { type = "string", maxLength = 48 },
        title = "Categories",
      },
      wait_s = { type = "integer", minimum = 0, maximum = 86400, title = "Seconds to wait" },
    },
  },
  run = function(ctx, device)
    local name = "Clone of device " .. ctx.params.source .. ", run " .. ctx.run
    if tostring(device.id) == ctx.params.source then
      return offer(ctx, device, name)
    end
    if ctx.preview then
      return "it would get the settings of device " .. ctx.params.source
    end
    local data = wait_for(ctx, name)
    if not data then
      local source = "device " .. ctx.params.source
      return ctx:fail("no settings of " .. source .. " came; is it one of the targets?")
    end
    return ctx:subtask("setting-value.distribute", device, { data = data.id })
  end,
}
