-- Marks a device as retired where it says its location, shuts it down, and takes it out of the
-- managed devices.

return platen.flow {
  name = "retire-device",
  title = "[Printer] Retire",
  params = {
    type = "object",
    properties = {
      location = { type = "string", maxLength = 255, title = "Location to write" },
      shutdown = { type = "boolean", title = "Shut it down" },
    },
  },
  run = function(ctx, device)
    if ctx.params.location then
      local done, err = ctx:subtask("device.edit", device, { location = ctx.params.location })
      if not done then
        ctx:warn("the location stays: " .. err.message)
      end
    end
    if ctx.params.shutdown and device.power == "on" then
      local done, err = ctx:subtask("device.restart", device, { action = "shutdown" })
      if not done then
        return nil, err
      end
    end
    return ctx:subtask("device.manage", device, { managed = false })
  end,
}
