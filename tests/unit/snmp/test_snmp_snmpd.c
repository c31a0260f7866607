/* SNMPv3 and v2c against a real snmpd, which snmpd.sh has started; argument: its port. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/snmp/v3.h"

static uint16_t port;
static snmpeng *engine;
static outcome out;

static snmpeng_credential *user(const char *name, snmpeng_auth auth, snmpeng_priv priv,
                                const char *context)
{
    snmpeng_credential_spec spec = {.v3 = true,
                                    .user = name,
                                    .auth = auth,
                                    .auth_password = "auth-password",
                                    .priv = priv,
                                    .priv_password = "priv-password",
                                    .context = context};
    snmpeng_credential *c = NULL;
    assert_int_equal(snmpeng_credential_new(&spec, &c, NULL), PLATEN_OK);
    return c;
}

static void ask(snmpeng_credential *c, snmpeng_peer **peer)
{
    snmpeng_plan *plan = plan_of("g1.3.6.1.2.1.1.5.0", "g1.3.6.1.2.1.1.1.0", NULL);
    snmpeng_request request = request_to("127.0.0.1", port, c, plan);
    request.version = SNMPENG_V3;
    request.timeout_ms = 2000;
    request.peer = peer;
    read_wait(engine, &request, &out);
    snmpeng_plan_free(plan);
}

static void ask_once(snmpeng_credential *c)
{
    ask(c, NULL);
    snmpeng_credential_unref(c);
}

static void expect_system(void)
{
    if (out.code != PLATEN_OK) {
        fail_msg("%d %s", (int)out.code, out.error);
    }
    assert_string_equal(out.text,
                        "1.3.6.1.2.1.1.1.0 s:a real agent\n1.3.6.1.2.1.1.5.0 s:platen-test\n");
    assert_int_equal(out.version, SNMPENG_V3);
}

/* DEV-06, DEV-07: every hash but 224 bit, every cipher, both ways to lengthen keys. */
static void test_snmpd__every_kind_of_user(void **state)
{
    (void)state;
    static const char *const auths[] = {"", "MD5", "SHA", "", "SHA-256", "SHA-384", "SHA-512"};
    static const char *const privs[] = {"",        "DES",       "AES",      "AES-192",
                                        "AES-256", "AES-192-C", "AES-256-C"};
    for (int auth = SNMPENG_AUTH_MD5; auth <= SNMPENG_AUTH_SHA512; auth++) {
        for (int priv = SNMPENG_PRIV_NONE; priv <= SNMPENG_PRIV_AES256C; priv++) {
            char name[64];
            if (auth == SNMPENG_AUTH_SHA224) {
                continue;
            }
            (void)snprintf(name, sizeof name, "u-%s-%s", auths[auth],
                           privs[priv == SNMPENG_PRIV_NONE ? SNMPENG_PRIV_AES128 : priv]);
            print_message("%s%s\n", name, priv == SNMPENG_PRIV_NONE ? " without encryption" : "");
            ask_once(user(name, (snmpeng_auth)auth, (snmpeng_priv)priv, NULL));
            expect_system();
        }
    }
    ask_once(user("nobody", SNMPENG_AUTH_NONE, SNMPENG_PRIV_NONE, NULL));
    expect_system();
}

static void expect_refused(const char *words)
{
    assert_int_equal(out.code, PLATEN_E_AUTH);
    assert_non_null(strstr(out.error, words));
    assert_int_equal(out.count, 0);
}

