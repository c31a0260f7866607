/* Files of settings: the container, JSON, CSV; what is damaged, hostile or of somebody else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "../container.h"
#include "../import.h"
#include "plugins/lexmark/bundle.h"
#include "plugins/ricoh/file.h"

#define PASSWORD "correct horse 7"

static const container_cost cheap = {8u << 10, 1, 1};
static const char json[] =
    "{\"format\":1,\"kind\":\"backup\",\"name\":\"b\",\"made\":\"2026-01-02T03:04:05Z\","
    "\"source\":{\"device\":{\"name\":\"p\",\"serial\":\"S1\"},\"model\":\"M\",\"type\":\"IV\","
    "\"platform\":\"3.10\",\"level\":2},"
    "\"items\":[{\"path\":\"pjl/"
    "COPIES\",\"kind\":\"integer\",\"value\":2,\"category\":\"printing\"}]}";

static void write_file(uint8_t **file, size_t *length)
{
    platen_error err = PLATEN_ERROR_INIT;
    assert_int_equal(container_write(&cheap, PASSWORD, json, strlen(json), file, length, &err),
                     PLATEN_OK);
}

static platen_code import_bytes(const void *file, size_t length, const char *password,
                                platen_error *err)
{
    document d;
    platen_code rc = import_file(file, length, password, &d, err);
    document_fini(&d);
    return rc;
}

// SET-61, SET-64
static void a_container_is_read_with_its_password(void **state)
{
    uint8_t *file = NULL;
    size_t length = 0;
    document d;
    platen_error err = PLATEN_ERROR_INIT;
    (void)state;
    write_file(&file, &length);
    assert_true(container_is(file, length));
    assert_null(memmem(file, length, "COPIES", 6));
    assert_int_equal(import_file(file, length, PASSWORD, &d, &err), PLATEN_OK);
    assert_string_equal(d.kind, "backup");
    assert_string_equal(d.serial, "S1");
    assert_string_equal(d.type, "IV");
    assert_int_equal(d.level, 2);
    assert_int_equal(d.items.count, 1);
    document_fini(&d);
    free(file);
}

static void the_wrong_password_is_told_from_damage(void **state)
{
    uint8_t *file = NULL;
    size_t length = 0;
    platen_error err = PLATEN_ERROR_INIT;
    (void)state;
    write_file(&file, &length);
    assert_int_equal(import_bytes(file, length, "correct horse 8", &err), PLATEN_E_FORBIDDEN);
    assert_int_equal(import_bytes(file, length, "", &err), PLATEN_E_FORBIDDEN);
    for (size_t cut = 8; cut < length; cut += 7) {
        assert_int_equal(import_bytes(file, cut, PASSWORD, &err), PLATEN_E_CORRUPT);
    }
    for (size_t at = 24; at < length; at++) { /* behind the version and the cost */
        file[at] ^= 0x20;
        platen_code rc = import_bytes(file, length, PASSWORD, &err);
        bool size = at >= 68 && at < 72; /* of the inside: may be more than any file has */
        assert_true(rc == PLATEN_E_CORRUPT || (size && rc == PLATEN_E_TOO_LARGE));
        file[at] ^= 0x20;
    }
    free(file);
}

/* With a checksum that fits: what only the tag can see. */
static void an_edited_file_with_a_new_checksum_is_seen(void **state)
{
    uint8_t *file = NULL;
    size_t length = 0;
    platen_error err = PLATEN_ERROR_INIT;
    (void)state;
    write_file(&file, &length);
    file[90] ^= 1;
    (void)EVP_Digest(file, length - 32, file + length - 32, NULL, EVP_sha256(), NULL);
    assert_int_equal(import_bytes(file, length, PASSWORD, &err), PLATEN_E_CORRUPT);
    free(file);
}

static void demands(uint32_t at, uint32_t value, platen_code code)
{
    uint8_t *file = NULL;
    size_t length = 0;
    platen_error err = PLATEN_ERROR_INIT;
    write_file(&file, &length);
    for (uint32_t i = 0; i < 4; i++) {
        file[at + i] = (uint8_t)(value >> (24 - 8 * i));
    }
    (void)EVP_Digest(file, length - 32, file + length - 32, NULL, EVP_sha256(), NULL);
    assert_int_equal(import_bytes(file, length, PASSWORD, &err), code);
    free(file);
}

