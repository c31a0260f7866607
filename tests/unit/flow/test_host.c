/* Scripts with a coroutine for each device; what they ask for is answered by the tests. */
#include "core/flow/host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/clock.h"

static const char device[] = "{\"id\":5,\"name\":\"P5\",\"power\":\"on\",\"region\":null}";

typedef struct flow {
    flow_host *host;
    flow_co *co;
} flow;

static flow begin_with(const char *text, const char *params, const sandbox_limits *limits)
{
    flow f = {NULL, NULL};
    platen_error err = PLATEN_ERROR_INIT;
    const flow_lib libs[] = {{"util", "local n = 0 return {twice = function(x) n = n + 1 "
                                      "return 2 * x, n end}"}};
    const flow_source source = {.name = "test",
                                .text = text,
                                .libs = libs,
                                .lib_count = 1,
                                .params = params,
                                .run = 7,
                                .limits = limits};
    if (flow_host_new(&source, &f.host, &err) != PLATEN_OK) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(flow_co_new(f.host, device, 1000, &f.co, &err), PLATEN_OK);
    flow_co_resume(f.co, NULL);
    return f;
}

static flow begin(const char *text)
{
    return begin_with(text, "{}", NULL);
}

/* Wraps a body of run(ctx, device). */
static flow run_body(const char *body)
{
    char text[8192];
    (void)snprintf(text, sizeof(text),
                   "return platen.flow{name = 'test', run = function(ctx, device) %s end}", body);
    return begin(text);
}

static void finish(flow *f, const char *state, const char *code, const char *part)
{
    flow_end end = flow_co_outcome(f->co);
    assert_int_equal(flow_co_ask(f->co)->call, FLOW_NONE);
    if (strcmp(end.state, state) != 0 || strcmp(end.code, code) != 0 ||
        strstr(end.text, part) == NULL) {
        fail_msg("%s/%s '%s' instead of %s/%s '%s'", end.state, end.code, end.text, state, code,
                 part);
    }
    flow_host_free(f->host);
}

static void ends(const char *body, const char *state, const char *code, const char *part)
{
    flow f = run_body(body);
    finish(&f, state, code, part);
}

static void asks(const flow *f, flow_call call, const char *arguments)
{
    const flow_ask *ask = flow_co_ask(f->co);
    if (ask->call != call) {
        fail_msg("asks for %d, ended as '%s'", ask->call, flow_co_outcome(f->co).text);
    }
    assert_string_equal(ask->arguments, arguments);
}

static void test_host__results(void **state)
{
    (void)state;
    ends("", "success", "", "");
    ends("return 'done'", "success", "", "done");
    ends("return true", "success", "", "");
    ends("return false", "error", "script", "returned false");
    ends("return nil, {code='timeout', message='no answer', state='timeout'}", "timeout", "timeout",
         "no answer");
    ends("return nil, 'nothing'", "error", "script", "nothing");
    ends("return {state='warning', text='half'}", "warning", "", "half");
    ends("ctx:fail('no') return 'x'", "error", "script", "no");
    ends("pcall(function() ctx:fail{code='x', message='y'} end) return 'x'", "error", "x", "y");
    ends("ctx:skip('not now')", "skipped", "script", "not now");
    ends("ctx:warn('hm') return 'well'", "warning", "", "well");
    ends("return {state='nonsense'}", "success", "", "");
}

static void test_host__subtask_and_back(void **state)
{
    (void)state;
    flow f = run_body("local r, err = ctx:subtask('device.restart', device, {b={}, a={1,2.5}, "
                      "action='restart'}) ctx:log(r.text) "
                      "local n, e = ctx:subtask('x', device) return n, e");
    asks(&f, FLOW_SUBTASK,
         "{\"device\":5,\"kind\":\"device.restart\",\"settings\":"
         "{\"a\":[1,2.5],\"action\":\"restart\",\"b\":{}}}");
    assert_string_equal(flow_co_ask(f.co)->kind, "device.restart");
    assert_non_null(strstr(flow_co_ask(f.co)->where, "test.lua:1"));
    flow_co_resume(f.co, "{\"state\":\"success\",\"code\":\"\",\"text\":\"fine\",\"params\":{},"
                         "\"changes\":[{\"path\":\"name\",\"from\":\"a\",\"to\":\"b\"}]}");
    asks(&f, FLOW_SUBTASK, "{\"device\":5,\"kind\":\"x\",\"settings\":{}}");
    flow_co_resume(f.co, "{\"state\":\"timeout\",\"code\":\"timeout\",\"text\":\"silent\"}");
    assert_string_equal(flow_co_outcome(f.co).changes,
                        "[{\"path\":\"name\",\"from\":\"a\",\"to\":\"b\"}]");
    finish(&f, "timeout", "timeout", "silent");
}

