/* The feature on the fake host: data files, keys, dictionaries, associations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <cjson/cJSON.h>
#include <openssl/evp.h>
#include <zip.h>

#include "../container.h"
#include "../import.h"
#include "hostkit.h"

#define ANSWER ((size_t)1 << 20)

static hostkit *kit;
static char answer[ANSWER];
static platen_error err;

static int set_up(void **state)
{
    (void)state;
    err = (platen_error)PLATEN_ERROR_INIT;
    kit = hostkit_open(PLUGIN_FILE, &err);
    return kit != NULL && hostkit_load(kit, &err) == PLATEN_OK &&
                   hostkit_migrate(kit, false, &err) == PLATEN_OK
               ? 0
               : (print_message("%s\n", err.text), 1);
}

static int tear_down(void **state)
{
    (void)state;
    const char *misuse = hostkit_misuse(kit);
    const char *undeclared = hostkit_undeclared(kit);
    if (misuse != NULL || undeclared != NULL) {
        print_message("%s %s\n", misuse != NULL ? misuse : "",
                      undeclared != NULL ? undeclared : "");
    }
    int failed = misuse != NULL || undeclared != NULL ? 1 : 0;
    hostkit_free(kit);
    return failed;
}

static platen_code call(const char *word, const char *arguments)
{
    char id[64];
    err = (platen_error)PLATEN_ERROR_INIT;
    (void)snprintf(id, sizeof(id), "setting-value.%s", word);
    return hostkit_call(kit, id, arguments, answer, sizeof(answer), &err);
}

static void good(const char *word, const char *arguments)
{
    if (call(word, arguments) != PLATEN_OK) {
        fail_msg("%s: %s", word, err.text);
    }
}

static void refused(const char *word, const char *arguments, platen_code code, const char *text)
{
    platen_code rc = call(word, arguments);
    if (rc != code || strstr(err.text, text) == NULL) {
        fail_msg("%s: %d '%s', not %d '%s'", word, (int)rc, err.text, (int)code, text);
    }
}

static const char *sql(const char *text)
{
    static char out[4096];
    assert_int_equal(hostkit_sql(kit, text, out, sizeof(out), &err), PLATEN_OK);
    return out;
}

/* Arguments of an upload. The caller frees them. */
static char *upload_of(const char *name, const char *purpose, const void *bytes, size_t length,
                       const char *password)
{
    char *file = calloc(1, length * 4 / 3 + 8);
    (void)EVP_EncodeBlock((unsigned char *)file, bytes, (int)length);
    cJSON *tree = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(tree, "name", name);
    (void)cJSON_AddStringToObject(tree, "purpose", purpose);
    (void)cJSON_AddStringToObject(tree, "file", file);
    (void)cJSON_AddStringToObject(tree, "file_name", "settings.json");
    (void)cJSON_AddStringToObject(tree, "password", password);
    char *text = cJSON_PrintUnformatted(tree);
    cJSON_Delete(tree);
    free(file);
    return text;
}

static void upload(const char *name, const char *purpose, const char *text)
{
    char *arguments = upload_of(name, purpose, text, strlen(text), "");
    good("data-upload", arguments);
    cJSON_free(arguments);
}

static void upload_refused(const char *purpose, const char *text, const char *why)
{
    char *arguments = upload_of("other", purpose, text, strlen(text), "");
    refused("data-upload", arguments, PLATEN_E_INVAL, why);
    cJSON_free(arguments);
}

#define STANDARD                                                                                   \
    "{\"format\":1,\"kind\":\"monitoring\",\"items\":["                                            \
    "{\"path\":\"pjl/COPIES\",\"kind\":\"integer\",\"value\":2,\"min\":1,\"max\":9,"               \
    "\"category\":\"printing\"},"                                                                  \
    "{\"path\":\"pjl/DUPLEX\",\"kind\":\"enum\",\"value\":\"ON\",\"values\":[\"ON\",\"OFF\"]},"    \
    "{\"path\":\"mib/prtInputName/1.1\",\"kind\":\"text\",\"value\":\"Upper\",\"output\":false}]}"

