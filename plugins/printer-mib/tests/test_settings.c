/*
 * Settings by SNMP: what is read, what is written and how, and that every item has its result
 * whatever the device does. SET-37..41, SET-50..60, SET-76..79.
 */
#include "kit.h"

#include "tests/unit/plugin_data.h"

#define P "1.3.6.1.2.1.43."
#define NAME P "5.1.1.16.1"
#define STARTUP P "5.1.1.14.1"
#define TRAY_NAME P "8.2.1.13.1.1"
#define TRAY_MEDIA P "8.2.1.12.1.1"
#define TRAY_WEIGHT P "8.2.1.20.1.1"
#define CHANNEL P "14.1.1.6.1.2"

static const char device[] =
    "1.3.6.1.2.1.1.1.0|4|Acme 100\n"
    "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.99999.1\n"
    "1.3.6.1.2.1.1.3.0|67|36000000\n"
    "1.3.6.1.2.1.25.3.2.1.2.1|6|1.3.6.1.2.1.25.3.1.5\n" P "5.1.1.2.1|2|1\n" P "5.1.1.3.1|2|3\n" P
    "5.1.1.6.1|2|2\n" P "5.1.1.13.1|2|3\n" STARTUP "|2|4\n" P "5.1.1.15.1|2|5\n" NAME "|4|lp07\n" P
    "5.1.1.17.1|4|SN1\n" P "8.2.1.4.1.1|2|297000\n" TRAY_MEDIA "|4|iso-a4-white\n" TRAY_NAME
    "|4x|5363686163687420fc6c\n" /* Latin-1: "Schacht ül" */
    P "8.2.1.19.1.1|2|4\n" TRAY_WEIGHT "|2|80\n" P "8.2.1.24.1.1|2|-1\n" P
    "9.2.1.19.1.1|2|9\n" /* no number of the enumeration */
    P "14.1.1.5.1.2|2|1\n" CHANNEL "|2|3\n" P "15.1.1.10.1.1|2|2004\n";

/* How the device takes what is sent to it. */
typedef struct manners {
    const char *object; /* only SETs of it are taken so; NULL all */
    int answers[4];     /* to those SETs in turn; 0 behind the end */
    unsigned sets;      /* all of them */
    unsigned met;       /* of the object */
    unsigned most;      /* values in one SET */
    bool silent_after;
    unsigned waits_silent; /* waits until it answers again */
    const char *silently;  /* a line that replaces what was written */
} manners;

static int on_set(testkit *kit, const platen_snmp_value *values, uint32_t count, void *user)
{
    manners *m = user;
    int answer = 0;
    m->sets++;
    m->most = count > m->most ? count : m->most;
    if (m->object == NULL || strcmp(values[0].oid, m->object) == 0) {
        answer = m->met < 4 ? m->answers[m->met] : 0;
        m->met++;
    }
    testkit_silent(kit, m->silent_after);
    return answer;
}

static void on_wait(testkit *kit, uint32_t ms, void *user)
{
    manners *m = user;
    (void)ms;
    if (m->waits_silent > 0) {
        m->waits_silent--;
        testkit_silent(kit, m->waits_silent > 0);
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
                                 uint32_t flags)
{
    platen_act order = PLATEN_ACT_INIT;
    order.action = action;
    order.settings = settings;
    order.flags = flags;
    testkit_act(kit, &order);
    const testkit_report *report = testkit_run(kit, PLATEN_WORK_ACT);
    assert_int_equal(report->finished, 1);
    return report;
}

static double number_of(const cJSON *object, const char *key)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(value) ? value->valuedouble : -99;
}

/* Writes one setting; checks the word of its result. */
static const testkit_report *write_one(testkit *kit, const char *path, const char *value,
                                       const char *result)
{
    char settings[600];
    (void)snprintf(settings, sizeof(settings),
                   "{\"items\":[{\"path\":\"%s\",\"value\":%s},{\"path\":\"pjl/COPIES\","
                   "\"value\":2}],\"write\":true}",
                   path, value);
    const testkit_report *report = act(kit, "settings.write", settings, 0);
    cJSON *data = data_of(report->data);
    const cJSON *items = cJSON_GetObjectItemCaseSensitive(data, "items");
    assert_int_equal(cJSON_GetArraySize(items), 1); /* what is of others stays theirs */
    kit_same(path, text_of(cJSON_GetArrayItem(items, 0), "result"), result);
    cJSON_Delete(data);
    return report;
}

