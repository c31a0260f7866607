/* Single sign-on by a real Kerberos server: tickets as a browser sends them, and ones that are not
 * good. */
#include "core/directory/directory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "browser.h"
#include "core/base/file.h"

typedef struct world {
    char folder[64];
    char cache[FILE_PATH];
    char *service; /* keytabs in base64 */
    char *stranger;
    char *wrong;
    directory_config config;
} world;

static world w;
static platen_error err;

static int open_world(void **state)
{
    char port[16];
    char path[FILE_PATH];
    int status = 1;
    (void)state;
    (void)snprintf(w.folder, sizeof(w.folder), "/tmp/platen-kdc.XXXXXX");
    assert_non_null(mkdtemp(w.folder));
    for (int attempt = 0; attempt < 5 && status == 1; attempt++) { /* ports that others have */
        (void)snprintf(port, sizeof(port), "%d", 20000 + (getpid() * 7 + attempt * 1009) % 12000);
        const char *const arguments[] = {KDC_SCRIPT, "start", w.folder, port, "localhost", NULL};
        status = browser_run(arguments);
    }
    if (status == 77) {
        exit(77);
    }
    assert_int_equal(status, 0);
    assert_int_equal(file_join(path, w.folder, "krb5.conf", NULL), PLATEN_OK);
    assert_int_equal(setenv("KRB5_CONFIG", path, 1), 0);
    (void)snprintf(path, sizeof(path), "FILE:%s/tickets", w.folder);
    assert_int_equal(setenv("KRB5CCNAME", path, 1), 0);
    assert_int_equal(file_join(w.cache, w.folder, "replay", NULL), PLATEN_OK);
    w.service = browser_keytab(w.folder, "service.keytab");
    w.stranger = browser_keytab(w.folder, "stranger.keytab");
    w.wrong = browser_keytab(w.folder, "wrong.keytab");
    browser_log_in("alice", "alice-Secret-7");
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    const char *const stop[] = {KDC_SCRIPT, "stop", w.folder, NULL};
    const char *const clear[] = {"rm", "-rf", w.folder, NULL};
    free(w.service);
    free(w.stranger);
    free(w.wrong);
    return browser_run(stop) + browser_run(clear);
}

static int reset(void **state)
{
    (void)state;
    w.config = (directory_config){.enabled = true,
                                  .kerberos = true,
                                  .service_principal = "HTTP/localhost",
                                  .keytab = w.service,
                                  .replay_cache = w.cache};
    err = (platen_error)PLATEN_ERROR_INIT;
    return 0;
}

static void refused(const void *token, size_t length, platen_code code, const char *words)
{
    directory_ticket t;
    platen_code got = directory_accept(&w.config, token, length, &t, &err);
    print_message("%s\n", err.text);
    assert_int_equal(got, code);
    assert_non_null(strstr(err.text, words));
    directory_ticket_fini(&t);
}

/* ---- tests ---- */

// ACC-27
static void test_accept__says_who_it_is_and_proves_itself(void **state)
{
    browser c;
    directory_ticket t;
    (void)state;
    browser_begin(&c, "HTTP@localhost");
    if (directory_accept(&w.config, c.token.value, c.token.length, &t, &err) != PLATEN_OK) {
        fail_msg("%s", err.text);
    }
    assert_string_equal(t.name.user, "alice");
    assert_string_equal(t.name.domain, "EXAMPLE.ORG");
    assert_int_equal(t.name.form, DIRECTORY_NAME_PRINCIPAL);
    assert_true(t.own_realm);
    gss_buffer_desc reply = {.length = t.reply.length, .value = t.reply.data};
    assert_int_equal(browser_step(&c, &reply), GSS_S_COMPLETE); /* mutual authentication */
    directory_ticket_fini(&t);
    browser_end(&c);
}

static void test_accept__finds_the_key_by_any_way_to_name_it(void **state)
{
    static const char *const names[] = {"", "HTTP/localhost", "HTTP/LOCALHOST",
                                        "HTTP/localhost@EXAMPLE.ORG"};
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        browser c;
        directory_ticket t;
        browser_begin(&c, "HTTP@localhost");
        w.config.service_principal = names[i];
        assert_int_equal(directory_accept(&w.config, c.token.value, c.token.length, &t, &err),
                         PLATEN_OK);
        directory_ticket_fini(&t);
        browser_end(&c);
    }
}

static void test_accept__refuses_a_ticket_that_was_there_before(void **state)
{
    browser c;
    directory_ticket t;
    (void)state;
    browser_begin(&c, "HTTP@localhost");
    assert_int_equal(directory_accept(&w.config, c.token.value, c.token.length, &t, &err),
                     PLATEN_OK);
    directory_ticket_fini(&t);
    refused(c.token.value, c.token.length, PLATEN_E_UNAUTHENTICATED, "replay");
    browser_end(&c);
}

