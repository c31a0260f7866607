/* ctx: what the flow of a device can do. */
#include "core/flow/host_private.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>

#include "core/base/json.h"
#include "core/flow/value.h"

#define SECONDS_MAX (31 * 86400)

static const char metatable_key, params_key;

/* ctx is an empty userdata: whose it is, the host knows. */
static flow_co *check_ctx(lua_State *L, const char *what)
{
    bool same = false;
    if (lua_type(L, 1) == LUA_TUSERDATA && lua_getmetatable(L, 1) != 0) {
        (void)lua_rawgetp(L, LUA_REGISTRYINDEX, &metatable_key);
        same = lua_rawequal(L, -1, -2) != 0;
        lua_pop(L, 2);
    }
    if (!same) {
        (void)luaL_error(L, "%s: write it with a colon, as a method of ctx", what);
    }
    return flow_current(L, what);
}

void ctx_push(lua_State *L)
{
    (void)lua_newuserdatauv(L, 0, 0);
    (void)lua_rawgetp(L, LUA_REGISTRYINDEX, &metatable_key);
    (void)lua_setmetatable(L, -2);
}

/* ---- what leaves the script ---- */

int flow_push_result(lua_State *L, flow_co *co)
{
    const cJSON *tree = flow_result_tree(L, co);
    const char *state = json_get_text(tree, "state", "error");
    bool fine = strcmp(state, "success") == 0 || strcmp(state, "warning") == 0;
    flow_outcome_changes(L, co, json_get_array(tree, "changes"));
    if (fine) {
        value_push(L, tree, false);
        return 1;
    }
    lua_pushnil(L);
    lua_createtable(L, 0, 4);
    lua_pushstring(L, state);
    lua_setfield(L, -2, "state");
    lua_pushstring(L, json_get_text(tree, "code", ""));
    lua_setfield(L, -2, "code");
    lua_pushstring(L, json_get_text(tree, "text", ""));
    lua_setfield(L, -2, "message");
    const cJSON *params = json_get_object(tree, "params");
    value_push(L, params, false);
    lua_setfield(L, -2, "params");
    return 2;
}

static int subtask_done(lua_State *L, int status, lua_KContext context)
{
    (void)status;
    (void)context;
    return flow_push_result(L, flow_current(L, "ctx:subtask"));
}

static int ctx_subtask(lua_State *L)
{
    flow_co *co = check_ctx(L, "ctx:subtask");
    const char *kind = luaL_checkstring(L, 2);
    int64_t device = device_check(L, 3);
    strbuf *scratch = &co->host->scratch;
    luaL_argexpected(L, lua_isnoneornil(L, 4) || lua_istable(L, 4), 4, "table");
    flow_ask_begin(co, L, "ctx:subtask");
    if (lua_istable(L, 4)) {
        value_write(L, 4, scratch);
        luaL_argcheck(L, scratch->data[0] == '{', 4, "a table with names, no array");
    } else {
        strbuf_append(scratch, "{}");
    }
    co->asked.settings = flow_dup(L, scratch->data);
    co->asked.kind = flow_dup(L, kind);
    co->asked.ask.device = device;
    strbuf_clear(scratch);
    strbuf_appendf(scratch, "{\"device\":%" PRId64 ",\"kind\":", device);
    json_quote(scratch, kind, strlen(kind));
    strbuf_appendf(scratch, ",\"settings\":%s}", co->asked.settings);
    return flow_wait(L, co, FLOW_SUBTASK, subtask_done);
}

static int64_t check_seconds(lua_State *L, int index)
{
    lua_Number seconds = luaL_checknumber(L, index);
    luaL_argcheck(L, seconds >= 0 && seconds <= SECONDS_MAX, index, "0 to 31 days in seconds");
    return (int64_t)(seconds * 1000);
}

static int sleep_done(lua_State *L, int status, lua_KContext context)
{
    (void)L;
    (void)status;
    (void)context;
    return 0;
}

static int ctx_sleep(lua_State *L)
{
    flow_co *co = check_ctx(L, "ctx:sleep");
    int64_t ms = check_seconds(L, 2);
    flow_ask_begin(co, L, "ctx:sleep");
    co->asked.ask.ms = ms;
    strbuf_appendf(&co->host->scratch, "{\"ms\":%" PRId64 "}", ms);
    return flow_wait(L, co, FLOW_SLEEP, sleep_done);
}

static int online_done(lua_State *L, int status, lua_KContext context)
{
    flow_co *co = flow_current(L, "ctx:wait_online");
    (void)status;
    (void)context;
    lua_pushboolean(L, json_get_bool(flow_result_tree(L, co), "online", false));
    return 1;
}