/* ---- settings.check and settings.read ---- */

// SET-50, SET-53, SET-55
static void test_check__tells_whether_there_are_settings(void **state)
{
    (void)state;
    manners m = {0};
    testkit *kit = open_kit(&m);
    const testkit_report *report = act(kit, "settings.check", "{}", 0);
    assert_int_equal(report->code, PLATEN_OK);
    cJSON *data = data_of(report->data);
    assert_true(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(data, "supported")));
    assert_true(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(data, "read")));
    kit_same("write", text_of(data, "write"), "unknown");
    kit_same("type", text_of(data, "type"), "IV");
    cJSON_Delete(data);
    assert_int_equal(m.sets, 0);

    /* A device without them: the check is a success, the support is not there. */
    platen_error err = PLATEN_ERROR_INIT;
    assert_int_equal(testkit_device_text(kit, "1.3.6.1.2.1.1.1.0|4|Acme 100\n", &err), PLATEN_OK);
    report = act(kit, "settings.check", "{}", 0);
    assert_int_equal(report->code, PLATEN_OK);
    data = data_of(report->data);
    assert_true(cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(data, "supported")));
    cJSON_Delete(data);

    /* No contact is an error, and says nothing of the support. */
    testkit_silent(kit, true);
    report = act(kit, "settings.check", "{}", 0);
    assert_int_equal(report->code, PLATEN_E_TIMEOUT);
    assert_null(report->data);
    testkit_silent(kit, false);
    kit_close(kit);
}

// SET-04, SET-59, SET-87
static void test_read__every_kind_of_value(void **state)
{
    (void)state;
    manners m = {0};
    testkit *kit = open_kit(&m);
    const testkit_report *report = act(kit, "settings.read", "{}", 0);
    assert_int_equal(report->code, PLATEN_OK);
    cJSON *data = data_of(report->data);
    assert_int_equal(number_of(data, "format"), 1);
    const cJSON *item = item_of(data, "mib/prtGeneralPrinterName/1");
    kit_same("name", text_of(item, "value"), "lp07");
    kit_same("category", text_of(item, "category"), "basic");
    kit_same("case", text_of(item, "case"), "A");
    kit_same("kind", text_of(item, "kind"), "text");
    item = item_of(data, "mib/prtAuxiliarySheetStartupPage/1");
    kit_same("startup", text_of(item, "value"), "off");
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(item, "values")), 2);
    item = item_of(data, "mib/prtAuxiliarySheetBannerPage/1");
    kit_same("a word that is no choice", text_of(item, "value"), "notPresent");
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(item, "values")), 3);
    item = item_of(data, "mib/prtInputMediaLoadTimeout/1.1");
    assert_int_equal(number_of(item, "value"), -1);
    assert_int_equal(number_of(item, "min"), -2);
    kit_same("Latin-1", text_of(item_of(data, "mib/prtInputName/1.1"), "value"), "Schacht ül");
    kit_same("unknown number", text_of(item_of(data, "mib/prtOutputStackingOrder/1.1"), "value"),
             "9");
    kit_same("channel", text_of(item_of(data, "mib/prtChannelState/1.2"), "value"),
             "printDataAccepted");
    assert_null(item_of(data, "mib/prtGeneralReset/1"));
    assert_null(item_of(data, "mib/prtGeneralSerialNumber/1"));
    cJSON_Delete(data);
    /* Where the printer is known already: two walks, a packet each. */
    testkit_memo_set(kit, "v1 p=generic r=1");
    report = act(kit, "settings.read", "{}", 0);
    assert_int_equal(report->requests, 2);
    kit_close(kit);
}

// SET-09, SET-10, SET-60
static void test_read__only_the_categories_asked_for(void **state)
{
    (void)state;
    manners m = {0};
    testkit *kit = open_kit(&m);
    const testkit_report *report =
        act(kit, "settings.read", "{\"categories\":[\"panel\",\"network\"]}", 0);
    cJSON *data = data_of(report->data);
    const cJSON *items = cJSON_GetObjectItemCaseSensitive(data, "items");
    assert_int_equal(cJSON_GetArraySize(items), 3);
    assert_non_null(item_of(data, "mib/prtConsoleDisable/1"));
    cJSON_Delete(data);
    report = act(kit, "settings.read", "{\"categories\":[\"box\"]}", 0);
    kit_same("nothing of it", report->skipped, "unsupported");
    assert_null(report->data);
    kit_close(kit);
}

