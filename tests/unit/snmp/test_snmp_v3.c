/* Keys by the examples of RFC 3414, and messages that are forged, replayed or cut. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#include "core/snmp/v3.h"

static const uint8_t engine_id[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2};

/* RFC 3414 A.3.1 and A.3.2 */
static void test_v3__makes_the_keys_of_the_rfc(void **state)
{
    (void)state;
    static const uint8_t md5[16] = {0x52, 0x6f, 0x5e, 0xed, 0x9f, 0xcc, 0xe2, 0x6f,
                                    0x89, 0x64, 0xc2, 0x93, 0x07, 0x87, 0xd8, 0x2b};
    static const uint8_t sha[20] = {0x66, 0x95, 0xfe, 0xbc, 0x92, 0x88, 0xe3, 0x62, 0x82, 0x23,
                                    0x5f, 0xc7, 0x15, 0x1f, 0x12, 0x84, 0x97, 0xb3, 0x8f, 0x3f};
    uint8_t key[V3_KEY];
    uint8_t local[V3_KEY];
    uint32_t length;
    assert_true(v3_password_key(SNMPENG_AUTH_MD5, "maplesyrup", key, &length));
    assert_int_equal(length, 16);
    assert_true(v3_local_key(SNMPENG_AUTH_MD5, key, length, engine_id, 12, local));
    assert_memory_equal(local, md5, sizeof md5);
    assert_true(v3_password_key(SNMPENG_AUTH_SHA1, "maplesyrup", key, &length));
    assert_int_equal(length, 20);
    assert_true(v3_local_key(SNMPENG_AUTH_SHA1, key, length, engine_id, 12, local));
    assert_memory_equal(local, sha, sizeof sha);
}

static snmpeng_credential *user(snmpeng_auth auth, snmpeng_priv priv)
{
    snmpeng_credential_spec spec = {.v3 = true,
                                    .user = "platen",
                                    .auth = auth,
                                    .auth_password = "maplesyrup",
                                    .priv = priv,
                                    .priv_password = "maplesyrup"};
    snmpeng_credential *c = NULL;
    assert_int_equal(snmpeng_credential_new(&spec, &c, NULL), PLATEN_OK);
    return c;
}

static snmpeng_peer peer_at(int64_t now)
{
    snmpeng_peer peer = {.engine_id_length = sizeof engine_id, .boots = 3, .time = 100, .at = now};
    memcpy(peer.engine_id, engine_id, sizeof engine_id);
    return peer;
}

/* The start of both extended keys is the short key; the ends differ by kind. */
static void test_v3__extends_keys(void **state)
{
    (void)state;
    snmpeng_credential *blumenthal = user(SNMPENG_AUTH_MD5, SNMPENG_PRIV_AES256);
    snmpeng_credential *reeder = user(SNMPENG_AUTH_MD5, SNMPENG_PRIV_AES256C);
    snmpeng_credential *plain = user(SNMPENG_AUTH_SHA512, SNMPENG_PRIV_AES256);
    snmpeng_peer peer = peer_at(0);
    uint8_t a[V3_KEY];
    uint8_t b[V3_KEY];
    uint32_t length;
    assert_true(v3_privacy_key(blumenthal, &peer, a, &length));
    assert_int_equal(length, 32);
    assert_true(v3_privacy_key(reeder, &peer, b, &length));
    assert_int_equal(length, 32);
    assert_memory_equal(a, b, 16);
    assert_memory_not_equal(a + 16, b + 16, 16);
    assert_true(v3_privacy_key(plain, &peer, a, &length));
    assert_int_equal(length, 32);
    snmpeng_credential_unref(blumenthal);
    snmpeng_credential_unref(reeder);
    snmpeng_credential_unref(plain);
}

typedef struct exchange {
    snmpeng_credential *credential;
    snmpeng_peer peer;
    uint8_t packet[2048];
    size_t length;
    uint8_t *plain;
    wire_pdu pdu;
    const char *why;
} exchange;

/* Our own writer makes the device's message, for both sides use the same keys. */
static void exchange_begin(exchange *x, snmpeng_auth auth, snmpeng_priv priv, uint8_t tag)
{
    static const uint32_t name[] = {1, 3, 6, 1, 6, 3, 15, 1, 1, 2, 0};
    uint8_t binds[64];
    uint8_t pdu[256];
    memset(x, 0, sizeof *x);
    x->credential = user(auth, priv);
    x->peer = peer_at(1000);
    x->plain = malloc(WIRE_PACKET);
    x->pdu.binds = calloc(WIRE_BINDS, sizeof *x->pdu.binds);
    x->why = "";
    assert_true(v3_localise(x->credential, &x->peer));
    wire_writer writer = {.at = binds, .left = sizeof binds};
    wire_put_null_bind(&writer, name, 11);
    size_t length = (size_t)(writer.at - binds);
    writer = (wire_writer){.at = pdu, .left = sizeof pdu};
    wire_put_pdu(&writer, tag, 0x40000001, 0, 0, binds, length);
    x->length = v3_write(x->credential, &x->peer, 0x40000001, pdu, (size_t)(writer.at - pdu), 77,
                         1000, x->packet, sizeof x->packet);
    assert_true(x->length > 0);
}

