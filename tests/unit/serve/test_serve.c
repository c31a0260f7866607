/* serve/0: publishing, fetching, restarts, what lies on the disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <curl/curl.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/strbuf.h"
#include "core/serve/serve_private.h"
#include "device.h"

#define DEVICE "127.0.0.21"

static void test_serve__device_fetches(void **state)
{
    house *h = *state;
    platen_work w;
    work_of(&w, DEVICE);
    int64_t before = clock_now();
    assert_int_equal(serve_port(h->serve, true), -1); /* nothing is published: nothing is open */
    platen_serve_place p = publish(&w, "settings.csv", "a,b\r\n");
    assert_true(serve_port(h->serve, true) > 0);
    assert_int_equal(serve_port(h->serve, false), -1);
    assert_true(strlen(p.url) < 256 && strncmp(p.url, "https://127.0.0.1:", 18) == 0);
    assert_null(strstr(p.url, "settings"));
    assert_int_equal(p.fetched, 0);
    assert_true(p.published >= before && p.until > p.published + 6 * INT64_C(86400000));
    assert_int_equal(fetch_from(h, DEVICE, p.url, "admin:right"), 200);
    assert_string_equal(h->body, "a,b\r\n");
    assert_non_null(strstr(h->headers, "Content-Type: text/csv"));
    p = fetched(&w, "settings.csv", 1);
    assert_true(p.fetched >= before);
    assert_int_equal(p.refused, 0);
    assert_int_equal(fetch_from(h, DEVICE, p.url, "admin:right"), 200);
    (void)fetched(&w, "settings.csv", 2);
    assert_int_equal(ask_from(h, DEVICE, p.url, "admin:right", "HEAD", NULL), 200);
    assert_int_equal(look_at(&w, "settings.csv").fetches, 2); /* that was no fetch */
}

static void test_serve__again_and_other(void **state)
{
    house *h = *state;
    platen_work w;
    work_of(&w, DEVICE);
    platen_serve_place first = publish(&w, "one", "text");
    assert_int_equal(fetch_from(h, DEVICE, first.url, "admin:right"), 200);
    (void)fetched(&w, "one", 1);
    platen_serve_place again = publish(&w, "one", "text");
    assert_string_equal(again.url, first.url);
    assert_int_equal(again.published, first.published);
    assert_true(again.fetched > 0);
    platen_serve_place other = publish(&w, "one", "other");
    assert_string_equal(other.url, first.url);
    assert_int_equal(other.fetched, 0);
    assert_int_equal(fetch_from(h, DEVICE, other.url, "admin:right"), 200);
    assert_string_equal(h->body, "other");
    w.password = "new";
    assert_int_equal(publish(&w, "one", "other").fetched, 0);
    assert_int_equal(fetch_from(h, DEVICE, other.url, "admin:right"), 401);
    assert_int_equal(fetch_from(h, DEVICE, other.url, "admin:new"), 200);
}

/* A place before there is anything: its URL can be entered at the device. */
static void test_serve__place_first(void **state)
{
    house *h = *state;
    platen_work w;
    platen_serve_place p = {.size = sizeof(p)};
    work_of(&w, DEVICE);
    assert_int_equal(iface_serve_table.look(&w, "one", &p, NULL), PLATEN_E_NOT_FOUND);
    w.user = "";
    platen_serve_place made = publish(&w, "one", NULL);
    assert_int_equal(made.until, 0);
    assert_int_equal(serve_port(h->serve, true), -1);
    w.user = "admin";
    char token[64];
    (void)snprintf(token, sizeof(token), "%s", strrchr(made.url, '/'));
    assert_non_null(strstr(publish(&w, "one", "text").url, token));
    assert_int_equal(iface_serve_table.withdraw(&w, "one", NULL), PLATEN_OK);
    p = look_at(&w, "one");
    assert_non_null(strstr(p.url, token));
    assert_int_equal(fetch_from(h, DEVICE, p.url, "admin:right"), 404);
    serve_sweep(h->serve);
    assert_int_equal(serve_port(h->serve, true), -1); /* closed again */
    assert_non_null(strstr(publish(&w, "one", "text").url, token));
    assert_int_equal(fetch_from(h, DEVICE, look_at(&w, "one").url, "admin:right"), 200);
    assert_int_equal(iface_serve_table.withdraw(&w, "never", NULL), PLATEN_OK);
}

