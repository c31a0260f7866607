-- Keeps what a device says of itself, changes it, reads it back, and puts the old values back when
-- the device shows others than it was told. The task's mail tells about it.

local fields = { "name", "location", "contact" }

local function old_values(device, wanted)
  local old = {}
  for _, field in ipairs(fields) do
    if wanted[field] then
      old[field] = device[field]
    end
  end
  return old
end

local function difference(device, wanted)
  for _, field in ipairs(fields) do
    if wanted[field] and device[field] ~= wanted[field] then
      return field .. " is '" .. device[field] .. "' and not '" .. wanted[field] .. "'"
    end
  end
end

return platen.flow {
  name = "quarterly-refresh",
  title = "[Printer] Quarterly Refresh",
  params = {
    type = "object",
    properties = {
      name = { type = "string", maxLength = 255 },
      location = { type = "string", maxLength = 255 },
      contact = { type = "string", maxLength = 255 },
    },
  },
  run = function(ctx, device)
    local wanted = ctx.params
    local old = old_values(device, wanted)
    ctx:log("before: " .. device.name .. " | " .. device.location .. " | " .. device.contact)
    local done, err = ctx:subtask("device.edit", device, wanted)
    if not done then
      return nil, err
    end
    if ctx.preview then
      return done
    end
    local read, why = ctx:subtask("device.information", device)
    if not read then
      return nil, why
    end
    local wrong = difference(platen.device.get(device.id) or device, wanted)
    if wrong then
      ctx:warn("put back: " .. wrong)
      ctx:subtask("device.edit", device, old)
      return ctx:fail(wrong)
    end
    return { state = done.state, text = "changed and read back", params = { before = old } }
  end,
}
