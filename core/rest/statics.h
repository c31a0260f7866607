/*
 * The pages: all files of one folder, read at start and kept in memory, so that no request reaches
 * the file system. Files beside them named *.br and *.gz are their packed forms. Read-only: any
 * thread.
 */
#ifndef PLATEN_REST_STATICS_H
#define PLATEN_REST_STATICS_H

#include "core/base/error.h"
#include "core/http/http.h"

typedef struct statics statics;

/* NULL or a missing folder: an empty set, and every page is 404. */
platen_code statics_new(const char *folder, statics **out, platen_error *err);
void statics_free(statics *s);

/* Answers GET and HEAD of a file; a path without extension is a page of the application and gets
 * index.html. */
void statics_answer(const statics *s, http_exchange *x);

#endif