/* The rows of data-items: "path name shown output" in lines. */
static const char *rows(void)
{
    static char out[8192];
    cJSON *tree = cJSON_Parse(answer);
    const cJSON *row = NULL;
    out[0] = '\0';
    cJSON_ArrayForEach(row, cJSON_GetObjectItem(tree, "items"))
    {
        size_t length = strlen(out);
        (void)snprintf(out + length, sizeof(out) - length, "%s|%s|%s|%s\n",
                       cJSON_GetStringValue(cJSON_GetObjectItem(row, "path")),
                       cJSON_GetStringValue(cJSON_GetObjectItem(row, "name")),
                       cJSON_GetStringValue(cJSON_GetObjectItem(row, "shown")),
                       cJSON_GetStringValue(cJSON_GetObjectItem(row, "output")));
    }
    cJSON_Delete(tree);
    return out;
}

// SET-71, SET-85, SET-86, SET-87, SET-93
static void data_is_uploaded_and_shown_in_the_users_language(void **state)
{
    (void)state;
    upload("Standard", "monitoring", STANDARD);
    assert_string_equal(answer, "{\"id\":\"1\"}");
    good("data-items", "{\"data\":\"1\",\"language\":\"de-CH\"}");
    assert_string_equal(rows(), "mib/prtInputName/1.1|Name des Fachs (1.1)|Upper|no\n"
                                "pjl/COPIES|Kopien|2|yes\n"
                                "pjl/DUPLEX|Beidseitig drucken|Ein|yes\n");
    good("data-items", "{\"data\":\"1\"}");
    assert_non_null(strstr(rows(), "pjl/DUPLEX|Print on both sides|On"));
    assert_string_equal(sql("SELECT file FROM setting_value_data"), "settings.json");
    assert_string_equal(sql("SELECT count(*) FROM setting_value_content "
                            "WHERE instr(bytes, 'COPIES') > 0"),
                        "0"); /* sealed */
    char *again = upload_of("standard", "distribution", STANDARD, strlen(STANDARD), "");
    assert_int_equal(call("data-upload", again), PLATEN_E_EXISTS);
    cJSON_free(again);
}

// SET-72, SET-124
static void wrong_content_is_refused(void **state)
{
    (void)state;
    upload_refused("distribution", "{", "the data is incorrect: line 1");
    upload_refused("distribution", "path,value\na/b\n", "the data is incorrect: line 2");
    upload_refused("distribution", "{\"format\":1,\"items\":[]}", "no settings");
    refused("data-upload", "{\"name\":\"x\",\"purpose\":\"distribution\",\"file\":\"!!!!\"}",
            PLATEN_E_INVAL, "base64");
    refused("data-upload", "{\"name\":\" x\",\"purpose\":\"distribution\",\"file\":\"AAAA\"}",
            PLATEN_E_INVAL, "name");
    refused("data-upload", "{\"name\":\"x\",\"purpose\":\"fun\",\"file\":\"AAAA\"}", PLATEN_E_INVAL,
            "purpose");
    assert_string_equal(sql("SELECT count(*) FROM setting_value_data"), "0");
    assert_string_equal(sql("SELECT count(*) FROM setting_value_content"), "0");
}

// SET-83, SET-84
static void a_standard_has_no_secrets_and_is_no_backup(void **state)
{
    (void)state;
    upload_refused("monitoring",
                   "[{\"path\":\"vcc/auth/AdministratorPassword\",\"value\":\"x\"},"
                   "{\"path\":\"vcc/systemManagerId\",\"value\":\"7\"},"
                   "{\"path\":\"pjl/COPIES\",\"value\":1}]",
                   "2 of the settings, vcc/auth/AdministratorPassword first");
    upload_refused("monitoring", "[{\"path\":\"x/system-manager-pin\",\"value\":\"1\"}]", "pin");
    upload_refused("monitoring",
                   "{\"format\":1,\"kind\":\"backup\",\"items\":["
                   "{\"path\":\"pjl/COPIES\",\"value\":1}]}",
                   "a backup is no standard");
    upload_refused("monitoring",
                   "{\"format\":1,\"kind\":\"device\",\"items\":["
                   "{\"path\":\"vcc/a\",\"value\":\"1\"}]}",
                   "what a device exported is no standard");
    /* To distribute both is fine. */
    upload("d", "distribution", "[{\"path\":\"vcc/systemManagerId\",\"value\":\"7\"}]");
}

