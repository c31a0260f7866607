/* The first administrator and the way back in. Passwords come from standard input, never from
 * arguments. */
#include <stdio.h>
#include <string.h>

#include "core/admin/trail.h"
#include "core/database/database.h"
#include "core/model/user.h"

#define PASSWORD_MAX 256

static platen_code read_password(char password[PASSWORD_MAX], platen_error *err)
{
    if (fgets(password, PASSWORD_MAX, stdin) == NULL) {
        return error_set(err, PLATEN_E_INVAL, "no password on standard input");
    }
    password[strcspn(password, "\r\n")] = '\0';
    return PLATEN_OK;
}

static platen_code write_password(const admin_call *call, store *s, const char *email,
                                  const char *password, platen_error *err)
{
    admin_trail t;
    PLATEN_TRY(admin_trail_begin(&t, call, s,
                                 email != NULL ? "users.create" : "users.reset-password", err));
    t.entry.object_name = USER_ADMINISTRATOR;
    platen_code rc = email != NULL ? user_create_admin(s, email, password, err)
                                   : user_reset_password(s, NULL, password, err);
    admin_trail_end(&t, rc);
    return rc;
}

static int set_password(const admin_call *call, const char *email)
{
    char password[PASSWORD_MAX] = "";
    store *s = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    platen_code rc = read_password(password, &err);
    if (rc == PLATEN_OK) {
        rc = database_open(call->conf, &s, &err);
    }
    if (rc == PLATEN_OK) {
        rc = write_password(call, s, email, password, &err);
    }
    explicit_bzero(password, sizeof(password));
    store_close(s);
    return admin_end(rc, &err);
}

int admin_init(const admin_call *call)
{
    const char *email = NULL;
    bool from_stdin = false;
    const admin_option options[] = {{.name = "--email", .value = &email},
                                    {.name = "--password-stdin", .flag = &from_stdin}};
    if (!admin_read(call, options, 2)) {
        return ADMIN_USAGE;
    }
    if (email == NULL || !from_stdin) {
        return admin_lacks(email == NULL ? "--email" : "--password-stdin");
    }
    return set_password(call, email);
}

int admin_reset_password(const admin_call *call)
{
    bool from_stdin = false;
    const admin_option options[] = {{.name = "--password-stdin", .flag = &from_stdin}};
    if (!admin_read(call, options, 1)) {
        return ADMIN_USAGE;
    }
    if (!from_stdin) {
        return admin_lacks("--password-stdin");
    }
    return set_password(call, NULL);
}
