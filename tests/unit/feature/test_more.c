/* model/1, blob/1 and notify/1 through real plugins on both databases, and their misuse. */
#include "tests/unit/feature/feature_world.h"

#include <platen/blob.h>
#include <platen/model.h>
#include <platen/notify.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/log.h"
#include "core/feature/blob_trial.h"
#include "core/feature/feature_private.h"
#include "core/notify/notify.h"
#include "core/rest/events.h"
#include "core/rest/rest_webhooks.h"

static const platen_store *db;
static const platen_model *model;
static const platen_blobs *blobs;
static const platen_notify *tell;
static platen_ctx *own;
static platen_error error;

static platen_code load(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    const platen_event event = {(uint32_t)sizeof(event), 0, "probe.greeted",
                                "Somebody was greeted"};
    own = ctx;
    db = host->iface(ctx, "store/1");
    model = host->iface(ctx, "model/1");
    blobs = host->iface(ctx, "blob/1");
    tell = host->iface(ctx, "notify/1");
    return tell->event_add(ctx, &event, err);
}

/* ---- devices ---- */

typedef struct found {
    char ids[256];
    platen_device last;
    char name[32];
    platen_code answer;
} found;

static platen_code keep(const platen_device *device, void *user, platen_error *err)
{
    found *f = user;
    (void)err;
    (void)snprintf(f->ids + strlen(f->ids), sizeof(f->ids) - strlen(f->ids), "%lld ",
                   (long long)device->id);
    f->last = *device;
    (void)snprintf(f->name, sizeof(f->name), "%s", device->name);
    return f->answer;
}

static platen_code within(platen_tx *tx, void *user, platen_error *err)
{
    assert_int_equal(model->device(own, NULL, 1, keep, user, err), PLATEN_E_STATE);
    return model->devices(own, tx, NULL, 0, keep, user, err);
}

static void test_model__devices_are_read(void **state)
{
    feature_world w;
    found f = {.answer = PLATEN_OK};
    (void)state;
    feature_world_open(&w, load, NULL);
    assert_string_equal(feature_world_error(&w, 0), "");
    feature_world_fleet(&w);
    assert_int_equal(model->device(own, NULL, 1, keep, &f, &error), PLATEN_OK);
    assert_string_equal(f.name, "One");
    assert_int_equal(f.last.size, sizeof(platen_device));
    assert_int_equal(f.last.severity, PLATEN_DEVICE_ERROR);
    assert_int_equal(f.last.power, PLATEN_POWER_ON);
    assert_int_equal(f.last.region, 1);
    assert_int_equal(f.last.page_count, 100);
    assert_int_equal(f.last.first_seen, 11);
    assert_int_equal(f.last.managed, 1);
    assert_int_equal(model->device(own, NULL, 2, keep, &f, &error), PLATEN_OK);
    assert_int_equal(f.last.page_count, -1);
    assert_int_equal(model->device(own, NULL, 99, keep, &f, &error), PLATEN_E_NOT_FOUND);
    const int64_t ids[] = {4, 99, 2, 1};
    f.ids[0] = '\0';
    assert_int_equal(model->devices(own, NULL, ids, 4, keep, &f, &error), PLATEN_OK);
    assert_string_equal(f.ids, "4 2 1 "); /* in their order, without the one that is not there */
    f.ids[0] = '\0';
    assert_int_equal(db->read(own, within, &f, &error), PLATEN_OK);
    assert_string_equal(f.ids, "1 2 3 "); /* all that are managed */
    f.answer = PLATEN_E_NOT_FOUND;
    f.ids[0] = '\0';
    assert_int_equal(model->devices(own, NULL, ids, 4, keep, &f, &error), PLATEN_E_NOT_FOUND);
    assert_string_equal(f.ids, "4 "); /* the function's own failure ends it */
    assert_int_equal(model->devices(own, NULL, NULL, 3, keep, &f, &error), PLATEN_E_INVAL);
    assert_int_equal(model->devices(own, NULL, ids, 1, NULL, &f, &error), PLATEN_E_INVAL);
    assert_int_equal(model->device(NULL, NULL, 1, keep, &f, &error), PLATEN_E_INVAL);
    assert_int_equal(feature_world_close(&w), 0);
}

