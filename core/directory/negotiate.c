/* SPNEGO with Kerberos inside, as the server (RFC 4178, 4121). No network is used here. */
#include <stdio.h>
#include <string.h>

#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>

#include "core/base/file.h"
#include "core/base/text.h"
#include "core/directory/directory.h"
#include "core/directory/keytab.h"

#define LOG_SOURCE "directory"
#include "core/base/log.h"

#define NTLM "NTLMSSP"

static unsigned char spnego_oid[] = {0x2b, 6, 1, 5, 5, 2}; /* 1.3.6.1.5.5.2 */

/* ---- errors ---- */

/* The first line of a status in words. */
static void append_status(strbuf *out, OM_uint32 status, int type)
{
    OM_uint32 minor = 0;
    OM_uint32 more = 0;
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    if (gss_display_status(&minor, status, type, GSS_C_NO_OID, &more, &text) == GSS_S_COMPLETE) {
        text_from_device(out, text.value, text.length);
        (void)gss_release_buffer(&minor, &text);
    }
}

static platen_code refused(platen_code code, const char *what, OM_uint32 major, OM_uint32 minor,
                           platen_error *err)
{
    strbuf text;
    strbuf_init(&text);
    append_status(&text, minor, GSS_C_MECH_CODE); /* "Clock skew too great" */
    if (minor == 0 || text.length == 0) {
        append_status(&text, major, GSS_C_GSS_CODE);
    }
    (void)error_set(err, code, "%s: %.220s", what, text.data);
    strbuf_fini(&text);
    return code;
}

/* ---- our own key ---- */

static platen_code take_key(const char *principal, const keytab *k, const directory_config *c,
                            gss_cred_id_t *key, platen_error *err)
{
    char cache[FILE_PATH + 8];
    const char *replays = c->replay_cache != NULL ? c->replay_cache : "";
    OM_uint32 minor = 0;
    gss_name_t name = GSS_C_NO_NAME;
    gss_OID_desc two[] = {*gss_mech_krb5, {sizeof(spnego_oid), spnego_oid}};
    gss_OID_set_desc both = {2, two};
    gss_OID_set_desc only = {1, two};
    gss_key_value_element_desc where[] = {{"keytab", k->name}, {"rcache", cache}};
    gss_key_value_set_desc places = {.count = replays[0] != '\0' ? 2 : 1, .elements = where};
    union {
        const char *from;
        void *to;
    } same = {principal};
    gss_buffer_desc text = {.length = strlen(principal), .value = same.to};
    (void)snprintf(cache, sizeof(cache), "file2:%s", replays);
    OM_uint32 major = gss_import_name(&minor, &text, GSS_KRB5_NT_PRINCIPAL_NAME, &name);
    if (major == GSS_S_COMPLETE) {
        major = gss_acquire_cred_from(&minor, name, GSS_C_INDEFINITE, &both, GSS_C_ACCEPT, &places,
                                      key, NULL, NULL);
    }
    if (major == GSS_S_COMPLETE) {
        major = gss_set_neg_mechs(&minor, *key, &only);
    }
    OM_uint32 ignored = 0;
    (void)gss_release_name(&ignored, &name);
    return major == GSS_S_COMPLETE
               ? PLATEN_OK
               : refused(PLATEN_E_STATE, "the service's own key", major, minor, err);
}

/* ---- the browser's token ---- */

static bool is_ntlm(const void *token, size_t length)
{
    return length >= strlen(NTLM) && memcmp(token, NTLM, strlen(NTLM)) == 0;
}

/* One step: browsers that have a ticket need no second one. */
static platen_code accept_token(gss_cred_id_t key, const void *token, size_t length,
                                gss_name_t *from, strbuf *reply, platen_error *err)
{
    OM_uint32 minor = 0;
    OM_uint32 ignored = 0;
    gss_ctx_id_t context = GSS_C_NO_CONTEXT;
    gss_buffer_desc answer = GSS_C_EMPTY_BUFFER;
    union {
        const void *from;
        void *to;
    } same = {token};
    gss_buffer_desc input = {.length = length, .value = same.to};
    OM_uint32 major =
        gss_accept_sec_context(&minor, &context, key, &input, GSS_C_NO_CHANNEL_BINDINGS, from, NULL,
                               &answer, NULL, NULL, NULL);
    strbuf_append_n(reply, answer.value, answer.length);
    (void)gss_release_buffer(&ignored, &answer);
    (void)gss_delete_sec_context(&ignored, &context, GSS_C_NO_BUFFER);
    if (major == GSS_S_COMPLETE) {
        return PLATEN_OK;
    }
    if ((major & GSS_S_CONTINUE_NEEDED) != 0 && !GSS_ERROR(major)) {
        return error_set(err, PLATEN_E_UNAUTHENTICATED,
                         "the browser offers no Kerberos ticket for this service");
    }
    return refused(PLATEN_E_UNAUTHENTICATED, "the Kerberos ticket is refused", major, minor, err);
}