static void test_host__waits_and_reads(void **state)
{
    (void)state;
    flow f =
        run_body("ctx:sleep(1.5) local on = ctx:wait_online(device, 60) "
                 "local other = platen.device.get(9) "
                 "local none, err = platen.device.get(10) "
                 "return string.format('%s %s %s %s', on, other.name, err.code, platen.now())");
    asks(&f, FLOW_SLEEP, "{\"ms\":1500}");
    flow_co_resume(f.co, "{}");
    asks(&f, FLOW_WAIT_ONLINE, "{\"device\":5,\"ms\":60000}");
    flow_co_resume(f.co, "{\"online\":true}");
    asks(&f, FLOW_READ, "{\"id\":9,\"read\":\"device\"}");
    flow_co_resume(f.co, "{\"value\":{\"id\":9,\"name\":\"other\"}}");
    flow_co_resume(f.co, "{\"code\":\"not-found\",\"text\":\"none\"}");
    asks(&f, FLOW_READ, "{\"id\":0,\"read\":\"now\"}");
    flow_co_resume(f.co, "{\"value\":123}");
    finish(&f, "success", "", "true other not-found 123");
}

static void test_host__device_fields(void **state)
{
    (void)state;
    ends("return device.name .. device.id .. tostring(device.region)", "success", "", "P55nil");
    ends("return tostring(device)", "success", "", "device 5");
    ends("return device.colour", "error", "script-error", "no field 'colour'");
    ends("device.name = 'x'", "error", "script-error", "cannot be changed");
    ends("return ctx:subtask('k', {id=5})", "error", "script-error", "device expected");
    ends("return getmetatable(device) == false and 'shut' or 'open'", "success", "", "shut");
    flow f = run_body("return device.supplies[1].level .. device.counters.total");
    asks(&f, FLOW_READ, "{\"id\":5,\"read\":\"parts\"}");
    flow_co_resume(f.co, "{\"supplies\":[{\"level\":3}],\"counters\":{\"total\":4}}");
    finish(&f, "success", "", "34");
}

static void test_host__wrong_use_raises(void **state)
{
    (void)state;
    ends("ctx.log('x')", "error", "script-error", "colon");
    ends("ctx:sleep('x')", "error", "script-error", "number expected");
    ends("ctx:sleep(-1)", "error", "script-error", "0 to 31 days");
    ends("ctx:nothing()", "error", "script-error", "ctx has no 'nothing'");
    ends("nothing()", "error", "script-error", "test.lua:1");
    ends("x = 1", "error", "script-error", "read-only");
    ends("coroutine.wrap(function() ctx:sleep(1) end)()", "error", "script-error",
         "not inside a coroutine");
    ends("table.sort({1,2,3}, function() ctx:sleep(1) end)", "error", "script-error", "not inside");
    ends("coroutine.yield()", "error", "script-error", "yield");
    ends("ctx:subtask('k', device, {1, 2})", "error", "script-error", "no array");
    ends("ctx:subtask('k', device, {f = print})", "error", "script-error", "has no JSON");
    ends("local t = {} t.t = t ctx:subtask('k', device, t)", "error", "script-error", "levels");
    ends("ctx:subtask('k', device, {x = 0/0})", "error", "script-error", "not finite");
    ends("ctx:subtask('k', device, {x = '\\xff'})", "error", "script-error", "UTF-8");
    ends("ctx:subtask('k', device, {x = string.rep('x', 300000)})", "error", "script-error",
         "bytes as JSON");
}

static void test_host__what_is_no_flow(void **state)
{
    (void)state;
    flow f = begin("return {run = function() end}");
    finish(&f, "error", "script-error", "returns no platen.flow");
    f = begin("local x = platen.flow{run = function() end} return {}");
    finish(&f, "error", "script-error", "returns no platen.flow");
    f = begin("return platen.flow{runs = 1}");
    finish(&f, "error", "script-error", "no member 'runs'");
    f = begin("platen.now()");
    finish(&f, "error", "script-error", "only while run");
    f = begin("coroutine.yield()");
    finish(&f, "error", "script-error", "waits outside");
    f = begin("return platen.task{run = 5}");
    finish(&f, "error", "script-error", "no function");
}

