//! The calls of Windows that neither the standard library nor a crate offers without unsafe code:
//! locks of one byte, identities of files, deletes that free the name at once, renames that replace
//! nothing, and a look at other processes. This is the only file of the core with unsafe code. Must not know why files are
//! locked.

#![allow(unsafe_code)]

use crate::disk::LockMode;
use std::fs::File;
use std::io;
use std::mem::{size_of, zeroed};
use std::os::windows::ffi::OsStrExt;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::path::Path;
use std::ptr::from_mut;
use windows_sys::Win32::Foundation::{
    ERROR_ACCESS_DENIED, ERROR_INVALID_FUNCTION, ERROR_INVALID_PARAMETER, ERROR_LOCK_VIOLATION,
    ERROR_NOT_SUPPORTED, WAIT_TIMEOUT,
};
use windows_sys::Win32::Storage::FileSystem::{
    BY_HANDLE_FILE_INFORMATION, FILE_DISPOSITION_FLAG_DELETE,
    FILE_DISPOSITION_FLAG_POSIX_SEMANTICS, FILE_DISPOSITION_INFO_EX, FILE_ID_INFO,
    FileDispositionInfoEx, FileIdInfo, GetFileInformationByHandle, GetFileInformationByHandleEx,
    LOCKFILE_EXCLUSIVE_LOCK, LOCKFILE_FAIL_IMMEDIATELY, LockFileEx, MoveFileExW,
    SetFileInformationByHandle, UnlockFileEx,
};
use windows_sys::Win32::System::IO::OVERLAPPED;
use windows_sys::Win32::System::Threading::{
    OpenProcess, PROCESS_SYNCHRONIZE, WaitForSingleObject,
};

/// The byte that stands for the whole file. Windows lets nobody read or write a locked byte, so it
/// lies where no file has any.
const LOCKED_BYTE: u64 = 1 << 62;

/// The behaviour of a lock that another handle excludes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfTaken {
    Refuse,
    Wait,
}

/// Locks the file. Returns `false` if that was refused. Other operations on the same handle wait
/// meanwhile.
pub fn lock(file: &File, mode: LockMode, if_taken: IfTaken) -> io::Result<bool> {
    let of_mode = match mode {
        LockMode::Shared => 0,
        LockMode::Exclusive => LOCKFILE_EXCLUSIVE_LOCK,
    };
    let flags = match if_taken {
        IfTaken::Refuse => of_mode | LOCKFILE_FAIL_IMMEDIATELY,
        IfTaken::Wait => of_mode,
    };
    let mut place = locked_byte();
    // SAFETY: the handle is open, and not for overlapped operations: so the call ends with its
    // outcome, and `place` outlives it.
    let is_locked = unsafe { LockFileEx(file.as_raw_handle(), flags, 0, 1, 0, &mut place) };
    match checked(is_locked) {
        Err(error) if is_one_of(&error, &[ERROR_LOCK_VIOLATION]) => Ok(false),
        locked => locked.map(|()| true),
    }
}

/// Unlocks the file, which must be locked through this handle.
pub fn unlock(file: &File) -> io::Result<()> {
    let mut place = locked_byte();
    // SAFETY: as in `lock`.
    checked(unsafe { UnlockFileEx(file.as_raw_handle(), 0, 1, 0, &mut place) })
}

fn locked_byte() -> OVERLAPPED {
    // SAFETY: zeros are a valid value of the structure.
    let mut place: OVERLAPPED = unsafe { zeroed() };
    place.Anonymous.Anonymous.Offset = LOCKED_BYTE as u32;
    place.Anonymous.Anonymous.OffsetHigh = (LOCKED_BYTE >> 32) as u32;
    place
}