static void test_model__many_come_in_batches(void **state)
{
    feature_world w;
    found f = {.answer = PLATEN_OK};
    int64_t ids[1200];
    (void)state;
    feature_world_open(&w, load, NULL);
    feature_world_fleet(&w);
    for (int i = 0; i < 9; i++) { /* 2,048 devices */
        rest_fixture_run(&w.rest.rest, "INSERT INTO device (agent_id, first_seen, last_seen) "
                                       "SELECT 1, 1, 1 FROM device");
    }
    for (int64_t i = 0; i < 1200; i++) {
        ids[i] = 1200 - i;
    }
    assert_int_equal(model->devices(own, NULL, ids, 1200, keep, &f, &error), PLATEN_OK);
    assert_int_equal(f.last.id, 1);
    assert_int_equal(model->devices(own, NULL, NULL, 0, keep, &f, &error), PLATEN_OK);
    assert_int_equal(f.last.id, 2048);
    assert_int_equal(feature_world_close(&w), 0);
}

/* ---- files ---- */

static int count_files(const char *folder)
{
    int count = 0;
    DIR *d = opendir(folder);
    for (const struct dirent *e = d != NULL ? readdir(d) : NULL; e != NULL; e = readdir(d)) {
        count += e->d_name[0] != '.';
    }
    if (d != NULL) {
        (void)closedir(d);
    }
    return count;
}

static platen_code put_in_tx(platen_tx *tx, void *user, platen_error *err)
{
    char digest[PLATEN_BLOB_DIGEST];
    (void)tx;
    (void)user;
    return blobs->put(own, "x", 1, digest, err);
}

static void test_blob__contents_are_kept_once(void **state)
{
    static const char abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    feature_world w;
    char digest[PLATEN_BLOB_DIGEST];
    char again[PLATEN_BLOB_DIGEST];
    char buffer[8];
    char path[FILE_PATH];
    size_t got = 0;
    int64_t length = 0;
    platen_blob *blob = NULL;
    platen_blob *left = NULL;
    (void)state;
    feature_world_open(&w, load, NULL);
    assert_int_equal(blobs->put(own, "abc", 3, digest, &error), PLATEN_OK);
    assert_string_equal(digest, abc);
    assert_int_equal(blobs->begin(own, &blob, &error), PLATEN_OK);
    assert_int_equal(blobs->append(blob, "a", 1, &error), PLATEN_OK);
    assert_int_equal(blobs->append(blob, NULL, 0, &error), PLATEN_OK);
    assert_int_equal(blobs->append(blob, "bc", 2, &error), PLATEN_OK);
    assert_int_equal(blobs->commit(blob, again, &length, &error), PLATEN_OK);
    assert_string_equal(again, abc);
    assert_int_equal(length, 3);
    (void)snprintf(path, sizeof(path), "%s/blobs/probe/ba", w.data);
    assert_int_equal(count_files(path), 1);
    (void)snprintf(path, sizeof(path), "%s/blobs/probe/new", w.data);
    assert_int_equal(count_files(path), 0);
    assert_int_equal(blobs->length(own, abc, &length, &error), PLATEN_OK);
    assert_int_equal(blobs->read(own, abc, 1, buffer, sizeof(buffer), &got, &error), PLATEN_OK);
    assert_int_equal(got, 2);
    assert_memory_equal(buffer, "bc", 2);
    assert_int_equal(blobs->read(own, abc, 9, buffer, sizeof(buffer), &got, &error), PLATEN_OK);
    assert_int_equal(got, 0);
    assert_int_equal(blobs->drop(own, abc, &error), PLATEN_OK);
    assert_int_equal(blobs->drop(own, abc, &error), PLATEN_E_NOT_FOUND);
    assert_int_equal(blobs->length(own, abc, &length, &error), PLATEN_E_NOT_FOUND);
    assert_int_equal(blobs->read(own, abc, 0, buffer, 1, &got, &error), PLATEN_E_NOT_FOUND);
    assert_int_equal(blobs->begin(own, &blob, &error), PLATEN_OK);
    assert_int_equal(count_files(path), 1);
    blobs->cancel(blob);
    assert_int_equal(count_files(path), 0);
    assert_int_equal(blobs->begin(own, &left, &error), PLATEN_OK); /* the host ends it */
    assert_int_equal(feature_world_close(&w), 0);
}

/* ---- an installation that is tried ---- */

static void expect_blob(const char *digest, bool there)
{
    int64_t length = 0;
    assert_int_equal(blobs->length(own, digest, &length, &error),
                     there ? PLATEN_OK : PLATEN_E_NOT_FOUND);
}

/* What a version does that is tried: it drops "old", drops "twice" and has it again, makes "new",
 * makes and drops "brief". The digests, in this order. */
