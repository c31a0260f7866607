/*
 * Handles of devices: what was known when the flow began, or when the script asked. They hold no
 * pointer into anything; an id that is gone is an error of the call that is made with it.
 */
#include "core/flow/host_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>

#include "core/base/json.h"
#include "core/flow/value.h"

#define HANDLE "device"

typedef struct device_handle {
    int64_t id;
    char json[];
} device_handle;

/* Upvalue 1 of the metatable's functions is the metatable: no name in the registry is needed. */
static const char metatable_key;

static device_handle *handle_at(lua_State *L, int index)
{
    device_handle *handle = lua_touserdata(L, index);
    if (handle == NULL || lua_islightuserdata(L, index) || lua_getmetatable(L, index) == 0) {
        return NULL;
    }
    (void)lua_rawgetp(L, LUA_REGISTRYINDEX, &metatable_key);
    bool same = lua_rawequal(L, -1, -2) != 0;
    lua_pop(L, 2);
    return same ? handle : NULL;
}

int64_t device_check(lua_State *L, int index)
{
    const device_handle *handle = handle_at(L, index);
    if (handle == NULL) {
        (void)luaL_typeerror(L, index, HANDLE);
        return 0;
    }
    return handle->id;
}

void device_push(lua_State *L, const char *json)
{
    size_t length = strlen(json) + 1;
    const char *id = strstr(json, "\"id\":"); /* the first member: written by journal.c */
    device_handle *handle = lua_newuserdatauv(L, sizeof(*handle) + length, 1);
    handle->id = id != NULL ? strtoll(id + 5, NULL, 10) : 0;
    memcpy(handle->json, json, length);
    (void)lua_rawgetp(L, LUA_REGISTRYINDEX, &metatable_key);
    (void)lua_setmetatable(L, -2);
}

/* supplies and counters are read when they are asked for: they are long and rarely used. */
static int parts_read(lua_State *L, int status, lua_KContext context)
{
    flow_co *co = flow_current(L, "device");
    (void)status;
    (void)context;
    value_push(L, flow_result_tree(L, co), true); /* handle, name, parts */
    lua_pushvalue(L, -1);
    (void)lua_setiuservalue(L, 1, 1);
    lua_pushvalue(L, 2);
    (void)lua_gettable(L, -2);
    return 1;
}

static int read_parts(lua_State *L, const device_handle *handle)
{
    if (lua_getiuservalue(L, 1, 1) == LUA_TTABLE) {
        lua_pushvalue(L, 2);
        (void)lua_gettable(L, -2);
        return 1;
    }
    lua_settop(L, 2);
    flow_co *co = flow_current(L, "device");
    flow_ask_begin(co, L, "device");
    strbuf_appendf(&co->host->scratch, "{\"id\":%" PRId64 ",\"read\":\"parts\"}", handle->id);
    co->asked.kind = flow_dup(L, "parts");
    co->asked.ask.device = handle->id;
    return flow_wait(L, co, FLOW_READ, parts_read);
}

static int device_index(lua_State *L)
{
    const device_handle *handle = handle_at(L, 1);
    const char *name = luaL_checkstring(L, 2);
    flow_host *h = flow_host_of(L);
    platen_error err = PLATEN_ERROR_INIT;
    if (handle == NULL) {
        return luaL_typeerror(L, 1, HANDLE);
    }
    if (strcmp(name, "supplies") == 0 || strcmp(name, "counters") == 0) {
        return read_parts(L, handle);
    }
    cJSON_Delete(h->held);
    h->held = NULL;
    if (json_parse(handle->json, strlen(handle->json), &h->held, &err) != PLATEN_OK) {
        return luaL_error(L, "the device is damaged: %s", err.text);
    }
    const cJSON *field = cJSON_GetObjectItemCaseSensitive(h->held, name);
    if (field == NULL) {
        return luaL_error(L, "a device has no field '%s'", name);
    }
    value_push(L, field, true);
    return 1;
}

static int device_newindex(lua_State *L)
{
    return luaL_error(L, "a device cannot be changed here: use ctx:subtask()");
}

static int device_tostring(lua_State *L)
{
    lua_pushfstring(L, "device %I", (LUAI_UACINT)device_check(L, 1));
    return 1;
}

static int device_equal(lua_State *L)
{
    lua_pushboolean(L, device_check(L, 1) == device_check(L, 2));
    return 1;
}

void device_open(lua_State *L)
{
    static const luaL_Reg functions[] = {{"__index", device_index},
                                         {"__newindex", device_newindex},
                                         {"__tostring", device_tostring},
                                         {"__eq", device_equal},
                                         {NULL, NULL}};
    luaL_newlib(L, functions);
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pushliteral(L, HANDLE);
    lua_setfield(L, -2, "__name");
    lua_rawsetp(L, LUA_REGISTRYINDEX, &metatable_key);
}
