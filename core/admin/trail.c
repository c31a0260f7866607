/* From a verb to its entry. Main thread. */
#include "core/admin/trail.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/database/key.h"

/* Who runs this, as the host knows him; with sudo who asked for it. */
void admin_trail_user(char *out, size_t size)
{
    char room[4096];
    struct passwd entry;
    struct passwd *found = NULL;
    const char *asked = getenv("SUDO_USER"); // NOLINT(concurrency-mt-unsafe): one thread
    bool known = getpwuid_r(getuid(), &entry, room, sizeof(room), &found) == 0 && found != NULL;
    if (known && asked != NULL && asked[0] != '\0' && getuid() == 0) {
        (void)snprintf(out, size, "%.30s (%.20s)", found->pw_name, asked);
    } else if (known) {
        (void)snprintf(out, size, "%s", found->pw_name);
    } else {
        (void)snprintf(out, size, "user %u", (unsigned)getuid());
    }
}

static platen_code append(store_conn *conn, void *user, platen_error *err)
{
    const admin_trail *t = user;
    return audit_append_in(conn, &t->entry, err);
}

platen_code admin_trail_begin(admin_trail *t, const admin_call *call, store *s, const char *action,
                              platen_error *err)
{
    static char category[32];
    memset(t, 0, sizeof(*t));
    PLATEN_TRY(database_key(s, call->data, true, &t->key, err));
    platen_code rc = audit_open(s, t->key, call->data, &t->audit, err);
    if (rc != PLATEN_OK) {
        secret_key_free(t->key);
        memset(t, 0, sizeof(*t));
        return rc;
    }
    admin_trail_user(t->user, sizeof(t->user));
    (void)snprintf(category, sizeof(category), "%.*s", (int)strcspn(action, "."), action);
    t->entry = (audit_entry){
        .user_name = t->user, .way = "console", .category = category, .action = action};
    t->follower = (store_follower){.fn = append, .user = t};
    store_follow(&t->follower);
    return PLATEN_OK;
}

void admin_trail_end(admin_trail *t, platen_code rc)
{
    platen_error err = PLATEN_ERROR_INIT;
    if (t->audit == NULL) {
        return;
    }
    store_follow(NULL);
    if (!t->follower.done || rc != PLATEN_OK) {
        t->entry.result = rc == PLATEN_OK ? NULL : error_word(rc);
        if (audit_append(t->audit, &t->entry, &err) != PLATEN_OK) {
            (void)fprintf(stderr, "platend: this is not in the audit log: %s\n", err.text);
        }
    }
    audit_close(t->audit);
    secret_key_free(t->key);
    memset(t, 0, sizeof(*t));
}