static void try_version(char digests[4][PLATEN_BLOB_DIGEST])
{
    static const char *const texts[] = {"old", "twice", "new", "brief"};
    for (size_t i = 0; i < 4; i++) {
        if (i < 2) {
            assert_int_equal(blobs->drop(own, digests[i], &error), PLATEN_OK);
            expect_blob(digests[i], false);
        }
        if (i > 0) {
            assert_int_equal(blobs->put(own, texts[i], strlen(texts[i]), digests[i], &error),
                             PLATEN_OK);
            expect_blob(digests[i], true);
        }
    }
    assert_int_equal(blobs->drop(own, digests[3], &error), PLATEN_OK);
    expect_blob(digests[3], false);
}

/* The database that a roll-back puts back finds the contents that it knows, and nothing that is
 * new; an installation that is kept keeps what it did. SYS-124 */
static void test_blob__a_tried_installation(void **state)
{
    (void)state;
    for (int kept = 0; kept < 2; kept++) {
        feature_world w;
        char path[FILE_PATH];
        char digests[4][PLATEN_BLOB_DIGEST];
        feature_world_open(&w, load, NULL);
        assert_int_equal(blobs->put(own, "old", 3, digests[0], &error), PLATEN_OK);
        assert_int_equal(blobs->put(own, "twice", 5, digests[1], &error), PLATEN_OK);
        w.feature->trial = true;
        try_version(digests);
        w.feature->trial = false;
        assert_int_equal(blob_trial_end(w.data, kept == 1, &error), PLATEN_OK);
        assert_int_equal(blob_trial_end(w.data, kept == 1, &error), PLATEN_OK); /* a power cut */
        expect_blob(digests[0], kept == 0);
        expect_blob(digests[1], true);
        expect_blob(digests[2], kept == 1);
        expect_blob(digests[3], false);
        static const char *const left[] = {"made", "dropped"};
        for (size_t i = 0; i < 2; i++) {
            (void)snprintf(path, sizeof(path), "%s/blobs/probe/%s", w.data, left[i]);
            assert_false(file_exists(path));
        }
        assert_int_equal(feature_world_close(&w), 0);
    }
}

static void test_blob__misuse_is_told(void **state)
{
    static const char *const names[] = {
        NULL,
        "",
        "../../platen.db",
        "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015add"};
    feature_world w;
    char digest[PLATEN_BLOB_DIGEST];
    char buffer[8];
    size_t got = 0;
    int64_t length = 0;
    platen_blob *open[PLATEN_BLOBS_OPEN + 1] = {NULL};
    (void)state;
    feature_world_open(&w, load, NULL);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_int_equal(blobs->length(own, names[i], &length, &error), PLATEN_E_INVAL);
        assert_int_equal(blobs->read(own, names[i], 0, buffer, 1, &got, &error), PLATEN_E_INVAL);
        assert_int_equal(blobs->drop(own, names[i], &error), PLATEN_E_INVAL);
    }
    assert_int_equal(blobs->put(own, NULL, 3, digest, &error), PLATEN_E_INVAL);
    assert_int_equal(blobs->put(own, "abc", 3, NULL, &error), PLATEN_E_INVAL);
    assert_int_equal(blobs->put(NULL, "abc", 3, digest, &error), PLATEN_E_INVAL);
    assert_int_equal(blobs->append(NULL, "abc", 3, &error), PLATEN_E_INVAL);
    assert_int_equal(blobs->commit(NULL, digest, NULL, &error), PLATEN_E_INVAL);
    assert_int_equal(blobs->begin(own, NULL, &error), PLATEN_E_INVAL);
    blobs->cancel(NULL);
    assert_int_equal(db->read(own, put_in_tx, NULL, &error), PLATEN_E_STATE);
    for (size_t i = 0; i < PLATEN_BLOBS_OPEN; i++) {
        assert_int_equal(blobs->begin(own, &open[i], &error), PLATEN_OK);
    }
    assert_int_equal(blobs->begin(own, &open[PLATEN_BLOBS_OPEN], &error), PLATEN_E_TOO_LARGE);
    /* Over the limit, told before it is written: `data` is not looked at. */
    assert_int_equal(blobs->append(open[0], "", (size_t)PLATEN_BLOB_MAX + 1, &error),
                     PLATEN_E_TOO_LARGE);
    assert_int_equal(blobs->append(open[0], "a", 1, &error), PLATEN_E_STATE);
    assert_int_equal(blobs->commit(open[0], digest, NULL, &error), PLATEN_E_STATE);
    assert_int_equal(feature_world_close(&w), 0);
}

