/* The grammar, variables, settings: pure functions on what real devices send. SET-04 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plugins/pjl/setting.h"

/* The octets as they came; freed with the text. */
static char *octets;

static grammar_text read_text(const char *from)
{
    grammar_text text;
    octets = strdup(from);
    assert_true(grammar_read(&text, octets, strlen(octets)));
    return text;
}

static void end_text(grammar_text *text)
{
    grammar_fini(text);
    free(octets);
}

static variables read_list(const char *from)
{
    grammar_text text = read_text(from);
    variables list = {0};
    const grammar_answer *answer = grammar_find(&text, "INFO VARIABLES");
    assert_non_null(answer);
    assert_true(variables_read(&list, &text, answer));
    variables_sort(&list);
    end_text(&text);
    return list;
}

static void test_grammar__finds_answers(void **state)
{
    (void)state;
    grammar_text text =
        read_text("rest of something\x01\xff\r\n@PJL INFO ID\r\n\"Laser 9\"\r\n\f"
                  "@PJL USTATUS DEVICE\r\nCODE=10001\r\n\f"
                  "@pjl  dinquire\tLPARM : PCL  PITCH\n10.00\n\f"
                  "@PJL INFO PAGECOUNT \r\n\r\n 1234 \r\n@PJL ECHO x\r\n\fjunk\r\n");
    assert_int_equal(text.answer_count, 4);
    assert_string_equal(grammar_first(&text, "INFO ID"), "Laser 9");
    assert_string_equal(grammar_first(&text, "DINQUIRE LPARM:PCL PITCH"), "10.00");
    assert_string_equal(grammar_first(&text, "INFO PAGECOUNT"), "1234");
    assert_false(
        grammar_find(&text, "INFO PAGECOUNT")->complete); /* no form feed, a head instead */
    assert_true(grammar_find(&text, "ECHO X")->complete);
    assert_int_equal(grammar_find(&text, "ECHO X")->count, 0); /* what follows belongs to nobody */
    assert_null(grammar_first(&text, "INFO CONFIG"));
    end_text(&text);
}

static void test_grammar__unknown_and_quotes(void **state)
{
    (void)state;
    grammar_text text = read_text("@PJL INQUIRE X\r\n\"?\"\r\n\f@PJL INQUIRE Y\r\n\t?\r\n\f"
                                  "@PJL INQUIRE Z\r\nDISPLAY=\"a @PJL b\"\r\n\f");
    assert_null(grammar_first(&text, "INQUIRE X"));
    assert_null(grammar_first(&text, "INQUIRE Y"));
    assert_int_equal(text.answer_count, 3); /* what stands in quotes is no head */
    end_text(&text);
}

static void test_grammar__numbers(void **state)
{
    (void)state;
    double number = 0;
    unsigned decimals = 0;
    assert_true(grammar_number("10.00", &number, &decimals));
    assert_true(number == 10.0 && decimals == 2);
    assert_true(grammar_number("-3", &number, &decimals));
    assert_true(number == -3.0 && decimals == 0);
    assert_true(grammar_number("0.44", &number, NULL));
    assert_true(number == 0.44);
    static const char *const none[] = {
        "", "-", ".", "1e3", "0x10", " 1", "1 ", "1.2.3", "123456789012345678901", "nan"};
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        assert_false(grammar_number(none[i], &number, NULL));
    }
}

static const char *const typical =
    "@PJL INFO VARIABLES\r\n"
    "COPIES=1 [2 RANGE]\r\n\t1\r\n\t999\r\n"
    "PAPER=LETTER [3 ENUMERATED]\r\n\tLETTER\r\n\tJIS B5\r\n\tA4\r\n"
    "LPARM:PCL FONTSOURCE=I [1 ENUMERATED]\r\n\tI\r\n"
    "LPARM : PCL PITCH=10.00 [2 RANGE]\r\n\t0.44\r\n\t99.99\r\n"
    "LANG=\"ENGLISH\" [2 ENUMERATED READONLY]\r\n\t\"ENGLISH\"\r\n\t\"DEUTSCH\"\r\n"
    "TIMEOUT=15 [2 RANGE]\r\n5\r\n300\r\n" /* not indented */
    "JOBNAME=\"a [b] = c\"\r\n"
    "MARGIN=-2 [2 RANGE]\r\n\t-10\r\n\t10\r\n"
    "IPARM:PARALLEL SPEED=1 [2 RANGE]\r\n\t1\r\n\t2\r\n"
    "PASSWORD=DISABLED [2 ENUMERATED]\r\n\tDISABLED\r\n\tENABLED\r\n\f";

