/* The task kinds. Each registers its own in load(). */
#ifndef SETTING_VALUE_TASK_H
#define SETTING_VALUE_TASK_H

#include "setting_value.h"

#define KIND_CHECK "setting-value.check"
#define KIND_BACK_UP "setting-value.back-up"
#define KIND_DISTRIBUTE "setting-value.distribute"
#define KIND_MONITOR "setting-value.monitor"

/* The categories that tasks let people choose (SET-10), as a JSON Schema's list of words. */
#define CATEGORY_WORDS                                                                             \
    "\"basic\",\"box\",\"forwarding\",\"favourite\",\"department-id\",\"shared-space-access\","    \
    "\"web-access\",\"home\",\"main-menu\",\"quick-menu\",\"function-flow\",\"address-book\","     \
    "\"security-policy\",\"printing\",\"paper\",\"panel\",\"network\""

/* The id in a task's settings ("12"), 0 when there is none. */
int64_t task_id(const char *settings, const char *member);
/* Whether a member is true; and whether it is that word. */
bool task_flag(const char *settings, const char *member);
bool task_is(const char *settings, const char *member, const char *word);

/* Registers a kind with the cautions of its word in the schema of its settings. */
platen_code task_add(platen_task_kind *kind, const char *word, platen_error *err);

platen_code task_check_load(platen_error *err);
platen_code task_back_up_load(platen_error *err);
platen_code task_distribute_load(platen_error *err);
platen_code task_monitor_load(platen_error *err);

#endif
