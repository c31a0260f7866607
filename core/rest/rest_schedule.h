/* Schedules in bodies (TSK-18 to TSK-31), and when they run. */
#ifndef PLATEN_REST_SCHEDULE_H
#define PLATEN_REST_SCHEDULE_H

#include "core/base/strbuf.h"
#include "core/rest/rest.h"
#include "core/sched/rule.h"

platen_code rest_schedules_add(rest *router, platen_error *err);

/*
 * The member "schedule" of the body as it is stored, appended to `out`, and its next `count` times
 * (ms; fewer stand when there are no more: the rest is 0). Without a zone it is the manager's.
 * What is wrong is said below /schedule: PLATEN_E_INVAL.
 */
platen_code rest_schedule_take(rest_request *r, strbuf *out, int64_t *times, size_t count,
                               platen_error *err);

/* "schedule" and its schema, as a member of a body's properties. */
#define REST_SCHEDULE_SCHEMA                                                                       \
    "\"schedule\":{\"type\":\"object\",\"required\":[\"when\"],\"properties\":{"                   \
    "\"when\":{\"type\":\"string\",\"enum\":[\"now\",\"once\",\"every\"]},"                        \
    "\"at\":{\"type\":\"string\",\"maxLength\":40},"                                               \
    "\"unit\":{\"type\":\"string\",\"enum\":[\"minutes\",\"day\",\"week\",\"month\"]},"            \
    "\"step\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":527040},"                            \
    "\"time\":{\"type\":\"string\",\"maxLength\":5},"                                              \
    "\"weekdays\":{\"type\":\"array\",\"maxItems\":7,\"uniqueItems\":true,\"items\":"              \
    "{\"type\":\"string\",\"enum\":[\"mon\",\"tue\",\"wed\",\"thu\",\"fri\",\"sat\",\"sun\"]}},"   \
    "\"dates\":{\"type\":\"array\",\"maxItems\":32,\"uniqueItems\":true,\"items\":{\"anyOf\":["    \
    "{\"type\":\"integer\",\"minimum\":1,\"maximum\":31},{\"const\":\"last\"}]}},"                 \
    "\"nth\":{\"type\":\"array\",\"maxItems\":6,\"uniqueItems\":true,\"items\":{\"anyOf\":["       \
    "{\"type\":\"integer\",\"minimum\":1,\"maximum\":5},{\"const\":\"last\"}]}},"                  \
    "\"start\":{\"type\":\"string\",\"maxLength\":40},"                                            \
    "\"end\":{\"type\":\"string\",\"maxLength\":40},"                                              \
    "\"since\":{\"type\":\"string\",\"maxLength\":40},"                                            \
    "\"zone\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":63}}}"

#endif
