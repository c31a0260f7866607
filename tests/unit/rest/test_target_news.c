/* Events of results: batched, one a second for a run at most, only for who may see runs. */
#include "model_world.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/database/database.h"
#include "core/rest/target_news.h"

static void results(store *s, int run, int from, int count)
{
    for (int i = from; i < from + count; i++) {
        world_run(s, "INSERT INTO run_target (run_id, device_id, state) VALUES (%d, %d, 'success')",
                  run, i);
    }
    world_run(s, "UPDATE run SET success = success + %d WHERE id = %d", count, run);
}

static void look(store *s, target_news *n, events *e)
{
    store_conn *conn = NULL;
    assert_ok(store_read(s, &conn, error));
    n->waiting = true;
    target_news_tell(n, conn, e);
    store_read_end(conn);
}

static size_t occurrences(const strbuf *out, const char *word)
{
    size_t count = 0;
    for (const char *at = out->data; (at = strstr(at, word)) != NULL; at++) {
        count++;
    }
    return count;
}

static void test_target_news__are_batched(void **state)
{
    store *s = world_open(state);
    target_news n = {.newest = 0};
    events *e = events_new(64);
    store_conn *conn = NULL;
    strbuf out;
    uint64_t last = 0;
    const events_reader tasks = {.regions = {.all = true}, .tasks = true};
    const events_reader none = {.regions = {.all = true}, .devices = true};
    assert_ok(database_migrate(s, error));
    world_run(s, "INSERT INTO run (kind, name, state, created, total) VALUES "
                 "('device.edit', 'a', 'running', 1, 500), ('device.edit', 'b', 'running', 1, 9)");
    results(s, 1, 1, 3); /* before the start */
    assert_ok(store_read(s, &conn, error));
    target_news_begin(&n, conn);
    store_read_end(conn);
    strbuf_init(&out);
    (void)events_wait(e, &tasks, &last, 0, &out);
    strbuf_clear(&out);
    results(s, 1, 10, 120);
    results(s, 2, 1, 1);
    look(s, &n, e);
    assert_true(events_wait(e, &tasks, &last, 0, &out));
    assert_int_equal(occurrences(&out, "event: target-result"), 2);
    assert_non_null(strstr(out.data, "{\"run\":\"1\",\"counts\":{\"total\":500,\"success\":123,"));
    assert_non_null(strstr(out.data, "\"running\":377},\"targets\":[\"4\","));
    assert_non_null(strstr(out.data, "\"103\"]")); /* a hundred of them */
    assert_non_null(strstr(out.data, "\"targets\":[\"124\"]}"));
    strbuf_clear(&out);
    results(s, 2, 2, 1);
    look(s, &n, e); /* less than a second later */
    (void)events_wait(e, &tasks, &last, 0, &out);
    assert_int_equal(occurrences(&out, "target-result"), 0);
    n.next = 0;
    look(s, &n, e);
    (void)events_wait(e, &tasks, &last, 0, &out);
    assert_int_equal(occurrences(&out, "target-result"), 1);
    strbuf_clear(&out);
    uint64_t start = 1;
    (void)events_wait(e, &none, &start, 0, &out);
    assert_int_equal(occurrences(&out, "target-result"), 0);
    n.next = 0;
    look(s, &n, e); /* nothing new: nothing is told */
    strbuf_clear(&out);
    (void)events_wait(e, &tasks, &last, 0, &out);
    assert_int_equal(occurrences(&out, "target-result"), 0);
    strbuf_fini(&out);
    events_free(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_target_news__are_batched),
    };
    return fixture_run_both("events of results", tests, sizeof(tests) / sizeof(tests[0]));
}
