/* What scripts may do and what they may not, however hard they try. */
#include "core/flow/sandbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <lauxlib.h>

typedef struct outcome {
    platen_code code;
    char text[512];
    char trace[1024];
    char result[256]; /* the first result as text */
} outcome;

static outcome run_in(sandbox *s, const char *script)
{
    outcome o = {.result = ""};
    platen_error err = PLATEN_ERROR_INIT;
    o.code = sandbox_load(s, "test.lua", script, strlen(script), &err);
    if (o.code == PLATEN_OK) {
        o.code = sandbox_call(s, 0, 1, o.trace, sizeof(o.trace), &err);
        if (o.code == PLATEN_OK) {
            const char *text = lua_tostring(sandbox_lua(s), -1);
            (void)snprintf(o.result, sizeof(o.result), "%s", text != NULL ? text : "nil");
            lua_pop(sandbox_lua(s), 1);
        }
    }
    (void)snprintf(o.text, sizeof(o.text), "%s", err.text);
    return o;
}

static outcome run_for(const char *script, int64_t most_ms)
{
    const sandbox_limits limits = {(size_t)16 << 20, 3000000, most_ms};
    sandbox *s = NULL;
    assert_int_equal(sandbox_new(&limits, &s, NULL), PLATEN_OK);
    outcome o = run_in(s, script);
    assert_int_equal(lua_gettop(sandbox_lua(s)), 0);
    sandbox_free(s);
    return o;
}

static outcome run(const char *script)
{
    return run_for(script, 2000);
}

static void assert_result(const char *script, const char *wanted)
{
    outcome o = run(script);
    if (o.code != PLATEN_OK || strcmp(o.result, wanted) != 0) {
        fail_msg("%s: code %d '%s', result '%s' instead of '%s'", script, (int)o.code, o.text,
                 o.result, wanted);
    }
}

static void assert_fails(const char *script, platen_code code, const char *part)
{
    outcome o = run(script);
    if (o.code != code || strstr(o.text, part) == NULL) {
        fail_msg("%s: code %d '%s', result '%s'", script, (int)o.code, o.text, o.result);
    }
}

static void test_sandbox__runs_lua(void **state)
{
    (void)state;
    assert_result("return 1 + 2", "3");
    assert_result("local t = {} for i = 1, 10 do t[#t + 1] = i end return table.concat(t, ',')",
                  "1,2,3,4,5,6,7,8,9,10");
    assert_result("return ('x'):rep(3, '-')", "x-x-x");
    assert_result("return '10' + 1", "11");
    assert_result("local co = coroutine.wrap(function() coroutine.yield(7) end) return co()", "7");
    assert_result("return select('#', pcall(error, 'x'))", "2");
    assert_result("return table.concat({tostring((xpcall(error, function(m) return m end, 'x'))), "
                  "(select(2, xpcall(error, function(m) return m .. '!' end, 'x'))), "
                  "(select(3, xpcall(function(...) return ... end, print, 1, 2)))})",
                  "falsex!2");
    assert_result("local co = coroutine.wrap(function() return xpcall(function() "
                  "return coroutine.yield(1) + 1 end, print) end) co() return (select(2, co(5)))",
                  "6");
    assert_result("local co = coroutine.create(function() coroutine.yield() end) "
                  "coroutine.resume(co) return tostring(coroutine.close(co)) .. "
                  "coroutine.status(co)",
                  "truedead");
    assert_result("return utf8.char(228)", "\xc3\xa4");
    assert_result("local a = {3, 1, 2} table.sort(a, function(x, y) return x > y end) "
                  "return table.concat(a)",
                  "321");
}

/* The list of globals is an allow-list: what is there is named here. */
static void test_sandbox__has_these_globals_and_no_others(void **state)
{
    static const char *const names[] = {
        "_G",       "_VERSION", "assert", "coroutine", "error",        "getmetatable", "ipairs",
        "math",     "next",     "pairs",  "pcall",     "platen",       "print",        "rawequal",
        "rawget",   "rawlen",   "rawset", "select",    "setmetatable", "string",       "table",
        "tonumber", "tostring", "type",   "utf8",      "xpcall",
    };
    sandbox *s = NULL;
    size_t count = 0;
    (void)state;
    assert_int_equal(sandbox_new(NULL, &s, NULL), PLATEN_OK);
    lua_State *L = sandbox_lua(s);
    (void)lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS); /* the view */
    assert_int_not_equal(lua_getmetatable(L, -1), 0);
    lua_getfield(L, -1, "__index"); /* what it shows */
    lua_pushnil(L);
    while (lua_next(L, -2) != 0) {
        bool known = false;
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
            known = known || strcmp(names[i], lua_tostring(L, -2)) == 0;
        }
        if (!known) {
            fail_msg("the global '%s' is not in the list", lua_tostring(L, -2));
        }
        count++;
        lua_pop(L, 1);
    }
    assert_int_equal(count, sizeof(names) / sizeof(names[0]));
    sandbox_free(s);
}

