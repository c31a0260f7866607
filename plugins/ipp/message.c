/* Memory in, memory out. Each call works on its own message: any thread. */
#include "message.h"

#include <stdbool.h>
#include <string.h>

#include <cups/cups.h>

#define ATTRIBUTES_MOST 64
#define DEPTH_MOST 8       /* of collections within collections */
#define VALUES_MOST 20000u /* of one message */

typedef struct writer {
    uint8_t *octets;
    size_t length;
    size_t position;
} writer;

typedef struct reader {
    const uint8_t *octets;
    size_t length;
    size_t position;
} reader;

void message_thread_init(void)
{
    /* Naming a server keeps libcups from reading client.conf, from the home folder too, when the
     * first message of a thread is made. It is never connected to. */
    static _Thread_local bool done;
    if (!done) {
        cupsSetServer("localhost");
        done = true;
    }
}

static ssize_t put(void *context, ipp_uchar_t *octets, size_t length)
{
    writer *to = context;
    if (length > to->length - to->position) {
        return -1;
    }
    memcpy(to->octets + to->position, octets, length);
    to->position += length;
    return (ssize_t)length;
}

static ssize_t get(void *context, ipp_uchar_t *octets, size_t length)
{
    reader *from = context;
    size_t left = from->length - from->position;
    if (length > left) {
        length = left;
    }
    memcpy(octets, from->octets + from->position, length);
    from->position += length;
    return (ssize_t)length;
}

static bool fill(ipp_t *message, const message_request *request)
{
    size_t count = 0;
    while (count < ATTRIBUTES_MOST && request->attributes[count] != NULL) {
        count++;
    }
    /* ippNewRequest() would ask the environment for a language. */
    return ippSetVersion(message, (int)(request->version / 10), (int)(request->version % 10)) &&
           ippSetOperation(message, IPP_OP_GET_PRINTER_ATTRIBUTES) &&
           ippSetRequestId(message, request->id) &&
           ippAddString(message, IPP_TAG_OPERATION, IPP_TAG_CHARSET, "attributes-charset", NULL,
                        "utf-8") != NULL &&
           ippAddString(message, IPP_TAG_OPERATION, IPP_TAG_LANGUAGE, "attributes-natural-language",
                        NULL, "en") != NULL &&
           ippAddString(message, IPP_TAG_OPERATION, IPP_TAG_URI, "printer-uri", NULL,
                        request->uri) != NULL &&
           ippAddStrings(message, IPP_TAG_OPERATION, IPP_TAG_KEYWORD, "requested-attributes",
                         (int)count, NULL, request->attributes) != NULL;
}

platen_code message_write(const message_request *request, uint8_t octets[MESSAGE_REQUEST],
                          size_t *length)
{
    ipp_t *message = ippNew();
    writer to = {octets, MESSAGE_REQUEST, 0};
    platen_code rc = PLATEN_E_NOMEM;
    if (message != NULL && fill(message, request)) {
        rc = ippWriteIO(&to, put, 1, NULL, message) == IPP_STATE_DATA ? PLATEN_OK
                                                                      : PLATEN_E_TOO_LARGE;
    }
    ippDelete(message);
    if (rc == PLATEN_OK) {
        *length = to.position;
    }
    return rc;
}

static size_t read_u16(const uint8_t *octets)
{
    return (size_t)octets[0] << 8 | octets[1];
}

/*
 * Walks the tags and lengths of RFC 8010 before libcups does, so that the nesting and number of
 * values are bounded whatever its version bounds, and the message ends where its octets end.
 */
static bool is_whole(const uint8_t *octets, size_t length)
{
    size_t at = 8;
    size_t depth = 0;
    for (size_t values = 0; at < length && values < VALUES_MOST; values++) {
        uint8_t tag = octets[at++];
        if (tag == IPP_TAG_END) {
            return depth == 0;
        }
        if (tag < IPP_TAG_UNSUPPORTED_VALUE) {
            continue; /* the next group begins */
        }
        if (tag == IPP_TAG_EXTENSION || length - at < 2) {
            return false;
        }
        size_t name = read_u16(octets + at);
        at += 2;
        if (length - at < name + 2) {
            return false;
        }
        at += name;
        size_t value = read_u16(octets + at);
        at += 2;
        if (length - at < value) {
            return false;
        }
        at += value;
        if (tag == IPP_TAG_BEGIN_COLLECTION && ++depth > DEPTH_MOST) {
            return false;
        }
        if (tag == IPP_TAG_END_COLLECTION && depth-- == 0) {
            return false;
        }
    }
    return false;
}

ipp_t *message_read(const void *octets, size_t length)
{
    if (length < 9 || !is_whole(octets, length)) {
        return NULL;
    }
    ipp_t *message = ippNew();
    reader from = {octets, length, 0};
    ipp_state_t state = IPP_STATE_IDLE;
    while (message != NULL && state != IPP_STATE_DATA && state != IPP_STATE_ERROR) {
        state = ippReadIO(&from, get, 1, NULL, message);
    }
    if (state != IPP_STATE_DATA) {
        ippDelete(message);
        return NULL;
    }
    return message;
}