static void test_read__a_broken_read_is_no_backup(void **state)
{
    (void)state;
    manners m = {0};
    testkit *kit = open_kit(&m);
    testkit_memo_set(kit, "");
    testkit_fail(kit, TESTKIT_FAULT_BREAK, 2, PLATEN_E_TIMEOUT);
    const testkit_report *report = act(kit, "settings.read", "{}", 0);
    assert_int_equal(report->code, PLATEN_E_TIMEOUT);
    assert_null(report->data);
    testkit_fail(kit, TESTKIT_FAULT_DATA, 1, PLATEN_E_UNAVAILABLE);
    report = act(kit, "settings.read", "{}", 0);
    assert_int_equal(report->code, PLATEN_E_UNAVAILABLE);
    kit_close(kit);
}

/* ---- settings.write ---- */

static const char several[] = "{\"items\":["
                              "{\"path\":\"mib/prtGeneralPrinterName/1\",\"value\":\"lp08\"},"
                              "{\"path\":\"mib/prtInputMediaWeight/1.1\",\"value\":90.0},"
                              "{\"path\":\"mib/prtAuxiliarySheetStartupPage/1\",\"value\":\"on\"},"
                              "{\"path\":\"mib/prtChannelState/1.2\",\"value\":\"noDataAccepted\"},"
                              "{\"path\":\"mib/prtInputMediaName/1.1\",\"value\":\"iso-a4-white\"},"
                              "{\"path\":\"mib/prtInputName/1.9\",\"value\":\"x\"},"
                              "{\"path\":\"mib/noSuchThing/1\",\"value\":\"x\"}],\"write\":%s}";

// SET-76, SET-79
static void test_write__only_what_differs_an_object_a_set(void **state)
{
    (void)state;
    char settings[1024];
    manners m = {0};
    testkit *kit = open_kit(&m);
    (void)snprintf(settings, sizeof(settings), several, "true");
    const testkit_report *report = act(kit, "settings.write", settings, 0);
    assert_int_equal(report->code, PLATEN_OK);
    kit_same("warning", report->warned, "not-supported");
    assert_int_equal(m.sets, 4);
    assert_int_equal(m.most, 1);
    assert_int_equal(report->change_count, 4);
    cJSON *data = data_of(report->data);
    static const char *const expected[][2] = {{"mib/prtGeneralPrinterName/1", "written"},
                                              {"mib/prtInputMediaWeight/1.1", "written"},
                                              {"mib/prtChannelState/1.2", "written"},
                                              {"mib/prtInputMediaName/1.1", "same"},
                                              {"mib/prtInputName/1.9", "not-supported"},
                                              {"mib/noSuchThing/1", "not-supported"},
                                              {"mib/prtAuxiliarySheetStartupPage/1", "written"}};
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        kit_same(expected[i][0], text_of(item_of(data, expected[i][0]), "result"), expected[i][1]);
    }
    kit_same("before", text_of(item_of(data, expected[0][0]), "before"), "lp07");
    kit_same("after", text_of(item_of(data, expected[0][0]), "after"), "lp08");
    kit_same("restart", text_of(data, "restart"), "none");
    cJSON_Delete(data);

    /* Again, as after a crash of the agent: all is there. */
    report = act(kit, "settings.write", settings, PLATEN_ACT_VERIFY);
    assert_int_equal(report->code, PLATEN_OK);
    assert_int_equal(m.sets, 4);
    kit_close(kit);
}

