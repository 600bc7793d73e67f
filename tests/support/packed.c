/* packed.c - a small reader of JSON that feeds msgpack-c. */
#include "tests/support/packed.h"

#include "engine/base/assert.h"

#include <msgpack.h>

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct text {
    const char *next;
    msgpack_packer *packer; /* NULL: only counts */
};

static void read_value(struct text *text);

static void skip_blanks(struct text *text)
{
    while (isspace((unsigned char)*text->next)) {
        text->next++;
    }
}

static bool takes(struct text *text, const char *token)
{
    const size_t length = strlen(token);
    skip_blanks(text);
    if (strncmp(text->next, token, length) != 0) {
        return false;
    }
    text->next += length;
    return true;
}

static void read_string(struct text *text)
{
    const char quote = *text->next++;
    const char *const start = text->next;
    while (*text->next != quote) {
        JZ_ASSERT(*text->next != '\0');
        text->next++;
    }
    const size_t bytes = (size_t)(text->next++ - start);
    if (text->packer != NULL) {
        msgpack_pack_str(text->packer, bytes);
        msgpack_pack_str_body(text->packer, start, bytes);
    }
}

static void read_number(struct text *text)
{
    char *end = NULL;
    const size_t digits = strspn(text->next, "-0123456789");
    JZ_ASSERT(digits > 0);
    if (text->next[digits] == '.') {
        const double value = strtod(text->next, &end);
        if (text->packer != NULL) {
            msgpack_pack_double(text->packer, value);
        }
    } else if (*text->next == '-') {
        const long long value = strtoll(text->next, &end, 10);
        if (text->packer != NULL) {
            msgpack_pack_int64(text->packer, value);
        }
    } else {
        const unsigned long long value = strtoull(text->next, &end, 10);
        if (text->packer != NULL) {
            msgpack_pack_uint64(text->packer, value);
        }
    }
    text->next = end;
}

/* The entries up to the closing bracket. */
static uint32_t read_entries(struct text *text, const char *close, bool is_map)
{
    uint32_t count = 0;
    bool has_comma = true;
    while (!takes(text, close)) {
        JZ_ASSERT(has_comma);
        read_value(text);
        if (is_map) {
            const bool has_colon = takes(text, ":");
            JZ_ASSERT(has_colon);
            read_value(text);
        }
        count++;
        has_comma = takes(text, ",");
    }
    return count;
}

static void read_container(struct text *text, bool is_map)
{
    const char *const close = is_map ? "}" : "]";
    text->next++;
    struct text ahead = {text->next, NULL};
    const uint32_t count = read_entries(&ahead, close, is_map);
    if (text->packer != NULL) {
        if (is_map) {
            msgpack_pack_map(text->packer, count);
        } else {
            msgpack_pack_array(text->packer, count);
        }
        read_entries(text, close, is_map);
    }
    text->next = ahead.next;
}

static void read_value(struct text *text)
{
    skip_blanks(text);
    const char first = *text->next;
    if (first == '{' || first == '[') {
        read_container(text, first == '{');
    } else if (first == '"' || first == '\'') {
        read_string(text);
    } else if (takes(text, "true")) {
        if (text->packer != NULL) {
            msgpack_pack_true(text->packer);
        }
    } else if (takes(text, "false")) {
        if (text->packer != NULL) {
            msgpack_pack_false(text->packer);
        }
    } else if (takes(text, "null")) {
        if (text->packer != NULL) {
            msgpack_pack_nil(text->packer);
        }
    } else {
        read_number(text);
    }
}

size_t jz_packed_text(const char *text, uint8_t *out, size_t room)
{
    msgpack_sbuffer buffer;
    msgpack_packer packer;
    msgpack_sbuffer_init(&buffer);
    msgpack_packer_init(&packer, &buffer, msgpack_sbuffer_write);
    struct text whole = {text, &packer};
    read_value(&whole);
    skip_blanks(&whole);
    JZ_ASSERT(*whole.next == '\0');
    JZ_ASSERT(buffer.size <= room);
    const size_t bytes = buffer.size;
    memcpy(out, buffer.data, bytes);
    msgpack_sbuffer_destroy(&buffer);
    return bytes;
}

size_t jz_packed_hex(const char *hex, uint8_t *out, size_t room)
{
    size_t bytes = 0;
    while (*hex != '\0') {
        if (isspace((unsigned char)*hex)) {
            hex++;
            continue;
        }
        const char digits[3] = {hex[0], hex[1], '\0'};
        char *end = NULL;
        JZ_ASSERT(bytes < room);
        out[bytes++] = (uint8_t)strtoul(digits, &end, 16);
        JZ_ASSERT(end == digits + 2);
        hex += 2;
    }
    return bytes;
}

bool jz_packed_show(const uint8_t *bytes, size_t count, uint32_t index, char *out, size_t room)
{
    msgpack_unpacked unpacked;
    msgpack_unpacked_init(&unpacked);
    const msgpack_unpack_return got =
        msgpack_unpack_next(&unpacked, (const char *)bytes, count, NULL);
    JZ_ASSERT(got == MSGPACK_UNPACK_SUCCESS);
    const msgpack_object *value = &unpacked.data;
    bool is_there = index == 0;
    if (value->type == MSGPACK_OBJECT_ARRAY) {
        is_there = index < value->via.array.size;
        value = is_there ? &value->via.array.ptr[index] : value;
    }
    if (is_there) {
        const int length = msgpack_object_print_buffer(out, room, *value);
        JZ_ASSERT(length > 0 && (size_t)length < room);
    }
    msgpack_unpacked_destroy(&unpacked);
    return is_there;
}
