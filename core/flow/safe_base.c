/*
 * The base library as scripts see it. Left out: dofile, loadfile, load, collectgarbage, rawset on
 * what is protected, and everything whose answer depends on addresses: pairs() goes in the order of
 * the keys, tostring() shows no address, so that a replayed flow sees what it saw before.
 */
#include <string.h>

#include <lauxlib.h>
#include <lualib.h>

#include "core/flow/sandbox.h"

#define PRINT_MAX 4096u

/* ---- texts ---- */

/* luaL_tolstring() but for tables, functions, threads and userdata without __tostring. */
const char *safe_text(lua_State *L, int index, size_t *length)
{
    int type = lua_type(L, index);
    if ((type == LUA_TTABLE || type == LUA_TFUNCTION || type == LUA_TTHREAD ||
         type == LUA_TUSERDATA || type == LUA_TLIGHTUSERDATA) &&
        luaL_getmetafield(L, index, "__tostring") == LUA_TNIL) {
        lua_pushstring(L, lua_typename(L, type));
        return lua_tolstring(L, -1, length);
    }
    if (type >= LUA_TTABLE || type == LUA_TLIGHTUSERDATA) {
        lua_pop(L, 1); /* the __tostring that was found: luaL_tolstring() asks again */
    }
    return luaL_tolstring(L, index, length);
}

static int base_tostring(lua_State *L)
{
    luaL_checkany(L, 1);
    (void)safe_text(L, 1, NULL);
    return 1;
}

static int base_print(lua_State *L)
{
    luaL_Buffer line;
    int count = lua_gettop(L);
    size_t used = 0;
    luaL_buffinit(L, &line);
    for (int i = 1; i <= count; i++) {
        size_t length = 0;
        const char *text = safe_text(L, i, &length);
        length = length < PRINT_MAX - used ? length : PRINT_MAX - used;
        lua_pushlstring(L, text, length);
        lua_remove(L, -2);
        luaL_addvalue(&line);
        used += length;
        if (i < count && used < PRINT_MAX) {
            luaL_addchar(&line, '\t');
            used++;
        }
    }
    luaL_pushresult(&line);
    size_t length = 0;
    const char *text = lua_tolstring(L, -1, &length);
    sandbox_printed(sandbox_of(L), text, length);
    return 0;
}

/* ---- tables in order ---- */

/* The sorted keys of table `index` as an array on the stack: numbers, texts, false, true. */
static void push_keys(lua_State *L, int index)
{
    lua_Integer count = 0;
    lua_newtable(L);
    int keys = lua_gettop(L);
    lua_pushnil(L);
    while (lua_next(L, index) != 0) {
        lua_pop(L, 1);
        int type = lua_type(L, -1);
        if (type != LUA_TNUMBER && type != LUA_TSTRING && type != LUA_TBOOLEAN) {
            (void)luaL_error(L, "pairs: a key that is a %s has no place in the order of keys",
                             lua_typename(L, type));
        }
        lua_pushvalue(L, -1);
        lua_rawseti(L, keys, ++count);
    }
}

static int rank(lua_State *L, int index)
{
    int type = lua_type(L, index);
    return type == LUA_TNUMBER ? 0 : type == LUA_TSTRING ? 1 : lua_toboolean(L, index) ? 3 : 2;
}

/* Whether keys[a] comes before keys[b]; both are pushed and taken off. */
static bool comes_before(lua_State *L, int keys, lua_Integer a, lua_Integer b)
{
    (void)lua_rawgeti(L, keys, a);
    (void)lua_rawgeti(L, keys, b);
    int rank_a = rank(L, -2);
    int rank_b = rank(L, -1);
    bool before =
        rank_a != rank_b ? rank_a < rank_b : rank_a < 2 && lua_compare(L, -2, -1, LUA_OPLT) != 0;
    lua_pop(L, 2);
    return before;
}

static void swap(lua_State *L, int keys, lua_Integer a, lua_Integer b)
{
    (void)lua_rawgeti(L, keys, a);
    (void)lua_rawgeti(L, keys, b);
    lua_rawseti(L, keys, a);
    lua_rawseti(L, keys, b);
}

static void sift_down(lua_State *L, int keys, lua_Integer root, lua_Integer count)
{
    for (;;) {
        lua_Integer child = root * 2;
        if (child > count) {
            return;
        }
        if (child < count && comes_before(L, keys, child, child + 1)) {
            child++;
        }
        if (!comes_before(L, keys, root, child)) {
            return;
        }
        swap(L, keys, root, child);
        root = child;
    }
}

/* Heapsort: no recursion, no worst case. */
static void sort_keys(lua_State *L, int keys)
{
    lua_Integer count = (lua_Integer)lua_rawlen(L, keys);
    for (lua_Integer i = count / 2; i >= 1; i--) {
        sift_down(L, keys, i, count);
    }
    for (lua_Integer end = count; end > 1; end--) {
        swap(L, keys, 1, end);
        sift_down(L, keys, 1, end - 1);
    }
}

void safe_push_keys(lua_State *L, int index)
{
    push_keys(L, index);
    sort_keys(L, lua_gettop(L));
}

