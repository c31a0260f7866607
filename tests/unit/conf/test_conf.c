/* Schema, file, environment, --set, and the errors that people will read. */
#include "core/conf/conf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static int set_up(void **state)
{
    *state = conf_new();
    assert_non_null(*state);
    return 0;
}

static int tear_down(void **state)
{
    conf_free(*state);
    return 0;
}

static platen_code read_text(conf *c, const char *text, platen_error *err)
{
    return conf_read_text(c, "test.conf", text, strlen(text), err);
}

static void read_fine(conf *c, const char *text)
{
    platen_error err = PLATEN_ERROR_INIT;
    if (read_text(c, text, &err) != PLATEN_OK || conf_check(c, &err) != PLATEN_OK) {
        fail_msg("%s", err.text);
    }
}

/* Reading or checking must fail with exactly this text. */
static void read_fails(const char *text, const char *expected)
{
    conf *c = conf_new();
    platen_error err = PLATEN_ERROR_INIT;
    assert_non_null(c);
    platen_code code = read_text(c, text, &err);
    if (code == PLATEN_OK) {
        code = conf_check(c, &err);
    }
    assert_int_not_equal(code, PLATEN_OK);
    assert_string_equal(err.text, expected);
    conf_free(c);
}

/* ---- file ---- */

static void test_conf__has_presets(void **state)
{
    conf *c = *state;
    assert_string_equal(conf_text(c, "general", "role"), "manager");
    assert_string_equal(conf_text(c, "general", "data"), "/var/lib/platen");
    assert_int_equal(conf_integer(c, "http", "https_port"), 8443);
    assert_int_equal(conf_integer(c, "http", "http_port"), 8080);
    assert_true(conf_boolean(c, "agent", "local"));
    assert_string_equal(conf_text(c, "store", "url"), "");
}

static void test_conf__reads_file(void **state)
{
    conf *c = *state;
    read_fine(c, "\xef\xbb\xbf# a comment\r\n"
                 "\r\n"
                 "[http]\r\n"
                 "  https_port =   443  \r\n"
                 "; another\n"
                 "http_port=80\n"
                 "site_address = platen.example = odd ; no comment\n"
                 "[ general ]\n"
                 "\tdata = /srv/pl\xc3\xa4ten\n"
                 "[http]\n"
                 "address =");
    assert_int_equal(conf_integer(c, "http", "https_port"), 443);
    assert_int_equal(conf_integer(c, "http", "http_port"), 80);
    assert_string_equal(conf_text(c, "http", "site_address"), "platen.example = odd ; no comment");
    assert_string_equal(conf_text(c, "general", "data"), "/srv/pl\xc3\xa4ten");
    assert_string_equal(conf_text(c, "http", "address"), "");
}

static void test_conf__names_line_of_error(void **state)
{
    (void)state;
    read_fails("[http]\n\nhttps_prot = 1\n",
               "test.conf:3: unknown key 'https_prot' in section [http], did you mean "
               "'https_port'?");
    read_fails("[htpp]\nhttps_port = 1\n",
               "test.conf:2: unknown section [htpp], did you mean [http]?");
    read_fails("[printing]\na = 1\n", "test.conf:2: unknown section [printing]");
    read_fails("[http]\nrole = agent\n",
               "test.conf:2: unknown key 'role' in section [http], it belongs to [general]");
    read_fails("[http]\ncompletely_different = 1\n",
               "test.conf:2: unknown key 'completely_different' in section [http]");
    read_fails("[http]\nhttps_port = 1\n\n[general]\n[http]\nhttps_port = 1\n",
               "test.conf:6: key 'https_port' in section [http] stands twice, first at "
               "test.conf:2");
    read_fails("https_port = 1\n", "test.conf:1: key 'https_port' stands before any section");
    read_fails("[http]\nhttps_port\n",
               "test.conf:2: neither a section, 'key = value' nor a comment");
    read_fails("[http\n", "test.conf:1: a section's line ends with ']' (a comment has a line of "
                          "its own)");
    read_fails("[http] # x\n", "test.conf:1: a section's line ends with ']' (a comment has a line "
                               "of its own)");
    read_fails("[HTTP]\n", "test.conf:1: a section's name has small letters, digits, '-' and '_'");
    read_fails("[]\n", "test.conf:1: a section's name has small letters, digits, '-' and '_'");
    read_fails("[http]\nHTTPS_PORT = 1\n", "test.conf:2: a key has small letters, digits and '_'");
    read_fails("[http]\n= 1\n", "test.conf:2: a key has small letters, digits and '_'");
    read_fails("[http]\naddress = \xff\n", "test.conf:2: the line is not UTF-8 text");
    read_fails("[http]\naddress = \x1b[31m\n", "test.conf:2: the line has a control character");
}

