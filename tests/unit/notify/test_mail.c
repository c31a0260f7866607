/* Mails through a real SMTP server with TLS and AUTH: what goes out, and what its answers mean. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/notify/mail.h"

static delivery_options trusting(void)
{
    return (delivery_options){.ca_file = world_certs()->ca, .version = "test", .timeout_s = 10};
}

static mail_settings settings_for(const server *s, int security)
{
    mail_settings m = {.sender = strdup("platen@example.com"),
                       .host = strdup("127.0.0.1"),
                       .user = strdup(""),
                       .port = s->port,
                       .security = (unsigned)security};
    return m;
}

static delivery_verdict send_with(const mail_settings *settings, const mail_text *m,
                                  const delivery_options *options)
{
    delivery *d = NULL;
    delivery_verdict v;
    assert_ok(mail_delivery(settings, m, options, &d, error));
    delivery_perform(d, &v);
    delivery_free(d);
    return v;
}

static delivery_verdict send_one(const server *s, int security)
{
    const mail_text m = {.to = "ada@example.com",
                         .subject = "Hello",
                         .body = "One line.\r\n",
                         .mark = "mark1",
                         .date = 1769847330000};
    const delivery_options options = trusting();
    mail_settings settings = settings_for(s, security);
    delivery_verdict v = send_with(&settings, &m, &options);
    mail_settings_fini(&settings);
    return v;
}

static const char *const *tls_arguments(const char *kind)
{
    static const char *arguments[16];
    const char *const all[] = {
        "--tls", kind, "--cert", world_certs()->certificate, "--key", world_certs()->key, NULL};
    memcpy(arguments, all, sizeof(all));
    return arguments;
}

/* ---- addresses and headers ---- */

static void test_mail__addresses(void **state)
{
    (void)state;
    static const char *const good[] = {"a@b", "ada.lovelace+x@mail.example.org",
                                       "o'neil@example.com", "{x}@xn--mnchen-3ya.example"};
    static const char *const bad[] = {"",
                                      "ada",
                                      "@example.com",
                                      "ada@",
                                      "ada@example..com",
                                      ".ada@example.com",
                                      "ada.@example.com",
                                      "ada@-example.com",
                                      "ada@exam ple.com",
                                      "ada@example.com\r\nRCPT TO:<eve@example.com>",
                                      "ada@example.com\n",
                                      "<ada@example.com>",
                                      "ada@example.com>",
                                      "\"ada\"@example.com",
                                      "ada@example.com,eve@example.com",
                                      "ad\xc3\xa4@example.com"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(mail_address_ok(good[i]));
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(mail_address_ok(bad[i]));
    }
    char longest[300];
    memset(longest, 'a', sizeof(longest));
    memcpy(longest + 60, "@", 1);
    longest[254] = '\0';
    assert_true(mail_address_ok(longest));
    longest[254] = 'a';
    longest[255] = '\0';
    assert_false(mail_address_ok(longest));
}

static void test_mail__headers_are_encoded(void **state)
{
    (void)state;
    strbuf out;
    strbuf_init(&out);
    mail_encode(&out, "Plain words");
    assert_string_equal(out.data, "Plain words");
    strbuf_clear(&out);
    mail_encode(&out, "Gr\xc3\xbc\xc3\x9f"
                      "e");
    assert_string_equal(out.data, "=?UTF-8?B?R3LDvMOfZQ==?=");
    strbuf_clear(&out);
    mail_encode(&out, "a\r\nBcc: eve@example.com"); /* no second header */
    assert_string_equal(out.data, "a Bcc: eve@example.com");
    strbuf_clear(&out);
    mail_encode(&out, "=?UTF-8?B?R3LDvMOfZQ==?="); /* what only looks encoded is encoded */
    assert_true(text_begins(out.data, "=?UTF-8?B?PT9VVEYt"));
    strbuf_clear(&out);
    for (int i = 0; i < 100; i++) {
        strbuf_append(&out, "\xe3\x81\x82");
    }
    char *longest = strbuf_take(&out);
    mail_encode(&out, longest);
    for (const char *line = out.data; *line != '\0';) {
        size_t length = strcspn(line, "\r");
        assert_true(length <= 76); /* RFC 2047, 2 */
        line += length;
        line += *line == '\r' ? 2 : 0;
    }
    free(longest);
    strbuf_fini(&out);
}

