/* The verbs of `platend admin`. Passwords come from standard input, never from arguments. */
#include "core/admin.h"

#include <stdio.h>
#include <string.h>

#include "core/database/database.h"
#include "core/model/user.h"

#define PASSWORD_MAX 256

static int fail(const platen_error *err)
{
    (void)fprintf(stderr, "platend: %s\n", err->text);
    return 1;
}

static platen_code read_password(char password[PASSWORD_MAX], platen_error *err)
{
    if (fgets(password, PASSWORD_MAX, stdin) == NULL) {
        return error_set(err, PLATEN_E_INVAL, "no password on standard input");
    }
    password[strcspn(password, "\r\n")] = '\0';
    return PLATEN_OK;
}

/* The value behind `name`, or NULL. */
static const char *value_of(char *const *arguments, const char *name)
{
    for (size_t i = 0; arguments[i] != NULL; i++) {
        if (strcmp(arguments[i], name) == 0) {
            return arguments[i + 1];
        }
    }
    return NULL;
}

static bool has(char *const *arguments, const char *name)
{
    for (size_t i = 0; arguments[i] != NULL; i++) {
        if (strcmp(arguments[i], name) == 0) {
            return true;
        }
    }
    return false;
}

int admin_run(conf *c, char *const *arguments)
{
    const char *verb = arguments[0] != NULL ? arguments[0] : "";
    bool init = strcmp(verb, "init") == 0;
    const char *email = value_of(arguments, "--email");
    char password[PASSWORD_MAX] = "";
    store *s = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    if ((!init && strcmp(verb, "reset-password") != 0) || !has(arguments, "--password-stdin") ||
        (init && email == NULL)) {
        (void)fprintf(stderr, "usage: platend admin init --email E --password-stdin\n"
                              "       platend admin reset-password --password-stdin\n");
        return 2;
    }
    platen_code rc = conf_check(c, &err);
    if (rc == PLATEN_OK) {
        rc = read_password(password, &err);
    }
    if (rc == PLATEN_OK) {
        rc = database_open(c, &s, &err);
    }
    if (rc == PLATEN_OK) {
        rc = init ? user_create_admin(s, email, password, &err)
                  : user_reset_password(s, NULL, password, &err);
    }
    explicit_bzero(password, sizeof(password));
    store_close(s);
    return rc == PLATEN_OK ? 0 : fail(&err);
}
