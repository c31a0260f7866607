-- Restarts devices that report an error, and only those that still do when they are asked again.

local function stuck(device)
  return device.power == "on" and (device.severity == "error" or device.severity == "service")
end

return platen.flow {
  name = "restart-if-stuck",
  title = "[Printer] Restart if Stuck",
  params = {
    type = "object",
    properties = {
      wait_s = { type = "integer", minimum = 0, maximum = 86400, title = "Seconds until the look" },
      online_s = { type = "integer", minimum = 30, maximum = 3600, title = "Seconds to come back" },
    },
  },
  run = function(ctx, device)
    if not stuck(device) then
      return ctx:skip("not stuck: " .. device.power .. ", " .. device.severity)
    end
    ctx:sleep(ctx.params.wait_s or 300)
    local seen, err = ctx:subtask("device.monitor", device)
    if not seen then
      return nil, err
    end
    local now = platen.device.get(device.id)
    if not now or not stuck(now) then
      return "it recovered by itself"
    end
    ctx:log("restarting: " .. now.alert)
    local done, why = ctx:subtask("device.restart", device, { action = "restart" })
    if not done then
      return nil, why
    end
    if not ctx:wait_online(device, ctx.params.online_s or 600) then
      return ctx:fail("it did not come back")
    end
    local after = platen.device.get(device.id)
    if after and stuck(after) then
      ctx:warn("still stuck after the restart: " .. after.alert)
    end
    return done
  end,
}