static void test_sandbox__lacks_what_reaches_out(void **state)
{
    static const char *const gone[] = {
        "io",       "os",         "debug",  "package",        "require",     "load",
        "loadfile", "loadstring", "dofile", "collectgarbage", "string.dump", "math.randomseed",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++) {
        char script[64];
        (void)snprintf(script, sizeof(script), "return type(%s)", gone[i]);
        assert_result(script, "nil");
    }
    assert_fails("\x1bLua\x54", PLATEN_E_MALFORMED, "binary"); /* text chunks only */
}

static void test_sandbox__nothing_of_it_can_be_changed(void **state)
{
    static const char *const tries[] = {
        "x = 1",
        "_G.x = 1",
        "string.rep = nil",
        "string.new = 1",
        "platen.x = 1",
        "rawset(_G, 'x', 1)",
        "rawset(string, 'rep', print)",
        "setmetatable(_G, {})",
        "setmetatable(string, nil)",
        "getmetatable('').__index = {}",
        "getmetatable(_G).__newindex = nil",
        "local function f() y = 2 end f()",
        "setmetatable({}, {__gc = function() end})",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
        outcome o = run(tries[i]);
        if (o.code != PLATEN_E_INVAL) {
            fail_msg("%s: code %d '%s'", tries[i], (int)o.code, o.text);
        }
    }
}

static void test_sandbox__errors_name_file_and_line(void **state)
{
    (void)state;
    assert_fails("local x\nreturn x.y", PLATEN_E_INVAL, "test.lua:2:");
    assert_fails("return )", PLATEN_E_MALFORMED, "test.lua:1:");
    assert_fails("error({})", PLATEN_E_INVAL, "table");
    assert_fails("error(setmetatable({}, {__tostring = function() return 'mine' end}))",
                 PLATEN_E_INVAL, "mine");
    assert_fails("error(setmetatable({}, {__tostring = function() error('no') end}))",
                 PLATEN_E_INVAL, "");
    outcome o = run("local function inner() error('deep') end\nlocal function outer() inner() "
                    "end\nouter()");
    assert_non_null(strstr(o.trace, "inner"));
}

static void test_sandbox__endless_loops_end(void **state)
{
    static const char *const loops[] = {
        "while true do end",
        "while true do pcall(function() while true do end end) end",
        "local function f() return pcall(f) end while true do f() end",
        "repeat pcall(error) until false",
        "xpcall(function() while true do end end, function() while true do end end) "
        "while true do end",
        "local co = coroutine.create(function() while true do end end) "
        "while true do coroutine.resume(co) end",
        "local co = coroutine.wrap(function() while true do coroutine.yield() end end) "
        "while true do co() end",
        "while true do local co <close> = setmetatable({}, {__close = function() "
        "while true do end end}) end",
        "local t = setmetatable({}, {__index = function(t, k) return t[k + 1] end}) "
        "while true do pcall(function() return t[1] end) end",
        "local co = coroutine.wrap(function() local x <close> = setmetatable({}, {__close = "
        "function() while true do end end}) while true do end end) while true do co() end",
        "local co = coroutine.create(function() local x <close> = setmetatable({}, {__close = "
        "function() while true do end end}) while true do end end) coroutine.resume(co) "
        "coroutine.close(co) while true do end",
        "table.sort({1, 2, 3}, function() while true do end end)",
        "local t = setmetatable({}, {__lt = function() while true do end end}) return t < t",
        "tostring(setmetatable({}, {__tostring = function() while true do end end}))",
        "error(setmetatable({}, {__tostring = function() while true do end end}))",
        "for i = 1, math.maxinteger do end",
        "while true do string.gsub(('x'):rep(1000), '.', function() end) end",
        "goto again ::again:: goto again",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(loops) / sizeof(loops[0]); i++) {
        outcome o = run(loops[i]);
        if (o.code != PLATEN_E_TIMEOUT) {
            fail_msg("%s: code %d '%s'", loops[i], (int)o.code, o.text);
        }
    }
}

