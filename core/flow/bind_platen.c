/* platen: what a script says of itself, and what it may read. Reads are calls of the journal. */
#include "core/flow/host_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>

#include "core/base/json.h"
#include "core/flow/value.h"

/* ---- platen.flow and platen.task ---- */

static int declare(lua_State *L, const char *what)
{
    flow_host *h = flow_host_of(L);
    static const char *const known[] = {"name", "title", "params", "run", "writes", NULL};
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_pushnil(L);
    while (lua_next(L, 1) != 0) {
        lua_pop(L, 1);
        const char *name = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "?";
        size_t i = 0;
        while (known[i] != NULL && strcmp(known[i], name) != 0) {
            i++;
        }
        if (known[i] == NULL) {
            return luaL_error(L, "platen.%s: there is no member '%s'", what, name);
        }
    }
    if (lua_getfield(L, 1, "run") != LUA_TFUNCTION) {
        return luaL_error(L, "platen.%s: 'run' is no function", what);
    }
    h->declared = what;
    h->definition = lua_topointer(L, 1);
    lua_settop(L, 1);
    return 1;
}

static int platen_flow(lua_State *L)
{
    return declare(L, "flow");
}

/* platen.task is a table that can be called: it has find() too. */
static int platen_task(lua_State *L)
{
    lua_remove(L, 1);
    return declare(L, "task");
}

/* ---- reading ---- */

/* Answers are {"value":...} or {"code","text"}. */
static int push_answer(lua_State *L, const char *what, bool device)
{
    flow_co *co = flow_current(L, what);
    const cJSON *tree = flow_result_tree(L, co);
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(tree, "value");
    if (value != NULL && device) {
        strbuf *scratch = &co->host->scratch;
        json_writer w;
        strbuf_clear(scratch);
        json_init(&w, scratch);
        json_tree(&w, NULL, value);
        device_push(L, scratch->data);
        return 1;
    }
    if (value != NULL) {
        value_push(L, value, false);
        return 1;
    }
    lua_pushnil(L);
    lua_createtable(L, 0, 2);
    lua_pushstring(L, json_get_text(tree, "code", "internal"));
    lua_setfield(L, -2, "code");
    lua_pushstring(L, json_get_text(tree, "text", ""));
    lua_setfield(L, -2, "message");
    return 2;
}

static int value_read(lua_State *L, int status, lua_KContext context)
{
    (void)status;
    (void)context;
    return push_answer(L, "platen", false);
}

static int device_read(lua_State *L, int status, lua_KContext context)
{
    (void)status;
    (void)context;
    return push_answer(L, "platen", true);
}

/* `what` is the word of the journal, `name` of the function. */
static int read_by_id(lua_State *L, const char *what, const char *name, int64_t id,
                      lua_KFunction done)
{
    flow_co *co = flow_current(L, name);
    flow_ask_begin(co, L, name);
    co->asked.kind = flow_dup(L, what);
    co->asked.ask.device = id;
    strbuf_appendf(&co->host->scratch, "{\"id\":%" PRId64 ",\"read\":\"%s\"}", id, what);
    return flow_wait(L, co, FLOW_READ, done);
}

static int device_get(lua_State *L)
{
    return read_by_id(L, "device", "platen.device.get", luaL_checkinteger(L, 1), device_read);
}

static int group_devices(lua_State *L)
{
    return read_by_id(L, "group", "platen.group.devices", luaL_checkinteger(L, 1), value_read);
}

static int report_devices(lua_State *L)
{
    return read_by_id(L, "report", "platen.report.devices", 0, value_read);
}

static int platen_now(lua_State *L)
{
    return read_by_id(L, "now", "platen.now", 0, value_read);
}

static int platen_local(lua_State *L)
{
    return read_by_id(L, "local", "platen.local_time", device_check(L, 1), value_read);
}

static int task_find(lua_State *L)
{
    size_t length = 0;
    const char *name = luaL_checklstring(L, 1, &length);
    flow_co *co = flow_current(L, "platen.task.find");
    luaL_argcheck(L, length <= 255, 1, "more than 255 bytes");
    flow_ask_begin(co, L, "platen.task.find");
    co->asked.kind = flow_dup(L, "task");
    co->asked.text = flow_dup(L, name);
    strbuf_append(&co->host->scratch, "{\"name\":");
    json_quote(&co->host->scratch, name, length);
    strbuf_append(&co->host->scratch, ",\"read\":\"task\"}");
    return flow_wait(L, co, FLOW_READ, value_read);
}

/* platen.operation(id, arguments) */
static int platen_operation(lua_State *L)
{
    flow_co *co = flow_current(L, "platen.operation");
    const char *id = luaL_checkstring(L, 1);
    strbuf *scratch = &co->host->scratch;
    luaL_argexpected(L, lua_isnoneornil(L, 2) || lua_istable(L, 2), 2, "table");
    flow_ask_begin(co, L, "platen.operation");
    if (lua_istable(L, 2)) {
        value_write(L, 2, scratch);
        /* An empty table is an array to Lua, and no arguments here. */
        bool none = strcmp(scratch->data, "[]") == 0;
        luaL_argcheck(L, none || scratch->data[0] == '{', 2, "a table with names, no array");
        if (none) {
            strbuf_clear(scratch);
        }
    }
    co->asked.settings = flow_dup(L, scratch->length > 0 ? scratch->data : "{}");
    co->asked.kind = flow_dup(L, id);
    strbuf_clear(scratch);
    strbuf_appendf(scratch, "{\"arguments\":%s,\"id\":", co->asked.settings);
    json_quote(scratch, id, strlen(id));
    strbuf_append(scratch, "}");
    return flow_wait(L, co, FLOW_OPERATION, value_read);
}

static void add_part(lua_State *L, const char *name, const luaL_Reg *functions, lua_CFunction call)
{
    lua_newtable(L);
    luaL_setfuncs(L, functions, 0);
    sandbox_view(L);
    if (call != NULL) {
        (void)lua_getmetatable(L, -1);
        lua_pushcfunction(L, call);
        lua_setfield(L, -2, "__call");
        lua_pop(L, 1);
    }
    lua_setfield(L, -2, name);
}

void platen_open(lua_State *L)
{
    static const luaL_Reg own[] = {{"flow", platen_flow},
                                   {"now", platen_now},
                                   {"local_time", platen_local},
                                   {"operation", platen_operation},
                                   {NULL, NULL}};
    static const luaL_Reg device[] = {{"get", device_get}, {NULL, NULL}};
    static const luaL_Reg group[] = {{"devices", group_devices}, {NULL, NULL}};
    static const luaL_Reg task[] = {{"find", task_find}, {NULL, NULL}};
    static const luaL_Reg report[] = {{"devices", report_devices}, {NULL, NULL}};
    lua_getfield(L, LUA_REGISTRYINDEX, "platen");
    luaL_setfuncs(L, own, 0);
    add_part(L, "device", device, NULL);
    add_part(L, "group", group, NULL);
    add_part(L, "task", task, platen_task);
    add_part(L, "report", report, NULL);
    lua_pushinteger(L, FLOW_API);
    lua_setfield(L, -2, "api");
    lua_pop(L, 1);
}