// SET-69: PJL commands are new data
static void pjl_commands_are_data(void **state)
{
    (void)state;
    upload("commands", "distribution",
           "@PJL DEFAULT COPIES=2\r\n@PJL DEFAULT LPARM:PCL PITCH=10\r\n");
    good("data-items", "{\"data\":\"1\"}");
    assert_non_null(strstr(answer, "\"path\":\"pjl/PCL/PITCH\""));
    upload_refused("distribution", "@PJL RESET\n", "line 1: 'RESET' is no setting");
    upload_refused("distribution", "dear printer\n", "none that is read");
}

// SET-69, SET-70, SET-73, SET-91: all of a backup counts, of new data what is marked
static void a_container_goes_out_and_in(void **state)
{
    cJSON *tree = NULL;
    document d;
    (void)state;
    upload("S/1", "monitoring", STANDARD);
    good("data-download", "{\"id\":\"1\",\"password\":\"correct horse 7\"}");
    tree = cJSON_Parse(answer);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(tree, "name")), "S_1.psv");
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(tree, "base64"));
    uint8_t *bytes = malloc(strlen(text));
    int length = EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)strlen(text));
    size_t end = strlen(text);
    length -= (text[end - 1] == '=') + (text[end - 2] == '=');
    assert_int_equal(import_file(bytes, (size_t)length, "correct horse 7", &d, &err), PLATEN_OK);
    assert_int_equal(d.items.count, 3);
    assert_string_equal(d.kind, "monitoring");
    document_fini(&d);
    char *wrong = upload_of("w", "distribution", bytes, (size_t)length, "wrong");
    refused("data-upload", wrong, PLATEN_E_INVAL, "password");
    cJSON_free(wrong);
    char *right = upload_of("r", "distribution", bytes, (size_t)length, "correct horse 7");
    good("data-upload", right);
    cJSON_free(right);
    assert_string_equal(sql("SELECT count(*) FROM setting_value_content"), "1"); /* the same */
    assert_string_equal(sql("SELECT uses FROM setting_value_content"), "2");
    free(bytes);
    cJSON_Delete(tree);
    upload("b", "distribution",
           "{\"format\":1,\"kind\":\"backup\",\"items\":["
           "{\"path\":\"pjl/COPIES\",\"value\":1,\"output\":false}]}");
    good("data-items", "{\"data\":\"3\"}");
    assert_non_null(strstr(rows(), "|yes\n"));
    good("data-download", "{\"id\":\"3\",\"form\":\"csv\"}");
    refused("data-download", "{\"id\":\"3\",\"form\":\"csv\",\"password\":\"x\"}", PLATEN_E_INVAL,
            "no password");
    assert_int_equal(call("data-download", "{\"id\":\"77\"}"), PLATEN_E_NOT_FOUND);
}

// SET-74, SET-92
static void deleted_data_leaves_nothing(void **state)
{
    (void)state;
    upload("a", "monitoring", STANDARD);
    upload("b", "distribution", STANDARD);
    good("associate", "{\"data\":\"1\",\"devices\":[\"1\"]}");
    good("data-delete", "{\"ids\":[\"1\",\"77\",\"x\"]}");
    assert_string_equal(sql("SELECT uses FROM setting_value_content"), "1");
    assert_string_equal(sql("SELECT count(*) FROM setting_value_association"), "0");
    good("data-delete", "{\"ids\":[\"2\"]}");
    assert_string_equal(sql("SELECT count(*) FROM setting_value_content"), "0");
}