static void test_host__limits(void **state)
{
    (void)state;
    const sandbox_limits limits = {(size_t)4 << 20, 2000000, 1000};
    static const char *const bombs[][2] = {
        {"while true do end", "script-time"},
        {"while true do pcall(function() while true do end end) end", "script-time"},
        {"local t = {} while true do t[#t+1] = string.rep('x', 10000) .. #t end", "script-memory"},
        {"local function f() return 1 + f() end f()", "script-memory"},
        {"string.rep('x', 1 << 40)", "script-error"},
    };
    for (size_t i = 0; i < sizeof(bombs) / sizeof(bombs[0]); i++) {
        char text[512];
        (void)snprintf(text, sizeof(text), "return platen.flow{run = function(ctx) %s end}",
                       bombs[i][0]);
        flow f = begin_with(text, "{}", &limits);
        flow_co *other = NULL;
        assert_string_equal(flow_co_outcome(f.co).state, "error");
        if (strcmp(flow_co_outcome(f.co).code, bombs[i][1]) != 0) {
            fail_msg("%s: %s %s", bombs[i][0], flow_co_outcome(f.co).code,
                     flow_co_outcome(f.co).text);
        }
        assert_false(flow_host_exhausted(f.host)); /* the others go on */
        assert_int_equal(flow_co_new(f.host, device, 0, &other, NULL), PLATEN_OK);
        flow_host_free(f.host);
    }
}

static void test_host__memory_that_others_hold(void **state)
{
    (void)state;
    const sandbox_limits limits = {(size_t)4 << 20, 0, 0};
    const char *text = "return platen.flow{run = function(ctx) local t = {} "
                       "for i = 1, 5000 do t[i] = 'x' .. i end ctx:sleep(1) return #t end}";
    flow f = begin_with(text, "{}", &limits);
    int failed = 0;
    for (int i = 0; i < 40 && !flow_host_exhausted(f.host); i++) {
        flow_co *co = NULL;
        if (flow_co_new(f.host, device, 0, &co, NULL) == PLATEN_OK) {
            flow_co_resume(co, NULL);
            failed += flow_co_ask(co)->call == FLOW_NONE;
        }
    }
    assert_true(failed > 0);
    assert_false(flow_host_has_room(f.host));
    flow_co_resume(f.co, "{}"); /* one that has what it needs goes on */
    assert_int_equal(flow_co_ask(f.co)->call, FLOW_NONE);
    flow_host_free(f.host);
}

static void test_host__nothing_is_shared(void **state)
{
    (void)state;
    const char *text = "local n = 0 return platen.flow{run = function(ctx) n = n + 1 "
                       "local u = require 'util' local x, calls = u.twice(4) "
                       "return n .. x .. calls .. require('util').twice(1) end}";
    flow f = begin(text);
    flow_co *other = NULL;
    assert_string_equal(flow_co_outcome(f.co).text, "1812");
    assert_int_equal(flow_co_new(f.host, device, 0, &other, NULL), PLATEN_OK);
    flow_co_resume(other, NULL);
    assert_string_equal(flow_co_outcome(other).text, "1812");
    flow_host_free(f.host);
    ends("require 'nothing'", "error", "script-error", "no library 'nothing'");
}

static void test_host__params_cannot_be_changed(void **state)
{
    (void)state;
    const char *body = "return platen.flow{run = function(ctx, device) local p = ctx.params "
                       "local _, real = pairs(p) "
                       "assert(not pcall(function() real.x = 1 end)) "
                       "assert(not pcall(function() p.inner.y = 1 end)) "
                       "assert(not pcall(rawset, p.inner, 'y', 1)) "
                       "assert(#p.list == 2 and p.list[2] == 'b') "
                       "local keys = '' for k in pairs(p) do keys = keys .. k end ctx:log(keys) "
                       "return ctx:subtask('k', device, p) end}";
    flow f = begin_with(body, "{\"list\":[\"a\",\"b\"],\"inner\":{\"none\":[]}}", NULL);
    asks(&f, FLOW_SUBTASK,
         "{\"device\":5,\"kind\":\"k\",\"settings\":"
         "{\"inner\":{\"none\":[]},\"list\":[\"a\",\"b\"]}}");
    strbuf log;
    strbuf_init(&log);
    flow_co_log(f.co, &log);
    assert_string_equal(log.data, "[{\"at\":1000,\"level\":\"info\",\"text\":\"innerlist\"}]");
    strbuf_fini(&log);
    flow_host_free(f.host);
}

static void test_host__random_is_of_run_and_device(void **state)
{
    (void)state;
    char first[64];
    flow f = run_body("return math.random(1000000000)");
    (void)snprintf(first, sizeof(first), "%s", flow_co_outcome(f.co).text);
    flow_host_free(f.host);
    f = run_body("return math.random(1000000000)");
    assert_string_equal(flow_co_outcome(f.co).text, first);
    flow_co *other = NULL;
    assert_int_equal(flow_co_new(f.host, "{\"id\":6}", 0, &other, NULL), PLATEN_OK);
    flow_co_resume(other, NULL);
    assert_string_not_equal(flow_co_outcome(other).text, first);
    flow_host_free(f.host);
}

