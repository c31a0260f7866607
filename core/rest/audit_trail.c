/* From a request to its entry. */
#include "core/rest/audit_trail.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/model/audit.h"
#include "core/rest/limit.h"
#include "core/rest/request.h"

#define LOG_SOURCE "audit"
#define MASK "***"

/* ---- what is secret ---- */

typedef struct masking {
    const char *const *secrets;
    size_t count;
} masking;

/* Schemas say what is secret (writeOnly); this is for those that forget it, and for answers. */
static bool is_secret_name(const char *name)
{
    static const char *const names[] = {"password",   "current",     "secret",         "token",
                                        "community",  "keytab",      "activation_key", "csrf",
                                        "passphrase", "private_key", "recovery_codes"};
    static const char *const ends[] = {"_password", "_secret", "_token", "_passphrase"};
    size_t length = strlen(name);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        size_t end = strlen(ends[i]);
        if (length > end && strcmp(name + length - end, ends[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* null says that a secret is removed, true and false that there is one: both may be seen. */
static bool is_masked(const masking *m, const schema *rules, const cJSON *member)
{
    const char *name = member->string;
    if (cJSON_IsNull(member) || cJSON_IsBool(member)) {
        return false;
    }
    for (size_t i = 0; i < m->count; i++) {
        if (strcmp(m->secrets[i], name) == 0) {
            return true;
        }
    }
    return schema_is_secret(rules, name) || is_secret_name(name);
}

/* Of a file its size: the log is no place to keep it. */
static void write_file(json_writer *w, const cJSON *member)
{
    char text[48];
    size_t length = strlen(member->valuestring);
    size_t filled = length - strcspn(member->valuestring, "=");
    (void)snprintf(text, sizeof(text), "(a file of %zu bytes)", length / 4 * 3 - filled);
    json_text(w, member->string, text);
}

// NOLINTNEXTLINE(misc-no-recursion): depth is that of the body, at most JSON_DEPTH
static void write_masked(json_writer *w, const char *key, const schema *rules, const cJSON *value,
                         const masking *m)
{
    const cJSON *each = NULL;
    if (cJSON_IsObject(value)) {
        json_object(w, key);
        cJSON_ArrayForEach(each, value)
        {
            if (is_masked(m, rules, each)) {
                json_text(w, each->string, MASK);
            } else if (cJSON_IsString(each) && schema_is_file(rules, each->string)) {
                write_file(w, each);
            } else {
                write_masked(w, each->string, schema_member(rules, each->string), each, m);
            }
        }
        json_object_end(w);
    } else if (cJSON_IsArray(value)) {
        json_array(w, key);
        cJSON_ArrayForEach(each, value)
        {
            write_masked(w, NULL, schema_items(rules), each, m);
        }
        json_array_end(w);
    } else {
        json_tree(w, key, value);
    }
}

void trail_mask(strbuf *out, const schema *rules, const cJSON *value, const char *const *secrets,
                size_t count)
{
    const masking m = {secrets, count};
    json_writer w;
    json_init(&w, out);
    write_masked(&w, NULL, rules, value, &m);
}

/* Takes from `tree` what `named` does not name. */
// NOLINTNEXTLINE(misc-no-recursion): depth is that of the body, at most JSON_DEPTH
static void restrict_to(cJSON *tree, const cJSON *named)
{
    cJSON *next = NULL;
    for (cJSON *member = tree->child; member != NULL; member = next) {
        const cJSON *wanted = cJSON_GetObjectItemCaseSensitive(named, member->string);
        next = member->next;
        if (wanted == NULL) {
            cJSON_Delete(cJSON_DetachItemViaPointer(tree, member));
        } else if (cJSON_IsObject(wanted) && cJSON_IsObject(member)) {
            restrict_to(member, wanted);
        }
    }
}

/* ---- the words of an entry ---- */

/* "/devices/{id}/status" is "devices.status". */
static void add_resource(strbuf *out, const char *path)
{
    for (const char *at = path; *at == '/'; at += 1 + strcspn(at + 1, "/")) {
        size_t length = strcspn(at + 1, "/");
        if (at[1] != '{') {
            strbuf_append(out, out->length > 0 ? "." : "");
            strbuf_append_n(out, at + 1, length);
        }
    }
}

/* What holds things makes them by POST; else the last segment is a verb: "runs.cancel". */
static void write_action(strbuf *out, const rest_request *r)
{
    const char *method = r->route->method;
    add_resource(out, r->route->path);
    if (strcmp(method, "GET") == 0) {
        strbuf_append(out, ".read");
    } else if (strcmp(method, "DELETE") == 0) {
        strbuf_append(out, ".delete");
    } else if (strcmp(method, "POST") != 0) {
        strbuf_append(out, ".update");
    } else if (r->match.holds) {
        strbuf_append(out, ".create");
    }
}

static const char *object_of(const rest_request *r, char *number, size_t size, strbuf *path)
{
    const audit_trail *t = &r->trail;
    if (t->object != NULL) {
        return t->object;
    }
    if (t->id != NULL && *t->id != 0) {
        (void)snprintf(number, size, "%" PRId64, *t->id);
        return number;
    }
    for (size_t i = 0; i < r->match.count; i++) {
        strbuf_append(path, i > 0 ? "/" : "");
        strbuf_append(path, r->match.values[i]);
    }
    return path->data;
}

static const char *way_of(const rest_request *r)
{
    switch (r->identity.way) {
    case ACCESS_SESSION:
        return "session";
    case ACCESS_TOKEN:
        return "token";
    case ACCESS_AGENT:
        return "agent";
    case ACCESS_NOBODY:
        break;
    }
    return "";
}

typedef struct words {
    audit_entry entry;
    strbuf action;
    strbuf path;
    char number[24];
    char category[64];
} words;

static void words_init(words *w, const rest_request *r)
{
    const audit_trail *t = &r->trail;
    const char *first = r->route->path + 1;
    strbuf_init(&w->action);
    strbuf_init(&w->path);
    write_action(&w->action, r);
    (void)snprintf(w->category, sizeof(w->category), "%.*s", (int)strcspn(first, "/"), first);
    w->entry = (audit_entry){.user = t->user != 0 ? t->user : r->who.user,
                             .user_name = t->user_name != NULL ? t->user_name : r->who.name,
                             .way = way_of(r),
                             .address = r->remote,
                             .category = w->category,
                             .action = w->action.data,
                             .object = object_of(r, w->number, sizeof(w->number), &w->path),
                             .object_name = t->object_name};
}

static void words_fini(words *w)
{
    strbuf_fini(&w->action);
    strbuf_fini(&w->path);
}

/* On the writer, while the request waits. */
static platen_code append_success(store_conn *conn, void *user, platen_error *err)
{
    const rest_request *r = user;
    words w;
    words_init(&w, r);
    w.entry.before = r->trail.before.length > 0 ? r->trail.before.data : NULL;
    w.entry.after = r->trail.after.length > 0 ? r->trail.after.data : NULL;
    platen_code code =
        w.action.failed || w.path.failed || r->trail.before.failed || r->trail.after.failed
            ? error_set(err, PLATEN_E_NOMEM, "no memory for an entry of the audit log")
            : audit_append_in(conn, &w.entry, err);
    words_fini(&w);
    return code;
}

/* ---- along a request ---- */

void trail_init(rest_request *r)
{
    strbuf_init(&r->trail.before);
    strbuf_init(&r->trail.after);
}

void trail_fini(rest_request *r)
{
    strbuf_fini(&r->trail.before);
    strbuf_fini(&r->trail.after);
}

static bool is_audited(const rest_request *r)
{
    return r->route != NULL && strcmp(r->route->method, "GET") != 0 &&
           (r->route->flags & REST_NO_AUDIT) == 0 && !r->trail.silent;
}

/* As its GET answers it, but only what the body names; all of it when there is no body. */
static void keep_before(rest_request *r)
{
    audit_trail *t = &r->trail;
    cJSON *tree = NULL;
    if (r->before == NULL || json_parse(r->before, strlen(r->before), &tree, NULL) != PLATEN_OK) {
        return;
    }
    const char *name = json_get_text(tree, "name", NULL);
    if (t->object_name == NULL && name != NULL) {
        t->object_name = arena_dup(r->arena, name);
    }
    if (cJSON_IsObject(r->body) && cJSON_IsObject(tree)) {
        restrict_to(tree, r->body);
    }
    trail_mask(&t->before, r->match.entry->body, tree, t->secrets, t->secret_count);
    cJSON_Delete(tree);
}

static void keep_after(rest_request *r)
{
    audit_trail *t = &r->trail;
    if (r->body == NULL || t->bodyless) {
        return;
    }
    const char *name = json_get_text(r->body, "name", NULL);
    t->object_name = t->object_name == NULL ? name : t->object_name;
    if (r->identity.way == ACCESS_NOBODY && t->user_name == NULL) {
        t->user_name = json_get_text(r->body, "user", NULL); /* of a login: who it is said to be */
    }
    strbuf_clear(&t->after);
    trail_mask(&t->after, t->rules != NULL ? t->rules : r->match.entry->body, r->body, t->secrets,
               t->secret_count);
}

void trail_begin(rest_request *r)
{
    if (!is_audited(r)) {
        return;
    }
    r->trail.handled = true;
    keep_before(r);
    keep_after(r);
    r->trail.follower = (store_follower){.fn = append_success, .user = r};
    if ((r->route->flags & REST_AUDIT_HELD) == 0) {
        store_follow(&r->trail.follower);
    }
}

void rest_audit_none(rest_request *r)
{
    trail_stop(r);
    r->trail.silent = true;
}

void rest_audit_rules(rest_request *r, const schema *rules)
{
    r->trail.rules = rules;
    keep_after(r);
}

void rest_audit_no_body(rest_request *r)
{
    r->trail.bodyless = true;
    strbuf_clear(&r->trail.after);
}

void trail_stop(rest_request *r)
{
    if (is_audited(r)) {
        store_follow(NULL);
    }
}

/* What is refused to nobody in particular is the log's of the daemon, not this one's: a stranger
 * could fill it. The same holds for refusals: so many a user and no more. */
static bool is_told(rest_request *r, platen_code code)
{
    int wait_s = 0;
    char who[32];
    if (r->route == NULL || (r->route->flags & REST_NO_AUDIT) != 0 || r->trail.silent ||
        code == PLATEN_E_RATE_LIMITED) {
        return false;
    }
    if (r->identity.way == ACCESS_NOBODY && !r->trail.handled) {
        return false;
    }
    if (code != PLATEN_E_FORBIDDEN || r->trail.handled) {
        return is_audited(r);
    }
    (void)snprintf(who, sizeof(who), "%" PRId64, r->who.user);
    return limit_take(r->rest->refusals, who, clock_mono(), &wait_s);
}

void trail_end(rest_request *r, platen_code code)
{
    platen_error err = PLATEN_ERROR_INIT;
    words w;
    bool done = code == PLATEN_OK && r->trail.follower.done;
    if (done || (code == PLATEN_OK && !is_audited(r)) || !is_told(r, code)) {
        return;
    }
    words_init(&w, r);
    if (code == PLATEN_OK) {
        w.entry.before = r->trail.before.length > 0 ? r->trail.before.data : NULL;
    } else {
        w.entry.result = error_word(code);
    }
    w.entry.after = r->trail.after.length > 0 ? r->trail.after.data : NULL;
    audit *log = audit_of(r->rest->services->store);
    if (log != NULL && audit_append(log, &w.entry, &err) != PLATEN_OK) {
        log_error("%s by '%s' from %s is not in the audit log: %s", w.action.data,
                  w.entry.user_name != NULL ? w.entry.user_name : "", r->remote, err.text);
    }
    words_fini(&w);
}

/* ---- what handlers say ---- */

void rest_audit_object(rest_request *r, const char *id, const char *name)
{
    r->trail.object = id != NULL ? arena_dup(r->arena, id) : r->trail.object;
    r->trail.object_name = name != NULL ? arena_dup(r->arena, name) : r->trail.object_name;
}

void rest_audit_made(rest_request *r, const int64_t *id)
{
    r->trail.id = id;
}

void rest_audit_user(rest_request *r, int64_t id, const char *name)
{
    r->trail.user = id;
    r->trail.user_name = name != NULL ? arena_dup(r->arena, name) : r->trail.user_name;
}

void rest_audit_now(rest_request *r)
{
    if (is_audited(r)) {
        store_follow(&r->trail.follower);
    }
}

void rest_audit_secrets(rest_request *r, const char *const *names)
{
    audit_trail *t = &r->trail;
    for (; names != NULL && *names != NULL && t->secret_count < TRAIL_SECRETS; names++) {
        t->secrets[t->secret_count++] = *names;
    }
    if (is_audited(r)) {
        keep_after(r);
    }
}