static void settings_are_changed_on_the_page(void **state)
{
    (void)state;
    upload("a", "monitoring", STANDARD);
    good("item-set", "{\"data\":\"1\",\"path\":\"pjl/COPIES\",\"value\":\"5\",\"output\":false}");
    good("item-set", "{\"data\":\"1\",\"path\":\"pjl/DUPLEX\",\"value\":\"OFF\"}");
    refused("item-set", "{\"data\":\"1\",\"path\":\"pjl/COPIES\",\"value\":\"10\"}", PLATEN_E_INVAL,
            "range");
    refused("item-set", "{\"data\":\"1\",\"path\":\"pjl/COPIES\",\"value\":\"many\"}",
            PLATEN_E_INVAL, "kind");
    refused("item-set", "{\"data\":\"1\",\"path\":\"pjl/NONE\",\"value\":\"10\"}", PLATEN_E_INVAL,
            "no setting");
    good("item-mark", "{\"data\":\"1\",\"ids\":[\"pjl/COPIES\",\"pjl/DUPLEX\"],\"output\":true}");
    assert_string_equal(sql("SELECT categories FROM setting_value_data"), "printing basic");
    good("item-mark", "{\"data\":\"1\",\"ids\":[\"pjl/COPIES\"],\"output\":false}"); // SET-70
    refused("item-mark", "{\"data\":\"1\",\"ids\":[\"pjl/NONE\"],\"output\":true}", PLATEN_E_INVAL,
            "no setting");
    good("item-remove", "{\"data\":\"1\",\"ids\":[\"mib/prtInputName/1.1\"]}");
    good("data-items", "{\"data\":\"1\"}");
    assert_string_equal(rows(), "pjl/COPIES|Copies|5|no\npjl/DUPLEX|Print on both sides|Off|yes\n");
    assert_string_equal(sql("SELECT items FROM setting_value_data"), "2");
    /* Of what counts: the copies, the only one for printing, were taken out. */
    assert_string_equal(sql("SELECT categories FROM setting_value_data"), "basic");
    refused("item-remove", "{\"data\":\"1\",\"ids\":[\"pjl/COPIES\",\"pjl/DUPLEX\"]}",
            PLATEN_E_STATE, "delete it");
    assert_string_equal(sql("SELECT count(*) FROM setting_value_content"), "1");
}

// SET-114, SET-136
static void a_result_without_values_is_kept_and_lists_nothing(void **state)
{
    (void)state;
    upload("a", "monitoring", STANDARD);
    (void)sql("INSERT INTO setting_value_log (device_id, data_id, data_name, run, made, since, "
              "state, count, internal) VALUES (1, 1, 'a', 1, 9, 9, 'different', 1, 0)");
    (void)sql("INSERT INTO setting_value_difference (device_id, data_id, path, category, wanted, "
              "found, internal, since) VALUES (1, 1, 'pjl/COPIES', 'printing', '2', '3', 0, 9)");
    good("log-items", "{\"log\":\"1\"}");
    assert_non_null(strstr(answer, "\"found\":3"));
    good("data-delete", "{\"ids\":[\"1\"]}");
    assert_string_equal(sql("SELECT count FROM setting_value_log"), "1");
    good("log-items", "{\"log\":\"1\"}");
    assert_string_equal(answer, "{\"items\":[],\"internal\":0}");
}

// SET-88 to SET-90
static void a_standard_is_for_devices_and_groups(void **state)
{
    (void)state;
    upload("a", "monitoring", STANDARD);
    good("associate", "{\"data\":\"1\",\"devices\":[\"1\",\"2\"],\"groups\":[\"7\"],"
                      "\"product\":\"Acme 1\"}");
    assert_string_equal(answer, "{\"added\":3}");
    good("associate", "{\"data\":\"1\",\"devices\":[\"2\",\"3\"]}");
    assert_string_equal(answer, "{\"added\":1}");
    assert_string_equal(sql("SELECT product FROM setting_value_association WHERE group_id = 7"),
                        "Acme 1");
    refused("associate", "{\"data\":\"1\",\"devices\":[\"99\"]}", PLATEN_E_INVAL, "no device 99");
    assert_int_equal(call("associate", "{\"data\":\"9\",\"devices\":[\"1\"]}"), PLATEN_E_NOT_FOUND);
    good("dissociate", "{\"ids\":[\"1\",\"2\",\"99\"]}");
    assert_string_equal(sql("SELECT count(*) FROM setting_value_association"), "2");
}

