/* Bundles: what is read, what is made, and what hostile ones get. SET-72, SET-87. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zip.h>

#include "plugins/lexmark/bundle.h"

/* Parses one XML text, sealed; gives whether that worked. */
static bool parse(const char *xml, bundle *out, char *why)
{
    *out = (bundle){0};
    bool good = bundle_parse(out, xml, strlen(xml), why) && bundle_seal(out, why);
    if (!good) {
        bundle_fini(out);
    }
    return good;
}

static void expect_refused(const char *xml, const char *words)
{
    bundle b;
    char why[BUNDLE_WHY] = "";
    assert_false(parse(xml, &b, why));
    if (strstr(why, words) == NULL) {
        fail_msg("'%s' is not in '%s'", words, why);
    }
}

static const char *value_of(const bundle *b, const char *name)
{
    const bundle_setting *one = bundle_find(b, name);
    return one != NULL ? one->value : "(none)";
}

static void test_parse__device_settings_by_name(void **state)
{
    (void)state;
    bundle b;
    char why[BUNDLE_WHY];
    assert_true(
        parse("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<bundle><bundleInfo><name>x</name>"
              "</bundleInfo><deviceSettings>\n"
              "<setting name=\"mfp.fax.stationName\">B\xc3\xbcro &amp; Co &#x41;</setting>\n"
              "<setting name='b' other='1'><![CDATA[<raw>]]></setting>"
              "<setting name='empty'/>"
              "<setting>nameless</setting><setting name='a/b'>slash</setting>"
              "</deviceSettings>"
              "<esf><instance><setting name='de_network_guid'>1</setting></instance>"
              "<instance><setting name='de_network_guid'>2</setting></instance></esf>"
              "</bundle>",
              &b, why));
    assert_int_equal(b.count, 3);
    assert_string_equal(value_of(&b, "mfp.fax.stationName"), "B\xc3\xbcro & Co A");
    assert_string_equal(value_of(&b, "b"), "<raw>");
    assert_string_equal(value_of(&b, "empty"), "");
    assert_string_equal(value_of(&b, "de_network_guid"), "(none)");
    assert_int_equal(b.instances, 2);
    bundle_fini(&b);
    /* Other encodings come out as UTF-8. */
    assert_true(parse("<?xml version='1.0' encoding='ISO-8859-1'?><deviceSettings>"
                      "<setting name='a'>\xfc</setting><setting name='a'>\xfc</setting>"
                      "</deviceSettings>",
                      &b, why));
    assert_int_equal(b.count, 1);
    assert_string_equal(value_of(&b, "a"), "\xc3\xbc");
    bundle_fini(&b);
}

static void test_parse__hostile_xml(void **state)
{
    (void)state;
    char deep[2000] = "";
    expect_refused("<!DOCTYPE b [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>"
                   "<deviceSettings><setting name='x'>&b;</setting></deviceSettings>",
                   "document type");
    expect_refused("<!DOCTYPE b SYSTEM \"file:///etc/passwd\"><deviceSettings/>", "document type");
    expect_refused("<deviceSettings><setting name='x'>&b;</setting></deviceSettings>", "entity");
    expect_refused("<deviceSettings><setting name='x'>1</deviceSettings>", "mismatched");
    expect_refused("<deviceSettings>", "line 1");
    expect_refused("", "no element");
    expect_refused("<?xml version='1.0' encoding='EBCDIC'?><a/>", "encoding");
    expect_refused("<bundle/>", "no device settings");
    expect_refused("<deviceSettings><setting name='x'>\xff</setting></deviceSettings>", "line 1");
    for (int i = 0; i < 40; i++) {
        (void)strncat(deep, "<a>", 4);
    }
    expect_refused(deep, "too deep");
}

static void test_parse__values_that_are_more_than_text_are_left_out(void **state)
{
    (void)state;
    bundle b;
    char why[BUNDLE_WHY];
    char *xml = malloc(BUNDLE_VALUE + 400);
    assert_non_null(xml);
    int head = snprintf(xml, 400,
                        "<deviceSettings><setting name='a'>1</setting><setting name='b'>"
                        "<c>2</c></setting><setting name='long'>");
    memset(xml + head, 'x', BUNDLE_VALUE + 1);
    (void)snprintf(xml + head + BUNDLE_VALUE + 1, 100, "</setting></deviceSettings>");
    assert_true(parse(xml, &b, why));
    assert_int_equal(b.count, 1);
    bundle_fini(&b);
    free(xml);
}

