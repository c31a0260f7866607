/* The feature setting-value: what its files share. */
#ifndef SETTING_VALUE_H
#define SETTING_VALUE_H

#include <platen/conf.h>
#include <platen/locale.h>
#include <platen/model.h>
#include <platen/notify.h>
#include <platen/op.h>
#include <platen/page.h>
#include <platen/plugin.h>
#include <platen/report.h>
#include <platen/secret.h>
#include <platen/store.h>
#include <platen/task.h>

#define FUNCTION "setting-value" /* what system managers grant (SET-06) */

/* The host's interfaces, from load() on. A plugin is loaded once, so these are static. */
typedef struct setting_value {
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
    const platen_secrets *secrets;
    const platen_conf *conf;
} setting_value;

extern setting_value the_feature;

/* Each registers its part in load(), in this order. */
platen_code tables_load(platen_error *err);
platen_code device_load(platen_error *err);
platen_code drift_list_load(platen_error *err);
platen_code clone_load(platen_error *err);
platen_code page_load(platen_error *err);
platen_code report_load(platen_error *err);

/* Counts the device's backups and differences anew for the lists: whoever writes such rows calls it
 * behind that, in the same transaction. A device that is not known becomes one of support unknown.
 * devices_refresh() does it for all: after a deletion that knows no devices. */
platen_code device_refresh(platen_tx *tx, int64_t device, platen_error *err);
platen_code devices_refresh(platen_tx *tx, platen_error *err);

/* Declares statements: pairs of name and SQL that is the same for both databases. */
platen_code statements_add(const char *const (*pairs)[2], size_t count, platen_error *err);

/* Runs a statement to its end and gives it back: a transaction has 32 at a time. `changes` may be
 * NULL. */
platen_code statement_run(platen_rows *rows, int64_t *changes, platen_error *err);

#endif