// SET-76
static void test_write__without_write_and_in_a_preview(void **state)
{
    (void)state;
    char settings[1024];
    manners m = {0};
    testkit *kit = open_kit(&m);
    (void)snprintf(settings, sizeof(settings), several, "false");
    const testkit_report *report = act(kit, "settings.write", settings, 0);
    assert_int_equal(report->code, PLATEN_OK);
    kit_same("warning", report->warned, "different");
    kit_same("how many", report->reason, "4 settings differ");
    assert_int_equal(report->change_count, 0);
    cJSON *data = data_of(report->data);
    kit_same("result", text_of(item_of(data, "mib/prtGeneralPrinterName/1"), "result"),
             "different");
    cJSON_Delete(data);
    (void)snprintf(settings, sizeof(settings), several, "true");
    report = act(kit, "settings.write", settings, PLATEN_ACT_PREVIEW);
    assert_int_equal(report->code, PLATEN_OK);
    assert_int_equal(report->change_count, 4);
    assert_int_equal(m.sets, 0);
    kit_close(kit);
}

static void test_write__nothing_of_this_driver_is_skipped(void **state)
{
    (void)state;
    manners m = {0};
    testkit *kit = open_kit(&m);
    const testkit_report *report =
        act(kit, "settings.write", "{\"items\":[{\"path\":\"pjl/COPIES\",\"value\":1}]}", 0);
    kit_same("skipped", report->skipped, "unsupported");
    assert_null(report->data);
    assert_int_equal(report->reads, 0);
    kit_expect_failure(act(kit, "settings.write", "{\"items\":1}", 0), PLATEN_E_INVAL, "no list");
    kit_expect_failure(act(kit, "settings.write", "[", 0), PLATEN_E_INVAL, "no JSON object");
    kit_expect_failure(act(kit, "settings.melt", "{}", 0), PLATEN_E_UNSUPPORTED, "settings.melt");
    kit_close(kit);
}

static void test_write__values_that_cannot_be_are_not_sent(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"mib/prtAuxiliarySheetStartupPage/1", "\"maybe\""},
        {"mib/prtAuxiliarySheetStartupPage/1", "\"notPresent\""},
        {"mib/prtAuxiliarySheetStartupPage/1", "true"},
        {"mib/prtInputDefaultIndex/1", "0"},
        {"mib/prtInputDefaultIndex/1", "70000"},
        {"mib/prtInputDefaultIndex/1", "1.5"},
        {"mib/prtInputDefaultIndex/1", "1e300"},
        {"mib/prtInputDefaultIndex/1", "\"1\""},
        {"mib/prtInputMediaLoadTimeout/1.1", "-3"},
        {"mib/prtGeneralPrinterName/1", "5"},
        {"mib/prtGeneralPrinterName/1", "null"},
        {"mib/prtInputMediaName/1.1",
         "\"0123456789012345678901234567890123456789012345678901234567890123\""},
        /* The device writes Latin-1. */
        {"mib/prtInputMediaName/1.1", "\"中文\""},
    };
    manners m = {0};
    testkit *kit = open_kit(&m);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        kit_expect_failure(write_one(kit, cases[i][0], cases[i][1], "not-allowed"), PLATEN_E_DEVICE,
                           "1 of 1 settings");
    }
    static const char *const nowhere[] = {"mib/prtInputName/1",
                                          "mib/prtInputName/01.1",
                                          "mib/prtInputName/1.1.1",
                                          "mib/prtInputName/1.+1",
                                          "mib/prtInputName/",
                                          "mib/prtInputName",
                                          "mib/prtInputName/1.1 ",
                                          "mib/",
                                          "mib/prtInputName/1.4294967297"};
    for (size_t i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++) {
        (void)write_one(kit, nowhere[i], "\"x\"", "not-supported");
    }
    assert_int_equal(m.sets, 0);
    kit_close(kit);
}

static void test_write__the_device_keeps_its_character_set(void **state)
{
    (void)state;
    manners m = {0};
    testkit *kit = open_kit(&m);
    (void)write_one(kit, "mib/prtInputMediaName/1.1", "\"Karton äÿ\"", "written");
    const testkit_report *report = act(kit, "settings.read", "{}", 0);
    cJSON *data = data_of(report->data);
    kit_same("read again", text_of(item_of(data, "mib/prtInputMediaName/1.1"), "value"),
             "Karton äÿ");
    cJSON_Delete(data);
    kit_set(kit, TRAY_NAME "|4|Tray");
    kit_set(kit, TRAY_MEDIA "|4|white");
    (void)write_one(kit, "mib/prtInputMediaName/1.1", "\"中文\"", "written");
    kit_close(kit);
}

