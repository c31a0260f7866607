/* Power states as results tell them, with a driver and a port prober of the test's own: what the
 * net around the test does with foreign addresses must not matter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/agent/prober.h"
#include "core/base/json.h"
#include "plug_double.h"
#include "stage.h"

/* ---- the prober's place ---- */

static atomic_int host_answer; /* prober_answer of every port */
static atomic_uint questions;
static atomic_uint asked_9100;

struct prober {
    int unused;
};

platen_code prober_new(const prober_options *options, prober **out, platen_error *err)
{
    (void)options;
    (void)err;
    *out = calloc(1, sizeof(**out));
    return *out != NULL ? PLATEN_OK : PLATEN_E_NOMEM;
}

platen_code prober_start(prober *p, platen_error *err)
{
    (void)p;
    (void)err;
    return PLATEN_OK;
}

void prober_stop(prober *p)
{
    (void)p;
}

void prober_free(prober *p)
{
    free(p);
}

void prober_set_pace(prober *p, unsigned per_second)
{
    (void)p;
    (void)per_second;
}

void prober_ask(prober *p, prober_question *question)
{
    (void)p;
    atomic_fetch_add(&questions, 1);
    for (size_t i = 0; i < PROBER_PORTS && question->ports[i] != 0; i++) {
        question->answers[i] = (prober_answer)atomic_load(&host_answer);
        atomic_fetch_add(&asked_9100, question->ports[i] == 9100 ? 1 : 0);
    }
    question->done(question);
}

/* ---- the driver ---- */

static atomic_int driver_code;

static void run(platen_work *work, void *user)
{
    (void)user;
    desk_drivers.text(work, PLATEN_FIELD_MODEL, "M", SIZE_MAX);
    desk_drivers.finish(work, (platen_code)atomic_load(&driver_code), NULL);
}

static const char *power_after(stage *s, platen_code code, prober_answer host)
{
    static int job;
    char name[16];
    atomic_store(&driver_code, (int)code);
    atomic_store(&host_answer, (int)host);
    (void)snprintf(name, sizeof(name), "%d", ++job);
    stage_job(s, "{\"id\":\"%s\",\"run\":\"1\",\"kind\":\"device.monitor\",\"targets\":[[5,1]]}",
              name);
    (void)stage_wait_done(s, name, 20);
    const cJSON *result = stage_target(s, name, 5);
    return result != NULL ? json_get_text(result, "power", "") : "same";
}

static void open_scene(stage *s)
{
    platen_driver d = PLATEN_DRIVER_INIT;
    d.id = "switchable";
    d.run = run;
    d.works = PLATEN_WORK_BIT(PLATEN_WORK_PROBE) | PLATEN_WORK_BIT(PLATEN_WORK_STATUS);
    d.transport = PLATEN_TRANSPORT_TCP;
    d.port = 631;
    plug_double_drivers[0] = (plug_driver){d, "1.0", false};
    plug_double_count = 1;
    stage_open(s, NULL, "", 16);
    stage_config(s, "\"ranges\":[],\"credentials\":[]");
    stage_set_devices(s, "[{\"id\":\"5\",\"revision\":1,\"address\":\"127.0.0.1\","
                         "\"drivers\":[\"switchable\"],\"credential\":null,\"protocol\":\"\"}]");
}

/* DEV-87 to DEV-89 */
static void test_power__results_tell_off_from_no_response(void **state)
{
    (void)state;
    stage s = {0};
    open_scene(&s);
    assert_string_equal(power_after(&s, PLATEN_E_TIMEOUT, PROBER_SILENT), "unknown");
    assert_string_equal(power_after(&s, PLATEN_E_TIMEOUT, PROBER_UNREACHABLE), "unknown");
    assert_string_equal(power_after(&s, PLATEN_E_TIMEOUT, PROBER_SILENT), "unknown");
    assert_string_equal(power_after(&s, PLATEN_OK, PROBER_SILENT), "on");
    assert_string_equal(power_after(&s, PLATEN_OK, PROBER_SILENT), "same");
    assert_string_equal(power_after(&s, PLATEN_E_TIMEOUT, PROBER_UNREACHABLE), "unknown");
    assert_string_equal(power_after(&s, PLATEN_E_TIMEOUT, PROBER_SILENT), "off");
    assert_string_equal(power_after(&s, PLATEN_E_TIMEOUT, PROBER_REFUSED), "no-response");
    assert_string_equal(power_after(&s, PLATEN_E_UNREACHABLE, PROBER_OPEN), "no-response");
    unsigned before = atomic_load(&questions);
    assert_string_equal(power_after(&s, PLATEN_E_PROTOCOL, PROBER_SILENT), "no-response");
    assert_string_equal(power_after(&s, PLATEN_E_DEVICE, PROBER_SILENT), "no-response");
    assert_int_equal(atomic_load(&questions), before); /* they are alive: no need to ask */
    assert_int_equal(atomic_load(&asked_9100), 0);     /* a connection there may print */
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_power__results_tell_off_from_no_response),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
