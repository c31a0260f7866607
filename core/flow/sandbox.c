/*
 * The state, its allocator, its hook and its globals. Libraries are opened into tables of their
 * own; scripts see read-only views of them.
 */
#include "core/flow/sandbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>
#include <lualib.h>

#include "core/base/clock.h"

#define HOOK_EVERY 1000
#define MEMORY_LEAST ((size_t)1 << 20) /* so that making the state cannot fail half-way */
#define MEMORY_PRESET ((size_t)64 << 20)
#define INSTRUCTIONS_PRESET INT64_C(50000000)
#define ENTRY_MS_PRESET INT64_C(5000)
#define PATTERN_STEPS INT64_C(100000000) /* of one entry: about a second */

struct sandbox {
    lua_State *lua;
    sandbox_limits limits;
    size_t used;
    int64_t instructions; /* left in this entry */
    int64_t deadline;     /* clock_mono(), of this entry */
    int64_t pattern_steps;
    bool expired; /* sticky until the next entry */
    int handler;  /* of errors: its place in the registry */
    char *trace;  /* room for a traceback of this entry, or NULL */
    size_t trace_size;
    uint64_t own_random[2];
    uint64_t *random;
    sandbox_print print;
    void *print_user;
};

sandbox *sandbox_of(lua_State *L)
{
    return *(sandbox **)lua_getextraspace(L);
}

lua_State *sandbox_lua(sandbox *s)
{
    return s->lua;
}

size_t sandbox_memory(const sandbox *s)
{
    return s->used;
}

/* ---- limits ---- */

static void *allocate(void *user, void *block, size_t old, size_t fresh)
{
    sandbox *s = user;
    size_t before = block != NULL ? old : 0; /* without a block `old` is a type */
    if (fresh == 0) {
        free(block);
        s->used -= before;
        return NULL;
    }
    if (fresh > before && s->used + (fresh - before) > s->limits.memory) {
        return NULL;
    }
    void *moved = realloc(block, fresh);
    if (moved != NULL) {
        s->used += fresh - before;
    }
    return moved;
}

/*
 * The first raise may be swallowed by a pcall of the script; from then on every instruction raises,
 * whichever coroutine it is in.
 */
static void watch(lua_State *L, lua_Debug *event)
{
    sandbox *s = sandbox_of(L);
    (void)event;
    s->instructions -= s->expired ? 1 : HOOK_EVERY;
    if (!s->expired && (s->instructions <= 0 || clock_mono() > s->deadline)) {
        s->expired = true;
    }
    if (s->expired) {
        lua_sethook(L, watch, LUA_MASKCOUNT, 1);
        luaL_where(L, 0); /* level 0 of a hook is the function that it watches */
        lua_pushliteral(L, "the script runs too long");
        lua_concat(L, 2);
        (void)lua_error(L);
    }
}

bool sandbox_in_time(sandbox *s)
{
    return !s->expired && clock_mono() <= s->deadline;
}

int64_t *sandbox_budget(sandbox *s)
{
    return &s->pattern_steps;
}

static void enter(sandbox *s, lua_State *L)
{
    s->instructions = s->limits.instructions;
    s->deadline = clock_mono() + s->limits.entry_ms;
    s->pattern_steps = PATTERN_STEPS;
    s->expired = false;
    lua_sethook(L, watch, LUA_MASKCOUNT, HOOK_EVERY);
}

/* ---- random numbers: xoroshiro128+ of Blackman and Vigna (the formula) ---- */

static uint64_t rotate(uint64_t value, int bits)
{
    return value << bits | value >> (64 - bits);
}

uint64_t sandbox_random(sandbox *s)
{
    uint64_t a = s->random[0];
    uint64_t b = s->random[1];
    uint64_t result = a + b;
    b ^= a;
    s->random[0] = rotate(a, 24) ^ b ^ b << 16;
    s->random[1] = rotate(b, 37);
    return result;
}

void sandbox_use_random(sandbox *s, uint64_t state[2])
{
    s->random = state;
}

void sandbox_on_print(sandbox *s, sandbox_print print, void *user)
{
    s->print = print;
    s->print_user = user;
}

void sandbox_printed(sandbox *s, const char *text, size_t length)
{
    if (s->print != NULL) {
        s->print(text, length, s->print_user);
    }
}

/* ---- tracebacks ---- */

