/* Names that people type, filters, DNs, domains. */
#include "core/directory/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/directory/directory.h"

static void is_name(const char *text, directory_form form, const char *domain, const char *user)
{
    directory_name n;
    assert_true(directory_name_parse(text, &n));
    assert_int_equal(n.form, form);
    assert_string_equal(n.domain, domain);
    assert_string_equal(n.user, user);
}

// ACC-10
static void test_name__has_three_forms(void **state)
{
    (void)state;
    is_name("alice", DIRECTORY_NAME_PLAIN, "", "alice");
    is_name("EXAMPLE\\alice", DIRECTORY_NAME_DOMAIN, "EXAMPLE", "alice");
    is_name("example.org\\alice b", DIRECTORY_NAME_DOMAIN, "example.org", "alice b");
    is_name("alice@example.org", DIRECTORY_NAME_PRINCIPAL, "example.org", "alice");
    is_name("a@b@example.org", DIRECTORY_NAME_PRINCIPAL, "example.org", "a@b");
    is_name("j\xc3\xb6rg", DIRECTORY_NAME_PLAIN, "", "j\xc3\xb6rg");
}

static void test_name__refuses_what_is_none(void **state)
{
    static const char *const texts[] = {"",
                                        "\\",
                                        "\\alice",
                                        "EXAMPLE\\",
                                        "a\\b\\c",
                                        "a\\b@c",
                                        "@",
                                        "@example",
                                        "alice@",
                                        "a\nb",
                                        "a\x7f"
                                        "b",
                                        "\xff",
                                        "EX\\a\x01",
                                        "al\xc3ice",
                                        "\xed\xa0\x80"};
    char big[600];
    directory_name n;
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_false(directory_name_parse(texts[i], &n));
    }
    assert_false(directory_name_parse(NULL, &n));
    memset(big, 'x', sizeof(big));
    big[DIRECTORY_NAME_PART] = '\0';
    assert_false(directory_name_parse(big, &n));
    big[DIRECTORY_NAME_PART - 1] = '\0';
    assert_true(directory_name_parse(big, &n));
}

static void is_escaped(const char *value, const char *wanted)
{
    strbuf out;
    strbuf_init(&out);
    words_escape(&out, value);
    assert_string_equal(out.data, wanted);
    strbuf_fini(&out);
}

static void test_escape__leaves_no_sign_of_a_filter(void **state)
{
    (void)state;
    is_escaped("alice", "alice");
    is_escaped("*", "\\2a");
    is_escaped("a)(uid=*", "a\\29\\28uid=\\2a");
    is_escaped("a\\b", "a\\5cb");
    is_escaped("\xc3\xa4", "\\c3\\a4");
    is_escaped("|&!<>~", "\\7c\\26\\21\\3c\\3e\\7e");
    strbuf out;
    strbuf_init(&out);
    words_escape_n(&out, "a\0b", 3);
    assert_string_equal(out.data, "a\\00b");
    strbuf_fini(&out);
}

static void same_dn(const char *a, const char *b, bool same)
{
    strbuf x;
    strbuf y;
    strbuf_init(&x);
    strbuf_init(&y);
    assert_true(words_fold_dn(&x, a));
    assert_true(words_fold_dn(&y, b));
    assert_int_equal(strcmp(x.data, y.data) == 0, same);
    strbuf_fini(&x);
    strbuf_fini(&y);
}

static void test_dn__has_one_form(void **state)
{
    (void)state;
    same_dn("cn=Admins,dc=example,dc=org", "CN=admins, DC=Example , dc=org", true);
    same_dn("cn=a\\,b,dc=org", "cn=a\\2cb,dc=org", true);
    same_dn("cn=a,dc=org", "cn=b,dc=org", false);
    same_dn("cn=a\\,dc=org", "cn=a,dc=org", false);
    strbuf out;
    strbuf_init(&out);
    assert_false(words_fold_dn(&out, "no dn"));
    assert_false(words_fold_dn(&out, ""));
    strbuf_fini(&out);
}

static void test_dn__first_value(void **state)
{
    (void)state;
    arena *a = arena_new();
    assert_string_equal(words_first_value(a, "CN=Print\\2c all,OU=x"), "Print, all");
    assert_null(words_first_value(a, "none"));
    assert_true(words_is_dn("cn=a,dc=b"));
    assert_false(words_is_dn("a=b"));
    assert_false(words_is_dn("Printers, all"));
    arena_free(a);
}

static void test_domains__come_from_the_setting_or_the_base(void **state)
{
    const char *names[3];
    (void)state;
    arena *a = arena_new();
    assert_int_equal(words_domains(a, " EXAMPLE , example.org,,", "dc=x", names, 3), 2);
    assert_string_equal(names[0], "EXAMPLE");
    assert_string_equal(names[1], "example.org");
    assert_int_equal(words_domains(a, "", "ou=People,DC=example,dc=org", names, 3), 1);
    assert_string_equal(names[0], "example.org");
    assert_int_equal(words_domains(a, "", "o=company", names, 3), 0);
    assert_int_equal(words_domains(a, "a,b,c,d", "", names, 3), 3);
    arena_free(a);
}

static void test_domains__short_names_are_first_labels(void **state)
{
    (void)state;
    assert_true(words_same_domain("example.org", "EXAMPLE.ORG", DIRECTORY_NAME_DOMAIN));
    assert_true(words_same_domain("example.org", "Example", DIRECTORY_NAME_DOMAIN));
    assert_false(words_same_domain("example.org", "example", DIRECTORY_NAME_PRINCIPAL));
    assert_false(words_same_domain("example.org", "examp", DIRECTORY_NAME_DOMAIN));
    assert_false(words_same_domain("example.org", "", DIRECTORY_NAME_DOMAIN));
    assert_false(words_same_domain("EXAMPLE", "other", DIRECTORY_NAME_DOMAIN));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_name__has_three_forms),
        cmocka_unit_test(test_name__refuses_what_is_none),
        cmocka_unit_test(test_escape__leaves_no_sign_of_a_filter),
        cmocka_unit_test(test_dn__has_one_form),
        cmocka_unit_test(test_dn__first_value),
        cmocka_unit_test(test_domains__come_from_the_setting_or_the_base),
        cmocka_unit_test(test_domains__short_names_are_first_labels),
    };
    return cmocka_run_group_tests_name("directory_words", tests, NULL, NULL);
}
