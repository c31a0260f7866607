/* A later Platen that passes its self-test and does not start. */
#include <string.h>
#include <unistd.h>

int main(int count, char **arguments)
{
    static const char verdict[] = "{\"code\":\"\",\"text\":\"\",\"version\":\"0.3.0\"}";
    if (count > 1 && strcmp(arguments[1], "selftest") == 0) {
        return write(3, verdict, sizeof(verdict) - 1) < 0;
    }
    return 3;
}
