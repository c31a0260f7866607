/*
 * The library coroutine. An error that the hook raises leaves a coroutine with its hooks switched
 * off, and the library's wrap and close would then run its __close handlers, an endless one among
 * them. Here what ended by an error is not closed but left to the collector, which runs nothing.
 */
#include <lauxlib.h>
#include <lualib.h>

#include "core/flow/sandbox.h"

static lua_State *check_coroutine(lua_State *L)
{
    lua_State *co = lua_tothread(L, 1);
    luaL_argexpected(L, co != NULL, 1, "coroutine");
    return co;
}

/* Upvalue 1 is the coroutine. */
static int resume_wrapped(lua_State *L)
{
    lua_State *co = lua_tothread(L, lua_upvalueindex(1));
    int arguments = lua_gettop(L);
    int results = 0;
    if (lua_checkstack(co, arguments) == 0) {
        return luaL_error(L, "too many arguments to resume");
    }
    if (lua_status(co) == LUA_OK && lua_gettop(co) == 0) {
        return luaL_error(L, "cannot resume dead coroutine");
    }
    lua_xmove(L, co, arguments);
    int status = lua_resume(co, L, arguments, &results);
    if (status == LUA_OK || status == LUA_YIELD) {
        luaL_checkstack(L, results, "too many results to resume");
        lua_xmove(co, L, results);
        return results;
    }
    lua_xmove(co, L, 1);
    if (status != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING) { /* where it was called */
        luaL_where(L, 1);
        lua_insert(L, -2);
        lua_concat(L, 2);
    }
    return lua_error(L);
}

static int coroutine_wrap(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_State *co = lua_newthread(L);
    lua_pushvalue(L, 1);
    lua_xmove(L, co, 1);
    lua_pushcclosure(L, resume_wrapped, 1);
    return 1;
}

static int coroutine_close(lua_State *L)
{
    lua_State *co = check_coroutine(L);
    int status = lua_status(co);
    if (status != LUA_OK && status != LUA_YIELD) {
        lua_pushboolean(L, 0);
        lua_pushliteral(L, "the coroutine ended by an error");
        return 2;
    }
    lua_Debug frame;
    if (co == L || (status == LUA_OK && lua_getstack(co, 0, &frame) != 0)) {
        return luaL_error(L, "cannot close a coroutine that runs");
    }
    if (lua_resetthread(co) == LUA_OK) {
        lua_pushboolean(L, 1);
        return 1;
    }
    lua_pushboolean(L, 0);
    lua_xmove(co, L, 1);
    return 2;
}

void safe_coroutine_open(lua_State *L)
{
    static const char *const plain[] = {"create", "isyieldable", "resume", "running",
                                        "status", "yield",       NULL};
    static const luaL_Reg own[] = {
        {"close", coroutine_close}, {"wrap", coroutine_wrap}, {NULL, NULL}};
    int target = lua_gettop(L);
    luaL_setfuncs(L, own, 0);
    luaL_requiref(L, "coroutine", luaopen_coroutine, 0);
    for (size_t i = 0; plain[i] != NULL; i++) {
        lua_getfield(L, -1, plain[i]);
        lua_setfield(L, target, plain[i]);
    }
    lua_settop(L, target);
}