static void copy_trace(lua_State *L, lua_State *of, int level)
{
    const sandbox *s = sandbox_of(L);
    if (s->trace != NULL) {
        luaL_traceback(L, of, NULL, level);
        (void)snprintf(s->trace, s->trace_size, "%s", lua_tostring(L, -1));
        lua_pop(L, 1);
    }
}

/* The message handler: a look at the stack; a value that is no text becomes one. */
static int keep_trace(lua_State *L)
{
    if (lua_type(L, 1) != LUA_TSTRING) {
        (void)safe_text(L, 1, NULL);
        lua_replace(L, 1);
    }
    copy_trace(L, L, 1);
    lua_settop(L, 1);
    return 1;
}

/* ---- globals ---- */

static int refuse_change(lua_State *L)
{
    size_t length = 0;
    const char *name = safe_text(L, 2, &length);
    return luaL_error(L, "'%s' cannot be set: globals and libraries are read-only", name);
}

/* In a view's metatable, under a key that no script can make: what is viewed. */
static const char viewed;

static int view_length(lua_State *L)
{
    (void)luaL_getmetafield(L, 1, "__index");
    lua_pushinteger(L, (lua_Integer)lua_rawlen(L, -1));
    return 1;
}

void sandbox_view(lua_State *L)
{
    lua_newtable(L);
    lua_createtable(L, 0, 5);
    lua_pushvalue(L, -3);
    lua_rawsetp(L, -2, &viewed);
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, view_length);
    lua_setfield(L, -2, "__len");
    lua_pushcfunction(L, refuse_change);
    lua_setfield(L, -2, "__newindex");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    (void)lua_setmetatable(L, -2);
    lua_remove(L, -2);
}

bool sandbox_push_viewed(lua_State *L, int index)
{
    if (lua_type(L, index) != LUA_TTABLE || lua_getmetatable(L, index) == 0) {
        return false;
    }
    bool found = lua_rawgetp(L, -1, &viewed) == LUA_TTABLE;
    lua_remove(L, -2);
    if (!found) {
        lua_pop(L, 1);
    }
    return found;
}

typedef void (*opener)(lua_State *L);

static void add_library(lua_State *L, int globals, const char *name, opener open)
{
    lua_newtable(L);
    open(L);
    sandbox_view(L);
    lua_setfield(L, globals, name);
}

/* Methods of strings: ("x"):rep() reaches the same functions, and nobody else's. */
static void set_string_methods(lua_State *L, int globals)
{
    lua_pushliteral(L, "");
    (void)lua_getmetatable(L, -1); /* the library's own, with the arithmetic */
    lua_getfield(L, globals, "string");
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 2);
}

static int open_all(lua_State *L)
{
    lua_newtable(L);
    int globals = lua_gettop(L);
    safe_base_open(L);
    add_library(L, globals, "string", safe_string_open);
    add_library(L, globals, "table", safe_table_open);
    add_library(L, globals, "math", safe_math_open);
    add_library(L, globals, "coroutine", safe_coroutine_open);
    luaL_requiref(L, "utf8", luaopen_utf8, 0);
    sandbox_view(L);
    lua_setfield(L, globals, "utf8");
    set_string_methods(L, globals);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_setfield(L, LUA_REGISTRYINDEX, "platen"); /* where sandbox_add() puts functions */
    sandbox_view(L);
    lua_setfield(L, globals, "platen");
    lua_settop(L, globals);
    lua_pushvalue(L, globals);
    sandbox_view(L);
    lua_pushvalue(L, -1);
    lua_setfield(L, globals, "_G");
    lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    lua_pushnil(L); /* what the libraries left behind for `require` */
    lua_setfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_pushcfunction(L, keep_trace);
    sandbox_of(L)->handler = luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

platen_code sandbox_new(const sandbox_limits *limits, sandbox **out, platen_error *err)
{
    sandbox *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a script");
    }
    s->limits = limits != NULL ? *limits : (sandbox_limits){0, 0, 0};
    s->limits.memory = s->limits.memory > 0 ? s->limits.memory : MEMORY_PRESET;
    s->limits.memory = s->limits.memory > MEMORY_LEAST ? s->limits.memory : MEMORY_LEAST;
    s->limits.instructions =
        s->limits.instructions > 0 ? s->limits.instructions : INSTRUCTIONS_PRESET;
    s->limits.entry_ms = s->limits.entry_ms > 0 ? s->limits.entry_ms : ENTRY_MS_PRESET;
    s->own_random[0] = UINT64_C(0x9e3779b97f4a7c15);
    s->own_random[1] = UINT64_C(0xbf58476d1ce4e5b9);
    s->random = s->own_random;
    s->lua = lua_newstate(allocate, s);
    if (s->lua != NULL) {
        *(sandbox **)lua_getextraspace(s->lua) = s; /* threads get a copy of the main one's */
        lua_pushcfunction(s->lua, open_all);
    }
    if (s->lua == NULL || lua_pcall(s->lua, 0, 0, 0) != LUA_OK) {
        sandbox_free(s);
        return error_set(err, PLATEN_E_NOMEM, "no memory for a script");
    }
    *out = s;
    return PLATEN_OK;
}

