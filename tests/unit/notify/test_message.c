/* Texts in six languages: whole, and harmless whatever the parameters are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/json.h"
#include "core/notify/message.h"

static messages *open_messages(void)
{
    messages *m = NULL;
    assert_int_equal(messages_new(&m, NULL), PLATEN_OK);
    return m;
}

/* The text of a catalogue's entry: its lines in one. */
static char *joined(const cJSON *entry)
{
    strbuf out;
    const cJSON *line = NULL;
    strbuf_init(&out);
    if (cJSON_IsString(entry)) {
        strbuf_append(&out, entry->valuestring);
    }
    cJSON_ArrayForEach(line, entry)
    {
        assert_true(cJSON_IsString(line));
        strbuf_append(&out, line->valuestring);
        strbuf_append(&out, "\n");
    }
    return strbuf_take(&out);
}

/* Each "{name}" of `text` stands in `other` too. */
static void assert_parameters(const char *key, const char *text, const char *other)
{
    for (const char *at = strchr(text, '{'); at != NULL; at = strchr(at + 1, '{')) {
        char name[40];
        size_t length = strcspn(at, "}") + 1;
        assert_true(length < sizeof(name));
        memcpy(name, at, length);
        name[length] = '\0';
        if (strstr(other, name) == NULL) {
            fail_msg("%s: %s stands in one language only", key, name);
        }
    }
}

/* All entries of `a` are in `b`, of the same kind and with the same parameters. */
static void assert_covers(const cJSON *a, const cJSON *b)
{
    const cJSON *entry = NULL;
    cJSON_ArrayForEach(entry, a)
    {
        const cJSON *twin = cJSON_GetObjectItemCaseSensitive(b, entry->string);
        if (twin == NULL) {
            fail_msg("'%s' is missing in a language", entry->string);
        }
        char *text = joined(entry);
        char *other = joined(twin);
        assert_int_equal(cJSON_IsArray(entry), cJSON_IsArray(twin));
        assert_true(strlen(text) > 0 && strlen(other) > 0);
        assert_null(strchr(text, '\r'));
        assert_parameters(entry->string, text, other);
        cJSON_free(text);
        cJSON_free(other);
    }
}

static void test_message__six_languages_are_whole(void **state)
{
    (void)state;
    static const char *const wanted[] = {"de", "en", "es", "fr", "it", "ja"};
    cJSON *english = NULL;
    size_t count = 0;
    for (const message_file *f = message_files; f->language != NULL; f++) {
        if (strcmp(f->language, "en") == 0) {
            english = cJSON_Parse(f->json);
        }
    }
    assert_non_null(english);
    for (const message_file *f = message_files; f->language != NULL; f++, count++) {
        assert_true(count < sizeof(wanted) / sizeof(wanted[0]));
        assert_string_equal(f->language, wanted[count]);
        cJSON *other = cJSON_Parse(f->json);
        assert_non_null(other);
        assert_covers(english, other);
        assert_covers(other, english);
        cJSON_Delete(other);
    }
    assert_int_equal(count, 6);
    cJSON_Delete(english);
}

static void test_message__language_falls_back_to_english(void **state)
{
    (void)state;
    messages *m = open_messages();
    assert_string_equal(messages_language(m, "ja"), "ja");
    assert_string_equal(messages_language(m, "de-CH"), "de");
    assert_string_equal(messages_language(m, "fr_FR"), "fr");
    assert_string_equal(messages_language(m, "nl"), "en");
    assert_string_equal(messages_language(m, ""), "en");
    assert_string_equal(messages_language(m, "-"), "en");
    assert_string_equal(messages_language(m, NULL), "en");
    messages_free(m);
}

static void test_message__fills_in_parameters(void **state)
{
    (void)state;
    messages *m = open_messages();
    strbuf out;
    strbuf_init(&out);
    cJSON *params = cJSON_Parse("{\"user\":\"Ada\",\"address\":\"192.0.2.9\","
                                "\"until_at\":1769847330000,\"manager\":\"https://m\"}");
    assert_int_equal(messages_body(m, "en", "login-locked", params, &out, NULL), PLATEN_OK);
    assert_non_null(strstr(out.data, "Hello Ada,\r\n"));
    assert_non_null(strstr(out.data, "locked until 2026-01-31 08:15 UTC."));
    assert_non_null(strstr(out.data, "from 192.0.2.9."));
    assert_non_null(strstr(out.data, "Platen, https://m\r\n"));
    assert_null(strchr(out.data, '{'));
    assert_int_equal(messages_subject(m, "en", "no-such", params, &out, NULL), PLATEN_E_NOT_FOUND);
    cJSON_Delete(params);
    strbuf_fini(&out);
    messages_free(m);
}

/* A value is text, whatever it looks like: no lines, no parameters of its own. */
static void test_message__values_cannot_forge(void **state)
{
    (void)state;
    messages *m = open_messages();
    strbuf out;
    strbuf_init(&out);
    cJSON *params = cJSON_CreateObject();
    cJSON_AddStringToObject(params, "user", "Eve\r\n.\r\nBcc: all@example.com {link} {{key}");
    cJSON_AddStringToObject(params, "link", "LINK");
    cJSON_AddStringToObject(params, "key", "KEY");
    assert_int_equal(messages_body(m, "en", "password-reset", params, &out, NULL), PLATEN_OK);
    assert_non_null(
        strstr(out.data, "Hello Eve . Bcc: all@example.com {link} {{key},\r\n\r\nsomebody"));
    assert_null(strstr(out.data, "\nBcc"));
    cJSON_Delete(params);
    strbuf_fini(&out);
    messages_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_message__six_languages_are_whole),
        cmocka_unit_test(test_message__language_falls_back_to_english),
        cmocka_unit_test(test_message__fills_in_parameters),
        cmocka_unit_test(test_message__values_cannot_forge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