static platen_code check_own(const char *text)
{
    conf *c = conf_new();
    assert_non_null(c);
    platen_code code = conf_read_text(c, "test.conf", text, strlen(text), NULL);
    code = code == PLATEN_OK ? conf_check_own(c, NULL) : code;
    conf_free(c);
    return code;
}

static void test_conf__without_plugins_their_sections_pass(void **state)
{
    (void)state;
    assert_int_equal(check_own("[http]\nhttps_port = 1\n[a-plugin]\nanything = 1\n"), PLATEN_OK);
    assert_int_equal(check_own("[http]\nhttps_prot = 1\n"), PLATEN_E_INVAL);
    assert_int_equal(check_own("[stroe]\nurl = sqlite:/tmp/x\n"), PLATEN_E_INVAL);
}

/* `before` edited to store.url = new is `after`. */
static void edits(const char *before, const char *after)
{
    char path[] = "/tmp/platen-edit.XXXXXX";
    char kept[64];
    char text[512] = "";
    struct stat status;
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, before, strlen(before)), strlen(before));
    assert_int_equal(fchmod(descriptor, 0640), 0);
    close(descriptor);
    (void)snprintf(kept, sizeof kept, "%s.sqlite", path);
    assert_int_equal(conf_file_set(path, kept, "store", "url", "new", NULL), PLATEN_OK);
    for (int i = 0; i < 2; i++) {
        FILE *file = fopen(i == 0 ? path : kept, "r");
        assert_non_null(file);
        text[fread(text, 1, sizeof text - 1, file)] = '\0';
        (void)fclose(file);
        assert_string_equal(text, i == 0 ? after : before);
        assert_int_equal(stat(i == 0 ? path : kept, &status), 0);
        assert_int_equal(status.st_mode & 0777, 0640);
    }
    assert_int_equal(conf_file_set(path, kept, "store", "url", "two\nlines", NULL), PLATEN_E_INVAL);
    unlink(path);
    unlink(kept);
}

static void test_conf__edits_one_key(void **state) // SYS-193
{
    (void)state;
    edits("# c\n[http]\nurl = other\n[store]\n  url = old\nreaders = 2\n",
          "# c\n[http]\nurl = other\n[store]\nurl = new\nreaders = 2\n");
    edits("[ store ]\n#url = old\n", "[ store ]\nurl = new\n#url = old\n");
    edits("[store]\nreaders = 2", "[store]\nurl = new\nreaders = 2\n");
    edits("[http]\nhttps_port = 1\n", "[http]\nhttps_port = 1\n\n[store]\nurl = new\n");
    edits("", "\n[store]\nurl = new\n");
    edits("[store]\nreaders = 2\n[http]\n[store]\nurl=old\n",
          "[store]\nreaders = 2\n[http]\n[store]\nurl = new\n");
}

static void test_conf__names_wrong_value(void **state)
{
    (void)state;
    read_fails("[http]\nhttps_port = 70000\n",
               "test.conf:2: key 'https_port' in section [http]: '70000' is outside of 1 to 65535");
    read_fails("[http]\nhttps_port = 0\n",
               "test.conf:2: key 'https_port' in section [http]: '0' is outside of 1 to 65535");
    read_fails("[http]\nhttps_port = 99999999999999999999\n",
               "test.conf:2: key 'https_port' in section [http]: '99999999999999999999' is outside "
               "of 1 to 65535");
    read_fails("[http]\nhttps_port = 80a\n",
               "test.conf:2: key 'https_port' in section [http]: '80a' is not a whole number");
    read_fails("[http]\nhttps_port =\n",
               "test.conf:2: key 'https_port' in section [http]: '' is not a whole number");
    read_fails("[http]\nhttps_port = -\n",
               "test.conf:2: key 'https_port' in section [http]: '-' is not a whole number");
    read_fails("[general]\nrole = boss\n",
               "test.conf:2: key 'role' in section [general]: 'boss' is none of manager|agent");
    read_fails("[general]\nrole = manage\n",
               "test.conf:2: key 'role' in section [general]: 'manage' is none of manager|agent");
    read_fails("[general]\nrole =\n",
               "test.conf:2: key 'role' in section [general]: '' is none of manager|agent");
    read_fails("[agent]\nlocal = true\n",
               "test.conf:2: key 'local' in section [agent]: 'true' is neither yes nor no");
}

