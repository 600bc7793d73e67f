/* The bytes on the disk are those of FORMAT.md and of the golden journal, to the last one.
 *
 * Method: tests/golden/first-day.journal is the used part of a first segment: genesis, two
 * accounts, two currencies, a market, and some orders, in three batches. It is read and must give
 * these commands; these commands are written and must give it. Every line of bytes that FORMAT.md
 * shows is looked up in it. `unit_journal_golden write FILE` writes it anew, for a new version.
 */
#include "engine/journal/journal.h"

#include "engine/base/limits.h"
#include "jiaozi/command.h"
#include "jiaozi/status.h"
#include "tests/support/cmocka.h"
#include "tests/support/scribe.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GOLDEN_PATH JZ_SOURCE_DIR "/tests/golden/first-day.journal"
#define FORMAT_PATH JZ_SOURCE_DIR "/engine/journal/FORMAT.md"

enum {
    GOLDEN_BYTES = 3 * JZ_BLOCK_BYTES, /* three batches of a block each */
    COMMANDS = 13,
    TEXT_BYTES = 1 << 16,
};

static const uint32_t batch_ends[] = {1, 6, COMMANDS}; /* last sequence of each batch */

static const struct jz_cluster_id cluster = {.bytes = {0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16,
                                                       0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d,
                                                       0x1e, 0x1f}};

static struct jz_scribe scribe;
static struct jz_journal journal;
static unsigned char golden[GOLDEN_BYTES];

/* One command: its frame and its body. */
struct line {
    struct jz_record record;
    unsigned char body[JZ_RECORD_UNIT_BYTES];
};

/* ---- the commands ---------------------------------------------------------------------------- */

static const struct jz_genesis genesis = {
    .rules = 1,
    .calendar_offset_s = 28800,
    .currencies = 16,
    .markets = 16,
    .accounts = 64,
    .balances = 256,
    .orders = 1024,
    .levels = 1024,
    .lanes = 64,
    .window = 64,
};
static const struct jz_put_currency beans = {
    .code = "BEANS", .merchant = {16}, .scale = 2, .supply_cap_points = 1000000000};
static const struct jz_put_currency miles = {
    .code = "MILES", .merchant = {0}, .scale = 0, .supply_cap_points = 1000000000};
static const struct jz_put_account merchant = {.account = {16}, .role = JZ_ROLE_MERCHANT};
static const struct jz_put_account member = {.account = {17}, .role = JZ_ROLE_MEMBER};
static const struct jz_put_market market = {
    .base = {1},
    .quote = {2},
    .lot_points = 10,
    .quote_unit_points = 1,
    .tick_price = 1,
    .price_min = 1,
    .price_max = 1000000,
};
static const struct jz_mint mint = {
    .account = {16}, .currency = {1}, .amount_points = 500000, .source_id = "till-1"};
static const struct jz_mint transfer_in = {
    .account = {17}, .currency = {2}, .amount_points = 90000, .source_id = "miles-2026-0001"};
static const struct jz_place_order sell = {
    .account = {16},
    .market = {1},
    .client_id = "a-1",
    .lots = 30,
    .price = 2,
    .side = JZ_SIDE_SELL,
    .time_in_force = JZ_TIF_GTC,
    .stp_mode = JZ_STP_CANCEL_NEWEST,
};
static const struct jz_place_order buy = {
    .account = {17},
    .market = {1},
    .client_id = "b-1",
    .lots = 20,
    .price = 3,
    .side = JZ_SIDE_BUY,
    .time_in_force = JZ_TIF_IOC,
    .stp_mode = JZ_STP_CANCEL_NEWEST,
};
static const struct jz_replace_order replace = {
    .account = {16}, .client_id = "a-1", .lots = 5, .price = 4};
static const struct jz_cancel_order cancel = {.account = {16}, .client_id = "a-1"};
static const struct jz_tick tick = {.reserved = {0}};

static const struct {
    uint16_t kind;
    const void *body;
} commands[COMMANDS] = {
    {JZ_COMMAND_GENESIS, &genesis},
    {JZ_COMMAND_PUT_ACCOUNT, &merchant},
    {JZ_COMMAND_PUT_ACCOUNT, &member},
    {JZ_COMMAND_PUT_CURRENCY, &beans},
    {JZ_COMMAND_PUT_CURRENCY, &miles},
    {JZ_COMMAND_PUT_MARKET, &market},
    {JZ_COMMAND_MINT, &mint},
    {JZ_COMMAND_TRANSFER_IN, &transfer_in},
    {JZ_COMMAND_PLACE_ORDER, &sell},
    {JZ_COMMAND_PLACE_ORDER, &buy},
    {JZ_COMMAND_REPLACE_ORDER, &replace},
    {JZ_COMMAND_CANCEL_ORDER, &cancel},
    {JZ_COMMAND_TICK, &tick},
};

/* The command of this sequence; the first and the last come from the engine itself. */
static struct line command(uint64_t sequence)
{
    const bool is_own = sequence == 1 || sequence == COMMANDS;
    struct line line = {
        .record =
            {
                .bytes = sizeof(line),
                .kind = commands[sequence - 1].kind,
                .version = JZ_COMMAND_VERSION,
                .rules = 1,
                .day = 20454,
                .sequence = sequence,
                .time_ns = UINT64_C(1767225600000000000) + sequence * 1000,
                .key = is_own ? 0 : 1,
                .nonce = is_own ? 0 : sequence - 1,
                .origin = {.epoch = is_own ? 0 : 0x6a7a, .slot = 0, .generation = is_own ? 0 : 1},
            },
    };
    memcpy(line.body, commands[sequence - 1].body, sizeof(line.body));
    return line;
}

/* ---- reading and writing --------------------------------------------------------------------- */

