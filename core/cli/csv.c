/* Pure functions. */
#include "core/cli/csv.h"

#include <string.h>

void csv_field(strbuf *line, const char *text)
{
    bool tab = text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL;
    bool quoted = tab || strpbrk(text, "\",\r\n\t") != NULL || text[0] == ' ' ||
                  (text[0] != '\0' && text[strlen(text) - 1] == ' ');
    if (quoted) {
        strbuf_append_char(line, '"');
    }
    if (tab) {
        strbuf_append_char(line, '\t');
    }
    for (; *text != '\0'; text++) {
        if (*text == '"') {
            strbuf_append_char(line, '"');
        }
        strbuf_append_char(line, *text);
    }
    if (quoted) {
        strbuf_append_char(line, '"');
    }
}

void csv_record(strbuf *line, const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0) {
            strbuf_append_char(line, ',');
        }
        csv_field(line, texts[i]);
    }
    strbuf_append(line, "\r\n");
}
