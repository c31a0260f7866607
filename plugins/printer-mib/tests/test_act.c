/*
 * Actions: what is written, how often, and what becomes of lost answers, refusals and devices that
 * do not come back. TSK-07, MON-47..49.
 */
#include "kit.h"

#include <time.h>

#define NAME "1.3.6.1.2.1.1.5.0"
#define LOCATION "1.3.6.1.2.1.1.6.0"
#define CONTACT "1.3.6.1.2.1.1.4.0"
#define UPTIME "1.3.6.1.2.1.1.3.0"
#define RESET "1.3.6.1.2.1.43.5.1.1.3.1"

static const char device[] = "1.3.6.1.2.1.1.3.0|67|36000000\n" /* 100 hours */
                             "1.3.6.1.2.1.1.4.0|4|helpdesk\n"
                             "1.3.6.1.2.1.1.5.0|4|lp07\n"
                             "1.3.6.1.2.1.1.6.0|4|room 1\n"
                             "1.3.6.1.2.1.43.5.1.1.3.1|2|3\n";

/* How the device of the test takes what is sent to it. */
typedef struct manners {
    int answers[8]; /* to the SETs in turn; 0 behind the end */
    unsigned sets;
    unsigned resets; /* that it did */
    unsigned silent; /* waits that it is silent for after a reset */
    unsigned left;   /* of them */
    bool no_restart; /* takes the reset and does nothing */
    int64_t uptime;  /* hundredths of a second, 0: as in the recording */
    bool never_back;
    bool mute_after; /* after the first SET it is not read any more */
} manners;

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void restart(testkit *kit, manners *m)
{
    m->resets++;
    if (!m->no_restart) {
        m->left = m->silent;
        testkit_silent(kit, m->silent > 0 || m->never_back);
        m->uptime = 100;
    }
}

static int on_set(testkit *kit, const platen_snmp_value *values, uint32_t count, void *user)
{
    manners *m = user;
    int answer = m->sets < 8 ? m->answers[m->sets] : 0;
    m->sets++;
    bool done = answer == 0 || answer == TESTKIT_SET_UNHEARD;
    testkit_silent(kit, m->mute_after);
    if (done && strcmp(values[0].oid, RESET) == 0) {
        assert_int_equal(count, 1);
        restart(kit, m);
    }
    return answer;
}

static void on_wait(testkit *kit, uint32_t ms, void *user)
{
    manners *m = user;
    char line[64];
    m->uptime = (m->uptime != 0 ? m->uptime : 36000000) + ms / 10;
    (void)snprintf(line, sizeof(line), "%s|67|%lld", UPTIME, (long long)m->uptime);
    kit_set(kit, line);
    if (m->left > 0 && !m->never_back) {
        m->left--;
        testkit_silent(kit, m->left > 0);
    }
}

static testkit *open_kit(manners *m)
{
    platen_error err = PLATEN_ERROR_INIT;
    testkit *kit = kit_open();
    assert_int_equal(testkit_device_text(kit, device, &err), PLATEN_OK);
    testkit_hooks(kit, on_set, on_wait, m);
    return kit;
}

static const testkit_report *act(testkit *kit, const char *action, const char *settings,
                                 uint32_t flags, int64_t first)
{
    platen_act order = PLATEN_ACT_INIT;
    order.action = action;
    order.settings = settings;
    order.flags = flags;
    order.first = first;
    testkit_act(kit, &order);
    const testkit_report *report = testkit_run(kit, PLATEN_WORK_ACT);
    assert_int_equal(report->finished, 1);
    return report;
}

static const testkit_report *edit(testkit *kit, const char *settings, uint32_t flags)
{
    return act(kit, "device.edit", settings, flags, 0);
}

static const testkit_report *restart_now(testkit *kit, uint32_t flags, int64_t first)
{
    return act(kit, "device.restart", "{\"action\":\"restart\"}", flags, first);
}

static void expect_change(const testkit_report *report, const char *path, const char *from,
                          const char *to)
{
    const testkit_change *one = testkit_change_of(report, path);
    assert_non_null(one);
    assert_string_equal(one->from, from);
    assert_string_equal(one->to, to);
}

/* ---- device.edit ---- */

