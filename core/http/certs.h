/*
 * The manager's own certificate authority and what it issues: the server certificate, renewed in
 * time, and the client certificates of agents. Files lie in <data>/certs; keys are 0600.
 *
 * certs_prepare() runs at start and once a day on one thread; the other functions only read files
 * and may run on any thread.
 */
#ifndef PLATEN_HTTP_CERTS_H
#define PLATEN_HTTP_CERTS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/strbuf.h"

typedef struct certs_files {
    char ca[FILE_PATH];          /* ca.pem */
    char ca_key[FILE_PATH];      /* ca.key */
    char certificate[FILE_PATH]; /* server.pem: server certificate, then the CA's */
    char key[FILE_PATH];         /* server.key */
    char names[FILE_PATH];       /* names: more names for the server certificate, a line each */
    char site[FILE_PATH];        /* site.pem: the site's own certificate, chain and key, if any */
} certs_files;

/* The paths below `data_dir`; nothing is read. */
platen_code certs_paths(const char *data_dir, certs_files *files, platen_error *err);

/*
 * Makes what is missing: the CA (EC P-256, ten years), the server key and a server certificate
 * for localhost, 127.0.0.1, ::1, the host's name, `names` (host names and addresses; NULL ends
 * it) and those of the file `names`. The certificate is made anew when it has less than 30 days
 * left, names another set of names, or does not belong to key and CA; `renewed` (may be NULL) says
 * so.
 */
platen_code certs_prepare(const char *data_dir, const char *const *names, certs_files *files,
                          bool *renewed, platen_error *err);

/* Whether lines are host names and addresses; PLATEN_E_INVAL names the first that is none. */
platen_code certs_names_check(const char *lines, platen_error *err);

/* A client certificate (CN "agent:<id>", two years) for the key of a CSR that is signed by it;
 * everything else that the CSR asks for is ignored. Appends PEM. */
platen_code certs_sign_agent(const char *data_dir, const char *csr_pem, const char *agent_id,
                             strbuf *out_pem, platen_error *err);

/* SHA-256 of the CA certificate's DER, lower-case hex: what activation keys carry. */
platen_code certs_ca_fingerprint(const char *data_dir, char hex[65], platen_error *err);

/* SHA-256 hex of the first certificate of a PEM text. */
platen_code certs_pem_fingerprint(const char *pem, char hex[65], platen_error *err);

/* SHA-256 hex of any DER. */
void certs_fingerprint(const void *der, size_t length, char hex[65]);

/* The id of "agent:<id>" in a client certificate's common name; false when it has none. */
bool certs_agent_of(const void *der, size_t length, char *id, size_t capacity);

#endif
