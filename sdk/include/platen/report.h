/*
 * report/1 and panel/1: tables that a plugin writes. Reports are files (CSV, XLSX, text) of
 * GET /reports/<id>, of the page of reports, and of mails (the task kind system.send-report).
 * Panels are small tables or bars on dashboards. Manager only; since 1.2.
 *
 * Threads: add() in load() only, main thread. write() is called on the thread of a request, or on
 * that of the manager's own tasks; calls overlap. It may block for the database (store.h), never
 * for a device or a network. All functions of a table are for that thread, until write() returns.
 *
 * Regions: a row belongs to a device or to none. The host leaves out rows of devices that who asks
 * may not see, so write() need not; numbers that are summed over devices are the plugin's: it asks
 * sees() for each.
 */
#ifndef PLATEN_REPORT_H
#define PLATEN_REPORT_H

#include <platen/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct platen_table platen_table; /* opaque, valid during write() */

#define PLATEN_COLUMN_TEXT 1u    /* text() */
#define PLATEN_COLUMN_NUMBER 2u  /* integer() or real() */
#define PLATEN_COLUMN_PERCENT 3u /* the same, 0 to 100 */
#define PLATEN_COLUMN_TIME 4u    /* time() */
#define PLATEN_COLUMN_DEVICE 5u  /* integer(): the device's id. Panels show its name */

typedef struct platen_column {
    uint32_t size;     /* also the distance to the next one */
    uint32_t type;     /* PLATEN_COLUMN_... */
    const char *key;   /* a-z, 0-9, '_'; the head of the column in files */
    const char *title; /* a key of the catalogues (locale.h), or plain text */
} platen_column;

#define PLATEN_COLUMN_INIT                                                                         \
    {                                                                                              \
        (uint32_t)sizeof(platen_column), PLATEN_COLUMN_TEXT, NULL, NULL                            \
    }

#define PLATEN_COLUMNS_MAX 100u           /* of a report; of a panel 8 */
#define PLATEN_REPORT_SETTINGS_MAX 16384u /* bytes of a schema */

typedef struct platen_report {
    uint32_t size;
    uint32_t flags;    /* none yet: 0 */
    const char *id;    /* "hello.greetings": the plugin's name, '.', a word of a-z, 0-9, '-' */
    const char *title; /* a key of the catalogues, or plain text; 1 to 200 bytes */
    const platen_column *columns;
    uint32_t count;       /* of columns: 1 to PLATEN_COLUMNS_MAX */
    const char *settings; /* JSON Schema whose type is "object" (see driver.h, platen_action, for
                             its words), or NULL: the report has none */
    /* Writes the rows. `settings` is a JSON object that keeps the schema, "{}" without one. */
    platen_code (*write)(platen_table *table, const char *settings, void *user, platen_error *err);
    void *user;
    void (*release)(void *user); /* once, after withdrawal; may be NULL */
} platen_report;

#define PLATEN_REPORT_INIT                                                                         \
    {                                                                                              \
        (uint32_t)sizeof(platen_report), 0, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL            \
    }

typedef struct platen_reports {
    uint32_t size;

    /* Registers a report; the host copies it. PLATEN_E_STATE outside load(). PLATEN_E_INVAL: a
     * member that is not as it must be, an unknown flag, a schema that is none. PLATEN_E_EXISTS:
     * the id is taken. PLATEN_E_TOO_LARGE: more than 32 of a plugin. */
    platen_code (*add)(platen_ctx *ctx, const platen_report *report, platen_error *err);

    /* Begins a row of a device, or of none (0). Then its cells, in the order of the columns; what
     * is left out is empty. Fails when the reader is gone, the file is too large, or a cell was not
     * of its column: return the code from write(). */
    platen_code (*row)(platen_table *table, int64_t device, platen_error *err);
    void (*text)(platen_table *table, const char *value); /* UTF-8; NULL: empty */
    void (*integer)(platen_table *table, int64_t value);
    void (*real)(platen_table *table, double value);
    void (*time)(platen_table *table, int64_t ms); /* UTC; 0: empty */
    void (*null)(platen_table *table);             /* an empty cell */

    /* Whether who asks may see the device: it is there and of his regions. 0: whether he sees all.
     */
    bool (*sees)(platen_table *table, int64_t device);
    /* The language of who reads ("en"), for text() of locale/1. */
    const char *(*language)(platen_table *table);
} platen_reports;

#define PLATEN_PANEL_WIDE 1u   /* its width can be changed */
#define PLATEN_PANEL_CHART 2u  /* rows are shown as bars: the last column is the number */
#define PLATEN_PANEL_DAYS 4u   /* has the setting "days": how far back, 1 to 365 */
#define PLATEN_PANEL_LIMIT 8u  /* "limit": most rows, 1 to 50 */
#define PLATEN_PANEL_BELOW 16u /* "below": percent that is left, 1 to 100 */

#define PLATEN_PANEL_ROWS 400u /* of a panel: more are left out */

typedef struct platen_panel {
    uint32_t size;
    uint32_t flags;       /* PLATEN_PANEL_... */
    const char *id;       /* "hello.latest", as of reports */
    const char *title;    /* a key of the catalogues, or plain text; 1 to 200 bytes */
    const char *function; /* the word that a device manager needs: Platen's, or one of this plugin,
                             registered before (task.h). NULL: everybody may have the panel */
    const platen_column *columns;
    uint32_t count; /* of columns: 1 to 8 */
    uint32_t days;  /* presets of the settings that it has */
    uint32_t limit;
    uint32_t below;
    /* Writes the rows. `settings` is a JSON object with what the flags name: {"days":30}. */
    platen_code (*write)(platen_table *table, const char *settings, void *user, platen_error *err);
    void *user;
    void (*release)(void *user); /* once, after withdrawal; may be NULL */
} platen_panel;

#define PLATEN_PANEL_INIT                                                                          \
    {                                                                                              \
        (uint32_t)sizeof(platen_panel), 0, NULL, NULL, NULL, NULL, 0, 30, 10, 10, NULL, NULL, NULL \
    }

/* panel/1. The functions of tables are those of report/1; a text that is a key of the catalogues is
 * shown as what that says in the reader's language. */
typedef struct platen_panels {
    uint32_t size;
    platen_code (*add)(platen_ctx *ctx, const platen_panel *panel, platen_error *err);
    platen_code (*row)(platen_table *table, int64_t device, platen_error *err);
    void (*text)(platen_table *table, const char *value);
    void (*integer)(platen_table *table, int64_t value);
    void (*real)(platen_table *table, double value);
    void (*time)(platen_table *table, int64_t ms);
    void (*null)(platen_table *table);
    bool (*sees)(platen_table *table, int64_t device);
    const char *(*language)(platen_table *table);
    /* The next cell leads to a row of a page of the plugin (page.h): its id and the row's key, both
     * copied. For those only who may see the page. Since 1.2. */
    void (*link)(platen_table *table, const char *page, const char *key);
} platen_panels;

#ifdef __cplusplus
}
#endif

#endif