// SET-39, SET-79
static void test_write__each_refusal_has_its_word_and_spoils_no_other(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *result;
    } cases[] = {{17, "read-only"},  {4, "read-only"},  {11, "read-only"}, {6, "refused"},
                 {16, "refused"},    {2, "refused"},    {5, "refused"},    {10, "not-allowed"},
                 {3, "not-allowed"}, {7, "not-allowed"}};
    char settings[1024];
    (void)snprintf(settings, sizeof(settings), several, "true");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        manners m = {.object = NAME, .answers = {cases[i].status}};
        testkit *kit = open_kit(&m);
        const testkit_report *report = act(kit, "settings.write", settings, 0);
        kit_expect_failure(report, PLATEN_E_DEVICE, "mib/prtGeneralPrinterName/1");
        cJSON *data = data_of(report->data);
        kit_same("the refused", text_of(item_of(data, "mib/prtGeneralPrinterName/1"), "result"),
                 cases[i].result);
        kit_same("another", text_of(item_of(data, "mib/prtInputMediaWeight/1.1"), "result"),
                 "written");
        cJSON_Delete(data);
        assert_int_equal(m.sets, 4);
        kit_close(kit);
    }
}

static void test_write__inconsistent_values_come_last(void **state)
{
    (void)state;
    manners m = {.object = NAME, .answers = {12}};
    testkit *kit = open_kit(&m);
    char settings[1024];
    (void)snprintf(settings, sizeof(settings), several, "true");
    const testkit_report *report = act(kit, "settings.write", settings, 0);
    assert_int_equal(report->code, PLATEN_OK);
    assert_int_equal(m.sets, 5);
    kit_close(kit);

    manners always = {.object = NAME, .answers = {12, 12, 12, 12}};
    kit = open_kit(&always);
    (void)write_one(kit, "mib/prtGeneralPrinterName/1", "\"x\"", "not-allowed");
    assert_int_equal(always.sets, 2);
    kit_close(kit);
}

static void test_write__a_device_that_lies(void **state)
{
    (void)state;
    manners m = {.answers = {TESTKIT_SET_IGNORED}};
    testkit *kit = open_kit(&m);
    kit_expect_failure(write_one(kit, "mib/prtGeneralPrinterName/1", "\"lp09\"", "changed"),
                       PLATEN_E_DEVICE, "changed");
    assert_int_equal(m.sets, 1);
    kit_close(kit);
}

// SET-37, SET-38
static void test_write__lost_answers_are_looked_after(void **state)
{
    (void)state;
    manners unheard = {.object = NAME, .answers = {TESTKIT_SET_UNHEARD}};
    testkit *kit = open_kit(&unheard);
    (void)write_one(kit, "mib/prtGeneralPrinterName/1", "\"lp08\"", "written");
    assert_int_equal(unheard.sets, 1); /* it was done: not sent again */
    kit_close(kit);

    manners lost = {.object = NAME, .answers = {TESTKIT_SET_LOST}};
    kit = open_kit(&lost);
    (void)write_one(kit, "mib/prtGeneralPrinterName/1", "\"lp08\"", "written");
    assert_int_equal(lost.sets, 2);
    kit_close(kit);

    manners mute = {.answers = {-1, -1, -1, -1}};
    kit = open_kit(&mute);
    kit_expect_failure(write_one(kit, "mib/prtGeneralPrinterName/1", "\"lp08\"", "failed"),
                       PLATEN_E_TIMEOUT, "answers what is read, but no SET");
    assert_int_equal(mute.sets, 2);
    kit_close(kit);

    /* It starts anew with the new value, and is read back when it answers again. */
    manners reboot = {.answers = {TESTKIT_SET_UNHEARD}, .silent_after = true, .waits_silent = 4};
    kit = open_kit(&reboot);
    const testkit_report *report =
        write_one(kit, "mib/prtGeneralPrinterName/1", "\"lp08\"", "written");
    assert_int_equal(report->code, PLATEN_OK);
    assert_int_equal(report->waits, 4);
    kit_close(kit);

    manners gone = {.answers = {TESTKIT_SET_LOST}, .silent_after = true};
    kit = open_kit(&gone);
    report = write_one(kit, "mib/prtGeneralPrinterName/1", "\"lp08\"", "failed");
    kit_expect_failure(report, PLATEN_E_TIMEOUT, "may be done or not");
    assert_true(report->waited <= 60000);
    testkit_silent(kit, false);
    kit_close(kit);

    manners unread = {.silent_after = true};
    kit = open_kit(&unread);
    kit_expect_failure(write_one(kit, "mib/prtGeneralPrinterName/1", "\"lp08\"", "not-confirmed"),
                       PLATEN_E_DEVICE, "not-confirmed");
    testkit_silent(kit, false);
    kit_close(kit);

    manners silent = {0};
    kit = open_kit(&silent);
    testkit_silent(kit, true);
    report = write_one(kit, "mib/prtGeneralPrinterName/1", "\"lp08\"", "failed");
    assert_int_equal(report->code, PLATEN_E_TIMEOUT);
    assert_int_equal(silent.sets, 0);
    testkit_silent(kit, false);
    kit_close(kit);
}