static void test_write__is_read_again(void **state)
{
    (void)state;
    char first[] = "a.b";
    char second[] = "c\"<&";
    char value[] = "1 < 2 && \"x\"\r\n\xc3\xbc";
    char empty[] = "";
    bundle_setting settings[] = {{first, value}, {second, empty}};
    bundle b;
    char why[BUNDLE_WHY];
    void *zip = NULL;
    size_t length = 0;
    assert_true(bundle_write(settings, 2, &zip, &length, why));
    assert_true(bundle_read(zip, length, &b, why));
    assert_int_equal(b.count, 2);
    assert_string_equal(value_of(&b, "a.b"), settings[0].value);
    assert_string_equal(value_of(&b, "c\"<&"), "");
    bundle_fini(&b);
    /* Cut off and damaged anywhere: refused, or read as far as it is whole. */
    for (size_t cut = 0; cut < length; cut++) {
        if (bundle_read(zip, cut, &b, why)) {
            bundle_fini(&b);
        }
    }
    for (size_t at = 0; at < length; at++) {
        ((unsigned char *)zip)[at] ^= 0x55;
        if (bundle_read(zip, length, &b, why)) {
            bundle_fini(&b);
        }
        ((unsigned char *)zip)[at] ^= 0x55;
    }
    free(zip);
}

/* ---- zip files as others may make them ---- */

typedef struct made {
    zip_source_t *target;
    zip_t *archive;
} made;

static made make_begin(void)
{
    made m;
    zip_error_t error;
    zip_error_init(&error);
    m.target = zip_source_buffer_create(NULL, 0, 0, &error);
    assert_non_null(m.target);
    zip_source_keep(m.target);
    m.archive = zip_open_from_source(m.target, ZIP_CREATE | ZIP_TRUNCATE, &error);
    assert_non_null(m.archive);
    return m;
}

static void make_add(made *m, const char *name, const void *data, size_t length)
{
    zip_source_t *source = zip_source_buffer(m->archive, data, length, 0);
    assert_true(zip_file_add(m->archive, name, source, ZIP_FL_OVERWRITE) >= 0);
}

static void expect_zip(made *m, const char *words)
{
    bundle b;
    char why[BUNDLE_WHY] = "";
    char *data = malloc(BUNDLE_BYTES);
    assert_non_null(data);
    assert_int_equal(zip_close(m->archive), 0);
    assert_int_equal(zip_source_open(m->target), 0);
    zip_int64_t length = zip_source_read(m->target, data, BUNDLE_BYTES);
    assert_true(length > 0);
    (void)zip_source_close(m->target);
    zip_source_free(m->target);
    bool good = bundle_read(data, (size_t)length, &b, why);
    if (good) {
        bundle_fini(&b);
    }
    if (words == NULL ? !good : good || strstr(why, words) == NULL) {
        fail_msg("'%s' instead of '%s'", why, words != NULL ? words : "(read)");
    }
    free(data);
}

static const char xml[] = "<deviceSettings><setting name='a'>1</setting></deviceSettings>";

static void test_read__hostile_zip_files(void **state)
{
    (void)state;
    bundle b;
    char why[BUNDLE_WHY];
    char name[40];
    char *zeros = calloc(1, BUNDLE_UNPACKED + 1);
    assert_non_null(zeros);
    assert_false(bundle_read("no zip file", 11, &b, why));
    assert_false(bundle_read("", 0, &b, why));
    assert_false(bundle_read(zeros, BUNDLE_BYTES + 1, &b, why));

    made bomb = make_begin();
    make_add(&bomb, "bomb.xml", zeros, BUNDLE_UNPACKED / 2);
    expect_zip(&bomb, "more than it may");

    made sum = make_begin();
    memset(zeros, ' ', BUNDLE_UNPACKED);
    make_add(&sum, "large.xml", zeros, BUNDLE_UNPACKED + 1);
    expect_zip(&sum, "more than it may");

    made up = make_begin();
    make_add(&up, "../../etc/cron.d/x.xml", xml, sizeof(xml) - 1);
    expect_zip(&up, "cannot be");

    made many = make_begin();
    for (unsigned i = 0; i <= BUNDLE_ENTRIES; i++) {
        (void)snprintf(name, sizeof(name), "f%u", i);
        make_add(&many, name, "x", 1);
    }
    expect_zip(&many, "more than 512");

    made none = make_begin();
    make_add(&none, "readme.txt", "x", 1);
    expect_zip(&none, "no device settings");

    made good = make_begin();
    make_add(&good, "bundle.xml", xml, sizeof(xml) - 1);
    make_add(&good, "app.fls", zeros, 4000000); /* not unpacked, so it may be what it is */
    expect_zip(&good, NULL);
    free(zeros);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse__device_settings_by_name),
        cmocka_unit_test(test_parse__hostile_xml),
        cmocka_unit_test(test_parse__values_that_are_more_than_text_are_left_out),
        cmocka_unit_test(test_write__is_read_again),
        cmocka_unit_test(test_read__hostile_zip_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