static void test_sandbox__loops_inside_the_libraries_end(void **state)
{
    (void)state;
    assert_fails("string.find(('a'):rep(20000) .. 'b', '.-.-.-.-c')", PLATEN_E_INVAL,
                 "too many steps");
    assert_fails("('x'):rep(100000):gsub('(.-)y', '')", PLATEN_E_INVAL, "too many steps");
    assert_fails("for w in ('x'):rep(30000):gmatch('.*.*.*z') do end", PLATEN_E_INVAL,
                 "too many steps");
    assert_fails("string.match(('('):rep(100000), ('%b()'):rep(40) .. ('('):rep(50))",
                 PLATEN_E_INVAL, "");
    assert_fails("table.move({}, 1, math.maxinteger - 1, 2)", PLATEN_E_INVAL, "table.move");
    assert_fails("table.insert(setmetatable({}, {__len = function() return 1 << 60 end}), 1, 1)",
                 PLATEN_E_INVAL, "metatable");
    assert_fails("table.concat(setmetatable({}, {__index = function() return '' end}), '', 1, "
                 "1 << 60)",
                 PLATEN_E_INVAL, "metatable");
    assert_fails("string.rep('x', 1 << 40)", PLATEN_E_INVAL, "string.rep");
    assert_fails("string.rep('', 1 << 40, 'ab')", PLATEN_E_INVAL, "string.rep");
    assert_result("return #string.rep('', 1 << 40)", "0");
}

static void test_sandbox__memory_is_capped(void **state)
{
    static const char *const bombs[] = {
        "local s = 'x' while true do s = s .. s end",
        "local t = {} for i = 1, 1e9 do t[i] = {} end",
        "local t = {} while true do t[#t + 1] = ('x'):rep(10000) .. #t end",
        "local function f() return f() + 1 end return f()",
        "local t = {} while true do t[#t + 1] = coroutine.create(function() end) end",
        "local s = ('x'):rep(1 << 23) return (s:gsub('x', s))",
        "return table.unpack({}, 1, 1e7)",
        "local t = {} for i = 1, 100 do t = {t, t} end local s = {} "
        "while true do s[#s + 1] = {#s} end",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(bombs) / sizeof(bombs[0]); i++) {
        outcome o = run_for(bombs[i], 60000); /* a busy machine takes long to fill the memory */
        if (o.code != PLATEN_E_NOMEM && o.code != PLATEN_E_INVAL) { /* or a stack overflow */
            fail_msg("%s: code %d '%s'", bombs[i], (int)o.code, o.text);
        }
    }
}

static void test_sandbox__goes_on_after_a_failure(void **state)
{
    const sandbox_limits limits = {(size_t)4 << 20, 1000000, 2000};
    sandbox *s = NULL;
    (void)state;
    assert_int_equal(sandbox_new(&limits, &s, NULL), PLATEN_OK);
    assert_int_equal(run_in(s, "while true do end").code, PLATEN_E_TIMEOUT);
    assert_int_equal(run_in(s, "local s = 'x' while true do s = s .. s end").code, PLATEN_E_NOMEM);
    outcome o = run_in(s, "return 'fine'");
    assert_string_equal(o.result, "fine");
    sandbox_free(s);
}

static void test_sandbox__coroutines_have_the_same_limits(void **state)
{
    static const char script[] = "return function() coroutine.yield(1) while true do end end";
    sandbox *s = NULL;
    bool yielded = false;
    int results = 0;
    platen_error err = PLATEN_ERROR_INIT;
    char trace[256];
    const sandbox_limits limits = {0, 1000000, 2000};
    (void)state;
    assert_int_equal(sandbox_new(&limits, &s, NULL), PLATEN_OK);
    lua_State *L = sandbox_lua(s);
    assert_int_equal(sandbox_load(s, "t", script, strlen(script), NULL), PLATEN_OK);
    assert_int_equal(sandbox_call(s, 0, 1, NULL, 0, NULL), PLATEN_OK);
    lua_State *co = lua_newthread(L);
    lua_pushvalue(L, -2);
    lua_xmove(L, co, 1);
    assert_int_equal(sandbox_resume(s, co, 0, &yielded, &results, NULL, 0, &err), PLATEN_OK);
    assert_true(yielded);
    assert_int_equal(results, 1);
    lua_pop(co, results);
    assert_int_equal(sandbox_resume(s, co, 0, &yielded, &results, trace, sizeof(trace), &err),
                     PLATEN_E_TIMEOUT);
    assert_false(yielded);
    assert_non_null(strstr(trace, "in function"));
    sandbox_free(s);
}

