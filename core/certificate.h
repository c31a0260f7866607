/* The manager's certificate while it runs: renewed in time, and a new one taken over as soon as
 * somebody puts it into the folder. Main thread, but for certificate_health(). */
#ifndef PLATEN_CERTIFICATE_H
#define PLATEN_CERTIFICATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/conf/conf.h"
#include "core/http/certs.h"
#include "core/http/http.h"
#include "core/model/audit.h"

typedef struct certificate {
    const conf *conf;
    const char *data;
    certs_files files;
    http_server *http;
    audit *log;
    char fingerprint[65]; /* of what browsers saw last */
    int watch;            /* readable when the folder has changed; -1: nobody watches */
    int64_t next_look;
} certificate;

/* Makes what is missing; the paths are in `files` then. */
platen_code certificate_prepare(certificate *c, const conf *settings, const char *data,
                                platen_error *err);
/* From here changes are taken over, and told to the audit log. Without a watch (a host that has run
 * out of them) a daily look and SIGHUP remain. */
void certificate_begin(certificate *c, http_server *http, audit *log);
void certificate_end(certificate *c);

/* Renews what ends soon and reads the files again: daily, on SIGHUP, when `watch` is readable. */
void certificate_look(certificate *c);

/* A part of /healthz, any thread: until when it is valid. `user` is the certificate. */
bool certificate_health(char *text, size_t size, void *user);

#endif
