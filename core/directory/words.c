/* Text of directories. DNs are taken apart by libldap, everything else is a few characters. */
#include "core/directory/words.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <ldap.h>

#include "core/base/text.h"

/* ---- names ---- */

static bool take_part(char to[DIRECTORY_NAME_PART], const char *from, size_t length)
{
    if (length == 0 || length >= DIRECTORY_NAME_PART) {
        return false;
    }
    memcpy(to, from, length);
    to[length] = '\0';
    return true;
}

static bool is_clean(const char *text)
{
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c < 0x20 || c == 0x7f) {
            return false;
        }
    }
    return text_is_utf8(text, length);
}

bool directory_name_parse(const char *text, directory_name *out)
{
    memset(out, 0, sizeof(*out));
    if (text == NULL || !is_clean(text)) {
        return false;
    }
    const char *slash = strchr(text, '\\');
    const char *at = strrchr(text, '@');
    if (slash != NULL) {
        out->form = DIRECTORY_NAME_DOMAIN;
        return at == NULL && strchr(slash + 1, '\\') == NULL &&
               take_part(out->domain, text, (size_t)(slash - text)) &&
               take_part(out->user, slash + 1, strlen(slash + 1));
    }
    if (at != NULL) {
        out->form = DIRECTORY_NAME_PRINCIPAL;
        return take_part(out->user, text, (size_t)(at - text)) &&
               take_part(out->domain, at + 1, strlen(at + 1));
    }
    out->form = DIRECTORY_NAME_PLAIN;
    return take_part(out->user, text, strlen(text));
}

/* ---- filters ---- */

void words_escape_n(strbuf *out, const void *value, size_t length)
{
    const unsigned char *bytes = value;
    for (size_t i = 0; i < length; i++) {
        if (isascii(bytes[i]) && (isalnum(bytes[i]) || strchr(" ,.-_=:@/+", bytes[i]) != NULL) &&
            bytes[i] != '\0') {
            strbuf_append_char(out, (char)bytes[i]);
        } else {
            strbuf_appendf(out, "\\%02x", bytes[i]);
        }
    }
}

void words_escape(strbuf *out, const char *value)
{
    words_escape_n(out, value, strlen(value));
}

/* ---- DNs ---- */

void words_fold(strbuf *out, const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        strbuf_append_char(out, *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c);
    }
}

bool words_fold_dn(strbuf *out, const char *dn)
{
    LDAPDN parts = NULL;
    char *text = NULL;
    if (ldap_str2dn(dn, &parts, LDAP_DN_FORMAT_LDAP) != LDAP_SUCCESS) {
        return false;
    }
    int rc = parts != NULL ? ldap_dn2str(parts, &text, LDAP_DN_FORMAT_LDAPV3) : LDAP_OTHER;
    ldap_dnfree(parts);
    if (rc != LDAP_SUCCESS || text == NULL) {
        return false;
    }
    words_fold(out, text);
    ldap_memfree(text);
    return true;
}

const char *words_first_value(arena *a, const char *dn)
{
    LDAPDN parts = NULL;
    const char *value = NULL;
    if (ldap_str2dn(dn, &parts, LDAP_DN_FORMAT_LDAP) != LDAP_SUCCESS || parts == NULL) {
        return NULL;
    }
    if (parts[0] != NULL && parts[0][0] != NULL) {
        const struct berval *v = &parts[0][0]->la_value;
        value = arena_dup_n(a, v->bv_val != NULL ? v->bv_val : "", v->bv_len);
    }
    ldap_dnfree(parts);
    return value;
}

bool words_is_dn(const char *text)
{
    return strchr(text, '=') != NULL && strchr(text, ',') != NULL;
}

platen_code directory_check_dn(const char *dn, platen_error *err)
{
    strbuf folded;
    strbuf_init(&folded);
    bool good = dn[0] == '\0' || words_fold_dn(&folded, dn);
    strbuf_fini(&folded);
    return good ? PLATEN_OK
                : error_set(err, PLATEN_E_INVAL, "'%.100s' is no name of a directory entry", dn);
}

/* ---- domains ---- */

/* "example.org" of "ou=People,dc=example,dc=org"; "" when there are no such parts. */
static const char *domain_of_base(arena *a, const char *base)
{
    strbuf name;
    LDAPDN parts = NULL;
    const char *result = "";
    if (ldap_str2dn(base, &parts, LDAP_DN_FORMAT_LDAP) != LDAP_SUCCESS || parts == NULL) {
        return "";
    }
    strbuf_init(&name);
    for (size_t i = 0; parts[i] != NULL; i++) {
        const LDAPAVA *ava = parts[i][0];
        if (ava != NULL && ava->la_attr.bv_len == 2 &&
            strncasecmp(ava->la_attr.bv_val, "dc", 2) == 0) {
            strbuf_append(&name, name.length > 0 ? "." : "");
            strbuf_append_n(&name, ava->la_value.bv_val, ava->la_value.bv_len);
        }
    }
    ldap_dnfree(parts);
    if (!name.failed) {
        result = arena_dup(a, name.data);
    }
    strbuf_fini(&name);
    return result != NULL ? result : "";
}

size_t words_domains(arena *a, const char *domain, const char *base, const char **names,
                     size_t capacity)
{
    size_t count = 0;
    const char *at = domain != NULL ? domain : "";
    while (*at != '\0' && count < capacity) {
        size_t length = strcspn(at, ",");
        char *one = arena_dup_n(a, at, length);
        const char *name = one != NULL ? text_trim(one) : "";
        if (name[0] != '\0') {
            names[count++] = name;
        }
        at += length + (at[length] == ',' ? 1 : 0);
    }
    if (count == 0 && capacity > 0 && base != NULL) {
        names[0] = domain_of_base(a, base);
        count = names[0][0] != '\0' ? 1 : 0;
    }
    return count;
}

bool words_same_domain(const char *known, const char *typed, directory_form form)
{
    size_t label = strcspn(known, ".");
    return strcasecmp(known, typed) == 0 ||
           (form == DIRECTORY_NAME_DOMAIN && known[label] == '.' && strlen(typed) == label &&
            strncasecmp(known, typed, label) == 0);
}