/* A start anew: what was published is there, and what was fetched is known. */
static void test_serve__restart(void **state)
{
    house *h = *state;
    platen_work w;
    platen_work v;
    work_of(&w, DEVICE);
    work_of(&v, "127.0.0.22");
    platen_serve_place p = publish(&w, "one", "text");
    (void)publish(&v, "one", "text");
    assert_int_equal(fetch_from(h, DEVICE, p.url, "admin:right"), 200);
    (void)fetched(&w, "one", 1);
    house_stop(h);
    house_start(h);
    assert_true(serve_port(h->serve, true) > 0);
    platen_serve_place q = look_at(&w, "one");
    assert_string_equal(strrchr(q.url, '/'), strrchr(p.url, '/'));
    assert_int_equal(q.fetches, 1);
    assert_int_equal(fetch_from(h, DEVICE, q.url, "admin:wrong"), 401);
    assert_int_equal(fetch_from(h, DEVICE, q.url, "other:right"), 401);
    assert_int_equal(fetch_from(h, DEVICE, q.url, "admin:right"), 200);
    (void)fetched(&w, "one", 2);
    house_stop(h);
    house_start(h);
    q = publish(&w, "one", "text"); /* the work was begun before */
    assert_int_equal(q.fetches, 2);
    assert_int_equal(fetch_from(h, "127.0.0.22", look_at(&v, "one").url, "admin:right"), 200);
}

static void each_file(const char *folder,
                      void (*look)(const char *path, const struct stat *st, const char *text))
{
    DIR *d = opendir(folder);
    const struct dirent *e = NULL;
    assert_non_null(d);
    while ((e = readdir(d)) != NULL) {
        char path[512];
        char *text = NULL;
        size_t length = 0;
        struct stat st;
        (void)snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
        if (stat(path, &st) == 0 && S_ISREG(st.st_mode)) {
            assert_int_equal(file_read(path, 1u << 20, &text, &length, NULL), PLATEN_OK);
            look(path, &st, text);
            free(text);
        }
    }
    (void)closedir(d);
}

static unsigned files;

static void look_for_secrets(const char *path, const struct stat *st, const char *text)
{
    static const char *const secrets[] = {"Geheimnis", "right",  "admin",
                                          "R2VoZWlt",  "argon2", DEVICE};
    assert_int_equal(st->st_mode & 0077u, 0);
    for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
        if (strstr(text, secrets[i]) != NULL) {
            fail_msg("%s has '%s'", path, secrets[i]);
        }
    }
    files++;
}

/* Nothing on the disk can be read without the key file. */
static void test_serve__sealed(void **state)
{
    house *h = *state;
    char folder[128];
    platen_work w;
    platen_work v;
    work_of(&w, DEVICE);
    work_of(&v, "127.0.0.22");
    (void)publish(&w, "one", "Geheimnis Geheimnis Geheimnis");
    (void)publish(&v, "one", "Geheimnis Geheimnis Geheimnis");
    (void)snprintf(folder, sizeof(folder), "%s/download", h->folder);
    files = 0;
    each_file(folder, look_for_secrets);
    assert_int_equal(files, 4); /* two places, one body, the key */
}

static void spoil(const char *path, const struct stat *st, const char *text)
{
    (void)text;
    if (strstr(path, "/place-") != NULL) {
        assert_int_equal(truncate(path, st->st_size / 2), 0);
    }
}

/* What is damaged is gone, and the rest works. */
static void test_serve__damaged(void **state)
{
    house *h = *state;
    char folder[128];
    platen_work w;
    platen_serve_place p = {.size = sizeof(p)};
    work_of(&w, DEVICE);
    (void)publish(&w, "one", "text");
    house_stop(h);
    (void)snprintf(folder, sizeof(folder), "%s/download", h->folder);
    each_file(folder, spoil);
    house_start(h);
    assert_int_equal(iface_serve_table.look(&w, "one", &p, NULL), PLATEN_E_NOT_FOUND);
    assert_int_equal(serve_port(h->serve, true), -1);
    p = publish(&w, "one", "text");
    assert_int_equal(fetch_from(h, DEVICE, p.url, "admin:right"), 200);
}

