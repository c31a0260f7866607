#include "need.h"

#include <string.h>

#include <platen/plugin.h>

const char *need_of_role(const char *need, uint32_t role)
{
    const char *colon = strchr(need, ':');
    if (colon == NULL) {
        return need;
    }
    const char *of = role == PLATEN_ROLE_MANAGER ? "manager:" : "agent:";
    return strncmp(need, of, strlen(of)) == 0 ? colon + 1 : NULL;
}