static void test_host__log_keeps_the_newest(void **state)
{
    (void)state;
    flow f = run_body("for i = 1, 250 do ctx:log('line ' .. i) end ctx:log('a\\nb') "
                      "print('x', 1) ctx:progress(50)");
    strbuf log;
    strbuf_init(&log);
    flow_co_log(f.co, &log);
    assert_null(strstr(log.data, "\"line 150\""));
    assert_non_null(strstr(log.data, "\"line 250\""));
    assert_non_null(strstr(log.data, "\"a b\""));
    assert_non_null(strstr(log.data, "\"50 %\""));
    strbuf_fini(&log);
    flow_host_free(f.host);
}

static void test_host__declaration(void **state)
{
    (void)state;
    flow_host *h = NULL;
    flow_declaration d;
    platen_error err = PLATEN_ERROR_INIT;
    flow_source source = {.name = "t",
                          .text = "return platen.task{name='t', title='[Printer] T', params={type="
                                  "'object', properties={}}, run=function() end}"};
    assert_int_equal(flow_host_new(&source, &h, &err), PLATEN_OK);
    assert_int_equal(flow_host_declare(h, &d, &err), PLATEN_OK);
    assert_string_equal(d.kind, "task");
    assert_string_equal(d.title, "[Printer] T");
    assert_string_equal(d.params, "{\"properties\":{},\"type\":\"object\"}");
    assert_true(d.writes);
    free(d.params);
    flow_host_free(h);
    source.text = "return platen.flow{name=5, run=function() end}";
    assert_int_equal(flow_host_new(&source, &h, &err), PLATEN_OK);
    assert_int_equal(flow_host_declare(h, &d, &err), PLATEN_E_INVAL);
    assert_non_null(strstr(err.text, "'name' is a number"));
    flow_host_free(h);
    source.text = "return platen.flow{name=";
    assert_int_equal(flow_host_new(&source, &h, &err), PLATEN_E_MALFORMED);
    assert_non_null(strstr(err.text, "t.lua:1"));
}

static void test_host__ten_thousand_devices(void **state)
{
    (void)state;
    flow_host *h = NULL;
    const flow_source source = {
        .name = "many",
        .text = "return platen.flow{name='many', title='x', params={type='object',properties={a={"
                "type='string'}}}, run=function(ctx, device) local r = ctx:subtask('k', device) "
                "ctx:subtask('k', device, {text=r.text}) return ctx:subtask('k', device) end}"};
    assert_int_equal(flow_host_new(&source, &h, NULL), PLATEN_OK);
    for (int i = 0; i < 10000; i++) {
        flow_co *co = NULL;
        assert_int_equal(flow_co_new(h, device, 1, &co, NULL), PLATEN_OK);
        flow_co_resume(co, NULL);
        assert_int_equal(flow_co_ask(co)->call, FLOW_SUBTASK);
    }
    assert_true(flow_host_has_room(h));
    printf("10,000 devices: %zu KiB of Lua\n", flow_host_memory(h) / 1024);
    flow_host_free(h);
}

static void test_host__log_is_fast(void **state)
{
    (void)state;
    const sandbox_limits limits = {0, INT64_C(1000000000), 60000};
    int64_t before = clock_mono();
    flow f = begin_with("return platen.flow{run=function(ctx) for i = 1, 300000 do "
                        "ctx:log('a line of the log') end end}",
                        "{}", &limits);
    int64_t took = clock_mono() - before;
    printf("300,000 lines: %lld ms\n", (long long)took);
    finish(&f, "success", "", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_host__results),
        cmocka_unit_test(test_host__subtask_and_back),
        cmocka_unit_test(test_host__waits_and_reads),
        cmocka_unit_test(test_host__device_fields),
        cmocka_unit_test(test_host__wrong_use_raises),
        cmocka_unit_test(test_host__what_is_no_flow),
        cmocka_unit_test(test_host__limits),
        cmocka_unit_test(test_host__memory_that_others_hold),
        cmocka_unit_test(test_host__nothing_is_shared),
        cmocka_unit_test(test_host__params_cannot_be_changed),
        cmocka_unit_test(test_host__random_is_of_run_and_device),
        cmocka_unit_test(test_host__log_keeps_the_newest),
        cmocka_unit_test(test_host__declaration),
        cmocka_unit_test(test_host__ten_thousand_devices),
        cmocka_unit_test(test_host__log_is_fast),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
