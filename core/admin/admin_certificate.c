/* The certificate that browsers see. A manager that runs takes a change over by itself: it watches
 * the folder. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/admin/admin.h"
#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/http/certs.h"
#include "core/http/certs_site.h"

#define PEM_LIMIT ((size_t)256 * 1024)
#define DAY_MS INT64_C(86400000)
#define NAMES 32

static int show(const admin_call *call)
{
    certs_info info;
    char ca[65] = "none yet";
    char from[CLOCK_TEXT];
    char until[CLOCK_TEXT];
    platen_error err = PLATEN_ERROR_INIT;
    if (!admin_read(call, NULL, 0)) {
        return ADMIN_USAGE;
    }
    platen_code rc = certs_info_load(call->data, &info, &err);
    if (rc == PLATEN_OK) {
        (void)certs_ca_fingerprint(call->data, ca, NULL);
        printf("source       %s\nsubject      %s\nissuer       %s\nnames        %s\n"
               "key          %s\nvalid from   %s\nvalid until  %s (%" PRId64 " days)\n"
               "fingerprint  %s\nown CA       %s\n",
               info.imported ? "imported" : "own CA", info.subject, info.issuer, info.names.data,
               info.key, clock_format(info.not_before, from), clock_format(info.not_after, until),
               (info.not_after - clock_now()) / DAY_MS, info.fingerprint, ca);
    }
    certs_info_fini(&info);
    return admin_end(rc, &err);
}

typedef struct pem {
    char *text;
    size_t length;
} pem;

static void pem_free(pem *p)
{
    if (p->text != NULL) {
        explicit_bzero(p->text, p->length);
        free(p->text);
    }
}

static platen_code import_files(const admin_call *call, const char *certificate, const char *key,
                                const char *chain, platen_error *err)
{
    pem c = {NULL, 0};
    pem k = {NULL, 0};
    pem more = {NULL, 0};
    platen_code rc = file_read(certificate, PEM_LIMIT, &c.text, &c.length, err);
    if (rc == PLATEN_OK) {
        rc = file_read(key, PEM_LIMIT, &k.text, &k.length, err);
    }
    if (rc == PLATEN_OK && chain != NULL) {
        rc = file_read(chain, PEM_LIMIT, &more.text, &more.length, err);
    }
    if (rc == PLATEN_OK) {
        rc = file_make_dir(call->data, 0700, err);
    }
    if (rc == PLATEN_OK) {
        rc = certs_site_import(call->data, c.text, k.text, more.text,
                               conf_text(call->conf, "http", "site_address"), err);
    }
    pem_free(&c);
    pem_free(&k);
    pem_free(&more);
    return rc;
}

static int import(const admin_call *call)
{
    const char *certificate = NULL;
    const char *key = NULL;
    const char *chain = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    const admin_option options[] = {{.name = "--cert", .value = &certificate},
                                    {.name = "--key", .value = &key},
                                    {.name = "--chain", .value = &chain}};
    if (!admin_read(call, options, 3)) {
        return ADMIN_USAGE;
    }
    if (certificate == NULL || key == NULL) {
        return admin_lacks(certificate == NULL ? "--cert" : "--key");
    }
    platen_code rc = import_files(call, certificate, key, chain, &err);
    if (rc != PLATEN_OK) {
        return admin_end(rc, &err);
    }
    printf("a manager that runs takes it now, another one at its next start\n");
    const admin_call plain = {.data = call->data, .arguments = (char *const[]){NULL}};
    return show(&plain);
}

static int self(const admin_call *call)
{
    const char *names[NAMES + 1] = {NULL};
    platen_error err = PLATEN_ERROR_INIT;
    const admin_option options[] = {{.name = "--name", .values = names, .limit = NAMES}};
    if (!admin_read(call, options, 1)) {
        return ADMIN_USAGE;
    }
    platen_code rc = certs_site_drop(call->data, names, &err);
    if (rc == PLATEN_OK) {
        printf("a manager that runs goes back to its own CA now, another one at its next start\n");
    }
    return admin_end(rc, &err);
}

static int ca(const admin_call *call)
{
    const char *out = NULL;
    char *text = NULL;
    size_t length = 0;
    certs_files files;
    platen_error err = PLATEN_ERROR_INIT;
    const admin_option options[] = {{.name = "--out", .value = &out}};
    if (!admin_read(call, options, 1)) {
        return ADMIN_USAGE;
    }
    platen_code rc = certs_paths(call->data, &files, &err);
    if (rc == PLATEN_OK) {
        rc = file_read(files.ca, PEM_LIMIT, &text, &length, &err);
    }
    if (rc == PLATEN_OK && out != NULL) {
        rc = file_write(out, text, length, 0644, &err);
    } else if (rc == PLATEN_OK) {
        printf("%s", text);
    }
    free(text);
    return admin_end(rc, &err);
}

int admin_certificate(const admin_call *call)
{
    static const struct {
        const char *name;
        int (*run)(const admin_call *call);
    } verbs[] = {{"show", show}, {"import", import}, {"self", self}, {"ca", ca}};
    const char *verb = call->arguments[0] != NULL ? call->arguments[0] : "";
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (strcmp(verb, verbs[i].name) == 0) {
            admin_call rest = *call;
            rest.arguments++;
            return verbs[i].run(&rest);
        }
    }
    return admin_lacks("show, import, self or ca");
}
