/* What happens to accounts without anybody's request, in the audit log. The writer thread. */
#include <inttypes.h>
#include <stdio.h>

#include "core/model/audit.h"
#include "core/model/user_private.h"

platen_code user_tell(store_conn *conn, const char *action, int64_t id, const char *name,
                      const char *before, const char *after, platen_error *err)
{
    char number[24];
    (void)snprintf(number, sizeof(number), "%" PRId64, id);
    const audit_entry entry = {.way = "system",
                               .category = "users",
                               .action = action,
                               .object = number,
                               .object_name = name,
                               .before = before,
                               .after = after};
    return audit_append_in(conn, &entry, err);
}