static void test_variables__typical_list(void **state)
{
    (void)state;
    variables list = read_list(typical);
    assert_int_equal(list.count, 9);
    const variable *v = variables_find(&list, "", "COPIES");
    assert_non_null(v);
    assert_int_equal(v->kind, VARIABLE_IS_INTEGER);
    assert_true(v->ranged && v->low == 1 && v->high == 999);
    v = variables_find(&list, "", "paper");
    assert_non_null(v);
    assert_int_equal(v->option_count, 3);
    assert_string_equal(v->options[1], "JIS B5");
    v = variables_find(&list, "PCL", "PITCH");
    assert_non_null(v);
    assert_int_equal(v->kind, VARIABLE_IS_NUMBER);
    assert_int_equal(v->decimals, 2);
    v = variables_find(&list, "", "LANG");
    assert_non_null(v);
    assert_true(v->read_only && v->quoted);
    assert_string_equal(v->value, "ENGLISH");
    assert_string_equal(v->options[1], "DEUTSCH");
    v = variables_find(&list, "", "TIMEOUT");
    assert_non_null(v);
    assert_true(v->ranged && v->low == 5 && v->high == 300);
    v = variables_find(&list, "", "JOBNAME");
    assert_non_null(v);
    assert_string_equal(v->value, "a [b] = c");
    assert_int_equal(v->kind, VARIABLE_IS_TEXT);
    v = variables_find(&list, "", "MARGIN");
    assert_non_null(v);
    assert_true(v->low == -10);
    variables_fini(&list);
}

static void test_variables__damaged_lists(void **state)
{
    (void)state;
    variables list = read_list("@PJL INFO VARIABLES\r\n"
                               "PAPER=A4 [40 ENUMERATED]\r\n\tA4\r\n\tA5\r\n"
                               "COPIES=1 [2 RANGE]\r\n\t1\r\n"
                               "ODD NAME=1\r\n=2\r\nNOTHING\r\nX=\r\n"
                               "PAPER=A5 [1 ENUMERATED]\r\n\tA5\r\n"
                               "DUPLEX=\"?\" [2 ENUMERATED]\r\n\tOFF\r\n\tON");
    const variable *v = variables_find(&list, "", "PAPER");
    assert_non_null(v);
    assert_int_equal(list.count, 4); /* of two PAPER one */
    v = variables_find(&list, "", "COPIES");
    assert_non_null(v);
    assert_false(v->ranged);
    assert_int_equal(v->kind, VARIABLE_IS_TEXT);
    assert_true(variable_allows(v, "5")); /* nobody knows, so the device decides */
    v = variables_find(&list, "", "DUPLEX");
    assert_non_null(v);
    assert_null(v->value);
    assert_true(list.dropped >= 3);
    variables_fini(&list);
}

static void test_variables__five_thousand_values(void **state)
{
    (void)state;
    size_t room = 200000;
    char *text = malloc(room);
    size_t at =
        (size_t)snprintf(text, room, "@PJL INFO VARIABLES\r\nFONT=F0 [6000 ENUMERATED]\r\n");
    for (int i = 0; i < 6000; i++) {
        at += (size_t)snprintf(text + at, room - at, "\tF%d\r\n", i);
    }
    (void)snprintf(text + at, room - at, "COPIES=1 [2 RANGE]\r\n\t1\r\n\t9\r\n\f");
    variables list = read_list(text);
    const variable *v = variables_find(&list, "", "FONT");
    assert_non_null(v);
    assert_int_equal(v->option_count, VARIABLE_OPTIONS);
    assert_true(v->cut);
    assert_true(variable_allows(v, "F5999")); /* the list is not whole: the device decides */
    assert_non_null(variables_find(&list, "", "COPIES"));
    variables_fini(&list);
    free(text);
}

static void test_variables__octets_that_are_no_text(void **state)
{
    (void)state;
    variables list = read_list("@PJL INFO VARIABLES\r\nNAME1=caf\xe9\r\nNAME2=a\x1b[1mb\r\n\f");
    const variable *v = variables_find(&list, "", "NAME1");
    assert_non_null(v);
    assert_string_equal(v->value, "caf\xc3\xa9");
    assert_true(v->odd);
    v = variables_find(&list, "", "NAME2");
    assert_non_null(v);
    assert_string_equal(v->value, "a?[1mb");
    variables_fini(&list);
}

static void test_variable__compares_by_kind(void **state)
{
    (void)state;
    variables list = read_list(typical);
    const variable *pitch = variables_find(&list, "PCL", "PITCH");
    const variable *paper = variables_find(&list, "", "PAPER");
    const variable *copies = variables_find(&list, "", "COPIES");
    assert_true(variable_is(pitch, "10") && variable_is(pitch, "10.000"));
    assert_false(variable_is(pitch, "10.01"));
    assert_true(variable_allows(pitch, "12.5"));
    assert_false(variable_allows(pitch, "100"));
    assert_true(variable_allows(copies, "999"));
    assert_false(variable_allows(copies, "1000"));
    assert_false(variable_allows(copies, "2.5"));
    assert_false(variable_allows(copies, "many"));
    assert_true(variable_is(paper, "letter")); /* words of PJL have no case */
    assert_true(variable_allows(paper, "letter"));
    assert_false(variable_is(paper, "letters"));
    variables_fini(&list);
}

