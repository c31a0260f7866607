/*
 * The library string. find, match, gmatch and gsub use the matcher with a budget (pattern.c); rep
 * and format are bounded; dump is left out.
 */
#include <string.h>

#include <lauxlib.h>
#include <lualib.h>

#include "core/flow/pattern.h"
#include "core/flow/sandbox.h"

#define REP_MAX ((size_t)16 << 20)

/* ---- patterns ---- */

static int raise_result(lua_State *L, pattern_result result)
{
    switch (result) {
    case PATTERN_MALFORMED:
        return luaL_error(L, "malformed pattern");
    case PATTERN_TOO_COMPLEX:
        return luaL_error(L, "the pattern is too complex");
    case PATTERN_TOO_LONG:
        return luaL_error(L, "the pattern takes too many steps on this text");
    case PATTERN_NO:
    case PATTERN_YES:
        break;
    }
    return 0;
}

typedef struct search {
    const char *text;
    size_t length;
    const char *pattern; /* without its '^' */
    size_t pattern_length;
    bool anchored;
    pattern_match match;
    const char *found; /* where the match begins */
} search;

static void take_arguments(lua_State *L, int text, int pattern, search *s)
{
    s->text = luaL_checklstring(L, text, &s->length);
    s->pattern = luaL_checklstring(L, pattern, &s->pattern_length);
    s->anchored = s->pattern_length > 0 && s->pattern[0] == '^';
    s->pattern += s->anchored ? 1 : 0;
    s->pattern_length -= s->anchored ? 1 : 0;
}

static bool match_here(lua_State *L, search *s, const char *at)
{
    pattern_result result = pattern_at(s->text, s->length, at, s->pattern, s->pattern_length,
                                       sandbox_budget(sandbox_of(L)), &s->match);
    (void)raise_result(L, result);
    return result == PATTERN_YES;
}

/* From `at` on, or only there when the pattern is anchored. */
static bool look(lua_State *L, search *s, const char *at)
{
    for (; at <= s->text + s->length; at++) {
        if (match_here(L, s, at)) {
            s->found = at;
            return true;
        }
        if (s->anchored) {
            break;
        }
    }
    return false;
}

static void push_capture(lua_State *L, const search *s, int index)
{
    const pattern_capture *c = &s->match.captures[index];
    if (c->length == PATTERN_OPEN) {
        (void)luaL_error(L, "unfinished capture");
    } else if (c->length == PATTERN_POSITION) {
        lua_pushinteger(L, c->at - s->text + 1);
    } else {
        lua_pushlstring(L, c->at, (size_t)c->length);
    }
}

/* All captures, or the whole match when there are none and `whole`; the number pushed. */
static int push_captures(lua_State *L, const search *s, bool whole)
{
    luaL_checkstack(L, PATTERN_CAPTURES, "too many captures");
    if (s->match.count == 0 && whole) {
        lua_pushlstring(L, s->found, (size_t)(s->match.end - s->found));
        return 1;
    }
    for (int i = 0; i < s->match.count; i++) {
        push_capture(L, s, i);
    }
    return s->match.count;
}

/* `init` as find and match take it, as an offset; length + 1: behind the end. */
static size_t start_of(lua_State *L, int index, size_t length)
{
    lua_Integer init = luaL_optinteger(L, index, 1);
    if (init > 0) {
        return (lua_Unsigned)init - 1 > length ? length + 1 : (size_t)init - 1;
    }
    if (init == 0 || (lua_Unsigned)-init > length) {
        return 0;
    }
    return length - (size_t)-init;
}

static bool is_plain(const char *pattern, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (pattern[i] != '\0' && strchr("^$*+?.([%-", pattern[i]) != NULL) {
            return false;
        }
    }
    return true;
}

static int push_found(lua_State *L, const search *s, const char *end)
{
    lua_pushinteger(L, s->found - s->text + 1);
    lua_pushinteger(L, end - s->text);
    return 2;
}