/* What a crash left begun is gone at the next start; what was kept is there. */
static void test_blob__a_start_removes_what_was_begun(void **state)
{
    feature_world w;
    char path[FILE_PATH];
    char digest[PLATEN_BLOB_DIGEST];
    int64_t length = 0;
    platen_error err = PLATEN_ERROR_INIT;
    (void)state;
    feature_world_open(&w, load, NULL);
    assert_int_equal(blobs->put(own, "abc", 3, digest, &error), PLATEN_OK);
    (void)snprintf(path, sizeof(path), "%s/blobs/probe/new/7", w.data);
    assert_int_equal(file_write(path, "half", 4, 0600, &err), PLATEN_OK);
    plug_unload_all(w.plugins);
    feature_free(w.feature);
    feature_world_reload(&w);
    assert_int_equal(feature_apply(w.feature, w.plugins, w.rest.rest.store, &err), PLATEN_OK);
    assert_false(file_exists(path));
    assert_int_equal(blobs->length(own, digest, &length, &error), PLATEN_OK);
    assert_int_equal(feature_world_close(&w), 0);
}

/* ---- events ---- */

static int64_t waiting_calls(feature_world *w, const char *part)
{
    char sql[256];
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    (void)snprintf(sql, sizeof(sql),
                   "SELECT count(*) FROM notify_outbox WHERE code = 'probe.greeted' AND content "
                   "LIKE '%%%s%%'",
                   part);
    assert_int_equal(store_read(w->rest.rest.store, &conn, &error), PLATEN_OK);
    assert_int_equal(store_prepare_text(conn, sql, &st, &error), PLATEN_OK);
    assert_int_equal(store_step(st, &error), PLATEN_OK);
    int64_t count = store_i64(st, 0);
    store_reset(st);
    store_read_end(conn);
    return count;
}

static void expect_event(feature_world *w, uint64_t last, const int64_t *regions, size_t count,
                         const char *part)
{
    strbuf out;
    const events_reader reader = {.regions = {count == 0, regions, count}, .devices = true};
    strbuf_init(&out);
    assert_true(events_wait(w->rest.rest.events, &reader, &last, 0, &out));
    assert_true(part[0] == '!' ? strstr(out.data, part + 1) == NULL
                               : strstr(out.data, part) != NULL);
    strbuf_fini(&out);
}

static platen_code tell_in_tx(platen_tx *tx, void *user, platen_error *err)
{
    (void)tx;
    (void)user;
    return tell->event(own, "probe.greeted", 0, NULL, err);
}

static void test_notify__webhooks_and_pages_are_told(void **state)
{
    feature_world w;
    rest_reply reply;
    const int64_t south[] = {2};
    platen_error err = PLATEN_ERROR_INIT;
    (void)state;
    feature_world_open(&w, load, NULL);
    feature_world_fleet(&w);
    const notify_options options = {.store = w.rest.rest.store,
                                    .key = w.rest.rest.key,
                                    .version = "test",
                                    .address = "https://platen.example"};
    assert_int_equal(notify_new(&options, &w.rest.rest.services.notify, &err), PLATEN_OK);
    assert_int_equal(rest_webhooks_add(w.rest.rest.rest, &err), PLATEN_OK);
    rest_world_ask(&w.rest, w.rest.admin, 200, "GET", "/webhooks/events", NULL, &reply);
    assert_non_null(strstr(reply.body,
                           "{\"id\":\"probe.greeted\",\"title\":\"Somebody was greeted\","
                           "\"plugin\":\"probe\"}"));
    rest_reply_fini(&reply);
    rest_world_ask(&w.rest, w.rest.admin, 422, "POST", "/webhooks",
                   "{\"name\":\"a\",\"url\":\"http://127.0.0.1:9\",\"events\":[\"run-ended\","
                   "\"probe.teapot\"]}",
                   &reply);
    assert_non_null(strstr(reply.body, "/events/1"));
    rest_reply_fini(&reply);
    assert_int_equal(tell->event(own, "probe.greeted", 0, NULL, &error), PLATEN_OK);
    assert_int_equal(waiting_calls(&w, ""), 0); /* nobody asked for it yet */
    rest_world_ask(&w.rest, w.rest.admin, 201, "POST", "/webhooks",
                   "{\"name\":\"a\",\"url\":\"http://127.0.0.1:9\",\"events\":[\"run-ended\","
                   "\"probe.greeted\"]}",
                   &reply);
    assert_non_null(strstr(reply.body, "\"events\":[\"run-ended\",\"probe.greeted\"]"));
    rest_reply_fini(&reply);
    rest_world_status(&w.rest, w.rest.admin, 201, "POST", "/webhooks",
                      "{\"name\":\"b\",\"url\":\"http://127.0.0.1:9\",\"events\":[\"run-ended\"]}");
    const uint64_t before = events_last(w.rest.rest.events);
    assert_int_equal(tell->event(own, "probe.greeted", 1, "{\"who\":\"Ada\"}", &error), PLATEN_OK);
    assert_int_equal(waiting_calls(&w, "{\"device\":\"1\",\"params\":{\"who\":\"Ada\"}}"), 1);
    expect_event(&w, before, NULL, 0, "\"type\":\"probe.greeted\",\"device\":\"1\"");
    expect_event(&w, before, south, 1, "!Ada"); /* of another region */
    /* A change of something else keeps the choice. */
    rest_world_ask(&w.rest, w.rest.admin, 200, "PATCH", "/webhooks/1", "{\"name\":\"c\"}", &reply);
    assert_non_null(strstr(reply.body, "probe.greeted"));
    rest_reply_fini(&reply);
    assert_int_equal(tell->event(own, "probe.teapot", 0, NULL, &error), PLATEN_E_NOT_FOUND);
    assert_int_equal(tell->event(own, NULL, 0, NULL, &error), PLATEN_E_NOT_FOUND);
    assert_int_equal(tell->event(own, "probe.greeted", 99, NULL, &error), PLATEN_E_NOT_FOUND);
    assert_int_equal(tell->event(own, "probe.greeted", 0, "[]", &error), PLATEN_E_INVAL);
    assert_int_equal(tell->event(own, "probe.greeted", 0, "{", &error), PLATEN_E_INVAL);
    assert_int_equal(tell->event(NULL, "probe.greeted", 0, NULL, &error), PLATEN_E_INVAL);
    assert_int_equal(db->read(own, tell_in_tx, NULL, &error), PLATEN_E_STATE);
    notify_free(w.rest.rest.services.notify);
    w.rest.rest.services.notify = NULL;
    assert_int_equal(feature_world_close(&w), 0);
}

