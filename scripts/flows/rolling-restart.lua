-- Restarts devices and makes sure that each is back. How many go at once, the canary and what halts
-- the rest are the task's rollout.

return platen.flow {
  name = "rolling-restart",
  title = "[Printer] Rolling Restart",
  params = {
    type = "object",
    properties = {
      online_s = { type = "integer", minimum = 30, maximum = 3600, title = "Seconds to come back" },
    },
  },
  run = function(ctx, device)
    if device.power ~= "on" then
      return ctx:skip("it is not on")
    end
    local done, err = ctx:subtask("device.restart", device, { action = "restart" })
    if not done then
      return nil, err
    end
    if not ctx:wait_online(device, ctx.params.online_s or 600) then
      return ctx:fail("it did not come back")
    end
    return done
  end,
}
