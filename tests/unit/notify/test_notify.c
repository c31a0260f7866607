/* The sender with real servers: good ones, bad ones, none; kill -9, a full disk, ten thousand
 * mails. */
#include "world.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/notify/hook.h"
#include "core/notify/outbox.h"
#include "core/notify/webhook.h"

#define RETRY_MS 200

static server smtp, hooks; /* of the test that runs; stopped by leave() */

typedef struct house {
    store *s;
    secret_key *key;
    notify *n;
} house;

static void open_notify(house *h, int64_t retry_ms, int64_t give_up_ms)
{
    const notify_options options = {.store = h->s,
                                    .key = h->key,
                                    .version = "test",
                                    .ca_file = world_certs()->ca,
                                    .address = "https://platen.example:8443",
                                    .first_retry_ms = retry_ms,
                                    .give_up_ms = give_up_ms};
    assert_ok(notify_new(&options, &h->n, error));
}

static house enter(void **state, bool mail, int64_t give_up_ms)
{
    house h = {.s = world_tables(state), .key = world_key()};
    if (mail) {
        server_start(&smtp, "smtp-server.py", 0, NULL);
        world_mail(h.s, h.key, "'security':'none'", smtp.port);
    }
    open_notify(&h, RETRY_MS, give_up_ms);
    return h;
}

static void leave(house *h)
{
    notify_free(h->n);
    secret_key_free(h->key);
    if (smtp.folder[0] != '\0') {
        server_stop(&smtp);
    }
    if (hooks.folder[0] != '\0') {
        server_stop(&hooks);
    }
    memset(&smtp, 0, sizeof(smtp));
    memset(&hooks, 0, sizeof(hooks));
}

static void lock_out(house *h, const char *email)
{
    user_record who = world_user;
    who.email = email;
    assert_ok(notify_login_locked(h->n, &who, "192.0.2.9", 1769847330000, error));
}

static int64_t hook(house *h, const char *name, const char *path, const char *token, int64_t events)
{
    char url[128];
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d%s", hooks.port, path);
    int64_t id = world_webhook(h->s, h->key, name, url, token, events);
    notify_webhook_changed(h->n, id);
    return id;
}

#define BIT(event) (INT64_C(1) << (event))

static const char *text_of(const cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(object, name));
    return text != NULL ? text : "";
}

/* ---- mails ---- */

// ACC-16
static void test_notify__password_reset(void **state)
{
    house h = enter(state, true, 0);
    user_record who = world_user;
    who.name = "CORP\\\xc3\x84 da&x";
    assert_true(notify_mail_ready(h.n));
    assert_ok(notify_password_reset(h.n, &who, "KEY-123", clock_now() + 1800000, error));
    /* Not in clear where others could read it. */
    assert_int_equal(fixture_read_i64(h.s, "SELECT count(*) FROM notify_outbox WHERE content LIKE "
                                           "'%KEY-123%' OR secret LIKE '%KEY-123%'"),
                     0);
    assert_ok(notify_start(h.n, error));
    server_wait(&smtp, "mails", 1);
    cJSON *mails = server_received(&smtp, "mails");
    const char *data = text_of(cJSON_GetArrayItem(mails, 0), "data");
    assert_non_null(strstr(data, "KEY-123"));
    assert_non_null(strstr(data, "https://platen.example:8443/reset?user=3DCORP%5C%C3%84%20da%26"));
    assert_non_null(strstr(data, "Subject: =?UTF-8?B?UGxhdGVuLVBhc3N3b3J0IHp1csO8Y2tzZXR6ZW4=?="));
    cJSON_Delete(mails);
    world_wait_rows(h.s, "1 = 1", 0);
    leave(&h);
}

static void test_notify__password_reset_is_not_sent_late(void **state)
{
    house h = enter(state, true, 0);
    assert_ok(notify_password_reset(h.n, &world_user, "KEY-123", clock_now() - 1, error));
    assert_ok(notify_start(h.n, error));
    world_wait_rows(h.s, "state = 1 AND secret = '' AND tries = 0", 1);
    assert_int_equal(server_count(&smtp, "mails"), 0);
    int64_t id = fixture_read_i64(h.s, "SELECT id FROM notify_outbox");
    assert_int_equal(notify_outbox_retry(h.n, id, NULL), PLATEN_E_STATE);
    assert_ok(notify_outbox_delete(h.n, id, error));
    assert_int_equal(notify_outbox_delete(h.n, id, NULL), PLATEN_E_NOT_FOUND);
    leave(&h);
}

