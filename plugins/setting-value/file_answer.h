/* A file as the answer of an operation: {"name","type","base64"}, which pages save as a file. */
#ifndef SETTING_VALUE_FILE_ANSWER_H
#define SETTING_VALUE_FILE_ANSWER_H

#include "document.h"
#include "setting_value.h"

/* `form`: "json" or "csv". With a password (not of CSV) a container, <name>.psv. An answer has at
 * most 4 MiB: PLATEN_E_TOO_LARGE beyond it. */
platen_code file_answer(platen_call *call, const document *d, const char *form,
                        const char *password, platen_error *err);

#endif
