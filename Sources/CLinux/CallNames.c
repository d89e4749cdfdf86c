#include "include/CLinux.h"

#include <sys/syscall.h>

struct call {
    int number;
    const char *name;
};

#define CALL(name) {SYS_##name, #name}

static const struct call calls[] = {
    CALL(acct), CALL(add_key), CALL(adjtimex), CALL(bpf), CALL(chdir), CALL(chroot), CALL(clock_adjtime),
    CALL(clock_settime), CALL(clone), CALL(connect), CALL(delete_module), CALL(execve), CALL(execveat),
    CALL(exit_group), CALL(faccessat), CALL(fanotify_init), CALL(fanotify_mark), CALL(fchmodat), CALL(fchownat),
    CALL(finit_module), CALL(init_module), CALL(ioctl), CALL(kcmp), CALL(kexec_file_load), CALL(kexec_load),
    CALL(keyctl), CALL(linkat), CALL(lookup_dcookie), CALL(migrate_pages), CALL(mkdirat), CALL(mknodat),
    CALL(mount), CALL(move_pages), CALL(name_to_handle_at), CALL(newfstatat), CALL(nfsservctl),
    CALL(open_by_handle_at), CALL(openat), CALL(perf_event_open), CALL(pivot_root), CALL(process_vm_readv),
    CALL(process_vm_writev), CALL(ptrace), CALL(quotactl), CALL(readlinkat), CALL(reboot), CALL(renameat2),
    CALL(request_key), CALL(sendmmsg), CALL(sendmsg), CALL(sendto), CALL(setdomainname), CALL(sethostname),
    CALL(setns), CALL(settimeofday), CALL(socket), CALL(socketpair), CALL(statx), CALL(swapoff), CALL(swapon),
    CALL(symlinkat), CALL(syslog), CALL(truncate), CALL(umount2), CALL(unlinkat), CALL(unshare),
    CALL(userfaultfd), CALL(vhangup),
#ifdef SYS_open
    // What younger instruction sets never had.
    CALL(_sysctl), CALL(access), CALL(chmod), CALL(chown), CALL(creat), CALL(ioperm), CALL(iopl), CALL(lchown),
    CALL(link), CALL(lstat), CALL(mkdir), CALL(mknod), CALL(modify_ldt), CALL(open), CALL(readlink),
    CALL(rename), CALL(renameat), CALL(rmdir), CALL(stat), CALL(symlink), CALL(sysfs), CALL(unlink),
    CALL(uselib), CALL(ustat),
#endif
    // From 424 on a number is the same on every machine; headers of old systems do not have them.
    {425, "io_uring_setup"}, {426, "io_uring_enter"}, {427, "io_uring_register"}, {428, "open_tree"}, {429,
    "move_mount"}, {430, "fsopen"}, {431, "fsconfig"}, {432, "fsmount"}, {433, "fspick"}, {437, "openat2"},
    {438, "pidfd_getfd"}, {439, "faccessat2"}, {440, "process_madvise"}, {442, "mount_setattr"}, {443,
    "quotactl_fd"}, {452, "fchmodat2"}, {458, "listmount"}, {459, "lsm_get_self_attr"}, {460,
    "lsm_set_self_attr"}, {461, "lsm_list_modules"},
};

const char *serin_linux_call_name(int number) {
    for (size_t index = 0; index < sizeof calls / sizeof calls[0]; index++) {
        if (calls[index].number == number) { return calls[index].name; }
    }
    return NULL;
}