static void exchange_end(exchange *x)
{
    snmpeng_credential_unref(x->credential);
    free(x->plain);
    free(x->pdu.binds);
}

/* V3_DROP too when it does not even read. */
static v3_verdict open_at(exchange *x, int64_t now)
{
    wire_reader rest;
    int64_t version;
    v3_message message;
    if (!wire_message_read(x->packet, x->length, &version, &rest, &x->pdu) || version != 3 ||
        !v3_read(&rest, &message)) {
        return V3_DROP;
    }
    return v3_open(x->credential, &x->peer, &message, x->packet, x->length, x->plain, now, &x->pdu,
                   &x->why);
}

static void test_v3__opens_what_it_wrote(void **state)
{
    (void)state;
    for (snmpeng_auth auth = SNMPENG_AUTH_NONE; auth <= SNMPENG_AUTH_SHA512; auth++) {
        for (snmpeng_priv priv = SNMPENG_PRIV_NONE; priv <= SNMPENG_PRIV_AES256C; priv++) {
            if (auth == SNMPENG_AUTH_SHA224 ||
                (auth == SNMPENG_AUTH_NONE && priv != SNMPENG_PRIV_NONE)) {
                continue;
            }
            exchange x;
            exchange_begin(&x, auth, priv, WIRE_RESPONSE);
            assert_int_equal(open_at(&x, 1000), V3_GOOD);
            assert_int_equal(x.pdu.id, 0x40000001);
            assert_int_equal(x.pdu.count, 1);
            exchange_end(&x);
        }
    }
}

static void test_v3__drops_what_is_changed_anywhere(void **state)
{
    (void)state;
    exchange x;
    exchange_begin(&x, SNMPENG_AUTH_SHA256, SNMPENG_PRIV_AES128, WIRE_RESPONSE);
    for (size_t i = 0; i < x.length; i++) {
        x.packet[i] ^= 0x01;
        assert_int_not_equal(open_at(&x, 1000), V3_GOOD);
        x.packet[i] ^= 0x01;
    }
    assert_int_equal(open_at(&x, 1000), V3_GOOD);
    size_t whole = x.length;
    for (x.length = 0; x.length < whole; x.length++) {
        assert_int_equal(open_at(&x, 1000), V3_DROP);
    }
    exchange_end(&x);
}

static void test_v3__drops_less_security_than_asked(void **state)
{
    (void)state;
    exchange x;
    exchange_begin(&x, SNMPENG_AUTH_SHA1, SNMPENG_PRIV_NONE, WIRE_RESPONSE);
    snmpeng_credential *stricter = user(SNMPENG_AUTH_SHA1, SNMPENG_PRIV_AES128);
    snmpeng_credential_unref(x.credential);
    x.credential = stricter;
    x.peer.keyed = 0;
    assert_true(v3_localise(x.credential, &x.peer));
    assert_int_equal(open_at(&x, 1000), V3_DROP);
    exchange_end(&x);
    exchange_begin(&x, SNMPENG_AUTH_NONE, SNMPENG_PRIV_NONE, WIRE_RESPONSE);
    stricter = user(SNMPENG_AUTH_SHA1, SNMPENG_PRIV_NONE);
    snmpeng_credential_unref(x.credential);
    x.credential = stricter;
    assert_true(v3_localise(x.credential, &x.peer));
    assert_int_equal(open_at(&x, 1000), V3_DROP);
    exchange_end(&x);
}

static void test_v3__drops_replays(void **state)
{
    (void)state;
    exchange x;
    exchange_begin(&x, SNMPENG_AUTH_SHA1, SNMPENG_PRIV_NONE, WIRE_RESPONSE);
    assert_int_equal(open_at(&x, 1000), V3_GOOD);
    assert_true(x.peer.synced);
    assert_int_equal(open_at(&x, 1000 + 149000), V3_GOOD);
    assert_int_equal(open_at(&x, 1000 + 152000), V3_DROP); /* 150 s are over */
    x.peer.boots++;
    assert_int_equal(open_at(&x, 1000), V3_DROP);
    exchange_end(&x);
}

