/* The table of verbs, and reading their arguments. */
#include "core/admin/admin.h"

#include <stdio.h>
#include <string.h>

#include "core/pack/journal.h"

typedef struct admin_verb {
    const char *name;
    const char *form; /* what stands behind the name in the usage */
    int (*run)(const admin_call *call);
} admin_verb;

static const admin_verb verbs[] = {
    {"init", "--email E --password-stdin", admin_init},
    {"reset-password", "--password-stdin", admin_reset_password},
    {"backup", "FILE [--with-key]", admin_backup},
    {"restore", "FILE", admin_restore},
    {"certificate", "show", admin_certificate},
    {"certificate", "import --cert FILE --key FILE [--chain FILE]", admin_certificate},
    {"certificate", "self [--name NAME]...", admin_certificate},
    {"certificate", "ca [--out FILE]", admin_certificate},
    {"diagnose", "", admin_diagnose},
    {"function", "list | rollback NAME | remove NAME", admin_function},
    {"function", "publishers | trust NAME FILE | revoke ID", admin_function},
    {"migrate-db", "URL|-", admin_migrate_db},
    {"rotate-key", "", admin_rotate_key},
    {"verify-audit", "", admin_verify_audit},
    {"restart-audit", "", admin_restart_audit},
};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

const char *admin_usage(void)
{
    static char text[2048];
    size_t length = 0;
    for (size_t i = 0; i < VERBS; i++) {
        const char *gap = verbs[i].form[0] != '\0' ? " " : "";
        int n =
            snprintf(text + length, sizeof(text) - length,
                     "       platend [options] admin %s%s%s\n", verbs[i].name, gap, verbs[i].form);
        length += n > 0 && (size_t)n < sizeof(text) - length ? (size_t)n : 0;
    }
    return text;
}

static int usage(const char *what, const char *word)
{
    (void)fprintf(stderr, "platend: %s '%s'\nusage:\n%s", what, word, admin_usage());
    return ADMIN_USAGE;
}

int admin_lacks(const char *what)
{
    return usage("an argument is missing:", what);
}

int admin_end(platen_code rc, const platen_error *err)
{
    if (rc == PLATEN_OK) {
        return 0;
    }
    (void)fprintf(stderr, "platend: %s\n", err->text);
    return 1;
}

static const admin_option *find_option(const admin_option *options, size_t count, const char *word)
{
    bool named = strncmp(word, "--", 2) == 0;
    for (size_t i = 0; i < count; i++) {
        if (named ? options[i].name != NULL && strcmp(options[i].name, word) == 0
                  : options[i].name == NULL) {
            return &options[i];
        }
    }
    return NULL;
}

static bool take(const admin_option *o, const char *value)
{
    if (o->values != NULL) {
        size_t count = 0;
        while (count < o->limit && o->values[count] != NULL) {
            count++;
        }
        if (count < o->limit) {
            o->values[count] = value;
        }
        return count < o->limit;
    }
    bool first = *o->value == NULL;
    *o->value = value;
    return first;
}

bool admin_read(const admin_call *call, const admin_option *options, size_t count)
{
    for (char *const *a = call->arguments; *a != NULL; a++) {
        const admin_option *o = find_option(options, count, *a);
        if (o == NULL) {
            return usage("unknown argument", *a) == 0;
        }
        if (o->flag != NULL) {
            *o->flag = true;
            continue;
        }
        const char *word = *a;
        if (o->name != NULL && *++a == NULL) {
            return usage("a value is missing behind", word) == 0;
        }
        if (!take(o, *a)) {
            return usage("given too often:", word) == 0;
        }
    }
    return true;
}

/* What is done to a database that is being tried would be put back, or would come between. */
static platen_code check_no_installation(const admin_call *call, platen_error *err)
{
    cJSON *journal = NULL;
    platen_code rc = journal_read(call->data, &journal, err);
    bool waits = journal_state_of(journal) == JOURNAL_WAITING;
    cJSON_Delete(journal);
    if (rc == PLATEN_E_NOT_FOUND || (rc == PLATEN_OK && waits)) {
        return PLATEN_OK;
    }
    return rc != PLATEN_OK ? rc
                           : error_set(err, PLATEN_E_STATE,
                                       "an installation is under way: start the manager, which "
                                       "ends it");
}

int admin_run(conf *c, const char *config, char *const *arguments)
{
    const char *verb = arguments[0] != NULL ? arguments[0] : "";
    platen_error err = PLATEN_ERROR_INIT;
    for (size_t i = 0; i < VERBS; i++) {
        if (strcmp(verbs[i].name, verb) != 0) {
            continue;
        }
        admin_call call = {.conf = c,
                           .data = conf_text(c, "general", "data"),
                           .config = config,
                           .arguments = arguments + 1};
        platen_code rc = conf_check_own(c, &err);
        rc = rc == PLATEN_OK && verbs[i].run != admin_function ? check_no_installation(&call, &err)
                                                               : rc;
        return rc == PLATEN_OK ? verbs[i].run(&call) : admin_end(rc, &err);
    }
    return usage("unknown verb", verb);
}
