/* `platend admin ...`: work on the data folder without the network. A file a group of verbs,
 * admin_*.c; a verb is a line in the table of admin.c. Main thread. */
#ifndef PLATEN_ADMIN_H
#define PLATEN_ADMIN_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/error.h"
#include "core/conf/conf.h"

/* `arguments` are those behind "admin", NULL at the end; `config` is the file that --config names
 * or NULL. Returns the exit status: 0 done, 1 failed, 2 usage. */
int admin_run(conf *c, const char *config, char *const *arguments);

/* One line of usage a form, each ending with a line feed. Borrowed until the next call. */
const char *admin_usage(void);

/* ---- for the verbs ---- */

typedef struct admin_call {
    conf *conf;
    const char *data; /* the data folder */
    const char *config;
    char *const *arguments; /* behind the verb */
} admin_call;

#define ADMIN_USAGE 2

/* What a verb takes: "--name VALUE" (value), "--name" (flag), or, without a name, a word of its
 * own. A value that may come several times goes to `values`, `limit` at most, NULL behind them. */
typedef struct admin_option {
    const char *name;
    const char **value;
    bool *flag;
    const char **values;
    size_t limit;
} admin_option;

/* Reads the call's arguments. False when one is unknown, doubled or lacks its value: the verb
 * returns ADMIN_USAGE then, the rest is said. */
bool admin_read(const admin_call *call, const admin_option *options, size_t count);

/* Says that a verb lacks an argument; ADMIN_USAGE. */
int admin_lacks(const char *what);

/* Prints the error of a failed verb; the exit status. */
int admin_end(platen_code rc, const platen_error *err);

int admin_init(const admin_call *call);
int admin_reset_password(const admin_call *call);
int admin_backup(const admin_call *call);
int admin_certificate(const admin_call *call);
int admin_diagnose(const admin_call *call);
int admin_function(const admin_call *call);
int admin_migrate_db(const admin_call *call);
int admin_restore(const admin_call *call);
int admin_rotate_key(const admin_call *call);
int admin_verify_audit(const admin_call *call);
int admin_restart_audit(const admin_call *call);

#endif