/* What a script sees must be the same in every process: else a flow cannot be replayed. */
static void test_sandbox__is_deterministic(void **state)
{
    static const char script[] =
        "local t = {} for i = 1, 200 do t['k' .. i] = i end t[3] = 'x' t[1.5] = 'y' t[true] = 0\n"
        "local keys = {} for k in pairs(t) do keys[#keys + 1] = tostring(k) end\n"
        "local text = table.concat(keys, ' ') .. tostring({}) .. tostring(print) ..\n"
        "  string.format('%s %s', {}, coroutine.create(print)) .. math.random(1000000) ..\n"
        "  math.random() .. tostring(next({b = 1, a = 2}))\n"
        "local sum = 0 for i = 1, #text do sum = (sum * 31 + text:byte(i)) % 1000000007 end\n"
        "return sum .. ':' .. text:sub(1, 40)";
    outcome first = run(script);
    (void)state;
    assert_int_equal(first.code, PLATEN_OK);
    for (int i = 0; i < 5; i++) {
        outcome again = run(script);
        assert_string_equal(again.result, first.result);
    }
    assert_non_null(strstr(first.result, ":1.5 3 k1 k10 k100"));
    assert_fails("return string.format('%p', {})", PLATEN_E_INVAL, "%p");
    assert_fails("for k in pairs({[{}] = 1}) do end", PLATEN_E_INVAL, "order of keys");
    assert_fails("return next({1, 2}, 1)", PLATEN_E_INVAL, "pairs()");
    /* A table may lose keys while it is walked. */
    assert_result("local t = {a = 1, b = 2, c = 3} local n = 0 "
                  "for k in pairs(t) do n = n + 1 t.a = nil t.b = nil end return n",
                  "2");
}

static void remember(const char *text, size_t length, void *user)
{
    (void)snprintf(user, 64, "%.*s", (int)length, text);
}

static void test_sandbox__prints_to_the_host(void **state)
{
    sandbox *s = NULL;
    char line[64] = "";
    (void)state;
    assert_int_equal(sandbox_new(NULL, &s, NULL), PLATEN_OK);
    sandbox_on_print(s, remember, line);
    assert_int_equal(run_in(s, "print('a', 1, nil, {})").code, PLATEN_OK);
    assert_string_equal(line, "a\t1\tnil\ttable");
    assert_int_equal(run_in(s, "print(('x'):rep(1000000))").code, PLATEN_OK); /* cut */
    sandbox_free(s);
}

static void test_sandbox__random_is_in_range(void **state)
{
    (void)state;
    assert_result("for i = 1, 20000 do local r = math.random(3, 7) if r < 3 or r > 7 then "
                  "return 'out' end r = math.random() if r < 0 or r >= 1 then return 'out' end end "
                  "return 'in'",
                  "in");
    assert_result("return math.type(math.random(math.mininteger, math.maxinteger))", "integer");
    assert_result("return math.type(math.random(0))", "integer");
    assert_fails("math.random(2, 1)", PLATEN_E_INVAL, "empty");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sandbox__runs_lua),
        cmocka_unit_test(test_sandbox__has_these_globals_and_no_others),
        cmocka_unit_test(test_sandbox__lacks_what_reaches_out),
        cmocka_unit_test(test_sandbox__nothing_of_it_can_be_changed),
        cmocka_unit_test(test_sandbox__errors_name_file_and_line),
        cmocka_unit_test(test_sandbox__endless_loops_end),
        cmocka_unit_test(test_sandbox__loops_inside_the_libraries_end),
        cmocka_unit_test(test_sandbox__memory_is_capped),
        cmocka_unit_test(test_sandbox__goes_on_after_a_failure),
        cmocka_unit_test(test_sandbox__coroutines_have_the_same_limits),
        cmocka_unit_test(test_sandbox__is_deterministic),
        cmocka_unit_test(test_sandbox__prints_to_the_host),
        cmocka_unit_test(test_sandbox__random_is_in_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
