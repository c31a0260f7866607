/* /me/second-factor: setting up one-time codes for the own logins, and ending that. */
#include <ctype.h>
#include <string.h>

#include <openssl/crypto.h>

#include "core/base/log.h"
#include "core/model/user_factor.h"
#include "core/rest/login.h"
#include "core/rest/me.h"
#include "core/rest/qr.h"
#include "core/rest/request.h"

#define LOG_SOURCE "me"

static void append_encoded(strbuf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (isalnum(c) || strchr("-._~", c) != NULL) {
            strbuf_append_char(out, (char)c);
        } else {
            strbuf_appendf(out, "%%%02X", c);
        }
    }
}

/* What authenticator programs read: otpauth://totp/Platen:NAME?secret=...&issuer=Platen */
static void make_uri(strbuf *out, const char *name, const char *secret)
{
    strbuf_append(out, "otpauth://totp/Platen:");
    append_encoded(out, name);
    strbuf_appendf(out, "?secret=%s&issuer=Platen", secret);
}

static platen_code answer_secret(rest_request *r, const char *secret, platen_error *err)
{
    strbuf uri;
    strbuf svg;
    strbuf_init(&uri);
    strbuf_init(&svg);
    make_uri(&uri, rest_who(r)->name, secret);
    platen_code code = uri.failed ? error_set(err, PLATEN_E_NOMEM, "no memory for a code")
                                  : qr_svg(uri.data, &svg, err);
    if (code == PLATEN_OK && svg.failed) {
        code = error_set(err, PLATEN_E_NOMEM, "no memory for a code");
    }
    if (code == PLATEN_OK) {
        json_writer *w = rest_json(r, 200);
        json_object(w, NULL);
        json_text(w, "secret", secret);
        json_text(w, "uri", uri.data);
        json_text(w, "qr", svg.data);
        json_object_end(w);
    }
    if (!uri.failed) {
        OPENSSL_cleanse(uri.data, uri.length);
    }
    strbuf_fini(&uri);
    strbuf_fini(&svg);
    return code;
}

static platen_code post_factor(rest_request *r, platen_error *err)
{
    char secret[SECRET_TOTP_TEXT];
    const services *s = rest_services(r);
    PLATEN_TRY(me_by_session(r, err));
    PLATEN_TRY(me_confirm_password(r, "password", err));
    rest_audit_now(r);
    PLATEN_TRY(user_factor_begin(s->store, s->key, rest_who(r)->user, secret, err));
    platen_code code = answer_secret(r, secret, err);
    OPENSSL_cleanse(secret, sizeof(secret));
    return code;
}

static platen_code put_factor(rest_request *r, platen_error *err)
{
    char codes[USER_RECOVERY_CODES][USER_RECOVERY_TEXT];
    const services *s = rest_services(r);
    PLATEN_TRY(me_by_session(r, err));
    PLATEN_TRY(login_attempt(r, err));
    platen_code code = user_factor_confirm(s->store, s->key, rest_who(r)->user,
                                           json_get_text(rest_body(r), "code", ""), codes, err);
    if (code == PLATEN_E_INVAL) {
        rest_invalid(r, "/code", "code", err->text);
    }
    PLATEN_TRY(code);
    login_attempt_good(r);
    log_notice("second factor set up remote=%s user=%s", rest_remote(r), rest_who(r)->name);
    json_writer *w = rest_json(r, 200);
    json_object(w, NULL);
    json_array(w, "recovery_codes");
    for (size_t i = 0; i < USER_RECOVERY_CODES; i++) {
        json_text(w, NULL, codes[i]);
    }
    json_array_end(w);
    json_object_end(w);
    OPENSSL_cleanse(codes, sizeof(codes));
    return PLATEN_OK;
}

static platen_code post_disable(rest_request *r, platen_error *err)
{
    PLATEN_TRY(me_by_session(r, err));
    PLATEN_TRY(me_confirm_password(r, "password", err));
    rest_audit_now(r);
    PLATEN_TRY(user_factor_remove(rest_services(r)->store, rest_who(r)->user, err));
    log_notice("second factor ended remote=%s user=%s", rest_remote(r), rest_who(r)->name);
    rest_empty(r, 204);
    return PLATEN_OK;
}

#define PASSWORD                                                                                   \
    "{\"type\":\"object\",\"properties\":{\"password\":{\"type\":\"string\",\"maxLength\":512,"    \
    "\"writeOnly\":true}},\"required\":[\"password\"]}"

const rest_route rest_factor_routes[] = {
    {"POST", "/me/second-factor", REST_USER, NULL, REST_REGION_NONE,
     REST_SMALL_BODY | REST_AUDIT_HELD, post_factor,
     "Makes the secret of a second factor, which holds once a code of it has been shown to work.",
     PASSWORD,
     "{\"type\":\"object\",\"properties\":{\"secret\":{\"type\":\"string\"},"
     "\"uri\":{\"type\":\"string\"},\"qr\":{\"type\":\"string\",\"description\":\"SVG\"}}}"},
    {"PUT", "/me/second-factor", REST_USER, NULL, REST_REGION_NONE, REST_SMALL_BODY, put_factor,
     "Puts the second factor in force; the recovery codes are shown once.",
     "{\"type\":\"object\",\"properties\":{\"code\":{\"type\":\"string\",\"minLength\":6,"
     "\"maxLength\":32,\"writeOnly\":true}},\"required\":[\"code\"]}",
     "{\"type\":\"object\",\"properties\":{\"recovery_codes\":{\"type\":\"array\",\"items\":{"
     "\"type\":\"string\"}}}}"},
    {"POST", "/me/second-factor/disable", REST_USER, NULL, REST_REGION_NONE,
     REST_SMALL_BODY | REST_AUDIT_HELD, post_disable, "Ends the own second factor.", PASSWORD,
     NULL},
};
const size_t rest_factor_route_count = sizeof(rest_factor_routes) / sizeof(rest_factor_routes[0]);
