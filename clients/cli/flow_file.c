/* flow_file.c - two buffers: bytes as stored, and text unpacked from them. */
#include "clients/cli/flow_file.h"

#include <lzma.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STORED_BYTES    65536u
#define TEXT_BYTES      65536u
#define XZ_MEMORY_BYTES (UINT64_C(256) << 20) /* xz -9 needs 65 MiB to unpack */
#define MAGIC_BYTES     6u

static const uint8_t xz_magic[MAGIC_BYTES] = {0xFD, '7', 'z', 'X', 'Z', 0};

struct jz_flow_file {
    int descriptor;
    bool is_packed;
    bool is_at_end;  /* nothing more to read from the descriptor */
    bool is_drained; /* nothing more to unpack */
    uint32_t line_number;
    uint64_t file_bytes; /* as stored */
    uint64_t read_bytes;
    const char *fault;
    lzma_stream unpacker;
    size_t stored_count;
    size_t text_at; /* first character of the next line */
    size_t text_count;
    char line[JZ_FLOW_LINE_BYTES];
    uint8_t stored[STORED_BYTES];
    uint8_t text[TEXT_BYTES];
};

static int fail(struct jz_flow_file *file, int status, const char *fault)
{
    file->fault = fault;
    return status;
}

/* Fills `stored` from its start; 0 bytes mean the end of the file. */
static int read_stored(struct jz_flow_file *file)
{
    ssize_t count = 0;
    do {
        count = read(file->descriptor, file->stored, STORED_BYTES);
    } while (count < 0 && errno == EINTR);
    if (count < 0) {
        return fail(file, JZ_ESYSTEM, strerror(errno));
    }
    file->stored_count = (size_t)count;
    file->read_bytes += (uint64_t)count;
    file->is_at_end = count == 0;
    return JZ_OK;
}

static const char *lzma_fault(lzma_ret result)
{
    if (result == LZMA_MEM_ERROR || result == LZMA_MEMLIMIT_ERROR) {
        return "unpacking needs too much memory";
    }
    if (result == LZMA_BUF_ERROR) {
        return "the packed file ends too early";
    }
    return "the packed file is damaged";
}

/* Unpacks once more into `text`, which is used up. */
static int unpack(struct jz_flow_file *file)
{
    lzma_stream *unpacker = &file->unpacker;
    unpacker->next_out = file->text;
    unpacker->avail_out = TEXT_BYTES;
    while (unpacker->avail_out == TEXT_BYTES && !file->is_drained) {
        if (unpacker->avail_in == 0 && !file->is_at_end) {
            const int status = read_stored(file);
            if (status != JZ_OK) {
                return status;
            }
            unpacker->next_in = file->stored;
            unpacker->avail_in = file->stored_count;
        }
        const lzma_ret result = lzma_code(unpacker, file->is_at_end ? LZMA_FINISH : LZMA_RUN);
        if (result == LZMA_STREAM_END) {
            file->is_drained = true;
        } else if (result != LZMA_OK) {
            return fail(file, JZ_ECORRUPT, lzma_fault(result));
        }
    }
    file->text_at = 0;
    file->text_count = TEXT_BYTES - unpacker->avail_out;
    return JZ_OK;
}

/* Brings the next run of text; none is left when text_count is 0 afterwards. */
static int fill_text(struct jz_flow_file *file)
{
    file->text_at = 0;
    file->text_count = 0;
    if (file->is_packed) {
        return unpack(file);
    }
    if (file->is_at_end) {
        return JZ_OK;
    }
    const int status = read_stored(file);
    if (status == JZ_OK) {
        memcpy(file->text, file->stored, file->stored_count);
        file->text_count = file->stored_count;
    }
    return status;
}