/// Identifies an open file: its volume, and its number there. ReFS needs 128 bits for the latter;
/// FAT has only the older call.
pub fn identity(file: &File) -> io::Result<(u64, u128)> {
    // SAFETY: zeros are a valid value of the structure.
    let mut found: FILE_ID_INFO = unsafe { zeroed() };
    let size = size_of::<FILE_ID_INFO>() as u32;
    let info = from_mut(&mut found).cast();
    // SAFETY: the call writes only to `found`, whose size it is told.
    let told = checked(unsafe {
        GetFileInformationByHandleEx(file.as_raw_handle(), FileIdInfo, info, size)
    });
    let unknown = [
        ERROR_INVALID_PARAMETER,
        ERROR_INVALID_FUNCTION,
        ERROR_NOT_SUPPORTED,
    ];
    match told {
        Err(error) if is_one_of(&error, &unknown) => short_identity(file),
        told => told.map(|()| {
            let number = u128::from_le_bytes(found.FileId.Identifier);
            (found.VolumeSerialNumber, number)
        }),
    }
}

fn short_identity(file: &File) -> io::Result<(u64, u128)> {
    // SAFETY: zeros are a valid value of the structure.
    let mut found: BY_HANDLE_FILE_INFORMATION = unsafe { zeroed() };
    // SAFETY: the call writes only to `found`.
    checked(unsafe { GetFileInformationByHandle(file.as_raw_handle(), &mut found) })?;
    let number = u64::from(found.nFileIndexHigh) << 32 | u64::from(found.nFileIndexLow);
    Ok((found.dwVolumeSerialNumber.into(), number.into()))
}

/// Deletes a file that was opened for that. Its name is gone once this handle is closed, even while
/// others have the file open. NTFS and ReFS can do so; for others it is an error.
pub fn delete(file: &File) -> io::Result<()> {
    let flags = FILE_DISPOSITION_FLAG_DELETE | FILE_DISPOSITION_FLAG_POSIX_SEMANTICS;
    let mut wanted = FILE_DISPOSITION_INFO_EX { Flags: flags };
    let size = size_of::<FILE_DISPOSITION_INFO_EX>() as u32;
    let info = from_mut(&mut wanted).cast();
    // SAFETY: the call reads only `wanted`, whose size it is told.
    checked(unsafe {
        SetFileInformationByHandle(file.as_raw_handle(), FileDispositionInfoEx, info, size)
    })
}

/// Renames a file, unless the new name is taken.
pub fn rename_if_free(from: &Path, to: &Path) -> io::Result<()> {
    let (from, to) = (wide(from)?, wide(to)?);
    // SAFETY: both end with a zero, and outlive the call.
    checked(unsafe { MoveFileExW(from.as_ptr(), to.as_ptr(), 0) })
}

/// Spells the path of a file so that it may be long.
fn wide(path: &Path) -> io::Result<Vec<u16>> {
    let absolute = std::path::absolute(path)?;
    let folder = absolute.parent().unwrap_or(&absolute).canonicalize()?;
    let spelled = folder.join(absolute.file_name().unwrap_or_default());
    Ok(spelled.as_os_str().encode_wide().chain([0]).collect())
}

/// Returns true if a process of this number lives.
pub fn is_alive(pid: u32) -> bool {
    // SAFETY: takes and returns numbers.
    let opened = unsafe { OpenProcess(PROCESS_SYNCHRONIZE, 0, pid) };
    if opened.is_null() {
        // Another user's process, which this one may not open.
        return is_one_of(&io::Error::last_os_error(), &[ERROR_ACCESS_DENIED]);
    }
    // SAFETY: the handle was just opened, and is closed nowhere else.
    let process = unsafe { OwnedHandle::from_raw_handle(opened) };
    // SAFETY: the handle is open. Does not wait.
    let ended = unsafe { WaitForSingleObject(process.as_raw_handle(), 0) };
    ended == WAIT_TIMEOUT
}

fn checked(succeeded: windows_sys::core::BOOL) -> io::Result<()> {
    match succeeded {
        0 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// Returns true if the system has given one of these numbers as its reason.
pub fn is_one_of(error: &io::Error, codes: &[u32]) -> bool {
    let code = error.raw_os_error().map(|code| code as u32);
    code.is_some_and(|code| codes.contains(&code))
}