/* ---- whose it is ---- */

static bool take_component(char to[DIRECTORY_NAME_PART], const krb5_data *from)
{
    if (from->length == 0 || from->length >= DIRECTORY_NAME_PART ||
        memchr(from->data, '\0', from->length) != NULL || !text_is_utf8(from->data, from->length)) {
        return false;
    }
    memcpy(to, from->data, from->length);
    to[from->length] = '\0';
    return true;
}

/* People have one name and a realm: "alice@EXAMPLE.ORG". Services and "alice/admin" are nobody. */
static platen_code split(krb5_context context, const char *text, directory_name *name,
                         platen_error *err)
{
    krb5_principal p = NULL;
    bool good = krb5_parse_name(context, text, &p) == 0 && p->length == 1 &&
                take_component(name->user, &p->data[0]) && take_component(name->domain, &p->realm);
    krb5_free_principal(context, p);
    name->form = DIRECTORY_NAME_PRINCIPAL;
    return good ? PLATEN_OK
                : error_set(err, PLATEN_E_UNAUTHENTICATED, "the ticket's owner %.200s is no person",
                            text);
}

static platen_code take_owner(keytab *k, gss_name_t from, const char *principal,
                              directory_ticket *out, platen_error *err)
{
    char text[2 * DIRECTORY_NAME_PART] = "";
    OM_uint32 minor = 0;
    gss_buffer_desc shown = GSS_C_EMPTY_BUFFER;
    const char *realm = strrchr(principal, '@');
    if (gss_display_name(&minor, from, &shown, NULL) == GSS_S_COMPLETE &&
        shown.length < sizeof(text)) {
        memcpy(text, shown.value, shown.length);
    }
    (void)gss_release_buffer(&minor, &shown);
    PLATEN_TRY(split(k->context, text, &out->name, err));
    out->own_realm = realm != NULL && strcmp(realm + 1, out->name.domain) == 0;
    return PLATEN_OK;
}

/* ---- together ---- */

static platen_code accept_with(keytab *k, const directory_config *c, const void *token,
                               size_t length, directory_ticket *out, arena *memory,
                               platen_error *err)
{
    OM_uint32 minor = 0;
    const char *principal = NULL;
    gss_cred_id_t key = GSS_C_NO_CREDENTIAL;
    gss_name_t from = GSS_C_NO_NAME;
    PLATEN_TRY(keytab_open(k, c->keytab, err));
    PLATEN_TRY(keytab_find(k, c->service_principal, memory, &principal, err));
    platen_code code = take_key(principal, k, c, &key, err);
    if (code == PLATEN_OK) {
        code = accept_token(key, token, length, &from, &out->reply, err);
    }
    if (code == PLATEN_OK) {
        code = take_owner(k, from, principal, out, err);
    }
    (void)gss_release_name(&minor, &from);
    (void)gss_release_cred(&minor, &key);
    return code;
}

platen_code directory_accept(const directory_config *c, const void *token, size_t length,
                             directory_ticket *out, platen_error *err)
{
    keytab k = {.fd = -1};
    memset(out, 0, sizeof(*out));
    strbuf_init(&out->reply);
    if (!c->enabled || !c->kerberos) {
        return error_set(err, PLATEN_E_STATE, "single sign-on is not enabled");
    }
    if (length == 0 || length > DIRECTORY_TOKEN_MAX) {
        return error_set(err, PLATEN_E_UNAUTHENTICATED,
                         "a token of %zu bytes is none, %d are the most", length,
                         DIRECTORY_TOKEN_MAX);
    }
    if (is_ntlm(token, length)) {
        return error_set(err, PLATEN_E_UNAUTHENTICATED,
                         "the browser offers NTLM, not a Kerberos ticket for this service");
    }
    arena *memory = arena_new();
    platen_code code = memory != NULL ? accept_with(&k, c, token, length, out, memory, err)
                                      : error_set(err, PLATEN_E_NOMEM, "no memory for a ticket");
    keytab_close(&k);
    arena_free(memory);
    if (code == PLATEN_E_INVAL || code == PLATEN_E_NOT_FOUND) { /* what is set does not fit */
        code = error_note(err, PLATEN_E_STATE, "single sign-on");
    }
    return code;
}

void directory_ticket_fini(directory_ticket *t)
{
    strbuf_fini(&t->reply);
}
