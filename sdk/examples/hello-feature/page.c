/* The page: data, which Platen's own pages show. */
#include "hello.h"

static const char page[] =
    "{\"id\":\"greetings\",\"menu\":\"data\",\"title\":\"hello.greetings\","
    "\"access\":\"device-manager\",\"function\":\"hello\","
    "\"list\":{\"table\":\"hello_greeting\",\"key\":\"id\",\"device\":\"device_id\",\"columns\":["
    "{\"id\":\"text\",\"type\":\"text\",\"title\":\"hello.text\",\"search\":true},"
    "{\"id\":\"device_id\",\"type\":\"device\",\"title\":\"hello.device\"},"
    "{\"id\":\"state\",\"type\":\"choice\",\"title\":\"hello.state\","
    "\"choices\":[\"new\",\"sent\",\"failed\"]},"
    "{\"id\":\"sent\",\"type\":\"time\",\"title\":\"hello.sent\"}],\"sort\":\"-sent\"},"
    "\"create\":{\"operation\":\"hello.add\"},"
    "\"detail\":{\"columns\":[\"text\",\"device_id\",\"state\",\"sent\"]},"
    "\"actions\":["
    "{\"id\":\"greet\",\"title\":\"hello.greet\",\"task\":\"hello.greet\",\"on\":\"devices\"},"
    "{\"id\":\"remove\",\"title\":\"hello.remove\",\"operation\":\"hello.remove\",\"on\":\"rows\","
    "\"confirm\":\"hello.sure\"}]}";

platen_code page_load(platen_error *err)
{
    return the_hello.pages->page(the_hello.ctx, page, err);
}
