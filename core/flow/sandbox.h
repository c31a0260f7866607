/*
 * A Lua state in which a script can harm nothing but itself: allow-listed globals that cannot be
 * changed, text chunks only, a cap on memory, a deadline that a script's own pcall cannot swallow,
 * and nothing in it that differs from one process to the next, so that a flow can be replayed
 * (docs/lua-guide.md). There is no switch that widens it.
 *
 * A sandbox belongs to one thread at a time.
 */
#ifndef PLATEN_FLOW_SANDBOX_H
#define PLATEN_FLOW_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lua.h>

#include "core/base/error.h"

typedef struct sandbox sandbox;

typedef struct sandbox_limits {
    size_t memory;        /* bytes of the whole state; 0: 64 MiB */
    int64_t instructions; /* of one entry; 0: 50 million */
    int64_t entry_ms;     /* time of one entry; 0: 5,000 */
} sandbox_limits;

/* `print` in scripts; `text` is one line without its end. May be NULL: then print is silent. */
typedef void (*sandbox_print)(const char *text, size_t length, void *user);

platen_code sandbox_new(const sandbox_limits *limits, sandbox **out, platen_error *err);
void sandbox_free(sandbox *s); /* NULL is fine */

lua_State *sandbox_lua(sandbox *s);
sandbox *sandbox_of(lua_State *L);
size_t sandbox_memory(const sandbox *s); /* bytes in use */
void sandbox_on_print(sandbox *s, sandbox_print print, void *user);

/* The generator behind math.random: the state is the caller's, so that each flow has its own. */
void sandbox_use_random(sandbox *s, uint64_t state[2]);

/* Host functions by name below the one global that is added: `platen`. Before scripts run. */
void sandbox_add(sandbox *s, const char *name, lua_CFunction function);

/*
 * Compiles `text` and pushes the function; `name` is shown in errors. PLATEN_E_MALFORMED with file
 * and line; nothing is pushed then.
 */
platen_code sandbox_load(sandbox *s, const char *name, const char *text, size_t length,
                         platen_error *err);

/*
 * Calls as lua_pcall() does, within the limits. PLATEN_E_INVAL with "file:line: message" for the
 * script's own errors, PLATEN_E_TIMEOUT for the deadline, PLATEN_E_NOMEM for the cap; `trace`
 * (may be NULL, `size` bytes) gets the traceback.
 */
platen_code sandbox_call(sandbox *s, int arguments, int results, char *trace, size_t size,
                         platen_error *err);

/*
 * Resumes a coroutine of this state the same way. `yielded` says whether it waits; `results` values
 * are on its stack.
 */
platen_code sandbox_resume(sandbox *s, lua_State *co, int arguments, bool *yielded, int *results,
                           char *trace, size_t size, platen_error *err);

/* For C functions that may run long: false when the entry's deadline has passed. */
bool sandbox_in_time(sandbox *s);
/* Steps of patterns that this entry may still take; functions lower it. */
int64_t *sandbox_budget(sandbox *s);

/* safe_<library>.c: fill the table on top of the stack. */
void safe_base_open(lua_State *L);
void safe_string_open(lua_State *L);
void safe_table_open(lua_State *L);
void safe_math_open(lua_State *L);
void safe_coroutine_open(lua_State *L);

/*
 * Replaces the table on top of the stack by a view that reads it and cannot be changed; pairs()
 * and '#' work on it. The tables in it are not viewed by themselves.
 */
void sandbox_view(lua_State *L);
/* Pushes the table behind the view at `index`; false, and nothing pushed, when it is none. */
bool sandbox_push_viewed(lua_State *L, int index);

/* Pushes the keys of the table at `index` as an array, in the order of pairs(); raises for a key
 * that has no place in it. `index` is absolute. */
void safe_push_keys(lua_State *L, int index);

/* Random bits of the generator in use. */
uint64_t sandbox_random(sandbox *s);
void sandbox_printed(sandbox *s, const char *text, size_t length);

/* In place of luaL_tolstring(): no addresses in it. Pushes the text. */
const char *safe_text(lua_State *L, int index, size_t *length);

#endif