static void hostile_headers_cost_nothing(void **state)
{
    (void)state;
    demands(8, 2, PLATEN_E_VERSION);
    demands(12, 0xffffffff, PLATEN_E_TOO_LARGE); /* memory */
    demands(12, 129u << 10, PLATEN_E_TOO_LARGE);
    demands(12, 0, PLATEN_E_TOO_LARGE);
    demands(16, 0xffffffff, PLATEN_E_TOO_LARGE); /* passes */
    demands(16, 0, PLATEN_E_TOO_LARGE);
    demands(20, 0xffffff, PLATEN_E_TOO_LARGE); /* lanes */
    demands(20, 0, PLATEN_E_TOO_LARGE);
    demands(68, 0xffffffff, PLATEN_E_TOO_LARGE); /* bytes inside */
    demands(68, 32u << 20, PLATEN_E_CORRUPT);    /* the tag holds for the header too */
    demands(72, 1, PLATEN_E_CORRUPT);
    demands(76, 1, PLATEN_E_CORRUPT);
}

static void what_is_inside_is_checked(void **state)
{
    static const char *const wrong[] = {"", "[", "{\"format\":1}", "{\"format\":1,\"items\":[{}]}",
                                        "{\"items\":[]}"};
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        uint8_t *file = NULL;
        size_t length = 0;
        platen_error err = PLATEN_ERROR_INIT;
        assert_int_equal(
            container_write(&cheap, PASSWORD, wrong[i], strlen(wrong[i]), &file, &length, &err),
            PLATEN_OK);
        assert_int_not_equal(import_bytes(file, length, PASSWORD, &err), PLATEN_OK);
        assert_true(err.text[0] != '\0');
        free(file);
    }
}

static void refused(const char *file, platen_code code, const char *word)
{
    platen_error err = PLATEN_ERROR_INIT;
    assert_int_equal(import_bytes(file, strlen(file), "", &err), code);
    if (strstr(err.text, word) == NULL) {
        fail_msg("'%s' does not say '%s'", err.text, word);
    }
}

// SET-72, SET-124
static void json_that_is_wrong_is_refused_with_the_place(void **state)
{
    (void)state;
    refused("{\n\"format\":1,\n\"items\":[}", PLATEN_E_MALFORMED, "line 3");
    refused("{\"format\":1,\"items\":[]} x", PLATEN_E_MALFORMED, "more behind");
    refused("{\"format\":2,\"items\":[]}", PLATEN_E_VERSION, "format 2");
    refused("{\"format\":1,\"kind\":\"firmware\",\"items\":[]}", PLATEN_E_INVAL, "firmware");
    refused("{\"format\":1,\"source\":{\"type\":\"V\"},\"items\":[]}", PLATEN_E_INVAL, "'V'");
    refused("{\"format\":1,\"source\":{\"level\":-1},\"items\":[]}", PLATEN_E_INVAL, "level");
    refused("{\"format\":1,\"items\":[[[[[[[[[[[[]]]]]]]]]]]]}", PLATEN_E_MALFORMED, "no JSON");
    refused("{\"format\":1,\"name\":7,\"items\":[]}", PLATEN_E_INVAL, "name");
}

static void json_comes_back_as_it_was_written(void **state)
{
    document a;
    document b;
    platen_error err = PLATEN_ERROR_INIT;
    (void)state;
    assert_int_equal(document_parse(json, strlen(json), &a, &err), PLATEN_OK);
    char *text = document_text(&a);
    assert_int_equal(document_parse(text, strlen(text), &b, &err), PLATEN_OK);
    char *again = document_text(&b);
    assert_string_equal(text, again);
    assert_string_equal(b.platform, "3.10");
    cJSON_free(text);
    cJSON_free(again);
    document_fini(&a);
    document_fini(&b);
    static const char list[] = "\xef\xbb\xbf [{\"path\":\"a/b\",\"value\":\"\\\"[[[[[[[[[[[[\"}]";
    assert_int_equal(import_file((const uint8_t *)list, sizeof(list) - 1, "", &a, &err), PLATEN_OK);
    assert_int_equal(a.items.count, 1);
    document_fini(&a);
}

static void csv(const char *text, item_list *out)
{
    platen_error err = PLATEN_ERROR_INIT;
    if (import_csv(text, strlen(text), out, &err) != PLATEN_OK) {
        fail_msg("%s", err.text);
    }
}

static const char *text_of(const item_list *list, const char *path)
{
    const item *i = items_find(list, path);
    assert_non_null(i);
    return i->value->valuestring;
}

