/* A new key for what is sealed in the database. */
#include <inttypes.h>
#include <stdio.h>

#include "core/admin/admin.h"
#include "core/database/database.h"
#include "core/database/key.h"

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
        rc = database_key_rotate(s, call->data, &count, &err);
    }
    store_close(s);
    if (rc == PLATEN_OK) {
        printf("%" PRId64 " secrets are sealed with a new key; backups made before need the old "
               "one\n",
               count);
    }
    return admin_end(rc, &err);
}
