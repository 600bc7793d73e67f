/* Scenario files are read to the letter, and the runner sees every difference.
 *
 * Method: small texts. A right one passes; the same text with one line changed, taken out or put in
 * must fail at that line. Files that break the grammar are refused with their line. At the end the
 * program itself is run, for its last line and its exit codes.
 */
#include "tests/support/script_run.h"

#include "tests/support/cmocka.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TRADE                                                                                      \
    "# a comment before the first scenario\n"                                                      \
    "== S1 one trade # and another\n"                                                              \
    "PAIR A/B lot=10\n"                                                                            \
    "DEP u1 A 100\n"                                                                               \
    "DEP u2 B 1000\n"                                                                              \
    "N 1 u1 A/B S 4 100\n"                                                                         \
    "> ACC 1\n"                                                                                    \
    "> RST 1 4@100\n"                                                                              \
    "N 2 u2 A/B B 7 100 IOC\n"                                                                     \
    "> ACC 2\n"                                                                                    \
    "> TRD A/B 4@100 m=1 t=2\n"                                                                    \
    "> DON 1\n"                                                                                    \
    "> CXL 2 3 IOC\n"                                                                              \
    "= u2 B 600/0\n"                                                                               \
    "= SUM A 100\n"

static char output[4000];
static struct jz_script_totals totals;

/* Plays a text and keeps what the runner wrote. */
static void play(const char *text)
{
    struct jz_script script;
    memset(output, 0, sizeof(output));
    totals = (struct jz_script_totals){.passed = 0};
    const int status = jz_script_open_text("t.scn", text, strlen(text), &script);
    assert_string_equal(script.error, "");
    assert_int_equal(status, JZ_OK);
    FILE *out = fmemopen(output, sizeof(output) - 1, "w");
    assert_non_null(out);
    jz_script_run(&script, out, &totals);
    jz_script_run_tell(&totals, out);
    assert_int_equal(fclose(out), 0);
    jz_script_close(&script);
}

/* Plays a right text in which one line is replaced. */
static void play_changed(const char *text, const char *line, const char *other)
{
    char changed[2000];
    const char *at = strstr(text, line);
    assert_non_null(at);
    (void)snprintf(changed, sizeof(changed), "%.*s%s%s", (int)(at - text), text, other,
                   at + strlen(line));
    play(changed);
}

static void says(const char *text)
{
    assert_string_equal(output, text);
}

static void a_right_scenario_passes(void **state)
{
    (void)state;
    play(TRADE);
    says("1 passed, 0 failed\n");
}

static void words_may_stand_in_any_order_and_with_any_blanks(void **state)
{
    (void)state;
    play("\n\n== S1\nPAIR   lot=10\tA/B\r\n"
         "DEP u1 A 100 exp=0\n"
         "N stp=CN 1 u1 peak=0 A/B S 4 100 noimpl minq=0 GTD=0 oco=0# rests\n"
         "\n# a comment between\n"
         ">   ACC\t1\n  > RST 1 4@100 # here\n"
         "  =  BOOK A/B S   4@100\n= BOOK A/B B\n"
         "IMPL off\n");
    says("1 passed, 0 failed\n");
}

static void another_number_in_an_event_is_a_mismatch(void **state)
{
    (void)state;
    play_changed(TRADE, "> TRD A/B 4@100 m=1 t=2\n", "> TRD A/B 5@100 m=1 t=2\n");
    says("t.scn:11: S1: expected \"TRD A/B 5@100 m=1 t=2\", found \"TRD A/B 4@100 m=1 t=2\"\n"
         "0 passed, 1 failed\n");
}

static void an_event_that_is_missing_from_the_file_is_a_mismatch_at_the_command(void **state)
{
    (void)state;
    play_changed(TRADE, "> CXL 2 3 IOC\n", "");
    says("t.scn:9: S1: expected no event, found \"CXL 2 3 IOC\"\n0 passed, 1 failed\n");
    play_changed(TRADE, "> ACC 1\n> RST 1 4@100\n", "");
    says("t.scn:6: S1: expected no event, found \"ACC 1\"\n"
         "t.scn:6: S1: expected no event, found \"RST 1 4@100\"\n0 passed, 1 failed\n");
}