static void test_accept__refuses_other_keys_and_services(void **state)
{
    browser c;
    (void)state;
    browser_begin(&c, "HTTP@localhost");
    w.config.keytab = w.stranger;
    refused(c.token.value, c.token.length, PLATEN_E_UNAUTHENTICATED, "the Kerberos ticket");
    w.config.keytab = w.wrong;
    refused(c.token.value, c.token.length, PLATEN_E_STATE, "no key of HTTP/localhost");
    w.config.service_principal = "HTTP/elsewhere.example.org";
    w.config.keytab = w.service;
    refused(c.token.value, c.token.length, PLATEN_E_STATE, "HTTP/localhost@EXAMPLE.ORG");
    browser_end(&c);
    w.config.service_principal = "HTTP/localhost";
    browser_begin(&c, "host@localhost"); /* a ticket for another service of the same host */
    refused(c.token.value, c.token.length, PLATEN_E_UNAUTHENTICATED, "the Kerberos ticket");
    browser_end(&c);
}

static void test_accept__refuses_those_that_are_no_people(void **state)
{
    browser c;
    (void)state;
    browser_log_in("alice/admin", "alice-Secret-7");
    browser_begin(&c, "HTTP@localhost");
    refused(c.token.value, c.token.length, PLATEN_E_UNAUTHENTICATED, "alice/admin");
    browser_end(&c);
    browser_log_in("alice", "alice-Secret-7");
}

static void test_accept__refuses_what_is_no_ticket(void **state)
{
    static const unsigned char ntlm[] = "NTLMSSP\0\1\0\0\0\7\x82\x08\xa2";
    char *big = calloc(1, DIRECTORY_TOKEN_MAX + 1);
    browser c;
    (void)state;
    assert_non_null(big);
    refused("", 0, PLATEN_E_UNAUTHENTICATED, "0 bytes");
    refused(big, DIRECTORY_TOKEN_MAX + 1, PLATEN_E_UNAUTHENTICATED, "65537 bytes");
    refused(big, 100, PLATEN_E_UNAUTHENTICATED, "refused");
    refused(ntlm, sizeof(ntlm), PLATEN_E_UNAUTHENTICATED, "NTLM");
    free(big);
    browser_begin(&c, "HTTP@localhost");
    for (size_t length = 1; length < c.token.length; length += 7) { /* cut anywhere */
        directory_ticket t;
        unsigned char *part = malloc(length);
        assert_non_null(part);
        memcpy(part, c.token.value, length);
        assert_int_equal(directory_accept(&w.config, part, length, &t, &err),
                         PLATEN_E_UNAUTHENTICATED);
        directory_ticket_fini(&t);
        free(part);
    }
    unsigned char *bytes = c.token.value;
    for (size_t i = 0; i < c.token.length; i += 3) { /* one bit anywhere */
        directory_ticket t;
        bytes[i] ^= 0x10;
        platen_code code = directory_accept(&w.config, bytes, c.token.length, &t, &err);
        assert_true(code == PLATEN_E_UNAUTHENTICATED ||
                    (code == PLATEN_OK && strcmp(t.name.user, "alice") == 0));
        directory_ticket_fini(&t);
        bytes[i] ^= 0x10;
    }
    browser_end(&c);
}

static void test_accept__needs_to_be_set_up(void **state)
{
    static char none[] = "";
    static char text[] = "no base64!";
    static char other[] = "AAAAAAAA";
    static char cut[] = "BQIAAABU";
    char *const bad[] = {none, text, other, cut, NULL};
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        w.config.keytab = bad[i];
        refused("x", 1, PLATEN_E_STATE, "keytab");
    }
    w.config.kerberos = false;
    refused("x", 1, PLATEN_E_STATE, "not enabled");
}

static void test_keytab__names_are_shown(void **state)
{
    const char *names = NULL;
    (void)state;
    arena *a = arena_new();
    assert_int_equal(directory_keytab_names(w.service, a, &names, &err), PLATEN_OK);
    assert_string_equal(names, "HTTP/localhost@EXAMPLE.ORG");
    assert_int_equal(directory_keytab_names("AAAA", a, &names, &err), PLATEN_E_INVAL);
    arena_free(a);
}

#define IN_WORLD(test) cmocka_unit_test_setup(test, reset)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_WORLD(test_accept__says_who_it_is_and_proves_itself),
        IN_WORLD(test_accept__finds_the_key_by_any_way_to_name_it),
        IN_WORLD(test_accept__refuses_a_ticket_that_was_there_before),
        IN_WORLD(test_accept__refuses_other_keys_and_services),
        IN_WORLD(test_accept__refuses_those_that_are_no_people),
        IN_WORLD(test_accept__refuses_what_is_no_ticket),
        IN_WORLD(test_accept__needs_to_be_set_up),
        IN_WORLD(test_keytab__names_are_shown),
    };
    return cmocka_run_group_tests_name("directory_negotiate", tests, open_world, close_world);
}