// ACC-19
static void test_notify__no_mail_without_server_or_address(void **state)
{
    house h = enter(state, false, 0);
    user_record who = world_user;
    assert_false(notify_mail_ready(h.n));
    assert_int_equal(notify_password_reset(h.n, &who, "k", 1, NULL), PLATEN_E_STATE);
    assert_int_equal(notify_mail_test(h.n, &who, NULL), PLATEN_E_STATE);
    assert_ok(notify_login_locked(h.n, &who, "192.0.2.9", 1, error)); /* nobody to tell is fine */
    assert_int_equal(fixture_read_i64(h.s, "SELECT count(*) FROM notify_outbox"), 0);
    world_mail(h.s, h.key, "'security':'none'", 25);
    notify_mail_changed(h.n);
    assert_true(notify_mail_ready(h.n));
    who.email = "";
    assert_int_equal(notify_password_reset(h.n, &who, "k", 1, NULL), PLATEN_E_STATE);
    assert_ok(notify_login_locked(NULL, &who, "192.0.2.9", 1, error));
    leave(&h);
}

// PRF-09
static void test_notify__test_mail(void **state)
{
    house h = enter(state, true, 0);
    platen_error err = PLATEN_ERROR_INIT;
    assert_ok(notify_mail_test(h.n, &world_user, error));
    cJSON *mails = server_received(&smtp, "mails");
    assert_non_null(
        strstr(text_of(cJSON_GetArrayItem(mails, 0), "data"), "Test-E-Mail von Platen"));
    cJSON_Delete(mails);
    server_behave(&smtp, "refuse-rcpt");
    assert_int_equal(notify_mail_test(h.n, &world_user, &err), PLATEN_E_DEVICE);
    assert_string_equal(err.text,
                        "the mail server answers RCPT with: 550 5.1.1 there is no such user");
    server_kill(&smtp);
    assert_int_equal(notify_mail_test(h.n, &world_user, &err), PLATEN_E_UNREACHABLE);
    leave(&h);
}

static void test_notify__greylisting(void **state)
{
    house h = enter(state, true, 0);
    server_behave(&smtp, "greylist");
    lock_out(&h, "ada@example.com");
    lock_out(&h, "eve@example.com");
    assert_ok(notify_start(h.n, error));
    server_wait(&smtp, "mails", 2);
    world_wait_rows(h.s, "1 = 1", 0);
    assert_int_equal(server_count(&smtp, "mails"), 2);
    leave(&h);
}

static void test_notify__refused_is_shown_as_failed(void **state)
{
    house h = enter(state, true, 0);
    server_behave(&smtp, "refuse-rcpt");
    lock_out(&h, "ada@example.com");
    assert_ok(notify_start(h.n, error));
    world_wait_rows(h.s, "state = 1 AND tries = 1", 1);
    char *text = world_row_text(h.s, "SELECT text FROM notify_outbox");
    assert_string_equal(text, "the mail server answers RCPT with: 550 5.1.1 there is no such user");
    free(text);
    /* Mended, somebody has it sent again. */
    server_behave(&smtp, "");
    assert_ok(
        notify_outbox_retry(h.n, fixture_read_i64(h.s, "SELECT id FROM notify_outbox"), error));
    server_wait(&smtp, "mails", 1);
    world_wait_rows(h.s, "1 = 1", 0);
    leave(&h);
}

static void test_notify__server_down_and_up_again(void **state)
{
    house h = enter(state, true, 0);
    server_kill(&smtp);
    for (int i = 0; i < 50; i++) {
        lock_out(&h, "ada@example.com");
    }
    assert_ok(notify_start(h.n, error));
    world_wait_rows(h.s, "state = 0 AND tries > 0 AND text <> ''", 4);
    usleep(500000);
    /* One at a time is tried, not fifty. */
    assert_true(fixture_read_i64(h.s, "SELECT sum(tries) FROM notify_outbox") < 12);
    server_again(&smtp, "smtp-server.py", NULL);
    server_wait(&smtp, "mails", 50);
    world_wait_rows(h.s, "1 = 1", 0);
    assert_int_equal(server_count(&smtp, "mails"), 50);
    leave(&h);
}