static void test_edit__writes_what_differs_and_reads_back(void **state)
{
    (void)state;
    manners m = {0};
    testkit *kit = open_kit(&m);
    const testkit_report *report =
        edit(kit, "{\"name\":\"lp08\",\"location\":\"room 1\",\"contact\":\"Zo\xc3\xab\"}", 0);
    assert_int_equal(report->code, PLATEN_OK);
    assert_int_equal(report->change_count, 2);
    expect_change(report, "name", "lp07", "lp08");
    expect_change(report, "contact", "helpdesk", "Zo\xc3\xab");
    assert_int_equal(report->sets, 1);
    assert_int_equal(report->reads, 2);
    assert_null(strstr(report->log, "location"));
    report = edit(kit, "{\"name\":\"lp08\",\"contact\":\"Zo\xc3\xab\"}", 0);
    assert_int_equal(report->code, PLATEN_OK);
    assert_int_equal(report->change_count, 0); /* done before: nothing is sent */
    assert_int_equal(report->sets, 0);
    report = edit(kit, "{}", 0);
    assert_int_equal(report->sets, 0);
    kit_close(kit);
}

static void test_edit__preview_sends_nothing(void **state)
{
    (void)state;
    manners m = {0};
    testkit *kit = open_kit(&m);
    const testkit_report *report =
        edit(kit, "{\"name\":\"lp08\",\"location\":\"room 1\"}", PLATEN_ACT_PREVIEW);
    assert_int_equal(report->code, PLATEN_OK);
    assert_int_equal(report->change_count, 1);
    expect_change(report, "name", "lp07", "lp08");
    assert_int_equal(report->sets, 0);
    kit_close(kit); /* which also looks for a SET in a preview */
}

static void test_edit__lost_answers_are_looked_after(void **state)
{
    (void)state;
    manners unheard = {.answers = {TESTKIT_SET_UNHEARD}};
    testkit *kit = open_kit(&unheard);
    const testkit_report *report = edit(kit, "{\"name\":\"lp08\"}", 0);
    assert_int_equal(report->code, PLATEN_OK);
    assert_int_equal(report->sets, 1); /* it was done: not sent again */
    expect_change(report, "name", "lp07", "lp08");
    kit_close(kit);

    manners lost = {.answers = {TESTKIT_SET_LOST}};
    kit = open_kit(&lost);
    report = edit(kit, "{\"name\":\"lp08\"}", 0);
    assert_int_equal(report->code, PLATEN_OK);
    assert_int_equal(report->sets, 2); /* surely not done: sent again */
    assert_int_equal(report->change_count, 1);
    kit_close(kit);

    manners mute = {.answers = {TESTKIT_SET_LOST, TESTKIT_SET_LOST, TESTKIT_SET_LOST}};
    kit = open_kit(&mute);
    report = edit(kit, "{\"name\":\"lp08\"}", 0);
    kit_expect_failure(report, PLATEN_E_TIMEOUT, "answers what is read, but no SET");
    assert_int_equal(report->sets, 2);
    assert_int_equal(report->change_count, 0);
    kit_close(kit);

    manners gone = {.answers = {TESTKIT_SET_LOST}, .mute_after = true};
    kit = open_kit(&gone);
    report = edit(kit, "{\"name\":\"lp08\"}", 0);
    kit_expect_failure(report, PLATEN_E_TIMEOUT, "may be done or not");
    assert_int_equal(report->sets, 1);
    kit_close(kit);

    manners unread = {.mute_after = true};
    kit = open_kit(&unread);
    report = edit(kit, "{\"name\":\"lp08\"}", 0);
    assert_int_equal(report->code, PLATEN_OK);
    assert_string_equal(report->warned, "not-confirmed");
    kit_close(kit);
}

/* ERR-50, ERR-57 */
static void test_edit__refusals_end_in_words(void **state)
{
    (void)state;
    static const struct {
        int status;
        platen_code code;
    } cases[] = {{1, PLATEN_E_TOO_LARGE},    {2, PLATEN_E_AUTH},       {5, PLATEN_E_DEVICE},
                 {6, PLATEN_E_AUTH},         {7, PLATEN_E_INVAL},      {10, PLATEN_E_INVAL},
                 {17, PLATEN_E_UNSUPPORTED}, {4, PLATEN_E_UNSUPPORTED}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        manners m = {.answers = {cases[i].status, cases[i].status}};
        testkit *kit = open_kit(&m);
        const testkit_report *report = edit(kit, "{\"name\":\"lp08\"}", 0);
        kit_expect_failure(report, cases[i].code, "keeps its values");
        assert_int_equal(report->sets, 1);
        assert_int_equal(report->change_count, 0);
        kit_close(kit);
    }
}

static void test_edit__a_device_that_lies(void **state)
{
    (void)state;
    manners m = {.answers = {TESTKIT_SET_IGNORED}};
    testkit *kit = open_kit(&m);
    const testkit_report *report = edit(kit, "{\"location\":\"room 9\"}", 0);
    kit_expect_failure(report, PLATEN_E_DEVICE, "but it has 'room 1'");
    assert_int_equal(report->sets, 1);
    kit_close(kit);
}

