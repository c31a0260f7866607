/* Results on their way to what brought their kind. Runs on the store's writer. */
#ifndef PLATEN_RUN_TELL_H
#define PLATEN_RUN_TELL_H

#include "core/run/target_row.h"

/* A result that is told, and what becomes of its text when the kind cannot take it in. */
typedef struct run_told {
    const task_kind *kind; /* NULL: nobody is told */
    bool preview;          /* then neither */
    const char *settings;  /* of the job, NULL: there is none behind the result */
    const char *data;      /* of the driver, NULL: none */
    size_t data_length;
    char text[PLATEN_ERROR_TEXT];
} run_told;

/* Before the row is put. When its kind fails, what that did is taken back and the row becomes an
 * error. Its texts are then those of `told`. */
platen_code run_tell_kind(store_conn *conn, run_told *told, target_row *row, platen_error *err);

/* The same end of many devices, as of a run that is cancelled: it is no success, and stays what it
 * is when the kind cannot take it in. One savepoint where all goes well. */
platen_code run_tell_end(store_conn *conn, run_told *told, const target_row *row,
                         const int64_t *ids, size_t count, platen_error *err);

/* The kind of a run, for a result that no job has. */
platen_code run_told_of(store_conn *conn, int64_t run, run_told *told, platen_error *err);

#endif
