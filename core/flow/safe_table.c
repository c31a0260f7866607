/*
 * The libraries table and math. Functions of `table` that loop in C ask __len and __index how far:
 * a metatable could make them loop for ever where no hook looks. Here they take plain tables.
 */
#include <math.h>

#include <lauxlib.h>
#include <lualib.h>

#include "core/flow/sandbox.h"

#define MOVE_MAX 1000000
#define SORT_MAX 200000

/* Lua's own function is upvalue 1. */
static int call_plain(lua_State *L)
{
    int count = lua_gettop(L);
    for (int i = 1; i <= count; i++) {
        if (lua_istable(L, i) && lua_getmetatable(L, i) != 0) {
            return luaL_error(L, "table: takes tables without a metatable");
        }
    }
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, count, LUA_MULTRET);
    return lua_gettop(L);
}

static int table_move(lua_State *L)
{
    lua_Integer from = luaL_checkinteger(L, 2);
    lua_Integer to = luaL_checkinteger(L, 3);
    if (to >= from && (lua_Unsigned)to - (lua_Unsigned)from >= MOVE_MAX) {
        return luaL_error(L, "table.move: more than %d elements", MOVE_MAX);
    }
    return call_plain(L);
}

/* Sorting in C is not looked at by the hook. */
static int table_sort(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    if (lua_rawlen(L, 1) > SORT_MAX) {
        return luaL_error(L, "table.sort: more than %d elements", SORT_MAX);
    }
    return call_plain(L);
}

static void wrap(lua_State *L, int target, const char *name, lua_CFunction function)
{
    lua_getfield(L, -1, name);
    lua_pushcclosure(L, function, 1);
    lua_setfield(L, target, name);
}

void safe_table_open(lua_State *L)
{
    static const char *const plain[] = {"concat", "insert", "remove", "unpack", NULL};
    int target = lua_gettop(L);
    luaL_requiref(L, "table", luaopen_table, 0);
    for (size_t i = 0; plain[i] != NULL; i++) {
        wrap(L, target, plain[i], call_plain);
    }
    wrap(L, target, "move", table_move);
    wrap(L, target, "sort", table_sort);
    lua_getfield(L, -1, "pack");
    lua_setfield(L, target, "pack");
    lua_settop(L, target);
}

/* ---- math ---- */

/* A number below `limit` without a bias: the rest of the range is drawn again. */
static uint64_t below(sandbox *s, uint64_t limit)
{
    uint64_t threshold = (0 - limit) % limit;
    uint64_t value = 0;
    do {
        value = sandbox_random(s);
    } while (value < threshold);
    return value % limit;
}

static int math_random(lua_State *L)
{
    sandbox *s = sandbox_of(L);
    lua_Integer low = 1;
    lua_Integer high = 0;
    if (lua_gettop(L) == 0) {
        lua_pushnumber(L, (lua_Number)(sandbox_random(s) >> 11) * 0x1p-53);
        return 1;
    }
    if (lua_gettop(L) == 1) {
        high = luaL_checkinteger(L, 1);
        if (high == 0) { /* all bits */
            lua_pushinteger(L, (lua_Integer)sandbox_random(s));
            return 1;
        }
    } else {
        low = luaL_checkinteger(L, 1);
        high = luaL_checkinteger(L, 2);
    }
    luaL_argcheck(L, low <= high, lua_gettop(L), "interval is empty");
    uint64_t span = (uint64_t)high - (uint64_t)low;
    uint64_t offset = span == UINT64_MAX ? sandbox_random(s) : below(s, span + 1);
    uint64_t value = (uint64_t)low + offset;
    lua_pushinteger(L, (lua_Integer)value);
    return 1;
}

void safe_math_open(lua_State *L)
{
    int target = lua_gettop(L);
    luaL_requiref(L, "math", luaopen_math, 0);
    lua_pushnil(L);
    while (lua_next(L, -2) != 0) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_settable(L, target);
    }
    lua_pop(L, 1);
    lua_pushcfunction(L, math_random);
    lua_setfield(L, target, "random");
    lua_pushnil(L);
    lua_setfield(L, target, "randomseed");
}