static void test_conf__bounds_lines_and_bytes(void **state)
{
    conf *c = *state;
    platen_error err = PLATEN_ERROR_INIT;
    char *text = calloc(1, 5000);
    assert_non_null(text);
    memset(text, 'x', 4999);
    memcpy(text, "[http]\naddress = ", 17);
    assert_int_equal(read_text(c, text, &err), PLATEN_E_MALFORMED);
    assert_string_equal(err.text, "test.conf:2: the line has 4992 bytes, 4096 are the limit");
    free(text);
    assert_int_equal(conf_read_text(c, "test.conf", "[http]\naddress = a\0b\n", 21, &err),
                     PLATEN_E_MALFORMED);
    assert_string_equal(err.text, "test.conf:2: the line is not UTF-8 text");
}

static void test_conf__bounds_settings(void **state)
{
    conf *c = *state;
    platen_error err = PLATEN_ERROR_INIT;
    platen_code code = PLATEN_OK;
    char text[64];
    int count = 0;
    for (; count < 5000 && code == PLATEN_OK; count++) {
        snprintf(text, sizeof text, "unknown.key%d=x", count);
        code = conf_set(c, text, &err);
    }
    assert_int_equal(code, PLATEN_E_TOO_LARGE);
    assert_int_equal(count, 2001);
}

static void test_conf__reads_files_of_the_disk(void **state)
{
    conf *c = *state;
    platen_error err = PLATEN_ERROR_INIT;
    char path[] = "/tmp/platen-conf.XXXXXX";
    static const char text[] = "[snmp]\nretries = 3\nretries = 4\n";
    int descriptor = mkstemp(path);
    assert_int_equal(write(descriptor, text, sizeof text - 1), (ssize_t)sizeof text - 1);
    close(descriptor);
    assert_int_equal(conf_read_file(c, path, &err), PLATEN_E_INVAL);
    assert_non_null(strstr(err.text, path));
    assert_non_null(strstr(err.text, ":3: key 'retries'"));
    unlink(path);
    assert_int_not_equal(conf_read_file(c, path, &err), PLATEN_OK);
    assert_non_null(strstr(err.text, path));
}

/* ---- precedence ---- */

static void test_conf__later_sources_weigh_more(void **state)
{
    conf *c = *state;
    platen_error err = PLATEN_ERROR_INIT;
    char *environment[] = {(char[]){"HOME=/root"},
                           (char[]){"PLATEN_HTTP_HTTPS_PORT=2"},
                           (char[]){"PLATEN_HTTP_HTTP_PORT=20"},
                           (char[]){"PLATEN_URL=https://x"},
                           (char[]){"PLATEN_TOKEN=secret"},
                           (char[]){"PLATEN_CA=ca.pem"},
                           NULL};
    /* In any order of reading. */
    assert_int_equal(conf_set(c, "http.https_port=3", &err), PLATEN_OK);
    assert_int_equal(conf_read_environment(c, environment, &err), PLATEN_OK);
    assert_int_equal(read_text(c, "[http]\nhttps_port = 1\nhttp_port = 10\nthreads = 100\n", &err),
                     PLATEN_OK);
    assert_int_equal(conf_check(c, &err), PLATEN_OK);
    assert_int_equal(conf_integer(c, "http", "https_port"), 3);
    assert_int_equal(conf_integer(c, "http", "http_port"), 20);
    assert_int_equal(conf_integer(c, "http", "threads"), 100);
    /* The last --set of a key counts. */
    assert_int_equal(conf_set(c, "http.https_port=4", &err), PLATEN_OK);
    assert_int_equal(conf_integer(c, "http", "https_port"), 4);
}

static void test_conf__environment_errors(void **state)
{
    conf *c = *state;
    platen_error err = PLATEN_ERROR_INIT;
    char *unknown[] = {(char[]){"PLATEN_HTTP_PROT=1"}, NULL};
    char *wrong[] = {(char[]){"PLATEN_SNMP_RETRIES=many"}, NULL};
    char *empty[] = {NULL};
    assert_int_equal(conf_read_environment(c, empty, &err), PLATEN_OK);
    assert_int_equal(conf_read_environment(c, wrong, &err), PLATEN_E_INVAL);
    assert_string_equal(err.text, "environment: key 'retries' in section [snmp]: 'many' is not a "
                                  "whole number");
    assert_int_equal(conf_read_environment(c, unknown, &err), PLATEN_OK);
    assert_int_equal(conf_check(c, &err), PLATEN_E_INVAL);
    assert_string_equal(err.text, "environment: 'PLATEN_HTTP_PROT' is no key of Platen");
}

