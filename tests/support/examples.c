/* examples.c - fenced blocks of gateway/PROTOCOL.md. */
#include "tests/support/examples.h"

#include "tests/support/cmocka.h"
#include "tests/support/packed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DOCUMENT_BYTES = 1 << 20, WORDS_BYTES = 80 };

char *jz_examples_read(void)
{
    FILE *file = fopen(JZ_SOURCE_DIR "/gateway/PROTOCOL.md", "r");
    assert_non_null(file);
    char *document = calloc(1, DOCUMENT_BYTES);
    assert_non_null(document);
    const size_t bytes = fread(document, 1, DOCUMENT_BYTES - 1, file);
    assert_true(bytes > 0);
    assert_int_equal(fclose(file), 0);
    return document;
}

/* The text between a fence's line and its closing fence, and the words of the line. */
static const char *next_block(const char *from, char *words, char *text)
{
    const char *const open = strstr(from, "```");
    if (open == NULL) {
        return NULL;
    }
    const char *const line_end = strchr(open, '\n');
    const char *const close = strstr(line_end, "```");
    assert_non_null(close);
    assert_true(line_end - open - 3 < WORDS_BYTES && close - line_end < (long)JZ_EXAMPLE_BYTES);
    (void)snprintf(words, WORDS_BYTES, "%.*s", (int)(line_end - open - 3), open + 3);
    (void)snprintf(text, JZ_EXAMPLE_BYTES, "%.*s", (int)(close - line_end), line_end);
    return close + 3;
}

const char *jz_examples_next(const char *from, struct jz_example *example)
{
    char words[WORDS_BYTES];
    char hex[JZ_EXAMPLE_BYTES];
    const char *next = next_block(from, words, example->text);
    if (next == NULL) {
        return NULL;
    }
    char *const blank = strchr(words, ' ');
    (void)snprintf(example->about, sizeof(example->about), "%.60s", blank ? blank + 1 : "");
    if (blank != NULL) {
        *blank = '\0';
    }
    (void)snprintf(example->kind, sizeof(example->kind), "%.15s", words);
    if (strcmp(example->kind, "malformed") == 0) {
        example->byte_count = jz_packed_hex(example->text, example->bytes, JZ_EXAMPLE_BYTES);
        return next;
    }
    next = next_block(next, words, hex);
    assert_non_null(next);
    assert_string_equal(words, "hex");
    example->byte_count = jz_packed_hex(hex, example->bytes, JZ_EXAMPLE_BYTES);
    return next;
}
