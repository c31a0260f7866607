/* A report as a file on a mail: a sheet in memory, OUTBOX_FILE bytes at most. */
#ifndef PLATEN_REST_REPORT_FILE_H
#define PLATEN_REST_REPORT_FILE_H

#include "core/base/json.h"
#include "core/notify/notify.h"
#include "core/report/sheet.h"

typedef struct report_file {
    strbuf data;
    char name[96], type[96];
    outbox_file file; /* borrows the others, once it is whole */
} report_file;

/* Named "<stem>.csv"; the options' format counts, sink and user are set. report_file_fini() it. */
void report_file_init(report_file *f, const char *stem, sheet_options *options);
void report_file_fini(report_file *f);

/* What there is now, for a letter. */
const outbox_file *report_file_whole(report_file *f);

/* The sentence about the file, in the language, as member `key`: that it is attached, or that it is
 * too large. */
void report_file_tell(const report_file *f, const notify *n, const char *language, bool large,
                      json_writer *w, const char *key);

/* 1, 0 or -1 for "high", "normal", "low". */
int report_importance(const char *priority);

#endif