/* ---- what arrives ---- */

static void test_mail__arrives_as_it_should(void **state)
{
    (void)state;
    server s = {0};
    const mail_text m = {.to = "ada@example.com",
                         .subject = "Ihr Platen-Konto: \xe2\x9c\x93 "
                                    "\xe3\x83\xad\xe3\x83\x83\xe3\x82\xaf\xe3\x81\x95\xe3\x82\x8c",
                         .body = "Gr\xc3\xbc\xc3\x9f"
                                 "e,\r\n.\r\n..two dots\r\nFrom here on = all\r\n",
                         .mark = "mark-1",
                         .date = 1769847330000};
    server_start(&s, "smtp-server.py", 0, NULL);
    const delivery_options options = trusting();
    mail_settings settings = settings_for(&s, MAIL_PLAIN);
    delivery_verdict v = send_with(&settings, &m, &options);
    assert_int_equal(v.outcome, DELIVERY_DONE);
    assert_int_equal(v.status, 250);
    cJSON *mails = server_received(&s, "mails");
    assert_int_equal(cJSON_GetArraySize(mails), 1);
    const cJSON *mail = cJSON_GetArrayItem(mails, 0);
    const char *data = cJSON_GetStringValue(cJSON_GetObjectItem(mail, "data"));
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(mail, "from")),
                        "platen@example.com");
    assert_non_null(strstr(data, "Date: Sat, 31 Jan 2026 08:15:30 +0000\r\n"));
    assert_non_null(strstr(data, "From: Platen <platen@example.com>\r\n"));
    assert_non_null(strstr(data, "To: <ada@example.com>\r\n"));
    assert_non_null(strstr(data, "Message-ID: <mark-1@example.com>\r\n"));
    assert_non_null(strstr(data, "Auto-Submitted: auto-generated\r\n"));
    assert_non_null(strstr(data, "Mime-Version: 1.0\r\n"));
    assert_non_null(strstr(data, "Subject: =?UTF-8?B?SWhyIFBsYXRlbi1Lb250bzog4pyTIOOD"));
    assert_non_null(strstr(data, "Content-Type: text/plain; charset=utf-8\r\n"));
    assert_non_null(strstr(data, "Gr=C3=BC=C3=9Fe,\r\n.\r\n..two dots\r\nFrom here on =3D all"));
    cJSON_Delete(mails);
    mail_settings_fini(&settings);
    server_stop(&s);
}

static void test_mail__refuses_what_is_no_address(void **state)
{
    (void)state;
    server s = {.port = 1};
    const mail_text m = {.to = "ada@example.com>\r\nRCPT TO:<eve@example.com",
                         .subject = "",
                         .body = "",
                         .mark = "m"};
    const delivery_options options = trusting();
    mail_settings settings = settings_for(&s, MAIL_PLAIN);
    delivery *d = NULL;
    assert_int_equal(mail_delivery(&settings, &m, &options, &d, NULL), PLATEN_E_INVAL);
    mail_settings_fini(&settings);
}

/* ---- TLS: PRF-07 ---- */

static void test_mail__starttls_and_tls(void **state)
{
    (void)state;
    static const char *const kinds[] = {"starttls", "tls"};
    for (int i = 0; i < 2; i++) {
        server s = {0};
        server_start(&s, "smtp-server.py", 0, tls_arguments(kinds[i]));
        delivery_verdict v = send_one(&s, i == 0 ? MAIL_STARTTLS : MAIL_TLS);
        assert_string_equal(v.text, "250 2.0.0 queued");
        assert_int_equal(v.outcome, DELIVERY_DONE);
        cJSON *mails = server_received(&s, "mails");
        assert_true(cJSON_IsTrue(cJSON_GetObjectItem(cJSON_GetArrayItem(mails, 0), "tls")));
        cJSON_Delete(mails);
        server_stop(&s);
    }
}

/* Without TLS only when that is what was chosen: a server that does not offer it gets nothing. */
static void test_mail__starttls_is_not_left_out(void **state)
{
    (void)state;
    server s = {0};
    server_start(&s, "smtp-server.py", 0, NULL);
    delivery_verdict v = send_one(&s, MAIL_STARTTLS);
    assert_int_equal(v.outcome, DELIVERY_BLOCKED);
    assert_int_equal(v.code, PLATEN_E_PROTOCOL);
    assert_non_null(strstr(v.text, "STARTTLS"));
    assert_int_equal(server_count(&s, "mails"), 0);
    server_stop(&s);
}

