/* Answers in v1 and v2c: the first octet chooses how the device is asked. */
#include "fuzz.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static snmpeng *engine;
    static snmpeng_credential *credential;
    static snmpeng_plan *plan;
    if (engine == NULL) {
        const snmpeng_credential_spec spec = {.community = "public"};
        engine = fuzz_engine();
        plan = fuzz_plan();
        if (snmpeng_credential_new(&spec, &credential, NULL) != PLATEN_OK) {
            abort();
        }
    }
    if (size == 0) {
        return 0;
    }
    snmpeng_request request = {
        .version = (data[0] & 1) == 0 ? SNMPENG_V2C : SNMPENG_V1,
        .flags = (data[0] & 2) == 0 ? 0 : SNMPENG_V1_RETRY,
        .credential = credential,
        .plan = plan,
        .port = 9,
    };
    (void)net_parse("127.0.0.1", &request.address);
    fuzz_read(engine, &request, data + 1, size - 1);
    return 0;
}