/* Manager and local agent share a file: what is for a plugin of the other role is no mistake. */
static void test_conf__sections_of_the_other_role(void **state)
{
    conf *c = *state;
    platen_error err = PLATEN_ERROR_INIT;
    char *environment[] = {(char[]){"PLATEN_ACME_TRAY_SIZE=4"}, NULL};
    assert_int_equal(read_text(c, "[acme-tray]\ncolour = red\n", &err), PLATEN_OK);
    assert_int_equal(conf_read_environment(c, environment, &err), PLATEN_OK);
    assert_int_equal(conf_check(c, &err), PLATEN_E_INVAL);
    conf_leave(c, "acme-tray");
    assert_int_equal(conf_check(c, &err), PLATEN_OK);
    assert_int_equal(conf_set(c, "acme-tra.colour=red", &err), PLATEN_OK);
    assert_int_equal(conf_check(c, &err), PLATEN_E_INVAL);
}

static void test_conf__set_errors(void **state)
{
    conf *c = *state;
    platen_error err = PLATEN_ERROR_INIT;
    static const char *const wrong[] = {"",     "http",   "http.https_port", "https_port=1",
                                        ".a=1", "http.=1"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(conf_set(c, wrong[i], &err), PLATEN_E_INVAL);
        assert_non_null(strstr(err.text, "'section.key=value' is expected"));
    }
    assert_int_equal(conf_set(c, "http.https_port=x", &err), PLATEN_E_INVAL);
    assert_string_equal(err.text,
                        "--set: key 'https_port' in section [http]: 'x' is not a whole number");
    assert_int_equal(conf_set(c, "http.nothing=1", &err), PLATEN_OK);
    assert_int_equal(conf_check(c, &err), PLATEN_E_INVAL);
    assert_string_equal(err.text, "--set: unknown key 'nothing' in section [http]");
}

/* A secret that somebody puts where it does not belong must not come back in the error. */
static void test_conf__set_keeps_the_value_to_itself(void **state)
{
    conf *c = *state;
    platen_error err = PLATEN_ERROR_INIT;
    assert_int_equal(conf_set(c, "activation_key=hunter2", &err), PLATEN_E_INVAL);
    assert_null(strstr(err.text, "hunter2"));
    assert_int_equal(conf_set(c, "link.activation_kye=hunter2", &err), PLATEN_OK);
    assert_int_equal(conf_check(c, &err), PLATEN_E_INVAL);
    assert_null(strstr(err.text, "hunter2"));
}

/* ---- plugins ---- */

static const conf_item plugin_item = {.section = "printer-mib",
                                      .key = "depth_limit",
                                      .type = CONF_INTEGER,
                                      .preset = "7",
                                      .minimum = 1,
                                      .maximum = 99,
                                      .help = "How deep."};

static void test_conf__plugins_declare_later(void **state)
{
    conf *c = *state;
    platen_error err = PLATEN_ERROR_INIT;
    char *environment[] = {(char[]){"PLATEN_PRINTER_MIB_DEPTH_LIMIT=9"}, NULL};
    assert_int_equal(read_text(c, "[printer-mib]\ndepth_limit = 8\n", &err), PLATEN_OK);
    assert_int_equal(conf_check(c, &err), PLATEN_E_INVAL);
    assert_false(conf_is_declared(c, "printer-mib", "depth_limit"));
    assert_int_equal(conf_declare(c, &plugin_item, &err), PLATEN_OK);
    assert_int_equal(conf_integer(c, "printer-mib", "depth_limit"), 8); /* at once */
    assert_int_equal(conf_read_environment(c, environment, &err), PLATEN_OK);
    assert_int_equal(conf_integer(c, "printer-mib", "depth_limit"), 9);
    assert_int_equal(conf_check(c, &err), PLATEN_OK);
    assert_int_equal(conf_declare(c, &plugin_item, &err), PLATEN_E_EXISTS);
}

static void test_conf__declare_checks_what_was_read(void **state)
{
    conf *c = *state;
    platen_error err = PLATEN_ERROR_INIT;
    assert_int_equal(read_text(c, "[printer-mib]\ndepth_limit = 100\n", &err), PLATEN_OK);
    assert_int_equal(conf_declare(c, &plugin_item, &err), PLATEN_E_INVAL);
    assert_string_equal(err.text, "test.conf:2: key 'depth_limit' in section [printer-mib]: '100' "
                                  "is outside of 1 to 99");
}