static void test_edit__settings_that_cannot_be(void **state)
{
    (void)state;
    char text[400];
    manners m = {0};
    testkit *kit = open_kit(&m);
    (void)snprintf(text, sizeof(text), "{\"name\":\"%0260d\"}", 7);
    kit_expect_failure(edit(kit, text, 0), PLATEN_E_INVAL, "name is longer than the 255");
    kit_expect_failure(edit(kit, "[1", 0), PLATEN_E_INVAL, "no JSON object");
    kit_expect_failure(act(kit, "device.melt", "{}", 0, 0), PLATEN_E_UNSUPPORTED, "device.melt");
    assert_int_equal(m.sets, 0);
    kit_close(kit);
}

/* ---- device.restart ---- */

static void test_restart__sends_one_reset_and_waits_for_a_young_uptime(void **state)
{
    (void)state;
    manners m = {.silent = 15};
    testkit *kit = open_kit(&m);
    const testkit_report *report = restart_now(kit, 0, 0);
    assert_int_equal(report->code, PLATEN_OK);
    assert_int_equal(m.resets, 1);
    assert_int_equal(report->sets, 1);
    assert_true(report->waits >= 15);
    expect_change(report, "restart", "", "powerCycleReset");
    assert_non_null(strstr(report->log, "answers again"));
    kit_close(kit);
}

static void test_restart__another_reset_where_the_first_is_not_known(void **state)
{
    (void)state;
    static const int refusals[] = {10, 3, 12};
    for (size_t i = 0; i < 3; i++) {
        manners m = {.answers = {refusals[i]}, .silent = 3};
        testkit *kit = open_kit(&m);
        const testkit_report *report = restart_now(kit, 0, 0);
        assert_int_equal(report->code, PLATEN_OK);
        assert_int_equal(report->sets, 2);
        assert_int_equal(m.resets, 1);
        expect_change(report, "restart", "", "resetToNVRAM");
        kit_close(kit);
    }
}

/* MON-48 */
static void test_restart__what_a_device_cannot_is_skipped(void **state)
{
    (void)state;
    manners m = {.answers = {10, 10}};
    testkit *kit = open_kit(&m);
    const testkit_report *report = restart_now(kit, 0, 0);
    assert_string_equal(report->skipped, "unsupported");
    kit_close(kit);

    manners fixed = {.answers = {17}};
    kit = open_kit(&fixed);
    report = restart_now(kit, 0, 0);
    assert_string_equal(report->skipped, "unsupported");
    assert_non_null(strstr(report->reason, "power switch"));
    assert_int_equal(report->sets, 1);
    kit_set(kit, RESET "|2|");
    report = restart_now(kit, 0, 0);
    assert_string_equal(report->skipped, "unsupported");
    assert_int_equal(report->sets, 0);
    report = act(kit, "device.restart", "{\"action\":\"shutdown\"}", 0, 0);
    assert_string_equal(report->skipped, "unsupported");
    assert_int_equal(report->reads, 0);
    kit_close(kit);
}

static void test_restart__preview_sends_nothing(void **state)
{
    (void)state;
    manners m = {0};
    testkit *kit = open_kit(&m);
    const testkit_report *report = restart_now(kit, PLATEN_ACT_PREVIEW, 0);
    assert_int_equal(report->code, PLATEN_OK);
    assert_int_equal(report->change_count, 1);
    assert_int_equal(m.sets, 0);
    kit_close(kit);
}

static void test_restart__lost_answers_never_restart_twice(void **state)
{
    (void)state;
    manners unheard = {.answers = {TESTKIT_SET_UNHEARD}, .silent = 5};
    testkit *kit = open_kit(&unheard);
    const testkit_report *report = restart_now(kit, 0, 0);
    assert_int_equal(report->code, PLATEN_OK);
    assert_int_equal(unheard.resets, 1);
    assert_int_equal(report->sets, 1);
    kit_close(kit);

    manners lost = {.answers = {TESTKIT_SET_LOST}, .silent = 5};
    kit = open_kit(&lost);
    report = restart_now(kit, 0, 0);
    assert_int_equal(report->code, PLATEN_OK);
    assert_int_equal(lost.resets, 1);
    assert_int_equal(report->sets, 2);
    kit_close(kit);

    manners mute = {.answers = {-1, -1, -1, -1}};
    kit = open_kit(&mute);
    report = restart_now(kit, 0, 0);
    kit_expect_failure(report, PLATEN_E_TIMEOUT, "answers what is read, but no SET");
    assert_int_equal(mute.resets, 0);
    assert_int_equal(report->sets, 2);
    kit_close(kit);
}

