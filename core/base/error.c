/* Error texts and the table of codes. No state. */
#include "core/base/error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

typedef struct code_row {
    platen_code code;
    const char *name;
    int status;
    bool retryable;
} code_row;

static const code_row codes[] = {
#define X(name, number, status, retry) {PLATEN_E_##name, #name, status, (retry) != 0},
    PLATEN_CODES(X)
#undef X
};

#define CODE_COUNT (sizeof(codes) / sizeof(codes[0]))
#define WORD_MAX 24

/* "NOT_FOUND" is the name, "not-found" the word. */
static void word_of(const char *name, char word[WORD_MAX])
{
    size_t i = 0;
    for (; name[i] != '\0' && i < WORD_MAX - 1; i++) {
        char c = name[i];
        word[i] = c == '_' ? '-' : (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    word[i] = '\0';
}

static const code_row *row_of(platen_code code)
{
    const code_row *internal = NULL;
    for (size_t i = 0; i < CODE_COUNT; i++) {
        if (codes[i].code == code) {
            return &codes[i];
        }
        internal = codes[i].code == PLATEN_E_INTERNAL ? &codes[i] : internal;
    }
    return internal;
}

platen_code error_set_va(platen_error *err, platen_code code, const char *format, va_list args)
{
    if (err != NULL) {
        err->code = (uint32_t)code;
        err->sys = 0;
        (void)vsnprintf(err->text, sizeof(err->text), format, args);
    }
    return code;
}

platen_code error_set(platen_error *err, platen_code code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    error_set_va(err, code, format, args);
    va_end(args);
    return code;
}

platen_code error_sys(platen_error *err, platen_code code, int errnum, const char *format, ...)
{
    if (err == NULL) {
        return code;
    }
    va_list args;
    va_start(args, format);
    error_set_va(err, code, format, args);
    va_end(args);
    err->sys = errnum;
    size_t used = strlen(err->text);
    char reason[128];
    const char *text = strerror_r(errnum, reason, sizeof(reason));
    (void)snprintf(err->text + used, sizeof(err->text) - used, ": %s", text);
    return code;
}

platen_code error_note(platen_error *err, platen_code code, const char *format, ...)
{
    if (err == NULL) {
        return code;
    }
    char inner[PLATEN_ERROR_TEXT];
    memcpy(inner, err->text, sizeof(inner));
    va_list args;
    va_start(args, format);
    (void)vsnprintf(err->text, sizeof(err->text), format, args);
    va_end(args);
    err->code = (uint32_t)code;
    size_t used = strlen(err->text);
    (void)snprintf(err->text + used, sizeof(err->text) - used, "%s%s", inner[0] != '\0' ? ": " : "",
                   inner);
    return code;
}

const char *error_word(platen_code code)
{
    static _Thread_local char word[WORD_MAX];
    word_of(row_of(code)->name, word);
    return word;
}

bool error_from_word(const char *word, platen_code *code)
{
    for (size_t i = 0; i < CODE_COUNT; i++) {
        char mine[WORD_MAX];
        word_of(codes[i].name, mine);
        if (strcmp(mine, word) == 0) {
            *code = codes[i].code;
            return true;
        }
    }
    return false;
}

int error_status(platen_code code)
{
    return row_of(code)->status;
}

bool error_retryable(platen_code code)
{
    return row_of(code)->retryable;
}
