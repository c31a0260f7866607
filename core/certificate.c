/* See certificate.h. */
#include "core/certificate.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/http/certs_site.h"

#define LOG_SOURCE "manager"
#include "core/base/log.h"

#define LOOK_MS INT64_C(86400000)
#define WARN_DAYS 30

static platen_code prepare(certificate *c, platen_error *err)
{
    const char *site = conf_text(c->conf, "http", "site_address");
    const char *names[] = {site[0] != '\0' ? site : NULL, NULL};
    c->next_look = clock_mono() + LOOK_MS;
    return certs_prepare(c->data, names, &c->files, NULL, err);
}

platen_code certificate_prepare(certificate *c, const conf *settings, const char *data,
                                platen_error *err)
{
    c->conf = settings;
    c->data = data;
    c->watch = -1;
    return prepare(c, err);
}

static void note(certificate *c)
{
    certs_info info;
    if (certs_info_load(c->data, &info, NULL) == PLATEN_OK) {
        memcpy(c->fingerprint, info.fingerprint, sizeof(c->fingerprint));
    }
    certs_info_fini(&info);
}

/* Who put it there did so on the console, beside the database: the manager tells it. */
static void record(certificate *c, const certs_info *info)
{
    char before[96];
    char after[128];
    platen_error err = PLATEN_ERROR_INIT;
    if (strcmp(info->fingerprint, c->fingerprint) == 0) {
        return;
    }
    (void)snprintf(before, sizeof(before), "{\"fingerprint\":\"%s\"}", c->fingerprint);
    (void)snprintf(after, sizeof(after), "{\"fingerprint\":\"%s\",\"source\":\"%s\"}",
                   info->fingerprint, info->imported ? "imported" : "own");
    const audit_entry entry = {.way = "system",
                               .category = "system",
                               .action = "system.certificate",
                               .object = "system",
                               .before = before,
                               .after = after};
    memcpy(c->fingerprint, info->fingerprint, sizeof(c->fingerprint));
    if (audit_append(c->log, &entry, &err) != PLATEN_OK) {
        log_error("a new certificate is not in the audit log: %s", err.text);
    }
}

void certificate_begin(certificate *c, http_server *http, audit *log)
{
    char folder[FILE_PATH];
    c->http = http;
    c->log = log;
    note(c);
    c->watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (c->watch >= 0 &&
        (file_join(folder, c->data, "certs", NULL) != PLATEN_OK ||
         inotify_add_watch(c->watch, folder,
                           IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CLOSE_WRITE) < 0)) {
        (void)close(c->watch);
        c->watch = -1;
    }
    if (c->watch < 0) {
        log_warning("certificates are not watched: send SIGHUP after a change");
    }
}

void certificate_end(certificate *c)
{
    if (c->http != NULL && c->watch >= 0) {
        (void)close(c->watch);
        c->watch = -1;
    }
}

static void tell(certificate *c)
{
    char until[CLOCK_TEXT];
    certs_info info;
    if (certs_info_load(c->data, &info, NULL) == PLATEN_OK) {
        record(c, &info);
        int64_t days = (info.not_after - clock_now()) / LOOK_MS;
        log_info("certificate in force source=%s subject=%s until=%s",
                 info.imported ? "imported" : "own", info.subject,
                 clock_format(info.not_after, until));
        if (info.imported && days < WARN_DAYS) {
            log_warning("the imported certificate ends in %" PRId64 " days: import its successor",
                        days);
        }
    }
    certs_info_fini(&info);
}

void certificate_look(certificate *c)
{
    char events[4096];
    platen_error err = PLATEN_ERROR_INIT;
    while (c->watch >= 0 && read(c->watch, events, sizeof(events)) > 0) {
        /* What has changed does not matter: all is read again. */
    }
    if (prepare(c, &err) != PLATEN_OK) {
        log_error("cannot look at the certificate: %s", err.text);
    } else if (http_server_reload(c->http, &err) != PLATEN_OK) {
        log_error("cannot take the new certificate, the old one stays: %s", err.text);
    } else {
        tell(c);
    }
}

bool certificate_health(char *text, size_t size, void *user)
{
    const certificate *c = user;
    char until[CLOCK_TEXT];
    certs_info info;
    platen_error err = PLATEN_ERROR_INIT;
    bool good = false;
    if (certs_info_load(c->data, &info, &err) != PLATEN_OK) {
        (void)snprintf(text, size, "%s", err.text);
    } else {
        good = info.not_after > clock_now();
        (void)snprintf(text, size, "%s until %s", good ? "valid" : "was valid",
                       clock_format(info.not_after, until));
    }
    certs_info_fini(&info);
    return good;
}