static void test_snmpd__refusals_have_their_words(void **state)
{
    (void)state;
    snmpeng_credential_spec spec = {.v3 = true,
                                    .user = "u-SHA-AES",
                                    .auth = SNMPENG_AUTH_SHA1,
                                    .auth_password = "wrong-password",
                                    .priv = SNMPENG_PRIV_AES128,
                                    .priv_password = "priv-password"};
    snmpeng_credential *c = NULL;
    assert_int_equal(snmpeng_credential_new(&spec, &c, NULL), PLATEN_OK);
    ask_once(c);
    expect_refused("wrongDigest");
    ask_once(user("stranger", SNMPENG_AUTH_SHA1, SNMPENG_PRIV_AES128, NULL));
    expect_refused("unknownUserName");
    ask_once(user("nobody", SNMPENG_AUTH_SHA1, SNMPENG_PRIV_NONE, NULL));
    expect_refused("unsupportedSecLevel");
    ask_once(user("strict", SNMPENG_AUTH_SHA1, SNMPENG_PRIV_NONE, NULL));
    expect_refused("authorizationError");
}

/* Decrypted with the wrong key nothing is SNMP any more; snmpd then says nothing or reports. */
static void test_snmpd__wrong_encryption_password(void **state)
{
    (void)state;
    snmpeng_credential_spec spec = {.v3 = true,
                                    .user = "u-SHA-AES",
                                    .auth = SNMPENG_AUTH_SHA1,
                                    .auth_password = "auth-password",
                                    .priv = SNMPENG_PRIV_AES128,
                                    .priv_password = "wrong-password"};
    snmpeng_credential *c = NULL;
    assert_int_equal(snmpeng_credential_new(&spec, &c, NULL), PLATEN_OK);
    snmpeng_plan *plan = plan_of("g1.3.6.1.2.1.1.5.0", NULL);
    snmpeng_request request = request_to("127.0.0.1", port, c, plan);
    request.version = SNMPENG_V3;
    request.tries = 1;
    request.timeout_ms = 500;
    read_wait(engine, &request, &out);
    assert_true(out.code == PLATEN_E_TIMEOUT || out.code == PLATEN_E_AUTH);
    assert_int_equal(out.count, 0);
    snmpeng_plan_free(plan);
    snmpeng_credential_unref(c);
}

static uint64_t sent(void)
{
    snmpeng_stats stats;
    snmpeng_stats_get(engine, &stats);
    return stats.sent + stats.resent;
}

static void test_snmpd__peer_spares_discovery(void **state)
{
    (void)state;
    snmpeng_credential *c = user("u-SHA-256-AES", SNMPENG_AUTH_SHA256, SNMPENG_PRIV_AES128, NULL);
    snmpeng_peer *peer = NULL;
    uint64_t before = sent();
    ask(c, &peer);
    expect_system();
    assert_non_null(peer);
    assert_true(peer->synced);
    assert_int_equal(sent() - before, 2);
    before = sent();
    ask(c, &peer);
    expect_system();
    assert_int_equal(sent() - before, 1);

    peer->time += 100000; /* as if our clocks had gone apart */
    before = sent();
    ask(c, &peer);
    expect_system();
    assert_int_equal(sent() - before, 2);

    peer->engine_id[peer->engine_id_length - 1] ^= 1; /* as if it were another device */
    peer->keyed = 0;
    before = sent();
    ask(c, &peer);
    expect_system();
    assert_int_equal(sent() - before, 2);
    snmpeng_peer_free(peer);
    snmpeng_credential_unref(c);
}

/* DEV-23 */
static void test_snmpd__context(void **state)
{
    (void)state;
    ask_once(user("incontext", SNMPENG_AUTH_SHA1, SNMPENG_PRIV_AES128, NULL));
    expect_system();
    ask_once(user("incontext", SNMPENG_AUTH_SHA1, SNMPENG_PRIV_AES128, "elsewhere"));
    expect_system();
    ask_once(user("incontext", SNMPENG_AUTH_SHA1, SNMPENG_PRIV_AES128, "nowhere"));
    assert_int_not_equal(out.code, PLATEN_OK);
    assert_int_equal(out.count, 0);
    print_message("unknown context: %d %s\n", (int)out.code, out.error);
}

static void walk_system(snmpeng_version version, snmpeng_credential *c, outcome *result)
{
    snmpeng_plan *plan =
        plan_of("w1.3.6.1.2.1.1.9.1.2", "t1.3.6.1.2.1.1.9.1.3", "t1.3.6.1.2.1.1.9.1.2", NULL);
    snmpeng_request request = request_to("127.0.0.1", port, c, plan);
    request.version = version;
    request.timeout_ms = 2000;
    read_wait(engine, &request, result);
    snmpeng_plan_free(plan);
}

