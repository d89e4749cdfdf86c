#define _GNU_SOURCE
#include "include/CLinux.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

// keyutils' header is not everywhere; the numbers are the kernel's (include/uapi/linux/keyctl.h).
#define KEY_SPEC_PROCESS_KEYRING (-2)
#define KEY_SPEC_USER_KEYRING (-4)
#define KEYCTL_GET_KEYRING_ID 0
#define KEYCTL_SETPERM 5
#define KEYCTL_UNLINK 9
#define KEYCTL_SEARCH 10
#define KEYCTL_READ 11
#define KEYCTL_INVALIDATE 21
#define KEYCTL_GET_PERSISTENT 22

// Whoever possesses the key may do everything, and so may the user: another session of the same user, such as a service,
// does not possess what this one put into the keyring. Nobody else may even see that it is there.
#define OWNER_ONLY 0x3f3f0000U

int serin_linux_keyring(int persistent, int32_t *result) {
    long value = persistent
        ? syscall(SYS_keyctl, KEYCTL_GET_PERSISTENT, -1L, (long)KEY_SPEC_PROCESS_KEYRING)
        : syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, (long)KEY_SPEC_USER_KEYRING, 1L);
    if (value < 0) { return errno; }
    *result = (int32_t)value;
    return 0;
}

int serin_linux_key_set(int32_t keyring, const char *description, const void *payload, size_t size) {
    long key = syscall(SYS_add_key, "user", description, payload, size, (long)keyring);
    if (key < 0) { return errno; }
    return syscall(SYS_keyctl, KEYCTL_SETPERM, key, (long)OWNER_ONLY) < 0 ? errno : 0;
}

int serin_linux_key_find(int32_t keyring, const char *description, int32_t *result) {
    long value = syscall(SYS_keyctl, KEYCTL_SEARCH, (long)keyring, "user", description, 0L);
    if (value < 0) { return errno; }
    *result = (int32_t)value;
    return 0;
}

int serin_linux_key_read(int32_t key, void *buffer, size_t size, size_t *count) {
    long value = syscall(SYS_keyctl, KEYCTL_READ, (long)key, buffer, size);
    if (value < 0) { return errno; }
    *count = (size_t)value;
    return 0;
}

int serin_linux_key_remove(int32_t keyring, int32_t key) {
    if (syscall(SYS_keyctl, KEYCTL_INVALIDATE, (long)key) == 0) { return 0; }
    return syscall(SYS_keyctl, KEYCTL_UNLINK, (long)key, (long)keyring) < 0 ? errno : 0;
}
