/* SHA-256: the published values, in one piece and in many, from a handle that is used again.
 *
 * Method: the examples of FIPS 180-4 (NIST's SHA256.pdf) and the million letters "a".
 */
#include "engine/base/hash.h"

#include "jiaozi/status.h"
#include "tests/support/cmocka.h"

#include <stdio.h>
#include <string.h>

static struct jz_hash hash;

static int open_hash(void **state)
{
    (void)state;
    return jz_hash_open(&hash);
}

static int close_hash(void **state)
{
    (void)state;
    jz_hash_close(&hash);
    return 0;
}

static void is(struct jz_sha256 sum, const char *hex)
{
    char text[2 * JZ_SHA256_BYTES + 1];
    for (size_t i = 0; i < JZ_SHA256_BYTES; i++) {
        (void)snprintf(text + 2 * i, 3, "%02x", sum.bytes[i]);
    }
    assert_string_equal(text, hex);
}

static void the_published_values_come_out(void **state)
{
    (void)state;
    is(jz_hash_of(&hash, "", 0),
       "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    is(jz_hash_of(&hash, "abc", 3),
       "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    is(jz_hash_of(&hash, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56),
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void a_million_letters_in_pieces_are_one_run(void **state)
{
    (void)state;
    char letters[1000];
    memset(letters, 'a', sizeof(letters));

    jz_hash_begin(&hash);
    for (int i = 0; i < 1000; i++) {
        jz_hash_add(&hash, letters, 300);
        jz_hash_add(&hash, letters + 300, 700);
    }
    is(jz_hash_end(&hash), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void begin_forgets_what_was_added(void **state)
{
    (void)state;
    jz_hash_begin(&hash);
    jz_hash_add(&hash, "leftover", 8);
    is(jz_hash_of(&hash, "abc", 3),
       "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_values_come_out),
        cmocka_unit_test(a_million_letters_in_pieces_are_one_run),
        cmocka_unit_test(begin_forgets_what_was_added),
    };
    return cmocka_run_group_tests(tests, open_hash, close_hash);
}
