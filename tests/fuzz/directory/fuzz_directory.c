/*
 * What strangers write and servers send, as this room takes it apart: a typed name never leaves its
 * place in a filter, a DN has one form, groups give nothing that is not in the mapping.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/text.h"
#include "core/directory/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
    if (!good) {
        abort();
    }
}

/* Only what cannot end a value: RFC 4515 section 3. */
static void check_escaped(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\\') {
            must(isxdigit((unsigned char)text[1]) && isxdigit((unsigned char)text[2]));
            text += 2;
        } else {
            must(strchr("()*\\", *text) == NULL && (unsigned char)*text >= 0x20 &&
                 (unsigned char)*text < 0x7f);
        }
    }
}

static void check_name(const char *text)
{
    directory_name n;
    strbuf out;
    if (!directory_name_parse(text, &n)) {
        return;
    }
    must(n.user[0] != '\0' && (n.form == DIRECTORY_NAME_PLAIN) == (n.domain[0] == '\0'));
    must(text_is_utf8(n.user, strlen(n.user)) && text_is_utf8(n.domain, strlen(n.domain)));
    must(n.form == DIRECTORY_NAME_PRINCIPAL || strpbrk(n.user, "\\@") == NULL);
    strbuf_init(&out);
    words_escape(&out, n.user);
    check_escaped(out.data);
    strbuf_fini(&out);
}

static void check_dn(const char *text)
{
    strbuf once;
    strbuf twice;
    strbuf_init(&once);
    strbuf_init(&twice);
    /* libldap takes values in hex ("#04...") apart loosely: what it makes of them may differ. */
    if (words_fold_dn(&once, text) && text_is_utf8(once.data, once.length) &&
        strchr(text, '#') == NULL) {
        must(words_fold_dn(&twice, once.data));
        must(strcmp(once.data, twice.data) == 0);
    }
    strbuf_fini(&once);
    strbuf_fini(&twice);
}

static void check_groups(arena *a, const char *text)
{
    static const char *const word[] = {"Admins"};
    const directory_mapping m = {.system_managers = {word, 1}};
    const directory_group group = {text, text};
    directory_grant grant;
    bool in = directory_map(&m, &group, 1, a, &grant, NULL) == PLATEN_OK;
    must(in == (strcasecmp(text, "Admins") == 0));
}

static void check_domains(arena *a, const char *text)
{
    const char *names[4];
    size_t count = words_domains(a, text, text, names, 4);
    must(count <= 4);
    for (size_t i = 0; i < count; i++) {
        must(names[i][0] != '\0');
    }
    (void)words_first_value(a, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    strbuf out;
    arena *a = arena_new();
    char *text = malloc(size + 1);
    unsigned char *back = malloc(size + 1);
    size_t length = 0;
    if (a != NULL && text != NULL && back != NULL) {
        memcpy(text, data, size);
        text[size] = '\0';
        strbuf_init(&out);
        words_escape_n(&out, data, size);
        check_escaped(out.data);
        strbuf_clear(&out);
        text_base64(&out, data, size);
        must(text_unbase64(out.data, back, size, &length) && length == size &&
             memcmp(back, data, size) == 0);
        (void)text_unbase64(text, back, size, &length);
        strbuf_fini(&out);
        check_name(text);
        check_dn(text);
        check_groups(a, text);
        check_domains(a, text);
    }
    free(back);
    free(text);
    arena_free(a);
    return 0;
}
