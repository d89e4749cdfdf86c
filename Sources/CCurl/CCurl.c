#define _GNU_SOURCE
#include "include/CCurl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char failure[512];
static int loaded = 0;

static CURLcode (*global_init)(long);
static char *(*version)(void);
static CURL *(*easy_init)(void);
static void (*easy_cleanup)(CURL *);
static void (*easy_reset)(CURL *);
static CURLcode (*easy_perform)(CURL *);
static const char *(*easy_strerror)(CURLcode);
static CURLcode (*easy_setopt)(CURL *, CURLoption, ...);
static CURLcode (*easy_getinfo)(CURL *, CURLINFO, ...);
static struct curl_slist *(*slist_append)(struct curl_slist *, const char *);
static void (*slist_free_all)(struct curl_slist *);

static void load(void) {
    // Lazily: of thousands of symbols in forty libraries a transfer uses few.
    void *library = dlopen("libcurl.so.4", RTLD_LAZY | RTLD_LOCAL);
    if (library == NULL) {
        snprintf(failure, sizeof failure, "libcurl.so.4 could not be loaded: %s", dlerror());
        return;
    }
    struct {
        const char *name;
        void *target;
    } wanted[] = {
        {"curl_global_init", &global_init},   {"curl_version", &version},
        {"curl_easy_init", &easy_init},       {"curl_easy_cleanup", &easy_cleanup},
        {"curl_easy_reset", &easy_reset},     {"curl_easy_perform", &easy_perform},
        {"curl_easy_strerror", &easy_strerror}, {"curl_easy_setopt", &easy_setopt},
        {"curl_easy_getinfo", &easy_getinfo}, {"curl_slist_append", &slist_append},
        {"curl_slist_free_all", &slist_free_all},
    };
    for (size_t index = 0; index < sizeof wanted / sizeof wanted[0]; index++) {
        void *found = dlsym(library, wanted[index].name);
        if (found == NULL) {
            snprintf(failure, sizeof failure, "libcurl.so.4 could not be used: %s is missing", wanted[index].name);
            return;
        }
        // POSIX keeps the addresses of functions and of data alike.
        *(void **)wanted[index].target = found;
    }
    CURLcode code = global_init(CURL_GLOBAL_ALL);
    if (code != CURLE_OK) {
        snprintf(failure, sizeof failure, "libcurl.so.4 could not be used: %s", easy_strerror(code));
        return;
    }
    loaded = 1;
}

const char *serin_curl_load(void) {
    pthread_once(&once, load);
    return loaded ? NULL : failure;
}

const char *serin_curl_version(void) { return version(); }
void *serin_curl_new(void) { return easy_init(); }
void serin_curl_free(void *handle) { easy_cleanup(handle); }
void serin_curl_reset(void *handle) { easy_reset(handle); }
CURLcode serin_curl_perform(void *handle) { return easy_perform(handle); }
const char *serin_curl_sentence(CURLcode code) { return easy_strerror(code); }

CURLcode serin_curl_set_long(void *handle, CURLoption option, long value) {
    return easy_setopt(handle, option, value);
}

CURLcode serin_curl_set_size(void *handle, CURLoption option, int64_t value) {
    return easy_setopt(handle, option, (curl_off_t)value);
}

CURLcode serin_curl_set_text(void *handle, CURLoption option, const char *value) {
    return easy_setopt(handle, option, value);
}

CURLcode serin_curl_set_pointer(void *handle, CURLoption option, void *value) {
    return easy_setopt(handle, option, value);
}

CURLcode serin_curl_set_body(void *handle, CURLoption option, serin_curl_body_callback callback) {
    return easy_setopt(handle, option, callback);
}

CURLcode serin_curl_set_progress(void *handle, serin_curl_progress_callback callback) {
    return easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, callback);
}

CURLcode serin_curl_get_long(void *handle, CURLINFO info, long *value) { return easy_getinfo(handle, info, value); }

CURLcode serin_curl_get_size(void *handle, CURLINFO info, int64_t *value) {
    curl_off_t size = 0;
    CURLcode code = easy_getinfo(handle, info, &size);
    *value = (int64_t)size;
    return code;
}

CURLcode serin_curl_get_text(void *handle, CURLINFO info, const char **value) {
    char *text = NULL;
    CURLcode code = easy_getinfo(handle, info, &text);
    *value = text;
    return code;
}

struct curl_slist *serin_curl_list_append(struct curl_slist *list, const char *line) {
    return slist_append(list, line);
}

void serin_curl_list_free(struct curl_slist *list) { slist_free_all(list); }