static void csv_is_read_as_spreadsheets_write_it(void **state)
{
    item_list list;
    (void)state;
    csv("\xef\xbb\xbfpath,value\r\npjl/COPIES,2\r\npjl/DUPLEX,ON\r\npjl/ECO,true\r\n"
        "pjl/X,\"a,\"\"b\"\"\r\nc\"\r\n\r\npjl/Y,007\r\npjl/Z,",
        &list);
    assert_int_equal(list.count, 6);
    assert_int_equal(items_find(&list, "pjl/COPIES")->kind, ITEM_INTEGER);
    assert_int_equal(items_find(&list, "pjl/ECO")->kind, ITEM_BOOLEAN);
    assert_string_equal(text_of(&list, "pjl/DUPLEX"), "ON");
    assert_string_equal(text_of(&list, "pjl/X"), "a,\"b\"\r\nc");
    assert_string_equal(text_of(&list, "pjl/Y"), "007");
    assert_string_equal(text_of(&list, "pjl/Z"), "");
    items_fini(&list);
    csv("Value;Path;Case;Kind;Category\nON;pjl/DUPLEX;B;enum;printing\n", &list);
    assert_int_equal(list.at[0].kind, ITEM_ENUM);
    assert_int_equal(list.at[0].scope, 'B');
    assert_string_equal(list.at[0].category, "printing");
    items_fini(&list);
    csv("a/b,1,text\na/c,1.5\n", &list);
    assert_string_equal(text_of(&list, "a/b"), "1");
    assert_int_equal(list.at[1].kind, ITEM_NUMBER);
    items_fini(&list);
}

static void formulas_are_texts(void **state)
{
    item_list list;
    (void)state;
    csv("a/b,=1+1\na/c,\"\t=HYPERLINK(\"\"x\"\")\"\na/d,'@x\na/e,-5\na/f,'quoted'\n", &list);
    assert_string_equal(text_of(&list, "a/b"), "=1+1");
    assert_string_equal(text_of(&list, "a/c"), "=HYPERLINK(\"x\")");
    assert_string_equal(text_of(&list, "a/d"), "@x");
    assert_int_equal(items_find(&list, "a/e")->kind, ITEM_INTEGER);
    assert_string_equal(text_of(&list, "a/f"), "'quoted'");
    char *out = export_csv(&list);
    assert_non_null(strstr(out, "a/b,\"\t=1+1\",text,basic,C\r\n"));
    assert_non_null(strstr(out, "a/e,-5,integer"));
    item_list again;
    csv(out, &again);
    for (uint32_t i = 0; i < list.count; i++) {
        assert_true(item_same(list.at[i].value, again.at[i].value));
    }
    free(out);
    items_fini(&again);
    items_fini(&list);
}

static void csv_that_is_wrong_is_refused_with_the_line(void **state)
{
    (void)state;
    refused("path,value\na/b,1\na/c\n", PLATEN_E_MALFORMED, "line 3: 1 cells");
    refused("a/b,1,text,basic,C,x\n", PLATEN_E_MALFORMED, "line 1");
    refused("a/b,\"1\n", PLATEN_E_MALFORMED, "line 1: quotes");
    refused("a/b,\"1\"2\n", PLATEN_E_MALFORMED, "line 1: something");
    refused("a/b,\"x\ny\"\nnopath,1\n", PLATEN_E_INVAL, "line 3: a setting without a path");
    refused("a/b,ON,integer\n", PLATEN_E_INVAL, "line 1: a/b");
    refused("a/b,1\na/b,2\n", PLATEN_E_INVAL, "twice");
    refused("path,value\n", PLATEN_E_INVAL, "no settings");
    refused("", PLATEN_E_INVAL, "no settings");
    refused("\xff\xfe,\xf0", PLATEN_E_INVAL, "line 1");
}

// SET-69, SET-72
static void other_files_are_refused_with_what_is_read(void **state)
{
    static const char *const files[] = {"\xff\xfe\x01",    "a letter\n",
                                        "\x1f\x8b\x08",    "%PDF-1.7\n",
                                        "key \"value\"\n", "<?xml version=\"1.0\"?>"};
    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        refused(files[i], PLATEN_E_MALFORMED,
                "none that is read: files of Platen (.psv), JSON, CSV, PJL");
    }
}

