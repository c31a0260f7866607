/* Who may: the words for people's roles that interfaces of the manager share. Since 1.2. */
#ifndef PLATEN_ACCESS_H
#define PLATEN_ACCESS_H

#include <platen/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The least role that something needs. 0 is refused: a feature says what it means. */
#define PLATEN_ACCESS_USER 1u           /* everybody who is logged in */
#define PLATEN_ACCESS_DEVICE_MANAGER 2u /* device managers that have the function, and the next */
#define PLATEN_ACCESS_SYSTEM_MANAGER 3u /* system managers only */

/* Who asks. Texts are borrowed for the call. */
typedef struct platen_who {
    uint32_t size;
    uint32_t role;    /* PLATEN_ACCESS_...: what they are */
    int64_t user;     /* id of the account, 0 for a program that is nobody's and for the manager */
    const char *name; /* shown name, as in the audit log */
    const char *way;  /* "rest", "flow" (a script), "plugin" (another feature) */
} platen_who;

#define PLATEN_WHO_INIT                                                                            \
    {                                                                                              \
        (uint32_t)sizeof(platen_who), 0, 0, "", ""                                                 \
    }

#ifdef __cplusplus
}
#endif

#endif
