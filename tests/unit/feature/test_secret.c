/* secret/1 through real plugins on both databases: sealed, of one plugin, with the transaction. */
#include "tests/unit/feature/feature_world.h"

#include <platen/secret.h>
#include <platen/store.h>

#include <stdio.h>
#include <string.h>

#include "core/database/sealed.h"
#include "core/model/plugin_secret.h"

static const platen_store *db;
static const platen_secrets *secrets;
static platen_ctx *first, *second;

static platen_code load_first(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    (void)err;
    first = ctx;
    db = host->iface(ctx, "store/1");
    secrets = host->iface(ctx, "secret/1");
    return secrets->set(ctx, NULL, "early", "x", 1, NULL) == PLATEN_E_STATE
               ? PLATEN_OK
               : (host->fail)(err, PLATEN_E_INTERNAL, "a secret in load()");
}

static platen_code load_second(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    (void)err;
    second = ctx;
    return host->iface(ctx, "secret/1") == secrets ? PLATEN_OK : PLATEN_E_INTERNAL;
}

/* ---- what is done in a transaction ---- */

typedef struct order {
    platen_ctx *ctx, *as; /* who has the transaction, who calls */
    const char *name;
    const void *data; /* NULL: drop */
    size_t length;
    platen_code code, end;
} order;

static platen_code change(platen_tx *tx, void *user, platen_error *err)
{
    order *o = user;
    o->code = o->data != NULL ? secrets->set(o->as, tx, o->name, o->data, o->length, err)
                              : secrets->drop(o->as, tx, o->name, err);
    return o->end;
}

static platen_code put(platen_ctx *ctx, const char *name, const void *data, size_t length)
{
    platen_error err = PLATEN_ERROR_INIT;
    order o = {.ctx = ctx, .as = ctx, .name = name, .data = data, .length = length};
    assert_int_equal(db->write(ctx, change, &o, &err), PLATEN_OK);
    return o.code;
}

typedef struct answer {
    platen_ctx *as;
    const char *name;
    size_t room, length;
    unsigned char bytes[PLATEN_SECRET_MAX];
    platen_code code;
} answer;

static platen_code look(platen_tx *tx, void *user, platen_error *err)
{
    answer *a = user;
    a->code = secrets->get(a->as, tx, a->name, a->bytes, a->room, &a->length, err);
    return PLATEN_OK;
}

static answer get(platen_ctx *ctx, const char *name, size_t room)
{
    platen_error err = PLATEN_ERROR_INIT;
    answer a = {.as = ctx, .name = name, .room = room};
    assert_int_equal(db->read(ctx, look, &a, &err), PLATEN_OK);
    return a;
}

/* ---- tests ---- */

static void test_secret__is_kept_and_replaced(void **state)
{
    feature_world w;
    unsigned char all[256];
    (void)state;
    for (size_t i = 0; i < sizeof(all); i++) {
        all[i] = (unsigned char)i; /* a NUL, too: it is bytes */
    }
    feature_world_open(&w, load_first, load_second);
    assert_string_equal(feature_world_error(&w, 0), "");
    assert_int_equal(get(first, "key-1", 8).code, PLATEN_E_NOT_FOUND);
    assert_int_equal(put(first, "key-1", all, sizeof(all)), PLATEN_OK);
    answer a = get(first, "key-1", sizeof(a.bytes));
    assert_int_equal(a.code, PLATEN_OK);
    assert_int_equal(a.length, sizeof(all));
    assert_memory_equal(a.bytes, all, sizeof(all));
    a = get(first, "key-1", 255);
    assert_int_equal(a.code, PLATEN_E_TOO_LARGE);
    assert_int_equal(a.bytes[1], 0); /* nothing was copied */
    assert_int_equal(put(first, "key-1", "secret", 6), PLATEN_OK);
    a = get(first, "key-1", 6);
    assert_int_equal(a.length, 6);
    assert_memory_equal(a.bytes, "secret", 6);
    assert_int_equal(put(first, "key-1", NULL, 0), PLATEN_OK);
    assert_int_equal(put(first, "key-1", NULL, 0), PLATEN_E_NOT_FOUND);
    assert_int_equal(get(first, "key-1", 8).code, PLATEN_E_NOT_FOUND);
    assert_int_equal(feature_world_close(&w), 0);
}

static void test_secret__of_one_plugin(void **state)
{
    feature_world w;
    platen_error err = PLATEN_ERROR_INIT;
    (void)state;
    feature_world_open(&w, load_first, load_second);
    assert_int_equal(put(first, "key", "one", 3), PLATEN_OK);
    assert_int_equal(get(second, "key", 8).code, PLATEN_E_NOT_FOUND);
    assert_int_equal(put(second, "key", "two", 3), PLATEN_OK);
    assert_memory_equal(get(first, "key", 8).bytes, "one", 3);
    assert_memory_equal(get(second, "key", 8).bytes, "two", 3);
    order stolen = {.ctx = first, .as = second, .name = "key", .data = "x", .length = 1};
    assert_int_equal(db->write(first, change, &stolen, &err), PLATEN_OK);
    assert_int_equal(stolen.code, PLATEN_E_INVAL);
    assert_int_equal(feature_world_close(&w), 0);
}

