//! What a program that is started has to do with the console of who starts it.
//!
//! Windows opens a console window for each console program that is started by a program without a console, as the Unreal editor
//! is one, unless it is told not to.

use std::process::Command;

/// What a program has to do with the console, or terminal, of who starts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Console {
    /// It shares it, and hears its Ctrl-C.
    Shared,
    /// It has none that anybody sees.
    Hidden,
    /// As [`Console::Hidden`], in a process group of its own: a Ctrl-C does not reach it.
    Apart,
}

impl Console {
    /// Has `command` start so. Nothing else may set the creation flags of the command.
    pub fn of(self, command: &mut Command) {
        #[cfg(unix)]
        if self == Self::Apart {
            std::os::unix::process::CommandExt::process_group(command, 0);
        }
        #[cfg(windows)]
        std::os::windows::process::CommandExt::creation_flags(command, self.flags(has_console));
    }

    /// How Windows is asked to create the process.
    #[cfg(any(windows, test))]
    fn flags(self, has_console: impl FnOnce() -> bool) -> u32 {
        const CREATE_NEW_PROCESS_GROUP: u32 = 0x0000_0200;
        const CREATE_NO_WINDOW: u32 = 0x0800_0000;
        match self {
            Self::Shared if has_console() => 0,
            Self::Shared | Self::Hidden => CREATE_NO_WINDOW,
            Self::Apart => CREATE_NO_WINDOW | CREATE_NEW_PROCESS_GROUP,
        }
    }
}

/// Whether this process has a console: only then there is one to write to, whatever its standard output is.
#[cfg(windows)]
fn has_console() -> bool {
    std::fs::File::options().read(true).write(true).open("CONOUT$").is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_program_opens_a_window_and_only_one_that_shares_a_console_keeps_it() {
        let shares = |has_console: bool| Console::Shared.flags(|| has_console);
        assert_eq!((shares(true), shares(false)), (0, 0x0800_0000));
        assert_eq!(Console::Hidden.flags(|| true), 0x0800_0000);
        assert_eq!(Console::Apart.flags(|| true), 0x0800_0200);
    }
}
