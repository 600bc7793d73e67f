/* Bytes that anybody may send, at both ends: the gateway's decoder agrees with its slow twin on
 * msgpack-c, and the client's reader takes or refuses them without harm.
 */
#include "gateway/wire/message.h"
#include "tests/support/codec_twin.h"

#include "engine/base/assert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);

/* Tries every reading of a reply's result: all but one are refused, none reads what is not there.
 */
static void read_results(struct jz_message_reader *reader, const struct jz_message *heard)
{
    struct jz_order_answer order;
    struct jz_hello_answer hello;
    struct jz_status_answer status;
    struct jz_book_answer book;
    struct jz_markets_answer markets;
    uint64_t number = 0;
    uint32_t readable = 0;
    readable += jz_message_order(heard, &order) == JZ_OK;
    readable += jz_message_hello(heard, &hello) == JZ_OK;
    readable += jz_message_status(heard, &status) == JZ_OK;
    readable += jz_message_amount(heard, &number) == JZ_OK;
    readable += jz_message_id(heard, &number) == JZ_OK;
    if (jz_message_markets(reader, heard, &markets) == JZ_OK) {
        JZ_ASSERT(markets.count <= JZ_WIRE_MARKETS_MAX);
    }
    if (jz_message_book(reader, heard, &book) == JZ_OK) {
        JZ_ASSERT(book.levels.bid_count <= JZ_WIRE_LEVELS_MAX);
        (void)jz_answer_crc32(&book.levels);
    }
    JZ_ASSERT(readable <= 5);
}

static void read_answers(struct jz_message_reader *reader, const uint8_t *data, size_t data_bytes)
{
    struct jz_message heard;
    int status = jz_message_open(reader, data, data_bytes);
    if (status != JZ_OK) {
        JZ_ASSERT(status == JZ_EPROTOCOL);
        return;
    }
    uint32_t items = 0;
    while ((status = jz_message_next(reader, &heard)) != JZ_EAGAIN) {
        JZ_ASSERT(status == JZ_OK || status == JZ_EPROTOCOL);
        JZ_ASSERT(++items <= JZ_WIRE_BATCH_MAX);
        if (status == JZ_OK && heard.kind == JZ_MESSAGE_REPLY) {
            read_results(reader, &heard);
        }
    }
}

static void read_feed(struct jz_message_reader *reader, const char *topic, const uint8_t *data,
                      size_t data_bytes)
{
    struct jz_feed_message heard;
    const struct jz_text text = {topic, (uint32_t)strlen(topic)};
    const int status = jz_message_feed(reader, text, data, data_bytes, &heard);
    JZ_ASSERT(status == JZ_OK || status == JZ_EPROTOCOL);
    if (status == JZ_OK && heard.kind == JZ_FEED_DEPTH) {
        (void)jz_answer_crc32(&heard.depth.levels);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes)
{
    static struct jz_message_reader *reader;
    if (reader == NULL) {
        const int status = jz_message_reader_create(&reader);
        JZ_ASSERT(status == JZ_OK);
    }
    (void)jz_codec_twin_compare(data, data_bytes);
    read_answers(reader, data, data_bytes);
    read_feed(reader, "md.trade.A/B", data, data_bytes);
    read_feed(reader, "md.depth.A/B", data, data_bytes);
    read_feed(reader, "sys.heartbeat", data, data_bytes);
    return 0;
}
