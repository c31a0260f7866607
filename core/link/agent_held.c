#include "core/link/agent_held.h"

#include <stdlib.h>

bool held_take(agent_held *h, const cJSON *job)
{
    int64_t id = strtoll(json_get_text(job, "id", ""), NULL, 10);
    if (id <= 0) {
        return true; /* no job of this manager: the owner says what is wrong with it */
    }
    if (h->count == h->room) {
        size_t room = h->room == 0 ? 64 : h->room * 2;
        int64_t *more = reallocarray(h->ids, room, sizeof(*more));
        if (more == NULL) {
            return false;
        }
        h->ids = more;
        h->room = room;
    }
    h->ids[h->count++] = id;
    return true;
}

void held_drop(agent_held *h, const cJSON *over)
{
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, over)
    {
        for (size_t i = 0; i < h->count; i++) {
            if (cJSON_IsNumber(item) && (double)h->ids[i] == item->valuedouble) {
                h->ids[i] = h->ids[--h->count];
                break;
            }
        }
    }
}

void held_write(const agent_held *h, json_writer *w, const char *key)
{
    json_array(w, key);
    for (size_t i = 0; i < h->count; i++) {
        json_i64(w, NULL, h->ids[i]);
    }
    json_array_end(w);
}

void held_clear(agent_held *h)
{
    free(h->ids);
    *h = (agent_held){.ids = NULL};
}
