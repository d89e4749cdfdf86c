#pragma once

/// libcurl, loaded when it is first needed: linking it costs 5 ms at every start of the program, because it brings some
/// forty shared libraries along, and most commands never touch the network. Only the headers are used at build time.
///
/// Variadic calls have one shim per argument type, since Swift cannot call variadic C.

#include <curl/curl.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

typedef size_t (*serin_curl_body_callback)(char *bytes, size_t size, size_t count, void *_Nullable context);
typedef int (*serin_curl_progress_callback)(
    void *_Nullable context, curl_off_t total, curl_off_t now, curl_off_t upload_total, curl_off_t upload_now);

/// Loads libcurl.so.4 once. NULL when it is ready, else one sentence that stays valid.
const char *_Nullable serin_curl_load(void);

/// The functions below may only be called after serin_curl_load returned NULL.
const char *serin_curl_version(void);
void *_Nullable serin_curl_new(void);
void serin_curl_free(void *handle);
void serin_curl_reset(void *handle);
CURLcode serin_curl_perform(void *handle);
const char *serin_curl_sentence(CURLcode code);

CURLcode serin_curl_set_long(void *handle, CURLoption option, long value);
CURLcode serin_curl_set_size(void *handle, CURLoption option, int64_t value);
CURLcode serin_curl_set_text(void *handle, CURLoption option, const char *_Nullable value);
CURLcode serin_curl_set_pointer(void *handle, CURLoption option, void *_Nullable value);
CURLcode serin_curl_set_body(void *handle, CURLoption option, serin_curl_body_callback callback);
CURLcode serin_curl_set_progress(void *handle, serin_curl_progress_callback callback);

CURLcode serin_curl_get_long(void *handle, CURLINFO info, long *value);
CURLcode serin_curl_get_size(void *handle, CURLINFO info, int64_t *value);
CURLcode serin_curl_get_text(void *handle, CURLINFO info, const char *_Nullable *_Nonnull value);

/// Appends a copy of a header line; NULL when memory is short, with the list unchanged.
struct curl_slist *_Nullable serin_curl_list_append(struct curl_slist *_Nullable list, const char *line);
void serin_curl_list_free(struct curl_slist *_Nullable list);

#pragma clang assume_nonnull end