static platen_code load_misuse(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    static const char *const types[] = {NULL, "", "probe", "other.greeted", "probe.Greeted"};
    platen_event e = PLATEN_EVENT_INIT;
    char digest[PLATEN_BLOB_DIGEST];
    PLATEN_TRY(load(host, ctx, err));
    e.title = "Title";
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        e.type = types[i];
        assert_int_equal(tell->event_add(ctx, &e, err), PLATEN_E_INVAL);
    }
    e.type = "probe.greeted";
    assert_int_equal(tell->event_add(ctx, &e, err), PLATEN_E_EXISTS);
    e.type = "probe.other";
    e.flags = 1;
    assert_int_equal(tell->event_add(ctx, &e, err), PLATEN_E_INVAL);
    e.flags = 0;
    e.title = NULL;
    assert_int_equal(tell->event_add(ctx, &e, err), PLATEN_E_INVAL);
    e.size = 4;
    assert_int_equal(tell->event_add(ctx, &e, err), PLATEN_E_INVAL);
    assert_int_equal(tell->event_add(ctx, NULL, err), PLATEN_E_INVAL);
    assert_int_equal(tell->event(ctx, "probe.greeted", 0, NULL, err), PLATEN_E_STATE);
    assert_int_equal(blobs->put(ctx, "x", 1, digest, err), PLATEN_E_STATE);
    assert_int_equal(model->device(ctx, NULL, 1, keep, NULL, err), PLATEN_E_STATE);
    return PLATEN_OK;
}

static void test_notify__misuse_in_load_is_told(void **state)
{
    feature_world w;
    (void)state;
    feature_world_open(&w, load_misuse, NULL);
    assert_string_equal(feature_world_error(&w, 0), "");
    assert_int_equal(feature_world_close(&w), 0);
}

int main(void)
{
    log_set_level(LOG_LEVEL_ERROR);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_model__devices_are_read),
        cmocka_unit_test(test_model__many_come_in_batches),
        cmocka_unit_test(test_blob__contents_are_kept_once),
        cmocka_unit_test(test_blob__a_tried_installation),
        cmocka_unit_test(test_blob__misuse_is_told),
        cmocka_unit_test(test_blob__a_start_removes_what_was_begun),
        cmocka_unit_test(test_notify__webhooks_and_pages_are_told),
        cmocka_unit_test(test_notify__misuse_in_load_is_told),
    };
    return rest_world_run_both("model/1, blob/1, notify/1", tests, sizeof(tests) / sizeof(tests[0]),
                               NULL, NULL);
}