// SET-61
static void keys_have_good_passwords_and_names(void **state)
{
    (void)state;
    refused("key-add", "{\"name\":\"k\",\"password\":\"short\"}", PLATEN_E_INVAL, "guess");
    refused("key-add", "{\"name\":\"k\",\"password\":\"aaaaaaaaaaaa\"}", PLATEN_E_INVAL, "guess");
    refused("key-add", "{\"name\":\"printers-2026\",\"password\":\"printers-2026\"}",
            PLATEN_E_INVAL, "guess");
    good("key-add", "{\"name\":\"k\",\"password\":\"correct horse 7\"}");
    assert_string_equal(answer, "{\"id\":\"1\"}");
    assert_int_equal(call("key-add", "{\"name\":\"k\",\"password\":\"correct horse 7\"}"),
                     PLATEN_E_EXISTS);
    assert_string_equal(sql("INSERT INTO setting_value_content (key_id, digest, uses, bytes) "
                            "VALUES (1, x'00', 1, x'00')"),
                        "");
    refused("key-delete", "{\"ids\":[\"1\"]}", PLATEN_E_STATE, "'k'");
    assert_string_equal(sql("DELETE FROM setting_value_content"), "");
    good("key-delete", "{\"ids\":[\"1\",\"5\"]}");
    assert_string_equal(sql("SELECT count(*) FROM setting_value_key"), "0");
}

#define BACK_UP                                                                                    \
    "{\"pjl\":{\"format\":1,\"type\":\"IV\",\"platform\":\"\",\"level\":0,\"model\":\"Acme 1\","   \
    "\"items\":[{\"path\":\"pjl/COPIES\",\"kind\":\"integer\",\"value\":2,\"category\":"           \
    "\"printing\",\"case\":\"C\",\"writable\":true},"                                              \
    "{\"path\":\"pjl/HOSTNAME\",\"kind\":\"text\",\"value\":\"p1\",\"category\":\"network\","      \
    "\"case\":\"A\",\"writable\":true},"                                                           \
    "{\"path\":\"pjl/MEMORY\",\"kind\":\"integer\",\"value\":64,\"category\":\"printing\","        \
    "\"case\":\"C\",\"writable\":false}]}}"

/* The file of the last answer; the caller frees it. */
static uint8_t *file_of_answer(size_t *length)
{
    cJSON *tree = cJSON_Parse(answer);
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(tree, "base64"));
    size_t end = strlen(text);
    uint8_t *bytes = malloc(end);
    int got = EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)end);
    *length = (size_t)got - (text[end - 1] == '=' ? 1u : 0u) - (text[end - 2] == '=' ? 1u : 0u);
    cJSON_Delete(tree);
    return bytes;
}

// SET-61, SET-64: also that it can be uploaded again, as distribution data and not as a standard
static void a_backup_goes_out_with_the_password_of_its_key(void **state)
{
    size_t length = 0;
    document d;
    (void)state;
    good("key-add", "{\"name\":\"site\",\"password\":\"correct horse 7\"}");
    assert_int_equal(hostkit_result(kit, "setting-value.back-up", "{\"key\":\"1\"}", 1, "success",
                                    BACK_UP, &err),
                     PLATEN_OK);
    refused("key-delete", "{\"ids\":[\"1\"]}", PLATEN_E_STATE, "'site'");
    good("backup-export", "{\"id\":\"1\"}");
    uint8_t *bytes = file_of_answer(&length);
    assert_true(container_is(bytes, length));
    assert_int_equal(import_file(bytes, length, "wrong horse 7", &d, &err), PLATEN_E_FORBIDDEN);
    assert_int_equal(import_file(bytes, length, "correct horse 7", &d, &err), PLATEN_OK);
    assert_string_equal(d.kind, "backup");
    assert_string_equal(d.model, "5000"); /* as the manager knows it */
    assert_int_equal(d.items.count, 3);
    document_fini(&d);
    char *again = upload_of("again", "distribution", bytes, length, "correct horse 7");
    good("data-upload", again);
    cJSON_free(again);
    again = upload_of("standard", "monitoring", bytes, length, "correct horse 7");
    refused("data-upload", again, PLATEN_E_INVAL, "a backup is no standard");
    cJSON_free(again);
    free(bytes);
    refused("backup-export", "{\"id\":\"7\"}", PLATEN_E_INVAL, "no backup 7");
    good("backup-items", "{\"backup\":\"1\",\"language\":\"fr\"}");
    assert_non_null(strstr(answer, "\"Nom d’hôte\""));
}

