/* The example of a feature: greetings for devices. What its files share. */
#ifndef HELLO_H
#define HELLO_H

#include <platen/locale.h>
#include <platen/model.h>
#include <platen/notify.h>
#include <platen/op.h>
#include <platen/page.h>
#include <platen/plugin.h>
#include <platen/report.h>
#include <platen/store.h>
#include <platen/task.h>

/* The host's interfaces, from load() on. One plugin is loaded once, so these may be static. */
typedef struct hello {
    const platen_host *host;
    platen_ctx *ctx;
    const platen_store *store;
    const platen_model *model;
    const platen_op *op;
    const platen_task *task;
    const platen_pages *pages;
    const platen_reports *reports;
    const platen_panels *panels;
    const platen_locales *locales;
    const platen_notify *notify;
} hello;

extern hello the_hello;

/* Each registers its part in load(). */
platen_code greeting_load(platen_error *err); /* the table, and operations on it */
platen_code task_load(platen_error *err);     /* the task kind hello.greet */
platen_code page_load(platen_error *err);     /* the page of greetings */
platen_code report_load(platen_error *err);   /* a report and a panel */

/* Writes a greeting within a transaction; `device` 0: of none. */
platen_code greeting_insert(platen_tx *tx, const char *text, int64_t device, const char *state,
                            int64_t sent, platen_error *err);

#endif
