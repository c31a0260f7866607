/* The audit log of what is done on the console: an entry a verb, with the user of the host. */
#ifndef PLATEN_ADMIN_TRAIL_H
#define PLATEN_ADMIN_TRAIL_H

#include "core/admin/admin.h"
#include "core/model/audit.h"

typedef struct admin_trail {
    secret_key *key;
    audit *audit;
    store_follower follower;
    audit_entry entry;
    char user[64];
} admin_trail;

/* Opens the audit log of `s`, which is open, with the key of the data folder. The verb's first
 * write that succeeds carries an entry of `action` ("users.reset-password"; its first word is the
 * category). End it on every path, before store_close(). */
platen_code admin_trail_begin(admin_trail *t, const admin_call *call, store *s, const char *action,
                              platen_error *err);
/* A verb that failed, or that wrote nothing in a store, is told now. */
void admin_trail_end(admin_trail *t, platen_code rc);

/* The user of the host, as entries name him. */
void admin_trail_user(char *out, size_t size);

#endif