static void an_event_that_does_not_happen_is_a_mismatch_at_its_line(void **state)
{
    (void)state;
    play_changed(TRADE, "> CXL 2 3 IOC\n", "> CXL 2 3 IOC\n> DON 2\n");
    says("t.scn:14: S1: expected \"DON 2\", found no event\n0 passed, 1 failed\n");
    play_changed(TRADE, "DEP u2 B 1000\n", "DEP u2 B 1000\n> ACC 1\n");
    says("t.scn:6: S1: expected \"ACC 1\", found no event\n0 passed, 1 failed\n");
}

static void events_in_another_order_are_mismatches(void **state)
{
    (void)state;
    play_changed(TRADE, "> ACC 1\n> RST 1 4@100\n", "> RST 1 4@100\n> ACC 1\n");
    says("t.scn:7: S1: expected \"RST 1 4@100\", found \"ACC 1\"\n"
         "t.scn:8: S1: expected \"ACC 1\", found \"RST 1 4@100\"\n0 passed, 1 failed\n");
}

static void a_wrong_assertion_is_a_mismatch_and_the_run_goes_on(void **state)
{
    (void)state;
    play_changed(TRADE, "= u2 B 600/0\n= SUM A 100\n",
                 "= u2 B 600/1\n= SUM A 99\n= BOOK A/B S 1@1\n= ORD 1 4@100\n= u9 A 1/0\n"
                 "= STATE A/B HALT\n");
    says("t.scn:14: S1: expected \"u2 B 600/1\", found \"u2 B 600/0\"\n"
         "t.scn:15: S1: expected \"SUM A 99\", found \"SUM A 100\"\n"
         "t.scn:16: S1: expected \"BOOK A/B S 1@1\", found \"BOOK A/B S\"\n"
         "t.scn:17: S1: expected \"ORD 1 4@100\", found \"ORD 1 dead\"\n"
         "t.scn:18: S1: expected \"u9 A 1/0\", found \"u9 A 0/0\"\n"
         "t.scn:19: S1: expected \"STATE A/B HALT\", found \"STATE A/B CONT\"\n"
         "0 passed, 1 failed\n");
}

static void scenarios_are_counted_one_by_one_and_start_empty(void **state)
{
    (void)state;
    play(TRADE "== S2 the same ids again\nPAIR A/B lot=1\n= u2 B 0/0\nX 1\n> REJ 1 UNKNOWN\n"
               "== S3 wrong\nX 1\n== S4 ahead of the core\nPAIR A/B lot=1\nUNCROSS A/B\n");
    says("t.scn:22: S3: expected no event, found \"REJ 1 UNKNOWN\"\n"
         "t.scn:25: S4: skipped: UNCROSS\n2 passed, 1 failed, 1 skipped\n");
}

