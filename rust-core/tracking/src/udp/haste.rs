//! Lets the thread that hears a tracker go before others, as far as the system allows it.
//!
//! Two things help: a better priority, which a user may not have the right to, and short turns, which anybody may ask
//! for. The one place here that calls the system unsafely besides `batched`.

/// Lets the calling thread go before others where the system allows it; says whether it did. In any case it asks for
/// short turns: see [`short_turns`].
pub fn raise_priority() -> bool {
    short_turns();
    #[cfg(target_os = "linux")]
    return rustix::process::nice(-10).is_ok();
    #[cfg(not(target_os = "linux"))]
    false
}

/// Asks the scheduler for turns of a tenth of a millisecond: who asks for little at a time is let in sooner when a
/// datagram wakes it, and gets no more of the core than before. Needs no right. Says whether the system took it; Linux
/// before 6.12 takes and ignores it.
pub fn short_turns() -> bool {
    #[cfg(target_os = "linux")]
    return linux::set_turn(TURN_NANOS);
    #[cfg(not(target_os = "linux"))]
    false
}

/// The shortest turn that Linux gives, nanoseconds.
#[cfg(target_os = "linux")]
const TURN_NANOS: u64 = 100_000;

#[cfg(target_os = "linux")]
mod linux {
    /// The kernel's `struct sched_attr`, as it was first: 48 bytes.
    #[repr(C)]
    #[derive(Default)]
    pub(super) struct Attributes {
        size: u32,
        pub(super) policy: u32,
        flags: u64,
        nice: i32,
        priority: u32,
        /// Of a usual thread: the length of its turns, nanoseconds.
        pub(super) runtime: u64,
        deadline: u64,
        period: u64,
    }

    const SIZE: u32 = size_of::<Attributes>() as u32;

    /// Of the calling thread.
    pub(super) fn attributes() -> Option<Attributes> {
        let mut now = Attributes::default();
        // SAFETY: the call writes at most SIZE bytes to a structure of that size, which lives through the call.
        #[expect(unsafe_code, reason = "there is no safe call that tells a thread's turns")]
        let answer = unsafe { libc::syscall(libc::SYS_sched_getattr, 0, &raw mut now, SIZE, 0) };
        (answer == 0).then_some(now)
    }

    /// Changes the turns of the calling thread and nothing else.
    pub(super) fn set_turn(nanos: u64) -> bool {
        let Some(now) = attributes() else { return false };
        // A thread that somebody made a real-time one is not held up by others' turns.
        if now.policy != libc::SCHED_OTHER as u32 {
            return false;
        }
        let wanted = Attributes { size: SIZE, runtime: nanos, ..now };
        // SAFETY: the call reads a structure of the size it says, which lives through the call.
        #[expect(unsafe_code, reason = "there is no safe call that sets a thread's turns")]
        let answer = unsafe { libc::syscall(libc::SYS_sched_setattr, 0, &raw const wanted, 0) };
        answer == 0
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn turns_are_short_afterwards_and_the_priority_is_what_it_was() {
        // A thread of its own: the test's other threads keep their turns.
        std::thread::spawn(|| {
            let nice = rustix::process::getpriority_process(None).expect("of this process");
            let before = linux::attributes().expect("Linux tells");
            assert_eq!(before.policy, libc::SCHED_OTHER as u32);
            assert!(short_turns());
            let after = linux::attributes().expect("Linux tells");
            // Before 6.12 the kernel keeps no such length and says 0.
            assert!([0, TURN_NANOS].contains(&after.runtime), "{}", after.runtime);
            assert_eq!(rustix::process::getpriority_process(None).expect("of this process"), nice);
        })
        .join()
        .expect("it ends");
    }
}
