#define _GNU_SOURCE
#include "include/CLibArchive.h"

#include <dlfcn.h>
#include <locale.h>
#include <pthread.h>
#include <stdio.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char failure[512];
static int loaded = 0;
static locale_t utf8 = (locale_t)0;

static struct archive *(*read_new)(void);
static int (*read_free)(struct archive *);
static int (*format_tar)(struct archive *);
static int (*format_zip)(struct archive *);
static int (*filter_gzip)(struct archive *);
static int (*filter_bzip2)(struct archive *);
static int (*filter_xz)(struct archive *);
static int (*filter_zstd)(struct archive *);
static int (*set_read)(struct archive *, archive_read_callback *);
static int (*set_seek)(struct archive *, archive_seek_callback *);
static int (*set_data)(struct archive *, void *);
static int (*open1)(struct archive *);
static int (*next_header)(struct archive *, struct archive_entry **);
static la_ssize_t (*read_data)(struct archive *, void *, size_t);
static const char *(*error_string)(struct archive *);
static const char *(*entry_pathname)(struct archive_entry *);
static const char *(*entry_hardlink)(struct archive_entry *);
static const char *(*entry_symlink)(struct archive_entry *);
static __LA_MODE_T (*entry_mode)(struct archive_entry *);
static la_int64_t (*entry_size)(struct archive_entry *);
static int (*entry_size_is_set)(struct archive_entry *);
static int (*entry_is_encrypted)(struct archive_entry *);

static void load(void) {
    void *library = dlopen("libarchive.so.13", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        snprintf(failure, sizeof failure, "libarchive.so.13 could not be loaded: %s", dlerror());
        return;
    }
    struct {
        const char *name;
        void *target;
    } wanted[] = {
        {"archive_read_new", &read_new},
        {"archive_read_free", &read_free},
        {"archive_read_support_format_tar", &format_tar},
        {"archive_read_support_format_zip_seekable", &format_zip},
        {"archive_read_support_filter_gzip", &filter_gzip},
        {"archive_read_support_filter_bzip2", &filter_bzip2},
        {"archive_read_support_filter_xz", &filter_xz},
        {"archive_read_support_filter_zstd", &filter_zstd},
        {"archive_read_set_read_callback", &set_read},
        {"archive_read_set_seek_callback", &set_seek},
        {"archive_read_set_callback_data", &set_data},
        {"archive_read_open1", &open1},
        {"archive_read_next_header", &next_header},
        {"archive_read_data", &read_data},
        {"archive_error_string", &error_string},
        {"archive_entry_pathname", &entry_pathname},
        {"archive_entry_hardlink", &entry_hardlink},
        {"archive_entry_symlink", &entry_symlink},
        {"archive_entry_mode", &entry_mode},
        {"archive_entry_size", &entry_size},
        {"archive_entry_size_is_set", &entry_size_is_set},
        {"archive_entry_is_encrypted", &entry_is_encrypted},
    };
    for (size_t index = 0; index < sizeof wanted / sizeof wanted[0]; index++) {
        void *found = dlsym(library, wanted[index].name);
        if (found == NULL) {
            snprintf(failure, sizeof failure, "libarchive.so.13 could not be used: %s is missing", wanted[index].name);
            return;
        }
        // POSIX keeps the addresses of functions and of data alike.
        *(void **)wanted[index].target = found;
    }
    // libarchive converts names by the locale of the thread. Without one that knows UTF-8 it would spoil every name
    // beyond ASCII; a machine without it still reads the bytes of tar names as they are.
    utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    loaded = 1;
}

const char *serin_archive_load(void) {
    pthread_once(&once, load);
    return loaded ? NULL : failure;
}

static locale_t enter(void) { return utf8 == (locale_t)0 ? (locale_t)0 : uselocale(utf8); }

static void leave(locale_t before) {
    if (before != (locale_t)0) uselocale(before);
}

void *serin_archive_new(void) {
    struct archive *handle = read_new();
    if (handle == NULL) return NULL;
    // A filter that is not built in answers ARCHIVE_WARN and would start a program to do its work: not here.
    if (format_tar(handle) != ARCHIVE_OK || format_zip(handle) != ARCHIVE_OK || filter_gzip(handle) != ARCHIVE_OK ||
        filter_bzip2(handle) != ARCHIVE_OK || filter_xz(handle) != ARCHIVE_OK || filter_zstd(handle) != ARCHIVE_OK) {
        read_free(handle);
        return NULL;
    }
    return handle;
}

void serin_archive_free(void *handle) { read_free(handle); }

static la_ssize_t on_read(struct archive *handle, void *data, const void **bytes) {
    (void)handle;
    struct serin_archive_source *source = data;
    ssize_t count = source->read(source->context, bytes);
    if (count > 0) source->position += count;
    return count;
}

static la_int64_t on_seek(struct archive *handle, void *data, la_int64_t offset, int whence) {
    (void)handle;
    struct serin_archive_source *source = data;
    int64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? source->position : source->length(source->context);
    int64_t wanted;
    if (base < 0 || __builtin_add_overflow(base, offset, &wanted) || wanted < 0) return ARCHIVE_FATAL;
    int64_t reached = source->seek(source->context, wanted);
    if (reached < 0) return ARCHIVE_FATAL;
    source->position = reached;
    return reached;
}

int serin_archive_open(void *handle, struct serin_archive_source *source) {
    set_read(handle, on_read);
    set_seek(handle, on_seek);
    set_data(handle, source);
    locale_t before = enter();
    int code = open1(handle);
    leave(before);
    return code;
}

static enum serin_archive_kind kind_of(struct archive_entry *entry, const char *hardlink) {
    if (hardlink != NULL) return serin_archive_hardlink;
    switch (entry_mode(entry) & AE_IFMT) {
    case AE_IFREG: return serin_archive_file;
    case AE_IFDIR: return serin_archive_directory;
    case AE_IFLNK: return serin_archive_symlink;
    case AE_IFCHR:
    case AE_IFBLK: return serin_archive_device;
    case AE_IFIFO: return serin_archive_fifo;
    case AE_IFSOCK: return serin_archive_socket;
    default: return serin_archive_unknown;
    }
}

int serin_archive_next(void *handle, struct serin_archive_entry *result) {
    struct archive_entry *entry = NULL;
    locale_t before = enter();
    int code = next_header(handle, &entry);
    if ((code == ARCHIVE_OK || code == ARCHIVE_WARN) && entry != NULL) {
        const char *hardlink = entry_hardlink(entry);
        result->path = entry_pathname(entry);
        result->target = hardlink != NULL ? hardlink : entry_symlink(entry);
        result->kind = kind_of(entry, hardlink);
        result->mode = (uint32_t)entry_mode(entry) & 07777;
        result->size = entry_size_is_set(entry) ? entry_size(entry) : -1;
        result->encrypted = entry_is_encrypted(entry);
    }
    leave(before);
    return code;
}

ssize_t serin_archive_read(void *handle, void *bytes, size_t count) { return read_data(handle, bytes, count); }

const char *serin_archive_sentence(void *handle) { return error_string(handle); }
