-- Batch tasks of the pages (TSK-55 to TSK-65): subtasks in order, with branches on their results.
-- settings: {"steps": [STEP]}, where STEP is
--   {"do": "subtask", "name", "kind", "settings", "success": [STEP], "warning": [STEP],
--    "error": [STEP], "always": [STEP]}   or   {"do": "end", "result": "success|error|keep"}

local DEPTH = 8

local branch = { type = "array", maxItems = 50, items = { type = "object" } }

local function ends(step, batch)
  if step.result == "success" then
    batch.last = { state = "success", text = batch.last and batch.last.text or "" }
  elseif step.result == "error" then
    batch.last = { state = "error", code = "batch", text = "ended as an error by the batch" }
  end
end

-- A branch without steps is none.
local function branch_of(step, name)
  local steps = step[name]
  return steps and #steps > 0 and steps or nil
end

-- True when the batch is over for this device.
local function perform(ctx, device, steps, depth, batch)
  if depth > DEPTH then
    ctx:fail("branches in more than " .. DEPTH .. " levels")
  end
  for _, step in ipairs(steps) do
    if step["do"] == "end" then
      ends(step, batch)
      return true
    end
    local result, err = ctx:subtask(step.kind, device, step.settings or {})
    local last = result or { state = err.state, code = err.code, text = err.message }
    local failed = last.state == "error" or last.state == "timeout" or last.state == "cancelled"
    local way = branch_of(step, failed and "error" or last.state)
    local always = branch_of(step, "always")
    batch.last = last
    ctx:log((step.name or step.kind) .. ": " .. last.state)
    if way and perform(ctx, device, way, depth + 1, batch) then
      return true
    end
    if always and perform(ctx, device, always, depth + 1, batch) then
      return true
    end
    if failed and not way then
      batch.last = last -- TSK-64: whatever ran afterwards
      return true
    end
  end
  return false
end

return platen.flow {
  name = "batch",
  title = "[System] Batch Task",
  params = {
    type = "object",
    required = { "steps" },
    properties = {
      steps = {
        type = "array",
        minItems = 1,
        maxItems = 50,
        items = {
          type = "object",
          required = { "do" },
          properties = {
            ["do"] = { type = "string", enum = { "subtask", "end" } },
            name = { type = "string", maxLength = 255 },
            kind = { type = "string", maxLength = 64 },
            settings = { type = "object" },
            success = branch,
            warning = branch,
            error = branch,
            always = branch,
            result = { type = "string", enum = { "success", "error", "keep" } },
          },
        },
      },
    },
  },
  run = function(ctx, device)
    local batch = {}
    perform(ctx, device, ctx.params.steps, 1, batch)
    return batch.last -- TSK-65
  end,
}