static void what_the_core_cannot_do_yet_is_skipped_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *word;
    } cases[] = {
        {"N 1 u1 A/B S 1 1 FOK", "FOK"},
        {"N 1 u1 A/B S 1 1 GTD=3", "GTD"},
        {"N 1 u1 A/B S 1 MKT", "MKT"},
        {"N 1 u1 A/B S 1 1 post=rej", "post"},
        {"N 1 u1 A/B S 1 1 peak=1", "peak"},
        {"N 1 u1 A/B S 1 1 minq=1", "minq"},
        {"N 1 u1 A/B S 1 1 stop=1", "stop"},
        {"N 1 u1 A/B S 1 1 oco=2", "oco"},
        {"N 1 u1 A/B S 1 1 stp=CO", "stp"},
        {"BUY 1 u1 A/B quote=3 max=2", "BUY"},
        {"MASS u1", "MASS"},
        {"MASS u1 A/B", "MASS"},
        {"COD u1", "COD"},
        {"STATE A/B HALT", "STATE"},
        {"IND A/B", "IND"},
        {"UNCROSS A/B", "UNCROSS"},
        {"SWAP 1 u1 A B SEND 10 1 hops=2 minsend=1 taker=3", "SWAP"},
        {"SWAP 1 u1 A B RECV 10 1", "SWAP"},
        {"CUR X mind=90", "CUR"},
        {"PAIR C/B lot=1 cb=5", "cb"},
        {"PAIR C/B lot=1 maker=5", "maker"},
        {"PAIR C/B lot=1 taker=5", "taker"},
        {"PAIR C/B lot=1 rebate=5", "rebate"},
        {"PAIR C/B lot=1 state=AUC", "STATE"},
        {"= VINT u1 A 3:4", "VINT"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[300];
        char expected[300];
        (void)snprintf(text, sizeof(text), "== S1\nPAIR A/B lot=10 prot=7 maker=0\n%s\n= SUM A 9\n",
                       cases[i].line);
        (void)snprintf(expected, sizeof(expected),
                       "t.scn:3: S1: skipped: %s\n0 passed, 0 failed, 1 skipped\n", cases[i].word);
        play(text);
        says(expected);
    }
}

static void a_mismatch_before_the_skip_is_a_failure(void **state)
{
    (void)state;
    play("== S1\nPAIR A/B lot=10\nX 1\nMASS u1\n");
    says("t.scn:3: S1: expected no event, found \"REJ 1 UNKNOWN\"\n"
         "t.scn:4: S1: skipped: MASS\n0 passed, 1 failed\n");
}

static void three_markets_in_a_ring_are_skipped_while_implied_matching_is_on(void **state)
{
    (void)state;
    play("== S1\nPAIR A/B lot=1\nPAIR C/B lot=1\n= SUM A 0\nPAIR A/C lot=1\n");
    says("t.scn:5: S1: skipped: implied\n0 passed, 0 failed, 1 skipped\n");
    play("== S1\nIMPL off\nPAIR A/B lot=1\nPAIR C/B lot=1\nPAIR A/C lot=1\nX 1\n> REJ 1 UNKNOWN\n");
    says("1 passed, 0 failed\n");
    play("== S1\nIMPL off\nPAIR A/B lot=1\nPAIR C/B lot=1\nPAIR A/C lot=1\n= SUM A 0\nIMPL on\n");
    says("t.scn:7: S1: skipped: implied\n0 passed, 0 failed, 1 skipped\n");
    play("== S1 a square is no triangle\nPAIR A/B lot=1\nPAIR B/C lot=1\nPAIR C/D lot=1\n"
         "PAIR A/D lot=1\n");
    says("1 passed, 0 failed\n");
}

static void ids_of_other_accounts_and_dead_orders_are_taken(void **state)
{
    (void)state;
    play("== S1\nPAIR A/B lot=10\nDEP u1 A 100\nDEP u2 A 100\n"
         "N 1 u1 A/B S 1 5\n> ACC 1\n> RST 1 1@5\n"
         "N 1 u2 A/B S 1 5\n> REJ 1 DUP_ID\nN 1 u1 A/B S 1 5\n> REJ 1 DUP_ID\n"
         "X 1\n> CXL 1 1 USER\nN 1 u1 A/B S 1 5\n> REJ 1 DUP_ID\n"
         "N 2 u1 A/B S 0 5\n> REJ 2 QTY\nN 2 u1 A/B S 1 5\n> ACC 2\n> RST 2 1@5\n"
         "N 12345678901234567890 u1 A/B S 1 5\n> ACC 12345678901234567890\n"
         "> RST 12345678901234567890 1@5\nR 12345678901234567890 1 5\n"
         "> RPL 12345678901234567890 1@5 keep\nX 12345678901234567890\n"
         "> CXL 12345678901234567890 1 USER\n");
    says("1 passed, 0 failed\n");
}