/* The next line without its end, in `line`. */
static int read_line(struct jz_flow_file *file, bool *has_line)
{
    size_t count = 0;
    bool is_whole = false;
    *has_line = false;
    while (!is_whole) {
        if (file->text_at == file->text_count) {
            const int status = fill_text(file);
            if (status != JZ_OK) {
                return status;
            }
            if (file->text_count == 0) {
                break;
            }
        }
        if (!*has_line) {
            *has_line = true;
            file->line_number++;
        }
        const uint8_t *run = file->text + file->text_at;
        const size_t left = file->text_count - file->text_at;
        const uint8_t *end = memchr(run, '\n', left);
        const size_t length = end == NULL ? left : (size_t)(end - run);
        if (length > JZ_FLOW_LINE_BYTES - 1 - count || memchr(run, '\0', length) != NULL) {
            return fail(file, JZ_ECORRUPT, "the line is too long or not text");
        }
        memcpy(file->line + count, run, length);
        count += length;
        is_whole = end != NULL;
        file->text_at += length + (is_whole ? 1 : 0);
    }
    file->line[count] = '\0';
    return JZ_OK;
}

static int start_reading(struct jz_flow_file *file, const char *path)
{
    file->descriptor = open(path, O_RDONLY | O_CLOEXEC);
    struct stat facts;
    if (file->descriptor < 0 || fstat(file->descriptor, &facts) != 0) {
        return fail(file, JZ_ESYSTEM, strerror(errno));
    }
    file->file_bytes = (uint64_t)facts.st_size;
    int status = read_stored(file);
    if (status != JZ_OK) {
        return status;
    }
    file->is_packed =
        file->stored_count >= MAGIC_BYTES && memcmp(file->stored, xz_magic, MAGIC_BYTES) == 0;
    if (!file->is_packed) {
        memcpy(file->text, file->stored, file->stored_count);
        file->text_count = file->stored_count;
        return JZ_OK;
    }
    const lzma_ret result =
        lzma_stream_decoder(&file->unpacker, XZ_MEMORY_BYTES, LZMA_CONCATENATED);
    if (result != LZMA_OK) {
        return fail(file, JZ_ENOMEM, lzma_fault(result));
    }
    file->unpacker.next_in = file->stored;
    file->unpacker.avail_in = file->stored_count;
    return JZ_OK;
}

int jz_flow_file_open(const char *path, const char *header, struct jz_flow_file **out)
{
    struct jz_flow_file *file = calloc(1, sizeof(*file));
    *out = file;
    if (file == NULL) {
        return JZ_ENOMEM;
    }
    file->descriptor = -1;
    file->unpacker = (lzma_stream)LZMA_STREAM_INIT;
    int status = start_reading(file, path);
    bool has_line = false;
    if (status == JZ_OK) {
        status = read_line(file, &has_line);
    }
    if (status == JZ_OK && (!has_line || strcmp(file->line, header) != 0)) {
        status = fail(file, JZ_ECORRUPT, "the first line is not the header of such a file");
    }
    return status;
}

int jz_flow_file_next(struct jz_flow_file *file, struct jz_flow_line *line, bool *has_line)
{
    const int status = read_line(file, has_line);
    if (status != JZ_OK || !*has_line) {
        return status;
    }
    line->number = file->line_number;
    line->field_count = 0;
    char *at = file->line;
    while (at != NULL) {
        if (line->field_count == JZ_FLOW_FIELDS_MAX) {
            return fail(file, JZ_ECORRUPT, "the line has too many fields");
        }
        line->fields[line->field_count++] = at;
        at = strchr(at, ',');
        if (at != NULL) {
            *at++ = '\0';
        }
    }
    return JZ_OK;
}

const char *jz_flow_file_fault(const struct jz_flow_file *file)
{
    return file->fault == NULL ? "" : file->fault;
}

uint32_t jz_flow_file_line(const struct jz_flow_file *file)
{
    return file->line_number;
}

uint32_t jz_flow_file_permille(const struct jz_flow_file *file)
{
    if (file->read_bytes >= file->file_bytes) {
        return 1000;
    }
    return (uint32_t)(file->read_bytes * 1000 / file->file_bytes);
}

void jz_flow_file_close(struct jz_flow_file *file)
{
    if (file == NULL) {
        return;
    }
    lzma_end(&file->unpacker);
    if (file->descriptor >= 0) {
        (void)close(file->descriptor);
    }
    free(file);
}

bool jz_flow_file_number(const char *field, uint64_t *number)
{
    uint64_t value = 0;
    if (*field == '\0') {
        return false;
    }
    for (; *field != '\0'; field++) {
        if (*field < '0' || *field > '9') {
            return false;
        }
        const uint64_t digit = (uint64_t)(*field - '0');
        if (value > (UINT64_MAX - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    *number = value;
    return true;
}