static void test_notify__given_up_after_its_time(void **state)
{
    house h = enter(state, true, 700);
    server_kill(&smtp);
    lock_out(&h, "ada@example.com");
    assert_ok(notify_start(h.n, error));
    world_wait_rows(h.s, "state = 1 AND tries > 1", 1);
    char *text = world_row_text(h.s, "SELECT text FROM notify_outbox");
    assert_non_null(strstr(text, "refused"));
    free(text);
    leave(&h);
}

/* Settings that are mended take effect at once, not after an hour of back-off. */
static void test_notify__new_settings_are_tried_at_once(void **state)
{
    house h = enter(state, true, 0);
    notify_free(h.n);
    open_notify(&h, 3000000, 0);
    server_behave(&smtp, "refuse-mail");
    lock_out(&h, "ada@example.com");
    assert_ok(notify_start(h.n, error));
    world_wait_rows(h.s, "state = 0 AND tries = 1", 1);
    server_behave(&smtp, "");
    world_mail(h.s, h.key, "'sender':'printers@example.com'", smtp.port);
    notify_mail_changed(h.n);
    server_wait(&smtp, "mails", 1);
    leave(&h);
}

static void test_notify__connections_are_limited(void **state)
{
    house h = enter(state, true, 0);
    server_behave(&smtp, "many 5"); /* 421 on the sixth of a connection */
    for (int i = 0; i < 40; i++) {
        lock_out(&h, "ada@example.com");
    }
    assert_ok(notify_start(h.n, error));
    server_wait(&smtp, "mails", 40);
    world_wait_rows(h.s, "1 = 1", 0);
    assert_int_equal(server_count(&smtp, "mails"), 40);
    leave(&h);
}

/* ---- webhooks ---- */

static void test_notify__events_go_to_those_who_ask(void **state)
{
    house h = enter(state, false, 0);
    server_start(&hooks, "hook-server.py", 0, NULL);
    hook(&h, "added", "/added", "s3cret", BIT(NOTIFY_DEVICE_ADDED));
    hook(&h, "both", "/both", NULL, BIT(NOTIFY_DEVICE_ADDED) | BIT(NOTIFY_RUN_ENDED));
    assert_true(notify_wants(h.n, NOTIFY_DEVICE_ADDED));
    assert_false(notify_wants(h.n, NOTIFY_ALERT_RAISED));
    assert_ok(notify_start(h.n, error));
    assert_ok(notify_event_put(h.n, NOTIFY_DEVICE_ADDED, "{\"count\":1}", error));
    assert_ok(notify_event_put(h.n, NOTIFY_RUN_ENDED, "{\"run\":{}}", error));
    assert_ok(notify_event_put(h.n, NOTIFY_ALERT_RAISED, "{}", error));
    server_wait(&hooks, "hooks", 3);
    world_wait_rows(h.s, "1 = 1", 0);
    cJSON *all = server_received(&hooks, "hooks");
    const cJSON *each = NULL;
    int added = 0;
    cJSON_ArrayForEach(each, all)
    {
        cJSON *body = cJSON_Parse(text_of(each, "body"));
        strbuf signature;
        added += strcmp(text_of(each, "path"), "/added") == 0;
        if (strcmp(text_of(each, "path"), "/added") == 0) {
            assert_string_equal(text_of(body, "event"), "device-added");
            const char *got = text_of(cJSON_GetObjectItem(each, "headers"), "x-platen-signature");
            strbuf_init(&signature);
            hook_sign(&signature, "s3cret", strtoll(got + 2, NULL, 10) * 1000,
                      text_of(each, "body"), strlen(text_of(each, "body")));
            assert_string_equal(got, signature.data);
            strbuf_fini(&signature);
        }
        cJSON_Delete(body);
    }
    assert_int_equal(added, 1);
    cJSON_Delete(all);
    assert_int_equal(
        fixture_read_i64(h.s, "SELECT count(*) FROM notify_webhook WHERE last_status = 204"), 2);
    leave(&h);
}

