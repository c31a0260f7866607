/* Credentials: what is refused, and with which words. */
#include "support.h"

#include <string.h>

static platen_code make(const snmpeng_credential_spec *spec, char text[PLATEN_ERROR_TEXT])
{
    snmpeng_credential *c = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    platen_code code = snmpeng_credential_new(spec, &c, &err);
    assert_true((code == PLATEN_OK) == (c != NULL));
    snmpeng_credential_unref(c);
    memcpy(text, err.text, sizeof err.text);
    return code;
}

static void expect_refused(const snmpeng_credential_spec *spec, const char *field)
{
    char text[PLATEN_ERROR_TEXT];
    assert_int_equal(make(spec, text), PLATEN_E_INVAL);
    assert_memory_equal(text, field, strlen(field));
    assert_null(strstr(text, "secret")); /* what the passwords here contain */
}

/* DEV-22 */
static void test_credential__community(void **state)
{
    (void)state;
    char text[PLATEN_ERROR_TEXT];
    assert_int_equal(make(&(snmpeng_credential_spec){.community = "public"}, text), PLATEN_OK);
    expect_refused(&(snmpeng_credential_spec){.community = ""}, "community");
    expect_refused(&(snmpeng_credential_spec){.community = NULL}, "community");
}

/* DEV-07 */
static void test_credential__refuses_sha224(void **state)
{
    (void)state;
    snmpeng_credential_spec spec = {.v3 = true,
                                    .user = "platen",
                                    .auth = SNMPENG_AUTH_SHA224,
                                    .auth_password = "secret-password"};
    char text[PLATEN_ERROR_TEXT];
    assert_int_equal(make(&spec, text), PLATEN_E_INVAL);
    assert_non_null(strstr(text, "224 bit is not supported"));
    for (snmpeng_auth auth = SNMPENG_AUTH_NONE; auth <= SNMPENG_AUTH_SHA512; auth++) {
        spec.auth = auth;
        if (auth != SNMPENG_AUTH_SHA224) {
            assert_int_equal(make(&spec, text), PLATEN_OK);
        }
    }
}

/* DEV-23 */
static void test_credential__refuses_by_field(void **state)
{
    (void)state;
    const snmpeng_credential_spec good = {.v3 = true,
                                          .user = "platen",
                                          .auth = SNMPENG_AUTH_SHA1,
                                          .auth_password = "secret-password",
                                          .priv = SNMPENG_PRIV_AES128,
                                          .priv_password = "secret-password",
                                          .context = "printers"};
    char text[PLATEN_ERROR_TEXT];
    assert_int_equal(make(&good, text), PLATEN_OK);
    snmpeng_credential_spec spec = good;
    spec.user = "";
    expect_refused(&spec, "user");
    spec.user = "a-user-name-of-thirty-three-chars";
    expect_refused(&spec, "user");
    spec = good;
    spec.auth_password = "secret";
    expect_refused(&spec, "auth_password");
    spec = good;
    spec.priv_password = NULL;
    expect_refused(&spec, "priv_password");
    spec = good;
    spec.auth = SNMPENG_AUTH_NONE;
    expect_refused(&spec, "priv");
    spec = good;
    spec.auth = (snmpeng_auth)99;
    expect_refused(&spec, "auth");
    spec = good;
    spec.priv = (snmpeng_priv)99;
    expect_refused(&spec, "priv");
    char context[300];
    memset(context, 'c', sizeof context);
    context[sizeof context - 1] = '\0';
    spec = good;
    spec.context = context;
    expect_refused(&spec, "context");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_credential__community),
        cmocka_unit_test(test_credential__refuses_sha224),
        cmocka_unit_test(test_credential__refuses_by_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