static void pjl_commands_are_settings(void **state)
{
    static const char file[] = "\x1b%-12345X@PJL\r\n@PJL COMMENT the office\r\n"
                               "@PJL JOB NAME=\"x\"\r\n"
                               "@PJL DEFAULT COPIES=2\r\n"
                               "@PJL  DEFAULT\tLPARM:PCL PITCH = 10.50 \r\n"
                               "\r\n"
                               "@PJL DEFAULT LPARM : POSTSCRIPT PRTPSERRS=ON\n"
                               "@PJL default intray1size=A4\n"
                               "@PJL DEFAULT RDYMSG=\"say 12 = no\"\n"
                               "@PJL EOJ\n\x1b%-12345X\x1b%-12345X";
    document d;
    platen_error err = PLATEN_ERROR_INIT;
    (void)state;
    if (import_file((const uint8_t *)file, sizeof(file) - 1, "", &d, &err) != PLATEN_OK) {
        fail_msg("%s", err.text);
    }
    assert_string_equal(d.kind, ""); /* new data */
    assert_int_equal(d.items.count, 5);
    assert_int_equal(items_find(&d.items, "pjl/COPIES")->kind, ITEM_INTEGER);
    assert_true(items_find(&d.items, "pjl/PCL/PITCH")->value->valuedouble > 10.4);
    assert_string_equal(text_of(&d.items, "pjl/POSTSCRIPT/PRTPSERRS"), "ON");
    assert_string_equal(text_of(&d.items, "pjl/INTRAY1SIZE"), "A4");
    assert_string_equal(items_find(&d.items, "pjl/INTRAY1SIZE")->category, "paper");
    assert_string_equal(items_find(&d.items, "pjl/COPIES")->category, "printing");
    assert_string_equal(text_of(&d.items, "pjl/RDYMSG"), "say 12 = no");
    document_fini(&d);
}

static void pjl_that_is_more_than_settings_is_refused_with_the_line(void **state)
{
    char line[6000] = "@PJL DEFAULT X=";
    (void)state;
    refused("@PJL DEFAULT COPIES=2\n@PJL SET COPIES=3\n", PLATEN_E_INVAL, "line 2: 'SET'");
    refused("@PJL FSDELETE NAME=\"0:\\x\"\n", PLATEN_E_INVAL, "line 1: 'FSDELETE'");
    refused("@PJL ENTER LANGUAGE=PCL\n", PLATEN_E_INVAL, "line 1: 'ENTER'");
    refused("@PJL DEFAULT COPIES\n", PLATEN_E_MALFORMED, "line 1: DEFAULT without NAME=VALUE");
    refused("@PJL DEFAULT COPIES=\n", PLATEN_E_MALFORMED, "line 1: COPIES has no value");
    refused("@PJL DEFAULT IPARM:PCL PITCH=1\n", PLATEN_E_MALFORMED, "line 1: 'IPARM");
    refused("@PJL DEFAULT LPARM:PCL=1\n", PLATEN_E_MALFORMED, "is no variable");
    refused("@PJL DEFAULT A/B=1\n", PLATEN_E_MALFORMED, "'A/B' is no variable");
    refused("@PJL DEFAULT COPIES=1\nhello\n", PLATEN_E_MALFORMED, "line 2 does not begin");
    refused("@PJLX\n", PLATEN_E_MALFORMED, "line 1 does not begin");
    refused("@PJL COMMENT nothing\n", PLATEN_E_INVAL, "no DEFAULT line");
    refused("@PJL DEFAULT A=1\n@PJL DEFAULT a=2\n", PLATEN_E_INVAL, "twice");
    refused("@PJL DEFAULT A=\xff\n", PLATEN_E_INVAL, "line 1");
    memset(line + strlen(line), 'x', sizeof(line) - 1 - strlen(line));
    line[sizeof(line) - 1] = '\0';
    refused(line, PLATEN_E_TOO_LARGE, "line 1: more than");
}

/* Reads a bundle of those settings. */
static platen_code read_bundle(const bundle_setting *settings, size_t count, document *out,
                               platen_error *err)
{
    void *zip = NULL;
    size_t length = 0;
    char why[BUNDLE_WHY];
    assert_true(bundle_write(settings, count, &zip, &length, why));
    platen_code rc = import_file(zip, length, "", out, err);
    free(zip);
    return rc;
}