static int ctx_wait_online(lua_State *L)
{
    flow_co *co = check_ctx(L, "ctx:wait_online");
    int64_t device = device_check(L, 2);
    int64_t ms = check_seconds(L, 3);
    flow_ask_begin(co, L, "ctx:wait_online");
    co->asked.ask.ms = ms;
    co->asked.ask.device = device;
    strbuf_appendf(&co->host->scratch, "{\"device\":%" PRId64 ",\"ms\":%" PRId64 "}", device, ms);
    return flow_wait(L, co, FLOW_WAIT_ONLINE, online_done);
}

/* ---- what stays inside ---- */

static int ctx_log(lua_State *L)
{
    flow_co *co = check_ctx(L, "ctx:log");
    size_t length = 0;
    const char *text = luaL_checklstring(L, 2, &length);
    flow_log_add(co, FLOW_INFO, text, length);
    return 0;
}

static int ctx_warn(lua_State *L)
{
    flow_co *co = check_ctx(L, "ctx:warn");
    size_t length = 0;
    const char *text = luaL_checklstring(L, 2, &length);
    co->warned = true;
    flow_log_add(co, FLOW_WARNING, text, length);
    return 0;
}

static int ctx_progress(lua_State *L)
{
    flow_co *co = check_ctx(L, "ctx:progress");
    lua_Number percent = luaL_checknumber(L, 2);
    char text[32];
    luaL_argcheck(L, percent >= 0 && percent <= 100, 2, "0 to 100");
    int length = snprintf(text, sizeof(text), "%.0f %%", percent);
    flow_log_add(co, FLOW_INFO, text, (size_t)length);
    return 0;
}

/* ---- ends: the coroutine is never resumed, so that no pcall of the script goes on ---- */

static int end_with(lua_State *L, const char *what, const char *preset)
{
    flow_co *co = check_ctx(L, what);
    luaL_argexpected(L, lua_isstring(L, 2) || lua_istable(L, 2), 2, "text or error");
    if (lua_isyieldable(L) == 0) {
        return luaL_error(L, "%s: not inside a function that Lua's libraries call", what);
    }
    flow_outcome_of(L, co, 2, preset);
    if (strcmp(preset, "skipped") == 0) {
        (void)snprintf(co->state, sizeof(co->state), "skipped");
    } else if (strcmp(co->state, "success") == 0 || strcmp(co->state, "warning") == 0) {
        (void)snprintf(co->state, sizeof(co->state), "error");
    }
    return lua_yield(L, 0);
}

static int ctx_fail(lua_State *L)
{
    return end_with(L, "ctx:fail", "error");
}

static int ctx_skip(lua_State *L)
{
    return end_with(L, "ctx:skip", "skipped");
}

/* ---- fields ---- */

static void push_params(lua_State *L, flow_host *h)
{
    platen_error err = PLATEN_ERROR_INIT;
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &params_key) == LUA_TTABLE) {
        return;
    }
    lua_pop(L, 1);
    cJSON_Delete(h->held);
    h->held = NULL;
    if (json_parse(h->params, strlen(h->params), &h->held, &err) != PLATEN_OK) {
        (void)luaL_error(L, "the settings of the run are damaged: %s", err.text);
    }
    value_push(L, h->held, true); /* one for all devices: nobody can change it */
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &params_key);
}

static int ctx_index(lua_State *L)
{
    flow_host *h = flow_host_of(L);
    const char *name = luaL_checkstring(L, 2);
    if (strcmp(name, "params") == 0) {
        push_params(L, h);
    } else if (strcmp(name, "run") == 0) {
        lua_pushinteger(L, (lua_Integer)h->run);
    } else if (strcmp(name, "preview") == 0) {
        lua_pushboolean(L, h->preview);
    } else {
        lua_pushvalue(L, 2);
        if (lua_rawget(L, lua_upvalueindex(1)) == LUA_TNIL) {
            return luaL_error(L, "ctx has no '%s'", name);
        }
    }
    return 1;
}

static int ctx_newindex(lua_State *L)
{
    return luaL_error(L, "ctx cannot be changed");
}

void ctx_open(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"subtask", ctx_subtask},   {"sleep", ctx_sleep}, {"wait_online", ctx_wait_online},
        {"log", ctx_log},           {"warn", ctx_warn},   {"fail", ctx_fail},
        {"progress", ctx_progress}, {"skip", ctx_skip},   {NULL, NULL}};
    lua_createtable(L, 0, 4);
    luaL_newlib(L, methods);
    lua_pushcclosure(L, ctx_index, 1);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, ctx_newindex);
    lua_setfield(L, -2, "__newindex");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_rawsetp(L, LUA_REGISTRYINDEX, &metatable_key);
}