static int check_command(void *context, const struct jz_record *record)
{
    uint64_t *last_seq = context;
    (*last_seq)++;
    const struct line expected = command(*last_seq);
    assert_int_equal(record->bytes, sizeof(expected));
    assert_memory_equal(record, &expected, sizeof(expected));
    return JZ_OK;
}

static void open_journal(uint64_t last_seq)
{
    uint64_t read_seq = 0;
    const struct jz_journal_options options = {
        .directory = scribe.directory,
        .segment_bytes = JZ_SEGMENT_BYTES_MIN,
        .cluster = &cluster,
        .replay = check_command,
        .replay_context = &read_seq,
    };
    struct jz_journal_report report;
    assert_int_equal(jz_journal_open(&journal, &options, &report), JZ_OK);
    assert_int_equal(read_seq, last_seq);
}

static void write_journal(void)
{
    uint64_t sequence = 0;
    open_journal(0);
    for (size_t i = 0; i < sizeof(batch_ends) / sizeof(batch_ends[0]); i++) {
        const uint64_t previous_seq = sequence;
        jz_batch_clear(&scribe.batch);
        while (sequence < batch_ends[i]) {
            const struct line line = command(++sequence);
            assert_true(jz_batch_add(&scribe.batch, &line.record, sizeof(line)));
        }
        assert_int_equal(jz_log_append_if(&journal.log, previous_seq, 1, &scribe.batch),
                         JZ_APPEND_OK);
    }
    jz_journal_close(&journal);
}

static int begin(void **state)
{
    (void)state;
    jz_scribe_init(&scribe);
    FILE *file = fopen(GOLDEN_PATH, "rb");
    assert_non_null(file);
    assert_int_equal(fread(golden, 1, sizeof(golden), file), sizeof(golden));
    assert_int_equal(fgetc(file), EOF);
    return fclose(file);
}

static int end(void **state)
{
    (void)state;
    jz_scribe_deinit(&scribe);
    return 0;
}

static void the_golden_journal_is_read_as_it_was_written(void **state)
{
    (void)state;
    open_journal(0);
    jz_journal_close(&journal);
    jz_scribe_write_file(&scribe, jz_scribe_segment(1), golden, sizeof(golden), 0);
    open_journal(COMMANDS);
    jz_journal_close(&journal);
}

static void the_same_commands_give_the_golden_bytes(void **state)
{
    (void)state;
    static unsigned char written[JZ_SEGMENT_BYTES_MIN];
    write_journal();
    jz_scribe_read_file(&scribe, jz_scribe_segment(1), written, sizeof(written), 0);
    assert_memory_equal(written, golden, sizeof(golden));
    for (size_t i = sizeof(golden); i < sizeof(written); i++) {
        assert_int_equal(written[i], 0);
    }
}

/* ---- FORMAT.md ------------------------------------------------------------------------------- */

static char format_text[TEXT_BYTES];

static void read_format(void)
{
    FILE *file = fopen(FORMAT_PATH, "rb");
    assert_non_null(file);
    const size_t bytes = fread(format_text, 1, sizeof(format_text) - 1, file);
    assert_true(bytes > 1000 && bytes < sizeof(format_text) - 1);
    format_text[bytes] = '\0';
    assert_int_equal(fclose(file), 0);
}

/* Compares one line "00000080  80 00 ..." with the golden bytes; returns how many it shows. */
static uint32_t compare_line(const char *line)
{
    char *next = NULL;
    const unsigned long offset = strtoul(line, &next, 16);
    uint32_t count = 0;

    if (next != line + 8 || next[0] != ' ' || next[1] != ' ') {
        return 0;
    }
    next += 2;
    while (isxdigit((unsigned char)next[0]) && isxdigit((unsigned char)next[1])) {
        assert_true(offset + count < sizeof(golden));
        const unsigned long value = strtoul(next, &next, 16);
        if (value != golden[offset + count]) {
            fail_msg("FORMAT.md shows %02lx at offset %08lx, where %02x is", value, offset + count,
                     golden[offset + count]);
        }
        count++;
        next += next[0] == ' ' ? 1 : 0;
    }
    return count;
}

static void the_bytes_that_the_document_shows_are_those_of_the_golden_journal(void **state)
{
    (void)state;
    uint32_t shown = 0;
    read_format();
    for (const char *line = format_text; line != NULL; line = strchr(line, '\n')) {
        line += line[0] == '\n' ? 1 : 0;
        shown += compare_line(line);
    }
    assert_int_equal(shown, 128 + 128 + 48); /* a header, a record, the end of the batch */
}

static void the_cluster_file_that_the_document_shows_is_what_is_written(void **state)
{
    (void)state;
    char text[256] = {0};
    read_format();
    open_journal(0);
    jz_journal_close(&journal);
    const uint64_t bytes = jz_scribe_file_bytes(&scribe, "cluster");
    assert_true(bytes < sizeof(text));
    jz_scribe_read_file(&scribe, "cluster", text, bytes, 0);
    assert_non_null(strstr(format_text, text));
}

static int write_golden(const char *path)
{
    static unsigned char written[GOLDEN_BYTES];
    jz_scribe_init(&scribe);
    write_journal();
    jz_scribe_read_file(&scribe, jz_scribe_segment(1), written, sizeof(written), 0);
    jz_scribe_deinit(&scribe);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(written, 1, sizeof(written), file) != sizeof(written)) {
        return 1;
    }
    return fclose(file);
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "write") == 0) {
        return write_golden(argv[2]);
    }
#define STORY(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        STORY(the_golden_journal_is_read_as_it_was_written),
        STORY(the_same_commands_give_the_golden_bytes),
        STORY(the_bytes_that_the_document_shows_are_those_of_the_golden_journal),
        STORY(the_cluster_file_that_the_document_shows_is_what_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
