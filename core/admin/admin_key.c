/* A new key for what is sealed in the database. */
#include <inttypes.h>
#include <stdio.h>

#include "core/admin/trail.h"
#include "core/database/database.h"
#include "core/database/key.h"

/* Told once it is done: the audit log is sealed with the key too. */
static platen_code rotate(const admin_call *call, store *s, int64_t *count, platen_error *err)
{
    admin_trail t;
    platen_error trouble = PLATEN_ERROR_INIT;
    platen_code rc = database_key_rotate(s, call->data, count, err);
    platen_code told = admin_trail_begin(&t, call, s, "key.rotate", &trouble);
    if (told == PLATEN_OK) {
        admin_trail_end(&t, rc);
    } else {
        (void)fprintf(stderr, "platend: this is not in the audit log: %s\n", trouble.text);
    }
    return rc;
}

int admin_rotate_key(const admin_call *call)
{
    store *s = NULL;
    int64_t count = 0;
    platen_error err = PLATEN_ERROR_INIT;
    if (!admin_read(call, NULL, 0)) {
        return ADMIN_USAGE;
    }
    platen_code rc = database_open_alone(call->conf, &s, &err);
    if (rc == PLATEN_OK) {
        rc = rotate(call, s, &count, &err);
    }
    store_close(s);
    if (rc == PLATEN_OK) {
        printf("%" PRId64 " secrets are sealed with a new key; backups made before need the old "
               "one\n",
               count);
    }
    return admin_end(rc, &err);
}