static void test_snmpd__walks_alike_in_all_versions(void **state)
{
    (void)state;
    static outcome one;
    static outcome two;
    snmpeng_credential *c = community("public");
    snmpeng_credential *v3 = user("strict", SNMPENG_AUTH_SHA1, SNMPENG_PRIV_AES128, NULL);
    walk_system(SNMPENG_V1, c, &one);
    assert_int_equal(one.code, PLATEN_OK);
    assert_true(one.count >= 10);
    walk_system(SNMPENG_V2C, c, &two);
    assert_string_equal(one.text, two.text);
    walk_system(SNMPENG_V3, v3, &two);
    assert_int_equal(two.code, PLATEN_OK);
    assert_string_equal(one.text, two.text);
    snmpeng_credential_unref(c);
    snmpeng_credential_unref(v3);
}

/* ---- SETs ---- */

static void write_text(snmpeng_version version, snmpeng_credential *c, snmpeng_peer **peer,
                       const char *oid, const char *text)
{
    platen_snmp_value one = PLATEN_SNMP_VALUE_INIT;
    snmpeng_plan *plan = NULL;
    one.oid = oid;
    one.octets = (const uint8_t *)text;
    one.octet_count = (uint32_t)strlen(text);
    assert_int_equal(snmpeng_set_new(&one, 1, &plan, NULL), PLATEN_OK);
    snmpeng_request request = request_to("127.0.0.1", port, c, plan);
    request.version = version;
    request.timeout_ms = 2000;
    request.peer = peer;
    read_wait(engine, &request, &out);
    snmpeng_plan_free(plan);
}

static void device_has(const char *oid, const char *line)
{
    char get[64];
    snmpeng_credential *c = community("public");
    (void)snprintf(get, sizeof get, "g%s", oid);
    snmpeng_plan *plan = plan_of(get, NULL);
    snmpeng_request request = request_to("127.0.0.1", port, c, plan);
    read_wait(engine, &request, &out);
    assert_string_equal(out.text, line);
    snmpeng_plan_free(plan);
    snmpeng_credential_unref(c);
}

#define LOCATION "1.3.6.1.2.1.1.6.0"

static void test_snmpd__sets_in_every_version(void **state)
{
    (void)state;
    snmpeng_credential *c = community("private");
    write_text(SNMPENG_V1, c, NULL, LOCATION, "room 1");
    assert_int_equal(out.code, PLATEN_OK);
    device_has(LOCATION, LOCATION " s:room 1\n");
    write_text(SNMPENG_V2C, c, NULL, LOCATION, "R\xc3\xa4ume 2");
    assert_int_equal(out.code, PLATEN_OK);
    device_has(LOCATION, LOCATION " s:R\xc3\xa4ume 2\n");
    snmpeng_credential_unref(c);

    c = user("writer", SNMPENG_AUTH_SHA256, SNMPENG_PRIV_AES128, NULL);
    snmpeng_peer *peer = NULL;
    write_text(SNMPENG_V3, c, &peer, LOCATION, "room 3"); /* discovery first */
    if (out.code != PLATEN_OK) {
        fail_msg("%s", out.error);
    }
    device_has(LOCATION, LOCATION " s:room 3\n");
    peer->time += 100000; /* refused for its time, so surely not done: sent again */
    uint64_t before = sent();
    write_text(SNMPENG_V3, c, &peer, LOCATION, "");
    assert_int_equal(out.code, PLATEN_OK);
    assert_int_equal(sent() - before, 2);
    device_has(LOCATION, LOCATION " s:\n");

    peer->engine_id[peer->engine_id_length - 1] ^= 1; /* anybody could answer so */
    peer->keyed = 0;
    before = sent();
    write_text(SNMPENG_V3, c, &peer, LOCATION, "room 4");
    assert_int_equal(out.code, PLATEN_E_PROTOCOL);
    assert_int_equal(sent() - before, 1);
    device_has(LOCATION, LOCATION " s:\n");
    snmpeng_peer_free(peer);
    snmpeng_credential_unref(c);
}

