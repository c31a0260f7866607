/* Between Lua values and JSON. */
#include "core/flow/value.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include <lauxlib.h>

#include "core/base/json.h"
#include "core/base/text.h"
#include "core/flow/sandbox.h"

/* In the registry: the metatable of empty arrays, which a table alone cannot be told from {}. */
static const char empty_array;

static void mark_empty_array(lua_State *L)
{
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &empty_array) != LUA_TTABLE) {
        lua_pop(L, 1);
        lua_createtable(L, 0, 1);
        lua_pushboolean(L, 0);
        lua_setfield(L, -2, "__metatable");
        lua_pushvalue(L, -1);
        lua_rawsetp(L, LUA_REGISTRYINDEX, &empty_array);
    }
    (void)lua_setmetatable(L, -2);
}

static bool is_empty_array(lua_State *L, int index)
{
    if (lua_getmetatable(L, index) == 0) {
        return false;
    }
    (void)lua_rawgetp(L, LUA_REGISTRYINDEX, &empty_array);
    bool same = lua_rawequal(L, -1, -2) != 0;
    lua_pop(L, 2);
    return same;
}

static void write_value(lua_State *L, int index, json_writer *w, const char *key, int depth);

static void write_number(lua_State *L, int index, json_writer *w, const char *key)
{
    lua_Integer whole = 0;
    lua_Number number = lua_tonumber(L, index);
    int fits = 0;
    whole = lua_tointegerx(L, index, &fits); /* 3.0 is 3: JSON knows one kind of number */
    if (fits != 0) {
        json_i64(w, key, (int64_t)whole);
    } else if (isfinite(number)) {
        json_double(w, key, number);
    } else {
        (void)luaL_error(L, "a number that is not finite has no JSON");
    }
}

static void write_text(lua_State *L, int index, json_writer *w, const char *key)
{
    size_t length = 0;
    const char *text = lua_tolstring(L, index, &length);
    if (!text_is_utf8(text, length) || memchr(text, '\0', length) != NULL) {
        (void)luaL_error(L, "a text that is no UTF-8, or has a zero in it, has no JSON");
    }
    json_text_n(w, key, text, length);
}

/* The table is at `index`, its keys in order on top of the stack. */
static void write_array(lua_State *L, int index, json_writer *w, const char *key, lua_Integer count,
                        int depth)
{
    json_array(w, key);
    for (lua_Integer i = 1; i <= count; i++) {
        (void)lua_rawgeti(L, index, i);
        write_value(L, lua_gettop(L), w, NULL, depth + 1);
        lua_pop(L, 1);
    }
    json_array_end(w);
}

static void write_object(lua_State *L, int index, json_writer *w, const char *key,
                         lua_Integer count, int depth)
{
    int keys = lua_gettop(L);
    json_object(w, key);
    for (lua_Integer i = 1; i <= count; i++) {
        if (lua_rawgeti(L, keys, i) != LUA_TSTRING) {
            (void)luaL_error(L, "a table with keys 1 to n and others too has no JSON");
        }
        lua_pushvalue(L, -1);
        (void)lua_rawget(L, index);
        write_value(L, lua_gettop(L), w, lua_tostring(L, -2), depth + 1);
        lua_pop(L, 2);
    }
    json_object_end(w);
}

static void write_table(lua_State *L, int index, json_writer *w, const char *key, int depth)
{
    if (depth >= VALUE_DEPTH) {
        (void)luaL_error(L, "tables in more than %d levels, or in a loop, have no JSON",
                         VALUE_DEPTH);
    }
    luaL_checkstack(L, 8, "too many levels of tables");
    int top = lua_gettop(L);
    if (sandbox_push_viewed(L, index)) {
        index = lua_gettop(L);
    }
    safe_push_keys(L, index);
    lua_Integer count = (lua_Integer)lua_rawlen(L, -1);
    bool array = is_empty_array(L, index) && count == 0;
    if (count > 0) {
        (void)lua_rawgeti(L, -1, count); /* the greatest of `count` numbers, or a text */
        array = lua_isinteger(L, -1) != 0 && lua_tointeger(L, -1) == count;
        lua_pop(L, 1);
    }
    if (array) {
        write_array(L, index, w, key, count, depth);
    } else {
        write_object(L, index, w, key, count, depth);
    }
    lua_settop(L, top);
}

static void check_size(lua_State *L, const strbuf *out)
{
    if (out->length > VALUE_MAX || out->failed) {
        (void)luaL_error(L, "a value of more than %d bytes as JSON", (int)VALUE_MAX);
    }
}

static void write_value(lua_State *L, int index, json_writer *w, const char *key, int depth)
{
    check_size(L, w->out);
    switch (lua_type(L, index)) {
    case LUA_TNIL:
        json_null(w, key);
        break;
    case LUA_TBOOLEAN:
        json_bool(w, key, lua_toboolean(L, index) != 0);
        break;
    case LUA_TNUMBER:
        write_number(L, index, w, key);
        break;
    case LUA_TSTRING:
        write_text(L, index, w, key);
        break;
    case LUA_TTABLE:
        write_table(L, index, w, key, depth);
        break;
    default:
        (void)luaL_error(L, "a %s has no JSON", luaL_typename(L, index));
    }
}

void value_write(lua_State *L, int index, strbuf *out)
{
    json_writer w;
    json_init(&w, out);
    write_value(L, index, &w, NULL, 0);
    check_size(L, out);
}

static void push_number(lua_State *L, double number)
{
    if (number >= -9007199254740992.0 && number <= 9007199254740992.0 && floor(number) == number) {
        lua_pushinteger(L, (lua_Integer)number);
    } else {
        lua_pushnumber(L, number);
    }
}

static void push_level(lua_State *L, const cJSON *tree, bool view, int depth);

static void push_table(lua_State *L, const cJSON *tree, bool view, int depth)
{
    const cJSON *item = NULL;
    lua_Integer at = 0;
    bool array = cJSON_IsArray(tree);
    luaL_checkstack(L, 6, "too many levels of JSON");
    lua_newtable(L);
    cJSON_ArrayForEach(item, tree)
    {
        push_level(L, item, view, depth + 1);
        if (array) {
            lua_rawseti(L, -2, ++at);
        } else {
            lua_setfield(L, -2, item->string);
        }
    }
    if (array && at == 0) {
        mark_empty_array(L);
    }
    if (view) {
        sandbox_view(L);
    }
}

static void push_level(lua_State *L, const cJSON *tree, bool view, int depth)
{
    if (cJSON_IsObject(tree) || cJSON_IsArray(tree)) {
        push_table(L, tree, view, depth);
    } else if (cJSON_IsString(tree)) {
        lua_pushstring(L, tree->valuestring);
    } else if (cJSON_IsNumber(tree)) {
        push_number(L, tree->valuedouble);
    } else if (cJSON_IsBool(tree)) {
        lua_pushboolean(L, cJSON_IsTrue(tree));
    } else {
        lua_pushnil(L);
    }
}

void value_push(lua_State *L, const cJSON *tree, bool view)
{
    push_level(L, tree, view, 0);
}