/* Each line is wrong in one way, as line 4 of an otherwise right file. */
static void a_file_that_breaks_the_grammar_is_refused_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *error;
    } cases[] = {
        {"==", "a scenario starts with == id title"},
        {"FOO 1", "this is no command: FOO"},
        {"n 1 u1 A/B S 1 1", "this is no command: n"},
        {"==S2 title", "this is no command: ==S2"},
        {"N 1 u1 A/B S 1", "N id acct market B|S lots price|MKT [options]"},
        {"N 1 u1 A/B S 1 1 IOC noimpl IOC", "N id acct market B|S lots price|MKT [options]"},
        {"N 1 u1 A/B S 1 1 IOC FOK", "IOC, FOK or GTD, one of them once: FOK"},
        {"N 1 u1 A/B S 1 1 IOC GTD=1", "IOC, FOK or GTD, one of them once: IOC"},
        {"N 1 u1 A/B S 1 1 noimpl noimpl", "IOC, FOK or GTD, one of them once: noimpl"},
        {"N 1 u1 A/B S 1 1 GTC", "this is no word of N: GTC"},
        {"N 1 u1 A/B S 1 1 colour=3", "this command has no such option: colour"},
        {"N 1 u1 A/B S 1 1 peak=1 peak=1", "an option stands here twice"},
        {"N 1 u1 A/B S 1 1 stp=XX", "this option has no such value: XX"},
        {"N 1 u1 A/B S 1 1 post=", "this option has no such value: "},
        {"N 1 u1 A/B X 1 1", "a side is B or S: X"},
        {"N a u1 A/B S 1 1", "an id is a word of digits: a"},
        {"N 1 1u A/B S 1 1", "a name is a letter, then letters, digits and _: 1u"},
        {"N 1 u1 AB S 1 1", "a market is BASE/QUOTE: AB"},
        {"N 1 u1 A/B/C S 1 1", "a market is BASE/QUOTE: A/B/C"},
        {"N 1 u1 A/B S -1 1", "this is no number from 0 to 2^63-1: -1"},
        {"N 1 u1 A/B S 1 1.5", "this is no number from 0 to 2^63-1: 1.5"},
        {"N 1 u1 A/B S 9223372036854775808 1",
         "this is no number from 0 to 2^63-1: 9223372036854775808"},
        {"BUY 1 u1 A/B max=3", "BUY id acct market quote=<n> [max=<price>]"},
        {"X", "X id"},
        {"X 1 2", "X id"},
        {"R 1 2", "R id open price"},
        {"DEP u1 A", "DEP acct cur n [exp=<day>]"},
        {"DEP u1 A 1 exp=9", "a vintage-dated currency, and only it, needs exp"},
        {"DEP u1 A 4611686018427387904", "deposits of a currency reach 2^62"},
        {"T 213504", "the clock ends at day 213503: 213504"},
        {"PAIR A/B lot=1", "this market cannot be listed: A/B"},
        {"PAIR B/A lot=1", "this market cannot be listed: B/A"},
        {"PAIR C/C lot=1", "this market cannot be listed: C/C"},
        {"PAIR C/D", "lot lies outside 1..2^42-1"},
        {"PAIR C/D lot=4398046511104", "lot lies outside 1..2^42-1"},
        {"PAIR C/D lot=1 pmax=2147483648", "1 <= pmin <= pmax <= 2^31-1, so tick and ref"},
        {"PAIR C/D lot=1 pmin=5 pmax=4", "1 <= pmin <= pmax <= 2^31-1, so tick and ref"},
        {"PAIR C/D lot=1 qu=2049", "pmax times qu reaches 2^42"},
        {"PAIR C/D lot=1 tick=2147483648", "1 <= pmin <= pmax <= 2^31-1, so tick and ref"},
        {"PAIR C/D lot=1 ref=2147483648", "1 <= pmin <= pmax <= 2^31-1, so tick and ref"},
        {"PAIR C/D lot=1 minnot=4611686018427387904", "minnot reaches 2^62"},
        {"PAIR C/D lot=1 band=4294967296", "so many basis points"},
        {"PAIR C/D lot=1 state=OPEN", "this option has no such value: OPEN"},
        {"CUR A mind=3", "CUR stands before the first use: A"},
        {"CUR X", "CUR cur mind=<d>"},
        {"STATE A/C PRE", "this market is not listed: A/C"},
        {"STATE A/B OPEN", "this is no state: OPEN"},
        {"UNCROSS B/A", "this market is not listed: B/A"},
        {"MASS u1 A/C", "this market is not listed: A/C"},
        {"COD u1 A/B", "COD acct"},
        {"IND", "a listed market must follow"},
        {"IMPL maybe", "IMPL on|off"},
        {"SWAP 1 u1 A B SEND 3", "SWAP id acct A Z SEND|RECV n n [options]"},
        {"SWAP 1 u1 A B GIVE 3 3", "SEND or RECV: GIVE"},
        {"SWAP 1 u1 A B RECV 3 3 minsend=1", "this command has no such option: minsend"},
        {"> ACC", "no command gives such an event: ACC"},
        {"> ACC 1 2", "no command gives such an event: ACC 1 2"},
        {"> REJ 1 NO", "no command gives such an event: REJ 1 NO"},
        {"> TRD A/B 4@1 m=1", "no command gives such an event: TRD A/B 4@1 m=1"},
        {"> HELLO 1", "no command gives such an event: HELLO 1"},
        {">", "no command gives such an event: "},
        {"=", "this asserts nothing: "},
        {"= u1 A", "this asserts nothing: u1 A"},
        {"= u1 A 1/", "this asserts nothing: u1 A 1/"},
        {"= BOOK A/B 1@1", "this asserts nothing: BOOK A/B 1@1"},
        {"= BOOK A/C B", "this market is not listed: A/C"},
        {"= ORD 1 alive", "this asserts nothing: ORD 1 alive"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[300];
        char error[300];
        (void)snprintf(text, sizeof(text), "== S1\nPAIR A/B lot=10\nDEP u9 A 1\n%s\n",
                       cases[i].line);
        (void)snprintf(error, sizeof(error), "t.scn:4: %s", cases[i].error);
        struct jz_script script;
        const int status = jz_script_open_text("t.scn", text, strlen(text), &script);
        assert_string_equal(script.error, error);
        assert_int_equal(status, JZ_EINVAL);
        jz_script_close(&script);
    }
}

