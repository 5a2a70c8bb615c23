//! What Windows tells of a file only when it is asked by a handle: its number, and when anything of it was changed.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::windows::{fs::OpenOptionsExt as _, io::AsRawHandle as _};
use std::path::Path;

use windows_sys::Win32::Storage::FileSystem::{
    FILE_BASIC_INFO, FILE_FLAG_BACKUP_SEMANTICS, FILE_FLAG_OPEN_REPARSE_POINT, FILE_ID_INFO,
    FILE_INFO_BY_HANDLE_CLASS, FILE_READ_ATTRIBUTES, FILE_SHARE_DELETE, FILE_SHARE_READ, FILE_SHARE_WRITE,
    FileBasicInfo, FileIdInfo, GetFileInformationByHandleEx,
};

/// Opens what lies at `path`, of whatever kind, to ask about it: nobody is kept from anything by that, and no link is followed.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options
        .access_mode(FILE_READ_ATTRIBUTES)
        .share_mode(FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)
        .custom_flags(FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT);
    options.open(path)
}

/// When anything of the file was changed last, in nanoseconds since 1970, and its number. Each is 0 where the file system does not
/// tell. FAT tells neither. The number of the volume is left out: not every server tells the same one of a file that is open and of
/// its path.
pub(super) fn identity(file: &File) -> (i64, u64) {
    let basic: FILE_BASIC_INFO = ask(file, FileBasicInfo).unwrap_or_default();
    let changed_ns = match basic.ChangeTime {
        0 => 0,
        ticks => ticks.saturating_sub(TICKS_TO_1970).saturating_mul(NS_PER_TICK),
    };
    let number = ask(file, FileIdInfo).map_or(0, |found: FILE_ID_INFO| {
        let number = u128::from_le_bytes(found.FileId.Identifier);
        // NTFS leaves the upper half empty.
        (number as u64) ^ ((number >> 64) as u64).rotate_left(32)
    });
    (changed_ns, number)
}

/// Structures of the file API that are plain numbers.
trait Plain: Default {}
impl Plain for FILE_BASIC_INFO {}
impl Plain for FILE_ID_INFO {}

fn ask<T: Plain>(file: &File, class: FILE_INFO_BY_HANDLE_CLASS) -> Option<T> {
    let mut found = T::default();
    let size = u32::try_from(size_of::<T>()).ok()?;
    #[expect(unsafe_code, reason = "there is no safe call that tells this")]
    // SAFETY: the handle is open for as long as `file` is borrowed, `found` has `size` bytes that may be written, and any bytes
    // make a `T`: it is made of numbers.
    let done =
        unsafe { GetFileInformationByHandleEx(file.as_raw_handle(), class, (&raw mut found).cast(), size) };
    (done != 0).then_some(found)
}

/// Between 1601, from which Windows counts, and 1970.
const TICKS_TO_1970: i64 = 116_444_736_000_000_000;
const NS_PER_TICK: i64 = 100;