/* Of a standard count the settings that other devices can have, too (SET-32, SET-84). A path that
 * no dictionary has is shown as it is (SET-135). */
static void a_standard_is_made_of_a_device(void **state)
{
    (void)state;
    refused("data-from-device", "{\"device\":\"1\",\"name\":\"s\",\"purpose\":\"monitoring\"}",
            PLATEN_E_INVAL, "no backup");
    assert_int_equal(
        hostkit_result(kit, "setting-value.back-up", "{}", 1, "success", BACK_UP, &err), PLATEN_OK);
    good("data-from-device", "{\"device\":\"1\",\"name\":\"s\",\"purpose\":\"monitoring\"}");
    good("data-items", "{\"data\":\"1\"}");
    assert_string_equal(rows(), "pjl/COPIES|Copies|2|yes\npjl/HOSTNAME|Host name|p1|no\n"
                                "pjl/MEMORY|pjl/MEMORY|64|no\n");
    good("backup-to-data", "{\"id\":\"1\",\"name\":\"t\",\"purpose\":\"monitoring\"}");
    good("data-items", "{\"data\":\"2\"}");
    assert_non_null(strstr(rows(), "pjl/HOSTNAME|Host name|p1|no"));
    good("backup-to-data", "{\"id\":\"1\",\"name\":\"u\",\"purpose\":\"distribution\"}");
    good("data-items", "{\"data\":\"3\"}");
    assert_non_null(strstr(rows(), "pjl/HOSTNAME|Host name|p1|yes"));
    refused("data-from-device", "{\"device\":\"9x\",\"name\":\"v\",\"purpose\":\"monitoring\"}",
            PLATEN_E_INVAL, "no device");
}

static void upload_dictionary(const void *bytes, size_t length, platen_code code, const char *text)
{
    char *arguments = upload_of("x", "x", bytes, length, "");
    if (code == PLATEN_OK) {
        good("dictionary-upload", arguments);
    } else {
        refused("dictionary-upload", arguments, code, text);
    }
    cJSON_free(arguments);
}

static void dictionary_text(const char *text, platen_code code, const char *why)
{
    upload_dictionary(text, strlen(text), code, why);
}

// SET-94, SET-97 to SET-99
static void uploaded_words_stand_above_the_own_ones(void **state)
{
    (void)state;
    upload("a", "distribution", STANDARD);
    good("data-items", "{\"data\":\"1\"}");
    dictionary_text("{\"format\":1,\"dictionary\":\"mine\",\"words\":{\"pjl/COPIES\":{"
                    "\"name\":\"How many\",\"values\":{\"2\":{\"en\":\"two\",\"de\":\"zwei\"}}}}}",
                    PLATEN_OK, "");
    good("data-items", "{\"data\":\"1\",\"language\":\"en\"}");
    assert_non_null(strstr(rows(), "pjl/COPIES|How many|two"));
    good("data-items", "{\"data\":\"1\",\"language\":\"de\"}");
    assert_non_null(strstr(rows(), "pjl/COPIES|Kopien|zwei"));
    dictionary_text("{\"format\":1,\"dictionary\":\"mine\",\"version\":\"2\",\"words\":{"
                    "\"pjl/COPIES\":{\"name\":\"Number\"}}}",
                    PLATEN_OK, "");
    assert_string_equal(sql("SELECT count(*) FROM setting_value_dictionary"), "1");
    assert_string_equal(sql("SELECT version FROM setting_value_dictionary"), "2");
    good("data-items", "{\"data\":\"1\",\"language\":\"en\"}");
    assert_non_null(strstr(rows(), "pjl/COPIES|Number|2"));
    good("dictionary-reset", "{}");
    good("data-items", "{\"data\":\"1\",\"language\":\"en\"}");
    assert_non_null(strstr(rows(), "pjl/COPIES|Copies|2"));
}

