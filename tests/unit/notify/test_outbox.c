/* Rows of the outbox and webhooks as things, on SQLite and PostgreSQL. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/notify/outbox.h"
#include "core/notify/webhook.h"

typedef struct call {
    const secret_key *key;
    outbox_new row;
    outbox_result result;
    int64_t webhook, now, count;
    bool blocked;
    int times;
} call;

static platen_code put_in(store_conn *conn, void *user, platen_error *err)
{
    const call *c = user;
    for (int i = 0; i < c->times; i++) {
        PLATEN_TRY(outbox_put_in(conn, c->key, &c->row, c->now + i, err));
    }
    return PLATEN_OK;
}

static platen_code result_in(store_conn *conn, void *user, platen_error *err)
{
    const call *c = user;
    return outbox_result_in(conn, &c->result, c->now, err);
}

static platen_code expire_in(store_conn *conn, void *user, platen_error *err)
{
    call *c = user;
    return outbox_expire_in(conn, c->webhook, c->blocked, "was away", c->now, &c->count, err);
}

static platen_code sweep_in(store_conn *conn, void *user, platen_error *err)
{
    const call *c = user;
    return outbox_sweep_in(conn, c->now, err);
}

static platen_code hurry_in(store_conn *conn, void *user, platen_error *err)
{
    const call *c = user;
    return outbox_hurry_in(conn, c->webhook, c->now, err);
}

static void add(store *s, const secret_key *key, int64_t webhook, int priority, const char *code,
                const char *secret, int64_t now, int times)
{
    call c = {.key = key,
              .now = now,
              .times = times,
              .row = {.webhook = webhook,
                      .priority = priority,
                      .recipient = "ada@example.com",
                      .code = code,
                      .language = "en",
                      .content = "{}",
                      .secret = secret,
                      .give_up_at = now + 1000}};
    assert_ok(store_write(s, put_in, &c, error));
}

static size_t take(store *s, int64_t webhook, int64_t now, int most, char *codes, int64_t *next)
{
    outbox_item *list = NULL;
    size_t count = 0;
    assert_ok(outbox_due(s, webhook, now, most, &list, next, error));
    codes[0] = '\0';
    while (list != NULL) {
        outbox_item *after = list->next;
        codes[count++] = list->code[0];
        codes[count] = '\0';
        outbox_item_free(list);
        list = after;
    }
    return count;
}

static void test_outbox__urgent_first_then_in_order(void **state)
{
    store *s = world_tables(state);
    secret_key *key = world_key();
    char codes[16];
    int64_t next = 0;
    assert_int_equal(take(s, OUTBOX_MAIL, 5000, 10, codes, &next), 0);
    assert_true(next == INT64_MAX);
    add(s, key, OUTBOX_MAIL, OUTBOX_NORMAL, "b", NULL, 2000, 1);
    add(s, key, OUTBOX_MAIL, OUTBOX_NORMAL, "a", NULL, 1000, 1);
    add(s, key, OUTBOX_MAIL, OUTBOX_URGENT, "u", NULL, 3000, 1);
    add(s, key, OUTBOX_MAIL, OUTBOX_NORMAL, "z", NULL, 9000, 1);
    add(s, key, 5, OUTBOX_NORMAL, "w", NULL, 1000, 1);
    assert_int_equal(take(s, OUTBOX_MAIL, 5000, 10, codes, &next), 3);
    assert_string_equal(codes, "uab");
    assert_int_equal(take(s, OUTBOX_MAIL, 5000, 2, codes, &next), 2);
    assert_string_equal(codes, "ua");
    assert_int_equal(take(s, OUTBOX_MAIL, 500, 2, codes, &next), 0);
    assert_int_equal(next, 1000);
    assert_int_equal(take(s, 5, 5000, 2, codes, &next), 1);
    secret_key_free(key);
}

static void test_outbox__results(void **state)
{
    store *s = world_tables(state);
    secret_key *key = world_key();
    char codes[16];
    int64_t next = 0;
    add(s, key, OUTBOX_MAIL, OUTBOX_NORMAL, "a", "{\"key\":\"hush\"}", 1000, 1);
    int64_t id = fixture_read_i64(s, "SELECT min(id) FROM notify_outbox");
    call c = {.now = 1500,
              .result = {.id = id, .end = OUTBOX_LATER, .next_at = 4000, .text = "not now"}};
    assert_ok(store_write(s, result_in, &c, error));
    assert_int_equal(take(s, OUTBOX_MAIL, 3000, 2, codes, &next), 0);
    assert_int_equal(next, 4000);
    assert_int_equal(fixture_read_i64(s, "SELECT tries FROM notify_outbox"), 1);
    c.now = 2000;
    c.webhook = OUTBOX_MAIL;
    assert_ok(store_write(s, hurry_in, &c, error));
    assert_int_equal(take(s, OUTBOX_MAIL, 2000, 2, codes, &next), 1);
    assert_int_equal(fixture_read_i64(s, "SELECT count(*) FROM notify_outbox WHERE secret <> ''"),
                     1);
    assert_int_equal(
        fixture_read_i64(s, "SELECT count(*) FROM notify_outbox WHERE secret LIKE '%hush%'"), 0);
    c.result = (outbox_result){.id = id, .end = OUTBOX_FAILED, .tried = true, .text = "never"};
    assert_ok(store_write(s, result_in, &c, error));
    assert_int_equal(take(s, OUTBOX_MAIL, 9000, 2, codes, &next), 0);
    /* A key that was not sent does not lie about. */
    assert_int_equal(
        fixture_read_i64(s, "SELECT count(*) FROM notify_outbox WHERE state = 1 AND secret = ''"),
        1);
    add(s, key, OUTBOX_MAIL, OUTBOX_NORMAL, "b", NULL, 1000, 1);
    c.result = (outbox_result){.id = fixture_read_i64(s, "SELECT max(id) FROM notify_outbox"),
                               .end = OUTBOX_DONE};
    assert_ok(store_write(s, result_in, &c, error));
    assert_int_equal(fixture_read_i64(s, "SELECT count(*) FROM notify_outbox"), 1);
    secret_key_free(key);
}

