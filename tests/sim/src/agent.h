/* SNMP itself: a packet for a device in, its reply out. The caller holds the world's lock. */
#ifndef SIM_AGENT_H
#define SIM_AGENT_H

#include "ber.h"
#include "mib.h"

enum pdu_type {
    PDU_GET = 0xa0,
    PDU_NEXT = 0xa1,
    PDU_RESPONSE = 0xa2,
    PDU_SET = 0xa3,
    PDU_BULK = 0xa5,
    PDU_REPORT = 0xa8
};

enum snmp_error {
    SNMP_OK = 0,
    SNMP_TOO_BIG = 1,
    SNMP_NO_SUCH_NAME = 2,
    SNMP_BAD_VALUE = 3,
    SNMP_READ_ONLY = 4,
    SNMP_GEN_ERR = 5,
    SNMP_NO_ACCESS = 6,
    SNMP_WRONG_TYPE = 7,
    SNMP_WRONG_LENGTH = 8,
    SNMP_WRONG_VALUE = 10,
    SNMP_NO_CREATION = 11,
    SNMP_INCONSISTENT_VALUE = 12,
    SNMP_RESOURCE = 13,
    SNMP_AUTHORIZATION = 16,
    SNMP_NOT_WRITABLE = 17
};

enum { SNMP_V1 = 0, SNMP_V2C = 1, SNMP_V3 = 3 };

/* Varbinds start here in a reply buffer; all headers are put in front of them. */
enum { REPLY_HEADROOM = 1024, REPLY_ROOM = REPLY_HEADROOM + 65536 + 64 };

/* One varbind list under work. */
struct agent_call {
    struct view view;
    int version;
    bool may_write;
    bool denied;  /* the user's security level is not good enough */
    size_t limit; /* octets the varbinds may take */
    uint8_t *base;
    uint8_t *at;
};

/* Answers the PDU; on success the writer spans the response PDU. */
bool agent_pdu(struct agent_call *call, uint8_t type, struct ber_reader body,
               struct ber_writer *out);

/* Works through a SET; index counts from 1. */
enum snmp_error agent_set(struct agent_call *call, struct ber_reader varbinds, uint32_t *index);

/* A whole message. Returns the reply's length, 0 for none; `in` is spoiled. `buf` has REPLY_ROOM
 * octets and *reply points into it. */
size_t message_handle(struct world *w, struct device *d, uint8_t *in, size_t len, uint8_t *buf,
                      uint8_t **reply);
size_t message_v3(struct view *v, uint8_t *in, size_t len, struct ber_reader rest, uint8_t *buf,
                  uint8_t **reply);

#endif
