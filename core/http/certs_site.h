/*
 * The certificate that a site brings along instead of the one of Platen's own CA: what browsers
 * and programs see. Agents go on seeing the own one (tls.h), for that is the CA that they know.
 * Certificate, chain and key lie in one file, so that a change is one rename.
 */
#ifndef PLATEN_HTTP_CERTS_SITE_H
#define PLATEN_HTTP_CERTS_SITE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/base/strbuf.h"

#define CERTS_NAME 256

/* What people are told about a certificate. */
typedef struct certs_info {
    char subject[CERTS_NAME];
    char issuer[CERTS_NAME];
    strbuf names; /* DNS names and addresses, separated by spaces */
    char key[32]; /* "EC 256", "RSA 2048" */
    char fingerprint[65];
    int64_t not_before, not_after; /* ms */
    bool imported;                 /* else of the own CA */
} certs_info;

void certs_info_fini(certs_info *info);

/* The one in force in this data folder; certs_info_fini() also after an error. */
platen_code certs_info_load(const char *data_dir, certs_info *info, platen_error *err);

/* Looks at what a person brings and puts it in force: that the key is the certificate's and is
 * unencrypted, that the chain leads on from it, that it is valid now, for servers, strong enough
 * and has names, `name` among them when that is not "". PLATEN_E_INVAL says what is wrong;
 * nothing is changed then. `chain` may be NULL, and certificates behind the first one of
 * `certificate` count as chain. */
platen_code certs_site_import(const char *data_dir, const char *certificate, const char *key,
                              const char *chain, const char *name, platen_error *err);

/* Back to the own CA; `names` (NULL ends it) are more names for its certificate and replace those
 * that were given before. */
platen_code certs_site_drop(const char *data_dir, const char *const *names, platen_error *err);

#endif