static void test_outbox__secret_opens_in_its_own_row_only(void **state)
{
    store *s = world_tables(state);
    secret_key *key = world_key();
    outbox_item *list = NULL;
    int64_t next = 0;
    char *plain = NULL;
    add(s, key, OUTBOX_MAIL, OUTBOX_NORMAL, "a", "{\"key\":\"hush\"}", 1000, 2);
    assert_ok(outbox_due(s, OUTBOX_MAIL, 2000, 2, &list, &next, error));
    assert_ok(outbox_secret(key, list, &plain, error));
    assert_string_equal(plain, "{\"key\":\"hush\"}");
    secret_text_free(plain);
    char *own = list->secret;
    list->secret = list->next->secret;
    assert_int_equal(outbox_secret(key, list, &plain, NULL), PLATEN_E_CORRUPT);
    list->secret = own;
    outbox_item_free(list->next);
    outbox_item_free(list);
    secret_key_free(key);
}

static void test_outbox__gives_up(void **state)
{
    store *s = world_tables(state);
    secret_key *key = world_key();
    add(s, key, OUTBOX_MAIL, OUTBOX_NORMAL, "a", NULL, 1000, 2); /* until 2000 */
    call c = {.now = 2500, .webhook = OUTBOX_MAIL, .count = -1};
    assert_ok(store_write(s, expire_in, &c, error)); /* never tried: it gets its try */
    assert_int_equal(c.count, 0);
    c.blocked = true;
    assert_ok(store_write(s, expire_in, &c, error));
    assert_int_equal(c.count, 2);
    char *text = world_row_text(s, "SELECT text FROM notify_outbox");
    assert_string_equal(text, "was away");
    free(text);
    c.now = 2500 + 8 * INT64_C(86400000); /* shown as failed for a week */
    assert_ok(store_write(s, sweep_in, &c, error));
    assert_int_equal(fixture_read_i64(s, "SELECT count(*) FROM notify_outbox"), 0);
    secret_key_free(key);
}

