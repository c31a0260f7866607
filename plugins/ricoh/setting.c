/* settings.check: what the device can do, where it is to fetch, and when it did. */
#include "driver.h"

#include <stdio.h>
#include <string.h>

platen_code setting_hand_over(const visit *of, const cJSON *data, platen_error *err)
{
    char *text = data != NULL ? cJSON_PrintUnformatted(data) : NULL;
    platen_code rc = text != NULL ? of->driver->drivers->data(of->work, text, strlen(text), err)
                                  : of->driver->host->fail(err, PLATEN_E_NOMEM, "ricoh: no memory");
    cJSON_free(text);
    return rc;
}

static platen_code tell_check(visit *of, bool supported, const char *write, const char *why,
                              platen_error *err)
{
    cJSON *data = cJSON_CreateObject();
    bool good = cJSON_AddBoolToObject(data, "supported", supported) != NULL &&
                cJSON_AddFalseToObject(data, "read") != NULL &&
                cJSON_AddStringToObject(data, "write", write) != NULL &&
                cJSON_AddStringToObject(data, "type", "") != NULL &&
                cJSON_AddStringToObject(data, "platform", "") != NULL &&
                cJSON_AddNumberToObject(data, "level", 0) != NULL &&
                cJSON_AddStringToObject(data, "why", why) != NULL;
    platen_code rc = good ? setting_hand_over(of, data, err)
                          : of->driver->host->fail(err, PLATEN_E_NOMEM, "ricoh: no memory");
    cJSON_Delete(data);
    return rc;
}

/* The URL is there before anything is distributed, so that it can be entered at the device. */
static platen_code make_place(visit *of, platen_serve_place *place, platen_error *err)
{
    platen_serve_item item = PLATEN_SERVE_ITEM_INIT;
    item.name = PLACE_INSTRUCTIONS;
    item.type = "text/plain";
    return of->driver->serve->publish(of->work, &item, place, err);
}

platen_code setting_check(visit *of, platen_error *err)
{
    platen_error why = PLATEN_ERROR_INIT;
    platen_serve_place place = {.size = sizeof(place)};
    char text[400];
    char when[32];
    char last[64] = "";
    platen_code rc = device_probe(of, err);
    if (rc == PLATEN_E_UNSUPPORTED) {
        return tell_check(of, false, "no", err->text, err);
    }
    if (rc != PLATEN_OK) {
        return rc;
    }
    rc = make_place(of, &place, &why);
    if (rc == PLATEN_E_STATE) {
        return tell_check(of, true, "no", why.text, err);
    }
    if (rc != PLATEN_OK) {
        return of->driver->host->fail(err, rc, "%s", why.text);
    }
    if (place.fetched > 0) {
        place_time(place.fetched, when);
        (void)snprintf(last, sizeof(last), "; fetched last at %s", when);
    }
    /* A device that is supported is not checked again (SET-54): "never" would stay there for ever.
     */
    (void)snprintf(text, sizeof(text),
                   "it fetches from %s, which is to be its import setting (server)%s", place.url,
                   last);
    note(of, PLATEN_ACT_INFO, "%s%s", text, last[0] == '\0' ? "; nothing was fetched yet" : "");
    return tell_check(of, true, "yes", text, err);
}