static void test_notify__login_locked_event(void **state)
{
    house h = enter(state, true, 0);
    server_start(&hooks, "hook-server.py", 0, NULL);
    hook(&h, "locked", "/in", NULL, BIT(NOTIFY_LOGIN_LOCKED));
    assert_ok(notify_start(h.n, error));
    lock_out(&h, "ada@example.com");
    server_wait(&hooks, "hooks", 1);
    server_wait(&smtp, "mails", 1);
    cJSON *all = server_received(&hooks, "hooks");
    cJSON *body = cJSON_Parse(text_of(cJSON_GetArrayItem(all, 0), "body"));
    const cJSON *data = cJSON_GetObjectItem(body, "data");
    assert_string_equal(text_of(data, "user"), "7");
    assert_string_equal(text_of(data, "name"), "Ada");
    assert_string_equal(text_of(data, "until"), "2026-01-31T08:15:30.000Z");
    cJSON_Delete(body);
    cJSON_Delete(all);
    leave(&h);
}

/* Thirty receivers that never answer hold up neither the others nor the mails. */
static void test_notify__fairness(void **state)
{
    char name[32];
    house h = enter(state, true, 0);
    server_start(&hooks, "hook-server.py", 0, NULL);
    for (int i = 0; i < 20; i++) {
        (void)snprintf(name, sizeof(name), "hang %d", i);
        hook(&h, name, "/hang", NULL, BIT(NOTIFY_DEVICE_ADDED));
    }
    int64_t good = hook(&h, "good", "/good", NULL, BIT(NOTIFY_RUN_ENDED));
    assert_ok(notify_start(h.n, error));
    for (int i = 0; i < 10; i++) {
        assert_ok(notify_event_put(h.n, NOTIFY_DEVICE_ADDED, "{}", error));
    }
    server_wait(&hooks, "hooks", 20); /* each hangs with its first */
    for (int i = 0; i < 20; i++) {
        assert_ok(notify_event_put(h.n, NOTIFY_RUN_ENDED, "{}", error));
    }
    lock_out(&h, "ada@example.com");
    int64_t from = clock_mono();
    server_wait(&smtp, "mails", 1);
    server_wait(&hooks, "hooks", 40);
    assert_true(clock_mono() - from < 5000);
    char where[64];
    (void)snprintf(where, sizeof(where), "webhook_id = %lld", (long long)good);
    world_wait_rows(h.s, where, 0);
    leave(&h);
}

/* libcurl waits inside for a mail server's answers: webhooks do not. */
static void test_notify__hung_mail_server_holds_up_no_webhook(void **state)
{
    static const char *const kinds[] = {"hang", "hang-data"};
    house h = enter(state, true, 0);
    server_start(&hooks, "hook-server.py", 0, NULL);
    hook(&h, "good", "/good", NULL, BIT(NOTIFY_RUN_ENDED));
    assert_ok(notify_start(h.n, error));
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        server_behave(&smtp, kinds[i]);
        lock_out(&h, "ada@example.com");
        server_wait(&smtp, "log", i + 1);
        int64_t from = clock_mono();
        for (int j = 0; j < 5; j++) {
            assert_ok(notify_event_put(h.n, NOTIFY_RUN_ENDED, "{}", error));
        }
        server_wait(&hooks, "hooks", 5 * (i + 1));
        assert_true(clock_mono() - from < 3000);
    }
    int64_t from = clock_mono();
    notify_stop(h.n);
    assert_true(clock_mono() - from < 6000);
    leave(&h);
}

static void test_notify__receiver_fails_and_recovers(void **state)
{
    house h = enter(state, false, 0);
    server_start(&hooks, "hook-server.py", 0, NULL);
    server_behave(&hooks, "/status/500");
    hook(&h, "one", "/in", NULL, BIT(NOTIFY_DEVICE_ADDED));
    assert_ok(notify_start(h.n, error));
    for (int i = 0; i < 5; i++) {
        assert_ok(notify_event_put(h.n, NOTIFY_DEVICE_ADDED, "{}", error));
    }
    world_wait_rows(h.s, "tries > 0 AND text = 'the receiver answers with status 500'", 2);
    server_behave(&hooks, "/status/200");
    world_wait_rows(h.s, "1 = 1", 0);
    leave(&h);
}