static void test_serve__plain(void **state)
{
    house *h = *state;
    platen_work w;
    work_of(&w, DEVICE);
    house_stop(h);
    h->http = true;
    house_start(h);
    platen_serve_place p = publish(&w, "one", "text");
    assert_int_equal(strncmp(p.url, "http://", 7), 0);
    assert_int_equal(fetch_from(h, DEVICE, p.url, "admin:right"), 200);
    assert_string_equal(h->body, "text");
}

static void test_serve__ipv6(void **state)
{
    house *h = *state;
    platen_work w;
    work_of(&w, "::1");
    platen_serve_place p = publish(&w, "one", "text");
    assert_int_equal(strncmp(p.url, "https://[::1]:", 14), 0);
    assert_int_equal(fetch_from(h, "::1", p.url, "admin:right"), 200);
    /* the same port by IPv4 is another device */
    char url[300];
    (void)snprintf(url, sizeof(url), "https://127.0.0.1:%s", p.url + 14);
    assert_int_equal(fetch_from(h, "127.0.0.1", url, "admin:right"), 404);
}

static void test_serve__bounds(void **state)
{
    house *h = *state;
    platen_work w;
    platen_error err = PLATEN_ERROR_INIT;
    platen_serve_item item = PLATEN_SERVE_ITEM_INIT;
    char *large = calloc(1, PLATEN_SERVE_BODY_MAX + 1);
    assert_non_null(large);
    work_of(&w, DEVICE);
    item.body = large;
    item.length = PLATEN_SERVE_BODY_MAX + 1;
    item.name = "one";
    assert_int_equal(iface_serve_table.publish(&w, &item, NULL, &err), PLATEN_E_TOO_LARGE);
    item.length = PLATEN_SERVE_BODY_MAX;
    assert_int_equal(iface_serve_table.publish(&w, &item, NULL, &err), PLATEN_OK);
    assert_int_equal(fetch_from(h, DEVICE, look_at(&w, "one").url, "admin:right"), 200);
    (void)fetched(&w, "one", 1);
    item.length = 1;
    static const char *const names[] = {
        "", "One", "a/b", "../a", "a b", NULL, "0123456789012345678901234567890123456789012345678"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        item.name = names[i];
        assert_int_equal(iface_serve_table.publish(&w, &item, NULL, &err), PLATEN_E_INVAL);
    }
    item.name = "one";
    item.type = "text/csv\r\nX: y";
    assert_int_equal(iface_serve_table.publish(&w, &item, NULL, &err), PLATEN_E_INVAL);
    item.type = "text/csv";
    item.days = 0;
    assert_int_equal(iface_serve_table.publish(&w, &item, NULL, &err), PLATEN_E_INVAL);
    item.days = 1;
    w.user = "";
    assert_int_equal(iface_serve_table.publish(&w, &item, NULL, &err), PLATEN_E_AUTH);
    w.user = "a:b";
    assert_int_equal(iface_serve_table.publish(&w, &item, NULL, &err), PLATEN_E_AUTH);
    w.user = "admin";
    w.reach.blocking = false;
    assert_int_equal(iface_serve_table.publish(&w, &item, NULL, &err), PLATEN_E_STATE);
    free(large);
}

/* What is over is not served any more, and its file goes. */
static void test_serve__over(void **state)
{
    house *h = *state;
    platen_work w;
    work_of(&w, DEVICE);
    platen_serve_place p = publish(&w, "one", "text");
    net_address address;
    assert_true(net_parse(DEVICE, &address));
    shelf_find(h->serve->shelf, "test", "one", &address)->until = clock_now() - 1;
    assert_int_equal(fetch_from(h, DEVICE, p.url, "admin:right"), 404);
    assert_int_equal(look_at(&w, "one").until, 0);
    serve_sweep(h->serve);
    assert_int_equal(shelf_bodies(h->serve->shelf), 0);
    assert_int_equal(serve_port(h->serve, true), -1);
}

