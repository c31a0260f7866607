/* Files of settings, whatever their form: told by how they begin. Pure functions; any thread. */
#ifndef SETTING_VALUE_IMPORT_H
#define SETTING_VALUE_IMPORT_H

#include "document.h"

typedef enum import_form {
    IMPORT_CONTAINER,
    IMPORT_JSON,
    IMPORT_CSV,
    IMPORT_PJL,
    IMPORT_BUNDLE,
    IMPORT_OTHER, /* none that is read */
} import_form;

import_form import_form_of(const uint8_t *file, size_t length);

/* Reads a file of any form; `password` is for containers only, may be "". Errors are those of the
 * functions for each form; PLATEN_E_MALFORMED for any other file, with what is read. The caller
 * calls document_fini(). */
platen_code import_file(const uint8_t *file, size_t length, const char *password, document *out,
                        platen_error *err);

/*
 * Settings from CSV (RFC 4180), UTF-8 with or without a byte-order mark, cells between ',' or ';'
 * (what the first line has). The first line may name the columns: path, value, kind, category,
 * case, in any order; else they are these, as many as there are. Without a kind, a value is true or
 * false, a number when it is written as JSON writes one, else a text. A formula is a text; the mark
 * that exports put before one (a tab or an apostrophe) is taken off. Errors name the line.
 */
platen_code import_csv(const char *text, size_t length, item_list *out, platen_error *err);

/* Settings from PJL commands (pjl_file.c): those that DEFAULT sets. Errors name the line. */
platen_code import_pjl(const char *text, size_t length, item_list *out, platen_error *err);

/* Settings from a Lexmark bundle (bundle_file.c). document_fini() also after a failure. */
platen_code import_bundle(const void *zip, size_t length, document *out, platen_error *err);

/* Settings from the device setting information of a Ricoh (ricoh_file.c), which nothing in the file
 * itself tells from other CSV files: whoever has it says so. `model` is the model of the device
 * that exported it, "" when nobody says. document_fini() also after a failure. */
platen_code import_ricoh(const void *file, size_t length, const char *model, document *out,
                         platen_error *err);

/* The same columns, with a line that names them; the caller frees it. NULL: no memory. */
char *export_csv(const item_list *items);

#endif