/* Replaces the key on top by its value in table 1, or in what that is a view of: scripts never get
 * hold of the latter. */
static void get_raw(lua_State *L)
{
    if (sandbox_push_viewed(L, 1)) {
        lua_insert(L, -2);
        (void)lua_rawget(L, -2);
        lua_remove(L, -2);
    } else {
        (void)lua_rawget(L, 1);
    }
}

/* Upvalues: the keys, the place of the next one. Keys that have gone meanwhile are left out. */
static int next_pair(lua_State *L)
{
    lua_Integer at = lua_tointeger(L, lua_upvalueindex(2));
    for (;;) {
        int type = lua_rawgeti(L, lua_upvalueindex(1), at++);
        if (type == LUA_TNIL) {
            return 1;
        }
        lua_pushvalue(L, -1);
        get_raw(L);
        if (!lua_isnil(L, -1)) {
            lua_pushinteger(L, at);
            lua_replace(L, lua_upvalueindex(2));
            return 2;
        }
        lua_pop(L, 2);
    }
}

static int base_pairs(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    safe_push_keys(L, sandbox_push_viewed(L, 1) ? 2 : 1);
    lua_pushinteger(L, 1);
    lua_pushcclosure(L, next_pair, 2);
    lua_pushvalue(L, 1);
    lua_pushnil(L);
    return 3;
}

/* Only "is there anything": the first pair in the order of keys. */
static int base_next(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    if (!lua_isnoneornil(L, 2)) {
        return luaL_error(L, "next: takes a table alone here, pairs() walks it");
    }
    push_keys(L, sandbox_push_viewed(L, 1) ? lua_gettop(L) : 1);
    int keys = lua_gettop(L);
    lua_Integer first = 1;
    for (lua_Integer i = 2; i <= (lua_Integer)lua_rawlen(L, keys); i++) {
        first = comes_before(L, keys, i, first) ? i : first;
    }
    if (lua_rawgeti(L, keys, first) == LUA_TNIL) {
        return 1;
    }
    lua_pushvalue(L, -1);
    get_raw(L);
    return 2;
}

/* ---- metatables ---- */

/* A finaliser runs without the hook: an endless one could not be ended. */
static int base_setmetatable(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_argexpected(L, lua_isnil(L, 2) || lua_istable(L, 2), 2, "nil or table");
    if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL) {
        return luaL_error(L, "setmetatable: the table is protected");
    }
    if (lua_istable(L, 2)) {
        lua_pushliteral(L, "__gc");
        if (lua_rawget(L, 2) != LUA_TNIL) {
            return luaL_error(L, "setmetatable: '__gc' is not available");
        }
        lua_pop(L, 1);
    }
    lua_settop(L, 2);
    (void)lua_setmetatable(L, 1);
    return 1;
}

static int base_rawset(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checkany(L, 2);
    luaL_checkany(L, 3);
    if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL) {
        return luaL_error(L, "rawset: the table is protected");
    }
    lua_settop(L, 3);
    lua_rawset(L, 1);
    return 1;
}

/* ---- protected calls ---- */

static int finish_xpcall(lua_State *L, int status, lua_KContext context)
{
    (void)context;
    if (status == LUA_OK || status == LUA_YIELD) {
        return lua_gettop(L) - 1; /* true and the results; slot 1 is the handler */
    }
    lua_pushboolean(L, 0);
    lua_replace(L, 2);
    lua_pushvalue(L, 1);
    lua_insert(L, -2);
    lua_call(L, 1, LUA_MULTRET);
    return lua_gettop(L) - 1;
}

/*
 * The handler runs behind the failed call, not inside it: inside an error that the hook has raised
 * there is no hook, and an endless handler could not be ended.
 */
static int base_xpcall(lua_State *L)
{
    int arguments = lua_gettop(L) - 2;
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_pushvalue(L, 1); /* handler, true, function, arguments */
    lua_pushvalue(L, 2);
    lua_replace(L, 1);
    lua_pushboolean(L, 1);
    lua_replace(L, 2);
    lua_insert(L, 3);
    int status = lua_pcallk(L, arguments, LUA_MULTRET, 0, 0, finish_xpcall);
    return finish_xpcall(L, status, 0);
}

void safe_base_open(lua_State *L)
{
    static const char *const plain[] = {
        "assert", "error",  "getmetatable", "ipairs", "pcall",    "rawequal", "rawget",
        "rawlen", "select", "tonumber",     "type",   "_VERSION", NULL};
    static const luaL_Reg own[] = {
        {"next", base_next},
        {"pairs", base_pairs},
        {"print", base_print},
        {"rawset", base_rawset},
        {"setmetatable", base_setmetatable},
        {"tostring", base_tostring},
        {"xpcall", base_xpcall},
        {NULL, NULL},
    };
    int globals = lua_gettop(L);
    luaL_requiref(L, "_G", luaopen_base, 0); /* into the real globals, which nobody sees */
    for (size_t i = 0; plain[i] != NULL; i++) {
        lua_getfield(L, -1, plain[i]);
        lua_setfield(L, globals, plain[i]);
    }
    lua_pop(L, 1);
    luaL_setfuncs(L, own, 0);
}
