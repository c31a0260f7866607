/* A keytab that is nowhere on a disk: libkrb5 reads files, this one has no name in any folder. */
#include "core/directory/keytab.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/strbuf.h"
#include "core/base/text.h"

#define KEYTAB_MAX 65536u
#define ENTRIES_MAX 1000

static platen_code failure(krb5_context context, krb5_error_code rc, const char *what,
                           platen_error *err)
{
    const char *words = krb5_get_error_message(context, rc);
    platen_code code = error_set(err, PLATEN_E_INVAL, "%s: %.200s", what, words);
    krb5_free_error_message(context, words);
    return code;
}

platen_code keytab_open(keytab *k, const char *base64, platen_error *err)
{
    static const char version[] = {5, 2};
    size_t length = 0;
    memset(k, 0, sizeof(*k));
    k->fd = -1;
    unsigned char *bytes = malloc(KEYTAB_MAX);
    if (bytes == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for the keytab");
    }
    bool good = base64 != NULL && text_unbase64(base64, bytes, KEYTAB_MAX, &length) &&
                length > sizeof(version) && memcmp(bytes, version, sizeof(version)) == 0;
    if (good) {
        k->fd = memfd_create("platen-keytab", MFD_CLOEXEC);
        good = k->fd >= 0 && write(k->fd, bytes, length) == (ssize_t)length;
    }
    explicit_bzero(bytes, KEYTAB_MAX);
    free(bytes);
    if (!good) {
        return error_set(err, PLATEN_E_INVAL, "the keytab is no keytab in base64");
    }
    (void)snprintf(k->name, sizeof(k->name), "FILE:/proc/self/fd/%d", k->fd);
    krb5_error_code rc = krb5_init_context(&k->context);
    return rc == 0 ? PLATEN_OK : failure(NULL, rc, "Kerberos", err);
}

void keytab_close(keytab *k)
{
    if (k->context != NULL) {
        krb5_free_context(k->context);
    }
    if (k->fd >= 0) {
        (void)close(k->fd);
    }
    k->context = NULL;
    k->fd = -1;
}

/* ---- what is in it ---- */

typedef struct look {
    const char *wanted;
    arena *memory;
    const char *found;
    strbuf *names; /* all of them, each once */
} look;

/* "HTTP/host@REALM" against what is set, which may leave out the realm or everything. */
static bool fits(const char *name, const char *wanted)
{
    size_t length = strlen(wanted);
    if (length == 0) {
        return strncmp(name, "HTTP/", 5) == 0;
    }
    return strncasecmp(name, wanted, length) == 0 &&
           (name[length] == '\0' || (name[length] == '@' && strchr(wanted, '@') == NULL));
}

static void note(look *l, const char *name)
{
    const char *known = strstr(l->names->data, name);
    if (known == NULL) { /* several keys of one principal */
        strbuf_appendf(l->names, "%s%s", l->names->length > 0 ? ", " : "", name);
    }
    if (l->found == NULL && fits(name, l->wanted)) {
        l->found = arena_dup(l->memory, name);
    }
}

static krb5_error_code each(keytab *k, krb5_keytab table, look *l)
{
    krb5_kt_cursor cursor;
    krb5_keytab_entry entry;
    krb5_error_code rc = krb5_kt_start_seq_get(k->context, table, &cursor);
    if (rc != 0) {
        return rc;
    }
    for (int i = 0; i < ENTRIES_MAX; i++) {
        char *name = NULL;
        rc = krb5_kt_next_entry(k->context, table, &entry, &cursor);
        if (rc != 0) {
            break;
        }
        if (krb5_unparse_name(k->context, entry.principal, &name) == 0) {
            note(l, name);
            krb5_free_unparsed_name(k->context, name);
        }
        (void)krb5_free_keytab_entry_contents(k->context, &entry);
    }
    (void)krb5_kt_end_seq_get(k->context, table, &cursor);
    return rc == KRB5_KT_END ? 0 : rc;
}

static platen_code look_at(keytab *k, look *l, platen_error *err)
{
    krb5_keytab table = NULL;
    krb5_error_code rc = krb5_kt_resolve(k->context, k->name, &table);
    if (rc == 0) {
        rc = each(k, table, l);
        (void)krb5_kt_close(k->context, table);
    }
    return rc == 0 ? PLATEN_OK : failure(k->context, rc, "the keytab cannot be read", err);
}

platen_code keytab_find(keytab *k, const char *wanted, arena *a, const char **principal,
                        platen_error *err)
{
    strbuf names;
    wanted = wanted != NULL ? wanted : "";
    look l = {.wanted = wanted, .memory = a, .names = &names};
    strbuf_init(&names);
    platen_code code = look_at(k, &l, err);
    if (code == PLATEN_OK && l.found == NULL) {
        code = error_set(err, PLATEN_E_NOT_FOUND, "the keytab has no key of %.80s, but of %.150s",
                         wanted[0] != '\0' ? wanted : "HTTP",
                         names.length > 0 ? names.data : "nobody");
    }
    *principal = l.found;
    strbuf_fini(&names);
    return code;
}

platen_code directory_service_principal(const directory_config *c, arena *a, const char **principal,
                                        platen_error *err)
{
    keytab k;
    platen_code code = keytab_open(&k, c->keytab, err);
    if (code == PLATEN_OK) {
        code = keytab_find(&k, c->service_principal, a, principal, err);
    }
    keytab_close(&k);
    return code;
}

platen_code directory_keytab_names(const char *base64, arena *a, const char **names,
                                   platen_error *err)
{
    keytab k;
    strbuf text;
    look l = {.wanted = "", .memory = a, .names = &text};
    strbuf_init(&text);
    platen_code code = keytab_open(&k, base64, err);
    if (code == PLATEN_OK) {
        code = look_at(&k, &l, err);
    }
    keytab_close(&k);
    if (code == PLATEN_OK) {
        *names = arena_dup(a, text.data);
        code =
            *names != NULL ? PLATEN_OK : error_set(err, PLATEN_E_NOMEM, "no memory for the keytab");
    }
    strbuf_fini(&text);
    return code;
}