/* Manners of other makers: two options that differ in case only, READ-ONLY, NAME=VALUE. */
static void test_variable__manners(void **state)
{
    (void)state;
    variables list = read_list("@PJL INFO VARIABLES\r\nMODE=a [2 ENUMERATED]\r\n\ta\r\n\tA\r\n"
                               "LANG=en [1 ENUMERATED, READ-ONLY]\r\n\ten\r\n");
    variable *mode = variables_find(&list, "", "MODE");
    assert_non_null(mode);
    assert_true(variable_is(mode, "a"));
    assert_false(variable_is(mode, "A"));
    assert_false(mode->read_only);
    assert_true(variables_find(&list, "", "LANG")->read_only);
    assert_true(variable_set_answer(mode, "Mode = \"A\""));
    assert_string_equal(mode->value, "A");
    assert_true(variable_set_answer(mode, "mode"));
    assert_string_equal(mode->value, "mode");
    variables_fini(&list);
}

static void test_variable__paths(void **state)
{
    (void)state;
    char language[64];
    char name[64];
    assert_true(variable_of_path("pjl/COPIES", language, name));
    assert_string_equal(name, "COPIES");
    assert_string_equal(language, "");
    assert_true(variable_of_path("pjl/PCL/PITCH", language, name));
    assert_string_equal(language, "PCL");
    static const char *const none[] = {"pjl/",      "pjl",     "mib/x",           "pjl//X",
                                       "pjl/A/B/C", "pjl/A B", "pjl/A\r\n@PJL X", "pjl/\033",
                                       "pjl/A=1"};
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        assert_false(variable_of_path(none[i], language, name));
    }
}

static void test_setting__items(void **state)
{
    (void)state;
    variables list = read_list(typical);
    cJSON *item = setting_item(variables_find(&list, "", "PAPER"));
    char *json = cJSON_PrintUnformatted(item);
    assert_string_equal(json, "{\"value\":\"LETTER\",\"path\":\"pjl/PAPER\",\"category\":"
                              "\"printing\",\"kind\":\"enum\",\"values\":[\"LETTER\",\"JIS B5\","
                              "\"A4\"],\"writable\":true,\"case\":\"C\"}");
    free(json);
    cJSON_Delete(item);
    item = setting_item(variables_find(&list, "PCL", "PITCH"));
    json = cJSON_PrintUnformatted(item);
    assert_string_equal(json, "{\"value\":10,\"path\":\"pjl/PCL/PITCH\",\"category\":\"printing\","
                              "\"kind\":\"number\",\"min\":0.44,\"max\":99.99,\"writable\":true,"
                              "\"case\":\"C\"}");
    free(json);
    cJSON_Delete(item);
    variables_fini(&list);
    assert_string_equal(setting_category("CPLOCK"), "panel");
    assert_string_equal(setting_category("INTRAY1SIZE"), "paper");
    assert_string_equal(setting_category("IPADDRESS"), "network");
    assert_string_equal(setting_case("HOSTNAME"), "A");
    assert_true(setting_is_secret("pjl/PASSWORD") && setting_is_secret("pjl/BOXPIN") &&
                setting_is_secret("pjl/USER-PIN"));
    assert_false(setting_is_secret("pjl/PINHOLE") || setting_is_secret("pjl/STAPLING"));
}

static void test_setting__values_as_they_are_sent(void **state)
{
    (void)state;
    variables list = read_list(typical);
    char text[VARIABLE_TEXT + 1];
    char why[SETTING_WHY];
    char command[600];
    cJSON *value = cJSON_CreateNumber(12.5);
    variable *v = variables_find(&list, "PCL", "PITCH");
    assert_true(setting_text(v, value, text, why));
    setting_command(v, text, command, sizeof(command));
    assert_string_equal(command, "LPARM:PCL PITCH=12.50");
    cJSON_Delete(value);
    value = cJSON_CreateString("DEUTSCH");
    v = variables_find(&list, "", "LANG");
    assert_true(setting_text(v, value, text, why));
    setting_command(v, text, command, sizeof(command));
    assert_string_equal(command, "LANG=\"DEUTSCH\"");
    cJSON_Delete(value);
    value = cJSON_CreateString("a b");
    v = variables_find(&list, "", "JOBNAME");
    assert_true(setting_text(v, value, text, why));
    setting_command(v, text, command, sizeof(command));
    assert_string_equal(command, "JOBNAME=\"a b\"");
    cJSON_Delete(value);
    static const char *const bad[] = {"a\"b", "a\r\n@PJL DEFAULT X=1", "\033%-12345X",
                                      "caf\xc3\xa9"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        value = cJSON_CreateString(bad[i]);
        assert_false(setting_text(v, value, text, why));
        cJSON_Delete(value);
    }
    variables_fini(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grammar__finds_answers),
        cmocka_unit_test(test_grammar__unknown_and_quotes),
        cmocka_unit_test(test_grammar__numbers),
        cmocka_unit_test(test_variables__typical_list),
        cmocka_unit_test(test_variables__damaged_lists),
        cmocka_unit_test(test_variables__five_thousand_values),
        cmocka_unit_test(test_variables__octets_that_are_no_text),
        cmocka_unit_test(test_variable__compares_by_kind),
        cmocka_unit_test(test_variable__manners),
        cmocka_unit_test(test_variable__paths),
        cmocka_unit_test(test_setting__items),
        cmocka_unit_test(test_setting__values_as_they_are_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
