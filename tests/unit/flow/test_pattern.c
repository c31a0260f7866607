/* find, match, gmatch and gsub against Lua's own, on examples and on random patterns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <lauxlib.h>
#include <lualib.h>

#include "core/flow/sandbox.h"

/* Runs the same calls and joins all that comes back; errors are only "error". */
static const char script[] =
    "local text, pattern, replacement = ...\n"
    "local out = {}\n"
    "local function add(...)\n"
    "  local r = {...}\n"
    "  for i = 1, select('#', ...) do out[#out + 1] = tostring((select(i, ...))) end\n"
    "  out[#out + 1] = '|'\n"
    "end\n"
    "local function try(f, ...)\n"
    "  local r = table.pack(pcall(f, ...))\n"
    "  if not r[1] then add('error') else add(table.unpack(r, 2, r.n)) end\n"
    "end\n"
    "for init = -3, 4 do\n"
    "  try(string.find, text, pattern, init)\n"
    "  try(string.match, text, pattern, init)\n"
    "end\n"
    "try(string.find, text, pattern, 1, true)\n"
    "try(string.gsub, text, pattern, replacement)\n"
    "try(string.gsub, text, pattern, replacement, 2)\n"
    "try(string.gsub, text, pattern, function(a, b) return b end)\n"
    "try(string.gsub, text, pattern, {a = 'A', ab = 'AB', [1] = 'one'})\n"
    "try(function()\n"
    "  local n = 0\n"
    "  for a, b in string.gmatch(text, pattern) do add(a, b) n = n + 1 if n > 50 then break end "
    "end\n"
    "end)\n"
    "return table.concat(out, ' ')";

static sandbox *ours;
static lua_State *theirs;

static void push_arguments(lua_State *L, const char *text, const char *pattern,
                           const char *replacement)
{
    lua_pushstring(L, text);
    lua_pushstring(L, pattern);
    lua_pushstring(L, replacement);
}

static void compare(const char *text, const char *pattern, const char *replacement)
{
    platen_error err = PLATEN_ERROR_INIT;
    lua_State *L = sandbox_lua(ours);
    assert_int_equal(sandbox_load(ours, "p", script, strlen(script), NULL), PLATEN_OK);
    push_arguments(L, text, pattern, replacement);
    if (sandbox_call(ours, 3, 1, NULL, 0, &err) != PLATEN_OK) {
        fail_msg("'%s' with '%s': %s", text, pattern, err.text);
    }
    assert_int_equal(luaL_loadstring(theirs, script), LUA_OK);
    push_arguments(theirs, text, pattern, replacement);
    assert_int_equal(lua_pcall(theirs, 3, 1, 0), LUA_OK);
    if (strcmp(lua_tostring(L, -1), lua_tostring(theirs, -1)) != 0) {
        fail_msg("'%s' with '%s' and '%s':\n%s\n%s", text, pattern, replacement,
                 lua_tostring(L, -1), lua_tostring(theirs, -1));
    }
    lua_settop(L, 0);
    lua_settop(theirs, 0);
}

static int open_both(void **state)
{
    (void)state;
    theirs = luaL_newstate();
    luaL_openlibs(theirs);
    return sandbox_new(NULL, &ours, NULL) == PLATEN_OK && theirs != NULL ? 0 : -1;
}

static int close_both(void **state)
{
    (void)state;
    lua_close(theirs);
    sandbox_free(ours);
    return 0;
}

static void test_pattern__examples(void **state)
{
    static const char *const patterns[] = {
        "",      "a",           ".",           "a*",       "a-",    "a+b",      "^a",      "^",
        "$",     "a$",          "^$",          "(a)(b)",   "()a()", "(a*(b))",  "[abc]+",  "[^abc]",
        "[a-c]", "[%a_][%w_]*", "[]]",         "[^]]",     "[a-]",  "[%-a]",    "%d+",     "%D",
        "%bab",  "%b()",        "%f[%w]%w+",   "%f[%z]",   "(.)%1", "(%w+) %1", "a?b?c?$", "%",
        "[",     "[a",          "(",           ")",        "(()",   "%1",       "(a%1)",   "%b",
        "%ba",   "%f",          "%fa",         "a**",      "*",     "?",        "a?-",     "%.",
        "[%]]",  "[%",          "%s*(.-)%s*$", "(.-)(.*)", ".-b",   "[z-a]",
    };
    static const char *const texts[] = {
        "", "a", "abc", "aabb", "hello world world", "(a(b)c)", "  trim me  ", "x]y-z", "a.b%c",
    };
    (void)state;
    for (size_t p = 0; p < sizeof(patterns) / sizeof(patterns[0]); p++) {
        for (size_t t = 0; t < sizeof(texts) / sizeof(texts[0]); t++) {
            compare(texts[t], patterns[p], "<%0%1>");
        }
    }
    compare("abc", "b", "%");
    compare("abc", "b", "%%");
    compare("abc", "(b)", "%2");
    compare("abc", "()b", "%1");
}

static void test_pattern__random(void **state)
{
    static const char *const pieces[] = {"a",  "b",    ".",     "%a",   "%d", "[ab]", "[^a]", "(",
                                         ")",  "*",    "+",     "-",    "?",  "$",    "^",    "%1",
                                         "()", "%bab", "%f[a]", "[a-c", "]",  "%%",   "c",    "%w"};
    unsigned seed = 54;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        char pattern[64] = "";
        char text[16];
        size_t used = 0;
        seed = seed * 1664525u + 1013904223u;
        for (unsigned n = seed >> 28; n > 8; n--) {
            seed = seed * 1664525u + 1013904223u;
            const char *piece = pieces[(seed >> 16) % (sizeof(pieces) / sizeof(pieces[0]))];
            used += (size_t)snprintf(pattern + used, sizeof(pattern) - used, "%s", piece);
        }
        for (size_t n = 0; n < sizeof(text); n++) {
            seed = seed * 1664525u + 1013904223u;
            text[n] = "abcab1 ("[seed >> 29];
        }
        text[(seed >> 8) % sizeof(text)] = '\0';
        compare(text, pattern, "%0.");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pattern__examples),
        cmocka_unit_test(test_pattern__random),
    };
    return cmocka_run_group_tests(tests, open_both, close_both);
}