static void test_notify__switched_off_or_deleted(void **state)
{
    house h = enter(state, false, 0);
    server_start(&hooks, "hook-server.py", 0, NULL);
    int64_t id = hook(&h, "one", "/in", NULL, BIT(NOTIFY_DEVICE_ADDED));
    assert_ok(notify_event_put(h.n, NOTIFY_DEVICE_ADDED, "{}", error));
    webhook_change off = {.events = -1, .active = 0};
    assert_ok(webhook_put(h.s, h.key, &off, &id, error));
    notify_webhook_changed(h.n, id);
    assert_false(notify_wants(h.n, NOTIFY_DEVICE_ADDED));
    assert_ok(notify_start(h.n, error));
    usleep(300000);
    assert_int_equal(server_count(&hooks, "hooks"), 0);
    off.active = 1;
    assert_ok(webhook_put(h.s, h.key, &off, &id, error));
    notify_webhook_changed(h.n, id);
    server_wait(&hooks, "hooks", 1);
    world_wait_rows(h.s, "1 = 1", 0);
    leave(&h);
}

static void test_notify__test_of_a_webhook(void **state)
{
    house h = enter(state, false, 0);
    platen_error err = PLATEN_ERROR_INIT;
    server_start(&hooks, "hook-server.py", 0, NULL);
    int64_t id = hook(&h, "one", "/in", "t", 0);
    assert_ok(notify_webhook_test(h.n, id, error));
    cJSON *all = server_received(&hooks, "hooks");
    assert_non_null(strstr(text_of(cJSON_GetArrayItem(all, 0), "body"), "\"event\":\"test\""));
    cJSON_Delete(all);
    server_behave(&hooks, "/status/403");
    assert_int_equal(notify_webhook_test(h.n, id, &err), PLATEN_E_DEVICE);
    assert_string_equal(err.text, "the receiver answers with status 403");
    assert_int_equal(fixture_read_i64(h.s, "SELECT last_status FROM notify_webhook"), 403);
    assert_int_equal(notify_webhook_test(h.n, 999, NULL), PLATEN_E_NOT_FOUND);
    leave(&h);
}

static void test_notify__events_are_bounded(void **state)
{
    house h = enter(state, false, 0);
    server_start(&hooks, "hook-server.py", 0, NULL);
    hook(&h, "one", "/in", NULL, BIT(NOTIFY_DEVICE_ADDED));
    fixture_write(h.s, "INSERT INTO notify_outbox (mark, webhook_id, priority, code, content, "
                       "created, next_at, give_up_at) "
                       "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                       "WHERE i < 4999) SELECT 'm', (SELECT min(id) FROM notify_webhook), 1, "
                       "'device-added', '{}', 1, 9000000000000, 9000000000000 FROM n");
    notify_free(h.n);
    open_notify(&h, RETRY_MS, 0);
    for (int i = 0; i < 3; i++) {
        assert_ok(notify_event_put(h.n, NOTIFY_DEVICE_ADDED, "{}", error));
    }
    assert_int_equal(fixture_read_i64(h.s, "SELECT count(*) FROM notify_outbox"), 5000);
    strbuf text;
    strbuf_init(&text);
    notify_metrics(&text, h.n);
    assert_non_null(strstr(text.data, "platen_notify_waiting{kind=\"webhook\"} 5000\n"));
    assert_non_null(strstr(text.data, "platen_notify_dropped_total 2\n"));
    strbuf_fini(&text);
    leave(&h);
}

/* ---- kill -9 ---- */

/* Puts mails and says so after each; sends at the same time. Ends only by being killed. */
static void victim(const char *url, const secret_key *key, int acknowledge)
{
    house h = {.key = NULL};
    store_options options = {.url = url};
    if (store_open(&options, &h.s, NULL) != PLATEN_OK) {
        _exit(2);
    }
    const notify_options wanted = {
        .store = h.s, .key = key, .version = "test", .first_retry_ms = RETRY_MS};
    if (notify_new(&wanted, &h.n, NULL) != PLATEN_OK || notify_start(h.n, NULL) != PLATEN_OK) {
        _exit(3);
    }
    for (int i = 0;; i++) {
        char email[64];
        user_record who = world_user;
        (void)snprintf(email, sizeof(email), "m%d.%d@example.com", (int)getpid(), i);
        who.email = email;
        if (notify_login_locked(h.n, &who, "x", 1, NULL) != PLATEN_OK ||
            write(acknowledge, email, sizeof(email)) != (ssize_t)sizeof(email)) {
            _exit(4);
        }
    }
}