/* A fleet with one file and one login: one body, and all are there again after a start. */
static void test_serve__fleet(void **state)
{
    house *h = *state;
    platen_work w;
    char address[32] = "";
    work_of(&w, address);
    int64_t began = clock_mono();
    for (unsigned i = 0; i < 1000; i++) {
        (void)snprintf(address, sizeof(address), "127.1.%u.%u", i / 250, 1 + i % 250);
        (void)publish(&w, "one", "the same for all");
    }
    print_message("1,000 places published in %lld ms\n", (long long)(clock_mono() - began));
    house_stop(h);
    began = clock_mono();
    house_start(h);
    print_message("read again in %lld ms\n", (long long)(clock_mono() - began));
    assert_int_equal(shelf_bodies(h->serve->shelf), 1000);
    (void)snprintf(address, sizeof(address), "127.1.2.17");
    assert_int_equal(fetch_from(h, address, look_at(&w, "one").url, "admin:right"), 200);
    assert_int_equal(fetch_from(h, "127.1.2.18", look_at(&w, "one").url, "admin:right"), 404);
}

/* A certificate that is not good any more is made anew while the port is open. */
static void test_serve__renews(void **state)
{
    house *h = *state;
    platen_work w;
    char path[128];
    work_of(&w, DEVICE);
    platen_serve_place p = publish(&w, "one", "text");
    (void)snprintf(path, sizeof(path), "%s/download/certs/server.pem", h->folder);
    assert_int_equal(unlink(path), 0);
    serve_sweep(h->serve);
    assert_true(file_exists(path));
    assert_int_equal(fetch_from(h, DEVICE, p.url, "admin:right"), 200);
}

/* What cannot be written is not published, and what was there stays as it was. */
static void test_serve__full_disk(void **state)
{
    house *h = *state;
    platen_work w;
    platen_error err = PLATEN_ERROR_INIT;
    platen_serve_item item = PLATEN_SERVE_ITEM_INIT;
    char folder[128];
    work_of(&w, DEVICE);
    platen_serve_place p = publish(&w, "one", "text");
    (void)snprintf(folder, sizeof(folder), "%s/download", h->folder);
    assert_int_equal(file_remove_tree(folder, NULL), PLATEN_OK);
    item.name = "one";
    item.body = "other";
    item.length = 5;
    w.password = "new";
    assert_int_not_equal(iface_serve_table.publish(&w, &item, NULL, &err), PLATEN_OK);
    platen_serve_place q = look_at(&w, "one");
    assert_string_equal(q.digest, p.digest);
    assert_int_equal(q.published, p.published);
    assert_int_equal(fetch_from(h, DEVICE, p.url, "admin:new"), 401);
    assert_int_equal(fetch_from(h, DEVICE, p.url, "admin:right"), 503); /* its body is gone */
}

/* Neither port: publishing says what to set. */
static void test_serve__off(void **state)
{
    house *h = *state;
    platen_work w;
    platen_error err = PLATEN_ERROR_INIT;
    platen_serve_item item = PLATEN_SERVE_ITEM_INIT;
    const serve_options off = {.data = h->folder, .https_port = -1, .http_port = -1};
    work_of(&w, DEVICE);
    house_stop(h);
    assert_int_equal(serve_open(&off, &h->serve, NULL), PLATEN_OK);
    item.name = "one";
    item.body = "text";
    item.length = 4;
    assert_int_equal(iface_serve_table.publish(&w, &item, NULL, &err), PLATEN_E_STATE);
    assert_non_null(strstr(err.text, "download.https_port"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_serve__device_fetches, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_serve__again_and_other, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_serve__place_first, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_serve__restart, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_serve__sealed, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_serve__damaged, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_serve__plain, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_serve__ipv6, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_serve__bounds, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_serve__over, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_serve__renews, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_serve__full_disk, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_serve__fleet, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_serve__off, house_open, house_close),
    };
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
