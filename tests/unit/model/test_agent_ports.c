/* Ports of an agent's drivers: what is kept, what replaces it. SYS-133 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/model/agent_ports.h"

static platen_code merge(const char *ports, const char *given, char out[256], platen_error *err)
{
    char *merged = NULL;
    cJSON *tree = cJSON_Parse(given);
    platen_code rc = agent_ports_merge(ports, tree, &merged, err);
    (void)snprintf(out, 256, "%s", merged != NULL ? merged : "");
    cJSON_free(merged);
    cJSON_Delete(tree);
    return rc;
}

static void test_agent_ports__merge(void **state)
{
    char out[256];
    platen_error err = PLATEN_ERROR_INIT;
    (void)state;
    assert_int_equal(merge("{}", "{\"snmp\":162,\"acme\":9101}", out, &err), PLATEN_OK);
    assert_string_equal(out, "{\"acme\":9101}");
    assert_int_equal(merge(out, "{\"acme\":9102,\"other\":80}", out, &err), PLATEN_OK);
    assert_string_equal(out, "{\"acme\":9102,\"other\":80}");
    assert_int_equal(merge(out, "{\"acme\":0}", out, &err), PLATEN_OK);
    assert_string_equal(out, "{\"other\":80}");
    assert_int_equal(merge("no JSON", "{}", out, &err), PLATEN_OK);
    assert_string_equal(out, "{}");
    assert_int_equal(merge("{}", "{\"No Driver\":1}", out, &err), PLATEN_E_INVAL);
    char many[1024] = "{";
    for (int i = 0; i <= AGENT_PORTS_MAX; i++) {
        size_t length = strlen(many);
        (void)snprintf(many + length, sizeof(many) - length, "%s\"d%d\":1", i > 0 ? "," : "", i);
    }
    (void)snprintf(many + strlen(many), 2, "}");
    assert_int_equal(merge("{}", many, out, &err), PLATEN_E_TOO_LARGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_agent_ports__merge)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