static void test_secret__goes_with_the_transaction(void **state)
{
    feature_world w;
    platen_error err = PLATEN_ERROR_INIT;
    order taken_back = {
        .ctx = NULL, .name = "key", .data = "x", .length = 1, .end = PLATEN_E_STATE};
    (void)state;
    feature_world_open(&w, load_first, load_second);
    taken_back.as = first;
    assert_int_equal(db->write(first, change, &taken_back, &err), PLATEN_E_STATE);
    assert_int_equal(taken_back.code, PLATEN_OK);
    assert_int_equal(get(first, "key", 8).code, PLATEN_E_NOT_FOUND);
    order reads = {.as = first, .name = "key", .data = "x", .length = 1};
    assert_int_equal(db->read(first, change, &reads, &err), PLATEN_OK);
    assert_int_equal(reads.code, PLATEN_E_STATE);
    reads.data = NULL;
    assert_int_equal(db->read(first, change, &reads, &err), PLATEN_OK);
    assert_int_equal(reads.code, PLATEN_E_STATE);
    assert_int_equal(feature_world_close(&w), 0);
}

static void test_secret__what_cannot_be(void **state)
{
    static const char *const names[] = {
        "",     "Key",         "a/b",
        "../a", "k\xc3\xa4se", "a234567890123456789012345678901234567890123456789012345678901234"};
    static unsigned char much[PLATEN_SECRET_MAX + 1];
    feature_world w;
    (void)state;
    feature_world_open(&w, load_first, load_second);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_int_equal(put(first, names[i], "x", 1), PLATEN_E_INVAL);
        assert_int_equal(get(first, names[i], 1).code, PLATEN_E_INVAL);
    }
    assert_int_equal(put(first, NULL, "x", 1), PLATEN_E_INVAL);
    assert_int_equal(put(first, "a", "", 0), PLATEN_E_INVAL);
    assert_int_equal(put(first, "a", much, sizeof(much)), PLATEN_E_TOO_LARGE);
    assert_int_equal(put(first, "a", much, sizeof(much) - 1), PLATEN_OK);
    assert_int_equal(get(first, "a", PLATEN_SECRET_MAX).length, PLATEN_SECRET_MAX);
    assert_int_equal(secrets->set(first, NULL, "a", "x", 1, NULL), PLATEN_E_INVAL);
    assert_int_equal(secrets->drop(NULL, NULL, "a", NULL), PLATEN_E_INVAL);
    assert_int_equal(feature_world_close(&w), 0);
}

/* ---- at rest ---- */

static platen_code forget_first(store_conn *conn, void *user, platen_error *err)
{
    (void)user;
    return plugin_secret_forget(conn, "probe", err);
}

static platen_code all_open(store_conn *conn, void *user, platen_error *err)
{
    int64_t count = 0;
    return sealed_renew(conn, user, NULL, &count, err);
}

static void test_secret__at_rest(void **state)
{
    feature_world w;
    platen_error err = PLATEN_ERROR_INIT;
    (void)state;
    feature_world_open(&w, load_first, load_second);
    store *s = w.rest.rest.store;
    assert_int_equal(put(first, "key", "open sesame", 11), PLATEN_OK);
    assert_int_equal(put(second, "key", "open sesame", 11), PLATEN_OK);
    assert_int_equal(store_write(s, all_open, w.rest.rest.key, &err), PLATEN_OK);
    rest_fixture_run(&w.rest.rest, "UPDATE plugin_secret SET sealed = (SELECT sealed FROM "
                                   "plugin_secret WHERE plugin = 'probe') WHERE plugin <> 'probe'");
    assert_int_equal(get(second, "key", 16).code, PLATEN_E_CORRUPT); /* bound to its place */
    assert_int_equal(store_write(s, all_open, w.rest.rest.key, &err), PLATEN_E_CORRUPT);
    assert_non_null(strstr(err.text, "plugin_secret 'probe-two/key'"));
    assert_int_equal(put(second, "key", "anew", 4), PLATEN_OK);
    assert_int_equal(store_write(s, forget_first, NULL, &err), PLATEN_OK);
    assert_int_equal(get(first, "key", 16).code, PLATEN_E_NOT_FOUND);
    assert_int_equal(get(second, "key", 16).code, PLATEN_OK);
    assert_int_equal(feature_world_close(&w), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_secret__is_kept_and_replaced),
        cmocka_unit_test(test_secret__of_one_plugin),
        cmocka_unit_test(test_secret__goes_with_the_transaction),
        cmocka_unit_test(test_secret__what_cannot_be),
        cmocka_unit_test(test_secret__at_rest),
    };
    return rest_world_run_both("secret/1", tests, sizeof(tests) / sizeof(tests[0]), NULL, NULL);
}