static int string_find(lua_State *L)
{
    search s;
    size_t length = 0;
    take_arguments(L, 1, 2, &s);
    const char *whole = luaL_checklstring(L, 2, &length);
    size_t start = start_of(L, 3, s.length);
    if (start > s.length) {
        luaL_pushfail(L);
        return 1;
    }
    if (lua_toboolean(L, 4) || is_plain(whole, length)) {
        s.found =
            length == 0 ? s.text + start : memmem(s.text + start, s.length - start, whole, length);
        if (s.found != NULL) {
            return push_found(L, &s, s.found + length);
        }
    } else if (look(L, &s, s.text + start)) {
        int found = push_found(L, &s, s.match.end);
        return found + push_captures(L, &s, false);
    }
    luaL_pushfail(L);
    return 1;
}

static int string_match(lua_State *L)
{
    search s;
    take_arguments(L, 1, 2, &s);
    size_t start = start_of(L, 3, s.length);
    if (start <= s.length && look(L, &s, s.text + start)) {
        return push_captures(L, &s, true);
    }
    luaL_pushfail(L);
    return 1;
}

/* Upvalues: text, pattern, offset of the next look, end of the last match (-1: none). */
static int next_match(lua_State *L)
{
    search s;
    take_arguments(L, lua_upvalueindex(1), lua_upvalueindex(2), &s);
    if (s.anchored) { /* in gmatch '^' is a character like others */
        s.anchored = false;
        s.pattern--;
        s.pattern_length++;
    }
    lua_Integer last = lua_tointeger(L, lua_upvalueindex(4));
    const char *at = s.text + lua_tointeger(L, lua_upvalueindex(3));
    for (; at <= s.text + s.length; at++) {
        if (match_here(L, &s, at) && s.match.end - s.text != last) {
            s.found = at;
            lua_pushinteger(L, s.match.end - s.text);
            lua_pushvalue(L, -1);
            lua_replace(L, lua_upvalueindex(3));
            lua_replace(L, lua_upvalueindex(4));
            return push_captures(L, &s, true);
        }
    }
    return 0;
}

static int string_gmatch(lua_State *L)
{
    size_t length = 0;
    (void)luaL_checklstring(L, 1, &length);
    (void)luaL_checkstring(L, 2);
    size_t start = start_of(L, 3, length);
    lua_settop(L, 2);
    lua_pushinteger(L, (lua_Integer)start);
    lua_pushinteger(L, -1);
    lua_pushcclosure(L, next_match, 4);
    return 1;
}

/* Capture `index` (0: the whole match) on the stack, as gsub's replacements see it. */
static void push_for_replacement(lua_State *L, const search *s, int index)
{
    if (index == 0 || (index == 1 && s->match.count == 0)) {
        lua_pushlstring(L, s->found, (size_t)(s->match.end - s->found));
    } else if (index <= s->match.count) {
        push_capture(L, s, index - 1);
    } else {
        (void)luaL_error(L, "invalid capture index %%%d in replacement", index);
    }
}

/* "%1 and %%" */
static void add_text(lua_State *L, luaL_Buffer *out, const search *s)
{
    size_t length = 0;
    const char *text = lua_tolstring(L, 3, &length);
    for (size_t i = 0; i < length; i++) {
        if (text[i] != '%') {
            luaL_addchar(out, text[i]);
            continue;
        }
        i++;
        char c = i < length ? text[i] : '\0';
        if (c == '%') {
            luaL_addchar(out, '%');
        } else if (c >= '0' && c <= '9') {
            push_for_replacement(L, s, c - '0');
            (void)luaL_tolstring(L, -1, NULL); /* a position is a number */
            lua_remove(L, -2);
            luaL_addvalue(out);
        } else {
            (void)luaL_error(L, "invalid use of '%%' in replacement");
        }
    }
}

/* From a table or a function; false and nil leave the match as it is. */
static bool add_value(lua_State *L, luaL_Buffer *out, const search *s)
{
    if (lua_istable(L, 3)) {
        push_for_replacement(L, s, 1);
        (void)lua_gettable(L, 3);
    } else {
        lua_pushvalue(L, 3);
        int count = push_captures(L, s, true);
        lua_call(L, count, 1);
    }
    if (!lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        luaL_addlstring(out, s->found, (size_t)(s->match.end - s->found));
        return false;
    }
    if (!lua_isstring(L, -1)) {
        (void)luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
    }
    luaL_addvalue(out);
    return true;
}

