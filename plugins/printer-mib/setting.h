/* settings.check, settings.read, settings.write: the writable objects of the Printer MIB as
 * settings. SNMP thread. */
#ifndef PRINTER_MIB_SETTING_H
#define PRINTER_MIB_SETTING_H

#include <cjson/cJSON.h>

#include "act.h"
#include "setting_value.h"

#define SETTING_ITEMS 20000u /* most of an order */
#define SETTING_PREFIX "mib/"

typedef enum wish_state {
    WISH_OPEN,  /* nothing is known yet */
    WISH_TO_DO, /* differs, and is to be written */
    WISH_LATER, /* was inconsistent with other values: once more behind all others */
    WISH_SENT,  /* the device took it; to be read back */
    WISH_OVER,  /* has a result */
} wish_state;

/* One item of settings.write. */
typedef struct wish {
    const cJSON *item; /* of the order */
    bool placed;       /* `place` is one */
    setting_place place;
    wish_state state;
    unsigned sets;      /* sent for it so far */
    bool unheard;       /* the last one was not answered */
    cJSON *before;      /* owned */
    cJSON *after;       /* owned */
    const char *result; /* a word of the contract, NULL none yet */
    char text[SETTING_WHY];
} wish;

struct setting_run {
    bool checks, writes;
    bool may_write; /* "write" of the order, and no preview */
    bool latin;     /* texts of the device are no UTF-8 */
    cJSON *order;   /* the settings */
    cJSON *data;    /* to hand over: of check and read */
    uint32_t count;
    wish *wishes;
    uint32_t turn;    /* the wish_state whose turn it is */
    uint32_t at;      /* of the SET under way */
    bool sent;        /* the device took something */
    unsigned unheard; /* reads that were not answered, after a SET */
};

void setting_act(visit *of);
platen_code setting_closing(visit *of, platen_code code);
void setting_free(setting_run *run); /* NULL is fine */

/* setting_write.c */
void setting_write_run(visit *of);
/* The answer of settings.write: of every item, whatever became of it. NULL: no memory. */
cJSON *setting_write_data(visit *of);

/* Reads all settings and goes on with `step`. */
void setting_read_all(visit *of, visit_step *step, const char *doing);
/* The head that all answers have. NULL: no memory. */
cJSON *setting_head(const visit *of);
/* Whether the row is the printer's: an agent may have several. */
bool setting_is_mine(const visit *of, const setting_place *place);

#endif