static void lines_in_the_wrong_place_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *error;
    } cases[] = {
        {"# fine\nPAIR A/B lot=1\n", "t.scn:2: only comments may stand before the first =="},
        {"== S1\n> ACC 1\n", "t.scn:2: an event belongs right behind its command"},
        {"== S1\nX 1\n= SUM A 0\n> REJ 1 UNKNOWN\n",
         "t.scn:4: an event belongs right behind its command"},
        {"== S1\nCUR A mind=9\nDEP u1 A 5\n",
         "t.scn:3: a vintage-dated currency, and only it, needs exp"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct jz_script script;
        const int status =
            jz_script_open_text("t.scn", cases[i].text, strlen(cases[i].text), &script);
        assert_int_equal(status, JZ_EINVAL);
        assert_string_equal(script.error, cases[i].error);
        jz_script_close(&script);
    }
}

static void a_nul_in_a_file_is_refused(void **state)
{
    (void)state;
    struct jz_script script;
    assert_int_equal(jz_script_open_text("t.scn", "== S1\0 X", 8, &script), JZ_EINVAL);
    assert_string_equal(script.error, "t.scn:0: the file holds a NUL");
    jz_script_close(&script);
}

static void every_event_and_assertion_of_the_notation_can_be_read(void **state)
{
    (void)state;
    const char *text =
        "== S1\nCUR V mind=90\nPAIR A/B lot=10\nDEP u1 V 5 exp=100\n"
        "N 1 u1 A/B S 1 1\n> ACC 1\n> REJ A/B CROSSED\n> REJ T TIME\n> RST 1 4@100\n"
        "> TRD A/B 4@1 m=1 t=2 tf=3 rb=1 mf=2\n> TRD A/B 4@1 m=1 t=2 mf=2\n"
        "> TRD A/B 4@1 b=1 s=2\n> DON 1\n> CXL 1 0 STP\n> RPL 1 2@3 lose\n> SLD 1 5\n> TRG 1\n"
        "> DEC 1 2 3\n> IMP 1 2 spent=3A recv=4B via=C dust=1C dust=2D tf=1\n"
        "> SWP 1 spent=3A recv=4B unspent=0 dust=1C tf=1\n> BUD 1 lots=2 spent=3 unspent=4\n"
        "> HLT A/B 106\n> AUC A/B 1@106 surplus=-3\n> AUC A/B none\n> IND A/B 1@2 surplus=0\n"
        "> IND A/B none\n> EXR 1 3\n> EXP u1 V 5 100\n"
        "= u1 V 5/0\n= BOOK A/B S 1@2 3@4\n= SUM V 5\n= VINT u1 V 100:5 101:6\n= ORD 1 1@2\n"
        "= ORD 1 dead\n= STATE A/B CLOSED\n";
    struct jz_script script;
    const int status = jz_script_open_text("t.scn", text, strlen(text), &script);
    assert_string_equal(script.error, "");
    assert_int_equal(status, JZ_OK);
    assert_int_equal(script.scenario_count, 1);
    assert_int_equal(script.scenarios[0].line_count, 34);
    jz_script_close(&script);
}