static int string_gsub(lua_State *L)
{
    search s;
    luaL_Buffer out;
    take_arguments(L, 1, 2, &s);
    int type = lua_type(L, 3);
    luaL_argexpected(L,
                     type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TFUNCTION ||
                         type == LUA_TTABLE,
                     3, "string/function/table");
    lua_Integer most = luaL_optinteger(L, 4, (lua_Integer)s.length + 1);
    lua_Integer count = 0;
    const char *at = s.text;
    const char *end = s.text + s.length;
    const char *last = NULL;
    luaL_buffinit(L, &out);
    while (count < most) {
        if (match_here(L, &s, at) && s.match.end != last) {
            count++;
            s.found = at;
            if (type == LUA_TTABLE || type == LUA_TFUNCTION) {
                (void)add_value(L, &out, &s);
            } else {
                add_text(L, &out, &s);
            }
            at = last = s.match.end;
        } else if (at < end) {
            luaL_addchar(&out, *at++);
        } else {
            break;
        }
        if (s.anchored) {
            break;
        }
    }
    luaL_addlstring(&out, at, (size_t)(end - at));
    luaL_pushresult(&out);
    lua_pushinteger(L, count);
    return 2;
}

/* ---- bounded ---- */

/* Lua's own function is upvalue 1. */
static int string_rep(lua_State *L)
{
    size_t length = 0;
    size_t between = 0;
    (void)luaL_checklstring(L, 1, &length);
    lua_Integer count = luaL_checkinteger(L, 2);
    (void)luaL_optlstring(L, 3, "", &between);
    if (length + between == 0) { /* the library would loop over nothing */
        lua_pushliteral(L, "");
        return 1;
    }
    if (count > 0 && (lua_Unsigned)count > REP_MAX / (length + between)) {
        return luaL_error(L, "string.rep: more than %d bytes", (int)REP_MAX);
    }
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, 1);
    return 1;
}

/* No addresses: "%p" is refused, tables and functions are shown by their type. */
static int string_format(lua_State *L)
{
    int count = lua_gettop(L);
    const char *format = luaL_checkstring(L, 1);
    for (const char *at = format; *at != '\0'; at++) {
        if (*at == '%') {
            at += 1 + strspn(at + 1, "-+ #0123456789.");
            if (*at == 'p') {
                return luaL_error(L, "string.format: '%%p' is not available");
            }
            if (*at == '\0') {
                break;
            }
        }
    }
    for (int i = 2; i <= count; i++) {
        if (!lua_isnumber(L, i) && !lua_isstring(L, i) && !lua_isboolean(L, i) &&
            !lua_isnil(L, i)) {
            (void)safe_text(L, i, NULL);
            lua_replace(L, i);
        }
    }
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, count, 1);
    return 1;
}

void safe_string_open(lua_State *L)
{
    static const char *const plain[] = {"byte",    "char", "len",    "lower", "pack", "packsize",
                                        "reverse", "sub",  "unpack", "upper", NULL};
    static const luaL_Reg own[] = {{"find", string_find},
                                   {"match", string_match},
                                   {"gmatch", string_gmatch},
                                   {"gsub", string_gsub},
                                   {NULL, NULL}};
    int target = lua_gettop(L);
    luaL_setfuncs(L, own, 0);
    luaL_requiref(L, "string", luaopen_string, 0);
    for (size_t i = 0; plain[i] != NULL; i++) {
        lua_getfield(L, -1, plain[i]);
        lua_setfield(L, target, plain[i]);
    }
    lua_getfield(L, -1, "rep");
    lua_pushcclosure(L, string_rep, 1);
    lua_setfield(L, target, "rep");
    lua_getfield(L, -1, "format");
    lua_pushcclosure(L, string_format, 1);
    lua_setfield(L, target, "format");
    lua_settop(L, target);
}
