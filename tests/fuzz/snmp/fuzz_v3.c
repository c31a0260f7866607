/*
 * Answers in v3. The first octet chooses: datagrams for a user without security, who takes what
 * comes; or a PDU that is signed and enciphered as the device would, and then opened.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

static const uint8_t engine_id[12] = {0x80, 0, 0x1f, 0x88, 4, 'p', 'l', 'a', 't', 'e', 'n', '1'};

static snmpeng_credential *user(snmpeng_auth auth, snmpeng_priv priv)
{
    const snmpeng_credential_spec spec = {.v3 = true,
                                          .user = "op",
                                          .auth = auth,
                                          .auth_password = "auth-password",
                                          .priv = priv,
                                          .priv_password = "priv-password"};
    snmpeng_credential *c = NULL;
    if (snmpeng_credential_new(&spec, &c, NULL) != PLATEN_OK) {
        abort();
    }
    return c;
}

static snmpeng_peer known_peer(void)
{
    snmpeng_peer peer = {.engine_id_length = sizeof engine_id, .boots = 1, .time = 10};
    memcpy(peer.engine_id, engine_id, sizeof engine_id);
    return peer;
}

static void open_secure(const snmpeng_credential *c, const uint8_t *pdu, size_t size)
{
    static uint8_t plain[WIRE_PACKET];
    static wire_bind binds[WIRE_BINDS];
    static uint8_t packet[8192];
    snmpeng_peer peer = known_peer();
    wire_pdu got = {.binds = binds};
    wire_reader rest;
    v3_message message;
    int64_t version;
    const char *why = "";
    if (size > 3000 || !v3_localise(c, &peer)) {
        return;
    }
    size_t length = v3_write(c, &peer, 0x40000000, pdu, size, 1, 0, packet, sizeof packet);
    if (length == 0 || !wire_message_read(packet, length, &version, &rest, &got) ||
        !v3_read(&rest, &message)) {
        abort(); /* the envelope is our own and good */
    }
    (void)v3_open(c, &peer, &message, packet, length, plain, 0, &got, &why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static snmpeng *engine;
    static snmpeng_plan *plan;
    static snmpeng_credential *users[3];
    if (engine == NULL) {
        engine = fuzz_engine();
        plan = fuzz_plan();
        users[0] = user(SNMPENG_AUTH_NONE, SNMPENG_PRIV_NONE);
        users[1] = user(SNMPENG_AUTH_SHA1, SNMPENG_PRIV_AES128);
        users[2] = user(SNMPENG_AUTH_MD5, SNMPENG_PRIV_DES);
    }
    if (size == 0) {
        return 0;
    }
    if ((data[0] & 3) >= 2) {
        open_secure(users[(data[0] & 3) - 1], data + 1, size - 1);
        return 0;
    }
    snmpeng_peer *peer = calloc(1, sizeof *peer);
    if (peer == NULL) {
        abort();
    }
    if ((data[0] & 3) == 1) {
        *peer = known_peer();
    }
    snmpeng_request request = {.version = SNMPENG_V3,
                               .credential = users[(data[0] & 4) == 0 ? 0 : 1],
                               .plan = plan,
                               .peer = &peer,
                               .port = 9};
    (void)net_parse("127.0.0.1", &request.address);
    fuzz_read(engine, &request, data + 1, size - 1);
    snmpeng_peer_free(peer);
    return 0;
}