/* An agent with two printers: the other one's objects are not touched. */
static void test_write__another_printer_of_the_agent_is_left_alone(void **state)
{
    (void)state;
    manners m = {0};
    testkit *kit = open_kit(&m);
    kit_set(kit, "1.3.6.1.2.1.25.3.2.1.2.2|6|1.3.6.1.2.1.25.3.1.5");
    kit_set(kit, P "5.1.1.16.2|4|lp99");
    kit_set(kit, P "5.1.1.14.2|2|4");
    (void)write_one(kit, "mib/prtGeneralPrinterName/2", "\"x\"", "not-supported");
    assert_int_equal(m.sets, 0);
    cJSON *data = data_of(act(kit, "settings.read", "{}", 0)->data);
    assert_non_null(item_of(data, "mib/prtGeneralPrinterName/1"));
    assert_null(item_of(data, "mib/prtGeneralPrinterName/2"));
    cJSON_Delete(data);
    kit_close(kit);
}

/* Every call of the host fails in turn: the work ends once, every item has a result, nothing leaks.
 */
static void test_act__each_failing_call(void **state)
{
    (void)state;
    static const testkit_fault faults[] = {
        TESTKIT_FAULT_PLAN, TESTKIT_FAULT_READ,  TESTKIT_FAULT_BREAK, TESTKIT_FAULT_SILENCE,
        TESTKIT_FAULT_SET,  TESTKIT_FAULT_LATER, TESTKIT_FAULT_DATA};
    static const char *const actions[] = {"settings.check", "settings.read", "settings.write"};
    char settings[1024];
    (void)snprintf(settings, sizeof(settings), several, "true");
    for (size_t i = 0; i < 7 * 3; i++) {
        for (unsigned nth = 1; nth < 7; nth++) {
            manners m = {.object = NAME, .answers = {TESTKIT_SET_LOST}};
            testkit *kit = open_kit(&m);
            testkit_fail(kit, faults[i / 3], nth, PLATEN_E_CANCELLED);
            const testkit_report *report = act(kit, actions[i % 3], settings, 0);
            assert_true(report->code == PLATEN_OK || report->code == PLATEN_E_CANCELLED);
            if (report->data != NULL && i % 3 == 2) {
                cJSON *data = data_of(report->data);
                assert_int_equal(
                    cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(data, "items")), 7);
                cJSON_Delete(data);
            }
            kit_close(kit);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check__tells_whether_there_are_settings),
        cmocka_unit_test(test_read__every_kind_of_value),
        cmocka_unit_test(test_read__only_the_categories_asked_for),
        cmocka_unit_test(test_read__a_broken_read_is_no_backup),
        cmocka_unit_test(test_write__only_what_differs_an_object_a_set),
        cmocka_unit_test(test_write__without_write_and_in_a_preview),
        cmocka_unit_test(test_write__nothing_of_this_driver_is_skipped),
        cmocka_unit_test(test_write__values_that_cannot_be_are_not_sent),
        cmocka_unit_test(test_write__the_device_keeps_its_character_set),
        cmocka_unit_test(test_write__each_refusal_has_its_word_and_spoils_no_other),
        cmocka_unit_test(test_write__inconsistent_values_come_last),
        cmocka_unit_test(test_write__a_device_that_lies),
        cmocka_unit_test(test_write__lost_answers_are_looked_after),
        cmocka_unit_test(test_write__another_printer_of_the_agent_is_left_alone),
        cmocka_unit_test(test_act__each_failing_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
