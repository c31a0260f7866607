/* log/1: the plugin's own lines in the host's log. Any thread, never blocks for long. */
#ifndef PLATEN_LOG_H
#define PLATEN_LOG_H

#include <platen/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PLATEN_LOG_ERROR 0u
#define PLATEN_LOG_WARNING 1u
#define PLATEN_LOG_NOTICE 2u
#define PLATEN_LOG_INFO 3u
#define PLATEN_LOG_DEBUG 4u

typedef struct platen_log {
    uint32_t size;
    /* One line; the host puts time, level and the plugin's name before it and escapes control
     * characters. Never credentials or document contents. */
    void (*write)(platen_ctx *ctx, uint32_t level, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
} platen_log;

#ifdef __cplusplus
}
#endif

#endif