static void test_mail__wrong_certificate(void **state)
{
    (void)state;
    server s = {0};
    const mail_text m = {.to = "ada@example.com", .subject = "s", .body = "b", .mark = "m"};
    delivery_options options = trusting();
    server_start(&s, "smtp-server.py", 0, tls_arguments("tls"));
    mail_settings settings = settings_for(&s, MAIL_TLS);
    options.ca_file = NULL; /* the system does not know our CA */
    delivery_verdict v = send_with(&settings, &m, &options);
    assert_int_equal(v.outcome, DELIVERY_BLOCKED);
    assert_int_equal(v.code, PLATEN_E_PROTOCOL);
    assert_non_null(strstr(v.text, "certificate"));
    options = trusting(); /* and another name is not the certificate's */
    free(settings.host);
    settings.host = strdup("127.0.0.2");
    free(settings.sender);
    settings.sender = strdup("platen@example.com");
    server other = {0};
    server_stop(&s);
    server_start(&other, "smtp-server.py", 0, tls_arguments("tls"));
    settings.port = other.port;
    v = send_with(&settings, &m, &options);
    assert_int_equal(v.outcome, DELIVERY_BLOCKED);
    assert_int_equal(server_count(&other, "mails"), 0);
    mail_settings_fini(&settings);
    server_stop(&other);
}

/* ---- AUTH: PRF-08 ---- */

static void test_mail__authentication(void **state)
{
    (void)state;
    server s = {0};
    const char *arguments[16];
    const char *const *tls = tls_arguments("starttls");
    size_t count = 0;
    for (; tls[count] != NULL; count++) {
        arguments[count] = tls[count];
    }
    const char *const more[] = {"--user", "printers@example.com", "--password", "p\xc3\xa4ss w",
                                NULL};
    memcpy(arguments + count, more, sizeof(more));
    const mail_text m = {.to = "ada@example.com", .subject = "s", .body = "b", .mark = "m"};
    const delivery_options options = trusting();
    server_start(&s, "smtp-server.py", 0, arguments);
    mail_settings settings = settings_for(&s, MAIL_STARTTLS);
    delivery_verdict v = send_with(&settings, &m, &options); /* without: the server wants it */
    assert_int_equal(v.outcome, DELIVERY_BLOCKED);
    assert_int_equal(v.code, PLATEN_E_DEVICE);
    free(settings.user);
    settings.user = strdup("printers@example.com");
    settings.password = strdup("wrong");
    v = send_with(&settings, &m, &options);
    assert_int_equal(v.outcome, DELIVERY_BLOCKED);
    assert_int_equal(v.code, PLATEN_E_AUTH);
    assert_non_null(strstr(v.text, "535"));
    assert_null(strstr(v.text, "wrong"));
    assert_int_equal(server_count(&s, "mails"), 0);
    secret_text_free(settings.password);
    settings.password = strdup("p\xc3\xa4ss w");
    v = send_with(&settings, &m, &options);
    assert_string_equal(v.text, "250 2.0.0 queued");
    cJSON *mails = server_received(&s, "mails");
    assert_string_equal(
        cJSON_GetStringValue(cJSON_GetObjectItem(cJSON_GetArrayItem(mails, 0), "user")),
        "printers@example.com");
    cJSON_Delete(mails);
    mail_settings_fini(&settings);
    server_stop(&s);
}

/* ---- what answers mean ---- */

