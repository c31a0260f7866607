/*
 * IPP messages as octets, encoded and decoded by libcups. Nothing here connects anywhere or reads
 * files: libcups is used as a codec only.
 */
#ifndef PLATEN_IPP_MESSAGE_H
#define PLATEN_IPP_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include <cups/ipp.h>

#include <platen/driver.h>

#define MESSAGE_REQUEST 4096

typedef struct message_request {
    uint32_t version; /* 20, 11 */
    int32_t id;
    const char *uri;               /* printer-uri */
    const char *const *attributes; /* requested-attributes, NULL-terminated */
} message_request;

/* Once on each thread before its first use of libcups; repeats cost little. */
void message_thread_init(void);

/* Get-Printer-Attributes as octets; PLATEN_E_TOO_LARGE, PLATEN_E_NOMEM. */
platen_code message_write(const message_request *request, uint8_t octets[MESSAGE_REQUEST],
                          size_t *length);

/* A decoded answer, freed with ippDelete(), or NULL when the octets are no whole IPP message. */
ipp_t *message_read(const void *octets, size_t length);

#endif