static void a_parsed_line_says_all_that_its_text_says(void **state)
{
    (void)state;
    const char *text = "== S1\nPAIR A/B lot=3 qu=7 tick=5 pmin=10 pmax=1000 minnot=9 band=100 cb=2 "
                       "prot=4 ref=50 maker=1 taker=2 rebate=3 state=AUC\n"
                       "N 7 u1 A/B S 4 55 stop=60 oco=6 post=slide stp=DC peak=2 minq=1 GTD=9\n"
                       "SWAP 8 u1 A B RECV 40 50 hops=2 taker=25\n";
    struct jz_script script;
    assert_int_equal(jz_script_open_text("t.scn", text, strlen(text), &script), JZ_OK);
    const struct jz_script_pair *pair = &script.scenarios[0].lines[0].pair;
    assert_int_equal(pair->lot_points, 3);
    assert_int_equal(pair->quote_unit_points, 7);
    assert_int_equal(pair->tick_price, 5);
    assert_int_equal(pair->price_min, 10);
    assert_int_equal(pair->price_max, 1000);
    assert_int_equal(pair->notional_min_points, 9);
    assert_int_equal(pair->band_bp, 100);
    assert_int_equal(pair->breaker_bp, 2);
    assert_int_equal(pair->protection_price, 4);
    assert_int_equal(pair->reference_price, 50);
    assert_int_equal(pair->maker_bp, 1);
    assert_int_equal(pair->taker_bp, 2);
    assert_int_equal(pair->rebate_bp, 3);
    assert_string_equal(pair->state, "AUC");
    const struct jz_script_order *order = &script.scenarios[0].lines[1].order;
    assert_string_equal(order->id, "7");
    assert_string_equal(order->account, "u1");
    assert_string_equal(order->market.base, "A");
    assert_string_equal(order->market.quote, "B");
    assert_int_equal(order->side, 'S');
    assert_int_equal(order->lots, 4);
    assert_int_equal(order->price, 55);
    assert_int_equal(order->stop_price, 60);
    assert_string_equal(order->oco, "6");
    assert_string_equal(order->post, "slide");
    assert_string_equal(order->stp, "DC");
    assert_int_equal(order->peak_lots, 2);
    assert_int_equal(order->least_lots, 1);
    assert_string_equal(order->time_in_force, "GTD");
    assert_int_equal(order->deadline_day, 9);
    const struct jz_script_swap *swap = &script.scenarios[0].lines[2].swap;
    assert_false(swap->is_send);
    assert_int_equal(swap->receive_points, 40);
    assert_int_equal(swap->send_max_points, 50);
    assert_int_equal(swap->hops, 2);
    assert_int_equal(swap->taker_bp, 25);
    jz_script_close(&script);
}

