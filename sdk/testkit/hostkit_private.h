/* What the files of hostkit*.c share. */
#ifndef PLATEN_HOSTKIT_PRIVATE_H
#define PLATEN_HOSTKIT_PRIVATE_H

#include <sqlite3.h>

#include <platen/blob.h>
#include <platen/conf.h>
#include <platen/driver.h>
#include <platen/http.h>
#include <platen/locale.h>
#include <platen/log.h>
#include <platen/model.h>
#include <platen/notify.h>
#include <platen/op.h>
#include <platen/page.h>
#include <platen/report.h>
#include <platen/secret.h>
#include <platen/snmp.h>
#include <platen/store.h>
#include <platen/task.h>
#include <platen/tcp.h>
#include <platen/unstable/fetch.h>
#include <platen/unstable/serve.h>

#include "hostkit.h"

#define HOSTKIT_ENTRIES 2048
#define HOSTKIT_EVENTS 64

typedef struct entry {
    hostkit_what what;
    char *id;
    char *text;  /* preset, SQL, JSON: what there is */
    char *extra; /* the rest */
    uint32_t number;
    union {
        platen_operation operation;
        platen_task_kind kind;
        platen_report report;
        platen_panel panel;
    } of;
    void *user;
    void (*release)(void *user);
} entry;

struct platen_ctx {
    hostkit *kit;
};

struct platen_tx {
    hostkit *kit;
    bool writing;
    platen_rows *open;
};

struct hostkit {
    platen_ctx ctx;
    const platen_plugin *plugin;
    void *library;
    char folder[1024];
    char prefix[80]; /* of its tables: the name, '-' as '_', and '_' */
    uint32_t role;
    bool old;
    bool loaded;
    bool loading;
    bool within;        /* a transaction */
    uint32_t rows_open; /* its statements that wait for reset() */
    unsigned calls;
    unsigned fail_at;
    size_t count;
    entry entries[HOSTKIT_ENTRIES];
    size_t event_count;
    char *events[HOSTKIT_EVENTS];
    sqlite3 *db;
    char undeclared[64];
    char misuse[200];
    char *blob; /* the last content of blob/1: one is enough for tests */
    size_t blob_length;
    int64_t clock; /* minutes */
};

platen_code hostkit_error(platen_error *err, platen_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void hostkit_note(hostkit *kit, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Every host call that can fail begins with it: whether this is the one that is to fail. */
bool hostkit_strikes(hostkit *kit, platen_error *err);
/* The same for registrations, which load() alone may make. */
platen_code hostkit_registering(platen_ctx *ctx, uint32_t size, size_t least, platen_error *err);

/* Keeps a registration; NULL when there is no room or the id is there (`err` says so). */
entry *hostkit_keep(hostkit *kit, hostkit_what what, const char *id, const char *text,
                    const char *extra, platen_error *err);
const entry *hostkit_find(const hostkit *kit, hostkit_what what, const char *id);
/* "<plugin>.<word>" */
bool hostkit_own_id(const hostkit *kit, const char *id);
bool hostkit_is_json(const char *text, bool object);

/* Of registrations: OK or EXISTS, by whether it was kept; one that cannot be, which is a breach. */
platen_code hostkit_kept(const entry *e);
platen_code hostkit_wrong(hostkit *kit, const char *what, const char *id, platen_error *err);
/* 1 to `most` bytes. */
bool hostkit_is_text(const char *text, size_t most);

platen_code hostkit_transaction(hostkit *kit, bool writing, platen_tx_fn fn, void *user,
                                platen_error *err);
void hostkit_store_close(hostkit *kit);

extern const platen_store hostkit_store;
extern const platen_model hostkit_model;
extern const platen_secrets hostkit_secrets; /* hostkit_secret.c */
extern const platen_http hostkit_http;       /* hostkit_pages.c */
extern const platen_pages hostkit_pages;
extern const platen_reports hostkit_reports;
extern const platen_panels hostkit_panels;
extern const platen_locales hostkit_locales;
const void *hostkit_feature_table(const char *name);
const void *hostkit_driver_table(const hostkit *kit, const char *name);

#endif