static void test_conf__declare_refuses_bad_items(void **state)
{
    conf *c = *state;
    conf_item item = plugin_item;
    item.preset = "0";
    assert_int_equal(conf_declare(c, &item, NULL), PLATEN_E_INVAL);
    item = plugin_item;
    item.key = "Depth";
    assert_int_equal(conf_declare(c, &item, NULL), PLATEN_E_INVAL);
    item.key = NULL;
    assert_int_equal(conf_declare(c, &item, NULL), PLATEN_E_INVAL);
    item = plugin_item;
    item.section = "";
    assert_int_equal(conf_declare(c, &item, NULL), PLATEN_E_INVAL);
    item = plugin_item;
    item.type = CONF_CHOICE;
    assert_int_equal(conf_declare(c, &item, NULL), PLATEN_E_INVAL);
}

/* ---- reload and description ---- */

static void test_conf__reload_takes_what_it_may(void **state)
{
    conf *c = *state;
    conf *fresh = conf_new();
    strbuf waiting;
    strbuf_init(&waiting);
    read_fine(c, "[snmp]\nretries = 1\n");
    const char *before = conf_text(c, "snmp", "retries");
    read_fine(fresh, "[snmp]\nretries = 5\n[http]\nhttps_port = 444\nhttp_port = 81\n");
    assert_int_equal(conf_reload(c, fresh, &waiting, NULL), PLATEN_OK);
    conf_free(fresh);
    assert_int_equal(conf_integer(c, "snmp", "retries"), 5);
    assert_string_equal(conf_text(c, "snmp", "retries"), "5");
    assert_string_equal(before, "1"); /* whoever borrowed it still has it */
    assert_int_equal(conf_integer(c, "http", "https_port"), 8443);
    assert_string_equal(waiting.data, "http.https_port http.http_port");
    strbuf_fini(&waiting);
}

static void test_conf__describes_every_key(void **state)
{
    conf *c = *state;
    strbuf out;
    strbuf_init(&out);
    assert_int_equal(conf_declare(c, &plugin_item, NULL), PLATEN_OK);
    conf_item late = plugin_item;
    late.section = "http";
    late.key = "late";
    assert_int_equal(conf_declare(c, &late, NULL), PLATEN_OK);
    conf_describe(c, &out);
    assert_non_null(strstr(out.data, "[http]\n"
                                     "  https_port = 8443\n"
                                     "      1 to 65535; PLATEN_HTTP_HTTPS_PORT\n"
                                     "      The port of the pages and of REST.\n"));
    assert_non_null(strstr(out.data, "manager, agent; PLATEN_GENERAL_ROLE\n"));
    assert_non_null(strstr(out.data, "[printer-mib]\n"
                                     "  depth_limit = 7\n"
                                     "      1 to 99; PLATEN_PRINTER_MIB_DEPTH_LIMIT\n"
                                     "      How deep.\n"));
    assert_non_null(strstr(out.data, "PLATEN_SNMP_RETRIES; taken over by SIGHUP\n"));
    /* A section stands once, also when a key of it was declared later. */
    assert_null(strstr(strstr(out.data, "[http]") + 1, "[http]"));
    assert_true(strstr(out.data, "  late = 7") < strstr(out.data, "[store]"));
    strbuf_fini(&out);
}

#define WITH_CONF(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CONF(test_conf__has_presets),
        WITH_CONF(test_conf__reads_file),
        WITH_CONF(test_conf__bounds_lines_and_bytes),
        WITH_CONF(test_conf__bounds_settings),
        WITH_CONF(test_conf__reads_files_of_the_disk),
        WITH_CONF(test_conf__later_sources_weigh_more),
        WITH_CONF(test_conf__environment_errors),
        WITH_CONF(test_conf__set_errors),
        WITH_CONF(test_conf__set_keeps_the_value_to_itself),
        WITH_CONF(test_conf__plugins_declare_later),
        WITH_CONF(test_conf__declare_checks_what_was_read),
        WITH_CONF(test_conf__declare_refuses_bad_items),
        WITH_CONF(test_conf__reload_takes_what_it_may),
        WITH_CONF(test_conf__describes_every_key),
        cmocka_unit_test(test_conf__names_line_of_error),
        cmocka_unit_test(test_conf__names_wrong_value),
        cmocka_unit_test(test_conf__without_plugins_their_sections_pass),
        WITH_CONF(test_conf__sections_of_the_other_role),
        cmocka_unit_test(test_conf__edits_one_key),
    };
    return cmocka_run_group_tests_name("conf", tests, NULL, NULL);
}
