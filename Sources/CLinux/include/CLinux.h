#pragma once

/// Linux calls that Swift's Glibc module hides. Each returns 0 or an error number, never -1, and keeps no state
/// except the process that signals are passed on to.

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// renameat2 with RENAME_EXCHANGE: swaps two existing paths in one step.
int serin_linux_exchange(const char *_Nonnull one, const char *_Nonnull other);

/// syncfs: waits until the file system that holds an open file is on the disk.
int serin_linux_syncfs(int descriptor);

/// FICLONE: the destination shares the blocks of the source.
int serin_linux_clone(int destination, int source);

/// memfd_create, sealable and closed on exec; the descriptor lands in *result.
int serin_linux_memfd(const char *_Nonnull name, int *_Nonnull result);

/// pidfd_open: a descriptor that becomes readable when the process ends.
int serin_linux_pidfd(pid_t process, int *_Nonnull result);

/// Whether a child has ended, without reaping it: *code is CLD_EXITED and so on or 0 while it runs, *status its value.
int serin_linux_peek(pid_t process, int block, int *_Nonnull code, int *_Nonnull status);

/// Starts a program on this process's own standard streams, or on the given descriptors where they are not negative;
/// every other descriptor is closed in it, every signal is back at its default, and it is killed when the calling thread
/// ends (PR_SET_PDEATHSIG).
/// The path must be a path: nothing is looked up. A failed execve or chdir is returned as its error number.
int serin_linux_spawn_attached(
    const char *_Nonnull path, char *_Nullable const *_Nonnull arguments, char *_Nullable const *_Nonnull environment,
    const char *_Nullable directory, int input, int output, pid_t *_Nonnull process);

/// From now on SIGTERM, SIGINT, SIGHUP and SIGQUIT are passed on to the process instead of ending this one. Signals
/// that the terminal itself sent are not: the child got them as well. Each is told to an event, unless it is negative.
int serin_linux_forward_signals_to(pid_t process, int event);

/// A pipe that is closed on exec: ends[0] is read, ends[1] written. It holds so many bytes where the system allows.
int serin_linux_pipe(int size, int ends[_Nonnull 2]);

/// F_SETPIPE_SZ: makes a pipe hold at least so many bytes, if it is a pipe and the account has so much left.
void serin_linux_widen_pipe(int pipe, int size);

/// Ends what serin_linux_forward_signals_to started and puts the former handlers back.
void serin_linux_stop_forwarding(void);

/// mallopt(M_MMAP_THRESHOLD): memory blocks of at least so many bytes go back to the system as soon as they are freed.
/// Without it the C library raises the bound with every large block that is freed, and keeps the next ones.
void serin_linux_give_back_blocks(size_t bytes);

/// Lets go of all pages of the program's code and constants (madvise(2), MADV_DONTNEED); each comes back from its file
/// when it is used again. Nothing that was ever written is touched.
void serin_linux_leave_program_pages(void);

/// A system call that waits for an answer (seccomp_unotify(2)); the numbers are the kernel's.
struct serin_linux_notification {
    uint64_t id;
    uint64_t arguments[6];
    int32_t process;
    int32_t number;
};

/// A UNIX socket that listens at a path; the path must be shorter than sun_path.
int serin_linux_listen(const char *_Nonnull path, int *_Nonnull result);

/// Waits until a runtime connects and hands over a seccomp listener; ECANCELED when the stop descriptor becomes
/// readable first. Descriptors that are something else are closed.
int serin_linux_receive_listener(int socket, int stop, int *_Nonnull result);

/// The next waiting call; ECANCELED when the stop descriptor becomes readable first, EPIPE when nobody is left who
/// could call.
int serin_linux_next_notification(int listener, int stop, struct serin_linux_notification *_Nonnull result);

/// Answers a call: 0 lets it go on, anything else is its error number.
int serin_linux_answer(int listener, uint64_t id, int number);

/// 0 while the call still waits, so that what was read of its process was read of the right one.
int serin_linux_is_waiting(int listener, uint64_t id);

/// process_vm_readv of at most 64 KiB; what cannot be read ends it, *count says how much there was.
int serin_linux_read_memory(pid_t process, uint64_t address, void *_Nonnull buffer, size_t size, size_t *_Nonnull count);

/// The name of a system call of this machine among those that a sandbox asks about; NULL for all others.
const char *_Nullable serin_linux_call_name(int number);

/// eventfd: a descriptor that becomes readable once a number was written to it.
int serin_linux_event(int *_Nonnull result);

/// Makes sockets that listen on 127.0.0.1 in the network namespace of a process, without leaving one's own: a child joins
/// the namespace (and, without privileges, the user namespace that owns it), and hands the sockets back. At most
/// SERIN_LINUX_MOST_LISTENERS ports; the descriptors land in *listeners, in the order of the ports.
#define SERIN_LINUX_MOST_LISTENERS 32
int serin_linux_listen_inside(
    pid_t process, const uint16_t *_Nonnull ports, size_t count, int *_Nonnull listeners);

/// A keyring of this user in the kernel: the persistent one (it outlives logins and goes when it was not asked for some
/// days), or the user's own; neither outlives the machine's next start. The serial number lands in *result.
int serin_linux_keyring(int persistent, int32_t *_Nonnull result);

/// add_key of the type "user": sets what a keyring holds under a description, for every process of this user.
int serin_linux_key_set(
    int32_t keyring, const char *_Nonnull description, const void *_Nonnull payload, size_t size);

/// Finds a key of a keyring; ENOKEY when there is none. The serial number lands in *result.
int serin_linux_key_find(int32_t keyring, const char *_Nonnull description, int32_t *_Nonnull result);

/// Reads a key; *count says how large it is, which may be more than the buffer.
int serin_linux_key_read(int32_t key, void *_Nonnull buffer, size_t size, size_t *_Nonnull count);

/// Takes a key out of a keyring and makes it invalid at once.
int serin_linux_key_remove(int32_t keyring, int32_t key);