static void test_outbox__failed_ones_are_bounded(void **state)
{
    store *s = world_tables(state);
    secret_key *key = world_key();
    add(s, key, OUTBOX_MAIL, OUTBOX_NORMAL, "a", NULL, 1000, 10050);
    fixture_write(s, "UPDATE notify_outbox SET state = 1");
    call c = {.now = 20000};
    assert_ok(store_write(s, sweep_in, &c, error));
    assert_int_equal(fixture_read_i64(s, "SELECT count(*) FROM notify_outbox"), 10000);
    /* The oldest went. */
    assert_int_equal(fixture_read_i64(s, "SELECT min(next_at) FROM notify_outbox"), 1050);
    secret_key_free(key);
}

static void test_outbox__content_is_bounded(void **state)
{
    store *s = world_tables(state);
    secret_key *key = world_key();
    char *big = malloc(OUTBOX_CONTENT + 2);
    memset(big, 'x', OUTBOX_CONTENT + 1);
    big[OUTBOX_CONTENT + 1] = '\0';
    call c = {.key = key, .times = 1, .row = {.code = "a", .content = big}};
    assert_int_equal(store_write(s, put_in, &c, NULL), PLATEN_E_TOO_LARGE);
    free(big);
    secret_key_free(key);
}

/* ---- webhooks: PRF-19 to PRF-25 ---- */

static void test_webhook__add_change_remove(void **state)
{
    store *s = world_tables(state);
    secret_key *key = world_key();
    webhook_target target = {0};
    int64_t id = world_webhook(s, key, "Tickets", "https://a.example/", "s3cret", 3);
    int64_t second = world_webhook(s, key, "Chat", "https://b.example/", NULL, 1); // PRF-25
    assert_true(id > 0 && second > 0 && id != second);
    assert_int_equal(
        fixture_read_i64(s, "SELECT count(*) FROM notify_webhook WHERE token LIKE '%s3cret%'"), 0);
    assert_ok(webhook_target_get(s, key, id, &target, error));
    assert_string_equal(target.url, "https://a.example/");
    assert_string_equal(target.token, "s3cret"); // PRF-22
    assert_true(target.active);
    webhook_target_fini(&target);
    assert_ok(webhook_target_get(s, key, second, &target, error));
    assert_string_equal(target.token, "");
    webhook_target_fini(&target);
    webhook_change change = {.url = "https://c.example/", .events = -1, .active = 0};
    assert_ok(webhook_put(s, key, &change, &id, error));
    assert_ok(webhook_target_get(s, key, id, &target, error));
    assert_string_equal(target.url, "https://c.example/");
    assert_string_equal(target.token, "s3cret");
    assert_false(target.active);
    webhook_target_fini(&target);
    change = (webhook_change){.token = "", .events = -1, .active = -1};
    assert_ok(webhook_put(s, key, &change, &id, error));
    assert_ok(webhook_target_get(s, key, id, &target, error));
    assert_string_equal(target.token, "");
    webhook_target_fini(&target);
    change = (webhook_change){.name = "CHAT", .events = -1, .active = -1};
    assert_int_equal(webhook_put(s, key, &change, &id, NULL), PLATEN_E_EXISTS);
    assert_ok(webhook_remove(s, id, error));
    assert_int_equal(webhook_remove(s, id, NULL), PLATEN_E_NOT_FOUND);
    assert_int_equal(webhook_put(s, key, &change, &id, NULL), PLATEN_E_EXISTS);
    change.name = NULL;
    assert_int_equal(webhook_put(s, key, &change, &id, NULL), PLATEN_E_NOT_FOUND);
    secret_key_free(key);
}

static void test_webhook__a_hundred_at_most(void **state)
{
    store *s = world_tables(state);
    secret_key *key = world_key();
    char name[32];
    for (int i = 0; i < WEBHOOKS_MAX; i++) {
        (void)snprintf(name, sizeof(name), "hook %d", i);
        world_webhook(s, key, name, "https://a.example/", NULL, 1);
    }
    const webhook_change change = {.name = "one more", .url = "https://a.example/", .active = 1};
    int64_t id = 0;
    assert_int_equal(webhook_put(s, key, &change, &id, NULL), PLATEN_E_TOO_LARGE);
    secret_key_free(key);
}

