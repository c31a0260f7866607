/* One write a line to standard error, so that lines of several processes do not mix. */
#include "core/base/log.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"

#define LINE 2048

static atomic_int current_level = LOG_LEVEL_INFO;
static _Atomic(const char *) current_role = "";

static void (*line_sink)(log_level level, const char *source, const char *text);

static const char *const words[] = {"error", "warning", "notice", "info", "debug"};

void log_set_level(log_level level)
{
    atomic_store(&current_level, (int)level);
}

void log_set_quiet(bool quiet)
{
    atomic_store(&current_level, quiet ? -1 : (int)LOG_LEVEL_INFO);
}

bool log_level_from_word(const char *word, log_level *level)
{
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(word, words[i]) == 0) {
            *level = (log_level)i;
            return true;
        }
    }
    return false;
}

bool log_enabled(log_level level)
{
    return (int)level <= atomic_load(&current_level);
}

void log_set_role(const char *role)
{
    atomic_store(&current_role, role);
}

void log_set_sink(void (*sink)(log_level level, const char *source, const char *text))
{
    line_sink = sink;
}

/* Control characters would let a device's name forge a line or drive a terminal. */
static size_t escape(char *out, size_t capacity, const char *text)
{
    size_t used = 0;
    bool after_lead = false;
    for (const unsigned char *c = (const unsigned char *)text; *c != '\0' && used + 5 < capacity;
         c++) {
        bool lead = *c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0; /* C1: some terminals obey it */
        bool c1 = lead || (*c >= 0x80 && *c < 0xa0 && after_lead);
        after_lead = lead;
        if (*c < 0x20 || *c == 0x7f || c1) {
            used += (size_t)snprintf(out + used, capacity - used, "\\x%02x", *c);
        } else {
            out[used++] = (char)*c;
        }
    }
    return used;
}

void log_write_va(log_level level, const char *source, const char *format, va_list args)
{
    if (!log_enabled(level)) {
        return;
    }
    char text[LINE / 2];
    (void)vsnprintf(text, sizeof(text), format, args);
    if (line_sink != NULL) {
        line_sink(level, source, text);
        return;
    }
    char time_text[CLOCK_TEXT];
    char line[LINE];
    const char *role = atomic_load(&current_role);
    int head = snprintf(line, sizeof(line), "%s %s %s%s%s: ", clock_format(clock_now(), time_text),
                        words[level], role, role[0] != '\0' ? "/" : "", source);
    size_t used = head > 0 && head < LINE / 4 ? (size_t)head : 0;
    used += escape(line + used, sizeof(line) - used - 1, text);
    line[used++] = '\n';
    ssize_t written = write(STDERR_FILENO, line, used);
    (void)written; /* a log that cannot be written has nowhere to say so */
}

void log_write(log_level level, const char *source, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    log_write_va(level, source, format, args);
    va_end(args);
}
