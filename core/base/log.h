/*
 * The log: a line a thing, "time level source text key=value ...", to standard error. Control
 * characters and quotes in values are escaped, so that a device's name cannot forge a line.
 * Thread-safe; a line is one write.
 */
#ifndef PLATEN_BASE_LOG_H
#define PLATEN_BASE_LOG_H

#include <stdarg.h>
#include <stdbool.h>

typedef enum log_level {
    LOG_LEVEL_ERROR,
    LOG_LEVEL_WARNING,
    LOG_LEVEL_NOTICE,
    LOG_LEVEL_INFO,
    LOG_LEVEL_DEBUG,
} log_level;

void log_set_level(log_level level);
bool log_level_from_word(const char *word, log_level *level);
bool log_enabled(log_level level);
/* Writes no line at all, not even errors: for a process whose standard error is watched. */
void log_set_quiet(bool quiet);

/* A word that every later line of this process carries ("manager", "agent"); borrowed for ever. */
void log_set_role(const char *role);

/* Lines go there instead of to standard error; set before other threads start, borrowed for ever.
 * `text` is not escaped. */
void log_set_sink(void (*sink)(log_level level, const char *source, const char *text));

void log_write(log_level level, const char *source, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void log_write_va(log_level level, const char *source, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

/* The source is the module: each file defines LOG_SOURCE before it uses these. */
#define log_error(...) log_write(LOG_LEVEL_ERROR, LOG_SOURCE, __VA_ARGS__)
#define log_warning(...) log_write(LOG_LEVEL_WARNING, LOG_SOURCE, __VA_ARGS__)
#define log_notice(...) log_write(LOG_LEVEL_NOTICE, LOG_SOURCE, __VA_ARGS__)
#define log_info(...) log_write(LOG_LEVEL_INFO, LOG_SOURCE, __VA_ARGS__)
#define log_debug(...) log_write(LOG_LEVEL_DEBUG, LOG_SOURCE, __VA_ARGS__)

#endif