static size_t kill_one(const char *url, const secret_key *key, int round, char (*taken)[64],
                       size_t limit)
{
    int ends[2];
    size_t count = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        victim(url, key, ends[1]);
    }
    close(ends[1]);
    if (read(ends[0], taken[0], 64) == 64) {
        count = 1;
    }
    usleep((useconds_t)(20000 + (round * 7919) % 150000));
    kill(child, SIGKILL);
    while (count < limit && read(ends[0], taken[count], 64) == 64) {
        count++;
    }
    close(ends[0]);
    waitpid(child, NULL, 0);
    return count;
}

static int compare_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Every mail that was taken arrives at least once, and few of them twice. */
static void test_notify__survives_kill(void **state)
{
    enum { ROUNDS = 8, LIMIT = 20000 };
    fixture *f = *state;
    house h = enter(state, true, 0);
    char(*taken)[64] = calloc(LIMIT, sizeof(*taken));
    char(*arrived)[64] = calloc(LIMIT * 2, sizeof(*arrived));
    size_t count = 0;
    notify_free(h.n);
    store_close(f->s);
    for (int round = 0; round < ROUNDS; round++) {
        count += kill_one(f->url, h.key, round, taken + count, LIMIT - count);
    }
    assert_true(count > ROUNDS && count < LIMIT);
    store_options options = {.url = f->url};
    assert_ok(store_open(&options, &f->s, error));
    h.s = f->s;
    open_notify(&h, RETRY_MS, 0);
    assert_ok(notify_start(h.n, error));
    world_wait_rows(h.s, "1 = 1", 0);
    cJSON *mails = server_received(&smtp, "mails");
    size_t mail_count = 0;
    const cJSON *mail = NULL;
    cJSON_ArrayForEach(mail, mails)
    {
        const char *to =
            cJSON_GetStringValue(cJSON_GetArrayItem(cJSON_GetObjectItem(mail, "to"), 0));
        assert_true(mail_count < LIMIT * 2);
        (void)snprintf(arrived[mail_count++], 64, "%s", to);
    }
    qsort(arrived, mail_count, sizeof(*arrived), compare_text);
    size_t twice = 0;
    for (size_t i = 1; i < mail_count; i++) {
        twice += strcmp(arrived[i - 1], arrived[i]) == 0;
    }
    for (size_t i = 0; i < count; i++) {
        if (bsearch(taken[i], arrived, mail_count, sizeof(*arrived), compare_text) == NULL) {
            fail_msg("'%s' was taken and has not arrived", taken[i]);
        }
    }
    print_message("%zu mails taken over %d kills, %zu arrived, %zu twice\n", count, ROUNDS,
                  mail_count, twice);
    assert_true(twice <= ROUNDS * 8);
    cJSON_Delete(mails);
    free(taken);
    free(arrived);
    leave(&h);
}

/* ---- a full disk ---- */

/* What does not fit is refused, not lost in silence; what was sent and cannot be crossed out is not
 * sent again and again. */
static void test_notify__full_disk(void **state)
{
    house h = enter(state, true, 0);
    platen_error err = PLATEN_ERROR_INIT;
    char health[160];
    for (int i = 0; i < 5; i++) {
        lock_out(&h, "ada@example.com");
    }
    fixture_write(h.s, "PRAGMA max_page_count = 1");
    platen_code rc = PLATEN_OK;
    size_t more = 0;
    for (; more < 20000 && rc == PLATEN_OK; more++) {
        rc = notify_login_locked(h.n, &world_user, "192.0.2.9", 1, &err);
    }
    assert_int_equal(rc, PLATEN_E_STORE);
    assert_non_null(strstr(err.text, "full"));
    int64_t rows = fixture_read_i64(h.s, "SELECT count(*) FROM notify_outbox");
    assert_int_equal(rows, 5 + (int64_t)more - 1);
    /* Crossing out fails like any write to a full disk: here by a trigger. */
    fixture_write(h.s, "PRAGMA max_page_count = 100000");
    fixture_write(h.s, "CREATE TRIGGER stuck BEFORE DELETE ON notify_outbox BEGIN "
                       "SELECT RAISE(ABORT, 'database or disk is full'); END");
    assert_ok(notify_start(h.n, error));
    server_wait(&smtp, "mails", 1);
    usleep(3000000);
    size_t sent = server_count(&smtp, "mails");
    assert_true(sent >= 1 && sent <= 4); /* those that were in flight, once each */
    assert_false(notify_health(health, sizeof(health), h.n));
    fixture_write(h.s, "DROP TRIGGER stuck");
    world_wait_rows(h.s, "1 = 1", 0);
    assert_int_equal(server_count(&smtp, "mails"), rows);
    assert_true(notify_health(health, sizeof(health), h.n));
    leave(&h);
}