static void test_restart__not_confirmed_is_a_warning(void **state)
{
    (void)state;
    manners gone = {.never_back = true};
    testkit *kit = open_kit(&gone);
    const testkit_report *report = restart_now(kit, 0, 0);
    assert_int_equal(report->code, PLATEN_OK);
    assert_string_equal(report->warned, "not-confirmed");
    assert_true(report->waited >= 600000 && report->waited < 620000);
    assert_int_equal(gone.resets, 1);
    testkit_silent(kit, false);
    kit_close(kit);

    manners idle = {.no_restart = true};
    kit = open_kit(&idle);
    report = restart_now(kit, 0, 0);
    assert_string_equal(report->warned, "not-confirmed");
    assert_int_equal(idle.sets, 1);
    kit_close(kit);
}

/* TSK: given out again after a crash, it is looked at first. */
static void test_restart__verify_looks_before_it_sends(void **state)
{
    (void)state;
    manners done = {0};
    testkit *kit = open_kit(&done);
    kit_set(kit, UPTIME "|67|3000"); /* started 30 s ago, given out a minute ago */
    const testkit_report *report = restart_now(kit, PLATEN_ACT_VERIFY, now_ms() - 60000);
    assert_int_equal(report->code, PLATEN_OK);
    assert_int_equal(done.sets, 0);
    expect_change(report, "restart", "", "powerCycleReset");
    kit_close(kit);

    manners open = {.silent = 2};
    kit = open_kit(&open);
    report = restart_now(kit, PLATEN_ACT_VERIFY, now_ms() - 60000);
    assert_int_equal(report->code, PLATEN_OK);
    assert_int_equal(open.resets, 1); /* up for days: it was never sent */
    assert_true(report->waits >= 3);  /* but it might just have been about to */
    kit_close(kit);

    manners under_way = {.silent = 4, .left = 4};
    kit = open_kit(&under_way);
    under_way.uptime = 100;
    testkit_silent(kit, true);
    report = restart_now(kit, PLATEN_ACT_VERIFY, now_ms() - 60000);
    assert_int_equal(report->code, PLATEN_OK);
    assert_int_equal(under_way.sets, 0); /* it was restarting when it was asked */
    kit_close(kit);
}

/* ERR-15, ERR-53, ERR-54 */
static void test_act__a_silent_device_is_not_written_to(void **state)
{
    (void)state;
    manners m = {0};
    testkit *kit = open_kit(&m);
    testkit_silent(kit, true);
    assert_int_equal(restart_now(kit, 0, 0)->code, PLATEN_E_TIMEOUT);
    assert_int_equal(edit(kit, "{\"name\":\"x\"}", 0)->code, PLATEN_E_TIMEOUT);
    assert_int_equal(m.sets, 0);
    testkit_silent(kit, false);
    kit_close(kit);
}

/* Every call of the host fails in turn: the work ends once, with the reason, and leaks nothing. */
static void test_act__each_failing_call(void **state)
{
    (void)state;
    static const testkit_fault faults[] = {TESTKIT_FAULT_PLAN, TESTKIT_FAULT_READ,
                                           TESTKIT_FAULT_BREAK, TESTKIT_FAULT_SET,
                                           TESTKIT_FAULT_LATER};
    static const char *const actions[] = {"device.edit", "device.restart"};
    for (size_t i = 0; i < 5 * 2; i++) {
        for (unsigned nth = 1; nth < 5; nth++) {
            manners m = {.silent = 2};
            testkit *kit = open_kit(&m);
            testkit_fail(kit, faults[i / 2], nth, PLATEN_E_CANCELLED);
            const testkit_report *report =
                act(kit, actions[i % 2], "{\"name\":\"lp08\",\"action\":\"restart\"}", 0, 0);
            assert_true(report->code == PLATEN_OK || report->code == PLATEN_E_CANCELLED);
            testkit_silent(kit, false);
            kit_close(kit);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edit__writes_what_differs_and_reads_back),
        cmocka_unit_test(test_edit__preview_sends_nothing),
        cmocka_unit_test(test_edit__lost_answers_are_looked_after),
        cmocka_unit_test(test_edit__refusals_end_in_words),
        cmocka_unit_test(test_edit__a_device_that_lies),
        cmocka_unit_test(test_edit__settings_that_cannot_be),
        cmocka_unit_test(test_restart__sends_one_reset_and_waits_for_a_young_uptime),
        cmocka_unit_test(test_restart__another_reset_where_the_first_is_not_known),
        cmocka_unit_test(test_restart__what_a_device_cannot_is_skipped),
        cmocka_unit_test(test_restart__preview_sends_nothing),
        cmocka_unit_test(test_restart__lost_answers_never_restart_twice),
        cmocka_unit_test(test_restart__not_confirmed_is_a_warning),
        cmocka_unit_test(test_restart__verify_looks_before_it_sends),
        cmocka_unit_test(test_act__a_silent_device_is_not_written_to),
        cmocka_unit_test(test_act__each_failing_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
