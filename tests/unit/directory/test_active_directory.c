/* Logging in by a real domain controller, which active-directory.sh has started; argument: its
 * folder. */
#include "core/directory/directory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "browser.h"
#include "core/base/clock.h"
#include "core/base/file.h"

#define USERS "CN=Users,DC=ad,DC=example,DC=org"

static const char *folder;
static directory *desk;
static directory_server server = {"127.0.0.1", 0};
static directory_config config;
static directory_person *person;
static platen_error err;
static char *ca;

static int reset(void **state)
{
    (void)state;
    directory_person_free(person);
    person = NULL;
    directory_config_wipe(&config);
    err = (platen_error)PLATEN_ERROR_INIT;
    config = (directory_config){.enabled = true,
                                .servers = &server,
                                .server_count = 1,
                                .security = DIRECTORY_TLS,
                                .ca = ca,
                                .base = "",
                                .domain = "EXAMPLE, ad.example.org",
                                .bind_user = "search@ad.example.org",
                                .bind_password = strdup("Search-Secret-7"),
                                .timeout_s = 20};
    return 0;
}

static void expect_in(const char *user, const char *password)
{
    directory_person_free(person);
    if (directory_login(desk, &config, user, password, &person, &err) != PLATEN_OK) {
        fail_msg("%s: %s", user, err.text);
    }
}

static void expect_out(const char *user, const char *password)
{
    directory_person_free(person);
    assert_int_equal(directory_login(desk, &config, user, password, &person, &err),
                     PLATEN_E_UNAUTHENTICATED);
    assert_string_equal(err.text, DIRECTORY_REFUSED);
}

static bool has_group(const char *name)
{
    for (size_t i = 0; i < person->group_count; i++) {
        if (strcmp(person->groups[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void expect_alice(void)
{
    assert_string_equal(person->user, "alice");
    assert_string_equal(person->domain, "EXAMPLE");
    assert_string_equal(person->name, "Alice Person");
    assert_string_equal(person->mail, "alice@example.org");
    assert_string_equal(person->dn, "CN=Alice Person," USERS);
    assert_int_equal(strlen(person->id), 32);
    assert_true(has_group("Keepers"));
    assert_true(has_group("PrintStaff"));     /* by Keepers; its other name is Print Staff */
    assert_true(has_group("Domain Users"));   /* the primary group */
    assert_true(has_group("Everybody Here")); /* by the primary group */
    assert_true(has_group("Users"));
    assert_int_equal(person->group_count, 5);
}

// ACC-10, ACC-29, ACC-30
static void test_login__by_each_form_of_the_name(void **state)
{
    static const char *const names[] = {"EXAMPLE\\alice",         "example\\ALICE",
                                        "ad.example.org\\alice",  "alice@ad.example.org",
                                        "alice.long@example.org", "alice"};
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        expect_in(names[i], "Alice-Secret-7");
        expect_alice();
    }
    expect_out("OTHER\\alice", "Alice-Secret-7");
    expect_out("alice@example.org", "Alice-Secret-7");
    expect_out("EXAMPLE\\alice", "wrong");
    expect_out("EXAMPLE\\alice", "");
    expect_out("EXAMPLE\\nobody", "Alice-Secret-7");
    expect_out("EXAMPLE\\dc1$", "x"); /* a computer */
}

static void test_login__without_a_searching_user(void **state)
{
    static const char *const names[] = {"EXAMPLE\\alice", "alice@ad.example.org",
                                        "alice.long@example.org"};
    (void)state;
    config.bind_user = "";
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        expect_in(names[i], "Alice-Secret-7");
        expect_alice();
        expect_out(names[i], "wrong");
    }
    config.domain = "ad.example.org";
    expect_in("alice", "Alice-Secret-7");
}

static void test_login__disabled_accounts_stay_out(void **state)
{
    directory_report *report = NULL;
    (void)state;
    expect_out("EXAMPLE\\dave", "Dave-Secret-7");
    assert_int_equal(directory_test(desk, &config, "dave", NULL, &report, &err), PLATEN_OK);
    assert_string_equal(report->steps[report->count - 1].text, "the account is disabled");
    directory_report_free(report);
    assert_int_equal(directory_test(desk, &config, "dave", "Dave-Secret-7", &report, &err),
                     PLATEN_OK);
    assert_string_equal(report->steps[report->count - 1].text, "the account is disabled");
    directory_report_free(report);
}

static void test_groups__more_than_a_page(void **state)
{
    (void)state;
    expect_in("many", "Many-Secret-7");
    assert_int_equal(person->group_count, 600 + 3);
}

// SYS-69, SYS-70
static void test_security__the_domain_wants_encryption(void **state)
{
    (void)state;
    config.security = DIRECTORY_STARTTLS;
    expect_in("alice", "Alice-Secret-7");
    config.security = DIRECTORY_PLAIN;
    directory_person_free(person);
    assert_int_equal(directory_login(desk, &config, "alice", "Alice-Secret-7", &person, &err),
                     PLATEN_E_AUTH);
    print_message("%s\n", err.text);
    assert_non_null(strstr(err.text, "Strong"));
}

// ACC-20, ACC-27
static void test_ticket__of_the_domain(void **state)
{
    browser b;
    directory_ticket t;
    (void)state;
    config.kerberos = true;
    config.keytab = browser_keytab(folder, "service.keytab");
    config.replay_cache = "";
    browser_log_in("alice", "Alice-Secret-7");
    browser_begin(&b, "HTTP@localhost");
    if (directory_accept(&config, b.token.value, b.token.length, &t, &err) != PLATEN_OK) {
        fail_msg("%s", err.text);
    }
    gss_buffer_desc reply = {.length = t.reply.length, .value = t.reply.data};
    assert_int_equal(browser_step(&b, &reply), GSS_S_COMPLETE);
    if (directory_lookup(desk, &config, &t, &person, &err) != PLATEN_OK) {
        fail_msg("%s", err.text);
    }
    expect_alice();
    /* The same name in a realm that we do not know is nobody of ours. */
    t.own_realm = false;
    (void)snprintf(t.name.domain, sizeof(t.name.domain), "OTHER.ORG");
    directory_person_free(person);
    assert_int_equal(directory_lookup(desk, &config, &t, &person, &err), PLATEN_E_UNAUTHENTICATED);
    directory_ticket_fini(&t);
    browser_end(&b);
}

#define RESET(test) cmocka_unit_test_setup(test, reset)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        RESET(test_login__by_each_form_of_the_name),
        RESET(test_login__without_a_searching_user),
        RESET(test_login__disabled_accounts_stay_out),
        RESET(test_groups__more_than_a_page),
        RESET(test_security__the_domain_wants_encryption),
        RESET(test_ticket__of_the_domain),
    };
    char path[FILE_PATH];
    size_t length = 0;
    if (argc != 2) {
        return 2;
    }
    folder = argv[1];
    desk = directory_new();
    if (desk == NULL || file_join(path, folder, "dc.pem", NULL) != PLATEN_OK ||
        file_read(path, 65536, &ca, &length, NULL) != PLATEN_OK) {
        return 2;
    }
    int status = cmocka_run_group_tests_name("active_directory", tests, NULL, NULL);
    directory_person_free(person);
    directory_config_wipe(&config);
    directory_free(desk);
    free(ca);
    return status;
}
