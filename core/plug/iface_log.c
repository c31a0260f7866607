/* log/1: a plugin's lines in the host's log, with the plugin's name as source. Any thread. */
#include "core/plug/context.h"

#include <stdarg.h>

#include "core/base/log.h"

static void write_line(platen_ctx *ctx, uint32_t level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void write_line(platen_ctx *ctx, uint32_t level, const char *format, ...)
{
    static const log_level levels[] = {LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_NOTICE,
                                       LOG_LEVEL_INFO, LOG_LEVEL_DEBUG};
    if (ctx == NULL || format == NULL) {
        return;
    }
    va_list args;
    va_start(args, format);
    log_write_va(levels[level <= PLATEN_LOG_DEBUG ? level : PLATEN_LOG_DEBUG], ctx->name, format,
                 args);
    va_end(args);
}

const platen_log iface_log_table = {(uint32_t)sizeof(platen_log), write_line};
