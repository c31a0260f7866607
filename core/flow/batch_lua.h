/*
 * A batch task as the text of a Lua flow that does the same: for whoever has outgrown the page.
 */
#ifndef PLATEN_FLOW_BATCH_LUA_H
#define PLATEN_FLOW_BATCH_LUA_H

#include <cjson/cJSON.h>

#include "core/base/error.h"
#include "core/base/strbuf.h"

/* `settings` are those of kind flow.batch, `name` is the task's. Appends. PLATEN_E_INVAL for more
 * than 8 levels of branches or a step without a kind, PLATEN_E_NOMEM. */
platen_code batch_lua_write(const cJSON *settings, const char *name, strbuf *out,
                            platen_error *err);

#endif
