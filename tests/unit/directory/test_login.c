/* Logging in by a real OpenLDAP server: names, passwords, TLS, groups, servers that fail. */
#include "slapd_world.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/clock.h"

static platen_error err;

static platen_code login(slapd_world *w, const char *user, const char *password,
                         directory_person **person)
{
    err = (platen_error)PLATEN_ERROR_INIT;
    return directory_login(w->desk, &w->config, user, password, person, &err);
}

static void expect_in(slapd_world *w, const char *user, const char *password)
{
    directory_person *person = NULL;
    if (login(w, user, password, &person) != PLATEN_OK) {
        fail_msg("%s: %s", user, err.text);
    }
    directory_person_free(person);
}

static void expect_out(slapd_world *w, const char *user, const char *password)
{
    directory_person *person = NULL;
    assert_int_equal(login(w, user, password, &person), PLATEN_E_UNAUTHENTICATED);
    assert_string_equal(err.text, DIRECTORY_REFUSED);
    assert_null(person);
}

/* A failure of the directory, with words that its text must have. */
static void expect_trouble(slapd_world *w, platen_code code, const char *words)
{
    directory_person *person = NULL;
    platen_code got = login(w, "alice", "alice-Secret-7", &person);
    print_message("%s\n", err.text);
    assert_int_equal(got, code);
    assert_non_null(strstr(err.text, words));
    assert_null(person);
}

