/*
 * Lua values as JSON and back. The text of a value is always the same: keys in order, numbers in
 * their shortest form, so that a replayed call can be compared with what the journal has.
 */
#ifndef PLATEN_FLOW_VALUE_H
#define PLATEN_FLOW_VALUE_H

#include <stdbool.h>

#include <cjson/cJSON.h>
#include <lua.h>

#include "core/base/strbuf.h"

#define VALUE_DEPTH 24
#define VALUE_MAX ((size_t)256 * 1024) /* bytes of a value's text */

/*
 * Appends the value at `index` (absolute). Tables with the keys 1 to n are arrays, others objects
 * whose keys are texts. Raises for what has no JSON: functions, NaN, loops, texts that are no
 * UTF-8, more than VALUE_MAX bytes. `out` must belong to somebody who frees it then.
 */
void value_write(lua_State *L, int index, strbuf *out);

/* Pushes a tree; null is nil. With `view` nothing in it can be changed. Raises without memory. */
void value_push(lua_State *L, const cJSON *tree, bool view);

#endif