/* The report in these is usmStatsNotInTimeWindows. */
static void test_v3__believes_the_time_of_authentic_reports_only(void **state)
{
    (void)state;
    exchange x;
    exchange_begin(&x, SNMPENG_AUTH_SHA1, SNMPENG_PRIV_NONE, WIRE_REPORT);
    x.peer.boots = 9;
    x.peer.synced = true;
    assert_int_equal(open_at(&x, 1000), V3_RESYNCED);
    assert_int_equal(x.peer.boots, 3);
    exchange_end(&x);

    exchange_begin(&x, SNMPENG_AUTH_NONE, SNMPENG_PRIV_NONE, WIRE_REPORT);
    snmpeng_credential_unref(x.credential);
    x.credential = user(SNMPENG_AUTH_SHA1, SNMPENG_PRIV_NONE);
    x.peer.keyed = 0;
    x.peer.boots = 9;
    x.peer.synced = true;
    assert_true(v3_localise(x.credential, &x.peer));
    assert_int_equal(open_at(&x, 1000), V3_DROP);
    assert_int_equal(x.peer.boots, 9);
    x.peer.synced = false; /* a guess may be replaced by a guess */
    assert_int_equal(open_at(&x, 1000), V3_RESYNCED);
    assert_false(x.peer.synced);
    exchange_end(&x);
}

/* A report without security, as devices send it when they cannot do better. */
static v3_verdict open_report(const char *oid, const char **why)
{
    static uint8_t packet[512];
    uint8_t binds[128];
    uint8_t pdu[256];
    exchange x;
    exchange_begin(&x, SNMPENG_AUTH_NONE, SNMPENG_PRIV_NONE, WIRE_REPORT);
    wire_writer writer = {.at = binds, .left = sizeof binds};
    put_bind(&writer, oid, PLATEN_SNMP_COUNTER32, 1, NULL);
    size_t length = (size_t)(writer.at - binds);
    writer = (wire_writer){.at = pdu, .left = sizeof pdu};
    wire_put_pdu(&writer, WIRE_REPORT, 0x40000001, 0, 0, binds, length);
    x.length = v3_write(x.credential, &x.peer, 0x40000001, pdu, (size_t)(writer.at - pdu), 1, 1000,
                        packet, sizeof packet);
    memcpy(x.packet, packet, x.length);
    snmpeng_credential_unref(x.credential);
    x.credential = user(SNMPENG_AUTH_SHA1, SNMPENG_PRIV_AES128);
    x.peer.keyed = 0;
    assert_true(v3_localise(x.credential, &x.peer));
    v3_verdict verdict = open_at(&x, 1000);
    *why = x.why;
    exchange_end(&x);
    return verdict;
}

static void test_v3__tells_reports_apart(void **state)
{
    (void)state;
    static const struct {
        const char *oid;
        v3_verdict verdict;
        const char *words;
    } reports[] = {
        {"1.3.6.1.6.3.15.1.1.1.0", V3_REFUSED, "unsupportedSecLevel"},
        {"1.3.6.1.6.3.15.1.1.3.0", V3_REFUSED, "unknownUserName"},
        {"1.3.6.1.6.3.15.1.1.4.0", V3_DISCOVERED, ""},
        {"1.3.6.1.6.3.15.1.1.5.0", V3_REFUSED, "wrongDigest"},
        {"1.3.6.1.6.3.15.1.1.6.0", V3_REFUSED, "decryptionError"},
        /* These a device can sign, so unsigned ones are not believed. */
        {"1.3.6.1.6.3.12.1.5.0", V3_DROP, ""},
        {"1.3.6.1.6.3.11.2.1.3.0", V3_DROP, ""},
        {"1.3.6.1.2.1.1.3.0", V3_DROP, ""},
    };
    for (size_t i = 0; i < sizeof reports / sizeof *reports; i++) {
        const char *why = "";
        assert_int_equal(open_report(reports[i].oid, &why), reports[i].verdict);
        assert_non_null(strstr(why, reports[i].words));
    }
}

static void test_v3__forgets_keys_of_another_credential(void **state)
{
    (void)state;
    snmpeng_credential *one = user(SNMPENG_AUTH_SHA1, SNMPENG_PRIV_NONE);
    snmpeng_credential *two = user(SNMPENG_AUTH_MD5, SNMPENG_PRIV_DES);
    snmpeng_peer peer = peer_at(0);
    assert_true(v3_localise(one, &peer));
    assert_int_equal(peer.auth_length, 20);
    assert_int_equal(peer.priv_length, 0);
    assert_true(v3_localise(two, &peer));
    assert_int_equal(peer.auth_length, 16);
    assert_int_equal(peer.priv_length, 16);
    snmpeng_credential_unref(one);
    snmpeng_credential_unref(two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_v3__makes_the_keys_of_the_rfc),
        cmocka_unit_test(test_v3__extends_keys),
        cmocka_unit_test(test_v3__opens_what_it_wrote),
        cmocka_unit_test(test_v3__drops_what_is_changed_anywhere),
        cmocka_unit_test(test_v3__drops_less_security_than_asked),
        cmocka_unit_test(test_v3__drops_replays),
        cmocka_unit_test(test_v3__believes_the_time_of_authentic_reports_only),
        cmocka_unit_test(test_v3__tells_reports_apart),
        cmocka_unit_test(test_v3__forgets_keys_of_another_credential),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
