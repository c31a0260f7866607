/* Whether the audit log is whole, and a new beginning when it is not. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/admin/trail.h"
#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/database/database.h"
#include "core/database/key.h"

static platen_code check(const admin_call *call, store *s, const audit_end *mark,
                         audit_state *state, platen_error *err)
{
    secret_key *key = NULL;
    PLATEN_TRY(database_key(s, call->data, false, &key, err));
    platen_code rc = audit_check(s, key, mark, state, err);
    secret_key_free(key);
    return rc;
}

/* ---- verify-audit ---- */

#define COPY "audit-check.db"

static void remove_copy(const admin_call *call)
{
    static const char *const names[] = {COPY, COPY "-wal", COPY "-shm", COPY ".lock"};
    char path[FILE_PATH];
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (file_join(path, call->data, names[i], NULL) == PLATEN_OK) {
            (void)unlink(path);
        }
    }
}

/* The database as it stands, without bringing it up to date: that is no business of a look. One
 * that a manager works on is copied first. */
static platen_code open_as_it_is(const admin_call *call, store **s, platen_error *err)
{
    char url[DATABASE_URL];
    char copy[FILE_PATH];
    store_options options = {.url = url, .readers = 1};
    PLATEN_TRY(database_url(call->conf, url, err));
    platen_code rc = store_open(&options, s, err);
    if (rc != PLATEN_E_STATE || !text_begins(url, "sqlite:")) {
        return rc;
    }
    remove_copy(call);
    PLATEN_TRY(file_join(copy, call->data, COPY, err));
    PLATEN_TRY(store_snapshot(url + strlen("sqlite:"), copy, err));
    (void)snprintf(url, sizeof(url), "sqlite:%s", copy);
    return store_open(&options, s, err);
}

int admin_verify_audit(const admin_call *call)
{
    audit_state state = {.whole = false};
    audit_end mark;
    store *s = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    if (!admin_read(call, NULL, 0)) {
        return ADMIN_USAGE;
    }
    bool marked = audit_mark_get(call->data, &mark); /* before any copy is made */
    platen_code rc = open_as_it_is(call, &s, &err);
    if (rc == PLATEN_OK) {
        rc = check(call, s, marked ? &mark : NULL, &state, &err);
    }
    store_close(s);
    remove_copy(call);
    if (rc == PLATEN_OK && !state.whole) {
        rc = error_set(&err, PLATEN_E_CORRUPT, "the audit log is broken: %s", state.text);
    }
    if (rc == PLATEN_OK) {
        printf("the audit log is whole: %" PRId64 " entries, %" PRId64 " to %" PRId64 "\n",
               state.entries, state.first, state.last);
    }
    return admin_end(rc, &err);
}

/* ---- restart-audit ---- */

/* "audit-20260131T081530Z.ndjson" in the data folder. */
static platen_code name_file(const admin_call *call, char path[FILE_PATH], platen_error *err)
{
    char name[64];
    struct tm parts;
    time_t now = (time_t)(clock_now() / 1000);
    if (gmtime_r(&now, &parts) == NULL ||
        strftime(name, sizeof(name), "audit-%Y%m%dT%H%M%SZ.ndjson", &parts) == 0) {
        return error_set(err, PLATEN_E_INTERNAL, "the time cannot be written");
    }
    return file_join(path, call->data, name, err);
}

static platen_code restart(const admin_call *call, store *s, char path[FILE_PATH],
                           platen_error *err)
{
    admin_trail t;
    audit_state state = {.whole = false};
    audit_end mark;
    bool marked = audit_mark_get(call->data, &mark);
    PLATEN_TRY(check(call, s, marked ? &mark : NULL, &state, err));
    if (state.whole) {
        return error_set(err, PLATEN_E_STATE, "the audit log is whole: nothing is done");
    }
    PLATEN_TRY(name_file(call, path, err));
    PLATEN_TRY(admin_trail_begin(&t, call, s, "audit-log.restart", err));
    store_follow(NULL); /* the new chain begins with its own entry */
    platen_code rc = audit_restart(t.audit, path, &t.entry, err);
    t.follower.done = rc == PLATEN_OK;
    admin_trail_end(&t, rc);
    return rc;
}

int admin_restart_audit(const admin_call *call)
{
    char path[FILE_PATH] = "";
    store *s = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    if (!admin_read(call, NULL, 0)) {
        return ADMIN_USAGE;
    }
    platen_code rc = database_open_alone(call->conf, &s, &err);
    if (rc == PLATEN_OK) {
        rc = restart(call, s, path, &err);
    }
    store_close(s);
    if (rc == PLATEN_OK) {
        printf("the old entries are in %s; a new log has begun\n", path);
    }
    return admin_end(rc, &err);
}