typedef struct file_call {
    const secret_key *key;
    outbox_file file;
    int64_t id, now;
    int rows;
} file_call;

static platen_code file_in(store_conn *conn, void *user, platen_error *err)
{
    file_call *c = user;
    PLATEN_TRY(outbox_file_in(conn, &c->file, &c->id, err));
    for (int i = 0; i < c->rows; i++) {
        const outbox_new row = {.recipient = "ada@example.com",
                                .code = "report",
                                .language = "en",
                                .content = "{}",
                                .give_up_at = c->now + 1000,
                                .file = c->id,
                                .importance = 1};
        PLATEN_TRY(outbox_put_in(conn, c->key, &row, c->now, err));
    }
    return PLATEN_OK;
}

/* One file for two mails goes with the last of them. TSK-35 */
static void test_outbox__files(void **state)
{
    store *s = world_tables(state);
    secret_key *key = world_key();
    char name[] = "r.xlsx";
    char type[] = "a/b";
    char bytes[] = {'P', 'K', 0, '\n', (char)0xff};
    file_call c = {.key = key, .now = 5000, .rows = 2};
    call sweep = {.now = 5000};
    outbox_item *list = NULL;
    outbox_file read;
    int64_t next = 0;
    platen_error err = PLATEN_ERROR_INIT;
    c.file = (outbox_file){.name = name, .type = type, .data = bytes, .length = 5};
    assert_ok(store_write(s, file_in, &c, error));
    assert_ok(outbox_due(s, OUTBOX_MAIL, 5000, 10, &list, &next, error));
    assert_int_equal(list->file, c.id);
    assert_int_equal(list->next->importance, 1);
    assert_ok(outbox_file_read(s, list->file, &read, error));
    assert_string_equal(read.name, "r.xlsx");
    assert_int_equal(read.length, 5);
    assert_memory_equal(read.data, bytes, 5);
    outbox_file_fini(&read);
    call one = {.now = 5000, .result = {.id = list->id, .end = OUTBOX_DONE}};
    call two = {.now = 5000, .result = {.id = list->next->id, .end = OUTBOX_DONE}};
    assert_ok(store_write(s, result_in, &one, error));
    assert_ok(store_write(s, sweep_in, &sweep, error));
    assert_int_equal(fixture_read_i64(s, "SELECT count(*) FROM notify_file"), 1);
    assert_ok(store_write(s, result_in, &two, error));
    assert_ok(store_write(s, sweep_in, &sweep, error));
    assert_int_equal(fixture_read_i64(s, "SELECT count(*) FROM notify_file"), 0);
    assert_int_equal(outbox_file_read(s, c.id, &read, &err), PLATEN_E_NOT_FOUND);
    outbox_item_free(list->next);
    outbox_item_free(list);
    /* too large: nothing is put in */
    c.file.length = OUTBOX_FILE + 1;
    assert_int_equal(store_write(s, file_in, &c, &err), PLATEN_E_TOO_LARGE);
    assert_int_equal(fixture_read_i64(s, "SELECT count(*) FROM notify_outbox"), 0);
    secret_key_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outbox__urgent_first_then_in_order),
        cmocka_unit_test(test_outbox__results),
        cmocka_unit_test(test_outbox__secret_opens_in_its_own_row_only),
        cmocka_unit_test(test_outbox__gives_up),
        cmocka_unit_test(test_outbox__failed_ones_are_bounded),
        cmocka_unit_test(test_outbox__content_is_bounded),
        cmocka_unit_test(test_outbox__files),
        cmocka_unit_test(test_webhook__add_change_remove),
        cmocka_unit_test(test_webhook__a_hundred_at_most),
    };
    return fixture_run_both("outbox", tests, sizeof(tests) / sizeof(tests[0]));
}