static bool has_group(const directory_person *p, const char *name)
{
    for (size_t i = 0; i < p->group_count; i++) {
        if (strcmp(p->groups[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

// ACC-10, ACC-29
static void test_login__tells_who_it_is(void **state)
{
    slapd_world *w = *state;
    directory_person *p = NULL;
    assert_int_equal(login(w, "ALICE", "alice-Secret-7", &p), PLATEN_OK);
    assert_string_equal(p->user, "alice");
    assert_string_equal(p->domain, "example.org");
    assert_string_equal(p->name, "Alice \xc3\x84rmel");
    assert_string_equal(p->mail, "alice@example.org");
    assert_string_equal(p->dn, "uid=alice,ou=People," BASE);
    assert_int_equal(strlen(p->id), 36);
    directory_person_free(p);
    assert_int_equal(login(w, "bob", "bob-Secret-7", &p), PLATEN_OK);
    assert_string_equal(p->name, "Bob Person");
    directory_person_free(p);
}

// ACC-10
static void test_login__knows_the_forms_of_names(void **state)
{
    slapd_world *w = *state;
    expect_in(w, "example.org\\alice", "alice-Secret-7");
    expect_in(w, "EXAMPLE\\alice", "alice-Secret-7");
    expect_in(w, "alice@example.org", "alice-Secret-7");
    expect_out(w, "OTHER\\alice", "alice-Secret-7");
    expect_out(w, "alice@other.org", "alice-Secret-7");
    expect_out(w, "alice@example", "alice-Secret-7");
    w->config.domain = "CORP, corp.example.org";
    expect_in(w, "corp\\alice", "alice-Secret-7");
    expect_in(w, "alice@corp.example.org", "alice-Secret-7");
    expect_out(w, "EXAMPLE\\alice", "alice-Secret-7");
}

static void test_login__refuses_wrong_ones(void **state)
{
    slapd_world *w = *state;
    char big[DIRECTORY_PASSWORD_MAX + 2];
    expect_out(w, "alice", "wrong");
    expect_out(w, "nobody", "alice-Secret-7");
    expect_out(w, "EXAMPLE\\", "x");
    memset(big, 'x', sizeof(big));
    big[sizeof(big) - 1] = '\0';
    expect_out(w, "alice", big);
    /* cn=search is no person that logs in by uid. */
    expect_out(w, "search", "search-Secret-7");
}

/* RFC 4513 section 5.1.2: such a bind succeeds for everybody. */
static void test_login__refuses_empty_passwords(void **state)
{
    slapd_world *w = *state;
    expect_out(w, "alice", "");
    expect_out(w, "alice", NULL);
    w->config.bind_user = "";
    expect_out(w, "alice", "");
    w->config.bind_user = "cn=search," BASE;
    free(w->config.bind_password);
    w->config.bind_password = NULL;
    expect_trouble(w, PLATEN_E_AUTH, "cn=search");
}

static void test_login__twins_stay_out(void **state)
{
    slapd_world *w = *state;
    expect_out(w, "twin", "twin-Secret-7"); /* two entries have that name */
    w->config.base = "ou=Open," BASE;
    expect_in(w, "twin", "twin-Secret-7");
}

static void test_login__without_a_searching_user(void **state)
{
    slapd_world *w = *state;
    w->config.bind_user = "";
    expect_trouble(w, PLATEN_E_DEVICE, "the base"); /* which nobody may read */
    w->config.base = "ou=Open," BASE;
    expect_in(w, "twin", "twin-Secret-7");
    expect_out(w, "twin", "wrong");
    expect_out(w, "twin", "");
    expect_out(w, "alice", "alice-Secret-7");
}

static void test_login__names_are_no_filters(void **state)
{
    slapd_world *w = *state;
    expect_out(w, "*", "alice-Secret-7");
    expect_out(w, "al*", "alice-Secret-7");
    expect_out(w, "alice)(objectClass=*", "alice-Secret-7");
    expect_out(w, "*)(|(uid=alice", "alice-Secret-7");
    expect_in(w, "star*(x)", "star*(x)-Secret-7");
}

// ACC-30, ACC-35
static void test_groups__direct_nested_and_posix(void **state)
{
    slapd_world *w = *state;
    directory_person *p = NULL;
    assert_int_equal(login(w, "alice", "alice-Secret-7", &p), PLATEN_OK);
    assert_true(has_group(p, "Keepers"));
    assert_true(has_group(p, "Staff"));         /* by Keepers */
    assert_true(has_group(p, "Everybody"));     /* by Staff, and a ring */
    assert_true(has_group(p, "North"));         /* uniqueMember */
    assert_true(has_group(p, "posix-readers")); /* memberUid */
    assert_true(has_group(p, "posix-main"));    /* the primary one */
    assert_int_equal(p->group_count, 6);
    directory_person_free(p);
    assert_int_equal(login(w, "dave", "dave-Secret-7", &p), PLATEN_OK);
    assert_int_equal(p->group_count, 0);
    directory_person_free(p);
}

static void test_groups__ten_thousand_in_time(void **state)
{
    slapd_world *w = *state;
    directory_person *p = NULL;
    int64_t from = clock_mono();
    w->config.timeout_s = 60; /* a second alone; with sanitizers on a busy host more */
    if (login(w, "many", "many-Secret-7", &p) != PLATEN_OK) {
        fail_msg("%s", err.text);
    }
    print_message("%zu groups in %lld ms\n", p->group_count, (long long)(clock_mono() - from));
    assert_int_equal(p->group_count, 10000);
    directory_person_free(p);
}

// ACC-34, SYS-69, SYS-70
static void test_security__each_kind(void **state)
{
    slapd_world *w = *state;
    w->servers[0].port = w->plain;
    w->config.security = DIRECTORY_STARTTLS;
    expect_in(w, "alice", "alice-Secret-7");
    w->config.security = DIRECTORY_PLAIN;
    w->config.ca = "";
    expect_in(w, "alice", "alice-Secret-7");
    w->servers[0].address = "::1";
    expect_trouble(w, PLATEN_E_UNREACHABLE, "::1");
}

static void test_security__wrong_certificates_are_named(void **state)
{
    slapd_world *w = *state;
    w->config.ca = w->stranger;
    expect_trouble(w, PLATEN_E_UNREACHABLE,
                   "signed by CN=Directory Test CA: unable to get local issuer certificate");
    w->config.ca = ""; /* whom the system trusts */
    expect_trouble(w, PLATEN_E_UNREACHABLE, "unable to get local issuer");
    w->config.ca = "no certificate";
    expect_trouble(w, PLATEN_E_STATE, "no certificate in PEM form");
    w->config.ca = w->ca;
    slapd_stop(w);
    slapd_start(w, "expired");
    expect_trouble(w, PLATEN_E_UNREACHABLE, "has expired");
    slapd_stop(w);
    slapd_start(w, "other");
    expect_trouble(w, PLATEN_E_UNREACHABLE, "is not for 127.0.0.1");
    w->config.security = DIRECTORY_STARTTLS;
    w->servers[0].port = w->plain;
    expect_trouble(w, PLATEN_E_UNREACHABLE, "is not for 127.0.0.1");
    slapd_stop(w);
    slapd_start(w, "good");
    expect_in(w, "alice", "alice-Secret-7");
}

static void test_setup__wrong_ones_are_named(void **state)
{
    slapd_world *w = *state;
    w->config.base = "dc=elsewhere,dc=org";
    expect_trouble(w, PLATEN_E_DEVICE, "the base 'dc=elsewhere,dc=org'");
    w->config.base = "not a dn";
    expect_trouble(w, PLATEN_E_DEVICE, "the base 'not a dn'");
    w->config.base = ""; /* the server's own */
    expect_in(w, "alice", "alice-Secret-7");
    w->config.bind_user = "cn=nobody," BASE;
    expect_trouble(w, PLATEN_E_AUTH, "the searching user cn=nobody");
    w->config.enabled = false;
    expect_trouble(w, PLATEN_E_STATE, "not set up");
}

/* Logs in (or not) and says how long that took. */
static int64_t timed(slapd_world *w, platen_code wanted)
{
    directory_person *p = NULL;
    int64_t from = clock_mono();
    platen_code got = login(w, "alice", "alice-Secret-7", &p);
    int64_t took = clock_mono() - from;
    print_message("%lld ms: %s\n", (long long)took, err.text);
    assert_int_equal(got, wanted);
    directory_person_free(p);
    return took;
}

static void test_servers__down_or_mute_end_in_time(void **state)
{
    slapd_world *w = *state;
    w->config.timeout_s = 1;
    w->servers[0].port = 1;
    assert_true(timed(w, PLATEN_E_UNREACHABLE) < 900);
    int fd = mute_open(&w->servers[0].port);
    for (int security = DIRECTORY_PLAIN; security <= DIRECTORY_TLS; security++) {
        w->config.security = (directory_security)security;
        assert_true(timed(w, PLATEN_E_TIMEOUT) < 1300);
    }
    close(fd);
}

static void test_servers__the_next_one_takes_over(void **state)
{
    slapd_world *w = *state;
    w->servers[1] = w->servers[0];
    w->config.server_count = 2;
    w->config.timeout_s = 2;
    int fd = mute_open(&w->servers[0].port);
    assert_true(timed(w, PLATEN_OK) >= 800); /* half of the time is the first one's */
    assert_true(timed(w, PLATEN_OK) < 700);  /* which is asked last now */
    close(fd);
    slapd_stop(w); /* now neither answers */
    assert_true(timed(w, PLATEN_E_UNREACHABLE) < 2300);
    slapd_start(w, "good");
    assert_true(timed(w, PLATEN_OK) < 2300);
}

static void test_servers__hostile_ones_end_in_time_and_memory(void **state)
{
    /* Lengths of 2 GiB and of 100 MiB, a length that comes in drops, what is no LDAP, TLS rubbish
     */
    static const unsigned char huge[] = {0x30, 0x84, 0x7f, 0xff, 0xff, 0xff, 0x02, 0x01, 0x01};
    static const unsigned char large[] = {0x30, 0x84, 0x06, 0x40, 0x00, 0x00, 0x02, 0x01, 0x01};
    static const unsigned char drops[] = {0x30, 0x84, 0x00, 0x00, 0x10, 0x00, 0x02, 0x01,
                                          0x01, 0x64, 0x84, 0x00, 0x00, 0x0f, 0xf0, 0x04};
    static const unsigned char http[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
    static const struct {
        const unsigned char *bytes;
        size_t length;
        unsigned pause_ms;
    } kinds[] = {{huge, sizeof(huge), 0},
                 {large, sizeof(large), 0},
                 {drops, sizeof(drops), 100},
                 {http, sizeof(http) - 1, 0}};
    slapd_world *w = *state;
    w->config.timeout_s = 1;
    for (int security = DIRECTORY_PLAIN; security <= DIRECTORY_TLS; security++) {
        w->config.security = (directory_security)security;
        for (size_t i = security == DIRECTORY_PLAIN ? 0 : 2; i < sizeof(kinds) / sizeof(kinds[0]);
             i++) {
            hostile h;
            directory_person *p = NULL;
            hostile_open(&h, kinds[i].bytes, kinds[i].length, kinds[i].pause_ms);
            w->servers[0].port = h.port;
            int64_t from = clock_mono();
            platen_code code = login(w, "alice", "alice-Secret-7", &p);
            print_message("%lld ms: %s\n", (long long)(clock_mono() - from), err.text);
            assert_true(code == PLATEN_E_UNREACHABLE || code == PLATEN_E_TIMEOUT ||
                        code == PLATEN_E_DEVICE);
            assert_true(clock_mono() - from < 1400);
            hostile_close(&h);
        }
    }
}

/* ---- many at a time, and the end ---- */

typedef struct visitor {
    slapd_world *w;
    platen_code code;
    int64_t took;
} visitor;

static void *visit(void *argument)
{
    visitor *v = argument;
    directory_person *p = NULL;
    int64_t from = clock_mono();
    v->code = directory_login(v->w->desk, &v->w->config, "alice", "alice-Secret-7", &p, NULL);
    v->took = clock_mono() - from;
    directory_person_free(p);
    return NULL;
}

static void test_desk__nobody_waits_longer_however_many_ask(void **state)
{
    enum { VISITORS = 3 * DIRECTORY_WORKERS };
    slapd_world *w = *state;
    pthread_t threads[VISITORS];
    visitor visitors[VISITORS];
    w->config.timeout_s = 1;
    int fd = mute_open(&w->servers[0].port);
    for (size_t i = 0; i < VISITORS; i++) {
        visitors[i] = (visitor){.w = w};
        assert_int_equal(pthread_create(&threads[i], NULL, visit, &visitors[i]), 0);
    }
    for (size_t i = 0; i < VISITORS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_true(visitors[i].code == PLATEN_E_TIMEOUT ||
                    visitors[i].code == PLATEN_E_UNAVAILABLE);
        assert_true(visitors[i].took < 1400);
    }
    close(fd);
}

static void test_desk__only_so_many_wait(void **state)
{
    enum { VISITORS = DIRECTORY_WORKERS + DIRECTORY_WAITING + 5 };
    slapd_world *w = *state;
    pthread_t threads[VISITORS];
    visitor visitors[VISITORS];
    size_t at_once = 0;
    w->config.timeout_s = 2;
    int fd = mute_open(&w->servers[0].port);
    for (size_t i = 0; i < VISITORS; i++) {
        visitors[i] = (visitor){.w = w};
        assert_int_equal(pthread_create(&threads[i], NULL, visit, &visitors[i]), 0);
    }
    for (size_t i = 0; i < VISITORS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        at_once += visitors[i].code == PLATEN_E_UNAVAILABLE && visitors[i].took < 1000 ? 1 : 0;
    }
    assert_int_equal(at_once, 5);
    close(fd);
}

static void test_desk__many_get_in_at_once(void **state)
{
    enum { VISITORS = 3 * DIRECTORY_WORKERS };
    slapd_world *w = *state;
    pthread_t threads[VISITORS];
    visitor visitors[VISITORS];
    for (size_t i = 0; i < VISITORS; i++) {
        visitors[i] = (visitor){.w = w};
        assert_int_equal(pthread_create(&threads[i], NULL, visit, &visitors[i]), 0);
    }
    for (size_t i = 0; i < VISITORS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(visitors[i].code, PLATEN_OK);
    }
}

static void test_desk__stops_at_once(void **state)
{
    slapd_world *w = *state;
    pthread_t thread;
    visitor v = {.w = w};
    int fd = mute_open(&w->servers[0].port);
    assert_int_equal(pthread_create(&thread, NULL, visit, &v), 0);
    usleep(200000);
    directory_stop(w->desk);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(v.code, PLATEN_E_UNAVAILABLE);
    assert_true(v.took < 1000);
    expect_trouble(w, PLATEN_E_UNAVAILABLE, "no longer asked");
    close(fd);
}

/* ---- trying what is set ---- */

static directory_report *report;

static void try(slapd_world *w, const char *user, const char *password)
{
    directory_report_free(report);
    report = NULL;
    if (directory_test(w->desk, &w->config, user, password, &report, &err) != PLATEN_OK) {
        fail_msg("%s", err.text);
    }
    for (size_t i = 0; i < report->count; i++) {
        print_message("%s %s: %s\n", report->steps[i].step, report->steps[i].ok ? "good" : "BAD",
                      report->steps[i].text);
    }
}

static void expect_step(size_t index, const char *step, bool ok, const char *words)
{
    assert_true(index < report->count);
    assert_string_equal(report->steps[index].step, step);
    assert_int_equal(report->steps[index].ok, ok);
    assert_non_null(strstr(report->steps[index].text, words));
}

// PRF-11, PRF-13, PRF-14
static void test_report__tells_each_step(void **state)
{
    static const char *const keepers[] = {"keepers"};
    static const char *const north[] = {"North"};
    static const directory_region regions[] = {{7, {north, 1}}};
    slapd_world *w = *state;
    w->config.enabled = false; /* tried before it is enabled */
    w->config.server_count = 2;
    w->servers[1] = w->servers[0];
    w->servers[0].port = 1;
    w->config.mapping = (directory_mapping){.device_managers = {keepers, 1},
                                            .regions_by_group = true,
                                            .regions = regions,
                                            .region_count = 1};
    try(w, "EXAMPLE\\alice", "alice-Secret-7");
    expect_step(0, "connect", false, "Connection refused");
    expect_step(1, "connect", true, "127.0.0.1:");
    expect_step(2, "search", true, "cn=search," BASE);
    expect_step(3, "base", true, BASE);
    expect_step(4, "user", true, "uid=alice,ou=People," BASE);
    expect_step(5, "password", true, "");
    expect_step(6, "groups", true, "6 groups: ");
    expect_step(7, "role", true, "device-manager by keepers");
    expect_step(8, "regions", true, "1 by groups");
    assert_int_equal(report->count, 9);
    try(w, "alice", "");
    expect_step(5, "groups", true, "6 groups: ");
    try(w, "dave", NULL);
    expect_step(5, "groups", true, "0 groups");
    expect_step(6, "role", false, "none of 0 groups");
    try(w, "alice", "wrong");
    expect_step(5, "password", false, "Invalid credentials");
    assert_int_equal(report->count, 6);
    try(w, "nobody", "wrong");
    expect_step(4, "user", false, "nobody of that name");
    try(w, NULL, NULL);
    assert_int_equal(report->count, 4);
}

static void test_report__tells_what_is_wrong(void **state)
{
    slapd_world *w = *state;
    w->config.base = "dc=elsewhere,dc=org";
    try(w, "alice", NULL);
    expect_step(2, "base", false, "dc=elsewhere");
    assert_int_equal(report->count, 3);
    w->config.bind_user = "cn=nobody," BASE;
    try(w, "alice", NULL);
    expect_step(1, "search", false, "cn=nobody");
    w->config.ca = w->stranger;
    w->config.kerberos = true;
    try(w, "alice", NULL);
    expect_step(0, "connect", false, "unable to get local issuer");
    expect_step(1, "keytab", false, "no keytab");
    directory_report_free(report);
    report = NULL;
    w->config.server_count = 0;
    assert_int_equal(directory_test(w->desk, &w->config, NULL, NULL, &report, &err),
                     PLATEN_E_STATE);
}

#define WITH_SLAPD(test) cmocka_unit_test_setup(test, slapd_world_reset)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SLAPD(test_login__tells_who_it_is),
        WITH_SLAPD(test_login__knows_the_forms_of_names),
        WITH_SLAPD(test_login__refuses_wrong_ones),
        WITH_SLAPD(test_login__refuses_empty_passwords),
        WITH_SLAPD(test_login__twins_stay_out),
        WITH_SLAPD(test_login__without_a_searching_user),
        WITH_SLAPD(test_login__names_are_no_filters),
        WITH_SLAPD(test_groups__direct_nested_and_posix),
        WITH_SLAPD(test_groups__ten_thousand_in_time),
        WITH_SLAPD(test_security__each_kind),
        WITH_SLAPD(test_security__wrong_certificates_are_named),
        WITH_SLAPD(test_setup__wrong_ones_are_named),
        WITH_SLAPD(test_servers__down_or_mute_end_in_time),
        WITH_SLAPD(test_servers__the_next_one_takes_over),
        WITH_SLAPD(test_servers__hostile_ones_end_in_time_and_memory),
        WITH_SLAPD(test_desk__nobody_waits_longer_however_many_ask),
        WITH_SLAPD(test_desk__only_so_many_wait),
        WITH_SLAPD(test_desk__many_get_in_at_once),
        WITH_SLAPD(test_desk__stops_at_once),
        WITH_SLAPD(test_report__tells_each_step),
        WITH_SLAPD(test_report__tells_what_is_wrong),
    };
    return cmocka_run_group_tests_name("directory_login", tests, slapd_world_open,
                                       slapd_world_close);
}