/* ---- many ---- */

/* Milliseconds until 500 of the rows have been sent. */
static int64_t time_500(house *h)
{
    int64_t from = clock_mono();
    size_t there = server_count(&smtp, "mails");
    open_notify(h, RETRY_MS, 0);
    assert_ok(notify_start(h->n, error));
    server_wait(&smtp, "mails", there + 500);
    int64_t took = clock_mono() - from;
    notify_free(h->n);
    h->n = NULL;
    return took;
}

/* A mail costs no more when ten thousand wait than when six hundred do. */
static void test_notify__ten_thousand_mails(void **state)
{
    house h = enter(state, true, 0);
    notify_free(h.n);
    fixture_write(h.s,
                  "INSERT INTO notify_outbox (mark, webhook_id, priority, recipient, code, "
                  "language, content, created, next_at, give_up_at) "
                  "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                  "WHERE i < 10000) SELECT 'm', 0, 1, 'ada@example.com', 'login-locked', 'en', "
                  "'{\"user\":\"Ada\"}', i, i, 9000000000000 FROM n");
    (void)time_500(&h);
    int64_t many = time_500(&h);
    fixture_write(h.s,
                  "DELETE FROM notify_outbox WHERE id < (SELECT max(id) FROM notify_outbox) - 600");
    int64_t few = time_500(&h);
    print_message("500 mails of 10,000: %lld ms, of 600: %lld ms\n", (long long)many,
                  (long long)few);
    assert_true(many < 8 * few);
    leave(&h);
}

static void test_notify__stops_at_once(void **state)
{
    house h = enter(state, true, 0);
    server_behave(&smtp, "hang");
    lock_out(&h, "ada@example.com");
    assert_ok(notify_start(h.n, error));
    server_wait(&smtp, "log", 1);
    int64_t from = clock_mono();
    notify_stop(h.n);
    assert_true(clock_mono() - from < 5000);
    assert_int_equal(fixture_read_i64(h.s, "SELECT count(*) FROM notify_outbox WHERE tries = 0"),
                     1);
    leave(&h);
}

int main(void)
{
#define BOTH(test) cmocka_unit_test(test)
#define ONE(test) cmocka_unit_test_setup_teardown(test, fixture_sqlite, fixture_end)
    const struct CMUnitTest both[] = {
        BOTH(test_notify__password_reset),
        BOTH(test_notify__greylisting),
        BOTH(test_notify__server_down_and_up_again),
        BOTH(test_notify__events_go_to_those_who_ask),
        BOTH(test_notify__receiver_fails_and_recovers),
        BOTH(test_notify__events_are_bounded),
    };
    const struct CMUnitTest one[] = {
        ONE(test_notify__password_reset_is_not_sent_late),
        ONE(test_notify__no_mail_without_server_or_address),
        ONE(test_notify__test_mail),
        ONE(test_notify__refused_is_shown_as_failed),
        ONE(test_notify__given_up_after_its_time),
        ONE(test_notify__new_settings_are_tried_at_once),
        ONE(test_notify__connections_are_limited),
        ONE(test_notify__login_locked_event),
        ONE(test_notify__fairness),
        ONE(test_notify__hung_mail_server_holds_up_no_webhook),
        ONE(test_notify__switched_off_or_deleted),
        ONE(test_notify__test_of_a_webhook),
        ONE(test_notify__survives_kill),
        ONE(test_notify__full_disk),
        ONE(test_notify__ten_thousand_mails),
        ONE(test_notify__stops_at_once),
    };
    (void)signal(SIGPIPE, SIG_IGN);
    int failed = fixture_run_both("notify", both, sizeof(both) / sizeof(both[0]));
    failed += cmocka_run_group_tests(one, NULL, NULL);
    world_certs_remove();
    return failed;
}