void sandbox_free(sandbox *s)
{
    if (s == NULL) {
        return;
    }
    if (s->lua != NULL) {
        lua_close(s->lua);
    }
    free(s);
}

void sandbox_add(sandbox *s, const char *name, lua_CFunction function)
{
    lua_getfield(s->lua, LUA_REGISTRYINDEX, "platen");
    lua_pushcfunction(s->lua, function);
    lua_setfield(s->lua, -2, name);
    lua_pop(s->lua, 1);
}

/* ---- entries ---- */

/* What is on top of `L` is the error's value; it is taken off. Nothing here may allocate in Lua. */
static platen_code translate(sandbox *s, lua_State *L, int status, platen_error *err)
{
    const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
    platen_code code = status == LUA_ERRMEM ? PLATEN_E_NOMEM
                       : s->expired         ? PLATEN_E_TIMEOUT
                                            : PLATEN_E_INVAL;
    if (code == PLATEN_E_NOMEM) {
        code = error_set(err, code, "the script needs more than its %zu bytes of memory",
                         s->limits.memory);
    } else {
        code = error_set(err, code, "%s", text != NULL ? text : "the script raised no text");
    }
    lua_pop(L, 1);
    return code;
}

platen_code sandbox_load(sandbox *s, const char *name, const char *text, size_t length,
                         platen_error *err)
{
    char chunk[256];
    (void)snprintf(chunk, sizeof(chunk), "@%s", name);
    s->expired = false;
    int status = luaL_loadbufferx(s->lua, text, length, chunk, "t");
    if (status == LUA_OK) {
        return PLATEN_OK;
    }
    platen_code code = translate(s, s->lua, status, err);
    if (code == PLATEN_E_INVAL) {
        code = PLATEN_E_MALFORMED;
        if (err != NULL) {
            err->code = code;
        }
    }
    return code;
}

static void take_trace(sandbox *s, char *trace, size_t size)
{
    s->trace = size > 0 ? trace : NULL;
    s->trace_size = size;
    if (s->trace != NULL) {
        trace[0] = '\0';
    }
}

platen_code sandbox_call(sandbox *s, int arguments, int results, char *trace, size_t size,
                         platen_error *err)
{
    lua_State *L = s->lua;
    int handler = lua_gettop(L) - arguments;
    take_trace(s, trace, size);
    (void)lua_rawgeti(L, LUA_REGISTRYINDEX, s->handler);
    lua_insert(L, handler);
    enter(s, L);
    int status = lua_pcall(L, arguments, results, handler);
    lua_sethook(L, NULL, 0, 0);
    lua_remove(L, handler);
    return status == LUA_OK ? PLATEN_OK : translate(s, L, status, err);
}

/* Argument 1 is the coroutine that has failed. */
static int trace_coroutine(lua_State *L)
{
    copy_trace(L, lua_touserdata(L, 1), 0);
    return 0;
}

platen_code sandbox_resume(sandbox *s, lua_State *co, int arguments, bool *yielded, int *results,
                           char *trace, size_t size, platen_error *err)
{
    take_trace(s, trace, size);
    enter(s, co);
    int status = lua_resume(co, NULL, arguments, results);
    lua_sethook(co, NULL, 0, 0);
    *yielded = status == LUA_YIELD;
    if (status == LUA_OK || status == LUA_YIELD) {
        return PLATEN_OK;
    }
    if (s->trace != NULL) { /* protected: the memory may be used up */
        lua_pushcfunction(s->lua, trace_coroutine);
        lua_pushlightuserdata(s->lua, co);
        if (lua_pcall(s->lua, 1, 0, 0) != LUA_OK) {
            lua_pop(s->lua, 1);
        }
    }
    return translate(s, co, status, err);
}