static void test_mail__verdicts(void **state)
{
    (void)state;
    static const struct {
        const char *behaviour;
        delivery_outcome outcome;
        platen_code code;
        const char *text;
    } table[] = {
        {"refuse-rcpt", DELIVERY_REFUSED, PLATEN_E_DEVICE,
         "the mail server answers RCPT with: 550 5.1.1 there is no such user"},
        {"refuse-data", DELIVERY_REFUSED, PLATEN_E_DEVICE,
         "the mail server answers DATA with: 554 5.7.1 this looks like spam"},
        {"later-data", DELIVERY_LATER, PLATEN_E_DEVICE,
         "the mail server answers DATA with: 451 4.3.0 not now"},
        {"greylist", DELIVERY_LATER, PLATEN_E_DEVICE,
         "the mail server answers RCPT with: 450 4.2.0 greylisted, try again later"},
        {"refuse-mail", DELIVERY_BLOCKED, PLATEN_E_DEVICE,
         "the mail server answers MAIL with: 550 5.7.1 this sender is not welcome"},
        {"busy", DELIVERY_BLOCKED, PLATEN_E_DEVICE, "421 4.3.2 come back later"},
        {"drop", DELIVERY_BLOCKED, PLATEN_E_UNREACHABLE, ""},
    };
    server s = {0};
    server_start(&s, "smtp-server.py", 0, NULL);
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        server_behave(&s, table[i].behaviour);
        delivery_verdict v = send_one(&s, MAIL_PLAIN);
        if (v.outcome != table[i].outcome || v.code != table[i].code ||
            strstr(v.text, table[i].text) == NULL) {
            fail_msg("%s: outcome %d, code %d, '%s'", table[i].behaviour, (int)v.outcome,
                     (int)v.code, v.text);
        }
    }
    server_stop(&s);
    delivery_verdict v = send_one(&s, MAIL_PLAIN); /* nobody listens any more */
    assert_int_equal(v.outcome, DELIVERY_BLOCKED);
    assert_int_equal(v.code, PLATEN_E_UNREACHABLE);
}

static void test_mail__a_silent_server_ends(void **state)
{
    (void)state;
    server s = {0};
    const mail_text m = {.to = "ada@example.com", .subject = "s", .body = "b", .mark = "m"};
    delivery_options options = trusting();
    server_start(&s, "smtp-server.py", 0, NULL);
    server_behave(&s, "hang");
    mail_settings settings = settings_for(&s, MAIL_PLAIN);
    options.timeout_s = 1;
    delivery_verdict v = send_with(&settings, &m, &options);
    assert_int_equal(v.outcome, DELIVERY_BLOCKED);
    assert_int_equal(v.code, PLATEN_E_TIMEOUT);
    atomic_bool stop = true;
    options.timeout_s = 60;
    options.stop = &stop;
    v = send_with(&settings, &m, &options);
    assert_int_equal(v.code, PLATEN_E_CANCELLED);
    mail_settings_fini(&settings);
    server_stop(&s);
}

/* ---- preferences: PRF-04 to PRF-08 ---- */

static void test_mail__settings_from_preferences(void **state)
{
    store *s = world_tables(state);
    secret_key *key = world_key();
    mail_settings m = {0};
    assert_int_equal(mail_settings_load(s, key, &m, NULL), PLATEN_E_STATE);
    world_mail(s, key, "'security':'starttls','authentication':true,'user':'u','password':'p'",
               587);
    assert_ok(mail_settings_load(s, key, &m, error));
    assert_string_equal(m.sender, "platen@example.com");
    assert_string_equal(m.host, "127.0.0.1");
    assert_int_equal(m.port, 587);
    assert_int_equal(m.security, MAIL_STARTTLS);
    assert_string_equal(m.user, "u");
    assert_string_equal(m.password, "p");
    mail_settings_fini(&m);
    world_mail(s, key, "'authentication':false", 465);
    assert_ok(mail_settings_load(s, key, &m, error));
    assert_string_equal(m.user, "");
    assert_null(m.password);
    mail_settings_fini(&m);
    secret_key_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mail__addresses),
        cmocka_unit_test(test_mail__headers_are_encoded),
        cmocka_unit_test(test_mail__arrives_as_it_should),
        cmocka_unit_test(test_mail__refuses_what_is_no_address),
        cmocka_unit_test(test_mail__starttls_and_tls),
        cmocka_unit_test(test_mail__starttls_is_not_left_out),
        cmocka_unit_test(test_mail__wrong_certificate),
        cmocka_unit_test(test_mail__authentication),
        cmocka_unit_test(test_mail__verdicts),
        cmocka_unit_test(test_mail__a_silent_server_ends),
        cmocka_unit_test_setup_teardown(test_mail__settings_from_preferences, fixture_sqlite,
                                        fixture_end),
    };
    curl_global_init(CURL_GLOBAL_DEFAULT);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    world_certs_remove();
    curl_global_cleanup();
    return failed;
}
