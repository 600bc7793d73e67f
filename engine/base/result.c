/* result.c - the texts of the table in jiaozi/result.h. */
#include "jiaozi/result.h"

#include <string.h>

const char *jz_result_wire(int result)
{
    switch (result) {
#define X(value, name, wire, scenario, sequenced, retry, text)                                     \
    case (value):                                                                                  \
        return wire;
        JZ_RESULT_MAP(X)
#undef X
    default:
        return "?";
    }
}

const char *jz_result_scenario(int result)
{
    switch (result) {
#define X(value, name, wire, scenario, sequenced, retry, text)                                     \
    case (value):                                                                                  \
        return scenario;
        JZ_RESULT_MAP(X)
#undef X
    default:
        return "";
    }
}

const char *jz_result_text(int result)
{
    switch (result) {
#define X(value, name, wire, scenario, sequenced, retry, text)                                     \
    case (value):                                                                                  \
        return text;
        JZ_RESULT_MAP(X)
#undef X
    default:
        return "a result of a newer version";
    }
}

char jz_result_retry(int result)
{
    switch (result) {
#define X(value, name, wire, scenario, sequenced, retry, text)                                     \
    case (value):                                                                                  \
        return retry;
        JZ_RESULT_MAP(X)
#undef X
    default:
        return 'Q';
    }
}

int jz_result_from_wire(const char *wire)
{
#define X(value, name, code, scenario, sequenced, retry, text)                                     \
    if (strcmp(wire, code) == 0) {                                                                 \
        return value;                                                                              \
    }
    JZ_RESULT_MAP(X)
#undef X
    return 0;
}

const char *jz_field_word(int field)
{
    switch (field) {
#define X(value, name, word)                                                                       \
    case (value):                                                                                  \
        return word;
        JZ_FIELD_MAP(X)
#undef X
    default:
        return "";
    }
}