// SET-32, SET-69
static void a_bundle_is_what_its_device_exported(void **state)
{
    static char name[4][40] = {"mfp.fax.mode", "network.hostName", "print.defaultTray",
                               "box.pin.1"};
    static char value[4][20] = {"on", "prt-7", "Tray <1>", "1234"};
    bundle_setting settings[4];
    document d;
    platen_error err = PLATEN_ERROR_INIT;
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        settings[i] = (bundle_setting){.name = name[i], .value = value[i]};
    }
    assert_int_equal(read_bundle(settings, 4, &d, &err), PLATEN_OK);
    assert_string_equal(d.kind, "device");
    assert_string_equal(d.type, "I");
    assert_int_equal(d.items.count, 3);
    assert_null(items_find(&d.items, "vcc/box.pin.1")); /* no secrets */
    assert_string_equal(text_of(&d.items, "vcc/print.defaultTray"), "Tray <1>");
    assert_string_equal(items_find(&d.items, "vcc/print.defaultTray")->category, "paper");
    assert_int_equal(items_find(&d.items, "vcc/mfp.fax.mode")->scope, 'B');
    assert_true(items_find(&d.items, "vcc/mfp.fax.mode")->output);
    assert_int_equal(items_find(&d.items, "vcc/network.hostName")->scope, 'A');
    assert_false(items_find(&d.items, "vcc/network.hostName")->output); /* of which device? */
    document_fini(&d);
    assert_int_equal(import_bytes("PK\x03\x04nonsense", 12, "", &err), PLATEN_E_MALFORMED);
    assert_non_null(
        strstr(err.text, "of zip files the settings bundle of Lexmark devices is read"));
}

// SET-33, SET-69, SET-72
static void a_device_setting_file_goes_as_it_is(void **state)
{
    static const char file[] = "\"Name\",\"Value\"\r\n\"Copier/Copies\",\"9\",\"x\"\r\n"
                               "\"Login Password\",\"hunter2\"\r\n\"\xff\",\"1\"\r\n";
    document d;
    platen_error err = PLATEN_ERROR_INIT;
    char why[FILE_WHY];
    size_t length = 0;
    (void)state;
    assert_int_equal(import_ricoh(file, sizeof(file) - 1, "IM C3000", &d, &err), PLATEN_OK);
    assert_string_equal(d.kind, "device");
    assert_string_equal(d.type, "");
    assert_string_equal(d.model, "IM C3000");
    assert_int_equal(d.items.count, 6);
    const item *piece = items_find(&d.items, "ricoh/secret-file/001");
    assert_int_equal(piece->scope, 'B');
    assert_true(piece->output && piece->writable && item_secret(piece->path));
    char *again = file_unpack(piece->value->valuestring, text_of(&d.items, "ricoh/file-sha256"),
                              &length, why);
    assert_non_null(again);
    assert_int_equal(length, sizeof(file) - 1);
    assert_memory_equal(again, file, length);
    free(again);
    assert_string_equal(text_of(&d.items, "ricoh/row/00002/Copier-Copies"), "9, x");
    assert_false(items_find(&d.items, "ricoh/row/00002/Copier-Copies")->output);
    assert_string_equal(text_of(&d.items, "ricoh/row/00003/Login Password"), "***");
    assert_string_equal(text_of(&d.items, "ricoh/row/00004"), "1");
    document_fini(&d);
    assert_int_equal(import_ricoh("words", 5, "", &d, &err), PLATEN_E_MALFORMED);
    assert_non_null(strstr(err.text, "no device setting information of a Ricoh: no row has"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_container_is_read_with_its_password),
        cmocka_unit_test(the_wrong_password_is_told_from_damage),
        cmocka_unit_test(an_edited_file_with_a_new_checksum_is_seen),
        cmocka_unit_test(hostile_headers_cost_nothing),
        cmocka_unit_test(what_is_inside_is_checked),
        cmocka_unit_test(json_that_is_wrong_is_refused_with_the_place),
        cmocka_unit_test(json_comes_back_as_it_was_written),
        cmocka_unit_test(csv_is_read_as_spreadsheets_write_it),
        cmocka_unit_test(formulas_are_texts),
        cmocka_unit_test(csv_that_is_wrong_is_refused_with_the_line),
        cmocka_unit_test(other_files_are_refused_with_what_is_read),
        cmocka_unit_test(pjl_commands_are_settings),
        cmocka_unit_test(pjl_that_is_more_than_settings_is_refused_with_the_line),
        cmocka_unit_test(a_bundle_is_what_its_device_exported),
        cmocka_unit_test(a_device_setting_file_goes_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
