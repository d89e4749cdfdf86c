#pragma once

/// libarchive, loaded when it is first needed: only packing from an archive reads with it, and linking it would load a
/// dozen shared libraries at every start of the program. Only the headers are used at build time.

#include <archive.h>
#include <archive_entry.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// What an entry of an archive is, in numbers that Swift can import.
enum serin_archive_kind {
    serin_archive_file,
    serin_archive_directory,
    serin_archive_symlink,
    serin_archive_hardlink,
    serin_archive_device,
    serin_archive_fifo,
    serin_archive_socket,
    serin_archive_unknown,
};

/// The header of one entry. The texts belong to libarchive and are valid until the next entry is asked for.
struct serin_archive_entry {
    const char *_Nullable path;
    /// Where a symbolic or hard link points.
    const char *_Nullable target;
    enum serin_archive_kind kind;
    /// Permission bits with setuid, setgid and sticky: at most 07777.
    uint32_t mode;
    /// The declared size in bytes, or -1 where the archive declares none.
    int64_t size;
    int encrypted;
};

/// Gives the next bytes of the archive: their count, 0 at the end, negative after a failure.
typedef ssize_t (*serin_archive_read_callback)(void *context, const void *_Nullable *_Nonnull bytes);
/// Moves to an absolute position and returns it, negative after a failure.
typedef int64_t (*serin_archive_seek_callback)(void *context, int64_t position);
/// Returns the length of the archive in bytes.
typedef int64_t (*serin_archive_length_callback)(void *context);

/// The world of one reading handle; it must outlive the handle.
struct serin_archive_source {
    void *context;
    serin_archive_read_callback read;
    serin_archive_seek_callback seek;
    serin_archive_length_callback length;
    int64_t position;
};

/// Loads libarchive.so.13 once. NULL when it is ready, else one sentence that stays valid.
const char *_Nullable serin_archive_load(void);

/// The functions below may only be called after serin_archive_load returned NULL.
///
/// A handle that reads tar (plain, gzip, bzip2, xz, zstd) and zip, and nothing else; NULL when memory is short.
void *_Nullable serin_archive_new(void);
void serin_archive_free(void *handle);
/// Opens the archive; ARCHIVE_OK or a negative code.
int serin_archive_open(void *handle, struct serin_archive_source *source);
/// Reads the next header: ARCHIVE_OK, ARCHIVE_EOF, or a negative code.
int serin_archive_next(void *handle, struct serin_archive_entry *entry);
/// Reads content of the current entry: the count, 0 at its end, or a negative code.
ssize_t serin_archive_read(void *handle, void *bytes, size_t count);
/// Why the last call failed; NULL when libarchive does not say.
const char *_Nullable serin_archive_sentence(void *handle);

#pragma clang assume_nonnull end