/* ---- the program ----------------------------------------------------------------------------- */

/* Runs jz-scenario on a text, or on a path if text is NULL; what it wrote is in output. */
static int run_program(const char *text, const char *path)
{
    char file[] = "/tmp/jz-script-XXXXXX";
    char line[600];
    if (text != NULL) {
        const int descriptor = mkstemp(file);
        assert_true(descriptor >= 0);
        assert_int_equal(write(descriptor, text, strlen(text)), strlen(text));
        assert_int_equal(close(descriptor), 0);
    }
    (void)snprintf(line, sizeof(line), JZ_BIN_DIR "/jz-scenario %s 2>&1",
                   text == NULL ? path : file);
    FILE *pipe = popen(line, "r"); /* NOLINT(cert-env33-c): a fixed command of the test */
    assert_non_null(pipe);
    output[fread(output, 1, sizeof(output) - 1, pipe)] = '\0';
    const int status = pclose(pipe);
    if (text != NULL) {
        assert_int_equal(unlink(file), 0);
    }
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void output_ends_with(const char *text)
{
    assert_true(strlen(output) >= strlen(text));
    assert_string_equal(output + strlen(output) - strlen(text), text);
}

static void the_program_exits_0_1_or_2_and_counts_in_its_last_line(void **state)
{
    (void)state;
    assert_int_equal(run_program(TRADE, NULL), 0);
    says("1 passed, 0 failed\n");
    assert_int_equal(run_program(TRADE "== S2\nMASS u1\n", NULL), 0);
    output_ends_with("1 passed, 0 failed, 1 skipped\n");
    assert_int_equal(run_program(TRADE "= u1 A 0/0\n== S2\nMASS u1\n", NULL), 1);
    output_ends_with("0 passed, 1 failed, 1 skipped\n");
    assert_int_equal(run_program(TRADE "= u1 A\n", NULL), 2);
    output_ends_with(":16: this asserts nothing: u1 A\n");
    assert_int_equal(run_program(NULL, "/nowhere/a.scn"), 2);
    says("/nowhere/a.scn: No such file or directory\n");
    assert_int_equal(run_program(NULL, "/tmp"), 2);
    says("/tmp: Is a directory\n");
    assert_int_equal(run_program(NULL, ""), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_right_scenario_passes),
        cmocka_unit_test(words_may_stand_in_any_order_and_with_any_blanks),
        cmocka_unit_test(another_number_in_an_event_is_a_mismatch),
        cmocka_unit_test(an_event_that_is_missing_from_the_file_is_a_mismatch_at_the_command),
        cmocka_unit_test(an_event_that_does_not_happen_is_a_mismatch_at_its_line),
        cmocka_unit_test(events_in_another_order_are_mismatches),
        cmocka_unit_test(a_wrong_assertion_is_a_mismatch_and_the_run_goes_on),
        cmocka_unit_test(scenarios_are_counted_one_by_one_and_start_empty),
        cmocka_unit_test(what_the_core_cannot_do_yet_is_skipped_by_name),
        cmocka_unit_test(a_mismatch_before_the_skip_is_a_failure),
        cmocka_unit_test(three_markets_in_a_ring_are_skipped_while_implied_matching_is_on),
        cmocka_unit_test(ids_of_other_accounts_and_dead_orders_are_taken),
        cmocka_unit_test(a_file_that_breaks_the_grammar_is_refused_with_its_line),
        cmocka_unit_test(lines_in_the_wrong_place_are_refused),
        cmocka_unit_test(a_nul_in_a_file_is_refused),
        cmocka_unit_test(every_event_and_assertion_of_the_notation_can_be_read),
        cmocka_unit_test(a_parsed_line_says_all_that_its_text_says),
        cmocka_unit_test(the_program_exits_0_1_or_2_and_counts_in_its_last_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
