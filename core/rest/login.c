/* What all ways of coming in have in common. */
#include "core/rest/login.h"

#include <stdio.h>
#include <string.h>

#include "core/base/log.h"
#include "core/base/text.h"
#include "core/notify/notify.h"
#include "core/rest/request.h"

#define LOG_SOURCE "login"
#define BROWSER_MAX 200

platen_code login_attempt(rest_request *r, platen_error *err)
{
    int wait_s = 0;
    platen_code code = access_attempt(r->rest->access, rest_remote(r), &wait_s, err);
    if (code != PLATEN_OK) {
        const char *wait = arena_printf(r->arena, "%d", wait_s);
        rest_answer_header(r, "Retry-After", wait != NULL ? wait : "3");
    }
    return code;
}

void login_attempt_good(rest_request *r)
{
    access_attempt_good(r->rest->access, rest_remote(r));
}

platen_code login_gate_enter(rest_request *r, platen_error *err)
{
    return access_gate_enter(r->rest->access, err);
}

void login_gate_leave(rest_request *r)
{
    access_gate_leave(r->rest->access);
}

const char *login_browser(rest_request *r)
{
    strbuf clean;
    const char *header = rest_header(r, "User-Agent");
    size_t length = header != NULL ? strnlen(header, BROWSER_MAX) : 0;
    strbuf_init(&clean);
    text_from_device(&clean, header, length);
    const char *browser = clean.failed ? NULL : arena_dup(r->arena, clean.data);
    strbuf_fini(&clean);
    return browser != NULL ? browser : "";
}

void login_failed(rest_request *r, const char *name, const user_outcome *out)
{
    platen_error trouble = PLATEN_ERROR_INIT;
    log_notice("login refused remote=%s user=%s", rest_remote(r), name);
    if (!out->locked) {
        return;
    }
    log_warning("account locked after failed logins remote=%s user=%s", rest_remote(r),
                out->user.name);
    if (notify_login_locked(rest_services(r)->notify, &out->user, rest_remote(r), out->locked_until,
                            &trouble) != PLATEN_OK) {
        log_warning("cannot tell about a locked account: %s", trouble.text);
    }
}

/* ---- people of a directory ---- */

/* Nothing of what the account could do is left, in whatever session or token. */
static void leave(rest_request *r, const directory_person *p)
{
    platen_error trouble = PLATEN_ERROR_INIT;
    if (user_leave_directory(rest_services(r)->store, p->domain, p->user, &trouble) != PLATEN_OK) {
        log_warning("cannot take back rights: %s", trouble.text);
    }
    access_forget_user(r->rest->access, 0);
}

platen_code login_person(rest_request *r, const directory_config *c, const directory_person *p,
                         user_record *out, platen_error *err)
{
    directory_grant grant;
    platen_code code = directory_admit(c, p, r->arena, &grant, err);
    if (code == PLATEN_E_UNAUTHENTICATED) {
        leave(r, p);
    }
    PLATEN_TRY(code);
    const user_directory_entry entry = {.domain = p->domain,
                                        .user = p->user,
                                        .email = p->mail,
                                        .external_id = p->id,
                                        .role = grant.role,
                                        .functions = c->mapping.functions,
                                        .regions_by_group = grant.regions_by_group,
                                        .regions = grant.regions};
    PLATEN_TRY(user_enter_directory(rest_services(r)->store, r->arena, &entry, out, err));
    access_forget_user(r->rest->access, out->id); /* other sessions and tokens: as the groups say */
    return PLATEN_OK;
}

/* ---- a session ---- */

/* A session that was there before ends: whoever logs in anew leaves nothing behind. */
static void end_old(rest_request *r)
{
    if (r->identity.way == ACCESS_SESSION) {
        access_forget(r->rest->access, r->identity.hash);
        (void)user_session_end(rest_services(r)->store, r->identity.hash, NULL);
    }
}

static platen_code set_cookie(rest_request *r, const char *cookie, bool remember, platen_error *err)
{
    const char *kept =
        remember /* ACC-11, ACC-12 */
            ? arena_printf(r->arena, "; Max-Age=%lld", USER_SESSION_REMEMBERED_MS / 1000)
            : "";
    const char *line = arena_printf(r->arena, ACCESS_COOKIE "=%s" ACCESS_COOKIE_RULES "%s", cookie,
                                    kept != NULL ? kept : "");
    if (line == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for the session");
    }
    rest_answer_header(r, "Set-Cookie", line);
    return PLATEN_OK;
}

static void write_user(json_writer *w, const user_record *u)
{
    json_object(w, "user");
    json_id(w, "id", u->id);
    json_text(w, "name", u->name);
    json_text(w, "email", u->email);
    json_text(w, "role", user_role_word(u->role));
    json_raw(w, "functions", u->functions);
    json_object_end(w);
}

platen_code login_answer(rest_request *r, const user_record *who, user_entry entry, bool remember,
                         platen_error *err)
{
    char cookie[64];
    user_session session;
    const user_session_start start = {.user = who->id,
                                      .entry = entry,
                                      .remember = remember,
                                      .address = rest_remote(r),
                                      .browser = login_browser(r)};
    end_old(r);
    rest_audit_user(r, who->id, who->name);
    rest_audit_now(r);
    PLATEN_TRY(user_session_new(rest_services(r)->store, &start, cookie, &session, err));
    PLATEN_TRY(set_cookie(r, cookie, remember, err));
    log_info("login remote=%s user=%s way=%s", rest_remote(r), who->name, user_entry_word(entry));
    json_writer *w = rest_json(r, 200);
    json_object(w, NULL);
    write_user(w, who);
    json_text(w, "csrf", session.csrf);
    json_time(w, "expires", session.expires);
    json_object_end(w);
    return PLATEN_OK;
}