static void expect_set_refused(snmpeng_version version, snmpeng_credential *c, const char *oid,
                               platen_code code, const char *words)
{
    write_text(version, c, NULL, oid, "new");
    assert_int_equal(out.code, code);
    if (strstr(out.error, words) == NULL) {
        fail_msg("'%s' is not in '%s'", words, out.error);
    }
    snmpeng_credential_unref(c);
}

/* ERR-50, ERR-57: which credential may not write, and what a device does not let be written. */
static void test_snmpd__refused_sets_have_their_words(void **state)
{
    (void)state;
    expect_set_refused(SNMPENG_V2C, community("public"), LOCATION, PLATEN_E_AUTH, "noAccess");
    expect_set_refused(SNMPENG_V1, community("public"), LOCATION, PLATEN_E_AUTH, "noSuchName");
    expect_set_refused(SNMPENG_V3, user("strict", SNMPENG_AUTH_SHA1, SNMPENG_PRIV_AES128, NULL),
                       LOCATION, PLATEN_E_AUTH, "noAccess");
    expect_set_refused(SNMPENG_V3, user("strict", SNMPENG_AUTH_SHA1, SNMPENG_PRIV_NONE, NULL),
                       LOCATION, PLATEN_E_AUTH, "authorizationError");
    /* Set in its configuration, therefore not to be set from outside. */
    expect_set_refused(SNMPENG_V2C, community("private"), "1.3.6.1.2.1.1.5.0", PLATEN_E_UNSUPPORTED,
                       "notWritable");
    expect_set_refused(SNMPENG_V2C, community("private"), "1.3.6.1.2.1.43.5.1.1.3.1",
                       PLATEN_E_INVAL, "wrongType");
}

static void test_snmpd__reset_takes_a_number(void **state)
{
    (void)state;
    static const char reset[] = "1.3.6.1.2.1.43.5.1.1.3.1";
    platen_snmp_value one = PLATEN_SNMP_VALUE_INIT;
    snmpeng_plan *plan = NULL;
    snmpeng_credential *c = user("writer", SNMPENG_AUTH_SHA256, SNMPENG_PRIV_AES128, NULL);
    one.oid = reset;
    one.type = PLATEN_SNMP_INTEGER;
    one.integer = 4;
    assert_int_equal(snmpeng_set_new(&one, 1, &plan, NULL), PLATEN_OK);
    snmpeng_request request = request_to("127.0.0.1", port, c, plan);
    request.version = SNMPENG_V3;
    request.timeout_ms = 2000;
    read_wait(engine, &request, &out);
    assert_int_equal(out.code, PLATEN_OK);
    device_has(reset, "1.3.6.1.2.1.43.5.1.1.3.1 02:4\n");
    snmpeng_plan_free(plan);
    snmpeng_credential_unref(c);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_snmpd__every_kind_of_user),
        cmocka_unit_test(test_snmpd__refusals_have_their_words),
        cmocka_unit_test(test_snmpd__wrong_encryption_password),
        cmocka_unit_test(test_snmpd__peer_spares_discovery),
        cmocka_unit_test(test_snmpd__context),
        cmocka_unit_test(test_snmpd__walks_alike_in_all_versions),
        cmocka_unit_test(test_snmpd__sets_in_every_version),
        cmocka_unit_test(test_snmpd__refused_sets_have_their_words),
        cmocka_unit_test(test_snmpd__reset_takes_a_number),
    };
    if (count != 2) {
        (void)fprintf(stderr, "usage: %s port\n", arguments[0]);
        return 2;
    }
    port = (uint16_t)strtoul(arguments[1], NULL, 10);
    engine = engine_begin(NULL);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    engine_end(engine);
    return failed;
}
