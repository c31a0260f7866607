/* Which of the languages that there are words in a request wants. */
#include <string.h>
#include <strings.h>

#include "core/notify/message.h"
#include "core/rest/rest.h"

/* "de" for "de" and "de-CH"; NULL for what is not there. */
static const char *known(const char *wanted, size_t length)
{
    for (const message_file *f = message_files; f->language != NULL; f++) {
        size_t own = strlen(f->language);
        if (length >= own && strncasecmp(wanted, f->language, own) == 0 &&
            (length == own || wanted[own] == '-')) {
            return f->language;
        }
    }
    return NULL;
}

const char *rest_language(rest_request *r)
{
    const char *found = NULL;
    const char *at = rest_header(r, "Accept-Language");
    while (found == NULL && at != NULL && *at != '\0') {
        at += strspn(at, " \t,");
        found = known(at, strcspn(at, " \t,;"));
        at += strcspn(at, ",");
    }
    return found != NULL ? found : "en";
}