static void wrong_dictionaries_are_refused(void **state)
{
    (void)state;
    dictionary_text("{", PLATEN_E_INVAL, "no JSON");
    dictionary_text("{\"format\":2,\"dictionary\":\"x\",\"words\":{}}", PLATEN_E_INVAL, "format 2");
    dictionary_text("{\"format\":1,\"dictionary\":\"x\"}", PLATEN_E_INVAL, "words");
    dictionary_text("{\"format\":1,\"dictionary\":\"x\",\"words\":{\"a\":{}}}", PLATEN_E_INVAL,
                    "'a' is no path");
    dictionary_text("{\"format\":1,\"dictionary\":\"x\",\"words\":{\"a/b\":{\"name\":{"
                    "\"xx\":\"y\"}}}}",
                    PLATEN_E_INVAL, "'xx' is no language");
    dictionary_text("PK\x03\x04 nothing", PLATEN_E_INVAL, "ZIP");
    assert_string_equal(sql("SELECT count(*) FROM setting_value_dictionary"), "0");
}

/* A ZIP file with `count` dictionaries; the caller frees it. */
static char *make_zip(unsigned count, size_t *length)
{
    char name[32];
    static char texts[100][128];
    zip_error_t why;
    zip_error_init(&why);
    zip_source_t *source = zip_source_buffer_create(NULL, 0, 0, &why);
    zip_t *zip = zip_open_from_source(source, ZIP_TRUNCATE, &why);
    zip_source_keep(source);
    for (unsigned i = 0; i < count; i++) {
        (void)snprintf(name, sizeof(name), "folder/%u.json", i);
        (void)snprintf(
            texts[i], sizeof(texts[i]),
            "{\"format\":1,\"dictionary\":\"d%u\",\"words\":{\"a/b\":{\"name\":\"n%u\"}}}", i, i);
        assert_true(
            zip_file_add(zip, name, zip_source_buffer(zip, texts[i], strlen(texts[i]), 0), 0) >= 0);
    }
    assert_int_equal(zip_close(zip), 0);
    zip_stat_t is;
    assert_int_equal(zip_source_stat(source, &is), 0);
    char *bytes = malloc(is.size);
    assert_int_equal(zip_source_open(source), 0);
    *length = (size_t)zip_source_read(source, bytes, is.size);
    (void)zip_source_close(source);
    zip_source_free(source);
    return bytes;
}

// SET-95, SET-96
static void a_zip_holds_several_dictionaries(void **state)
{
    size_t length = 0;
    (void)state;
    char *bytes = make_zip(3, &length);
    upload_dictionary(bytes, length, PLATEN_OK, "");
    assert_string_equal(sql("SELECT count(*) FROM setting_value_dictionary"), "3");
    free(bytes);
    bytes = make_zip(65, &length);
    upload_dictionary(bytes, length, PLATEN_E_INVAL, "more than 64");
    free(bytes);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(data_is_uploaded_and_shown_in_the_users_language),
        TEST(wrong_content_is_refused),
        TEST(a_standard_has_no_secrets_and_is_no_backup),
        TEST(pjl_commands_are_data),
        TEST(a_container_goes_out_and_in),
        TEST(deleted_data_leaves_nothing),
        TEST(settings_are_changed_on_the_page),
        TEST(a_result_without_values_is_kept_and_lists_nothing),
        TEST(a_standard_is_for_devices_and_groups),
        TEST(keys_have_good_passwords_and_names),
        TEST(a_backup_goes_out_with_the_password_of_its_key),
        TEST(a_standard_is_made_of_a_device),
        TEST(uploaded_words_stand_above_the_own_ones),
        TEST(wrong_dictionaries_are_refused),
        TEST(a_zip_holds_several_dictionaries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
