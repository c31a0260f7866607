/*
 * The body of run(ctx, device) from any bytes, and answers of any JSON: nothing may crash, leak or
 * run for ever, and every flow ends in a state. The first line of the input is an answer.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/flow/host.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void drive(flow_co *co, const char *answer)
{
    static const char *const others[] = {
        "{}", "{\"state\":\"success\",\"text\":\"x\",\"changes\":[{\"path\":\"/a\"}]}",
        "{\"value\":{\"id\":2}}", "{\"online\":true}"};
    flow_co_resume(co, NULL);
    for (size_t i = 0; i < 20 && flow_co_ask(co)->call != FLOW_NONE; i++) {
        if (flow_co_ask(co)->arguments[0] != '{') {
            abort();
        }
        flow_co_resume(co, i % 2 == 0 ? answer : others[i / 2 % 4]);
    }
    if (flow_co_ask(co)->call != FLOW_NONE) {
        flow_co_end(co, "error", "x", "x");
    }
    if (flow_co_outcome(co).state[0] == '\0') {
        abort();
    }
    strbuf log;
    strbuf_init(&log);
    flow_co_log(co, &log);
    strbuf_fini(&log);
}

static void run(const char *script, const char *answer)
{
    const sandbox_limits limits = {(size_t)2 << 20, 20000, 200};
    const flow_source source = {.name = "f", .text = script, .limits = &limits};
    flow_host *h = NULL;
    flow_co *co = NULL;
    flow_declaration d;
    if (flow_host_new(&source, &h, NULL) == PLATEN_OK) {
        if (flow_host_declare(h, &d, NULL) == PLATEN_OK) {
            free(d.params);
        }
        if (flow_co_new(h, "{\"id\":1,\"name\":\"d\"}", 1, &co, NULL) == PLATEN_OK) {
            drive(co, answer);
        }
    }
    flow_host_free(h);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char begin[] = "return platen.flow{name='f', run = function(ctx, device) ";
    char *text = malloc(size + 1);
    if (text != NULL) {
        memcpy(text, data, size);
        text[size] = '\0';
        char *body = strchr(text, '\n');
        if (body != NULL) {
            *body++ = '\0';
        }
        strbuf out;
        strbuf_init(&out);
        strbuf_appendf(&out, "%s%s end}", begin, body != NULL ? body : text);
        run(out.data, text);
        strbuf_fini(&out);
    }
    free(text);

    return 0;
}
