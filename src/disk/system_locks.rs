//! The locks of files that the system knows of, with their holders and those that wait in the
//! kernel. Only Linux tells, in `/proc/locks`; asking it takes no lock.

use super::LockMode;

/// A lock of a file, or a wait for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SystemLock {
    /// The process.
    pub pid: u32,
    /// The mode of the lock.
    pub mode: LockMode,
    /// True for a wait.
    pub is_waiting: bool,
    /// The device of the file, as the kernel numbers it. Some file systems, such as Btrfs, give
    /// their files other devices.
    pub device: u64,
    /// The number of the file on its device.
    pub inode: u64,
}

/// Lists the locks of all files. `None` where the system does not tell.
pub fn system_locks() -> Option<Vec<SystemLock>> {
    #[cfg(target_os = "linux")]
    return std::fs::read_to_string("/proc/locks")
        .ok()
        .map(|text| parse(&text));
    #[cfg(not(target_os = "linux"))]
    None
}

/// Reads the kernel's table. Processes that this one may not know of are not in it.
#[cfg(target_os = "linux")]
fn parse(text: &str) -> Vec<SystemLock> {
    text.lines().filter_map(parse_line).collect()
}

/// Reads a line such as `7: -> FLOCK ADVISORY WRITE 1234 fe:00:4711 0 EOF`. `None` for a lock of
/// another kind.
#[cfg(target_os = "linux")]
fn parse_line(line: &str) -> Option<SystemLock> {
    let mut words = line.split_whitespace().skip(1).peekable();
    let is_waiting = words.next_if_eq(&"->").is_some();
    if words.next()? != "FLOCK" {
        return None;
    }
    let mode = match words.nth(1)? {
        "WRITE" => LockMode::Exclusive,
        "READ" => LockMode::Shared,
        _ => return None,
    };
    let pid = words.next()?.parse().ok()?;
    let mut file = words.next()?.split(':');
    let mut number = || u32::from_str_radix(file.next()?, 16).ok();
    let device = rustix::fs::makedev(number()?, number()?);
    let inode = file.next()?.parse().ok()?;
    Some(SystemLock {
        pid,
        mode,
        is_waiting,
        device,
        inode,
    })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::{SystemLock, parse, system_locks};
    use crate::disk::LockMode::{Exclusive, Shared};

    #[test]
    fn the_table_of_the_kernel_is_read() {
        let text = "\
1: POSIX  ADVISORY  WRITE 11 fe:00:1 0 EOF
2: FLOCK  ADVISORY  WRITE 12 fe:01:4711 0 EOF
2: -> FLOCK  ADVISORY  READ 13 fe:01:4711 0 EOF
3: OFDLCK ADVISORY  READ -1 00:2a:9 128 128
4: FLOCK  ADVISORY  UNLCK <none>:0 0 EOF
odd
";
        let lock = |pid, mode, is_waiting| SystemLock {
            pid,
            mode,
            is_waiting,
            device: rustix::fs::makedev(0xfe, 1),
            inode: 4711,
        };
        let expected = [lock(12, Exclusive, false), lock(13, Shared, true)];
        assert_eq!(parse(text), expected);
    }

    #[test]
    fn a_lock_of_this_process_is_in_the_table() {
        let file = tempfile::tempfile().unwrap();
        file.lock().unwrap();
        // A sandbox may have no table.
        if let Some(locks) = system_locks() {
            let own = |lock: &&SystemLock| lock.pid == std::process::id() && !lock.is_waiting;
            assert!(locks.iter().any(|lock| own(&lock)));
        }
    }
}
